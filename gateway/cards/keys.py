"""The chain's card keys, and the key of one card from them (NXP AN10922, AES-128).

A key set is one master key for one purpose, with a number: what lies on cards is only its diversified form, so an
opened card gives away nothing but itself. A store holds the sets of its own region; the rest belongs to the desk.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from gateway.cards.ciphers import BlockCipher
from protocol import card
from protocol.errors import Ours

KEY_BYTES = 16
MESSAGE_BYTES_MAX = 31  # AN10922, 2.2: constant and message fill at most two blocks
PICC_AID = 0
MASTER, PICC = 0, 255  # purposes beside the regions 1..4: the application's master key, the card's own
REGIONS = range(1, card.REGIONS + 1)
PURPOSES = (MASTER, *REGIONS, PICC)
NUMBER_MAX = 255
SETS_MAX = 4  # of one purpose: a store tries them in turn while a card is in the field
STAMP = 0x80  # added to a region's number where its stamp key is meant


class Diversifier(Protocol):
    """All that proving a card asks of a master key: a PKCS#11 token or a SAM AV3 may stand here instead of a KeySet."""

    @property
    def purpose(self) -> int: ...

    @property
    def number(self) -> int: ...

    def diversified(self, message: bytes) -> bytes:
        """AN10922 2.2.1: CMAC over 01 + message, always two blocks; message of 1 to 31 bytes."""
        ...


class Held(Protocol):
    """The master keys of one store: in a file here (ChainKeys), in hardware elsewhere."""

    @property
    def issuer(self) -> int: ...

    @property
    def sets(self) -> Sequence[Diversifier]:
        """Those of one region, the newest first."""
        ...


class KeySet(NamedTuple):
    """One master key. purpose: a region, MASTER or PICC; number: 1..255, also the key's version on the cards."""

    purpose: int
    number: int
    key: bytes

    def diversified(self, message: bytes) -> bytes:
        """As Diversifier has it."""
        return diversify(self.key, message)

    def __repr__(self) -> str:
        return f"KeySet({self.purpose}, {self.number}, ...)"  # keys never reach a log


class ChainKeys(NamedTuple):
    """All key sets that somebody holds of an issuer, of each purpose the newest first."""

    issuer: int
    sets: tuple[KeySet, ...]

    def of(self, purpose: int) -> tuple[KeySet, ...]:
        """The sets of one purpose, the newest first."""
        return tuple(one for one in self.sets if one.purpose == purpose)

    def newest(self, purpose: int) -> KeySet:
        """What new cards are made with. Raises Ours when this holder has none."""
        found = self.of(purpose)
        if not found:
            raise Ours("malformed", f"no keys for purpose {purpose} here")
        return found[0]

    def for_store(self, region: int = 1) -> "ChainKeys":
        """What a store of a region may hold."""
        if region not in REGIONS:
            raise Ours("malformed", f"region {region}")
        return ChainKeys(self.issuer, self.of(region))

    def rolled(self, purpose: int, random_bytes: Callable[[int], bytes]) -> "ChainKeys":
        """With one more set of a purpose. Raises Ours when there are as many as a store tries."""
        before = self.of(purpose)
        if len(before) >= SETS_MAX:
            raise Ours("malformed", f"{SETS_MAX} key sets are the most a store tries: withdraw the oldest first")
        made = KeySet(purpose, before[0].number + 1, random_bytes(KEY_BYTES))
        return ChainKeys(self.issuer, (made, *self.sets))

    def without(self, purpose: int, number: int) -> "ChainKeys":
        """Cards of that set are strangers from now on. Raises Ours for the newest or an unknown one."""
        if number not in [one.number for one in self.of(purpose)[1:]]:
            raise Ours("malformed", f"key set {number} of purpose {purpose} is the newest, or unknown")
        gone = {(purpose, number)}
        return ChainKeys(self.issuer, tuple(one for one in self.sets if (one.purpose, one.number) not in gone))


def make_chain_keys(issuer: int, random_bytes: Callable[[int], bytes]) -> ChainKeys:
    """Set 1 of every purpose."""
    return ChainKeys(issuer, tuple(KeySet(purpose, 1, random_bytes(KEY_BYTES)) for purpose in PURPOSES))


def key_on_card(keys: Diversifier, uid: bytes) -> bytes:
    """The key that this card has from a set: message = UID + AID + "TAPWELL" + key number."""
    if keys.purpose == PICC:
        return keys.diversified(_message(uid, PICC_AID, 0))
    return keys.diversified(_message(uid, card.AID, keys.purpose))


def stamp(keys: Diversifier, uid: bytes, identity: bytes) -> bytes:
    """What makes an identity believed in a region: it was written by somebody who holds that region's keys."""
    made = BlockCipher(keys.diversified(_message(uid, card.AID, STAMP | keys.purpose))).cmac(identity)
    return made[: card.STAMP_SIZE]


def _message(uid: bytes, aid: int, number: int) -> bytes:
    return uid + aid.to_bytes(3, "big") + card.SYSTEM + bytes([number])


def diversify(master: bytes, message: bytes) -> bytes:
    """AN10922 2.2.1: CMAC over 01 + message, always two blocks. Raises Ours for a message of 0 or over 31 bytes."""
    if len(master) != KEY_BYTES or not 1 <= len(message) <= MESSAGE_BYTES_MAX:
        raise Ours("malformed", "key or diversification input has the wrong length")
    return BlockCipher(master).cmac(b"\x01" + message, width=2 * KEY_BYTES)
