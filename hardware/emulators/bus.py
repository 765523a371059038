"""How a terminal process reaches emulated chips: one TCP port on loopback (or one pseudo terminal) per chip.

UART  plain bytes both ways.
SPI   host -> chip only, records: flag (0 command, 1 data), length 2 bytes big-endian, payload.
I2C   host asks  b"W" addr len payload  or  b"R" addr len ; chip answers b"A" (+ len bytes after R) or b"N".
"""

import asyncio
import os
import socket
import termios
import tty
from collections.abc import Callable
from typing import Protocol

LOOPBACK = "127.0.0.1"
FORGET_S = 0.05  # between two clients of a pseudo terminal lies more
READ_BYTES = 4096


class UartChip(Protocol):
    """A chip on a serial line: bytes in, bytes out, and perhaps more later."""

    def feed(self, data: bytes) -> bytes: ...


class I2cChip(Protocol):
    """A chip on an I2C bus: a written message is acknowledged or not, a read gives bytes."""

    address: int

    def write(self, data: bytes) -> bool: ...

    def read(self, size: int) -> bytes: ...


class Port:
    """One listening TCP port on loopback; the newest host to connect is the one that is wired."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._host: asyncio.StreamWriter | None = None
        self.port = 0

    async def listen(self, port: int = 0) -> int:
        """Open the port (0 = an ephemeral one) and return its number."""
        self._server = await asyncio.start_server(self._connected, LOOPBACK, port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def close(self) -> None:
        if self._host is not None:
            self._host.close()
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host is not None:  # a restarted terminal takes the wires over from its dead predecessor
            self._host.close()
        self._host = writer
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the host or the bench went away: the wires hang loose
        finally:
            if self._host is writer:
                self._host = None
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class UartPort(Port):
    """A serial line to one chip, as TCP port and, when asked for, as pseudo terminal too."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        super().__init__()
        self._receive = receive
        self._pty: Pty | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_BYTES):
            self._receive(data)

    def write(self, data: bytes) -> None:
        """Send to every host that is connected; bytes sent while none listens are lost, as on a wire."""
        if not data:
            return
        if self._host is not None:
            self._host.write(data)
        if self._pty is not None:
            self._pty.write(data)

    def open_pty(self) -> str:
        """Path of a pseudo terminal (/dev/pts/N) that is wired to the same chip."""
        if self._pty is None:
            self._pty = Pty(self._receive)
        return self._pty.path

    async def close(self) -> None:
        await super().close()
        if self._pty is not None:
            self._pty.close()
            self._pty = None


class Pty:
    """A raw pseudo terminal read by the running loop.

    The slave stays open here too: otherwise the master gets EIO between two clients, and a line that is not raw
    echoes the chip's own bytes back to it.
    """

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._forget_speed()
        self.path = os.ttyname(self._slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return
        self._receive(data)

    def _forget_speed(self) -> None:
        """Soon after somebody has set it: a pty never has parity, and a client that wants it gets EINVAL where nothing
        but parity would change. The speed means nothing here; so there is always that to change.
        """
        form = termios.tcgetattr(self._slave)
        if form[4] != termios.B50:
            form[4] = form[5] = termios.B50
            termios.tcsetattr(self._slave, termios.TCSANOW, form)
        self._forgets = asyncio.get_running_loop().call_later(FORGET_S, self._forget_speed)

    def write(self, data: bytes) -> None:
        """Bytes beyond the kernel's buffer (4 KB unread) are lost, as in a UART overrun."""
        try:
            os.write(self._master, data)
        except BlockingIOError:
            pass

    def close(self) -> None:
        self._forgets.cancel()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)


class SpiPort(Port):
    """The write-only SPI of a display: `receive(is_data, payload)` for each record."""

    def __init__(self, receive: Callable[[bool, bytes], None]) -> None:
        super().__init__()
        self._receive = receive

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            flag, high, low = await reader.readexactly(3)
            payload = await reader.readexactly(high << 8 | low)
            self._receive(flag == 1, payload)


class I2cPort(Port):
    """An I2C bus with the chips on it; an address nobody has is answered with N."""

    def __init__(self, chips: list[I2cChip]) -> None:
        super().__init__()
        self._chips = {chip.address: chip for chip in chips}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            kind, address, size = await reader.readexactly(3)
            payload = await reader.readexactly(size) if kind == ord("W") else b""
            writer.write(self.transfer(kind, address, size, payload))

    def transfer(self, kind: int, address: int, size: int, payload: bytes) -> bytes:
        chip = self._chips.get(address)
        if chip is None:
            return b"N"
        if kind == ord("R"):
            return b"A" + chip.read(size)
        if kind == ord("W") and chip.write(payload):
            return b"A"
        return b"N"
