"""The ISO 7816-4 commands that NFC Forum Type 4 readers use: SELECT by name or file id, READ and UPDATE BINARY.

Source: NFC Forum Type 4 Tag; ISO 7816-4 for the status words.
"""

from typing import TYPE_CHECKING

from hardware.emulators.desfire.files import STANDARD, StandardFile
from hardware.emulators.desfire.rules import granted_mode
from hardware.emulators.desfire.session import PLAIN
from hardware.emulators.desfire.status import Refused

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

SELECT, READ_BINARY, UPDATE_BINARY = 0xA4, 0xB0, 0xD6
DONE, NOT_FOUND, NOT_ALLOWED = b"\x90\x00", b"\x6a\x82", b"\x69\x82"
WRONG_LENGTH, WRONG_PLACE, WRONG_PARAMETERS, UNKNOWN = b"\x67\x00", b"\x6b\x00", b"\x6a\x86", b"\x6d\x00"
NO_FILE = b"\x69\x86"
BY_ID, BY_NAME = (0x00, 0x02), 0x04
CARD_NAME = bytes.fromhex("d2760000850100")  # the DF name by which hosts select the card itself


def answered(card: "Card", apdu: bytes) -> bytes:
    """One APDU of class 00."""
    if apdu[1] == SELECT:
        return _select(card, apdu)
    if apdu[1] not in (READ_BINARY, UPDATE_BINARY):
        return UNKNOWN
    file = card.selected_file
    if not isinstance(file, StandardFile):
        return NO_FILE
    return _read(card, file, apdu) if apdu[1] == READ_BINARY else _update(card, file, apdu)


def _select(card: "Card", apdu: bytes) -> bytes:
    if len(apdu) < 6:
        return WRONG_PARAMETERS if apdu[2] != BY_NAME or len(apdu) < 5 else NOT_FOUND
    name = apdu[5 : 5 + apdu[4]]
    if apdu[2] == BY_NAME:
        return _select_application(card, name)
    if apdu[2] not in BY_ID:
        return WRONG_PARAMETERS
    for file in card.here.files.values():
        if file.iso_id and file.iso_id[::-1] == name:
            card.selected_file = file
            return DONE
    return NOT_FOUND


def _select_application(card: "Card", name: bytes) -> bytes:
    for aid, found in [(0, CARD_NAME)] + [(aid, app.name) for aid, app in card.applications.items()]:
        if name and name == found:
            card.select(aid)
            return DONE
    return NOT_FOUND


def _read(card: "Card", file: StandardFile, apdu: bytes) -> bytes:
    offset, wanted = apdu[2] << 8 | apdu[3], apdu[4] if len(apdu) > 4 else 0
    if not _granted(card, file, file.rights.readers):
        return NOT_ALLOWED
    if offset >= len(file.content):
        return WRONG_PLACE
    return bytes(file.content[offset : offset + (wanted or 256)]) + DONE


def _update(card: "Card", file: StandardFile, apdu: bytes) -> bytes:
    offset, data = apdu[2] << 8 | apdu[3], apdu[5:]
    if len(apdu) < 6 or len(data) != apdu[4]:
        return WRONG_LENGTH
    if not _granted(card, file, file.rights.writers):
        return NOT_ALLOWED
    if offset + len(data) > len(file.content):
        return WRONG_PLACE
    card.burn(data, lambda part: file.write(offset, part), whole=file.kind != STANDARD)
    return DONE


def _granted(card: "Card", file: StandardFile, rights: tuple[int, ...]) -> bool:
    """These commands have no secure messaging here: only what travels plain."""
    try:
        return granted_mode(card, file, rights) == PLAIN
    except Refused:
        return False
