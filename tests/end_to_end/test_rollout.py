"""A release from head office's command to a board: real head office, line, gateway, broker, and a virtual board."""

import asyncio
import json
import shutil
import time

import httpx
import pytest

from hardware.emulators.bench import Bench
from tests.end_to_end.board_store import PACE_S, flashed, keys
from tools import build_firmware, flash, release
from tools.chain import Chain
from tools.households import Basket, Goods, Plan
from tools.virtual_board import VirtualBoard
from tools.virtual_terminal import CHIPS, HEAP

READER = "0001-reader1"
WAIT_S = 120
FALLS = "raise RuntimeError('planted')\n"
MILK = Goods("4001", "MILK", "GROCERY", "pc", 129_000, "L", 200)


class Station:
    """A chain of one store whose only terminal is a board."""

    def __init__(self, folder):
        self.folder = folder
        plan = Plan((Basket(1, 1, "0001", 1, (("4001", 1000),)),), (MILK,))
        self.chain = Chain(folder / "chain", plan, apps=(), shops=("0001",))

    async def open(self) -> None:
        await self.chain.set_up(told=lambda step: None)
        self.bench = await Bench.start(CHIPS["reader"])
        await asyncio.to_thread(self._board)

    def _board(self) -> None:
        """Flashed by cable and enrolled, with minutes turned to seconds."""
        identity = self.chain.enrol_terminal(self.chain.stores["0001"], READER, "reader")
        told = json.loads((identity / "terminal.json").read_text())
        (identity / "terminal.json").write_text(json.dumps(told | {"update_s": PACE_S}))
        shutil.copytree(flashed("reader", True), self.folder / "board")
        heap_kb = int(HEAP["reader"].rstrip("k"))
        self.board = VirtualBoard(self.folder / "board", heap_kb, self.bench.ports).start()
        cable = flash.Cable(self.board.port)
        for file in identity.iterdir():
            cable.write("/data/" + file.name, file.read_bytes())
        cable.reset(run=True)
        self.board.wait_line("mqtt=up", 30)

    async def close(self) -> None:
        if hasattr(self, "board"):
            self.board.stop()
        await self.chain.close()
        if hasattr(self, "bench"):
            await self.bench.close()

    def says(self, *words: str) -> dict:
        """A command of `tapwell hq release`."""
        return self.chain.hq_says("release", *words)

    def add(self, number: int, image) -> None:
        key = release.private_key(keys() / release.PRIVATE)
        self.says("add", str(release.make(self.folder / "made", "reader", "rom", number, key, 0, image)))

    def becomes(self, rollout: int, status: str, state: str) -> dict:
        """The rollout once it and its only terminal are so."""
        until_s, told = time.monotonic() + WAIT_S, {}
        headers = {"authorization": "Bearer " + self.chain.key}
        while time.monotonic() < until_s:
            url = f"{self.chain.pages}/api/v1/rollouts/{rollout}"
            told = httpx.get(url, headers=headers, trust_env=False).raise_for_status().json()
            if (told["status"], [one["state"] for one in told["terminals"]]) == (status, [state]):
                return told
            time.sleep(0.2)
        raise AssertionError(told)


@pytest.fixture
def station(tmp_path):
    with asyncio.Runner() as runner:
        one = Station(tmp_path)
        try:
            runner.run(one.open())
            yield runner, one
        finally:
            runner.run(one.close())


def image(folder, name: str, source: str = ""):
    """The reader's image, or one that is nothing but this source."""
    target = folder / name
    if source:
        target.mkdir()
        (target / "tapwell.py").write_text(source)
        return target
    return shutil.copytree(build_firmware.build("reader", build_firmware.IMAGES / "reader"), target)


def test_a_release_reaches_a_board_and_a_bad_one_is_halted(station, tmp_path):
    runner, one = station
    runner.run(asyncio.to_thread(_rolls_out, one, tmp_path))  # the bench's chips live in the runner's loop


def _rolls_out(one: Station, folder) -> None:
    one.says("key", str(keys() / release.PUBLIC))
    one.add(5, image(folder, "five"))
    rings = ("--ring", "canary=" + READER, "--ring", "rest=all")
    assert one.says("roll-out", "reader-rom-5", *rings, "--soak-h", "0") == {"rollout": 1}
    one.board.wait_line("update=loading", 60)
    assert one.board.wait_line("update=confirmed", 120) == "update=confirmed number=5"
    assert one.becomes(1, "done", "runs")["terminals"][0]["runs"] == 5
    assert (one.chain.stores["0001"].folder / "hq_releases" / "reader-rom-5" / "image.romfs").exists()

    one.add(6, image(folder, "six", FALLS))
    one.says("roll-out", "reader-rom-6", *rings, "--soak-h", "0")
    one.board.hurry = 3
    told = one.becomes(2, "halted", "rolled_back")
    assert (told["terminals"][0]["runs"], told["terminals"][0]["wanted"]) == (5, "reader-rom-5")
    assert told["reason"] == READER + " rolled_back"
