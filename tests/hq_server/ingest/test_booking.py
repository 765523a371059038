"""What is booked, once, and what is refused: batches against a chain that a test may change."""

import json

import pytest

from hq_server.alarms.store import open_alarms
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.ingest import store as events
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.members.store import member_row
from hq_server.vault.booking import Gap
from protocol import codec, topics
from protocol.ledger.entries import Entry, Line
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA = ACCOUNTS[0]
DAY = "2026-11-16"
LIFE = "1" * 32


@pytest.fixture()
def shop(hq):
    """Store 0001 with its rights; what it has written so far is booked."""
    opened = open_shops(hq, 1)[0]
    assert ingest(hq, "0001", opened.batch()).upto == 3
    return opened


def cursor(hq) -> int:
    with hq.db.read() as connection:
        return fleet.incarnation_row(connection, LIFE).cursor_seq


def alarms(hq) -> dict[str, int]:
    with hq.db.read() as connection:
        return {row.kind: row.count for row in open_alarms(connection, "0001")}


def status(hq) -> str:
    with hq.db.read() as connection:
        return fleet.gateway_row(connection, "0001").status


def refused(hq, body: bytes) -> tuple[str, str]:
    with pytest.raises(HqError) as wrong:
        ingest(hq, "0001", body)
    return wrong.value.reason, wrong.value.detail


def test_a_batch_is_booked_once_however_often_it_arrives(hq, shop):
    shop.top_up(DAY, 1, ADA, 50_00, 5_00)
    body = shop.batch()
    first, second = ingest(hq, "0001", body), ingest(hq, "0001", body)
    assert (first.upto, first.fresh, second.upto, second.fresh) == (4, 1, 4, 0)
    assert first.head == second.head == shop.head
    with hq.db.read() as connection:
        assert books.held(connection, [ADA])[ADA] == {("0001", "principal"): 50_00, ("0001", "bonus"): 5_00}
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())


def test_a_batch_that_overlaps_is_booked_from_where_it_is_new(hq, shop):
    shop.top_up(DAY, 1, ADA, 50_00)
    one = shop.batch()
    shop.refuse(DAY, 2, ADA, "insufficient_float")
    two = shop.batch()
    header = one.split(b"\n")[0]
    both = b"\n".join([header, one.split(b"\n")[1], two.split(b"\n")[1], b""])
    assert ingest(hq, "0001", one).upto == 4
    assert ingest(hq, "0001", both).upto == 5


def test_a_gap_is_answered_with_the_cursor(hq, shop):
    shop.top_up(DAY, 1, ADA, 50_00)
    shop.batch()
    shop.refuse(DAY, 2, ADA, "insufficient_float")
    with pytest.raises(Gap) as gap:
        ingest(hq, "0001", shop.batch())
    assert gap.value.upto == 3 and cursor(hq) == 3


def test_the_same_sequence_with_other_content_fences(hq, shop):
    shop.refuse(DAY, 1, ADA, "insufficient_float")
    body = shop.batch()
    ingest(hq, "0001", body)
    assert refused(hq, body.replace(b"insufficient_float", b"limit_exceeded"))[0] == "chain_broken"
    assert status(hq) == "fenced" and alarms(hq)["chain_broken"] == 1
    assert refused(hq, body)[0] == "fenced"


def test_another_chain_before_the_batch_fences(hq, shop):
    shop.prev_hash = "0" * 64
    shop.refuse(DAY, 1, ADA, "insufficient_float")
    assert refused(hq, shop.batch())[0] == "chain_broken"
    assert status(hq) == "fenced"


