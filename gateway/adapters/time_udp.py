"""The time service: one sealed datagram in, one out, on the broker's port number (UDP). Boards ask before TLS.

What does not open is not answered.
"""

import socket

from protocol.datagram import DATAGRAM_MAX


class TimeUdp:
    """A non-blocking UDP socket."""

    def __init__(self, host: str, port: int):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> tuple[bytes, tuple] | None:
        """(datagram, from where), None when there is none."""
        try:
            return self._socket.recvfrom(DATAGRAM_MAX + 1)
        except (BlockingIOError, ConnectionError):
            return None

    def write(self, datagram: bytes, to: tuple) -> None:
        """A lost answer is asked for again, so a full or unreachable way is no error."""
        try:
            self._socket.sendto(datagram, to)
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()
