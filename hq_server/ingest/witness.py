"""What a terminal itself has said of its request: its seal (witness), and whether the event tells the same."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from hq_server.ingest.rules import MONEY_KINDS, Told
from protocol import codec, topics


class Words(Struct):
    """The members of a frame that are compared, of whatever type they are; it may have more."""

    k: Any = 0
    j: Any = None
    l: Any = None  # noqa: E741 (as the wire has it)
    n: Any = None
    account: Any = None
    amount_cents: Any = None
    total_cents: Any = None
    stored_cents: Any = None
    points: Any = None
    cash_cents: Any = None
    ml: Any = UNSET
    price_milli: Any = None


NOTHING = Words()
_words = msgspec.json.Decoder(Words)


def witness_of(told: Told, key_of: Callable[[str, int], bytes | None]) -> str:
    """Whether the terminal really asked for this: fits, bad, missing; '' where no request is answered.

    key_of(terminal, number) gives the key of that number, or None if head office never made one.
    """
    event = told.event
    asked, messages = event.request, MONEY_KINDS.get(event.kind)
    if asked is None or messages is None:
        return ""
    if not event.frame:
        return "missing"
    frame = event.frame.encode()
    said = _read(frame)
    key = key_of(asked.terminal, said.k if type(said.k) is int else 0)
    if key is None:
        return "missing"
    for message in messages:
        if codec.check_witness(topics.up(asked.terminal, message), frame, key):
            return "fits" if _says_the_same(told, said) else "bad"
    return "bad"


def _read(frame: bytes) -> Words:
    try:
        return _words.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOTHING


def _says_the_same(told: Told, said: Words) -> bool:
    """The terminal's own words name the same request, member and amounts as the event."""
    event, asked = told.event, told.event.request
    if asked is None or (said.j, said.l, said.n) != (asked.journal, asked.lane, asked.sequence):
        return False
    if event.kind not in ("sale", "top_up", "fill"):
        return True
    if (said.account or "") != (event.account or ""):
        return False
    if event.kind == "top_up":
        paid_in = sum([one.amount for one in told.entries if one.debit.book == "cash"])
        return said.amount_cents == event.tenders.get("principal", 0) == paid_in
    return _fuel_agrees(told, said) if said.ml is not UNSET else _amounts_agree(told, said)


def _amounts_agree(told: Told, said: Words) -> bool:
    """What the terminal showed and the customer agreed to is what the lines, tenders and entries say."""
    paid, moved = told.event.tenders, _moved(told)
    stored = moved.get(("member", "revenue"), 0) + moved.get(("offline_credit", "revenue"), 0)
    return (
        said.total_cents == sum([line.amount_cents for line in told.event.lines])
        and said.stored_cents == paid.get("principal", 0) + paid.get("bonus", 0) == stored
        and said.points == paid.get("points", 0) == moved.get(("member", "points_cost"), 0)
        and said.cash_cents == paid.get("cash", 0) == moved.get(("cash", "revenue"), 0)
    )


def _fuel_agrees(told: Told, said: Words) -> bool:
    """What the pump gave is what the first line and the entries say; less where people had said a part before."""
    event = told.event
    taken = sum(one.amount for one in told.entries if one.credit.book == "revenue")
    if event.kind == "sale" and taken != sum(line.amount_cents for line in event.lines):
        return False
    said_before_ml = event.fuel.said_ml if event.fuel else 0
    first = [(line.qty_milli + said_before_ml, line.price_milli) for line in event.lines[:1]]
    same = said_before_ml or [line.amount_cents for line in event.lines[:1]] == [said.amount_cents]
    return first == [(said.ml, said.price_milli)] and bool(same)


def _moved(told: Told) -> dict[tuple[str, str], int]:
    """(book of the debit, book of the credit) -> what the entries move between them."""
    moved: dict[tuple[str, str], int] = {}
    for _, _, debit, credit, amount in told.entries:
        way = (debit.book, credit.book)
        moved[way] = moved.get(way, 0) + amount
    return moved