# what is sent instead of a good batch -> reason, part of the detail
MALFORMED = (
    (lambda lines: [b"{}", *lines[1:]], "malformed", "line 1"),
    (lambda lines: [lines[0]], "malformed", "line 1: want a header"),
    (lambda lines: [*lines, b"not json"], "malformed", "line 3"),
    (lambda lines: [*lines, lines[1]], "malformed", "line 3: seq 4 where 5"),
    (lambda lines: [lines[0], lines[1].replace(b'"at_s":1', b'"at_s":"1"')], "malformed", "line 2"),
    (lambda lines: [lines[0], lines[1].replace(b",5000]", b",-5000]")], "malformed", "line 2"),
    (lambda lines: [lines[0], lines[1].replace(b"cash/0001/principal", b"cash/0001/points")], "malformed", "units"),
    (lambda lines: [lines[0], lines[1].replace(b'"cash/', b'"gold/')], "malformed", "line gold"),
    (lambda lines: [lines[0], lines[1].replace(b'"2026-', b'"26-')], "malformed", "line 2: date 26-"),
    (lambda lines: [lines[0], lines[1].replace(b'"account":"', b'"account":"x')], "malformed", "line 2"),
    (lambda lines: [lines[0], lines[1].replace(b'"journal":"', b'"journal":"x')], "malformed", "line 2: journal x"),
    (lambda lines: [lines[0], lines[1].replace(b"/principal", b"/" + b"p" * 41)], "malformed", "no such asset"),
    (lambda lines: [lines[0], lines[1].replace(b"cash/0001", b"cash/" + b"1" * 41)], "malformed", "longer than 40"),
    (lambda lines: [lines[0], lines[1] + b" " + lines[1]], "malformed", "line 2"),
    (lambda lines: [lines[0], lines[1][:-1] + b',"pending_units":[["principal",5,""]]}'], "malformed", "punches of p"),
    (lambda lines: [lines[0], lines[1][:-1] + b',"punches":[["points",5]]}'], "malformed", "punches of points"),
    (lambda lines: [lines[0], lines[1][:-1] + b',"pending_units":[["punch:t",5,"soon"]]}'], "malformed", "date soon"),
    (lambda lines: [lines[0].replace(b"1" * 32, b"9" * 32), lines[1]], "unknown_incarnation", "9" * 32),
    (lambda lines: [lines[0].replace(b'"0001"', b'"0002"'), lines[1]], "not_allowed", "events of 0002"),
    (lambda lines: [lines[0], b'{"seq":' + b"[" * 3000], "malformed", "line 2"),
    (lambda lines: [lines[0], b"\xff" * 20], "malformed", "line 2"),
    (lambda lines: [lines[0], b'{"seq":4,"kind":"' + b"x" * 70000 + b'"}'], "malformed", "longer than"),
)


@pytest.mark.parametrize(("spoil", "reason", "detail"), MALFORMED)
def test_a_malformed_batch_is_refused_whole(hq, shop, spoil, reason, detail):
    shop.top_up(DAY, 1, ADA, 50_00)
    body = b"\n".join(spoil(shop.batch().rstrip(b"\n").split(b"\n"))) + b"\n"
    told = refused(hq, body)
    assert told[0] == reason and detail in told[1], told
    assert cursor(hq) == 3 and status(hq) == "enrolled"


#   what was approved twice | at the store | in the pool | owed
TWICE = """
    a top-up of 50.00       |        10000 |           0 | 5000
    a sale of 2.58          |         4484 |         258 |    0
"""


