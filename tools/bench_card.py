"""A tap at a card: exchanges, bytes on the reader's line, round trips, milliseconds by phase beside what must be.

    python -m tools.bench card [--taps 30] [--network-ms 15] [--card-ms 0] [--baud 115200]

The firmware's reader driver and card player run in the real MicroPython; the reader is emulated with a line as slow as
a real one (each byte its ten bits) and with the time that frames take on the air at 106 kbit/s; the gateway's SAM
answers after the network's round trip. What must be waited for in any case is the bare sum: line, air, network. What is
left is our own share. A real card's own thinking is not modelled unless --card-ms says so for each exchange.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from gateway.cards.keys import make_chain_keys
from gateway.cards.sam import Sam
from gateway.shop import Identity, Refusal, Script
from hardware.emulators.desfire import EV1, EV2, Card
from hardware.emulators.paced import PacedReader
from tools.issue_card import issue

ROOT = Path(__file__).resolve().parent.parent
MICROPYTHON = Path(sys.executable).with_name("micropython")
UID = bytes.fromhex("04A1B2C3D4E5F6")
OWN_AIM_MS, ALL_AIM_MS = 40, 250
LIMIT_S = 60


class Gateway:
    """Answers what the terminal asks, a network's round trip later; notes what each tap took of the line."""

    def __init__(self, sam: Sam, reader: PacedReader, card: Card, network_s: float) -> None:
        self._sam, self._reader, self._card, self._network_s = sam, reader, card, network_s
        self.asked: list[int] = []
        self.line_s: list[float] = []
        self.air_s: list[float] = []
        self.bytes: list[int] = []
        self.exchanges: list[int] = []

    async def serve(self, stream: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        while line := await stream.readline():
            message, values = json.loads(line)
            out.write(json.dumps(await self._answer(message, values)).encode() + b"\n")
        out.close()

    async def _answer(self, message: str, values: dict) -> list:
        if message == "begin":
            self._reader.reset_counts()
            self.asked.append(0)
            self._reader.tap(self._card)
            return ["begun", {}]
        if message == "end":
            self._reader.remove()
            return ["ended", {}]
        self.asked[-1] += 1
        step = self._step(message, values)
        if not isinstance(step, Script):
            self._note()
        await asyncio.sleep(self._network_s)
        if isinstance(step, Script):
            return ["card_script", {"script": step.number, "apdus": list(step.apdus)}]
        return ["tapped", {}] if isinstance(step, Identity) else ["refused", {"reason": step.reason}]

    def _step(self, message: str, values: dict) -> Script | Identity | Refusal:
        if message == "card_seen":
            return self._sam.seen("0001-pos1", values["uid"], values["answer"])
        return self._sam.answers("0001-pos1", values["script"], values["answers"])

    def _note(self) -> None:
        reader = self._reader
        self.line_s.append(reader.line_s)
        self.air_s.append(reader.air_total_s)
        self.bytes.append(reader.to_chip + reader.to_host)
        self.exchanges.append(reader.chip.exchanges)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench card", description="A tap at a card, phase by phase.")
    parser.add_argument("--taps", type=int, default=30, help="taps of each kind of card")
    parser.add_argument("--network-ms", type=float, default=15, help="round trip between terminal and gateway")
    parser.add_argument("--card-ms", type=float, default=0, help="what the card itself thinks in each exchange")
    parser.add_argument("--baud", type=int, default=115_200, help="speed of the reader's line")
    asked = parser.parse_args(arguments)
    console = Console()
    for generation, said in ((EV2, "EV2 session"), (EV1, "EV1 session, an older chip")):
        taps, gateway = asyncio.run(measure(Card(UID, generation=generation), asked))
        console.print(table(said, taps, gateway, asked))
    console.print("busy while measuring: load %.1f on %d processors" % (os.getloadavg()[0], os.cpu_count() or 0))
    return 0


async def measure(card: Card, asked: argparse.Namespace) -> tuple[list[list[int]], Gateway]:
    """Microseconds of the phases of each tap, and what the gateway noted."""
    keys = make_chain_keys(1, os.urandom)
    issue(card.transceive, UID, "0a" * 16, keys)
    reader = PacedReader(asked.baud, asked.card_ms / 1000)
    loop = asyncio.get_running_loop()
    sam = Sam(keys.for_store(), lambda: int(loop.time() * 1000))
    gateway = Gateway(sam, reader, card, asked.network_ms / 1000)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    environment = os.environ | {
        "TAPWELL_BUS": json.dumps({"pn532": await reader.listen()}),
        "BENCH_GATEWAY": str(server.sockets[0].getsockname()[1]),
        "BENCH_TAPS": str(asked.taps),
        "MICROPYPATH": f"{ROOT}/hardware/emulators/upy:{ROOT}:.frozen",
    }
    script = str(ROOT / "tools" / "upy_bench_card.py")
    run = await asyncio.create_subprocess_exec(str(MICROPYTHON), script, cwd=ROOT, env=environment, stdout=-1)
    try:
        said, _ = await asyncio.wait_for(run.communicate(), LIMIT_S)
    finally:
        if run.returncode is None:
            run.kill()
        await reader.close()
        server.close()
    lines = [line.split() for line in said.decode().splitlines() if line.startswith("tap tapped ")]
    assert len(lines) == asked.taps, said.decode()[-500:]
    return [[int(word) for word in line[2:]] for line in lines], gateway


def table(said: str, taps: list[list[int]], gateway: Gateway, asked: argparse.Namespace) -> Table:
    """Medians of one kind of card; the bare sum below."""
    shown = Table(title=f"{said}, {asked.baud} baud, {asked.network_ms:g} ms to the gateway and back")
    shown.add_column("phase")
    shown.add_column("ms", justify="right")
    phases = [median(tap[i] for tap in taps) / 1000 for i in range(len(taps[0]))]
    for name, ms in zip(names(len(phases)), phases, strict=True):
        shown.add_row(name, "%.1f" % ms)
    whole_ms = median(sum(tap) for tap in taps) / 1000
    bare = {
        "reader's line, %d bytes" % median(gateway.bytes): median(gateway.line_s) * 1000,
        "on the air, %d exchanges" % median(gateway.exchanges): median(gateway.air_s) * 1000,
        "network, %d round trips" % median(gateway.asked): median(gateway.asked) * asked.network_ms,
    }
    shown.add_section()
    for name, ms in bare.items():
        shown.add_row("must be: " + name, "%.1f" % ms)
    own_ms = whole_ms - sum(bare.values())
    shown.add_section()
    shown.add_row("a tap in all (aim: under %d)" % ALL_AIM_MS, "%.1f" % whole_ms)
    shown.add_row("our own share of it (aim: under %d)" % OWN_AIM_MS, "%.1f" % own_ms)
    return shown


def names(count: int) -> list[str]:
    """What the phases are called: listing, first steps, then asking and playing in turn."""
    pairs = ["gateway asked", "batch played"] * count
    return ["card listed", "selected, first step", *pairs][:count]
