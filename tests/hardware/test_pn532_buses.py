"""The firmware's I2C and SPI transports on the emulated chip's frames: the same commands, the same answers."""

import pytest

from firmware.drivers import pn532, pn532_polled
from hardware.emulators.desfire import Card
from hardware.emulators.pn532 import Pn532

UID = bytes.fromhex("04a1b2c3d4e5f6")


class Wired:
    """A chip whose frames wait to be fetched, one a read; it fills up with zeros."""

    def __init__(self) -> None:
        self.chip = Pn532()
        self.chip.feed(pn532.WAKE)
        self.chip.place(Card(UID))
        self.frames: list[bytes] = []

    def said(self, data: bytes) -> None:
        out = self.chip.feed(data)
        self.frames += [out[:6], out[6:]] if out.startswith(pn532.ACK) else [out]
        self.frames = [frame for frame in self.frames if frame]

    def fetch(self, size: int) -> bytes:
        return self.frames.pop(0)[:size].ljust(size, b"\0")


class OnI2c(Wired):
    def writeto(self, address: int, data: bytes) -> None:
        self._addressed(address)
        self.said(data)

    def readfrom(self, address: int, size: int) -> bytes:
        self._addressed(address)
        status = bytes([bool(self.frames)])
        return status if size == 1 else status + self.fetch(size - 1)

    def _addressed(self, address: int) -> None:
        if address != 0x24 or self.chip.faults.dead:
            raise OSError(5)


class OnSpi(Wired):
    """Lowest bit first; a byte says what a transfer is, from one edge of the select wire to the other."""

    def __init__(self) -> None:
        super().__init__()
        self.selected = False
        self.what = b""

    def select(self, level: int) -> None:
        self.selected = not level

    def write(self, data: bytes) -> None:
        assert self.selected
        raw = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
        self.what = raw[:1]
        if self.what == b"\x01":
            self.said(raw[1:])

    def read(self, size: int) -> bytes:
        assert self.selected and self.what in (b"\x02", b"\x03")
        raw = bytes([bool(self.frames)]) if self.what == b"\x02" else self.fetch(size)
        return bytes(int(f"{byte:08b}"[::-1], 2) for byte in raw)


def on_i2c() -> tuple[Wired, pn532_polled.Polled]:
    wired = OnI2c()
    return wired, pn532_polled.Polled(pn532_polled.I2c(wired))


def on_spi() -> tuple[Wired, pn532_polled.Polled]:
    wired = OnSpi()
    return wired, pn532_polled.Polled(pn532_polled.Spi(wired, wired.select))


def done(coroutine):
    """What a coroutine gives that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits")


def asked(stream: pn532_polled.Polled, code: int, data: bytes) -> bytes | None:
    host = pn532.Host()
    stream.write(host.begin(code, data, 0))
    done(stream.drain())
    while not host.over(1):
        host.feed(done(stream.read(64)), 1)
    return host.answer


@pytest.mark.parametrize("bus", [on_i2c, on_spi])
def test_a_card_is_listed_asked_and_let_go(bus):
    _, stream = bus()
    stream.write(pn532.WAKE)
    done(stream.drain())
    assert asked(stream, pn532.SAM_CONFIGURATION, b"\x01\x14\x00") == b""
    assert asked(stream, pn532.RF_CONFIGURATION, b"\x05\xff\x01\x02") == b""
    found = asked(stream, pn532.LIST_PASSIVE, b"\x01\x00")
    assert found is not None and pn532.target(found) == (UID, True)
    version = asked(stream, pn532.DATA_EXCHANGE, b"\x01\x90\x60\x00\x00\x00")
    assert version is not None and version[0] == 0 and version[-2:] == b"\x91\xaf"
    assert asked(stream, pn532.DIAGNOSE, bytes([pn532.ATTENTION])) == b"\x00"
    assert asked(stream, pn532.RELEASE, b"\x00") == b"\x00"


@pytest.mark.parametrize("bus", [on_i2c, on_spi])
def test_an_echo_of_any_length_comes_back_whole(bus):
    _, stream = bus()
    for size in (1, 250, 252, 262):
        text = bytes(at % 251 for at in range(size))
        assert asked(stream, pn532.DIAGNOSE, b"\x00" + text) == b"\x00" + text, size


def test_a_chip_that_is_not_there_is_silent():
    wired, stream = on_i2c()
    wired.chip.faults.dead = True
    stream.write(pn532.frame(pn532.RELEASE, b"\x00"))
    done(stream.drain())
    assert not stream._waits()
