"""An ESC/POS receipt printer on a serial line: keeps what it printed as text, answers status requests.

Commands and lengths: Epson ESC/POS reference. Text is GB18030, of which ASCII is a part; lines that come as raster
pictures of our own glyphs are read back like the screen.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.emulators.bus import UartPort
from hardware.emulators.screen_text import Font, read_strip

ESC, FS, GS, DLE, LF, EOT = 0x1B, 0x1C, 0x1D, 0x10, 0x0A, 0x04
LEFT, CENTRE, RIGHT = 0, 1, 2
STATUS_FIXED_BITS = 0x12  # bits 1 and 4 are always set
OFFLINE_BIT, PAPER_END_BITS = 0x08, 0x60
RASTER_BYTES_WIDE_MAX, RASTER_ROWS_MAX = 128, 2303
LINE_BYTES_MAX = 1000  # a line that never ends is cut here, as paper would


@dataclass(frozen=True)
class PrintedLine:
    """A line of text, or a picture: `rows` of `dots` bits each."""

    text: str
    align: int = LEFT
    bold: bool = False
    double_width: bool = False
    double_height: bool = False
    rows: tuple[int, ...] = ()
    dots: int = 0


class EscPos:
    """The printer without a bus: `feed(bytes) -> bytes` (answers), receipts kept."""

    def __init__(self) -> None:
        self.paper = True
        self.online = True
        self.codes: list[str] = []  # data of QR codes, in the order printed
        self.cuts = 0
        self._finished: list[list[PrintedLine]] = []
        self._lines: list[PrintedLine] = []
        self._text = bytearray()
        self._input = bytearray()
        self._qr_data = b""
        self._initialise()

    def _initialise(self) -> None:
        self._align, self._bold, self._wide, self._tall = LEFT, False, False, False
        self._text.clear()

    def receipts(self) -> list[list[PrintedLine]]:
        """Every receipt that was cut, and the one still in the printer."""
        return self._finished + ([self._lines] if self._lines else [])

    def feed(self, data: bytes) -> bytes:
        self._input += data
        out = b""
        while self._input:
            taken, answer = self._step()
            if taken == 0:  # a command is not whole yet
                break
            del self._input[:taken]
            out += answer
        return out

    def _step(self) -> tuple[int, bytes]:
        """Bytes taken from the input (0 = wait for more) and what to answer."""
        first = self._input[0]
        if first in TABLES:
            return self._command(TABLES[first])
        if first == LF:
            self._end_line()
        elif first >= 0x20 and len(self._text) < LINE_BYTES_MAX:
            self._text.append(first)
        return 1, b""

    def _command(self, table: "dict[int, Command]") -> tuple[int, bytes]:
        if len(self._input) < 2:
            return 0, b""
        size, run = table.get(self._input[1], (0, None))
        if len(self._input) < 2 + size:
            return 0, b""
        if run is None:
            return 2 + size, b""
        extra = self._extra_bytes(bytes(self._input[:8]))
        if extra is None or len(self._input) < 2 + size + extra:
            return 0, b""
        return 2 + size + extra, run(self, bytes(self._input[2 : 2 + size + extra])) or b""

    def _extra_bytes(self, head: bytes) -> int | None:
        """Bytes beyond a command's fixed part, for the few that say their own length."""
        if head[:3] == b"\x1d(k" and len(head) >= 5:
            return head[3] | head[4] << 8
        if head[:3] == b"\x1dv0":
            return None if len(head) < 8 else raster_bytes(head)
        if head[:2] == b"\x1dV" and head[2] in (65, 66):
            return 1
        return 0

    def _end_line(self) -> None:
        text = self._text.decode("gb18030", "replace")
        self._lines.append(PrintedLine(text, self._align, self._bold, self._wide, self._tall))
        self._text.clear()

    def _feed_lines(self, data: bytes) -> None:
        if self._text:
            self._end_line()
        self._lines += [PrintedLine("")] * min(data[0], 20)

    def _set_align(self, data: bytes) -> None:
        self._align = data[0] % 48 % 3

    def _set_bold(self, data: bytes) -> None:
        self._bold = bool(data[0] & 1)

    def _set_mode(self, data: bytes) -> None:
        self._bold, self._tall, self._wide = bool(data[0] & 0x08), bool(data[0] & 0x10), bool(data[0] & 0x20)

    def _set_size(self, data: bytes) -> None:
        self._wide, self._tall = data[0] >> 4 > 0, data[0] & 7 > 0

    def _set_chinese_mode(self, data: bytes) -> None:
        self._wide, self._tall = bool(data[0] & 0x04), bool(data[0] & 0x08)

    def _cut(self, data: bytes) -> None:
        if self._text:
            self._end_line()
        self.cuts += 1
        if self._lines:
            self._finished.append(self._lines)
        self._lines = []

    def _two_dimensional(self, data: bytes) -> None:
        """GS ( k: 80 stores the data of a QR code, 81 prints it."""
        body = data[3:]
        if body[:2] == b"\x31\x50":
            self._qr_data = body[3:]
        elif body[:2] == b"\x31\x51":
            self.codes.append(self._qr_data.decode("utf-8", "replace"))

    def _raster(self, data: bytes) -> None:
        """GS v 0 m xL xH yL yH: a picture of x bytes by y rows."""
        wide, image = data[2] | data[3] << 8, data[6:]
        if self._text:
            self._end_line()
        rows = tuple(int.from_bytes(image[i : i + wide], "big") for i in range(0, len(image), wide or 1))
        self._lines.append(PrintedLine("", self._align, rows=rows, dots=8 * wide))

    def _status(self, data: bytes) -> bytes:
        """DLE EOT n: 1 printer, 2 offline cause, 3 error, 4 paper."""
        status = STATUS_FIXED_BITS
        if data[0] == 1 and not (self.online and self.paper):
            status |= OFFLINE_BIT
        if data[0] == 2 and not self.paper:
            status |= 0x20
        if data[0] == 4 and not self.paper:
            status |= PAPER_END_BITS
        return bytes([status])


