"""PN532 host frames: normal, extended, ACK, NACK, error (PN532 user manual UM0701-02, 6.2.1)."""

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"
ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"

HOST_TO_CHIP = 0xD4
CHIP_TO_HOST = 0xD5
NORMAL_BYTES_MAX = 254  # LEN 0xFF would read as the mark of an extended frame
EXTENDED_BYTES_MAX = 265
BUFFER_BYTES_MAX = 600  # two of the longest frames; what is older is noise


def encode(tfi: int, data: bytes) -> bytes:
    """A frame around TFI + data; extended from 255 bytes on."""
    body = bytes([tfi]) + data
    size = len(body)
    if size <= NORMAL_BYTES_MAX:
        head = bytes([size, -size & 0xFF])
    else:
        head = bytes([0xFF, 0xFF, size >> 8, size & 0xFF, -((size >> 8) + (size & 0xFF)) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])


class FrameReader:
    """Bytes in, `("ack" | "nack" | "frame", body)` out; resynchronises on 00 FF after anything broken.

    A frame with a wrong checksum is dropped in silence, as the chip does.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        self._buffer += data
        found = []
        while (item := self._next()) is not None:
            if item[0] != "noise":
                found.append(item)
        del self._buffer[:-BUFFER_BYTES_MAX]
        return found

    def clear(self) -> None:
        self._buffer.clear()

    def _next(self) -> tuple[str, bytes] | None:
        start = self._buffer.find(b"\x00\xff")
        if start < 0:
            del self._buffer[:-1]
            return None
        del self._buffer[:start]
        if len(self._buffer) < 4:
            return None
        if self._buffer[2:4] == b"\x00\xff":
            return self._take(4, "ack", b"")
        if self._buffer[2:4] == b"\xff\x00":
            return self._take(4, "nack", b"")
        return self._frame()

    def _frame(self) -> tuple[str, bytes] | None:
        head = 4
        size, check = self._buffer[2], self._buffer[3]
        if size == 0xFF and check == 0xFF:
            if len(self._buffer) < 7:
                return None
            head = 7
            size, check = self._buffer[4] << 8 | self._buffer[5], self._buffer[6] + self._buffer[4] + self._buffer[5]
        else:
            check += size
        if check & 0xFF or not 1 <= size <= EXTENDED_BYTES_MAX:
            return self._take(2, "noise", b"")
        if len(self._buffer) < head + size + 1:  # the postamble 00 may come late or never
            return None
        body = bytes(self._buffer[head : head + size])
        if (sum(body) + self._buffer[head + size]) & 0xFF:
            return self._take(2, "noise", b"")
        return self._take(head + size + 1, "frame", body)

    def _take(self, size: int, kind: str, body: bytes) -> tuple[str, bytes]:
        del self._buffer[:size]
        return kind, body