@pytest.mark.parametrize("row", TWICE.strip().splitlines())
def test_a_request_that_two_lives_approved_costs_the_member_nothing(hq, shop, row):
    what, *figures = [part.strip() for part in row.split("|")]
    shop.top_up(DAY, 1, ADA, 50_00)
    ingest(hq, "0001", shop.batch())
    if what.startswith("a sale"):
        shop.sale(DAY, 2, {"4001": 2000}, ADA)
        ingest(hq, "0001", shop.batch())
    shop.sequence -= 1  # a restored disk, or the next life: the terminal's request comes once more
    again = shop.sale(DAY, 3, {"4001": 2000}, ADA) if what.startswith("a sale") else shop.top_up(DAY, 2, ADA, 50_00)
    ingest(hq, "0001", shop.batch())
    with hq.db.read() as connection:
        held = books.held(connection, [ADA])[ADA]
        owed = -sum(amount for line, amount in books.debts_of(connection, [ADA])[ADA] if line.asset == "principal")
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        twins = [row for row in events.events_page(connection, 0, 100) if row.duplicate_of]
        taken_back = events.events_page(connection, 0, 100, kind="twin_taken_back")
    assert [held["0001", "principal"], held.get(("hq", "principal"), 0), owed] == [int(one) for one in figures]
    assert [row.request for row in twins] == [again] and json.loads(taken_back[0].raw)["request"] == again
    assert held["0001", "principal"] == sum(one.amount for one in shop.holding(ADA).slices if one.asset == "principal")
    assert alarms(hq)["duplicate_request"] == 1


LOT = "ab" * 8
MINE, OTHER = f"member/{ADA}/principal/0001/{LOT}", f"member/{ADA}/principal/0002/{LOT}"
# kind, debit, credit -> part of what is said of it; all of it would make or move value that is not this store's
FOREIGN = (
    ("sale", OTHER, "revenue/0001/principal", OTHER),
    ("sale", MINE, "revenue/0002/principal", "revenue/0002"),
    ("sale", MINE, "revenue/0001/principal", "leaves -100"),
    ("top_up", "cash/0001/principal", MINE, "issuing right"),
    ("top_up", "correction/0001/principal", MINE, "correction"),
    ("shift_closed", "cash/0001/principal", MINE, "shift_closed may not move"),
    ("sale", f"member/{ADA}/principal/transit/{LOT}", MINE, "transit"),
    ("grant_taken", MINE, f"member/{ADA}/principal/transit/{LOT}", "may not move"),
    ("grant_taken", f"member/{ADA}/principal/transit/{LOT}", MINE, "leaves -100"),
    ("recall_answered", MINE, f"member/{'f' * 32}/principal/transit/{LOT}", "may not move"),
    ("void", "revenue/0001/principal", MINE, "gives back more"),
    ("right_taken", "right/0001/issue:principal/hq", "right/0001/issue:principal/0001", "right/0001"),
    ("sale", "right_used/0001/issue:principal", "right/0001/issue:principal/0001", "may not move"),
    ("void", "right_used/0001/issue:principal", "right/0001/issue:principal/0001", "gives back more"),
    ("refund", "right_used/0001/issue:principal", "right/0001/issue:principal/0001", "may not move"),
    ("sale", "revenue/0001/cash", "cash/0001/cash", "may not move"),
    ("sale", "correction/0001/principal", MINE, "correction"),
    ("adjustment", "correction/0001/principal", MINE, "issuing right"),
    ("adjustment", "cash/0001/principal", MINE, "may not move"),
    ("issue", "punch_issued/0001/punch:x", f"member/{ADA}/punch:x/0001/{LOT}", "issuing right"),
    ("shift_closed", f"offline_credit/{ADA}/principal/0001", "revenue/0001/principal", "offline_credit"),
    ("sale", f"offline_credit/{ADA}/principal/0002", "revenue/0001/principal", "offline_credit"),
    ("sale", "loss/0001/principal", MINE, "may not move"),
    ("refund_from_loss", "revenue/0001/principal", MINE, "may not move"),
)


@pytest.mark.parametrize(("kind", "debit", "credit", "detail"), FOREIGN)
def test_value_that_is_not_the_stores_fences_it(hq, shop, kind, debit, credit, detail):
    entry = Entry("x", 1, Line(*debit.split("/")), Line(*credit.split("/")), 100)
    shop.write(kind, DAY, 1, "x", (entry,), account=ADA)
    reason, told = refused(hq, shop.batch())
    assert reason == "fenced" and detail in told, told
    assert status(hq) == "fenced" and cursor(hq) == 3 and alarms(hq)["fenced"] == 1
    with hq.db.read() as connection:
        assert books.negative_lines(connection) == []


