"""MQTT 3.1.1 packets as a client needs them (OASIS Standard, 29 October 2014). No I/O: bytes in, packets out.

Firmware and gateway share it. What only a broker reads (CONNECT, SUBSCRIBE, ...) is in mqtt_broker.py.

    decoder = Decoder(limit)
    for packet in decoder.feed(data): ...       one call may give many packets, or none yet

A packet is a plain tuple, its kind first: a type with names costs a board's heap 200 bytes (mqtt_packets.py has them,
for servers and tests).

    (CONNACK, session present, code)      (PUBLISH, topic, payload, qos, packet id, dup, retain)     (PUBACK, packet id)
    (SUBACK, packet id, codes)            (UNSUBACK, packet id)                                      (PINGRESP,)

A PUBLISH longer than the limit is skipped without being stored and comes out as (OVERSIZED, topic, size, qos, packet
id), so that the receiver can count and acknowledge it; otherwise a broker that keeps sessions would deliver the same
one for ever.
Everything else that breaks the standard raises Theirs, after which the connection has to be closed [MQTT-4.8.0-1].
"""

from protocol.errors import Ours, Theirs

REMAINING_MAX = 268435455  # four length bytes (2.2.3)

# packet types (2.2.1); the last is none of MQTT's
CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP = 2, 3, 4, 9, 11, 13
OVERSIZED = 0

# CONNACK return codes (3.2.2.3); none of them heals by trying again at once
REFUSALS = {
    1: "unacceptable protocol version",
    2: "client id rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
}


