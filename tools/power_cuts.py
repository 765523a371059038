"""Takes a virtual board's power away, again and again, while it sells and updates itself; nothing may be lost.

    python -m tools.power_cuts --count 1000 [--seed N]

Half of the cuts come at any moment (SIGKILL), half within a write to flash, of which some bytes arrive. At each
start the board must run a release that was confirmed or is on trial, and have every sale that it said was in its
journal; one that was cut off before it could report has to do so at the next start.
"""

import argparse
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from firmware.net import journal
from tools import flash, release
from tools.build_firmware import MPY_CROSS, ROOT
from tools.virtual_board import VirtualBoard

MODULES = (
    "firmware/update/fetch.py",
    "firmware/update/slots.py",
    "firmware/net/slots.py",
    "firmware/net/journal.py",
    "protocol/errors.py",
    "protocol/ids.py",
    "protocol/release.py",
)
FILLER_BYTES = 100 * 1024  # so that loading takes its time, as an app's image does
START_S = 15.0
LIVES_S = (0.2, 2.0)  # how long the power stays, from the start of the interpreter on
POLL_S = 0.02
SILENT_MAX = 3  # lives too short to report in a row, then it is given its time
TEAR_MAX = 600  # writes to flash before a torn one
CONFIRMED_AT_LEAST = 20  # cuts for one update, at most, or the drill tries nothing


class Done(NamedTuple):
    """What happened. `lost` records that were said to be in flash and were not, `dead` starts that did not come."""

    cuts: int
    torn: int
    updates: int
    sales: int
    lost: int
    dead: int


class Host:
    """The other end of the board's line: offers the next release, hands out its parts, believes what it is told."""

    def __init__(self, folder: Path, image: Path, key: rsa.RSAPrivateKey) -> None:
        self.folder, self.image, self.key = folder, image, key
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.confirmed = self.wrote = self.answered = self.lost = 0
        self.offered: dict[int, list[bytes]] = {}

    def start(self, within_s: float) -> bool:
        """Whether the board reports in time; what it reports is checked against what it had said before."""
        self._listener.settimeout(within_s)
        try:
            wire, _ = self._listener.accept()
            wire.settimeout(START_S)
            self._lines = wire.makefile("rwb")
            _start, number, last, waiting, lost, failed = self._lines.readline().decode().split()
        except (OSError, ValueError):
            return False
        open_is_right = int(waiting) == (0 if int(last) == self.answered else int(last))
        good = self.wrote <= int(last) <= self.wrote + 1 and (open_is_right or int(last) > self.answered)
        good = good and int(number) >= self.confirmed and int(lost) == 0 and int(failed) == 0
        if not good:
            said = (number, last, waiting, lost, failed, self.confirmed, self.wrote, self.answered)
            print("the board has release %s, sales to %s, %s open, %s lost, %s failed; it had said %d, %d, %d" % said)
            self.lost += 1
        self.wrote = max(self.wrote, int(last))
        return True

    def serve(self, until_s: float) -> None:
        """Answers until then, or until the board is gone."""
        try:
            while time.monotonic() < until_s and (line := self._lines.readline()):
                if not line.endswith(b"\n"):
                    return
                self._take(*line.decode().split())
        except OSError:
            return

    def close(self) -> None:
        self._listener.close()

    def _take(self, word: str, *values: str) -> None:
        numbers = [int(value) for value in values]
        if word == "wrote":
            self.wrote = numbers[0]
        elif word == "answered":
            self.answered = numbers[0]
        elif word == "confirmed":
            self.confirmed = max(self.confirmed, numbers[0])
        elif word == "refused":
            print("the board refuses release %d, which is genuine" % numbers[0])
            self.lost += 1
        elif word == "offer":
            files = self._release(self.confirmed + 1)
            self._say(b"%d %d" % (self.confirmed + 1, len(files[0])))
        elif word == "part":
            number, file, offset, size = numbers
            self._say(b64encode(self._release(number)[file][offset : offset + size]))

    def _say(self, data: bytes) -> None:
        self._lines.write(data + b"\n")
        self._lines.flush()

    def _release(self, number: int) -> list[bytes]:
        """Manifest and files of a release, each number an image of its own."""
        if number not in self.offered:
            # No byte as in the release before: what was not written must not look as if it had been.
            (self.image / "filler").write_bytes(random.Random(number).randbytes(FILLER_BYTES))
            folder = release.make(self.folder, "reader", "rom", number, self.key, number - 1, self.image)
            self.offered = {number: [(folder / name).read_bytes() for name in (release.MANIFEST, release.ROM_FILE)]}
            shutil.rmtree(folder)
        return self.offered[number]


