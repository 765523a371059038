"""Resident part of updates: confirms a trial, asks the gateway for a newer release, switches when nobody is served.

What loading and checking needs is in memory only while it is done (fetch.py). Sales come first: while a request is open
nothing is asked, and the switch waits until the flow has rested for a while.
"""

import asyncio
import sys
from binascii import a2b_base64

from firmware.waits import Event
from protocol.clock import ticks_diff, ticks_ms

TAG = "update"
LOOK_MS = 500
HEALTHY_MS = 3000  # welcomed for so long ends a trial well
ANSWER_TRIES = 3
PART_BYTES = (
    512  # divides a block of flash, is a multiple of its pages, and its frame is far below what a session takes
)


class Gone(Exception):
    """The gateway does not answer any more; what is loaded stays, and later it goes on."""


class Keeper:
    """`link` asks, `rests()` tells whether nothing is open, `reset()` starts the board again.

    who: (app, board). pace: seconds between questions, of rest before a switch, of a trial.
    """

    def __init__(self, root: str, who: tuple, link, rests, reset, pace: tuple):
        self.root = root
        self.app, self.board = who
        self.link = link
        self.rests = rests
        self.reset = reset
        self.ask_ms, self.rest_ms, self.trial_ms = [seconds * 1000 for seconds in pace]
        part = slots()
        self.state = part.State(root + "/update")
        self.kind = part.places(root).kind
        self.answered = Event()
        self.answer = ("", {})
        self._ready_ms = 0

    async def run(self) -> None:
        """For ever."""
        if self.state.trial >= 0:
            await self._trial()
        elif self.state.falls:
            self.state.well()
        while True:
            await self._ready(self.ask_ms // 100)
            wait_ms = self.ask_ms
            try:
                await self._update()
            except Gone:
                print("update=gone")
                wait_ms = LOOK_MS
            except MemoryError:
                print("update=heap")  # sales have it; perhaps next time
            forget()
            await asyncio.sleep_ms(wait_ms)

    def told(self, message: str, values: dict) -> None:
        """The answer to the question that is open."""
        self.answer = (message, values)
        self.answered.set()

    async def ask(self, message: str, values: dict) -> dict:
        """Its values; asks again while sales go on or nobody answers. Raises Gone."""
        for _ in range(ANSWER_TRIES):
            while self.link.ready and self.link.lanes is not None and self.link.lanes.open:
                await asyncio.sleep_ms(LOOK_MS)
            self.answered.clear()
            self.link.ask(TAG, message, dict(values), ticks_ms())
            await self.answered.wait()  # pyright: ignore
            if self.answer[0] not in ("no_answer", "refused"):
                return self.answer[1]
            await asyncio.sleep_ms(LOOK_MS)
        raise Gone()

    async def part(self, number: int, file: int, offset: int, size: int) -> bytes:
        """Bytes of a file of that release: 0 is its manifest, then its files in their order."""
        wanted = {"app": self.app, "kind": self.kind, "number": number, "file": file, "offset": offset}
        wanted["size"] = min(size, PART_BYTES)
        return a2b_base64((await self.ask("update_part", wanted))["data"])

    async def _trial(self) -> None:
        """Welcomed in time: well. Otherwise the board starts again, and after the last try it has the old image."""
        began_ms = ticks_ms()
        while ticks_diff(ticks_ms(), began_ms) < self.trial_ms:
            if await self._ready(HEALTHY_MS, LOOK_MS):
                self.state.confirm()
                print("update=confirmed number=%d" % self.state.number)
                return
        print("update=unwell number=%d" % self.state.trial_number)
        self.reset()

    async def _ready(self, for_ms: int, within_ms: int = 0) -> bool:
        """Waits until the gateway has welcomed us for so long; with `within_ms`, False when that was not to be seen."""
        since_ms = began_ms = ticks_ms()
        while True:
            now_ms = ticks_ms()
            if not self.link.ready:
                since_ms = now_ms
                if within_ms and ticks_diff(now_ms, began_ms) > within_ms:
                    return False
            elif ticks_diff(now_ms, since_ms) >= for_ms:
                return True
            await asyncio.sleep_ms(LOOK_MS)

    async def _update(self) -> None:
        state = self.state
        values = {"app": self.app, "board": self.board, "kind": self.kind}
        values.update({"number": state.number, "least": state.least, "failed": state.failed, "why": state.why})
        offer = await self.ask("update_ask", values)
        number = offer["number"]
        if not number or number in (state.number, state.failed):
            return
        print("update=loading number=%d" % number)
        try:
            release = await _fetch().fetch(self, slots().places(self.root), number, offer["size"])
        except (Gone, MemoryError):  # later: neither says anything about this release
            raise
        except Exception as unfit:  # Unfit is not in memory here; anything else is a flash that takes no more
            reason = getattr(unfit, "reason", "flash")
            print("update=refused number=%d %s %r" % (number, reason, unfit))
            state.give_up(number, reason)
            return
        print("update=ready number=%d" % number)
        await self._rest()
        state.begin(release.number, release.least)
        print("update=switch number=%d" % number)
        self.reset()

    async def _rest(self) -> None:
        """Until nobody has been served for a while."""
        since_ms = ticks_ms()
        while True:
            if not self.rests():
                since_ms = ticks_ms()
            elif ticks_diff(ticks_ms(), since_ms) >= self.rest_ms:
                return
            await asyncio.sleep_ms(LOOK_MS)


def slots():
    """That module, in memory only while its caller keeps it."""
    from firmware.update import slots as part

    forget()
    return part


def _fetch():
    from firmware.update import fetch as part

    forget()
    return part


def forget() -> None:
    """What was loaded may go."""
    for name in ("fetch", "slots"):
        sys.modules.pop("firmware.update." + name, None)
        if hasattr(sys.modules.get("firmware.update"), name):
            delattr(sys.modules["firmware.update"], name)
