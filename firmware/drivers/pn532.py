"""NXP PN532: frames and answers, without a bus (user manual UM0701-02). pn532_uart.py moves the bytes."""

ACK = b"\x00\x00\xff\x00\xff\x00"
WAKE = b"\x55\x55" + bytes(14)
HOST_TO_CHIP, CHIP_TO_HOST = 0xD4, 0xD5
BODY_MAX = 265  # longest extended frame, 6.2.1.2
NORMAL_MAX = 254

DIAGNOSE, SAM_CONFIGURATION, RF_CONFIGURATION = 0x00, 0x14, 0x32
DATA_EXCHANGE, LIST_PASSIVE, RELEASE = 0x40, 0x4A, 0x52
ATTENTION = 0x06  # Diagnose: is the card still there, 7.2.1
MORE = 0x40  # status bit: the answer goes on, 7.3.8
ISO_DEP = 0x20  # SAK bit: the card speaks ISO 14443-4


def frame(code: int, data: bytes) -> bytes:
    """A command as a normal frame, or an extended one from 255 bytes on (6.2.1)."""
    body = bytes((HOST_TO_CHIP, code)) + data
    size = len(body)
    if size <= NORMAL_MAX:
        head = bytes((size, -size & 255))
    else:
        high, low = size >> 8, size & 255
        head = bytes((255, 255, high, low, -(high + low) & 255))
    return b"\x00\x00\xff" + head + body + bytes((-sum(body) & 255, 0))


class Parser:
    """Bytes in, bodies (after D5) out; b"" is an ACK. After anything broken it looks for the next 00 FF.

    An error frame comes out as b"\\x7f". What never becomes a frame is thrown away beyond two frames' length.
    """

    def __init__(self):
        self._data = b""

    def clear(self) -> None:
        """Forgets what came so far: the rest of an answer nobody waits for."""
        self._data = b""

    def feed(self, data: bytes) -> list:
        self._data += data
        found = []
        while True:
            start = self._data.find(b"\x00\xff")
            if start < 0:
                self._data = self._data[-1:]
                return found
            taken, body = self._one(self._data, start + 2)
            if not taken:
                self._data = self._data[start : start + 2 * BODY_MAX]
                return found
            self._data = self._data[taken:]
            if body is not None:
                found.append(body)

    def _one(self, data: bytes, at: int) -> tuple:
        """(bytes taken, what it was); 0: wait for more. A broken frame takes its 00 FF only."""
        if len(data) < at + 3:
            return 0, None
        size, check = data[at], data[at + 1]
        if size == 0 and check == 255:
            return at + 2, b""
        start = at + 2
        if size == 255 and check == 255:
            if len(data) < at + 5:
                return 0, None
            size, start = data[at + 2] << 8 | data[at + 3], at + 5
            good = (data[at + 2] + data[at + 3] + data[at + 4]) & 255 == 0
        else:
            good = (size + check) & 255 == 0
        if not good or not 1 <= size <= BODY_MAX:
            return at, None
        if len(data) < start + size + 1:
            return 0, None
        body = data[start : start + size]
        if (sum(body) + data[start + size]) & 255 or (body[0] != CHIP_TO_HOST and body != b"\x7f"):
            return at, None
        return start + size + 1, body[1:] or body


def target(data: bytes) -> tuple | None:
    """(uid, whether it speaks ISO 14443-4) of the answer to InListPassiveTarget, None when no card was found."""
    if len(data) < 6 or data[0] < 1:
        return None
    size = data[5]
    uid = data[6 : 6 + size]
    return (uid, bool(data[4] & ISO_DEP)) if len(uid) == size and size in (4, 7, 10) else None
