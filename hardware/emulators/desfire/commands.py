"""The card's commands: a table of code -> what runs, how long its data may be, how it is protected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardware.emulators.desfire import (
    authentication,
    configuration,
    data_files,
    key_changes,
    keys,
    value_files,
)
from hardware.emulators.desfire.application import CREATION_FREE, LISTING_FREE, Application
from hardware.emulators.desfire.authentication import Challenge
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.rules import require_master
from hardware.emulators.desfire.session import OWN, PLAIN
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
WITH_FILE_IDS = 0x20  # files of this application have ISO file identifiers


def own_mode(card: "Card", data: bytes) -> int:
    """A command of which only the session says how it travels."""
    return OWN


def plain_mode(card: "Card", data: bytes) -> int:
    """A command that begins a session or ends it."""
    return PLAIN


@dataclass(frozen=True)
class Command:
    """`total(card, data)`: bytes of data to wait for, over several frames; `opens_itself`: the data is sealed;
    `mode(card, data)`: how a command without data of a file travels."""

    run: Callable[["Card", int, bytes], "Reply | Challenge"]
    least_bytes: int = 0
    most_bytes: int | None = 0
    total: Callable[["Card", bytes], int] | None = field(default=None)
    opens_itself: bool = False
    mode: Callable[["Card", bytes], int] = own_mode


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
    require(aid not in card.applications and not _names_taken(card, data[5:7], data[7:]), DUPLICATE_ERROR)
    require(len(card.applications) < APPLICATIONS_MAX, COUNT_ERROR)
    starting = configuration.starting_keys(card, keys.KIND_OF_BITS[kind], count)
    made = Application(keys.KIND_OF_BITS[kind], starting, settings, name=data[7:], iso_id=data[5:7])
    require(made.memory_bytes <= card.free_bytes(), OUT_OF_MEMORY)
    card.applications[aid] = made
    return Reply()


def _names_taken(card: "Card", iso_id: bytes, name: bytes) -> bool:
    others = card.applications.values()
    return any((iso_id and app.iso_id == iso_id) or (name and app.name == name) for app in others)


def delete_application(card: "Card", code: int, data: bytes) -> Reply:
    """With the card's master key, or from inside with the application's own where the card allows it."""
    aid = int.from_bytes(data, "little")
    require(aid in card.applications, APPLICATION_NOT_FOUND)
    inside = card.selected_aid == aid and bool(card.level.settings & CREATION_FREE)
    require(inside or card.here is card.level, PERMISSION_DENIED)
    require(card.session.key_no == 0, AUTHENTICATION_ERROR)
    if inside:
        card.select(0)
    del card.applications[aid]
    return Reply()


def get_df_names(card: "Card", code: int, data: bytes) -> Reply:
    """AID 3, ISO file id 2, name: one application per frame."""
    require(card.here is card.level, PERMISSION_DENIED)
    require_master(card, card.level, LISTING_FREE)
    named = [(aid, app) for aid, app in card.applications.items() if app.iso_id]
    listed = [aid.to_bytes(3, "little") + app.iso_id + app.name for aid, app in named]
    return Reply(b"".join(listed), frames=tuple(len(one) for one in listed[:-1]))


def format_picc(card: "Card", code: int, data: bytes) -> Reply:
    require(card.here is card.level and card.session.key_no == 0, AUTHENTICATION_ERROR)
    require(not card.switches & configuration.FORMAT_DISABLED, PERMISSION_DENIED)
    card.applications.clear()
    return Reply()


def get_key_settings(card: "Card", code: int, data: bytes) -> Reply:
    require_master(card, card.here, LISTING_FREE)
    return Reply(bytes([card.here.settings, card.here.type_and_count]))


def get_key_version(card: "Card", code: int, data: bytes) -> Reply:
    return Reply(bytes([card.here.key(data[0]).shown_version]))


READ_DATA = Command(data_files.read_data, 7, 7, mode=data_files.reading_mode)
WRITE_DATA = Command(data_files.write_data, 7, None, total=data_files.write_data_total, opens_itself=True)
READ_RECORDS = Command(value_files.read_records, 7, 7, mode=data_files.reading_mode)
WRITE_RECORD = Command(data_files.write_data, 7, None, total=data_files.write_record_total, opens_itself=True)
CHANGE_VALUE = Command(value_files.change_value, 5, 25, opens_itself=True)
AUTHENTICATE = Command(authentication.begin, 1, 1, mode=plain_mode)

COMMANDS: dict[int, Command] = {
    0x60: Command(configuration.get_version),
    0x51: Command(configuration.get_card_uid),
    0x6E: Command(configuration.free_memory),
    0x5C: Command(configuration.set_configuration, 9, 57, opens_itself=True),
    0x6A: Command(get_application_ids),
    0x6D: Command(get_df_names),
    0x5A: Command(select_application, 3, 3, mode=plain_mode),
    0xCA: Command(create_application, 5, 23),
    0xDA: Command(delete_application, 3, 3),
    0xFC: Command(format_picc),
    0x45: Command(get_key_settings),
    0x64: Command(get_key_version, 1, 1),
    0x54: Command(key_changes.change_key_settings, 8, 24, opens_itself=True),
    0xC4: Command(key_changes.change_key, 17, 49, opens_itself=True),
    authentication.LEGACY: AUTHENTICATE,
    authentication.ISO: AUTHENTICATE,
    authentication.AES: AUTHENTICATE,
    authentication.EV2_FIRST: Command(authentication.begin_ev2, 2, 8, mode=plain_mode),
    authentication.EV2_NON_FIRST: Command(authentication.begin_ev2, 1, 1, mode=plain_mode),
    **{code: Command(data_files.create_file, 7, 19) for code in data_files.CREATES},
    0xDF: Command(data_files.delete_file, 1, 1),
    0x6F: Command(data_files.get_file_ids),
    0x61: Command(data_files.get_iso_file_ids),
    0xF5: Command(data_files.get_file_settings, 1, 1),
    0x5F: Command(data_files.change_file_settings, 4, 33, opens_itself=True),
    0xBD: READ_DATA,
    0x3D: WRITE_DATA,
    0xBB: READ_RECORDS,
    0x3B: WRITE_RECORD,
    0xEB: Command(value_files.clear_records, 1, 1),
    0x6C: Command(value_files.get_value, 1, 1, mode=value_files.getting_mode),
    value_files.CREDIT: CHANGE_VALUE,
    value_files.DEBIT: CHANGE_VALUE,
    value_files.LIMITED_CREDIT: CHANGE_VALUE,
    0xC7: Command(value_files.commit),
    0xA7: Command(value_files.abort),
}
# The numbers that DESFire Light has for the same commands; EV2 knows both.
LIGHT = {0xAD: READ_DATA, 0x8D: WRITE_DATA, 0xAB: READ_RECORDS, 0x8B: WRITE_RECORD}
