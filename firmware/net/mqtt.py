"""Keeps one MQTT connection over mutual TLS: dials, reads, writes, pings, and dials again when it is lost.

TCP_NODELAY before TLS and one write per packet (Nagle's algorithm costs 45 to 88 ms a tap); reads go into one buffer,
since a TLS socket under asyncio waits in steps of a millisecond. While TLS shakes hands it is a small one.
"""

# pyright: reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# pyright sees the events of a host; a board's wait for a bare generator too.
import asyncio
import os
import socket
import ssl

from firmware import room
from firmware.net.session import Dead, Session, backoff_ms
from firmware.waits import Event, Stream, readable, writable
from protocol.clock import ticks_diff, ticks_ms

READ_BYTES = 1024  # a receipt in one read: a second one waits a millisecond
FIRST_BYTES = 64  # what a broker says before a session is up
TX_MAX = 12  # packets waiting for the socket; when full the connection is given up
DIAL_MS = 10000
TICK_MS = 200
STEADY_MS = 5000  # up for so long, the next loss starts with the shortest wait again
TCP, NODELAY = 6, 1


def tls_context(ca_der: bytes, certificate_der: bytes, key_der: bytes):
    """TLS 1.2 client context that checks the broker against our CA and shows our own certificate. DER only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca_der)
    context.load_cert_chain(certificate_der, key_der)
    return context


class Client:
    """`on_message(topic, payload)` and `on_state(up, why)` are called from run(); publish() may be called anywhere.

    host: name or address, port, name in its certificate. tls_memory, lend: those of firmware/hal.py.
    """

    def __init__(self, session: Session, host: tuple, context, on_message, on_state, tls_memory, lend):
        self.session = session
        self.address, self.name = host[:2], host[2]
        self.context = context
        self.on_message = on_message
        self.on_state = on_state
        self.tls_memory = tls_memory
        self._phase = "off"
        self.before_dial = None
        self.losses = 0
        self._why = ""
        self._first = bytearray(FIRST_BYTES)
        lend(READ_BYTES, self._take)
        self._tx = []
        self._stream = None
        self._kick = Event()

    def _take(self, memory) -> None:
        self._buffer = memory or self._first

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send one message, QoS 1. False: not connected or too much on its way; send it again later."""
        packet = self.session.publish(topic, payload, ticks_ms())
        if packet:
            self._write(packet)
        return bool(packet)

    async def run(self) -> None:
        """For ever: connect, serve, wait, again."""
        attempt = 0
        while True:
            began_ms = ticks_ms()
            why = await self._once()
            steady = self.session.up and ticks_diff(ticks_ms(), began_ms) > STEADY_MS
            attempt = 0 if steady else attempt + 1
            self._close()
            self.on_state(False, why)
            wait_ms = backoff_ms(max(0, attempt - 1), self.session.refused, os.urandom(1)[0])
            await asyncio.sleep_ms(wait_ms)

    async def _once(self) -> str:
        try:
            if self.before_dial is not None:
                await self.before_dial()
            await asyncio.wait_for_ms(self._dial(), DIAL_MS)
            self._memory("connected")
            await self._serve()
        except asyncio.TimeoutError:
            return "no answer"
        except (OSError, ValueError, Dead) as lost:
            return str(lost) or "lost"
        except MemoryError:
            room.make()  # what came half is told again after the next start of the connection
            return "heap full"
        return "closed"

    async def _dial(self) -> None:
        raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            await _connect(raw, self.address)
            raw.setsockopt(TCP, NODELAY, 1)
            self._memory("connecting")  # not before: the screen lends it, and a gateway that is away takes its time
            secure = self.context.wrap_socket(raw, server_hostname=self.name, do_handshake_on_connect=False)
        except BaseException:
            raw.close()
            raise
        self._stream = Stream(secure)
        self._stream.write(self.session.open(ticks_ms()))
        await self._stream.drain()
        while not self.session.up:
            await self._read()

    async def _serve(self) -> None:
        self.on_state(True, "session kept" if self.session.present else "new session")
        keeper = asyncio.create_task(self._keep(asyncio.current_task()))
        writer = asyncio.create_task(self._pump(asyncio.current_task()))
        try:
            while True:
                await self._read()
        except asyncio.CancelledError:
            raise Dead(self._why)
        finally:
            keeper.cancel()
            writer.cancel()

    async def _read(self) -> None:
        await readable(self._stream.s)
        data = self._received()
        if data is None:
            return
        if not data:
            raise Dead("closed by the broker")
        out, messages = self.session.feed(data, ticks_ms())
        if out:
            self._write(out)
        for topic, payload in messages:
            self.on_message(topic, payload)

    def _received(self) -> bytes | None:
        # Not a part of _read(): what a coroutine has touched it keeps, and the buffer is lent.
        size = self._stream.s.readinto(self._buffer)
        return None if size is None else bytes(memoryview(self._buffer)[:size])

    async def _keep(self, reader) -> None:
        while True:
            await asyncio.sleep_ms(TICK_MS)
            try:
                out = self.session.tick(ticks_ms())
                if out:
                    self._write(out)
                if len(self._tx) > TX_MAX:
                    raise Dead("the socket takes nothing")
            except (Dead, MemoryError) as dead:
                self._why = str(dead)
                reader.cancel()
                return

    async def _pump(self, reader) -> None:
        # One packet at a time, and after a short write the very same bytes again: Mbed TLS counts a repeated write as
        # done with the length of the second call.
        try:
            while True:
                await self._stream.drain()
                if self._tx:
                    self._stream.write(self._tx.pop(0))
                else:
                    self._kick.clear()
                    await self._kick.wait()
        except (OSError, MemoryError) as lost:
            self._why = str(lost)
            reader.cancel()

    def _write(self, packet: bytes) -> None:
        if self._tx or self._stream.out_buf:
            self._tx.append(packet)
            self._kick.set()
            return
        try:
            self._stream.write(packet)
        except OSError:
            return  # the reader finds the same loss and says so
        if self._stream.out_buf:
            self._kick.set()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.s.close()
            self._stream = None
        self._tx = []
        self.losses += 1
        self.session.lost()
        self._memory("off")

    def _memory(self, phase: str) -> None:
        if phase != self._phase:
            self._phase = phase
            self.tls_memory(phase)


async def _connect(raw, address: tuple) -> None:
    """Connect without holding the other tasks. Raises OSError."""
    raw.setblocking(False)
    target = socket.getaddrinfo(address[0], address[1], 0, socket.SOCK_STREAM)[0][-1]
    try:
        raw.connect(target)
    except OSError as busy:
        if busy.errno not in (115, 119, 11):  # EINPROGRESS: 115 on Linux, 119 on lwIP
            raise
    # Writable means connected or failed; the first write tells which.
    await writable(raw)
