"""Commands on files: create, delete, list, settings, read and write data."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import files
from hardware.emulators.desfire.application import CREATION_FREE, LISTING_FREE
from hardware.emulators.desfire.files import (
    BACKUP,
    CYCLIC,
    FREE,
    LINEAR,
    NEVER,
    STANDARD,
    VALUE,
    File,
    RecordFile,
    StandardFile,
)
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.rules import granted_mode, require_master
from hardware.emulators.desfire.session import ENCIPHERED, MACED, PLAIN, open_sealed
from hardware.emulators.desfire.status import (
    AUTHENTICATION_ERROR,
    DUPLICATE_ERROR,
    FILE_NOT_FOUND,
    OUT_OF_MEMORY,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    Refused,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

FILE_NO_MAX = 31
WRITE_HEAD_BYTES = 7  # file number, offset 3, length 3
CREATES = {0xCD: STANDARD, 0xCB: BACKUP, 0xCC: VALUE, 0xC1: LINEAR, 0xC0: CYCLIC}
TAIL_BYTES = {STANDARD: 3, BACKUP: 3, VALUE: 13, LINEAR: 6, CYCLIC: 6}
SETTINGS_BYTES = 3  # mode, rights 2


def create_file(card: "Card", code: int, data: bytes) -> Reply:
    """File number [, ISO file id 2], mode, rights 2, then what the kind needs."""
    require_inside(card)
    require_master(card, card.here, CREATION_FREE)
    kind, number = CREATES[code], data[0]
    at = len(data) - TAIL_BYTES[kind] - SETTINGS_BYTES
    require(number <= FILE_NO_MAX and at in ((1,) if kind == VALUE else (1, 3)), PARAMETER_ERROR)
    require(number not in card.here.files, DUPLICATE_ERROR)
    made = _made(kind, data[at : at + SETTINGS_BYTES], data[at + SETTINGS_BYTES :], data[1:at])
    require(made.memory_bytes <= card.free_bytes(), OUT_OF_MEMORY)
    card.here.files[number] = made
    return Reply()


def _made(kind: int, settings: bytes, tail: bytes, iso_id: bytes) -> File:
    mode, rights = files.decode_mode(settings[0]), files.decode_rights(settings[1:])
    if kind == VALUE:
        return files.create_value(mode, rights, tail)
    if kind in (LINEAR, CYCLIC):
        return files.create_records(kind, mode, rights, tail, iso_id)
    return files.create_data(kind, mode, rights, tail, iso_id)


def delete_file(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require_master(card, card.here, CREATION_FREE)
    file_of(card, data[0])
    del card.here.files[data[0]]
    return Reply()


def get_file_ids(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require_master(card, card.here, LISTING_FREE)
    return Reply(bytes(card.here.files))


def get_iso_file_ids(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require_master(card, card.here, LISTING_FREE)
    return Reply(b"".join(file.iso_id for file in card.here.files.values()))


def get_file_settings(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require_master(card, card.here, LISTING_FREE)
    return Reply(file_of(card, data[0]).settings())


def change_file_settings(card: "Card", code: int, data: bytes) -> Reply:
    """File number, then mode and rights: in clear when changing is free, else enciphered."""
    file, changer = file_of(card, data[0]), file_of(card, data[0]).rights.change
    require(changer != NEVER, PERMISSION_DENIED)
    head, rest = bytes([code, data[0]]), data[1:]
    if changer == FREE:
        plain = card.session.command(head, rest, MACED if card.session.trailer_bytes(MACED) else PLAIN)
        require(len(plain) == SETTINGS_BYTES, PARAMETER_ERROR)
    else:
        require(card.session.key_no == changer, AUTHENTICATION_ERROR)
        plain = open_sealed(card.session, head, rest, SETTINGS_BYTES)
    file.mode, file.rights = files.decode_mode(plain[0]), files.decode_rights(plain[1:3])
    return Reply()


def reading_mode(card: "Card", data: bytes) -> int:
    file = file_of(card, data[0])
    return granted_mode(card, file, file.rights.readers)


def read_data(card: "Card", code: int, data: bytes) -> Reply:
    """File number, offset 3, length 3 (0 = to the end)."""
    file = data_file(card, data[0])
    offset, length = offset_and_length(data)
    return Reply(file.read(offset, length), mode=reading_mode(card, data), open_end=length == 0)


def write_data_total(card: "Card", data: bytes) -> int:
    """Bytes of the whole command, after its code: the frames are collected up to it."""
    return _total(card, data, StandardFile)


def write_record_total(card: "Card", data: bytes) -> int:
    """As write_data_total, for WriteRecord."""
    return _total(card, data, RecordFile)


def _total(card: "Card", data: bytes, wanted: type[File]) -> int:
    mode = writing_mode(card, data)
    offset, length = offset_and_length(data)
    require(isinstance(file_of(card, data[0]), wanted), PERMISSION_DENIED)
    _writable(card, data[0]).check_write(offset, length)
    return WRITE_HEAD_BYTES + card.session.sent_bytes(length, mode)


def write_data(card: "Card", code: int, data: bytes) -> Reply:
    """File number, offset 3, length 3, then the data, protected as the file has it."""
    mode, file = writing_mode(card, data), _writable(card, data[0])
    offset, length = offset_and_length(data)
    plain = unprotected(card, mode, bytes([code]) + data[:WRITE_HEAD_BYTES], data[WRITE_HEAD_BYTES:], length)
    card.burn(plain, lambda part: file.write(offset, part), whole=file.kind != STANDARD)
    return Reply(mode=confirming(mode))


def unprotected(card: "Card", mode: int, head: bytes, sealed: bytes, length: int) -> bytes:
    """Data of a command as the file's mode has it."""
    if mode == ENCIPHERED:
        return open_sealed(card.session, head, sealed, length)
    return card.session.command(head, sealed, mode)


def confirming(mode: int) -> int:
    """How the answer to a change travels: it has no data to encipher."""
    return PLAIN if mode == PLAIN else MACED


def writing_mode(card: "Card", data: bytes) -> int:
    file = file_of(card, data[0])
    return granted_mode(card, file, file.rights.writers)


def _writable(card: "Card", number: int) -> StandardFile | RecordFile:
    """A data file for WriteData, a record file for WriteRecord: both take bytes at an offset."""
    file = file_of(card, number)
    if isinstance(file, StandardFile | RecordFile):
        return file
    raise Refused(PERMISSION_DENIED)


def data_file(card: "Card", number: int) -> StandardFile:
    file = file_of(card, number)
    if isinstance(file, StandardFile):
        return file
    raise Refused(PERMISSION_DENIED)


def offset_and_length(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[1:4], "little"), int.from_bytes(data[4:7], "little")


def require_inside(card: "Card") -> None:
    """Files live in applications, never on the card's own level."""
    require(card.here is not card.level, PERMISSION_DENIED)


def file_of(card: "Card", number: int) -> File:
    require(number in card.here.files, FILE_NOT_FOUND)
    return card.here.files[number]
