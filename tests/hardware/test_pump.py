"""The emulated pump: frames as the driver speaks them, and nozzles that people lift, squeeze and hang up."""

import pytest

from firmware.drivers import pump as driver
from hardware.emulators import pump_frame
from hardware.emulators.pump import Nozzle, Pump

PRICE = b"P" + (76_000).to_bytes(4, "big")


def authorise(cents: int, ml: int = 0) -> bytes:
    return b"A" + cents.to_bytes(4, "big") + ml.to_bytes(4, "big")


def ask(pump: Pump, nozzle: int, body: bytes) -> bytes:
    """The body of the answer, as the driver finds it."""
    found, rest = driver.unpack(pump.feed(driver.frame(nozzle, body)))
    assert found is not None and rest == b"" and found[0] == nozzle
    return found[1:]


def test_both_ends_make_the_same_frames():
    assert pump_frame.crc16(b"123456789") == driver.crc16(b"123456789") == 0xBB3D  # CRC-16/ARC's check value
    assert pump_frame.encode(2, b"S") == driver.frame(2, b"S")


@pytest.mark.parametrize("step", (1, 2, 7, 100))
def test_frames_are_found_in_noise_and_in_pieces(step):
    good = driver.frame(1, b"S")
    spoilt = good[:-1] + bytes((good[-1] ^ 1,))
    data, pump, answers = b"\x02\xff\x00" + spoilt + good + b"\x55" + good, Pump(), b""
    for at in range(0, len(data), step):
        answers += pump.feed(data[at : at + step])
    first, rest = driver.unpack(b"\x00\x02\x09" + answers)
    second, rest = driver.unpack(rest)
    assert first == second and first is not None and len(first) == 18 and rest == b""


# what happens to a nozzle at 0.760 a litre -> state, volume, totaliser grown by
LIVES = """
price, 2000, lift, squeeze, flow60              | fuelling 26315 26315
price, 2000, lift, squeeze, flow60, hang        | ended 26315 26315
price, 2000, lift, squeeze5000, flow60, hang    | ended 5000 5000
price, 2000, lift, hang                         | ended 0 0
price, lift, 2000, squeeze, flow10              | fuelling 6000 6000
price, 2000, lift, squeeze, flow1, stop, flow9  | ended 600 600
price, 2000, squeeze, flow9                     | ready 0 0
lift, squeeze, flow9                            | idle 0 0
price, 2000, lift, 3000                         | fuelling 0 0
"""


ROWS = [[cell.strip() for cell in row.split("|")] for row in LIVES.strip().split("\n")]


@pytest.mark.parametrize("steps, left", ROWS)
def test_lives_of_a_nozzle(steps, left):
    pump = Pump()
    nozzle = pump.nozzles[0]
    for step in steps.split(", "):
        if step == "price":
            assert ask(pump, 1, PRICE) == bytes((ord("P") | 128,))
        elif step.isdigit():
            ask(pump, 1, authorise(int(step)))
        elif step == "stop":
            ask(pump, 1, b"X")
        elif step.startswith("flow"):
            for _ in range(int(step[4:]) * 50):
                nozzle.flow(0.02)
        elif step.startswith("squeeze"):
            nozzle.squeeze(int(step[7:]) if step[7:] else None)
        else:
            {"lift": nozzle.lift, "hang": nozzle.hang_up}[step]()
    told = ask(pump, 1, b"S")
    state = ("idle", "ready", "fuelling", "ended")[told[1]]
    ml, total_ml = int.from_bytes(told[3:7], "big"), int.from_bytes(told[11:17], "big")
    assert f"{state} {ml} {total_ml - 1_000_000}" == left


def test_a_refusal_is_an_answer():
    pump = Pump()
    pump.nozzles[0].state = 2
    assert ask(pump, 1, authorise(100)) == bytes((driver.REFUSED,))
    assert pump.feed(driver.frame(9, b"S")) == b"", "another pump's nozzle"


def test_slips_beyond_the_preset():
    nozzle = Nozzle()
    nozzle.command(ord("P"), (76_000).to_bytes(4, "big"))
    nozzle.command(ord("A"), authorise(76)[1:])
    nozzle.slips_ml = 12
    nozzle.lift()
    nozzle.squeeze()
    for _ in range(500):
        nozzle.flow(0.02)
    assert (nozzle.ml, nozzle.cents) == (1012, 77)
