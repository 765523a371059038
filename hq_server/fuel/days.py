"""A card's day over all stores: asked for at a hold, promised, ended by what the store's events say.

    ask     left = limit - other stores' holds - this store's, promised to this hold, told with the wish's grants
    follow  the sale of a hold: what was had, and nothing more once it is the last; hold_ended: nothing at all
            day_kept: what a store says to have been promised by a head office that is gone

Nothing ends by a clock: a promise to a store that is silent stays until it speaks, or its day is over. Cards that took
each other's place count as one. A head office that was restored promises nothing of a day of which another store may
have some, until that store has reported or two people have set it aside.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from hq_server.fuel import rules, store
from hq_server.fuel.schemas import FuelAsked
from hq_server.ingest.rules import Batch, Told
from hq_server.outbox.post import Post
from hq_server.recovery import store as recovery

KINDS = ("sale", "testified", "hold_ended", "day_kept", "salvaged")


class Fuel(msgspec.Struct):
    """What a sale says of a fill."""

    card: str = ""
    day: str = ""
    ml: int = 0
    amount_cents: int = 0
    last: bool = True


class Said(msgspec.Struct):
    """Members of an event line that bear on a card's day. A salvaged one carries the line of its own life in `line`."""

    kind: str = ""
    line: str | None = None
    transfer: str | None = None
    hold: str | None = None
    card: str | None = None
    day: str | None = None
    ml: int = 0
    cents: int = 0
    fuel: Fuel | None = None


_said = msgspec.json.Decoder(Said).decode


def ask(connection: Connection, post: Post, code: str, asked: FuelAsked, now_s: int) -> int:
    """Promises what is left of a card's day to a hold, and tells the store; the message's number, 0 for nothing said.

    Asked again under the same hold it answers with what it promised then.
    """
    row = store.limit_row(connection, asked.card)
    if row is None or row.shares or not (row.day_ml or row.day_cents):
        return 0
    known = store.day_hold_row(connection, asked.hold)
    if known is not None and known.status != "open":
        return 0
    card = row.stands_for or row.card
    by_store = store.day_by_store(connection, card, asked.day, asked.hold)
    here = by_store.pop(code, (0, 0))
    others = sum(ml for ml, _ in by_store.values()), sum(cents for _, cents in by_store.values())
    if known is None:
        free = rules.left((row.day_ml, row.day_cents), others, here, (asked.here_ml, asked.here_cents))
        ml, cents = (_least(asked.ml, free.ml), _least(asked.cents, free.cents))
        if _may_have_forgotten(connection, code, asked.day):
            ml = cents = 0
        store.put_day_hold(
            connection, asked.hold, card=card, day=asked.day, store=code, ml=ml, cents=cents, status="open",
            at_s=now_s,
        )  # fmt: skip
    else:
        ml, cents = known.ml, known.cents
    # it names no account: the hold goes on when the answer to its whole wish has come, value and all
    told: dict[str, Any] = {"hold": asked.hold, "card": asked.card, "day": asked.day}
    told |= {"ml": ml if row.day_ml else None, "cents": cents if row.day_cents else None}
    told |= {"elsewhere_ml": others[0], "elsewhere_cents": others[1]}
    return post.send(connection, code, "fuel_allowed", told, row.account)


def follow(connection: Connection, code: str, batch: Batch, now_s: int) -> None:
    """What the events of a store say of cards' days. Told again it says the same."""
    for told in batch.events:
        if told.event.kind in KINDS and (told.event.hold or told.event.line):
            _follow(connection, code, _said_by(told), now_s)


def _said_by(told: Told) -> Said:
    said = _said(told.raw)
    return _said(said.line) if said.kind == "salvaged" and said.line else said


def _follow(connection: Connection, code: str, said: Said, now_s: int) -> None:
    if said.kind == "hold_ended":
        _end(connection, code, said.hold or "", said.card or "", said.day or "", now_s)
    elif said.kind == "day_kept":
        _keep(connection, code, said, now_s)
    elif said.fuel is not None:
        _had(connection, code, said, said.fuel, now_s)


def _had(connection: Connection, code: str, said: Said, fuel: Fuel, now_s: int) -> None:
    """A fill counts to the day that it names; one of a store that had lost its memory, to that of its promise."""
    card, day = fuel.card, fuel.day
    promised = None if day else store.day_hold_row(connection, said.hold or "")
    if promised is not None:
        card, day = promised.card, promised.day
    if not day:
        return
    had = {"card": store.counts_as(connection, card), "day": day, "store": code}
    had |= {"ml": fuel.ml, "cents": fuel.amount_cents}
    store.put_day_hold(connection, said.transfer or "", **had, status="done", at_s=now_s)
    if fuel.last:
        _end(connection, code, said.hold or "", card, day, now_s)
    _check(connection, card, day, now_s)


def _keep(connection: Connection, code: str, said: Said, now_s: int) -> None:
    """What was promised to a hold, and forgotten since; one that is known here is left as it is."""
    if store.day_hold_row(connection, said.hold or "") is None:
        kept = {"card": store.counts_as(connection, said.card or ""), "day": said.day or "", "store": code}
        kept |= {"ml": said.ml, "cents": said.cents}
        store.put_day_hold(connection, said.hold or "", **kept, status="open", at_s=now_s)


def _may_have_forgotten(connection: Connection, code: str, day: str) -> bool:
    office = recovery.the_office(connection)
    unheard = [row.store for row in recovery.awaited_rows(connection) if row.status == "awaited"]
    return rules.may_have_forgotten(day, office.began_at_s if office else 0, unheard, code)


def _end(connection: Connection, code: str, hold: str, card: str, day: str, now_s: int) -> None:
    """Nothing more comes of a hold; the row stays, so that a question that arrives late is promised nothing."""
    card = store.counts_as(connection, card)
    values = {"card": card, "day": day, "store": code, "ml": 0, "cents": 0, "status": "ended", "at_s": now_s}
    store.put_day_hold(connection, hold, **values)


def _check(connection: Connection, card: str, day: str, now_s: int) -> None:
    """Writes down what exceeds the limit that counts now."""
    row = store.limit_row(connection, card)
    if row is None or not (row.day_ml or row.day_cents):
        return
    card = row.stands_for or row.card
    by_store = store.had(connection, card, day)
    ml, cents = sum(one[0] for one in by_store.values()), sum(one[1] for one in by_store.values())
    if (row.day_ml and ml > row.day_ml) or (row.day_cents and cents > row.day_cents):
        store.put_excess(connection, card, day, **_excess(row, by_store, ml, cents), at_s=now_s)


def _excess(row: Row, by_store: dict[str, tuple[int, int]], ml: int, cents: int) -> dict:
    stores = " ".join(by_store)[:64]
    limit = {"day_ml": row.day_ml, "day_cents": row.day_cents}
    return {"account": row.account, "ml": ml, "cents": cents, "stores": stores, **limit}


def _least(wanted: int, most: int | None) -> int:
    return wanted if most is None else min(wanted, most)
