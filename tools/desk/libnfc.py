"""Any reader that libnfc knows, through pynfc.

Of pynfc only its ctypes declarations (pynfc.nfc) are used. Its high level is left alone: Nfc.poll() spins for ever on a
PN532 that answers InAutoPoll without an ATS, a device is chosen by a variable of the whole process, and a timeout kills
a thread while libnfc still runs in it. pynfc loads libfreefare.so, which Debian has in libfreefare-dev.
"""

import ctypes
import time

from pynfc import nfc  # pyright: ignore[reportMissingImports]

from tools.pn532_host import ReaderError

ISO14443A, AT_106_KBIT, INFINITE_SELECT = 1, 1, 7  # nfc_modulation_type, nfc_baud_rate, nfc_property of libnfc 1.8
LOOK_EVERY_S = 0.1
ANSWER_MAX = 264
ANSWER_MS = 2000
SEND_MAX = 262  # libnfc 1.8.0 ends the process beyond that


class Libnfc:
    """The device of a connection string ('pn532_uart:/dev/ttyUSB0'); '' is libnfc's own choice."""

    def __init__(self, where: str = ""):
        self._context = ctypes.POINTER(nfc.struct_nfc_context)()
        nfc.nfc_init(ctypes.byref(self._context))
        nfc.nfc_open.argtypes = [ctypes.POINTER(nfc.struct_nfc_context), ctypes.c_char_p]  # None: libnfc's choice
        self._device = nfc.nfc_open(self._context, where.encode() or None)
        if not self._device:
            nfc.nfc_exit(self._context)
            raise ReaderError(f"libnfc opens no reader{' ' + where if where else ''}")
        if nfc.nfc_initiator_init(self._device) < 0:
            raise ReaderError("libnfc: the reader does not answer")
        nfc.nfc_device_set_property_bool(self._device, INFINITE_SELECT, False)

    def wait_for_card(self, wait_s: float) -> bytes:
        until_s, kind, target = time.monotonic() + wait_s, nfc.nfc_modulation(), nfc.nfc_target()
        kind.nmt, kind.nbr = ISO14443A, AT_106_KBIT
        while True:
            self.release()
            if nfc.nfc_initiator_select_passive_target(self._device, kind, None, 0, ctypes.byref(target)) > 0:
                card = target.nti.nai
                return bytes(card.abtUid[: card.szUidLen])
            if time.monotonic() >= until_s:
                raise ReaderError("no card came")
            time.sleep(LOOK_EVERY_S)

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU to the selected card and its answer."""
        if len(apdu) > SEND_MAX:
            raise ReaderError(f"{len(apdu)} bytes are more than libnfc sends")
        sent = (ctypes.c_ubyte * len(apdu))(*apdu)
        answer = (ctypes.c_ubyte * ANSWER_MAX)()
        size = nfc.nfc_initiator_transceive_bytes(self._device, sent, len(apdu), answer, ANSWER_MAX, ANSWER_MS)
        if size < 0:
            raise ReaderError(f"the card went away (libnfc {size})")
        return bytes(answer[:size])

    def release(self) -> None:
        nfc.nfc_initiator_deselect_target(self._device)

    def close(self) -> None:
        self.release()
        nfc.nfc_close(self._device)
        nfc.nfc_exit(self._context)
