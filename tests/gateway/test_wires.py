"""Every way to the broker keeps the promise that money rests on: what was not acknowledged comes again."""

import select
import time

import pytest

from gateway import bootstrap
from gateway.adapters.wire import FRAME_MAX
from protocol import topics
from tests.gateway.shopfloor import Shopfloor

TOPIC = topics.up("0001-pos1", "hello")


@pytest.fixture(params=["batched", "paho", "paho-websockets"])
def floor(tmp_path, request):
    floor = Shopfloor(tmp_path, adapter=request.param)
    conf = tmp_path / "mosquitto.conf"  # somebody else's broker may let through what ours does not
    conf.write_text(conf.read_text().replace("max_packet_size 70000", "max_packet_size 200000"))
    floor.start_broker()
    yield floor
    floor.stop()


def heard(wire, count: int, within_s: float = 20.0):
    """All that comes until so many frames are there, or time is up."""
    batches, until_s = [], time.monotonic() + within_s
    while sum(len(one.frames) for one in batches) < count and time.monotonic() < until_s:
        if wire.early() or wire.pending() or select.select([wire], [], [], 0.1)[0]:
            batches.append(wire.read())
    return batches


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(floor):
    wire, till = bootstrap.wire(floor.config), floor.terminal()
    wire.connect()
    till.connect()
    for number in range(3):
        till.publish(TOPIC, b"%d" % number)
    first = heard(wire, 3)
    assert [payload for one in first for _, payload in one.frames] == [b"0", b"1", b"2"]
    wire.connect()  # the process died before its commit
    again = heard(wire, 3)
    assert [payload for one in again for _, payload in one.frames] == [b"0", b"1", b"2"]
    for one in again:
        wire.write(one, [(topics.down("0001-pos1", "welcome"), b"all")])
    for _ in again:  # the broker has read this, so it has read what went before it
        assert till.inbox.get(timeout=20)[1] == b"all"
    wire.connect()
    assert heard(wire, 1, within_s=0.5) == []
    wire.close()
    assert wire.fileno() == -1


def test_what_a_wire_publishes_arrives_once(floor):
    wire, till = bootstrap.wire(floor.config), floor.terminal()
    wire.connect()
    till.connect()
    till.publish(TOPIC, b"ask")
    (batch,) = heard(wire, 1)
    wire.write(batch, [(topics.down("0001-pos1", "welcome"), b"yes"), (topics.down("0001-pos1", "head"), b"9")])
    told = {till.inbox.get(timeout=3) for _ in range(2)}
    assert told == {(topics.down("0001-pos1", "welcome"), b"yes"), (topics.down("0001-pos1", "head"), b"9")}
    wire.close()


def test_a_frame_that_is_too_long_is_told_without_its_bytes(floor):
    wire, till = bootstrap.wire(floor.config), floor.terminal()
    wire.connect()
    till.connect()
    till.publish(TOPIC, b"x" * (FRAME_MAX + 1))
    till.publish(TOPIC, b"fits")
    batches = heard(wire, 2)
    assert [frame for one in batches for frame in one.frames] == [(TOPIC, None), (TOPIC, b"fits")]
    assert sum(len(one.acks) for one in batches) == 2
    wire.close()


def test_a_broker_that_goes_away_is_an_error_of_the_line(floor):
    wire = bootstrap.wire(floor.config)
    wire.connect()
    floor.broker.kill()
    floor.broker.wait()
    with pytest.raises(OSError):
        for _ in range(50):
            heard(wire, 1, within_s=0.1)
            wire.ping()
    with pytest.raises(OSError):
        wire.connect()
