"""A forecourt: dispensers on one DART bus, hoses that people lift, squeeze and hang up, a page to do so by hand.

    python -m hardware.emulators.forecourt --pty /tmp/pump --dispensers 4 --nozzles 2 --page 8099

opens a pseudo terminal (a link to it at the given path) for any DART controller, and the page. Faults of the line are
in `faults` (forecourt_line.py), those of a dispenser on the dispenser itself (dispenser.py).
"""

import argparse
import asyncio
import contextlib
import time
from pathlib import Path

from hardware.emulators.bus import UartPort
from hardware.emulators.dispenser import NAMES, Decimals, Dispenser
from hardware.emulators.forecourt_line import LineFaults, Pace
from hardware.emulators.forecourt_page import Page
from hardware.emulators.pump_voice import Voice
from protocol.dart.line import FIRST_ADDRESS, LAST_ADDRESS, Decoder
from protocol.dart.pump import Pump

TICK_S = 0.02
IDLE_S = 0.2  # a gap so long ends a frame that has no end


class Nozzle:
    """One hose of one dispenser, as a customer's hand knows it."""

    def __init__(self, number: int, dispenser: Dispenser, hose: int) -> None:
        self.number, self.dispenser, self.hose = number, dispenser, hose

    @property
    def speed(self) -> float:
        """Of its dispenser, times life."""
        return self.dispenser.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.dispenser.speed = speed

    @property
    def slips_ml(self) -> int:
        """What its dispenser gives beyond a preset."""
        return self.dispenser.slips_ml

    @slips_ml.setter
    def slips_ml(self, ml: int) -> None:
        self.dispenser.slips_ml = ml

    @property
    def mine(self) -> bool:
        """The fill shown at the dispenser is of this hose, or will be."""
        one = self.dispenser
        return (one.fill_hose if one.ml else one.selected) == self.hose

    @property
    def state(self) -> int:
        return self.dispenser.state

    @property
    def lifted(self) -> bool:
        return self.dispenser.lifted == self.hose

    @property
    def gives(self) -> bool:
        """Out, authorised, and fuel comes when the lever is pulled."""
        return self.lifted and self.dispenser.gives

    @property
    def squeezed(self) -> bool:
        """Its lever is pulled; a full tank lets it go."""
        return self.lifted and self.dispenser.squeezed

    @property
    def ml(self) -> int:
        return self.dispenser.ml if self.mine else 0

    @property
    def cents(self) -> int:
        return self.dispenser.cents if self.mine else 0

    @property
    def price_milli(self) -> int:
        return self.dispenser.prices[self.hose - 1]

    @property
    def total_ml(self) -> int:
        return self.dispenser.totals_ml[self.hose - 1]

    def lift(self) -> bool:
        return self.dispenser.lift(self.hose)

    def squeeze(self, ml: int | None = None) -> None:
        if self.lifted:
            self.dispenser.squeeze(ml)

    def release(self) -> None:
        if self.lifted:
            self.dispenser.release()

    def hang_up(self) -> None:
        if self.lifted:
            self.dispenser.hang_up()

    def left_ml(self) -> int | None:
        return self.dispenser.left_ml()

    def shown(self) -> dict:
        """All that the page shows of it."""
        one = self.dispenser
        return {
            "number": self.number, "address": one.address, "hose": self.hose, "state": NAMES[one.state],
            "lifted": self.lifted, "busy": bool(one.lifted) and not self.lifted, "gives": self.gives,
            "squeezed": self.squeezed, "mine": self.mine, "ml": self.ml, "cents": self.cents,
            "price_milli": self.price_milli, "total_ml": self.total_ml, "alarm": one.alarm, "powered": one.powered,
            "halted": one.halted, "left_ml": self.left_ml() if self.gives else None,
        }  # fmt: skip


