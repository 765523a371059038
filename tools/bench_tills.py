"""A crowd of tills in one process: each has one sealed request open at a time and takes the next when it is answered.

Requests are sealed before the clock starts and answers are not opened: what is measured is the store, not this loop.
Its own ceiling is what the bare echo reaches.
"""

import select
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from protocol import mqtt, mqtt_packets, topics

READ_BYTES = 65536
FRAME_MAX = 70_000


@dataclass
class Times:
    """What a crowd saw. seconds: from the first request to the last answer; ms: of each answer.

    cpu_us: what an answer cost of a processor, by who spent it.
    """

    answered: int
    seconds: float
    ms: list[float]
    cpu_us: dict[str, float] = field(default_factory=dict)

    @property
    def per_s(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0

    def at(self, percent: int) -> float:
        """Percentile of the answers' times, 1..99."""
        return quantiles(self.ms, n=100, method="inclusive")[percent - 1]


class Till:
    """One terminal: `frames` are its requests in order."""

    def __init__(self, name: str, frames: Sequence[bytes], port: int, context: ssl.SSLContext | None) -> None:
        self.name, self.frames = name, frames
        self.topic = topics.up(name, "pay")
        self.sent, self.at_s, self.packet_id = 0, 0.0, 0
        self._decoder = mqtt_packets.Decoder(FRAME_MAX)
        plain = socket.create_connection(("127.0.0.1", port), 5)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        self._greet()
        self.wire.setblocking(False)

    def fileno(self) -> int:
        return self.wire.fileno()

    def next(self, before: bytes = b"") -> None:
        """Sends the next request, behind what is to be said before it."""
        self.packet_id = self.packet_id % 65535 + 1
        self.wire.send(before + mqtt.publish(self.topic, self.frames[self.sent], 1, self.packet_id))
        self.sent += 1
        self.at_s = time.perf_counter()

    def done(self) -> bool:
        return self.sent >= len(self.frames)

    def heard(self) -> list[mqtt_packets.Publish]:
        """What has arrived. Raises ConnectionError."""
        packets: list = []
        while True:
            try:
                data = self.wire.recv(READ_BYTES)
            except (ssl.SSLWantReadError, BlockingIOError):
                return [packet for packet in packets if isinstance(packet, mqtt_packets.Publish)]
            if not data:
                raise ConnectionError("the broker closed " + self.name)
            packets += self._decoder.feed(data)

    def _greet(self) -> None:
        hear_me = mqtt.subscribe(1, topics.all_down(self.name), 1)
        self.wire.sendall(mqtt.connect(self.name, 60, clean_session=True) + hear_me)
        answers: list = []
        while len(answers) < 2:
            answers += self._decoder.feed(self.wire.recv(READ_BYTES))


def play(tills: Sequence[Till], limit_s: float) -> Times:
    """Every till's requests, or as many as can be answered in that time. Raises TimeoutError if answers stop."""
    ms: list[float] = []
    poll = select.epoll()
    by_file = {till.fileno(): till for till in tills}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    began = time.perf_counter()
    for till in tills:
        till.next()
    waiting, last = len(tills), began
    while waiting:
        ready = poll.poll(5)
        if not ready:
            raise TimeoutError("no answer for 5 s, %d open" % waiting)
        for file, _ in ready:
            waiting -= _answered(by_file[file], ms, time.perf_counter() - began > limit_s)
        last = time.perf_counter()
    poll.close()
    return Times(len(ms), last - began, ms)


def _answered(till: Till, ms: list[float], time_is_up: bool) -> int:
    """Takes what came to a till; 1 if it has finished."""
    finished = 0
    for packet in till.heard():
        acknowledged = mqtt.puback(packet.packet_id) if packet.qos else b""
        if packet.topic.endswith("/receipt"):
            ms.append((time.perf_counter() - till.at_s) * 1000)
            if not (till.done() or time_is_up):
                till.next(acknowledged)
                continue
            finished = 1
        elif packet.topic.endswith("/refused"):
            raise RuntimeError(f"{till.name} was refused: {packet.payload.decode()}")
        till.wire.send(acknowledged)
    return finished
