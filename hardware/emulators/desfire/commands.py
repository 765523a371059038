"""The card's commands: a table of code -> what runs, how long its data may be, how it is protected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardware.emulators.desfire import application, authentication, data_files, key_changes, keys
from hardware.emulators.desfire.application import CREATION_FREE, LISTING_FREE
from hardware.emulators.desfire.authentication import Challenge
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.rules import require_master
from hardware.emulators.desfire.session import ENCIPHERED
from hardware.emulators.desfire.status import (
    APPLICATION_NOT_FOUND,
    AUTHENTICATION_ERROR,
    COUNT_ERROR,
    DUPLICATE_ERROR,
    OUT_OF_MEMORY,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

APPLICATIONS_MAX = 28
KEYS_MAX = 14
AIDS_PER_FRAME_BYTES = 57  # 19 identifiers
VERSION_HARDWARE = bytes.fromhex("04010101001a05")  # NXP, DESFire, EV1, 8K, ISO 14443-4
VERSION_SOFTWARE = bytes.fromhex("04010101041a05")


@dataclass(frozen=True)
class Command:
    """`total(card, data)`: bytes of data to wait for, over several frames; `opens_itself`: the data is sealed."""

    run: Callable[["Card", int, bytes], "Reply | Challenge"]
    least_bytes: int = 0
    most_bytes: int | None = 0
    total: Callable[["Card", bytes], int] | None = field(default=None)
    opens_itself: bool = False


def get_version(card: "Card", code: int, data: bytes) -> Reply:
    tail = card.uid + card.batch + card.made
    return Reply(VERSION_HARDWARE + VERSION_SOFTWARE + tail, frames=(7, 7))


def get_card_uid(card: "Card", code: int, data: bytes) -> Reply:
    require(card.session.key_no is not None, AUTHENTICATION_ERROR)
    return Reply(card.uid, mode=ENCIPHERED)


def free_memory(card: "Card", code: int, data: bytes) -> Reply:
    return Reply(card.free_bytes().to_bytes(3, "little"))


def get_application_ids(card: "Card", code: int, data: bytes) -> Reply:
    require(card.here is card.level, PERMISSION_DENIED)
    require_master(card, card.level, LISTING_FREE)
    listed = b"".join(aid.to_bytes(3, "little") for aid in card.applications)
    return Reply(listed, step=AIDS_PER_FRAME_BYTES)


def select_application(card: "Card", code: int, data: bytes) -> Reply:
    aid = int.from_bytes(data, "little")
    require(aid == 0 or aid in card.applications, APPLICATION_NOT_FOUND)
    card.select(aid)
    return Reply()


def create_application(card: "Card", code: int, data: bytes) -> Reply:
    """AID 3, key settings, key type and count [, ISO file id 2, DF name 1-16]."""
    require(card.here is card.level, PERMISSION_DENIED)
    require_master(card, card.level, CREATION_FREE)
    aid, settings, kind, count = int.from_bytes(data[:3], "little"), data[3], data[4] & 0xC0, data[4] & 0x0F
    require(aid != 0 and count <= KEYS_MAX and kind in keys.KIND_OF_BITS, PARAMETER_ERROR)
    require(aid not in card.applications, DUPLICATE_ERROR)
    require(len(card.applications) < APPLICATIONS_MAX, COUNT_ERROR)
    made = application.fresh(keys.KIND_OF_BITS[kind], count, settings, name=data[7:])
    require(made.memory_bytes <= card.free_bytes(), OUT_OF_MEMORY)
    card.applications[aid] = made
    return Reply()


def delete_application(card: "Card", code: int, data: bytes) -> Reply:
    """With the card's master key, or from inside with the application's own where the card allows it."""
    aid = int.from_bytes(data, "little")
    require(aid in card.applications, APPLICATION_NOT_FOUND)
    inside = card.selected_aid == aid and bool(card.level.settings & CREATION_FREE)
    require(inside or card.here is card.level, PERMISSION_DENIED)
    require(card.session.key_no == 0, AUTHENTICATION_ERROR)
    del card.applications[aid]
    if inside:
        card.select(0)
    return Reply()


def format_picc(card: "Card", code: int, data: bytes) -> Reply:
    require(card.here is card.level and card.session.key_no == 0, AUTHENTICATION_ERROR)
    card.applications.clear()
    return Reply()


def get_key_settings(card: "Card", code: int, data: bytes) -> Reply:
    require_master(card, card.here, LISTING_FREE)
    return Reply(bytes([card.here.settings, card.here.type_and_count]))


def get_key_version(card: "Card", code: int, data: bytes) -> Reply:
    return Reply(bytes([card.here.key(data[0]).shown_version]))


COMMANDS: dict[int, Command] = {
    0x60: Command(get_version),
    0x51: Command(get_card_uid),
    0x6E: Command(free_memory),
    0x6A: Command(get_application_ids),
    0x5A: Command(select_application, 3, 3),
    0xCA: Command(create_application, 5, 23),
    0xDA: Command(delete_application, 3, 3),
    0xFC: Command(format_picc),
    0x45: Command(get_key_settings),
    0x64: Command(get_key_version, 1, 1),
    0x54: Command(key_changes.change_key_settings, 8, 16, opens_itself=True),
    0xC4: Command(key_changes.change_key, 17, 41, opens_itself=True),
    authentication.LEGACY: Command(authentication.begin, 1, 1),
    authentication.ISO: Command(authentication.begin, 1, 1),
    authentication.AES: Command(authentication.begin, 1, 1),
    0xCD: Command(data_files.create_standard_file, 7, 9),
    0xDF: Command(data_files.delete_file, 1, 1),
    0x6F: Command(data_files.get_file_ids),
    0xF5: Command(data_files.get_file_settings, 1, 1),
    0xBD: Command(data_files.read_data, 7, 7),
    0x3D: Command(data_files.write_data, 7, None, total=data_files.write_total, opens_itself=True),
}
