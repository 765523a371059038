"""NXP PN532: frames, answers and their order, without a bus (user manual UM0701-02). pn532_bus.py moves the bytes."""

from protocol.clock import ticks_diff

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"
WAKE = b"\x55\x55" + bytes(14)
HOST_TO_CHIP, CHIP_TO_HOST = 0xD4, 0xD5
BODY_MAX = 265  # longest extended frame, 6.2.1.2
NORMAL_MAX = 254
PART_MAX = 262  # of an APDU in one command, 7.3.8

DIAGNOSE, SAM_CONFIGURATION, RF_CONFIGURATION = 0x00, 0x14, 0x32
DATA_EXCHANGE, LIST_PASSIVE, RELEASE = 0x40, 0x4A, 0x52
ATTENTION = 0x06  # Diagnose: is the card still there, 7.2.1
MORE = 0x40  # what is sent or answered goes on, 7.3.8
STATUS = 0x3F  # the other bits of an answer's first byte: why it failed, 7.1
ISO_DEP = 0x20  # SAK bit: the card speaks ISO 14443-4

ERROR = b"\x7f"  # an error frame: the chip found no sense in a command, 6.2.1.5
BROKEN = 0  # first byte of what stands for a frame whose bytes do not add up; no answer begins so, their codes are odd

ACK_MS = 300
ANSWER_MS = 800
NACKS_MAX = 2  # so often is a broken answer asked for once more


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

    An error frame comes out as ERROR; an answer that does not add up as BROKEN and its code. What never becomes a frame
    is thrown away beyond two frames' length.
    """

    def __init__(self):
        self._data = b""

    def clear(self) -> None:
        """Forgets what came so far: the rest of an answer nobody waits for."""
        self._data = b""

    def feed(self, data: bytes) -> list:
        data = self._data + data
        found = []
        at = 0
        while True:
            start = data.find(b"\x00\xff", at)
            if start < 0:
                self._data = data[-1:]
                return found
            taken, body = self._one(data, start + 2)
            if not taken:
                self._data = data[start : start + 2 * BODY_MAX]
                return found
            at = taken
            if body is not None:
                found.append(body)

    def _one(self, data: bytes, at: int) -> tuple:
        """(where it ends, what it was); 0: wait for more. A broken frame takes its 00 FF only."""
        if len(data) < at + 2:
            return 0, None
        size, check = data[at], data[at + 1]
        if size == 0 and check == 255:
            return at + 2, b""
        start = at + 2
        if size == 255 and check == 255:
            if len(data) < at + 5:
                return 0, None
            size, start = data[at + 2] << 8 | data[at + 3], at + 5
            check = data[at + 2] + data[at + 4]
        if (size + check) & 255 or not 1 <= size <= BODY_MAX:
            return at, None
        end = start + size
        # whose frame it is comes first: noise that looks like a length shall not hold up what comes behind it
        if len(data) > start and data[start] != CHIP_TO_HOST and (data[start] != ERROR[0] or size > 1):
            return at, None
        if len(data) <= end:
            return 0, None
        body = data[start:end]
        if (sum(body) + data[end]) & 255:
            return at, bytes((BROKEN,)) + body[1:2]
        return end + 1, body[1:] or body


class Host:
    """One command after the other: bytes and the clock in, bytes to write out, until over().

    `answer` is its data, None without one; then `wrong` says why. Only what comes after the chip's ACK is an answer:
    what comes before belongs to a command that was given up.
    """

    def __init__(self):
        self.parser = Parser()
        self.answer = None
        self.wrong = ""

    def begin(self, code: int, data: bytes, now_ms: int) -> bytes:
        """A command; what to write."""
        self.answer, self.wrong = None, ""
        self._code, self._acked, self._nacks = code + 1, False, 0
        self._until_ms = now_ms + ACK_MS
        return frame(code, data)

    def feed(self, data: bytes, now_ms: int) -> bytes:
        """What came; what to write now, which is a NACK when the answer is worth asking for again."""
        out = b""
        for body in self.parser.feed(data):
            if not body:
                if not self._acked:
                    self._acked, self._until_ms = True, now_ms + ANSWER_MS
            elif not self._acked or self.answer is not None or self.wrong:
                continue
            elif body[0] == self._code:
                self.answer = body[1:]
            elif body == ERROR:
                self.wrong = "refused"
            elif body == bytes((BROKEN, self._code)):
                self._nacks += 1
                if self._nacks <= NACKS_MAX:
                    out, self._until_ms = NACK, now_ms + ANSWER_MS
        return out

    def over(self, now_ms: int) -> bool:
        """Whether nothing more is to be waited for, however much still comes."""
        if self.answer is None and not self.wrong and ticks_diff(now_ms, self._until_ms) >= 0:
            self.give_up()
        return self.answer is not None or bool(self.wrong)

    def give_up(self) -> None:
        """The time is over."""
        self.wrong = "no answer" if self._acked else "no ack"


def target(data: bytes) -> tuple | None:
    """(uid, whether it speaks ISO 14443-4) of the answer to InListPassiveTarget, None when no card was found."""
    if len(data) < 6 or data[0] < 1:
        return None
    size = data[5]
    uid = data[6 : 6 + size]
    return (uid, bool(data[4] & ISO_DEP)) if len(uid) == size and size in (4, 7, 10) else None
