"""`tapwell pump` at a pseudo terminal with emulated dispensers behind it, one of them talking rubbish."""

import asyncio
import termios
import threading
import time
from collections.abc import Iterator

import pytest
import serial
from typer.testing import CliRunner

from hardware.emulators.dispenser import AUTHORISED, Decimals
from hardware.emulators.forecourt import Forecourt
from tools.pump_desk.commands import app, pointed, whole
from tools.pump_desk.line import Trouble

PRICES = (725000, 689000)


class Court:
    """Two dispensers of two hoses, alive in a thread of their own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.forecourt = self.wait(self._open())

    async def _open(self) -> Forecourt:
        forecourt = Forecourt(2, 2, Decimals(2, 2, 3))
        forecourt.speed = 100
        for one in forecourt.dispensers:
            one.command("price", PRICES)
        self.port = forecourt.open_pty()
        return forecourt

    def wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def close(self) -> None:
        self.wait(self.forecourt.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    court = Court()
    yield court
    court.close()


def asked(court: Court, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--port", court.port, *words])
    return done.exit_code, done.output


async def fills(forecourt: Forecourt, number: int) -> None:
    """A customer at a nozzle: waits until it is authorised, fills to the preset, hangs up."""
    nozzle = forecourt.nozzles[number - 1]
    while nozzle.state != AUTHORISED:
        await asyncio.sleep(0.01)
    nozzle.lift()
    nozzle.squeeze()
    while nozzle.left_ml() != 0 and nozzle.gives:
        await asyncio.sleep(0.01)
    nozzle.hang_up()


def test_a_pump_is_looked_at(court):
    code, said = asked(court, "status")
    assert code == 0, said
    assert "50, 2 hoses" in said and "volume 2, amount 2, price 3" in said and "alarm     none" in said
    assert asked(court, "totals") == (0, "hose 1  1000.00 l\nhose 2  1000.00 l\n")


def test_prices_are_shown_and_set(court):
    assert asked(court, "--address", "51", "prices") == (0, "hose 1  7.250\nhose 2  6.890\n")
    assert asked(court, "--address", "51", "prices", "7.31", "6.9")[0] == 0
    assert court.forecourt.dispensers[1].prices == [731000, 690000]
    code, said = asked(court, "prices", "7.31")
    assert code == 1 and "give 2 prices" in said
    assert "at most 3 decimals" in asked(court, "prices", "7.3111", "6.9")[1]


def test_a_sale_is_followed_to_its_end(court):
    customer = asyncio.run_coroutine_threadsafe(fills(court.forecourt, 2), court.loop)
    code, said = asked(court, "sale", "--nozzle", "2", "--amount", "20.00", "--price", "6.55")
    customer.result(10)
    assert code == 0, said
    assert "lift nozzle 2" in said and "nozzle 2 out" in said
    assert "over: COMPLETED  3.05 l  19.98  at 6.550" in said
    assert "totaliser 1000.00 -> 1003.05 l" in said
    assert "has 2 hoses" in asked(court, "sale", "--nozzle", "3")[1]


def test_every_byte_can_be_seen(court):
    assert "> 50 30 01 01 00 9f 5c 03 fa" in asked(court, "--trace", "stop")[1]
    code, said = asked(court, "watch", "--seconds", "0.1")
    assert code == 0 and "COMPLETED" in said


def test_what_is_wrong_is_said(court):
    nobody = CliRunner().invoke(app, ["--port", "/dev/none", "status"])
    assert nobody.exit_code == 1 and "no serial port /dev/none" in nobody.output
    code, said = asked(court, "--address", "55", "status")
    assert code == 1 and "no answer from 55" in said
    court.forecourt.faults.babbles = {0x51}
    code, said = asked(court, "--address", "51", "status")
    court.forecourt.faults.babbles = set()
    assert code == 1 and "wrong --baud or --parity" in said
    for words in (("--address", "77"), ("--parity", "x"), ("--decimals", "2")):
        assert asked(court, *words, "status")[0] == 2


def test_who_is_there(court, monkeypatch):
    monkeypatch.setattr("tools.pump_desk.line.LAST_ADDRESS", 0x52)
    assert asked(court, "scan") == (0, "50\n51\n")


def test_any_program_may_ask_for_odd_parity_again_and_again(court):
    """A pseudo terminal has none; the emulator's own sees to it that asking is no error."""
    for _ in range(3):
        port = opened(court.port)
        port.write(bytes.fromhex("5220fa 5020fa"))
        assert port.read(1) == b"\x50"
        port.close()


def opened(path: str) -> serial.Serial:
    for _ in range(100):
        try:
            return serial.Serial(path, 9600, parity="O", timeout=5)
        except termios.error:
            time.sleep(0.05)
    raise AssertionError("parity is refused")


def test_numbers_as_people_write_them():
    assert [pointed(*pair) for pair in ((275, 2), (5, 2), (0, 0), (12, 0))] == ["2.75", "0.05", "0", "12"]
    assert [whole(*pair) for pair in (("2.75", 2), ("2.7", 2), ("20", 2), ("", 2))] == [275, 270, 2000, 0]
    for text in ("x", "1.234", "-1", "1e3"):
        with pytest.raises(Trouble):
            whole(text, 2)
