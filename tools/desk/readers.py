"""A reader by its name, whatever it is:

    pcsc, pcsc:NAME            PC/SC through pyscard; NAME is part of the reader's name (what a desk mostly has)
    serial:/dev/ttyUSB0        a PN532 on a serial line, through pyserial
    tcp:127.0.0.1:7001         the same behind a TCP port
    libnfc, libnfc:CONNSTRING  any reader that libnfc knows, through pynfc's declarations

Each is opened only when it is asked for: a desk installs what its reader needs.
"""

from typing import Protocol

from gateway.cards.personalise import Transceive
from tools import pn532_host
from tools.pn532_host import ReaderError

WAYS = ("pcsc", "serial", "tcp", "libnfc")


class Reader(Protocol):
    """One card at a time. Every fault is a ReaderError; a card that went away says so by one."""

    transceive: Transceive

    def wait_for_card(self, wait_s: float) -> bytes:
        """The UID of the card that lies there, or comes. Raises ReaderError when none does in time."""
        ...

    def release(self) -> None:
        """Lets the card go; the next one may come."""
        ...

    def close(self) -> None: ...


class Pn532Reader:
    """A PN532 that we speak to ourselves."""

    def __init__(self, chip: pn532_host.Pn532):
        self._chip = chip
        self.transceive = chip.transceive
        self.release = chip.release
        chip.start()

    def wait_for_card(self, wait_s: float) -> bytes:
        return self._chip.wait_for_card(wait_s).uid

    def close(self) -> None:
        self._chip.close()


def open_reader(name: str) -> Reader:
    """Raises ReaderError: no such reader, what it needs is not installed, or it does not answer."""
    way, _, where = name.partition(":")
    if way not in WAYS:
        raise ReaderError(f"{name}: a reader is one of " + ", ".join(WAYS))
    try:
        return _opened(way, where)
    except ImportError as missing:
        raise ReaderError(f"{way}: {missing}; pip install 'tapwell[desk]'") from missing
    except OSError as wrong:
        raise ReaderError(f"{name}: {wrong}") from wrong


def _opened(way: str, where: str) -> Reader:
    if way == "serial":
        return Pn532Reader(pn532_host.open_serial(where))
    if way == "tcp":
        host, _, port = where.rpartition(":")
        return Pn532Reader(pn532_host.open_tcp(host, int(port)))
    if way == "libnfc":
        from tools.desk import libnfc

        return libnfc.Libnfc(where)
    from tools.desk import pcsc

    return pcsc.Pcsc(where)
