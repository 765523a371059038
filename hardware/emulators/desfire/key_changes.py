"""ChangeKey and ChangeKeySettings: the two commands whose own data is always enciphered."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import crypto, keys
from hardware.emulators.desfire.application import (
    CHANGE_FROZEN,
    CHANGE_SAME_KEY,
    MASTER_CHANGEABLE,
    SETTINGS_CHANGEABLE,
)
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.reply import Reply
from hardware.emulators.desfire.session import NoSession, Session, open_sealed
from hardware.emulators.desfire.status import (
    AUTHENTICATION_ERROR,
    INTEGRITY_ERROR,
    LENGTH_ERROR,
    NO_SUCH_KEY,
    PARAMETER_ERROR,
    PERMISSION_DENIED,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card


def change_key_settings(card: "Card", code: int, data: bytes) -> Reply:
    require(card.session.key_no == 0, AUTHENTICATION_ERROR)
    settings = open_sealed(card.session, bytes([code]), data, 1)
    require(bool(card.here.settings & SETTINGS_CHANGEABLE), PERMISSION_DENIED)
    card.here.settings = settings[0]
    return Reply()


def change_key(card: "Card", code: int, data: bytes) -> Reply:
    """Key number (with the cipher in bits 6-7 for the card's master key), then the sealed new key."""
    session = card.session
    require(session.key_no is not None, AUTHENTICATION_ERROR)
    number, kind = _numbered(card, data[0])
    _require_allowed(card, number)
    own = session.key_no == number
    key, rest = _opened(session, code, data, kind)
    if own:
        require(not any(rest), INTEGRITY_ERROR)
        card.session = NoSession()
    else:
        key = Key(kind, crypto.xor(key.value, card.here.key(number).value), key.version)
        check = session.crc(b"", key.value)
        require(rest[: len(check)] == check and not any(rest[len(check) :]), INTEGRITY_ERROR)
    card.here.keys[number] = key
    if card.here is card.level:
        card.level.kind = kind
    return Reply()


def _numbered(card: "Card", byte: int) -> tuple[int, str]:
    """Key number and the cipher the new key will have."""
    if card.here is not card.level:
        require(byte < len(card.here.keys), NO_SUCH_KEY)
        return byte, card.here.kind
    require(byte & 0x3F == 0, NO_SUCH_KEY)
    require(byte & 0xC0 in keys.KIND_OF_BITS, PARAMETER_ERROR)
    return 0, keys.KIND_OF_BITS[byte & 0xC0]


def _require_allowed(card: "Card", number: int) -> None:
    """The master key by itself; any other by the change key of the settings, by itself, or not at all."""
    level, held = card.here, card.session.key_no
    if number == 0:
        require(bool(level.settings & MASTER_CHANGEABLE), PERMISSION_DENIED)
        require(held == 0, AUTHENTICATION_ERROR)
        return
    rule = level.change_key_no
    require(rule != CHANGE_FROZEN, PERMISSION_DENIED)
    wanted = number if rule == CHANGE_SAME_KEY else 0 if rule == number else rule
    require(held == wanted, AUTHENTICATION_ERROR)


def _opened(session: Session, code: int, data: bytes, kind: str) -> tuple[Key, bytes]:
    """The key as sent (plain, or xored with the old one), and what follows its checksum."""
    size = crypto.KEY_BYTES[kind] + (1 if kind == crypto.AES else 0)
    plain, rest = session.opened(bytes([code, data[0]]), data[1:], size)
    require(len(plain) == size, LENGTH_ERROR)
    value, version = plain[: crypto.KEY_BYTES[kind]], plain[crypto.KEY_BYTES[kind] :]
    return Key(kind, value, version[0] if version else 0), rest