def image_of(folder: Path) -> Path:
    """The drill as an image: the firmware's own modules, compiled, and something to fill it."""
    sources = [("tapwell.mpy", "tools/upy_power_cuts.py"), *((name.replace(".py", ".mpy"), name) for name in MODULES)]
    for target, source in sources:
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([MPY_CROSS, "-O2", "-s", source, "-o", folder / target, ROOT / source], check=True)
    return folder


def board_with(folder: Path, image: Path, host: Host) -> VirtualBoard:
    """A virtual board that has the drill in its first slot, and is off."""
    board = VirtualBoard(folder / "board", bench_ports={"line": host.port}).start()
    cable = flash.Cable(board.port)
    cable.run("import vfs")
    cable.run(flash.HASHES)
    flash.deploy(cable, flash.asked(cable), release.romfs_of(image), lambda text: None)
    modulus = host.key.public_key().public_numbers().n.to_bytes(release.format_.MODULUS_BYTES, "big")
    for path, data in (("/update/key", modulus), ("/slot0/manifest", flash.CABLE)):
        cable.write(path, data)
    cable.write("/data/terminal.json", b"{}")
    cable.write("/lib/starter.mpy", flash.starter())
    cable.write("/main.py", flash.MAIN.encode())
    cable.close()
    board.cut()
    return board


def run(folder: Path, count: int, chance: random.Random) -> Done:
    """So many cuts of power; prints what was wrong as it is seen."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    image = image_of(folder / "image")
    host = Host(folder / "releases", image, key)
    board = board_with(folder, image, host)
    torn = dead = silent = 0
    for cut in range(1, count + 1):
        tears = chance.random() < 0.5
        board.tear = chance.randint(1, TEAR_MAX) if tears else 0
        board.start()
        lives_s = START_S if tears else chance.uniform(*LIVES_S)
        silent = 0 if live(board, host, time.monotonic() + lives_s) else silent + 1
        torn += tears and not board.running()
        board.cut()
        if silent == SILENT_MAX or cut == count:
            dead += not settled(board, host, cut)
    sales, lost = records_lost(board, host, folder)
    host.close()
    board.stop()
    return Done(count, torn, host.confirmed, sales, host.lost + lost, dead)


def live(board: VirtualBoard, host: Host, until_s: float) -> bool:
    """Serves the board through its own resets until then, or until a torn write took its power; whether it reported."""
    reported = False
    while board.powered() and time.monotonic() < until_s:
        if host.start(POLL_S):
            reported = True
            host.serve(until_s)
    return reported


def settled(board: VirtualBoard, host: Host, cut: int) -> bool:
    """Whether the board starts if only it is let, and its flash is the one that it had."""
    board.tear = 0
    board.start()
    good = host.start(START_S) and list(board.lines).count("flash=formatted") <= 1  # the first start of all
    if not good:
        print("cut %d: the board did not start:\n%s" % (cut, "\n".join(list(board.lines)[-20:])))
    board.cut()
    return good


def records_lost(board: VirtualBoard, host: Host, folder: Path) -> tuple[int, int]:
    """(sales in the journal's files, gaps between them), read from the board as it is in the end."""
    board.start()
    cable = flash.Cable(board.port)
    cable.reset(run=False)
    target = folder / "journal"
    target.mkdir()
    for name in cable.value("__import__('os').listdir('/data/journal')"):
        (target / name).write_bytes(cable._line.fs_readfile("/data/journal/" + name))
    cable.close()
    found = {(kind, sequence) for kind, _lane, sequence, _message, _frame in journal.records(str(target)) if sequence}
    asked = sorted(sequence for kind, sequence in found if kind == journal.REQUEST)
    answers = {sequence for kind, sequence in found if kind == journal.ANSWER}
    wanted = range(asked[0], host.wrote + 1)
    return len(asked), len(set(wanted) - set(asked)) + len(set(wanted[:-1]) - answers)


def main() -> int:
    parser = argparse.ArgumentParser(description="Cuts of power on a virtual board that sells and updates itself.")
    parser.add_argument("--count", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which they come (1)")
    told = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = run(Path(folder), told.count, random.Random(told.seed))
    words = (*done, time.monotonic() - began_s)
    print("%d cuts of power, %d of them within a write; %d updates, %d sales; %d lost, %d dead; %.0f s" % words)
    return 1 if done.lost or done.dead or done.updates * CONFIRMED_AT_LEAST < done.cuts else 0


if __name__ == "__main__":
    sys.exit(main())