def test_a_void_gives_back_what_its_request_took(hq, shop):
    shop.top_up(DAY, 1, ADA, 50_00)
    sale = shop.sale(DAY, 2, {"4001": 1000}, ADA, stored_cents=129)
    shop.void(DAY, 3, ADA, sale)
    ingest(hq, "0001", shop.batch())
    with hq.db.read() as connection:
        assert books.held(connection, [ADA])[ADA] == {("0001", "principal"): 50_00}


CLOCKS = (0, 31_536_000, 1_795_000_000 + 20 * 365 * 86400, 99_999_999_999)


@pytest.mark.parametrize("at_s", CLOCKS)
def test_no_clock_stops_booking(hq, shop, at_s):
    hq.now_s = lambda: CLOCKS[-1 - CLOCKS.index(at_s)]
    shop.top_up("1970-01-01", at_s, ADA, 50_00)
    shop.sale("2046-11-16", at_s, {"4001": 1000}, ADA)
    assert ingest(hq, "0001", shop.batch()).upto == 5


WITNESS_KEY = b"w" * 32


def sealed_top_up(shop, cents: int, said_cents: int, key: bytes) -> None:
    """A top-up with the frame that the terminal sent; it may have said another amount, or another may have said it."""
    shop.top_up(DAY, 1, ADA, cents)
    told = json.loads(shop.lines.pop())
    asked = told["request"]
    values = {"j": asked["journal"], "l": asked["lane"], "n": asked["sequence"], "operator": "11", "shift": 1,
              "at_s": 1, "account": ADA, "tap": "0" * 16, "amount_cents": said_cents, "tender": "cash"}
    topic = topics.up(asked["terminal"], "top_up")
    frame = codec.seal(topic, "top_up", values, 1, b"l" * 32, key)
    shop.seq, shop.head = shop.seq - 1, shop.prev_hash
    entries = shop.booked[told["transfer"]]
    more = {name: told[name] for name in ("request", "account", "operator", "shift", "receipt", "tenders")}
    shop.write("top_up", DAY, 1, told["transfer"], entries, frame=frame.decode(), **more)


@pytest.mark.parametrize(
    ("said_cents", "key", "verdict"),
    [(50_00, WITNESS_KEY, "fits"), (5_00, WITNESS_KEY, "bad"), (50_00, b"x" * 32, "bad")],
)
def test_a_store_cannot_invent_taps_unseen(hq, shop, said_cents, key, verdict):
    with hq.db.write() as connection:
        fleet.add_terminal_key(
            connection, "0001-pos1", 1, b"", hq.sealer.seal("0001-pos1/1/witness", WITNESS_KEY), 1
        )
    sealed_top_up(shop, 50_00, said_cents, key)
    assert ingest(hq, "0001", shop.batch()).upto == 4, "flagged, not refused"
    with hq.db.read() as connection:
        assert events.events_page(connection, 0, 100, kind="top_up")[0].witness == verdict
    assert alarms(hq).get("witness_bad", 0) == (verdict == "bad")


def test_a_card_that_head_office_has_never_heard_of_joins(hq, shop):
    shop.top_up(DAY, 1, "9" * 32, 50_00)
    ingest(hq, "0001", shop.batch())
    with hq.db.read() as connection:
        assert member_row(connection, "9" * 32).home == "0001"


def test_receipts_have_no_gaps(hq, shop):
    shop.top_up(DAY, 1, ADA, 50_00)
    ingest(hq, "0001", shop.batch())
    assert "receipt_gap" not in alarms(hq)
    shop.receipt += 1
    shop.sale(DAY, 2, {"4001": 1000}, ADA)
    ingest(hq, "0001", shop.batch())
    assert alarms(hq)["receipt_gap"] == 1
    with hq.db.read() as connection:
        assert fleet.last_receipt(connection, "0001") == 3
