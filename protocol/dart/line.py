"""DART on the wire: frames in, frames out; a bad one is counted, and the next good one is found.

    ADR CTRL FA                                 control: POLL 20, NAK 5n, EOT 70, ACK Cn, ACKPOLL En
    ADR 3n  TRANS LNG data .. CRC CRC 03 FA     data, block number n; 10 stands before an FA in data or CRC

ADR is 50..6F. The CRC is CRC-16/ARC (8005 reflected, from 0), low byte first, over ADR to the last data byte, without
the inserted 10s; papers that say CCITT are refuted by captures. Block numbers: 0 after a restart, then 1..F, 1..F.
"""

POLL, DATA, NAK, EOT, ACK, ACKPOLL = 0x20, 0x30, 0x50, 0x70, 0xC0, 0xE0
BAD = 0  # in place of a kind: a data frame whose CRC does not fit
FIRST_ADDRESS, LAST_ADDRESS = 0x50, 0x6F
FRAME_MAX = 320  # the longest known block has 60 bytes; what is longer than this without an end is noise
ETX, DLE, SF = 0x03, 0x10, 0xFA
NIBBLES = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip
KINDS = (POLL, DATA, NAK, EOT, ACK, ACKPOLL)


def encode(address: int, kind: int, block: int = 0, body: bytes = b"") -> bytes:
    """One frame. `block` 0..15 (POLL and EOT have none), `body` of a DATA frame: whole transactions."""
    head = bytes((address, kind | block))
    if kind != DATA:
        return head + b"\xfa"
    whole = head + body
    return whole[:2] + (whole[2:] + crc16(whole).to_bytes(2, "little")).replace(b"\xfa", b"\x10\xfa") + b"\x03\xfa"


def next_block(block: int) -> int:
    """0 is said once, after a restart; F is followed by 1."""
    return block % 15 + 1


def crc16(data: bytes) -> int:
    """CRC-16/ARC: 0x8005 reflected, from 0; half a byte at a time."""
    crc = 0
    for byte in data:
        crc = crc >> 4 ^ NIBBLES[(crc ^ byte) & 15]
        crc = crc >> 4 ^ NIBBLES[(crc ^ byte >> 4) & 15]
    return crc


class Decoder:
    """Bytes in any pieces -> (address, kind, block, body). `bad` counts frames with a wrong CRC or without an end."""

    def __init__(self):
        self._bytes = b""
        self.bad = 0

    def reset(self) -> None:
        """Forgets a frame that has begun: whoever sent it has stopped."""
        self._bytes = b""

    def feed(self, data: bytes) -> list:
        """All frames that are whole now. A data frame that does not fit comes as (address, BAD, block, b"")."""
        self._bytes += data
        frames = []
        while True:
            frame = self._take()
            if frame is None:
                return frames
            frames.append(frame)

    def _take(self):
        while len(self._bytes) > 1:
            address, control = self._bytes[0], self._bytes[1]
            kind = control & 0xF0
            if not FIRST_ADDRESS <= address <= LAST_ADDRESS or kind not in KINDS:
                self._cut(1)
                continue
            size = self._data_size() if kind == DATA else self._control_size()
            if size == 0:
                return None
            raw = self._cut(abs(size))
            if kind == DATA:
                return self._data(raw if size > 0 else b"", address, control & 15)
            if size > 0:
                return address, kind, control & 15, b""
        return None

    def _cut(self, size: int) -> bytes:
        raw, self._bytes = self._bytes[:size], self._bytes[size:]
        return raw

    def _control_size(self) -> int:
        """0: not whole yet; -1: the first byte was noise."""
        if len(self._bytes) < 3:
            return 0
        return 3 if self._bytes[2] == SF else -1

    def _data_size(self) -> int:
        """0: not whole yet; below 0: so many bytes of a frame that was broken off, another begins behind them.

        An FA without its 10 is let through: a controller that never stuffs its CRC is in use.
        """
        raw = self._bytes
        at = raw.find(b"\xfa", 2)
        while at >= 0:
            if raw[at - 1] == ETX and at >= 5:
                return at + 1
            if raw[at - 1] != DLE and _is_control(raw[at - 2], raw[at - 1]) and not _in_crc(raw[2:at]):
                return 2 - at
            at = raw.find(b"\xfa", at + 1)
        return 0 if len(raw) < FRAME_MAX else -FRAME_MAX

    def _data(self, raw: bytes, address: int, block: int) -> tuple:
        for whole in (raw[:-2].replace(b"\x10\xfa", b"\xfa"), raw[:-2]):
            if len(whole) >= 4 and crc16(whole[:-2]) == whole[-2] | whole[-1] << 8:
                return address, DATA, block, whole[2:-2]
        self.bad += 1
        return address, BAD, block, b""


def _in_crc(before: bytes) -> bool:
    """Whether the byte behind these, from the first transaction on, is one of the CRC's."""
    before = before.replace(b"\x10\xfa", b"\xfa")
    at = 0
    while at + 1 < len(before):
        at += 2 + before[at + 1]
    return at in (len(before), len(before) - 1)


def _is_control(address: int, control: int) -> bool:
    kind = control & 0xF0
    return FIRST_ADDRESS <= address <= LAST_ADDRESS and kind in KINDS and kind != DATA
