"""Ids, repeats and voids: every request has one outcome, whatever is lost, doubled or late."""

import pytest

from gateway.core import outbox as chain
from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, Stage, Till, ready


def tea(stage, till, n: int, **tenders) -> tuple[str, bytes]:
    till.scan(n, ["100"])
    return till.frame("pay", **till.pay(n, n, **(tenders or {"cash_cents": 1000})))


def said(till, frame) -> str:
    message, told = till.send(*frame)[0]
    return told.get("reason") or told.get("outcome") or message


# steps in order -> what each one is told
STORIES = """
pay 1                                    | receipt
pay 1, pay 1                             | receipt, receipt
pay 1, other 1                           | receipt, id_conflict
pay 2, pay 1                             | receipt, stale_request
void 1, pay 1                            | voided, voided
void 1, void 1                           | voided, voided
pay 1, void 1                            | receipt, reversed
pay 1, void 1, pay 1, void 1             | receipt, reversed, reversed, reversed
short 1, void 1                          | insufficient_float, voided
short 1, short 1                         | insufficient_float, insufficient_float
pay 1, pay 2, void 1                     | receipt, receipt, stale_request
void 3, pay 2, pay 4                     | voided, stale_request, receipt
"""
ROWS = [line.split("|") for line in STORIES.strip().splitlines()]


@pytest.mark.parametrize("steps, told", ROWS, ids=[row[0].strip() for row in ROWS])
def test_stories(steps, told):
    stage, till = ready()
    frames, heard, basket = {}, [], 0
    for step in steps.split(","):
        word, n = step.split()
        if (word, n) not in frames:
            if word != "void":
                basket += 1
                till.scan(basket, ["100"])
            frames[word, n] = make(till, word, int(n), basket)
        heard.append(said(till, frames[word, n]))
    assert heard == [word.strip() for word in told.split(",")]


def make(till: Till, word: str, n: int, basket: int) -> tuple[str, bytes]:
    if word == "void":
        return till.frame("void", j=JOURNAL, l=0, n=n, at_s=0)
    if word == "short":
        return till.frame("pay", **till.pay(n, basket, account=ALICE, tap=till.tap(), stored_cents=1000))
    return till.frame("pay", **till.pay(n, basket, cash_cents=1000, at_s=5 if word == "other" else 6))


def test_a_repeat_gets_the_same_bytes_and_writes_nothing():
    stage, till = ready()
    frame = tea(stage, till, 1)
    first, events = stage.desk.take([frame]), len(stage.events())
    again = stage.desk.take([frame, frame])
    assert again == [first[0], first[0]] and len(stage.events()) == events


def test_a_reversed_sale_gives_back_the_very_lots_and_takes_the_points():
    stage, till = ready()
    stage.grant(700)
    stage.grant(500, asset="bonus", lot="0b" * 8)
    before = stage.db.execute("SELECT * FROM slices").fetchall()
    till.send(*tea(stage, till, 1, account=ALICE, tap=till.tap(), stored_cents=1000))
    message, told = till.void(1)
    left = stage.db.execute("SELECT * FROM slices WHERE amount > 0").fetchall()
    assert (told["outcome"], told["receipt"], left) == ("reversed", 2, before)
    assert stage.db.execute("SELECT amount FROM rights WHERE name = 'issue:points'").fetchone() == (1000,)
    drawer = till.ask("sign_off", operator="7", shift=1)[1]
    assert (drawer["sales"], drawer["cash_cents"]) == (0, 0)


def test_lanes_are_apart_and_a_new_journal_starts_again():
    stage, till = ready()
    till.scan(1, ["100"], lane=0)
    till.scan(1, ["200"], lane=3)
    assert till.request("pay", **till.pay(1, 1, lane=3, cash_cents=250))[0] == "receipt"
    assert till.request("pay", **till.pay(1, 1, lane=0, cash_cents=1000))[0] == "receipt"
    assert till.request("void", j="00000001", l=0, n=1, at_s=0)[1]["outcome"] == "voided"


def test_a_restart_between_requests_forgets_nothing(tmp_path):
    stage = Stage(str(tmp_path / "store.db"))
    till = stage.till
    till.hello()
    till.sign_on()
    frame = tea(stage, till, 1)
    first = till.send(*frame)
    stage.start()
    assert till.send(*frame) == first


def test_the_chain_holds_and_the_frame_is_in_the_event_word_by_word():
    stage, till = ready()
    topic, frame = tea(stage, till, 1)
    till.send(topic, frame)
    head = chain.genesis(INCARNATION)
    for line, kept in stage.db.execute("SELECT line, hash FROM events ORDER BY seq"):
        head = chain.link(head, line)
        assert head == kept
    event = stage.events()[-1]
    assert event["frame"].encode() == frame
    assert event["request"] == {"terminal": "0001-pos1", "journal": JOURNAL, "lane": 0, "sequence": 1}
    assert event["business_date"] == "2023-11-14"


