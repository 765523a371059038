"""One MQTT connection as seen by a terminal, without I/O: bytes and the clock in, bytes and events out.

Bounds: what arrives is kept up to RX_MAX, longer messages are skipped, counted and acknowledged; what is sent and not
yet acknowledged is at most IN_FLIGHT_MAX, beyond that publish() says False and the caller sends again later.
Nothing is kept for the next connection: requests live in the journal, and the link sends them again.
"""

from protocol import mqtt
from protocol.clock import ticks_diff

RX_MAX = 2048  # the longest that a gateway has to say to a terminal is shorter, by its table; a test works it out
IN_FLIGHT_MAX = 8
KEEPALIVE_S = 15
PING_AFTER_MS = 5000  # of silence: a third of the keepalive
DEAD_AFTER_MS = 9500  # of silence: the peer is gone, whatever TCP says
ACK_WITHIN_MS = 8000
BACKOFF_FIRST_MS = 300
BACKOFF_MAX_MS = 60000
PERMANENT = (1, 2, 4, 5)  # CONNACK codes that only an operator can mend; tried again at the slowest pace


class Dead(Exception):
    """The connection is of no use any more: silence, a refusal, or bytes that are not MQTT."""


class Session:
    """`out` collects bytes to be written; feed() and tick() raise Dead when the connection has to be closed."""

    def __init__(self, client_id: str, topic: str, will: tuple | None = None):
        self.client_id = client_id
        self.topic = topic
        self.will = will
        self.oversized = 0
        self.up = False
        self.present = False
        self.refused = 0
        self._id = 0
        self._forget()

    def _forget(self) -> None:
        self._waiting = {}
        self._decoder = mqtt.Decoder(RX_MAX)
        self.up = False

    def open(self, now_ms: int) -> bytes:
        """A new connection is there: the CONNECT to write."""
        self._forget()
        self._heard_ms = self._pinged_ms = now_ms
        self.refused = 0
        return mqtt.connect(self.client_id, KEEPALIVE_S, False, self.will)

    def lost(self) -> None:
        """The connection is gone."""
        self._forget()

    def publish(self, topic: str, payload: bytes, now_ms: int) -> bytes:
        """The packet to write, QoS 1; empty while the session is not up or too much is unacknowledged."""
        if not self.up or len(self._waiting) >= IN_FLIGHT_MAX:
            return b""
        packet_id = self._next_id()
        self._waiting[packet_id] = now_ms
        return mqtt.publish(topic, payload, 1, packet_id)

    def feed(self, data: bytes, now_ms: int) -> tuple:
        """(bytes to write, messages as (topic, payload)). Raises Dead."""
        self._heard_ms = self._pinged_ms = now_ms
        out = b""
        messages = []
        try:
            packets = self._decoder.feed(data)
        except mqtt.Theirs as wrong:
            raise Dead(str(wrong))
        for packet in packets:
            out += _HANDLERS[packet[0]](self, packet, messages)
        return out, messages

    def tick(self, now_ms: int) -> bytes:
        """A ping when it is time for one. Raises Dead after too long a silence."""
        silent_ms = ticks_diff(now_ms, self._heard_ms)
        if silent_ms > DEAD_AFTER_MS:
            raise Dead("silent")
        for sent_ms in self._waiting.values():
            if ticks_diff(now_ms, sent_ms) > ACK_WITHIN_MS:
                raise Dead("no PUBACK")
        if self.up and ticks_diff(now_ms, self._pinged_ms) > PING_AFTER_MS:
            self._pinged_ms = now_ms
            return mqtt.pingreq()
        return b""

    def _next_id(self) -> int:
        self._id = self._id % 65535 + 1
        while self._id in self._waiting:
            self._id = self._id % 65535 + 1
        return self._id

    def _connack(self, packet, messages: list) -> bytes:
        _, present, self.refused = packet
        if self.refused:
            raise Dead("refused: %d" % self.refused)  # MQTT 3.1.1, 3.2.2.3; in words in protocol/mqtt.py
        # Subscribed every time: a session may have been kept although its SUBSCRIBE was lost.
        self.present = present
        return mqtt.subscribe(self._next_id(), self.topic)

    def _suback(self, packet, messages: list) -> bytes:
        if packet[2][0] > 2:
            self.refused = 5
            raise Dead("refused: subscription")
        self.up = True
        return b""

    def _publish(self, packet, messages: list) -> bytes:
        messages.append(packet[1:3])
        return mqtt.puback(packet[4]) if packet[3] else b""

    def _oversized(self, packet, messages: list) -> bytes:
        self.oversized += 1
        return mqtt.puback(packet[4]) if packet[3] else b""

    def _puback(self, packet, messages: list) -> bytes:
        self._waiting.pop(packet[1], None)
        return b""

    def _nothing(self, packet, messages: list) -> bytes:
        return b""


_HANDLERS = {
    mqtt.CONNACK: Session._connack,
    mqtt.SUBACK: Session._suback,
    mqtt.PUBLISH: Session._publish,
    mqtt.OVERSIZED: Session._oversized,
    mqtt.PUBACK: Session._puback,
    mqtt.UNSUBACK: Session._nothing,
    mqtt.PINGRESP: Session._nothing,
}


def backoff_ms(attempt: int, refused: int, random_byte: int) -> int:
    """How long to wait before attempt n (0: right after a loss): doubling, up to half of it taken off by chance."""
    whole = BACKOFF_MAX_MS if refused in PERMANENT or attempt > 7 else BACKOFF_FIRST_MS << attempt
    return whole - whole * random_byte // 512
