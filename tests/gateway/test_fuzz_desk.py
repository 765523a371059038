"""Whatever terminals, strangers and the line to head office send: the desk answers or turns it away."""

import json
import logging

import pytest

from gateway.store import soundness
from protocol import codec, topics
from protocol.mac import hmac_sha256
from tests.gateway.stage import ALICE, JOURNAL, LINK_KEY, STORE, Stage, Till, ready
from tests.mutator import survives, tries


def samples(stage: Stage) -> list[bytes]:
    """Topic and frame of what a till and the uplink say on a day."""
    till = stage.till
    ids = {"j": JOURNAL, "l": 0, "operator": "7", "shift": 1, "at_s": 1}
    tap = till.tap()
    basket = {"basket": 1, "line": 1, "code": "100", "qty_milli": 1000}
    line = {name: value for name, value in ids.items() if name != "at_s"}
    frames = [
        till.frame("sign_on", r=1, operator="7", pin="1234"),
        till.frame("set_line", r=2, **line, **basket),
        till.frame("pay", **till.pay(1, account=ALICE, tap=tap, stored_cents=300, cash_cents=700)),
        till.frame("top_up", **ids, n=2, account=ALICE, tap=tap, amount_cents=100, tender="cash"),
        till.frame("void", j=JOURNAL, l=0, n=1, at_s=1),
        till.frame("refund", **ids, n=3, receipt=1, why="returned"),
        till.frame("sign_off", r=3, operator="7", shift=1),
        till.frame("time_ask", nonce="00" * 8),
        *pumped(till, ids, tap),
    ]
    said = {"booked": {"upto": 3}, "line": {"up": True, "at_s": 1}, "safe": {"upto": 1}, "want_answer": {"request": ""}}
    said |= {"operator": {"set_aside": "0001-pos1"}, "hq": stage.hq.message("block", card="0001:04A1B2C3D4E5F6")}
    frames += [(topics.up(STORE + "-uplink", name), json.dumps(told).encode()) for name, told in said.items()]
    page = [{"do": "sign_on", "operator": "7", "pin": "1234"}, {"do": "stop_all"}, {"do": "look"}]
    page += [{"do": "settle_cash", "fill": 1, "cents": 100, "token": "00" * 16}]
    told = [json.dumps({"id": f"{at:032x}", **one}).encode() for at, one in enumerate(page)]
    frames += [(topics.up(STORE + "-uplink", "console"), one) for one in told]
    return [topic.encode() + b"\n" + frame for topic, frame in frames]


def pumped(till: Till, ids: dict, tap: str) -> list[tuple[str, bytes]]:
    """What a pump terminal says: a member's fill, an attendant's, its nozzles, and the fill in a basket."""
    grade = {"code": "100", "nozzle": 2, "cents": 100, "ml": 0}
    totals = {"total_before_ml": 0, "total_after_ml": 100, "price_milli": 1000_000, "code": "100"}
    given = {**totals, "ml": 100, "amount_cents": 100, "last": True, "why": "hung_up"}
    lane = {name: ids[name] for name in ("j", "at_s")} | {"l": 1}
    line = {name: value for name, value in ids.items() if name != "at_s"}
    row = {"n": 2, "code": "100", "state": "free", "lifted": False, "ml": 0, "cents": 0, "price_milli": 0}
    return [
        till.frame("hold", **lane, n=1, account=ALICE, tap=tap, **grade, plate="B 1", coupon="coupon:X"),
        till.frame("start", **lane, n=2, **grade, operator="7", shift=1),
        till.frame("pump_state", r=4, l=1, j=JOURNAL, hold=f"{till.name}/{JOURNAL}/1/2", state="fuelling"),
        till.frame("capture", **lane, n=3, hold=f"{till.name}/{JOURNAL}/1/2", **given),
        till.frame("nozzles", nozzles=[row | {"total_ml": 100}]),
        till.frame("set_line", r=5, **line, basket=2, line=1, code=".1", qty_milli=1000),
    ]


def frame_of(raw: bytes) -> tuple[str, bytes]:
    """Topic and frame again, under a seal that fits what is before it."""
    said, _, frame = raw.partition(b"\n")
    topic = said.decode("utf-8", "replace")
    if frame.endswith(b"}") and b',"mac":"' in frame:
        body = frame[: -codec.TRAILER]
        frame = body + b',"mac":"' + hmac_sha256(LINK_KEY, topic.encode() + b"\n" + body)[:16].hex().encode() + b'"}'
    return topic, frame


def test_a_desk_takes_anything(caplog):
    """One by one and in batches. An error of the gateway's own would be in its log."""
    stage, _ = ready()
    stage.grant(100_000)
    batch: list[tuple[str, bytes]] = []

    def take(raw: bytes) -> None:
        batch.append(frame_of(raw))
        stage.desk.take(batch[-1:])
        if len(batch) == 8:
            stage.desk.take(batch)
            batch.clear()

    with caplog.at_level(logging.ERROR, "gateway"):
        for raw in tries(samples(stage), "desk"):
            survives(take, raw)
            assert not caplog.records, (raw, caplog.text)
    assert soundness.damage(stage.db) == ""


@pytest.mark.parametrize(
    "message, told",
    [
        ("booked", {"upto": None}),
        ("booked", {"upto": "\ud800"}),
        ("hq", {"n": "1", "body": [], "sig": 7}),
        ("line", {}),
        ("operator", {"close_hold": {}, "ml": []}),
    ],
)
def test_what_the_line_says_wrongly_is_turned_away(message, told, caplog):
    stage, _ = ready()
    with caplog.at_level(logging.ERROR, "gateway"):
        stage.uplink(message, told)
    assert not caplog.records
