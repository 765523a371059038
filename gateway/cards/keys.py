"""The chain's card keys, and the key of one card made from them (NXP AN10922, AES-128).

A key set has three master keys; what lies on a card is only ever their diversified form, so an opened card gives away
nothing but itself. Stores hold `identify` alone; `master` and `picc` belong to head office and the issuing desk.
"""

from typing import NamedTuple

from gateway.cards.ciphers import BlockCipher
from protocol import card
from protocol.errors import Ours

KEY_BYTES = 16
MESSAGE_BYTES_MAX = 31  # AN10922, 2.2: constant and message fill at most two blocks
PICC_AID = 0


class KeySet(NamedTuple):
    """Master keys of one number; the number is also the key version on the cards made with it."""

    number: int
    identify: bytes
    master: bytes = b""
    picc: bytes = b""

    def __repr__(self) -> str:
        return f"KeySet({self.number}, ...)"  # keys never reach a log


class ChainKeys(NamedTuple):
    """All key sets of an issuer, the newest first: it is the one new cards are made with."""

    issuer: int
    sets: tuple[KeySet, ...]

    def for_store(self) -> "ChainKeys":
        """What a store may hold."""
        return ChainKeys(self.issuer, tuple(KeySet(one.number, one.identify) for one in self.sets))


def make_key_set(number: int, random_bytes) -> KeySet:
    """Fresh master keys. number: 1..255."""
    if not 1 <= number <= 255:
        raise Ours("malformed", f"key set {number}")
    return KeySet(number, *(random_bytes(KEY_BYTES) for _ in range(3)))


def identify_key(keys: KeySet, uid: bytes) -> bytes:
    """Key 1 of this card's application."""
    return card_key(keys.identify, uid, card.AID, card.KEY_IDENTIFY)


def master_key(keys: KeySet, uid: bytes) -> bytes:
    """Key 0 of this card's application."""
    return card_key(keys.master, uid, card.AID, card.KEY_MASTER)


def picc_key(keys: KeySet, uid: bytes) -> bytes:
    """Key 0 of the card itself."""
    return card_key(keys.picc, uid, PICC_AID, 0)


def card_key(master: bytes, uid: bytes, aid: int, number: int) -> bytes:
    """The diversified key: message = UID + AID + "TAPWELL" + key number."""
    return diversify(master, uid + aid.to_bytes(3, "big") + card.SYSTEM + bytes([number]))


def diversify(master: bytes, message: bytes) -> bytes:
    """AN10922 2.2.1: CMAC over 01 + message, always two blocks. Raises Ours for a message of 0 or over 31 bytes."""
    if len(master) != KEY_BYTES or not 1 <= len(message) <= MESSAGE_BYTES_MAX:
        raise Ours("malformed", "key or diversification input has the wrong length")
    return BlockCipher(master).cmac(b"\x01" + message, width=2 * KEY_BYTES)
