"""A sorted text file in flash as a table: lines 'key rest', found by binary search, read when they are wanted.

Texts, layouts of views and tables of flows are such files. Where each line begins stands in a second file beside it,
<name>.idx, two bytes a line, lowest first: read in place from ROMFS, so that nothing of a table lies in the heap. A
folder without such files (the sources) has them made at the first look.
"""


PIECE_BYTES = 512


class Lines:
    """The lines must be sorted by their first word, as bytes; several may have the same. At most 64 KB."""

    def __init__(self, path: str):
        self.file = open(path, "rb")
        self.starts = _in_place(path.rpartition(".")[0] + ".idx") or starts_of(self.file)

    def close(self):
        """Gives the file back."""
        self.file.close()

    def get(self, key: str) -> str | None:
        """What follows the key; None when no line has it."""
        wanted = key.encode() + b" "
        return self._rest(self._first(wanted), wanted)

    def each(self, key: str):
        """What follows the key in each line that has it, one by one: a view's lines together would be some 3 KB."""
        wanted = key.encode() + b" "
        at = self._first(wanted)
        rest = self._rest(at, wanted)
        while rest is not None:
            yield rest
            at += 1
            rest = self._rest(at, wanted)

    def _first(self, wanted: bytes) -> int:
        low, high = 0, len(self.starts) // 2 - 1
        while low < high:
            middle = (low + high) // 2
            self.file.seek(self._start(middle))
            if self.file.read(len(wanted)) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _rest(self, at: int, wanted: bytes) -> str | None:
        if 2 * at + 2 >= len(self.starts):
            return None
        start = self._start(at)
        self.file.seek(start)
        line = self.file.read(self._start(at + 1) - start)
        return line[len(wanted) :].rstrip(b"\r\n").decode() if line.startswith(wanted) else None

    def _start(self, at: int) -> int:
        return self.starts[2 * at] | self.starts[2 * at + 1] << 8


def starts_of(file) -> bytearray:
    """Where each line begins, and where the last one ends."""
    starts, end = bytearray(2), 0
    while True:
        piece = file.read(PIECE_BYTES)  # not line by line: MicroPython's readline() asks for every single byte
        at = piece.find(b"\n") + 1
        while at:
            starts.append(end + at & 255)
            starts.append(end + at >> 8)
            at = piece.find(b"\n", at) + 1
        end += len(piece)
        if not piece:
            return starts


def _in_place(path: str):
    try:
        return memoryview(open(path, "rb"))  # pyright: ignore[reportArgumentType] # of a ROMFS file: its place in flash
    except (OSError, TypeError):
        return None
