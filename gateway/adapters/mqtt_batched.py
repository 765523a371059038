"""The sale path's MQTT: one socket read is one batch, and its PUBACKs leave with the replies in one write."""

import select
import ssl
import time
from collections.abc import Callable

from gateway.adapters.wire import FRAME_MAX, KEEPALIVE_S, Batch
from protocol import mqtt, mqtt_packets

READ_BYTES = 65536
BATCH_BYTES = 262_144  # one batch takes at most this much; the rest is read next
WRITE_TIMEOUT_S = 10
PACKET_IDS = 65535


class MqttBatched:
    """One connection to the broker. `dial` gives a connected TLS socket."""

    def __init__(self, dial: Callable[[], ssl.SSLSocket], client_id: str, topic: str):
        self._dial, self._client_id, self._topic = dial, client_id, topic
        self._socket: ssl.SSLSocket | None = None
        self._decoder = mqtt_packets.Decoder(FRAME_MAX)
        self._packet_id = 0
        self._pinged_s = 0.0
        self._early: list = []

    def connect(self, timeout_s: float = 10) -> None:
        """Dials, says CONNECT and SUBSCRIBE, waits for both answers. Raises OSError or Theirs."""
        self.close()
        self._socket, self._decoder = self._dial(), mqtt_packets.Decoder(FRAME_MAX)
        self._socket.setblocking(False)
        self._early = []
        # The session outlives a restart of this process: the broker keeps what terminals say meanwhile.
        self._send(mqtt.connect(self._client_id, KEEPALIVE_S, clean_session=False))
        answer = self._await(mqtt_packets.Connack, timeout_s)
        if answer.code:
            raise ConnectionError(mqtt.REFUSALS.get(answer.code, "refused"))
        self._send(mqtt.subscribe(1, self._topic, 1))
        if 0x80 in self._await(mqtt_packets.Suback, timeout_s).codes:
            raise ConnectionError("the broker does not let us read " + self._topic)
        self._pinged_s = time.monotonic()

    def fileno(self) -> int:
        """For select; -1 while not connected."""
        return self._socket.fileno() if self._socket else -1

    def early(self) -> bool:
        """Whether packets came with the answers of connect, before the first read."""
        return bool(self._early)

    def read(self) -> Batch:
        """All that has arrived, up to a bound. Raises OSError when the connection is gone, Theirs when it is broken."""
        packets, self._early = self._early, []
        packets += self._receive()
        return _batch(packets)

    def write(self, batch: Batch, frames: list[tuple[str, bytes]]) -> None:
        """Acknowledges the batch and publishes the frames: called after the commit, never before."""
        parts = [mqtt.puback(packet_id) for packet_id in batch.acks]
        parts += [mqtt.publish(topic, payload, 1, self._next_id()) for topic, payload in frames]
        if parts:
            self._send(b"".join(parts))

    def ping(self) -> None:
        """Keeps the connection alive; call it as often as you like."""
        if time.monotonic() - self._pinged_s > KEEPALIVE_S / 3:
            self._pinged_s = time.monotonic()
            self._send(mqtt.pingreq())

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _next_id(self) -> int:
        self._packet_id = self._packet_id % PACKET_IDS + 1
        return self._packet_id

    def _await(self, kind: type, timeout_s: float):
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            select.select([self._plugged()], [], [], 0.2)
            self._early += self._receive()
            for packet in self._early:
                if isinstance(packet, kind):
                    self._early.remove(packet)
                    return packet
        raise TimeoutError("the broker does not answer")

    def _receive(self) -> list:
        packets: list = []
        size = 0
        while size < BATCH_BYTES:
            try:
                data = self._plugged().recv(READ_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            if not data:
                raise ConnectionError("the broker closed the connection")
            size += len(data)
            packets += self._decoder.feed(data)
        return packets

    def pending(self) -> bool:
        """Whether TLS holds decrypted bytes that select cannot see."""
        return self._socket is not None and self._socket.pending() > 0

    def _send(self, data: bytes) -> None:
        view, until_s = memoryview(data), time.monotonic() + WRITE_TIMEOUT_S
        while view:
            try:
                view = view[self._plugged().send(view) :]
            except ssl.SSLWantWriteError:
                select.select([], [self._plugged()], [], 1)
            except ssl.SSLWantReadError:
                select.select([self._plugged()], [], [], 1)
            if view and time.monotonic() > until_s:
                raise TimeoutError("the broker does not take our bytes")

    def _plugged(self) -> ssl.SSLSocket:
        if self._socket is None:
            raise ConnectionError("not connected")
        return self._socket


def _batch(packets: list) -> Batch:
    batch = Batch()
    for packet in packets:
        if isinstance(packet, mqtt_packets.Publish):
            batch.frames.append((packet.topic, packet.payload))
        elif isinstance(packet, mqtt_packets.Oversized):
            batch.frames.append((packet.topic, None))
        else:
            continue
        if packet.qos:
            batch.acks.append(packet.packet_id)
    return batch
