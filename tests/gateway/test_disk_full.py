"""A disk that takes nothing closes the store; it opens by itself once there is room; each request has one outcome."""

import json

import pytest

from tests.gateway.stage import Stage, Till


@pytest.fixture
def counter(tmp_path):
    stage = Stage(str(tmp_path / "store.db"))
    stage.till.hello()
    stage.till.sign_on()
    stage.till.scan(1, ["100"])
    return stage, stage.till


def fill(stage: Stage) -> None:
    """The file may grow no more: what fits into its pages is still taken."""
    pages = stage.db.execute("PRAGMA page_count").fetchone()[0]
    stage.db.execute(f"PRAGMA max_page_count = {pages}")


def make_room(stage: Stage) -> None:
    stage.db.execute("PRAGMA max_page_count = 1000000")


def use_up(stage: Stage, till: Till) -> None:
    """Questions until the disk is full."""
    for n in range(1, 2000):
        frame = till.frame("sign_on", r=n, operator="7", pin="1234")
        if till.told(stage.desk.take([frame]))[-1][1].get("reason") == "store_closed":
            return
    raise AssertionError("the disk is never full")


def a_second(stage: Stage) -> list:
    stage.clock.at_ms += 1000
    return stage.desk.tick()


def test_a_full_disk_is_said_and_ends_by_itself(counter):
    stage, till = counter
    fill(stage)
    use_up(stage, till)
    events = stage.shop.head().seq
    asked = till.frame("pay", **till.pay(1, cash_cents=1000))
    told = till.told(stage.desk.take([asked, asked]))
    assert told == [("refused", {"reason": "store_closed", "k": 1})] * 2  # it names no request: none has ended
    assert till.told(a_second(stage)) == [] and stage.shop.head().seq == events
    make_room(stage)
    frames = a_second(stage)
    assert till.told(frames)[0][1]["selling"] is True
    assert json.loads(dict(frames)["tapwell/0001-uplink/down/closed"]) == {"why": ""}
    assert till.told(stage.desk.take([asked]))[0][0] == "receipt"


def test_terminals_and_the_uplink_are_told_at_once(counter):
    stage, till = counter
    fill(stage)
    for n in range(1, 2000):
        frames = stage.desk.take([till.frame("sign_on", r=n, operator="7", pin="1234")])
        if stage.desk.closed:
            break
    assert [(message, values.get("selling")) for message, values in till.told(frames)][0] == ("head", False)
    assert "full" in json.loads(dict(frames)["tapwell/0001-uplink/down/closed"])["why"]


def test_a_repeat_gets_its_answer_from_a_full_disk(counter):
    stage, till = counter
    frame = till.frame("pay", **till.pay(1, cash_cents=1000))
    first = stage.desk.take([frame])[0]
    fill(stage)
    use_up(stage, till)
    assert stage.desk.take([frame]) == [first]


def test_boards_still_get_the_time(counter):
    stage, till = counter
    fill(stage)
    use_up(stage, till)
    assert till.send(*till.frame("time_ask", nonce="00" * 8))[0][0] == "time_tell"