class Forecourt:
    """Dispensers from address 0x50 on, each with `hoses`; `nozzles` are all hoses in order, numbered from 1.

    baud: 0 is as fast as it goes; 9600 lets bytes take their time on the line. answer_s: how long a dispenser thinks.
    """

    def __init__(
        self, dispensers: int = 2, hoses: int = 2, decimals: Decimals | None = None, baud: int = 0, answer_s: float = 0
    ) -> None:
        self.dispensers = [Dispenser(FIRST_ADDRESS + at, hoses, decimals) for at in range(dispensers)]
        pairs = [(one, hose + 1) for one in self.dispensers for hose in range(hoses)]
        self.nozzles = [Nozzle(at + 1, one, hose) for at, (one, hose) in enumerate(pairs)]
        self.faults = LineFaults()
        self.line = UartPort(self._receive)
        self.pace, self._answer_s = Pace(baud), answer_s
        self._voices = [Voice(one) for one in self.dispensers]
        self._pumps = [Pump(voice.dispenser.address, voice.heard, voice.news) for voice in self._voices]
        self._decoder, self._heard_s = Decoder(), 0.0
        self._flowing: asyncio.Task | None = None
        self.page = Page(self)

    @property
    def speed(self) -> float:
        """How much faster than life fuel flows."""
        return self.dispensers[0].speed

    @speed.setter
    def speed(self, speed: float) -> None:
        for one in self.dispensers:
            one.speed = speed

    async def listen(self) -> int:
        self.start()
        return await self.line.listen()

    def open_pty(self) -> str:
        self.start()
        return self.line.open_pty()

    def start(self) -> None:
        """Time begins to pass."""
        if self._flowing is None:
            self._flowing = asyncio.create_task(self._flow())

    async def close(self) -> None:
        if self._flowing is not None:
            self._flowing.cancel()
        await self.page.close()
        await self.line.close()

    def power_off(self, at: int) -> None:
        """The dispenser with this place in `dispensers`; what it was about to say is gone."""
        self.dispensers[at].power_off()

    def power_on(self, at: int) -> None:
        self._voices[at].wake()
        self._pumps[at].reset()
        self.dispensers[at].power_on()

    def is_known(self, nozzle: Nozzle) -> bool:
        """The controller has heard how it stands with this nozzle's dispenser now."""
        at = self.dispensers.index(nozzle.dispenser)
        return not self._pumps[at].waits and not self._voices[at].has_news()

    def emergency(self, on: bool) -> None:
        """The red button of the whole forecourt."""
        for one in self.dispensers:
            one.emergency() if on else one.clear_emergency()

    def feed(self, data: bytes) -> bytes:
        """Bytes from the controller; all answers. For tests without a line."""
        return b"".join(answer for _, answer in self._answers(data))

    def flow(self, seconds: float) -> None:
        for one in self.dispensers:
            one.flow(seconds)

    def _answers(self, data: bytes) -> list[tuple[int, bytes]]:
        """(address, what it says) of each dispenser with power, also of those that only make noise."""
        said = []
        for frame in self._decoder.feed(data):
            for pump, one in zip(self._pumps, self.dispensers, strict=True):
                if one.powered:
                    said.append((one.address, pump.received(frame)))
        return said

    def _receive(self, data: bytes) -> None:
        self.pace.run(data, self._heard)

    def _heard(self, data: bytes) -> None:
        if self.faults.echo:
            self.line.write(data)
        now_s = time.monotonic()
        if now_s - self._heard_s > IDLE_S:
            self._decoder.reset()
        self._heard_s = now_s
        for address, answer in self._answers(self.faults.heard(data)):
            if said := self.faults.said(address, answer):
                self.pace.run(said, self.line.write, self._answer_s + self.faults.late_s)

    async def _flow(self) -> None:
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            self.flow(now_s - before_s)
            before_s = now_s


async def serve(forecourt: Forecourt, link: Path, port: int) -> None:
    """Until it is ended."""
    pty = forecourt.open_pty()
    link.unlink(missing_ok=True)
    link.symlink_to(pty)
    addresses = ", ".join("%02X" % one.address for one in forecourt.dispensers)
    print(f"dispensers {addresses} at {link} ({pty})")
    print(f"page       {await forecourt.page.listen(port)}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        link.unlink(missing_ok=True)
        await forecourt.close()


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m hardware.emulators.forecourt", description="Emulated dispensers on a DART line."
    )
    options.add_argument("--pty", type=Path, default=Path("/tmp/pump"), help="link to the pseudo terminal")
    options.add_argument("--dispensers", type=int, default=2, choices=range(1, LAST_ADDRESS - FIRST_ADDRESS + 2),
                         metavar="N", help="1 to 32, from address 50 (hex) on")  # fmt: skip
    options.add_argument("--nozzles", type=int, default=2, choices=range(1, 9), metavar="N", help="of each, 1 to 8")
    options.add_argument("--page", type=int, default=0, help="port of the page (0: any)")
    options.add_argument("--decimals", default="2,2,3", help="volume, amount, price (%(default)s)")
    options.add_argument("--speed", type=float, default=1.0, help="times life")
    options.add_argument("--prices", default="", help="of each nozzle of a dispenser, in 1/1000 of a cent a litre")
    asked = options.parse_args()
    decimals = Decimals(*(int(digits) for digits in asked.decimals.split(",")))
    forecourt = Forecourt(asked.dispensers, asked.nozzles, decimals)
    forecourt.speed = asked.speed
    for one in forecourt.dispensers if asked.prices else ():
        one.command("price", tuple(int(price) for price in asked.prices.split(",")))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(forecourt, asked.pty, asked.page))


if __name__ == "__main__":
    main()
