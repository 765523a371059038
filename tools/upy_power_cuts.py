"""What runs on the virtual board while tools/power_cuts.py takes its power away: sales into the journal, and updates.

Starter, record, slots, download, checks and journal are the firmware's own; the line to the gateway is a serial one
that says what has been done, so that afterwards nothing of it may be missing.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
import asyncio
import sys
from binascii import a2b_base64

import machine

from firmware.net.journal import Journal
from firmware.update import fetch, slots
from protocol.release import Unfit

FRAME = b'{"v":1,"sale":"' + b"x" * 60 + b'"}'
SEGMENTS = 40
PART = 512


class Line:
    """Lines of text over the serial line `line`, one after the other."""

    def __init__(self):
        self.wire = machine.UART("line")
        self.wire.setblocking(True)  # pyright: ignore  (a socket on this host)

    def say(self, *words) -> None:
        self.wire.write(" ".join([str(word) for word in words]).encode() + b"\n")

    def ask(self, *words) -> list:
        self.say(*words)
        return self.wire.readline().decode().strip().split(" ")  # pyright: ignore


class Till:
    """Sells into the journal and loads releases, telling each step once it lies in flash."""

    def __init__(self):
        self.root, self.app, self.board = "", "reader", "host"
        self.line = Line()
        self.state = slots.State("/update")
        self.journal = Journal("/data/journal", SEGMENTS)
        waiting = self.journal.open.get(0, (0,))[0]
        running = self.state.trial_number if self.state.trial >= 0 else self.state.number
        self.line.say("start", running, self.journal.last[0], waiting, self.journal.lost, self.state.failed)
        if waiting:
            self.answer(waiting)

    def sell(self) -> None:
        sequence = self.journal.last[0] + 1
        self.journal.request(0, sequence, "pay", FRAME)
        self.line.say("wrote", sequence)
        self.answer(sequence)

    def answer(self, sequence: int) -> None:
        self.journal.answer(0, sequence, "receipt", FRAME)
        self.line.say("answered", sequence)
        self.journal.note_booked([sequence])

    async def part(self, number: int, file: int, offset: int, size: int) -> bytes:
        if offset % 8192 == 0:
            self.sell()
        return a2b_base64(self.line.ask("part", number, file, offset, min(size, PART))[0])

    async def run(self) -> None:
        if self.state.trial >= 0:
            self.state.confirm()
            self.line.say("confirmed", self.state.number)
        number, size = [int(word) for word in self.line.ask("offer")]
        try:
            release = await fetch.fetch(self, slots.places(""), number, size)
        except Unfit as unfit:
            self.line.say("refused", number)
            raise unfit
        self.state.begin(release.number, release.least)
        self.line.say("begun", release.number)
        machine.reset()


def main() -> None:
    """As the app's: whatever ends it is said, and the board starts again."""
    try:
        asyncio.run(Till().run())
    except Exception as broken:
        sys.print_exception(broken)
    machine.reset()
