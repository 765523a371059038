"""A sorted text file in flash as a table: lines 'key rest', found by binary search, read when they are wanted.

Texts, layouts of views and tables of flows are such files: in memory each line costs the two bytes of its place.
"""

from array import array


class Lines:
    """The lines must be sorted by their first word, as bytes; several may have the same. At most 64 KB."""

    def __init__(self, path: str):
        self.file = open(path, "rb")
        self.starts = array("H", (0,))
        for line in self.file:
            self.starts.append(self.starts[-1] + len(line))

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
        # Reads of a known size: MicroPython's readline() asks the file system for every single byte.
        low, high = 0, len(self.starts) - 1
        while low < high:
            middle = (low + high) // 2
            self.file.seek(self.starts[middle])
            if self.file.read(len(wanted)) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _rest(self, at: int, wanted: bytes) -> str | None:
        if at + 1 >= len(self.starts):
            return None
        self.file.seek(self.starts[at])
        line = self.file.read(self.starts[at + 1] - self.starts[at])
        return line[len(wanted) :].rstrip(b"\r\n").decode() if line.startswith(wanted) else None
