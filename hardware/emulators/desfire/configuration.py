"""What the card says of itself, and SetConfiguration: random UID, no formatting, default key, ATS."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.emulators.desfire import crypto
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.session import ENCIPHERED, open_sealed
from hardware.emulators.desfire.status import (
    AUTHENTICATION_ERROR,
    INTEGRITY_ERROR,
    LENGTH_ERROR,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

SWITCHES, DEFAULT_KEY, ATS = 0x00, 0x01, 0x02
FORMAT_DISABLED, RANDOM_UID = 0x01, 0x02
DEFAULT_KEY_BYTES = 24
ATS_BYTES_MAX = 20


@dataclass(frozen=True)
class Generation:
    """Which DESFire it is; version bytes as its chips report them."""

    name: str
    hardware: bytes
    software: bytes
    ev2: bool


EV1 = Generation("ev1", bytes.fromhex("04010101001a05"), bytes.fromhex("04010101041a05"), False)
EV2 = Generation("ev2", bytes.fromhex("04010112001a05"), bytes.fromhex("04010102011a05"), True)
GENERATIONS = {one.name: one for one in (EV1, EV2)}


def get_version(card: "Card", code: int, data: bytes) -> Reply:
    """A card with random UID does not tell its own here."""
    uid = bytes(len(card.uid)) if card.switches & RANDOM_UID else card.uid
    tail = uid + card.batch + card.made
    return Reply(card.generation.hardware + card.generation.software + tail, frames=(7, 7))


def get_card_uid(card: "Card", code: int, data: bytes) -> Reply:
    require(card.session.key_no is not None, AUTHENTICATION_ERROR)
    return Reply(card.uid, mode=ENCIPHERED)


def free_memory(card: "Card", code: int, data: bytes) -> Reply:
    return Reply(card.free_bytes().to_bytes(3, "little"))


def set_configuration(card: "Card", code: int, data: bytes) -> Reply:
    """Option, then its value enciphered; only the card's master key may."""
    require(card.here is card.level, PERMISSION_DENIED)
    require(card.session.key_no == 0, AUTHENTICATION_ERROR)
    head, rest = bytes([code, data[0]]), data[1:]
    if data[0] == SWITCHES:
        card.switches |= open_sealed(card.session, head, rest, 1)[0] & (FORMAT_DISABLED | RANDOM_UID)  # no way back
    elif data[0] == DEFAULT_KEY:
        given = open_sealed(card.session, head, rest, DEFAULT_KEY_BYTES + 1)
        card.default_key = (given[:DEFAULT_KEY_BYTES], given[DEFAULT_KEY_BYTES])
    else:
        require(data[0] == ATS, PARAMETER_ERROR)
        ats, extra = card.session.opened(head, rest, None)
        require(not extra, INTEGRITY_ERROR)
        require(1 <= len(ats) <= ATS_BYTES_MAX and ats[0] == len(ats), LENGTH_ERROR)
        card.ats = ats
    return Reply()


def starting_keys(card: "Card", kind: str, count: int) -> list[Key]:
    """Keys of a new application: the default key as far as its kind is long."""
    value, version = card.default_key
    return [Key(kind, value[: crypto.KEY_BYTES[kind]], version) for _ in range(count)]
