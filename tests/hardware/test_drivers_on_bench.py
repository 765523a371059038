"""The firmware's own drivers, in the real interpreter, over the bus, on the bench."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hardware.emulators.bench import Bench
from hardware.emulators.desfire import Card

ROOT = Path(__file__).resolve().parents[2]
UID = bytes.fromhex("04a1b2c3d4e5f6")
MICROPYTHON = Path(sys.executable).with_name("micropython")
TIMEOUT_S = 30


async def until(process: asyncio.subprocess.Process, wanted: str) -> list[str]:
    """Lines up to the one wanted."""
    assert process.stdout is not None
    lines = []
    while wanted not in lines:
        line = await asyncio.wait_for(process.stdout.readline(), TIMEOUT_S)
        assert line, "\n".join(lines)
        lines.append(line.decode().rstrip())
    return lines


async def play(folder: Path, fault: dict) -> tuple[list[str], Bench]:
    bench = await Bench.start()
    bench.write_ports(folder / "bus.json")
    vars(bench.pn532.chip.faults).update(fault)
    bench.tap(Card(UID))
    environment = os.environ | {
        "TAPWELL_BUS": str(folder / "bus.json"),
        "MICROPYPATH": f"{ROOT}/hardware/emulators/upy:{ROOT}:.frozen",
    }
    script = str(ROOT / "tests/hardware/drivers_on_bench.py")
    process = await asyncio.create_subprocess_exec(
        str(MICROPYTHON), "-X", "heapsize=256k", script, cwd=ROOT, env=environment, stdout=-1
    )
    try:
        said = await until(process, "ready for keys")
        await bench.display.wait_text("余额")
        bench.press("4", "f1", "ok")
        assert process.stdout is not None
        said += (await asyncio.wait_for(process.stdout.read(), TIMEOUT_S)).decode().splitlines()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await bench.close()
    return said, bench


@pytest.mark.parametrize("fault", [{}, {"babble": True}, {"slow_s": 0.1}], ids=str)
def test_drivers_see_what_lies_on_the_bench(tmp_path, fault: dict):
    said, bench = asyncio.run(play(tmp_path, fault))
    seen = f"card {UID.hex()} True 04010112001a0591af True"
    assert [line for line in said if line.startswith("card")] == [seen] * 3, said
    assert "after release True" in said
    assert "keys ['4', 'f1', 'ok']" in said and "printed True" in said
    lines = bench.display.text()
    assert lines[0] == "Tapwell 加油" and lines[4] == "  12.50" and lines[14].endswith("余额 88.00")
    assert bench.printer.receipts()[0].splitlines()[:2] == ["Tapwell", "合计        8.00"]
    assert bench.display.png().startswith(b"\x89PNG")
