"""A batch reads and writes together: the database says afterwards what one message after the other would have left."""

import json
import sqlite3
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.books import Rejected
from gateway.store import meta
from gateway.store.books import SqliteBooks
from protocol import topics
from tests.gateway.stage import ALICE, CARD, JOURNAL, LINK_KEY, STORE, Stage, Till, ready

BOB, EVE = "b2" * 16, "e5" * 16
TILLS = ("pos1", "pos2", "pos3")


def shop(money: int = 5_000) -> tuple[Stage, list[Till]]:
    """Three tills with tea in their baskets, the attendant at each; Alice and Bob have value here."""
    stage, _ = ready()
    tills = [Till(stage, name) for name in TILLS]
    for number, till in enumerate(tills, 1):
        keys = {"keys": [{"k": 1, "link_key": LINK_KEY.hex()}], "status": "active", "serial": str(number)}
        stage.tell("terminal", terminal=till.name, app="pos", letter="cd" * 16, **keys)
        till.hello()
        assert till.sign_on() == number
        for lane in range(3):
            till.scan(1, ["100"], shift=number, lane=lane)
    for at, account in enumerate((ALICE, BOB)):
        stage.grant(money, account=account, lot=f"{at:016x}")
    return stage, tills


def paying(till: Till, number: int, account: str, lane: int = 0, **values: object) -> tuple[str, bytes]:
    card = CARD if account == ALICE else "0001:04FFFFFFFFFFFF"
    told = {"account": account, "tap": till.tap(account, card), "shift": number, "lines": 1, "stored_cents": 1000}
    return till.frame("pay", **till.pay(1, lane=lane, **told | values))


def a_busy_moment(stage: Stage, tills: list[Till]) -> list[tuple[str, bytes]]:
    """Payments, a repeat, refusals, a void, a top-up, broken bytes, a hello, a scan, and head office in between."""
    one, two, three = tills
    first = paying(one, 1, ALICE)
    change = {"j": JOURNAL, "l": 2, "n": 2, "operator": "7", "shift": 1, "at_s": 0, "account": ALICE}
    stranger = change | {"l": 1, "n": 3, "shift": 3, "account": EVE}
    block = stage.hq.message("block", account=BOB, card="0001:04FFFFFFFFFFFF", status="blocked")
    return [
        first,
        paying(two, 2, ALICE),
        paying(three, 3, BOB, stored_cents=500, cash_cents=500),
        first,
        paying(two, 2, ALICE, lane=1, total_cents=1, stored_cents=1),
        (first[0], first[1][:-3] + b'0"}'),
        paying(one, 1, ALICE, lane=1, stored_cents=1000),
        one.frame("void", j=JOURNAL, l=1, n=1, at_s=0),
        one.frame("top_up", **change, tap=one.tap(), amount_cents=5000, tender="cash"),
        three.frame("top_up", **stranger, tap=three.tap(EVE), amount_cents=700, tender="cash"),
        (topics.up(STORE + "-uplink", "hq"), json.dumps(block).encode()),
        paying(three, 3, BOB, lane=2),
        two.frame("set_line", r=9, l=2, j=JOURNAL, basket=1, line=2, code="200", qty_milli=1000, operator="7", shift=2),
        paying(two, 2, ALICE, lane=2, total_cents=1250, stored_cents=1250, lines=2),
        paying(one, 1, ALICE, lane=2, stored_cents=1000),
    ]  # fmt: skip


def rows_of(stage: Stage) -> dict[str, list]:
    """All tables, whole."""
    tables = stage.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {name: sorted(stage.db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for (name,) in tables}


def test_a_batch_leaves_what_its_messages_leave_one_by_one(monkeypatch):
    one_key = Ed25519PrivateKey.from_private_bytes(bytes(32))  # events quote what head office has signed
    monkeypatch.setattr("tests.gateway.stage.Ed25519PrivateKey", SimpleNamespace(generate=lambda: one_key))
    together, alone = shop(), shop()
    answers = together[0].desk.take(a_busy_moment(*together))
    one_by_one = [answer for one in a_busy_moment(*alone) for answer in alone[0].desk.take([one])]
    down = [answer for answer in one_by_one if "-uplink/" not in answer[0]]
    assert [answer for answer in answers if "-uplink/" not in answer[0]] == down
    assert rows_of(together[0]) == rows_of(alone[0])
    assert sum(topic.endswith("/receipt") for topic, _ in answers) >= 5


def principal(stage: Stage) -> int:
    query = "SELECT SUM(amount) FROM slices WHERE account = ? AND asset = 'principal'"
    return stage.db.execute(query, (ALICE,)).fetchone()[0]


def test_what_the_database_refuses_fails_alone():
    stage, (one, two, three) = shop()
    stage.db.execute(
        "CREATE TRIGGER refuses BEFORE INSERT ON events WHEN new.terminal = '0001-pos2' BEGIN"
        " SELECT RAISE(ABORT, 'not this one'); END"
    )
    frames = [paying(one, 1, ALICE), paying(two, 2, ALICE), paying(three, 3, BOB)]
    answers = stage.desk.take(frames)
    told = {till.name: till.told(answers)[0] for till in (one, two, three)}
    assert told["0001-pos1"][0] == told["0001-pos3"][0] == "receipt"
    assert told["0001-pos2"][1]["reason"] == "busy"
    assert principal(stage) == 4_000
    stage.db.execute("DROP TRIGGER refuses")
    assert two.told(stage.desk.take([frames[1]]))[0][0] == "receipt"


def test_a_bug_in_one_message_takes_back_its_rows_and_no_others(monkeypatch):
    stage, (one, two, three) = shop()
    put_lane = stage.shop.books.put_lane

    def buggy(lane: tuple, answered: object) -> None:
        put_lane(lane, answered)
        if lane[0] == two.name:
            raise RuntimeError("after everything has been written")

    monkeypatch.setattr(stage.shop.books, "put_lane", buggy)
    answers = stage.desk.take([paying(one, 1, ALICE), paying(two, 2, ALICE), paying(three, 3, ALICE)])
    told = [till.told(answers)[0][0] for till in (one, two, three)]
    assert told == ["receipt", "refused", "receipt"]
    assert principal(stage) == 3_000
    assert [event["seq"] for event in stage.events()] == list(range(1, len(stage.events()) + 1))


@pytest.fixture
def books() -> SqliteBooks:
    return shop()[0].shop.books


def test_parts_within_parts_are_taken_back_apart(books):
    books.begin()
    with books.part():
        books.keep("outer", "1")
        with pytest.raises(Rejected), books.part():
            books.keep("outer", "2")
            books.keep("inner", "1")
            books.db.execute("INSERT INTO meta VALUES ('outer', 'twice')")
        assert (books.value("outer"), books.value("inner")) == ("1", "")
        books.keep("later", "1")
    books.commit()
    assert [books.value(name) for name in ("outer", "inner", "later")] == ["1", "", "1"]


def test_what_a_handler_writes_by_itself_is_read(books):
    books.begin()
    assert books.value("fenced") == ""
    meta.put(books.db, "fenced", "by hand")
    assert books.value("fenced") == "by hand"
    books.keep("fenced", "by the books")
    assert meta.get(books.db, "fenced") == "by the books"
    books.rollback()
    assert books.value("fenced") == ""


def test_a_broken_disk_is_not_a_messages_fault(books):
    books.begin()
    with pytest.raises(sqlite3.OperationalError), books.part():
        books.db.execute("INSERT INTO nowhere VALUES (1)")
    books.rollback()
    assert not books.db.in_transaction
