"""All chips around one terminal, each on its own port: what robots, tests and demos hold in their hands."""

import json
from pathlib import Path

from hardware.emulators.dispenser import Decimals
from hardware.emulators.display import Display
from hardware.emulators.forecourt import Forecourt
from hardware.emulators.isodep import ContactlessCard
from hardware.emulators.keypad import Keypad
from hardware.emulators.pn532 import Pn532
from hardware.emulators.printer import Printer
from hardware.emulators.reader import Reader
from hardware.emulators.scanner import Scanner

CHIPS = ("pn532", "display", "keypad", "scanner", "printer", "pump")
DISPENSERS, HOSES = 2, 2
FONT = Path(__file__).parents[2] / "firmware/text/font16.bin"


class Bench:
    """`pn532`, `display`, `keypad`, `scanner`, `printer`, `pump`; `ports` has those that were started."""

    def __init__(self, font_path: Path = FONT, quirk_active: bool = True) -> None:
        self.pn532 = Reader(Pn532(quirk_active))
        self.display = Display(str(font_path))
        self.keypad = Keypad()
        self.scanner = Scanner()
        self.printer = Printer(str(font_path))
        self.pump = Forecourt(DISPENSERS, HOSES, Decimals(volume=3))
        self.ports: dict[str, int] = {}

    @classmethod
    async def start(
        cls, chips: tuple[str, ...] | list[str] = CHIPS, font_path: Path = FONT, quirk_active: bool = True
    ) -> "Bench":
        bench = cls(font_path, quirk_active)
        for name in chips:
            bench.ports[name] = await getattr(bench, name).listen()
        return bench

    def write_ports(self, path: Path) -> None:
        """The ports as a JSON file, for the process that plays the terminal."""
        path.write_text(json.dumps(self.ports))

    def tap(self, card: ContactlessCard) -> None:
        """Lay a card on the reader, in place of any that lies there."""
        self.pn532.tap(card)

    def remove(self) -> None:
        self.pn532.remove()

    def press(self, *names: str) -> None:
        for name in names:
            self.keypad.press(name)

    async def close(self) -> None:
        for name in self.ports:
            await getattr(self, name).close()