def test_a_batch_with_bad_input_loses_only_the_bad_one():
    stage, till = ready()
    good = till.frame("time_ask", nonce="00" * 8)
    frames = stage.desk.take([good, ("tapwell/0001-pos1/up/hello", b"{}"), ("nonsense", b""), good])
    assert [topic.rsplit("/", 1)[1] for topic, _ in frames] == ["time_tell", "refused", "time_tell"]


def test_head_office_s_cursor_reaches_the_terminal_per_lane():
    stage, till = ready()
    for n in (1, 2):
        till.send(*tea(stage, till, n))
    seq = stage.shop.head().seq
    stage.uplink("safe", {"upto": 0, "unbacked": True})
    stage.uplink("booked", {"upto": seq - 1})
    assert till.hello()["booked"] == [1]
    till.void(2)
    stage.uplink("booked", {"upto": seq})
    assert till.hello()["booked"] == [1]  # the void of 2 is still to be booked
    stage.uplink("booked", {"upto": stage.shop.head().seq})
    assert till.hello()["booked"] == [2]


# what head office says of three sales, one word after the other: booked up to a sale, in a verified backup up to a sale
# (none: it has never made one; other: said to another life); what the till's journal may forget then
FORGET = """
    booked 3                           nothing
    booked 3   safe 1                  1
    safe 2     booked 1                1
    safe 2     booked 1   booked 3     2
    booked 3   safe 2     safe 1       2
    booked 3   safe none               3
    safe none  booked 2   safe 1       2
    safe none  safe 1     booked 3     1
    booked 3   other 3                 nothing
"""


@pytest.mark.parametrize("row", [line.strip() for line in FORGET.strip().splitlines()])
def test_a_journal_may_forget_what_outlives_head_office_s_disk(row):
    *said, expected = [cell.strip() for cell in row.split("  ") if cell.strip()]
    stage, till = ready()
    ends = [0]
    for n in (1, 2, 3):
        till.send(*tea(stage, till, n))
        ends.append(stage.shop.head().seq)
    for what, sale in (one.split() for one in said):
        upto = ends[int(sale)] if sale != "none" else 0
        if what == "booked":
            stage.uplink("booked", {"upto": upto})
        else:
            life = "ee" * 16 if what == "other" else INCARNATION
            stage.uplink("safe", {"upto": upto, "unbacked": sale == "none", "life": life})
    assert till.hello()["booked"] in ([[0], []] if expected == "nothing" else [[int(expected)]])


def test_a_disk_that_was_set_back_does_not_tell_a_journal_what_it_may_forget():
    stage, till = ready()
    till.send(*tea(stage, till, 1))
    seq = stage.shop.head().seq
    stage.uplink("safe", {"upto": seq})
    stage.uplink("booked", {"upto": seq})
    assert till.hello()["booked"] == [1]
    stage.shop.awaited = {"0001-pos1"}  # a start that it has not answered yet
    assert till.hello()["booked"] == []
    stage.shop.awaited = set()
    assert till.hello(witness_incarnation="ab" * 16, witness_seq=seq + 1)["booked"] == []


def test_a_terminal_that_has_seen_more_fences_a_disk_that_was_set_back():
    stage, till = ready()
    seq = stage.shop.head().seq
    assert till.hello(witness_incarnation="ee" * 16, witness_seq=seq + 9)["selling"] is True
    assert till.hello(witness_incarnation="ab" * 16, witness_seq=seq)["selling"] is True
    assert till.hello(witness_incarnation="ab" * 16, witness_seq=seq + 1)["selling"] is False
    till.scan(1, ["100"])
    assert till.request("pay", **till.pay(1, cash_cents=1000))[1]["reason"] == "fenced"
    assert stage.shop.head().seq == seq


def test_the_head_is_told_each_minute():
    stage, till = ready()
    stage.desk.tick()
    for pause_ms, heads in ((0, 0), (59_999, 0), (1, 1), (60_000, 1)):
        stage.clock.at_ms += pause_ms
        told = till.told(stage.desk.tick())
        assert [message for message, _ in told] == ["head"] * heads
    assert told[0][1]["seq"] == stage.shop.head().seq


def test_a_start_tells_the_head_so_that_terminals_can_testify():
    stage, till = ready()
    stage.start()
    assert [message for message, _ in till.told(stage.desk.tick())] == ["head"]
