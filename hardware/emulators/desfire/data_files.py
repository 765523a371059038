"""Commands on files: create, delete, list, read, write."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import files
from hardware.emulators.desfire.application import CREATION_FREE, LISTING_FREE
from hardware.emulators.desfire.files import File
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.rules import granted_mode, require_master
from hardware.emulators.desfire.session import ENCIPHERED, open_sealed
from hardware.emulators.desfire.status import (
    DUPLICATE_ERROR,
    FILE_NOT_FOUND,
    OUT_OF_MEMORY,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

FILE_NO_MAX = 31
WRITE_HEAD_BYTES = 7  # file number, offset 3, length 3


def create_standard_file(card: "Card", code: int, data: bytes) -> Reply:
    """File number [, ISO file id 2], mode, rights 2, size 3."""
    require_inside(card)
    require_master(card, card.here, CREATION_FREE)
    number, tail = data[0], data[-6:]
    require(number <= FILE_NO_MAX and len(data) != 8, PARAMETER_ERROR)
    require(number not in card.here.files, DUPLICATE_ERROR)
    made = files.create_standard(files.decode_mode(tail[0]), files.decode_rights(tail[1:3]), tail[3:])
    require(made.memory_bytes <= card.free_bytes(), OUT_OF_MEMORY)
    card.here.files[number] = made
    return Reply()


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


def get_file_settings(card: "Card", code: int, data: bytes) -> Reply:
    require_inside(card)
    require_master(card, card.here, LISTING_FREE)
    return Reply(file_of(card, data[0]).settings())


def read_data(card: "Card", code: int, data: bytes) -> Reply:
    """File number, offset 3, length 3 (0 = to the end)."""
    file = file_of(card, data[0])
    mode = granted_mode(card, file, (file.rights.read, file.rights.read_write))
    offset, length = int.from_bytes(data[1:4], "little"), int.from_bytes(data[4:7], "little")
    return Reply(file.read(offset, length), mode=mode, open_end=length == 0)


def write_total(card: "Card", data: bytes) -> int:
    """Bytes of the whole command, after its code: the frames are collected up to it."""
    file, mode = _writable(card, data)
    offset, length = _write_range(data)
    file.check_write(offset, length)
    return WRITE_HEAD_BYTES + card.session.sent_bytes(length, mode)


def write_data(card: "Card", code: int, data: bytes) -> Reply:
    """File number, offset 3, length 3, then the data, protected as the file has it."""
    file, mode = _writable(card, data)
    offset, length = _write_range(data)
    head, sealed = bytes([code]) + data[:WRITE_HEAD_BYTES], data[WRITE_HEAD_BYTES:]
    if mode == ENCIPHERED:
        plain = open_sealed(card.session, head, sealed, length)
    else:
        plain = card.session.command(head, sealed, mode)
    file.write(offset, plain)
    return Reply()


def _writable(card: "Card", data: bytes) -> tuple[File, int]:
    file = file_of(card, data[0])
    return file, granted_mode(card, file, (file.rights.write, file.rights.read_write))


def _write_range(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[1:4], "little"), int.from_bytes(data[4:7], "little")


def require_inside(card: "Card") -> None:
    """Files live in applications, never on the card's own level."""
    require(card.here is not card.level, PERMISSION_DENIED)


def file_of(card: "Card", number: int) -> File:
    require(number in card.here.files, FILE_NOT_FOUND)
    return card.here.files[number]