def raster_bytes(head: bytes) -> int:
    """Size of a picture; one that no roll is wide or long enough for is taken for empty."""
    wide, high = head[4] | head[5] << 8, head[6] | head[7] << 8
    return wide * high if wide <= RASTER_BYTES_WIDE_MAX and high <= RASTER_ROWS_MAX else 0


Command = tuple[int, Callable[[EscPos, bytes], bytes | None] | None]

ESC_COMMANDS: dict[int, Command] = {
    ord("@"): (0, lambda printer, data: printer._initialise()),
    ord("a"): (1, EscPos._set_align),
    ord("E"): (1, EscPos._set_bold),
    ord("G"): (1, EscPos._set_bold),
    ord("!"): (1, EscPos._set_mode),
    ord("d"): (1, EscPos._feed_lines),
    ord("J"): (1, None),
    ord("3"): (1, None),
    ord("2"): (0, None),
    ord("t"): (1, None),
    ord("R"): (1, None),
    ord("M"): (1, None),
    ord("-"): (1, None),
    ord(" "): (1, None),
    ord("p"): (3, None),
}
FS_COMMANDS: dict[int, Command] = {
    ord("&"): (0, None),
    ord("."): (0, None),
    ord("!"): (1, EscPos._set_chinese_mode),
    ord("C"): (1, None),
}
GS_COMMANDS: dict[int, Command] = {
    ord("!"): (1, EscPos._set_size),
    ord("V"): (1, EscPos._cut),
    ord("("): (3, EscPos._two_dimensional),
    ord("v"): (6, EscPos._raster),
    ord("a"): (1, None),
    ord("B"): (1, None),
    ord("L"): (2, None),
    ord("W"): (2, None),
    ord("h"): (1, None),
    ord("w"): (1, None),
    ord("H"): (1, None),
}
DLE_COMMANDS: dict[int, Command] = {EOT: (1, EscPos._status)}
TABLES = {ESC: ESC_COMMANDS, FS: FS_COMMANDS, GS: GS_COMMANDS, DLE: DLE_COMMANDS}


class Printer:
    """The printer on its serial line. `font_path`: the firmware's font16.bin, to read pictures of text."""

    def __init__(self, font_path: str | None = None) -> None:
        self.chip = EscPos()
        self._font_path = font_path
        self._font: Font | None = None
        self.line = UartPort(self._receive)

    async def listen(self) -> int:
        return await self.line.listen()

    def open_pty(self) -> str:
        return self.line.open_pty()

    async def close(self) -> None:
        await self.line.close()

    def _receive(self, data: bytes) -> None:
        self.line.write(self.chip.feed(data))

    def receipts(self) -> list[str]:
        """Every receipt as text, one line per printed line."""
        return ["\n".join(self._read(line) for line in lines) for lines in self.chip.receipts()]

    def _read(self, line: PrintedLine) -> str:
        if not line.rows or self._font_path is None:
            return line.text
        if self._font is None:
            self._font = Font.load(self._font_path)
        return read_strip(line.rows, line.dots, self._font)
