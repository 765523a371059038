"""A PC/SC reader through pyscard: what desks mostly have. Needs pcscd to run."""

import time

from smartcard.Exceptions import (  # pyright: ignore[reportMissingImports]
    CardConnectionException,
    NoCardException,
    SmartcardException,
)
from smartcard.System import readers  # pyright: ignore[reportMissingImports]

from tools.pn532_host import ReaderError

GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]  # PC/SC part 3, 3.2.2.1.3
OK = (0x90, 0x00)
LOOK_EVERY_S = 0.1


class Pcsc:
    """The first reader whose name holds `name`."""

    def __init__(self, name: str = ""):
        try:
            found = [one for one in readers() if name.lower() in str(one).lower()]
        except SmartcardException as wrong:
            raise ReaderError(f"PC/SC does not answer (does pcscd run?): {wrong}") from wrong
        if not found:
            raise ReaderError(f"no PC/SC reader{' named ' + name if name else ''} here")
        self.name = str(found[0])
        self._reader = found[0]
        self._card = None

    def wait_for_card(self, wait_s: float) -> bytes:
        until_s = time.monotonic() + wait_s
        while True:
            self.release()
            try:
                self._card = self._reader.createConnection()
                self._card.connect()
                return self._uid()
            except (NoCardException, CardConnectionException):
                if time.monotonic() >= until_s:
                    raise ReaderError("no card came") from None
                time.sleep(LOOK_EVERY_S)

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU to the card and its answer, status at the end."""
        if self._card is None:
            raise ReaderError("no card was listed")
        try:
            data, *status = self._card.transmit(list(apdu))
        except SmartcardException as wrong:
            raise ReaderError(f"the card went away ({wrong})") from wrong
        return bytes([*data, *status])

    def release(self) -> None:
        if self._card is not None:
            card, self._card = self._card, None
            try:
                card.disconnect()
            except SmartcardException:
                return  # it is gone, which is what was asked for

    def close(self) -> None:
        self.release()

    def _uid(self) -> bytes:
        assert self._card is not None
        data, *status = self._card.transmit(GET_UID)
        if tuple(status) != OK or not data:
            raise CardConnectionException("the reader gives no UID")
        return bytes(data)
