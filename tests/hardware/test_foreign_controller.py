"""A controller with the habits of one that others wrote and that is in use: it runs our dispensers through whole sales.

It numbers every block 0 and acknowledges everything as block 0, never stuffs, sends as many prices as it knows hoses,
resets and authorises twice, asks four times for the figures, and looks for an answer only where a block begins.
"""

import pytest

from hardware.emulators.dispenser import DONE, Decimals
from hardware.emulators.forecourt import Forecourt
from protocol.dart.line import crc16

ADDRESS = 0x50
POLL, ACK = bytes((ADDRESS, 0x20, 0xFA)), bytes((ADDRESS, 0xC0, 0xFA))
STATUS, FILLING, RESET, AUTHORISE = (bytes((1, 1, what)) for what in (0, 4, 5, 6))


class Foreign:
    """`hoses`: as many as it knows of."""

    def __init__(self, forecourt: Forecourt, hoses: int) -> None:
        self._forecourt, self._hoses = forecourt, hoses
        self.state, self.volume, self.amount, self.hose = "idle", 0, 0, 0

    def say(self, data: bytes) -> bytes:
        answer = self._forecourt.feed(data)
        assert answer, "it waits for an answer to everything, an ACK too"
        return answer

    def block(self, body: bytes) -> bytes:
        raw = bytes((ADDRESS, 0x30)) + body
        return self.say(raw + crc16(raw).to_bytes(2, "little") + b"\x03\xfa")

    def totals(self, hose: int) -> int:
        """Until the answer stands where it looks for it."""
        for _ in range(5):
            self.block(bytes((0x65, 1, hose)))
            said = self.say(POLL)
            self.say(ACK)
            if said[2] == 0x65:
                return int(said[5:10].hex())
        raise AssertionError("no totals")

    def price(self) -> None:
        self.block(bytes((5, 3 * self._hoses)) + bytes.fromhex("007250") * self._hoses)

    def authorise(self) -> None:
        self.price()
        for _ in range(2):
            for step in (RESET, AUTHORISE):
                self.block(step)
                self.say(POLL)
        self.state = "work"

    def poll(self) -> None:
        said = self.say(POLL)
        if said[1] == 0x70:
            return
        self.say(ACK)
        body = said[2:-4]
        while body:
            self._hears(body[0], body[2 : 2 + body[1]])
            body = body[2 + body[1] :]

    def until(self, state: str) -> None:
        for _ in range(20):
            if self.state == state:
                return
            self.block(STATUS)
            self.poll()
        raise AssertionError("not " + state)

    def _hears(self, number: int, data: bytes) -> None:
        if number == 2:
            self.volume, self.amount = int(data[:4].hex()), int(data[4:].hex())
        elif number == 3 and data[3] & 0x10:
            self.hose = data[3] & 0x0F
            self.state = "nozzle" if self.state == "idle" else self.state
            self.block(bytes((2, 1, self.hose)))
        elif number == 3 and self.state == "work":
            self._figures()
            self.state = "idle"

    def _figures(self) -> None:
        for _ in range(4):
            self.block(FILLING)
            self.say(POLL)
            said = self.say(POLL)
            if said[2:4] == b"\x02\x08":
                self.volume, self.amount = int(said[4:8].hex()), int(said[8:12].hex())
            self.say(ACK)


@pytest.mark.parametrize(("hoses", "known", "used"), [(1, 1, 1), (2, 2, 1), (2, 2, 2), (2, 1, 1), (4, 3, 3)])
def test_a_foreign_controller_sells(hoses, known, used):
    forecourt = Forecourt(1, hoses, Decimals(2, 2, 3))
    nozzle, controller = forecourt.nozzles[used - 1], Foreign(forecourt, known)
    before = controller.totals(used)
    controller.price()
    for sale in (1, 2):
        nozzle.lift()
        controller.until("nozzle")
        assert controller.hose == used
        controller.authorise()
        nozzle.squeeze(3400)
        for _ in range(60):
            forecourt.flow(0.2)
            controller.poll()
        nozzle.hang_up()
        controller.until("idle")
        assert (controller.volume, controller.amount, nozzle.state) == (340, 2465, DONE)
        assert controller.totals(used) - before == 340 * sale
