"""Bodies about cards."""

from typing import Annotated

from msgspec import Meta, Struct

Reason = Annotated[str, Meta(max_length=64)]
KeySets = Annotated[str, Meta(pattern=r"^(\d{1,3}:\d{1,3}( \d{1,3}:\d{1,3})*)?$", max_length=40)]


class NewCard(Struct):
    """A card for a member, and the key sets that it was made with, where that is known ('1:3 2:1')."""

    card: str
    account: str
    key_sets: KeySets = ""


class CardChange(Struct):
    """active or blocked, and why."""

    status: str
    reason: Reason = ""


class Replacement(Struct):
    """The card that takes another one's place, and why."""

    card: str
    reason: Reason = ""
    key_sets: KeySets = ""


class Return(Struct):
    """A card that was handed in; pay_out asks for the account to be paid out and closed: somebody else agrees."""

    reason: Reason = ""
    pay_out: bool = False


class KeySetsOfCard(Struct):
    """The key sets that a card has now."""

    key_sets: KeySets
