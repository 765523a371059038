"""A small record kept in two slots: a cut of power while one is written leaves the other.

A slot is a file: counter (4 bytes, big endian), payload, CRC-32 of both (4 bytes). The higher good counter counts.
"""

import os
from binascii import crc32


class Slots:
    """`path`.0 and `path`.1; values are bytes of any length, b"" for none."""

    def __init__(self, path: str):
        self.path = path
        self.counter = 0
        self.value = b""
        for name in (".0", ".1"):
            self._look(_read(path + name))

    def _look(self, raw: bytes) -> None:
        if len(raw) < 8 or crc32(raw[:-4]) != int.from_bytes(raw[-4:], "big"):
            return
        counter = int.from_bytes(raw[:4], "big")
        if counter >= self.counter:
            self.counter = counter
            self.value = raw[4:-4]

    def write(self, value: bytes) -> None:
        """The value is in flash when this returns. Raises OSError."""
        self.counter += 1
        self.value = value
        raw = self.counter.to_bytes(4, "big") + value
        with open(self.path + (".1" if self.counter & 1 else ".0"), "wb") as file:
            file.write(raw + crc32(raw).to_bytes(4, "big"))
        sync()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def sync() -> None:
    """Everything written so far is in flash (a no-op where the port has no os.sync: closing the file did it)."""
    if hasattr(os, "sync") and not hasattr(os, "fork"):
        os.sync()


def make_folder(path: str) -> None:
    """A folder, unless it is there."""
    try:
        os.mkdir(path)
    except OSError:
        os.stat(path)
