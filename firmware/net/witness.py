"""The highest head of the gateway that this terminal has seen: its testimony against a disk that was set back.

Kept in two slots in flash, written at most once a minute unless this terminal took part in what the head tells of; then
at the next tick, so that a customer does not wait for it: the answer that told of it lies in the journal by then.
"""

from binascii import hexlify, unhexlify

from firmware.net.slots import Slots
from protocol.clock import ticks_diff

WRITE_EVERY_MS = 60000


class Witness:
    """`incarnation` (32 hex, "" when none was ever accepted) and `seq`, the highest of it that was seen."""

    def __init__(self, path: str, now_ms: int):
        self._slots = Slots(path)
        self._written_ms = now_ms - WRITE_EVERY_MS
        self._due = False
        raw = self._slots.value
        self.incarnation = hexlify(raw[:16]).decode() if len(raw) == 24 else ""
        self.seq = int.from_bytes(raw[16:], "big") if len(raw) == 24 else 0

    def accept(self, incarnation: str, seq: int, now_ms: int) -> None:
        """A welcome whose letter is right: a new life begins with its own head; an old one never goes back."""
        if incarnation != self.incarnation:
            self.incarnation, self.seq = incarnation, seq
            self._write(now_ms)
        else:
            self.note(seq, False, now_ms)

    def note(self, seq: int, took_part: bool, now_ms: int) -> None:
        """A head of the accepted life."""
        if seq <= self.seq:
            return
        self.seq = seq
        self._due = self._due or took_part or ticks_diff(now_ms, self._written_ms) >= WRITE_EVERY_MS

    def tick(self, now_ms: int) -> None:
        """Writes what is due."""
        if self._due:
            self._write(now_ms)

    def _write(self, now_ms: int) -> None:
        self._due = False
        self._written_ms = now_ms
        self._slots.write(unhexlify(self.incarnation) + self.seq.to_bytes(8, "big"))
