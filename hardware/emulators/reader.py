"""A PN532 on its serial line: the chip of pn532.py, driven by the running event loop."""

import asyncio

from hardware.emulators.bus import UartPort
from hardware.emulators.isodep import ContactlessCard
from hardware.emulators.pn532 import Pn532


class Reader:
    """Cards are laid on and taken off here; faults are set on `chip.faults`."""

    def __init__(self, chip: Pn532 | None = None) -> None:
        self.chip = chip or Pn532()
        self.line = UartPort(self._receive)
        self._timer: asyncio.TimerHandle | None = None

    async def listen(self) -> int:
        return await self.line.listen()

    def open_pty(self) -> str:
        return self.line.open_pty()

    def tap(self, card: ContactlessCard) -> None:
        """Lay the card on the antenna; whatever lay there is taken off first."""
        self.remove()
        self.line.write(self.chip.place(card))

    def remove(self) -> None:
        self.chip.remove()

    async def close(self) -> None:
        self._cancel_timer()
        await self.line.close()

    def _receive(self, data: bytes) -> None:
        self.line.write(self.chip.feed(data))
        self._set_timer()

    def _set_timer(self) -> None:
        self._cancel_timer()
        due_s = self.chip.due_s()
        if due_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, due_s - self.chip.now_s()), self._due)

    def _due(self) -> None:
        self.line.write(self.chip.poll())
        self._set_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
