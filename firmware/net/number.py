"""The journal number of an app that makes no money requests: a number and a count of starts, in two slots."""

import os

from firmware.net.slots import Slots
from protocol.ids import hex_of

NUMBER_BYTES = 4


class Number:
    """What Link wants of a journal: `number`, `starts`, what it holds of requests (nothing), note_booked()."""

    def __init__(self, path: str):
        slots = Slots(path)
        raw = slots.value or os.urandom(NUMBER_BYTES) + bytes(4)
        self.number = hex_of(raw[:NUMBER_BYTES])
        self.starts = int.from_bytes(raw[NUMBER_BYTES:], "big") + 1
        self.open = ()
        self.segments = ()
        self.told = None
        slots.write(raw[:NUMBER_BYTES] + self.starts.to_bytes(4, "big"))

    def note_booked(self, booked: list) -> None:
        """There is nothing to forget."""
