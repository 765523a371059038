"""The broker's side of MQTT 3.1.1: reads what clients send, writes what brokers answer. For fakes, tests and tools."""

from collections import namedtuple

from protocol import mqtt

Connect = namedtuple("Connect", ("client_id", "keepalive_s", "clean_session", "will", "username", "password"))
Subscribe = namedtuple("Subscribe", ("packet_id", "filters"))
Unsubscribe = namedtuple("Unsubscribe", ("packet_id", "filters"))
Pingreq = namedtuple("Pingreq", ())
Disconnect = namedtuple("Disconnect", ())


def _connect(flags: int, data: bytes, at: int, stop: int) -> Connect:
    mqtt.exactly(flags == 0 and data[at : at + 7] == b"\x00\x04MQTT\x04" and stop - at >= 12, "CONNECT")
    options = data[at + 7]
    mqtt.exactly(not options & 1, "CONNECT flags")
    keepalive_s = data[at + 8] << 8 | data[at + 9]
    client_id, at = mqtt.read_text(data, at + 10, stop)
    will = username = password = None
    if options & 4:
        topic, at = mqtt.read_text(data, at, stop)
        payload, at = _binary(data, at, stop)
        will = (topic, payload, (options >> 3) & 3, bool(options & 32))
    if options & 128:
        username, at = mqtt.read_text(data, at, stop)
    if options & 64:
        password, at = _binary(data, at, stop)
    mqtt.exactly(at == stop, "CONNECT length")
    return Connect(client_id, keepalive_s, bool(options & 2), will, username, password)


def _binary(data: bytes, at: int, stop: int) -> tuple:
    mqtt.exactly(at + 2 <= stop, "CONNECT length")
    end = at + 2 + (data[at] << 8 | data[at + 1])
    mqtt.exactly(end <= stop, "CONNECT length")
    return data[at + 2 : end], end


def _subscribe(flags: int, data: bytes, at: int, stop: int) -> Subscribe:
    mqtt.exactly(flags == 2, "SUBSCRIBE flags")
    packet_id = mqtt.read_id(data, at, stop)
    at += 2
    filters = []
    while at < stop:
        topic, at = mqtt.read_text(data, at, stop)
        mqtt.exactly(at < stop and data[at] < 3, "SUBSCRIBE")
        filters.append((topic, data[at]))
        at += 1
    mqtt.exactly(bool(filters), "SUBSCRIBE")
    return Subscribe(packet_id, tuple(filters))


def _unsubscribe(flags: int, data: bytes, at: int, stop: int) -> Unsubscribe:
    mqtt.exactly(flags == 2, "UNSUBSCRIBE flags")
    packet_id = mqtt.read_id(data, at, stop)
    at += 2
    filters = []
    while at < stop:
        topic, at = mqtt.read_text(data, at, stop)
        filters.append(topic)
    return Unsubscribe(packet_id, tuple(filters))


def _pingreq(flags: int, data: bytes, at: int, stop: int) -> Pingreq:
    mqtt.exactly(flags == 0 and stop == at, "PINGREQ")
    return Pingreq()


def _disconnect(flags: int, data: bytes, at: int, stop: int) -> Disconnect:
    mqtt.exactly(flags == 0 and stop == at, "DISCONNECT")
    return Disconnect()


# packet type -> what reads its body, as a broker: Decoder(limit, READERS)
READERS = {
    1: _connect,
    mqtt.PUBLISH: mqtt.READERS[mqtt.PUBLISH],
    mqtt.PUBACK: mqtt.READERS[mqtt.PUBACK],
    8: _subscribe,
    10: _unsubscribe,
    12: _pingreq,
    14: _disconnect,
}


def connack(session_present: bool, code: int = 0) -> bytes:
    """CONNACK."""
    return bytes((0x20, 2, 1 if session_present else 0, code))


def suback(packet_id: int, codes: tuple = (1,)) -> bytes:
    """SUBACK: granted QoS per filter, 0x80 = refused."""
    return mqtt.packet(0x90, mqtt.two(packet_id) + bytes(codes))


def unsuback(packet_id: int) -> bytes:
    """UNSUBACK."""
    return mqtt.packet(0xB0, mqtt.two(packet_id))


def pingresp() -> bytes:
    """PINGRESP."""
    return b"\xd0\x00"