class Decoder:
    """Cuts a byte stream into packets. `limit` bounds the remaining length of what is kept (bytes after the length)."""

    def __init__(self, limit: int, readers: dict | None = None):
        self._limit = limit
        self._readers = READERS if readers is None else readers
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> list:
        """The packets that are complete with this data, in order. Raises Theirs, after which it is of no use."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._rest:
            data = self._rest + data
        packets = []
        at = self._cut(data, packets)
        self._rest = data[at:] if at else data
        return packets

    def _cut(self, data: bytes, packets: list) -> int:
        at = 0
        end = len(data)
        while end - at >= 2:
            body = at + 2
            size = data[at + 1]
            if size & 0x80:
                size, body = _length(data, at + 1, end)
                if not body:
                    break
            if size > self._limit:
                skipped = self._oversized(data, at, body, size, packets)
                if not skipped:
                    break
                at = skipped
                continue
            if end - body < size:
                break
            packets.append(self._packet(data[at], data, body, body + size))
            at = body + size
        return at

    def _packet(self, head: int, data: bytes, start: int, stop: int):
        reader = self._readers.get(head >> 4)
        if reader is None:
            raise Theirs("malformed", "packet type %d" % (head >> 4))
        return reader(head & 15, data, start, stop)

    def _oversized(self, data: bytes, at: int, body: int, size: int, packets: list) -> int:
        # Topic and packet id come first, so they can be had before the payload is thrown away.
        flags = data[at] & 15
        if data[at] >> 4 != PUBLISH:
            raise Theirs("oversized", "packet type %d with %d bytes" % (data[at] >> 4, size))
        if len(data) - body < 2:
            return 0
        head = 4 + (data[body] << 8 | data[body + 1])
        if head > self._limit:
            raise Theirs("oversized", "topic of %d bytes" % head)
        if len(data) - body < head:
            return 0
        found = _publish(flags, data, body, body + head)
        packets.append((OVERSIZED, found[1], size, found[3], found[4]))
        there = min(size, len(data) - body)
        self._skip = size - there
        return body + there


def _length(data: bytes, at: int, end: int) -> tuple:
    """(remaining length, where the body starts); start 0 while bytes are missing. 2.2.3."""
    size = shift = 0
    for i in range(at, min(at + 4, end)):
        size |= (data[i] & 0x7F) << shift
        shift += 7
        if not data[i] & 0x80:
            return size, i + 1
    if shift == 28:
        raise Theirs("malformed", "remaining length of five bytes")
    return 0, 0


def read_text(data: bytes, at: int, stop: int) -> tuple:
    """(text, where it ends): two length bytes and UTF-8 (1.5.3). Raises Theirs."""
    end = at + 2
    if end <= stop:
        end += data[at] << 8 | data[at + 1]
    if end > stop or end < at + 2:
        raise Theirs("malformed", "text is cut")
    try:
        return data[at + 2 : end].decode(), end
    except UnicodeError:
        raise Theirs("malformed", "text is not UTF-8")


def read_id(data: bytes, at: int, stop: int) -> int:
    """A packet identifier, never 0 (2.3.1). Raises Theirs."""
    number = data[at] << 8 | data[at + 1] if at + 2 <= stop else 0
    if not number:
        raise Theirs("malformed", "packet id")
    return number


def exactly(good: bool, name: str) -> None:
    """Raises Theirs unless flags and length of a packet are what the standard fixes."""
    if not good:
        raise Theirs("malformed", name)


def _publish(flags: int, data: bytes, at: int, stop: int) -> tuple:
    qos = (flags >> 1) & 3
    exactly(qos != 3 and not (flags & 8 and not qos), "PUBLISH flags")
    topic, at = read_text(data, at, stop)
    exactly(bool(topic) and "+" not in topic and "#" not in topic, "PUBLISH topic")
    packet_id = 0
    if qos:
        packet_id = read_id(data, at, stop)
        at += 2
    return PUBLISH, topic, data[at:stop], qos, packet_id, bool(flags & 8), bool(flags & 1)


def _connack(flags: int, data: bytes, at: int, stop: int) -> tuple:
    exactly(flags == 0 and stop - at == 2 and data[at] < 2, "CONNACK")
    return CONNACK, data[at] == 1, data[at + 1]


def _puback(flags: int, data: bytes, at: int, stop: int) -> tuple:
    exactly(flags == 0 and stop - at == 2, "PUBACK")
    return PUBACK, read_id(data, at, stop)


def _suback(flags: int, data: bytes, at: int, stop: int) -> tuple:
    exactly(flags == 0 and stop - at >= 3, "SUBACK")
    return SUBACK, read_id(data, at, stop), tuple(data[at + 2 : stop])


def _unsuback(flags: int, data: bytes, at: int, stop: int) -> tuple:
    exactly(flags == 0 and stop - at == 2, "UNSUBACK")
    return UNSUBACK, read_id(data, at, stop)


def _pingresp(flags: int, data: bytes, at: int, stop: int) -> tuple:
    exactly(flags == 0 and stop == at, "PINGRESP")
    return (PINGRESP,)


# packet type -> what reads its body
READERS = {
    CONNACK: _connack,
    PUBLISH: _publish,
    PUBACK: _puback,
    SUBACK: _suback,
    UNSUBACK: _unsuback,
    PINGRESP: _pingresp,
}


def packet(head: int, body: bytes) -> bytes:
    """Fixed header and body. Raises Ours above 256 MB."""
    size = len(body)
    if size < 128:
        return bytes((head, size)) + body
    if size > REMAINING_MAX:
        raise Ours("oversized", "packet of %d bytes" % size)
    length = bytearray((head,))
    while size > 127:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes(length) + body


def text(value: str | bytes) -> bytes:
    """A length-prefixed string. Raises Ours above 65535 bytes."""
    raw = value.encode() if isinstance(value, str) else value
    if len(raw) > 65535:
        raise Ours("oversized", "text of %d bytes" % len(raw))
    return bytes((len(raw) >> 8, len(raw) & 255)) + raw


def two(number: int) -> bytes:
    """A packet id or keep-alive."""
    return bytes((number >> 8, number & 255))


def connect(client_id: str, keepalive_s: int, clean_session: bool = False, will: tuple | None = None) -> bytes:
    """CONNECT. will = (topic, payload, qos, retain), published by the broker when the client is lost."""
    flags = 2 if clean_session else 0
    body = text(client_id)
    if will is not None:
        flags |= 4 | will[2] << 3 | (32 if will[3] else 0)
        body += text(will[0]) + text(will[1])
    return packet(0x10, b"\x00\x04MQTT\x04" + bytes((flags,)) + two(keepalive_s) + body)


def publish(topic: str, payload: bytes, qos: int = 0, packet_id: int = 0, dup: bool = False, retain=False) -> bytes:
    """PUBLISH. QoS 1 wants a packet id of 1..65535 that is not in flight."""
    if qos and not 1 <= packet_id <= 65535:
        raise Ours("malformed", "packet id %d" % packet_id)
    head = 0x30 | (8 if dup else 0) | qos << 1 | (1 if retain else 0)
    return packet(head, text(topic) + (two(packet_id) if qos else b"") + payload)


def puback(packet_id: int) -> bytes:
    """PUBACK: the message is ours now."""
    return bytes((0x40, 2, packet_id >> 8, packet_id & 255))


def subscribe(packet_id: int, topic: str, qos: int = 1) -> bytes:
    """SUBSCRIBE to one topic filter."""
    return packet(0x82, two(packet_id) + text(topic) + bytes((qos,)))


def unsubscribe(packet_id: int, topic: str) -> bytes:
    """UNSUBSCRIBE from one topic filter."""
    return packet(0xA2, two(packet_id) + text(topic))


def pingreq() -> bytes:
    """PINGREQ."""
    return b"\xc0\x00"


def disconnect() -> bytes:
    """DISCONNECT: the broker drops the will."""
    return b"\xe0\x00"
