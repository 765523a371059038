"""Head office's messages: signed, in order, each id booked once, tombstones for late originals."""

import json

import pytest

from tests.gateway.stage import ALICE, INCARNATION, STORE, HeadOffice, ready

SLICE = {"asset": "principal", "lot": "0a" * 8, "amount": 1000, "origin": "0002", "kind": "top_up", "expires": ""}


def here(stage, account: str = ALICE) -> dict[str, int]:
    rows = stage.db.execute("SELECT asset, SUM(amount) FROM slices WHERE account = ? GROUP BY asset", (account,))
    return {asset: amount for asset, amount in rows if amount}


def recall(stage, recall_id: str = "0c" * 16, asset: str = "*", up_to: int | None = None) -> dict:
    stage.tell("recall", recall=recall_id, account=ALICE, asset=asset, up_to=up_to)
    return stage.events()[-1]


# float here | recalled asset, bound -> what is sent home
RECALLS = """
principal 500            | principal none | principal 500
principal 500            | principal 200  | principal 200
principal 500 bonus 100  | * none         | bonus 100 principal 500
principal 500 bonus 100  | * 550          | bonus 50 principal 500
bonus 100                | principal none |
                         | * none         |
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in RECALLS.strip("\n").splitlines()]


@pytest.mark.parametrize("floats, asked, sent", ROWS)
def test_a_recall_is_answered_with_what_is_free(floats, asked, sent):
    stage, _ = ready()
    words = floats.split()
    for number, (asset, amount) in enumerate(zip(words[::2], words[1::2], strict=True)):
        stage.grant(int(amount), asset=asset, lot=f"{number:016x}")
    asset, bound = asked.split()
    event = recall(stage, asset=asset, up_to=None if bound == "none" else int(bound))
    told = sorted(f"{one['asset']} {one['amount']}" for one in event["slices"])
    assert (event["kind"], " ".join(told)) == ("recall_answered", sent)
    assert all("/transit/" in credit for _, credit, _ in event["entries"])


def test_a_recall_is_answered_once_and_other_parameters_are_a_conflict():
    stage, _ = ready()
    stage.grant(500)
    answered = recall(stage, up_to=200)
    assert recall(stage, up_to=200) == answered and here(stage) == {"principal": 300}
    assert recall(stage, up_to=300)["kind"] == "alarm" and here(stage) == {"principal": 300}


def test_a_grant_is_credited_once_whatever_comes_twice():
    stage, _ = ready()
    grant_id = stage.grant(500)
    slices = [SLICE | {"amount": 500, "expires": None}]
    told = {"grant": grant_id, "incarnation": INCARNATION, "account": ALICE}
    stage.tell("grant", **told, slices=slices)
    assert here(stage) == {"principal": 500}
    stage.tell("grant", **told, slices=[slices[0] | {"amount": 600}])
    assert here(stage) == {"principal": 500} and stage.events()[-1]["kind"] == "alarm"


def test_a_cancelled_grant_that_never_came_leaves_a_tombstone_for_the_late_original():
    stage, _ = ready()
    stage.tell("cancel_grant", grant="0f" * 16, account=ALICE)
    stage.grant(500, grant="0f" * 16)
    assert here(stage) == {} and stage.kinds()[-1] == "grant_tombstone"


def test_a_cancelled_grant_that_came_is_answered_like_a_recall():
    stage, till = ready()
    grant_id = stage.grant(1500)
    till.scan(1, ["100"])
    till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))
    for _ in range(2):
        stage.tell("cancel_grant", grant=grant_id, account=ALICE)
    assert here(stage) == {"points": 10} and stage.kinds().count("recall_answered") == 1
    assert stage.events()[-1]["slices"][0]["amount"] == 500


def test_what_was_said_to_the_life_before_is_not_taken():
    stage, _ = ready()
    before, kinds = stage.shop.books.value("hq_cursor"), stage.kinds()
    stage.grant(500, incarnation="ee" * 16)
    stage.uplink("line", {"up": True, "fenced": "enrol this gateway again", "life": "ee" * 16})
    stage.uplink("booked", {"upto": 2, "life": "ee" * 16})
    assert (here(stage), stage.shop.books.value("hq_cursor"), stage.kinds()) == ({}, before, kinds)
    assert stage.shop.books.value("booked_seq") == "" and not stage.shop.fenced()
    stage.hq.n -= 1
    stage.grant(500)  # under the very number of the late one
    assert here(stage) == {"principal": 500}


def test_messages_are_taken_in_order_and_repeats_ignored():
    stage, _ = ready()
    first, second = (stage.hq.message("block", card=f"0001:0{n}A1B2C3D4E5F6") for n in (1, 2))
    assert stage.uplink("hq", second) == []
    stage.uplink("hq", first)
    stage.uplink("hq", first)
    stage.uplink("hq", second)
    assert stage.db.execute("SELECT COUNT(*) FROM cards WHERE status = 'blocked'").fetchone() == (2,)
    assert stage.db.execute("SELECT value FROM meta WHERE name = 'hq_cursor'").fetchone() == (str(second["n"]),)


def test_nothing_is_believed_that_head_office_has_not_signed():
    stage, _ = ready()
    stranger = HeadOffice()
    stranger.n = stage.hq.n
    stage.uplink("hq", stranger.message("right_grant", grant="0f" * 16, right="issue:principal", amount=10**9))
    told = stage.hq.message("right_grant", grant="0f" * 16, right="issue:principal", amount=5)
    stage.uplink("hq", told | {"body": told["body"].replace("5", "6")})
    counts = stage.db.execute("SELECT client, reason, count FROM refused").fetchall()
    assert counts == [(STORE + "-uplink", "bad_mac", 2)]
    assert stage.db.execute("SELECT amount FROM rights WHERE name = 'issue:principal'").fetchone() == (100_000,)


def test_a_message_that_cannot_be_followed_is_told_and_stops_no_other():
    stage, _ = ready()
    stage.tell("grant", grant="0f" * 16, account="not an account", incarnation=INCARNATION, slices=[])
    stage.tell("horoscope", sign="fish")
    stage.grant(500)
    kinds = stage.kinds()
    assert kinds[-3:] == ["alarm", "alarm", "grant_taken"]


def test_an_older_price_list_leaves_the_shelf_with_the_last_part_of_the_new_one():
    stage, till = ready()
    tea = {"code": "300", "name_zh": "", "name_en": "Juice", "price_milli": 1, "unit": "", "tax_code": "", "tax_bp": 0}
    stage.tell("goods", version=2, part=1, parts=2, items=[tea])
    assert till.scan(1, ["100", "300"])["lines"] == 2
    stage.tell("goods", version=2, part=2, parts=2, items=[])
    told = till.ask("set_line", l=0, j="5f3a09c1", basket=1, line=3, code="100", qty_milli=1000, operator="7", shift=1)
    assert told[1]["reason"] == "unknown_goods"


def test_a_revoked_terminal_is_told_so():
    stage, till = ready()
    stage.tell("revocation", serials=["01"])
    assert till.send(*till.frame("time_ask", nonce="00" * 8)) == [("refused", {"reason": "terminal_revoked", "k": 1})]
    assert stage.shop.broker_changed


def test_pay_waits_for_float_and_other_requests_go_on():
    stage, till = ready()
    stage.uplink("line", {"up": True})
    till.scan(1, ["100"])
    pay = till.frame("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))
    want = json.loads(dict(stage.desk.take([pay]))["tapwell/0001-uplink/down/want"])
    assert want["want"] == {"principal": 1000}
    assert till.send(*pay) == []  # the same again: the answer is on its way
    busy = till.frame("pay", **till.pay(2, account=ALICE, tap="0" * 16, stored_cents=1000))
    assert till.send(*busy)[0][1]["reason"] == "lane_busy"
    assert till.send(*till.frame("time_ask", nonce="00" * 8))[0][0] == "time_tell"
    stage.tell("member", account="b2" * 16, level="", status="active", display="", cards=[], in_all={}, as_of_s=1)
    told = {"grant": "0f" * 16, "incarnation": INCARNATION, "account": ALICE, "slices": [SLICE]}
    frames = stage.uplink("hq", stage.hq.message("grant", **told))
    assert [message for message, _ in till.told(frames)] == ["receipt"]


@pytest.mark.parametrize("ending", ["answer", "time", "void"])
def test_a_wait_ends_by_the_answer_by_time_or_by_the_void(ending):
    stage, till = ready()
    stage.uplink("line", {"up": True})
    till.scan(1, ["100"])
    pay = till.frame("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))
    want = json.loads(dict(stage.desk.take([pay]))["tapwell/0001-uplink/down/want"])
    if ending == "void":
        assert till.void(1)[1]["outcome"] == "voided"
        return
    stage.desk.tick()
    stage.clock.at_ms += 1500 if ending == "time" else 0
    frames = stage.desk.tick() if ending == "time" else stage.uplink("want_answer", want)
    ((message, told),) = till.told(frames)
    assert told["reason"] == "insufficient_float" and told["approve_cents"] == 0


def test_head_office_away_means_no_wait():
    stage, till = ready()
    stage.uplink("line", {"up": True})
    stage.clock.at_ms += 31_000
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))[1]
    assert told["reason"] == "insufficient_float"


# float here | head office's targets -> what goes home, now or when the day's upkeep finds it
TARGETS = """
principal 900            | stored 500    | principal 400
principal 900 bonus 300  | stored 800    | bonus 100 principal 300
principal 500            | stored 500    |
principal 900 points 30  | points 10     | points 20
principal 900            |               |
"""
TARGET_ROWS = [[cell.strip() for cell in line.split("|")] for line in TARGETS.strip("\n").splitlines()]


@pytest.mark.parametrize("later", [False, True], ids=["here", "comes later"])
@pytest.mark.parametrize("held, targets, sent", TARGET_ROWS)
def test_what_lies_above_the_target_goes_home(held, targets, sent, later):
    stage, _ = ready()
    words, named = held.split(), targets.split()
    told = dict(zip(named[::2], map(int, named[1::2]), strict=True))
    if later:
        stage.tell("target", account=ALICE, targets=told)
    for number, (asset, amount) in enumerate(zip(words[::2], words[1::2], strict=True)):
        stage.grant(int(amount), asset=asset, lot=f"{number:016x}")
    if later:
        stage.uplink("line", {"up": True, "at_s": stage.clock.at_s})
        stage.desk.tick()
    else:
        stage.tell("target", account=ALICE, targets=told)
    returned = [one for event in stage.events() if event["kind"] == "float_returned" for one in event["slices"]]
    assert " ".join(sorted(f"{one['asset']} {one['amount']}" for one in returned)) == sent


def test_coupons_and_punches_go_home_with_all_the_rest():
    stage, _ = ready()
    for number, asset in enumerate(("coupon:tea", "punch:tea", "principal")):
        stage.grant(1, asset=asset, lot=f"{number:016x}")
    assert sorted(one["asset"] for one in recall(stage)["slices"]) == ["coupon:tea", "principal", "punch:tea"]
