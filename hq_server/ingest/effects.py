"""What follows from booked events, kind by kind: value that came home, grants that were taken, members, alarms."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hq_server.alarms.store import raise_alarm
from hq_server.db import tell
from hq_server.fleet import store as fleet
from hq_server.floats import moves
from hq_server.floats import rules as float_rules
from hq_server.floats import store as float_store
from hq_server.ingest.rules import Told, key_number
from hq_server.ledger import journal
from hq_server.ledger.book import Book
from hq_server.members import joining
from hq_server.members import store as members
from hq_server.outbox.post import Post
from hq_server.sealing import Sealer
from protocol.ledger.credits import Pending, confirm
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Holding


@dataclass
class Tools:
    """What booking needs beside the database: the pen, the sealer, and witness keys once opened."""

    post: Post
    sealer: Sealer
    _witness_keys: dict[tuple[str, int], bytes | None] = field(default_factory=dict)

    def witness_key(self, connection: Connection, told: Told) -> bytes | None:
        """The key that a request was sealed with, or None if head office never made one of that number."""
        if told.event.request is None or not told.event.frame:
            return None
        name = (told.event.request.terminal, key_number(told.event.frame))
        if name not in self._witness_keys:
            sealed = fleet.sealed_witness_key(connection, *name)
            if sealed is None:
                return None
            self._witness_keys[name] = self.sealer.open(f"{name[0]}/{name[1]}/witness", sealed)
        return self._witness_keys[name]


@dataclass
class Scene:
    """One event with everything an effect may need."""

    connection: Connection
    tools: Tools
    book: Book
    store: str
    number: int
    told: Told
    now_s: int


def follow(
    connection: Connection, tools: Tools, book: Book, store_code: str, booked: list[tuple[int, Told]], now_s: int
) -> set[str]:
    """Runs the effects of booked events in order; the accounts whose balances or places changed."""
    accounts: set[str] = set()
    _remember_shoppers(connection, tools, store_code, booked, now_s)
    for number, told in booked:
        if told.event.kind in EFFECTS:
            EFFECTS[told.event.kind](Scene(connection, tools, book, store_code, number, told, now_s))
        accounts |= {line.party for one in told.entries for line in (one.debit, one.credit) if line.book == "member"}
    if any(one.credit.book in ("right_used", "right") for _, told in booked for one in told.entries):
        book.save()  # refilling reads the balances
        moves.refill_rights(connection, tools.post, store_code, now_s)
    return accounts


def _remember_shoppers(
    connection: Connection, tools: Tools, store_code: str, booked: list[tuple[int, Told]], now_s: int
) -> None:
    """Who was here, how often, and what they usually pay from stored value: once per member and batch."""
    seen: dict[str, list[Told]] = {}
    for _, told in booked:
        if told.event.kind in ("sale", "top_up") and told.event.account:
            seen.setdefault(told.event.account, []).append(told)
    for account, events in seen.items():
        member = joining.meet(connection, tools.post, account, store_code, now_s)
        members.add_visit(connection, account, store_code, now_s, len(events))
        usual_cents = member.usual_cents
        for paid in filter(None, map(_stored_cents, events)):
            usual_cents = float_rules.usual(usual_cents, paid)
        sales = member.sales + sum(told.event.kind == "sale" for told in events)
        members.set_member(connection, account, usual_cents=usual_cents, sales=sales)


def _stored_cents(told: Told) -> int:
    """What a sale took from stored value."""
    paid = told.event.tenders
    return paid.get("principal", 0) + paid.get("bonus", 0) if told.event.kind == "sale" else 0


def _sale(scene: Scene) -> None:
    """Points that the store had no right left to credit are credited to the pool."""
    event = scene.told.event
    if not event.pending_points or not event.account:
        return
    transfer = (event.transfer or "") + "/points"
    pending = Pending(
        event.account, scene.store, event.pending_points, event.at_s, event.points_expire or ""
    )
    booking = confirm(Holding(pending.account, HQ), transfer, pending, 1)
    journal.write(
        scene.connection, scene.book, "points_confirmed", transfer, pending.account, booking.entries, scene.now_s
    )
    joining.add_lots(scene.connection, pending.account, booking.holding.slices, transfer)


def _grant_taken(scene: Scene) -> None:
    if scene.told.event.grant:
        moves.grant_answered(scene.connection, scene.book, scene.told.event.grant, True, scene.now_s)


def _grant_tombstone(scene: Scene) -> None:
    if scene.told.event.grant:
        moves.grant_answered(scene.connection, scene.book, scene.told.event.grant, False, scene.now_s)


def _came_home(scene: Scene) -> None:
    event = scene.told.event
    returned = moves.came_home(
        scene.connection, scene.book, scene.store, event.transfer or "", scene.told.entries, scene.now_s
    )
    if event.recall:
        float_store.answered(scene.connection, event.recall, sum(returned.values()))
        tell(scene.connection, moves.topic(event.account or ""))


def _right_taken(scene: Scene) -> None:
    if scene.told.event.grant:
        float_store.set_right_grant(scene.connection, scene.told.event.grant, "taken")


def _member_joined(scene: Scene) -> None:
    event = scene.told.event
    if event.account:
        joining.meet(
            scene.connection, scene.tools.post, event.account, scene.store, scene.now_s, event.card or "",
            event.display or "",
        )


def _alarm(scene: Scene) -> None:
    event = scene.told.event
    detail = " ".join(str(part) for part in (event.detail, event.about) if part)
    raise_alarm(
        scene.connection, (event.reason or "alarm")[:32], scene.store, detail, scene.now_s, event.terminal or ""
    )


EFFECTS: dict[str, Callable[[Scene], None]] = {
    "sale": _sale,
    "grant_taken": _grant_taken,
    "grant_tombstone": _grant_tombstone,
    "float_returned": _came_home,
    "recall_answered": _came_home,
    "right_taken": _right_taken,
    "member_joined": _member_joined,
    "alarm": _alarm,
}

