"""A sorted text file in flash as a table: lines 'key rest', found by binary search, read when they are wanted.

Texts, layouts of views and tables of flows are such files: in memory each line costs the two bytes of its place.
"""

from array import array


class Lines:
    """The lines must be sorted by their first word, as bytes; several may have the same. At most 64 KB."""

    def __init__(self, path: str):
        self.file = open(path, "rb")
        self.starts = array("H")
        at = 0
        for line in self.file:
            self.starts.append(at)
            at += len(line)

    def close(self):
        """Gives the file back."""
        self.file.close()

    def get(self, key: str) -> str | None:
        """What follows the key; None when no line has it."""
        at = self._first(key.encode())
        word, rest = self._read(at)
        return rest if word == key.encode() else None

    def each(self, key: str) -> list:
        """What follows the key in each line that has it."""
        found = []
        wanted = key.encode()
        at = self._first(wanted)
        word, rest = self._read(at)
        while word == wanted:
            found.append(rest)
            at += 1
            word, rest = self._read(at)
        return found

    def _first(self, key: bytes) -> int:
        low, high = 0, len(self.starts)
        while low < high:
            middle = (low + high) // 2
            self.file.seek(self.starts[middle])
            if self.file.readline().partition(b" ")[0] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _read(self, at: int) -> tuple:
        if at >= len(self.starts):
            return None, None
        self.file.seek(self.starts[at])
        word, _, rest = self.file.readline().partition(b" ")
        return word, rest.rstrip(b"\r\n").decode()
