"""One MQTT connection: CONNECT to up, acknowledgements, pings, silence, refusals, bounds; and the wait between two."""

from firmware.net import session
from firmware.net.session import Dead, Session, backoff_ms
from protocol import mqtt, mqtt_broker
from protocol.codec import fields_of
from protocol.messages import DOWN, MESSAGES, STRUCTS

FILTER = "tapwell/0001-pos1/down/#"
WIDTHS = {"account": 32, "card": 25, "terminal": 19, "store": 6, "date": 10, "bool": 5}


def up(present: bool = False) -> Session:
    one = Session("0001-pos1", FILTER)
    one.open(0)
    out, _ = one.feed(mqtt_broker.connack(present), 0)
    assert out == mqtt.subscribe(1, FILTER)
    one.feed(mqtt_broker.suback(1), 0)
    assert one.up and one.present == present
    return one


def dead(call, *args) -> str:
    try:
        call(*args)
    except Dead as why:
        return str(why)
    return ""


def test_connect_keeps_the_session_and_leaves_a_will():
    raw = Session("0001-pos1", FILTER, ("tapwell/0001-pos1/up/lost", b"{}", 1, False)).open(0)
    connect = mqtt.Decoder(500, mqtt_broker.READERS).feed(raw)[0]
    assert connect.clean_session is False and connect.keepalive_s == 15
    assert connect.will == ("tapwell/0001-pos1/up/lost", b"{}", 1, False)


def test_session_present_or_not_both_subscribe():
    up(False)
    up(True)


def test_messages_are_acknowledged_in_one_write():
    data = mqtt.publish("a", b"1", 1, 5) + mqtt.publish("a", b"2", 0) + mqtt.publish("a", b"3", 1, 6)
    out, messages = up().feed(data, 1)
    assert out == mqtt.puback(5) + mqtt.puback(6)
    assert messages == [("a", b"1"), ("a", b"2"), ("a", b"3")]


def test_oversized_is_counted_and_acknowledged():
    one = up()
    out, messages = one.feed(mqtt.publish("a", bytes(5000), 1, 9), 1)
    assert (out, messages, one.oversized) == (mqtt.puback(9), [], 1)


def test_in_flight_is_bounded():
    one = up()
    for _ in range(session.IN_FLIGHT_MAX):
        assert one.publish("t", b"x", 0)
    assert not one.publish("t", b"x", 0)
    one.feed(mqtt.puback(2), 0)
    assert one.publish("t", b"x", 0)


def test_nothing_is_published_before_up():
    one = Session("0001-pos1", FILTER)
    one.open(0)
    assert not one.publish("t", b"x", 0)


def test_pings_then_silence():
    one = up()
    assert one.tick(5000) == b"" and one.tick(5001) == mqtt.pingreq() and one.tick(5100) == b""
    assert dead(one.tick, 9501) == "silent"


def test_no_puback_is_dead():
    one = up()
    one.publish("t", b"x", 0)
    one.feed(mqtt_broker.pingresp(), 8000)
    assert dead(one.tick, 8001) == "no PUBACK"


def test_refused():
    for code in (1, 5):
        one = Session("0001-pos1", FILTER)
        one.open(0)
        assert dead(one.feed, mqtt_broker.connack(False, code), 0) == "refused: %d" % code and one.refused == code
    one = Session("0001-pos1", FILTER)
    one.open(0)
    one.feed(mqtt_broker.connack(False), 0)
    assert dead(one.feed, mqtt_broker.suback(1, (128,)), 0) and one.refused == 5


def test_garbage_is_dead():
    assert dead(up().feed, b"\x00\x00", 0)


def test_wait_between_two_attempts():
    # attempt  refused  by chance   ms
    for attempt, refused, chance, wanted in (
        (0, 0, 0, 300),
        (0, 0, 255, 151),
        (3, 0, 0, 2400),
        (8, 0, 0, 60000),
        (99, 0, 0, 60000),
        (0, 5, 0, 60000),
        (0, 3, 0, 300),
    ):
        assert backoff_ms(attempt, refused, chance) == wanted


def longest(spec: tuple) -> int:
    """Bytes that a value of this type can take in JSON."""
    kind, first, second = spec
    if kind == "int":
        return max(len(str(first)), len(str(second)))
    if kind == "list":
        return 2 + first * (longest(second) + 1)
    if kind in STRUCTS:
        return 2 + sum([len(field[0]) + 4 + longest(field[2:]) for field in fields_of(kind)])
    return 2 + (WIDTHS.get(kind) or first)


def test_whatever_a_gateway_says_fits():
    for name in MESSAGES:
        if MESSAGES[name][0] == DOWN:
            size = 80 + sum([len(field[0]) + 4 + longest(field[2:]) for field in fields_of(name)])
            assert size + 60 < session.RX_MAX, name
