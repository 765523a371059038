"""A whole bench over its sockets, as a terminal process meets it."""

import asyncio
import json
import os

from hardware.emulators import pn532_frame as frame
from hardware.emulators.bench import CHIPS, Bench
from hardware.emulators.desfire import Card
from tests.hardware.test_pn532 import UID, WAKE


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: str) -> bytes:
    writer.write(frame.encode(0xD4, bytes.fromhex(command)))
    frames, found = frame.FrameReader(), []
    while not any(kind == "frame" for kind, _ in found):
        found += frames.feed(await asyncio.wait_for(reader.read(300), 2))
    return next(body for kind, body in found if kind == "frame")[1:]


def test_a_card_is_tapped_read_and_taken_off(tmp_path):
    async def play() -> None:
        bench = await Bench.start()
        bench.write_ports(tmp_path / "bus.json")
        ports = json.loads((tmp_path / "bus.json").read_text())
        assert set(ports) == set(CHIPS)
        reader, writer = await asyncio.open_connection("127.0.0.1", ports["pn532"])
        writer.write(WAKE)
        assert await exchange(reader, writer, "1401") == b"\x15"
        listing = asyncio.create_task(exchange(reader, writer, "4a0100"))
        await asyncio.sleep(0.02)
        bench.tap(Card(UID))
        assert UID in await listing, "the endless listing ends when a card is laid on"
        assert (await exchange(reader, writer, "400160"))[:3] == bytes.fromhex("4100af")
        bench.remove()
        assert await exchange(reader, writer, "0006") == b"\x01\x01"
        bench.pn532.chip.faults.slow_s = 0.05
        assert await exchange(reader, writer, "02") == bytes.fromhex("0332010607")
        writer.close()
        await bench.close()

    asyncio.run(play())


def test_scanner_and_printer_lines():
    async def play() -> None:
        bench = await Bench.start(["scanner", "printer"])
        assert set(bench.ports) == {"scanner", "printer"}
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.ports["scanner"])
        await asyncio.sleep(0.02)
        bench.scanner.scan("6901234567892")
        assert await asyncio.wait_for(reader.readuntil(b"\r"), 2) == b"6901234567892\r"
        reader2, writer2 = await asyncio.open_connection("127.0.0.1", bench.ports["printer"])
        writer2.write(b"total 8.00\n\x1dV\x00\x10\x04\x04")
        assert await asyncio.wait_for(reader2.readexactly(1), 2) == b"\x12"
        assert bench.printer.receipts() == ["total 8.00"]
        writer.close()
        writer2.close()
        await bench.close()

    asyncio.run(play())


def test_a_restarted_terminal_takes_the_wires_over():
    async def play() -> None:
        bench = await Bench.start(["scanner"])
        old, _ = await asyncio.open_connection("127.0.0.1", bench.ports["scanner"])
        await asyncio.sleep(0.02)
        new, writer = await asyncio.open_connection("127.0.0.1", bench.ports["scanner"])
        await asyncio.sleep(0.02)
        bench.scanner.scan("1")
        assert await asyncio.wait_for(new.readuntil(b"\r"), 2) == b"1\r"
        assert await asyncio.wait_for(old.read(), 2) == b""
        writer.close()
        await bench.close()

    asyncio.run(play())


def test_a_pseudo_terminal_is_raw_and_outlives_its_clients():
    async def play() -> None:
        bench = await Bench.start([])
        path = bench.printer.open_pty()
        for _ in range(2):
            client = os.open(path, os.O_RDWR | os.O_NOCTTY)
            os.write(client, b"\x10\x04\x01")
            await asyncio.sleep(0.05)
            assert os.read(client, 10) == b"\x12"
            os.close(client)
        await bench.printer.close()

    asyncio.run(play())
