"""The identity file on a card: 32 bytes as protocol/card.py lays them out."""

from typing import NamedTuple

from protocol import card, ids
from protocol.errors import Ours, Theirs

OPERATOR_BYTES = 16
KINDS = {card.KIND_MEMBER: "member", card.KIND_STAFF: "staff"}
NUMBERS = {name: number for number, name in KINDS.items()}


class OnCard(NamedTuple):
    """What a card says of itself. party: account id, or operator number for kind 'staff'."""

    kind: str
    issuer: int
    party: str
    issued_at_s: int


def encode(on_card: OnCard) -> bytes:
    """The file's 32 bytes. Raises Ours for a party that does not fit."""
    head = bytes([card.LAYOUT, NUMBERS[on_card.kind]]) + on_card.issuer.to_bytes(2, "big")
    body = head + _party(on_card) + on_card.issued_at_s.to_bytes(8, "big")
    return body.ljust(card.IDENTITY_SIZE, b"\x00")


def decode(data: bytes) -> OnCard:
    """The inverse of encode. Raises Theirs('card_unreadable') for a layout that this version does not know."""
    if len(data) != card.IDENTITY_SIZE or data[0] != card.LAYOUT or data[1] not in KINDS:
        raise Theirs("card_unreadable", "layout " + data[:2].hex())
    kind, field = KINDS[data[1]], data[4:20]
    party = field.hex() if kind == "member" else _operator(field)
    return OnCard(kind, int.from_bytes(data[2:4], "big"), party, int.from_bytes(data[20:28], "big"))


def card_id(issuer: int, uid: bytes) -> str:
    """'<issuer, 4 hex>:<UID in upper-case hex>'."""
    return f"{issuer:04x}:{uid.hex().upper()}"


def _party(on_card: OnCard) -> bytes:
    if on_card.kind == "member":
        if not ids.is_account(on_card.party):
            raise Ours("malformed", "account " + on_card.party)
        return bytes.fromhex(on_card.party)
    raw = on_card.party.encode("ascii")
    if not 1 <= len(raw) <= OPERATOR_BYTES:
        raise Ours("malformed", "operator " + on_card.party)
    return raw.ljust(OPERATOR_BYTES, b"\x00")


def _operator(field: bytes) -> str:
    raw = field.rstrip(b"\x00")
    if not raw or not all(0x21 <= byte <= 0x7E for byte in raw):
        raise Theirs("card_unreadable", "operator " + field.hex())
    return raw.decode("ascii")
