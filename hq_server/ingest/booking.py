"""One batch, one transaction: events, entries, lines, tenders, balances, lots, cursor, and what follows from them.

Either all of it is booked or nothing. What a gateway may not write (value it does not hold, another store's lines,
a chain that forked) raises Violation: the caller fences that incarnation in a transaction of its own.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from hq_server.alarms.store import raise_alarm
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.floats.store import add_due
from hq_server.ingest import effects, rules, store
from hq_server.ingest.lots import add_opened_lots
from hq_server.ingest.rules import Batch, Told
from hq_server.ledger import store as books
from hq_server.ledger.book import Book
from protocol.errors import ProtocolError
from protocol.ledger.mirror import Overdrawn


class Violation(Exception):
    """A gateway wrote what it may not. `reason` is chain_broken or fenced, `detail` says which event and why."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Gap(Exception):
    """Events are missing before this batch: go on after `upto`."""

    def __init__(self, upto: int, head: str):
        super().__init__(upto)
        self.upto = upto
        self.head = head


@dataclass
class Booked:
    """How far the chain is booked, and how much of it was new."""

    upto: int
    head: str
    fresh: int = 0
    accounts: set[str] = field(default_factory=set)


def book_batch(connection: Connection, tools: effects.Tools, store_code: str, batch: Batch, now_s: int) -> Booked:
    """Books what is new of a batch. Raises Gap, Violation, HqError (unknown_incarnation, fenced: 409)."""
    life = _life(connection, store_code, batch.header.incarnation)
    fresh = _fresh(connection, life, batch)
    if not fresh:
        return Booked(life.cursor_seq, life.head)
    for told in fresh:
        problem = rules.foreign(store_code, told)
        if problem:
            raise Violation("fenced", f"event {told.event.seq}: {problem}")
    twins = _twins(connection, store_code, batch.header.incarnation, fresh)
    book = Book(connection)
    _post(connection, book, fresh, twins)
    numbers = _write(connection, tools, store_code, batch.header.incarnation, fresh, twins, now_s)
    booked = [(number, told) for number, told in zip(numbers, fresh, strict=True) if told.event.seq not in twins]
    add_opened_lots(connection, store_code, [told for _, told in booked])
    accounts = effects.follow(connection, tools, book, store_code, booked, now_s)
    book.save()
    add_due(connection, accounts, now_s)
    last = fresh[-1]
    receipt = _check_receipts(connection, life, fresh, now_s)
    fleet.set_incarnation(
        connection, life.incarnation, cursor_seq=last.event.seq, head=last.hash, last_receipt=receipt
    )
    return Booked(last.event.seq, last.hash, len(fresh), accounts)


def _life(connection: Connection, store_code: str, incarnation: str):
    life = fleet.incarnation_row(connection, incarnation)
    if life is None or life.store != store_code:
        raise HqError("unknown_incarnation", incarnation, 409)
    if life.status != "enrolled":
        raise HqError("fenced", life.reason or life.status, 409)
    return life


def _fresh(connection: Connection, life, batch: Batch) -> tuple[Told, ...]:
    """The events after the cursor, once the batch is known to continue the chain that is booked."""
    known = life.cursor_seq - batch.header.from_seq + 1
    if known < 0:
        raise Gap(life.cursor_seq, life.head)
    if known == 0:
        if batch.header.prev_hash != life.head:
            raise Violation("chain_broken", f"event {batch.header.from_seq} continues another chain")
        return batch.events
    last_known = batch.events[min(known, len(batch.events)) - 1]
    if store.hash_at(connection, life.incarnation, last_known.event.seq) != last_known.hash:
        raise Violation("chain_broken", f"event {last_known.event.seq} is booked with another content")
    return batch.events[known:]


def _twins(connection: Connection, store_code: str, incarnation: str, fresh: tuple[Told, ...]) -> dict[int, str]:
    """Sequence -> where the same request was booked before: salvaged events are kept but not booked again."""
    keys = [told.request_key for told in fresh if told.request_key]
    places = {
        key: f"{row.store}/{row.incarnation}/{row.seq}"
        for key, row in store.places_of_requests(connection, keys).items()
    }
    twins = {}
    for told in fresh:
        if told.request_key in places:
            twins[told.event.seq] = places[told.request_key]
        elif told.request_key:
            places[told.request_key] = f"{store_code}/{incarnation}/{told.event.seq}"
    return twins


def _post(connection: Connection, book: Book, fresh: tuple[Told, ...], twins: dict[int, str]) -> None:
    """Moves the amounts of every event, in order."""
    mine = [told for told in fresh if told.event.seq not in twins]
    book.load(line for told in mine for one in told.entries for line in (one.debit, one.credit))
    for told in mine:
        if told.event.kind == "void" and told.entries:
            _check_void(connection, told, fresh)
        try:
            book.post(told.entries)
        except Overdrawn as wrong:
            raise Violation("fenced", f"event {told.event.seq}: {wrong.detail}") from wrong
        except ProtocolError as wrong:
            raise Violation("fenced", f"event {told.event.seq}: {wrong}") from wrong


def _check_receipts(connection: Connection, life, fresh: tuple[Told, ...], now_s: int) -> int:
    """The last receipt number; a gap or a repeat is an alarm, for the tax office asks for every number once."""
    last = life.last_receipt
    for told in fresh:
        number = told.event.receipt
        if number is not None:
            if number != last + 1:
                detail = f"event {told.event.seq}: receipt {number} after {last}"
                raise_alarm(connection, "receipt_gap", life.store, detail, now_s)
            last = max(last, number)
    return last


def _check_void(connection: Connection, told: Told, fresh: tuple[Told, ...]) -> None:
    """A void takes back what its own request booked, in this batch or before."""
    booked = next((one.entries for one in fresh if one.request_key == told.request), None)
    if booked is None:
        row = store.places_of_requests(connection, [told.request]).get(told.request)
        booked = books.entries_of_event(connection, row.id) if row else ()
    line = rules.restored_too_much(told.entries, booked)
    if line:
        raise Violation("fenced", f"event {told.event.seq}: the void gives back more than was taken on {line}")


def _write(
    connection: Connection, tools, store_code: str, incarnation: str, fresh: tuple[Told, ...], twins, now_s: int
) -> list[int]:
    rows = []
    for told in fresh:
        row = _row(told, store_code, incarnation, twins.get(told.event.seq, ""), now_s)
        row["witness"] = rules.witness_of(told, tools.witness_key(connection, told))
        rows.append(row)
        if row["witness"] == "bad":
            tell = f"event {told.event.seq}: {told.request} was not said so by the terminal"
            raise_alarm(connection, "witness_bad", store_code, tell, now_s, row["terminal"])
        if row["duplicate_of"]:
            tell = f"event {told.event.seq} repeats {row['duplicate_of']}"
            raise_alarm(connection, "duplicate_request", store_code, tell, now_s)
    numbers = store.add_events(connection, rows)
    _write_parts(connection, list(zip(numbers, fresh, strict=True)), twins)
    return numbers


def _write_parts(connection: Connection, numbered: list[tuple[int, Told]], twins: dict[int, str]) -> None:
    mine = [(number, told) for number, told in numbered if told.event.seq not in twins]
    books.add_entries(
        connection, [(number, at, one) for number, told in mine for at, one in enumerate(told.entries, 1)]
    )
    store.add_lines(
        connection,
        [
            {"event": number, "line": at, **{name: getattr(line, name) for name in line.__struct_fields__}}
            for number, told in mine
            for at, line in enumerate(told.event.lines, 1)
        ],
    )
    store.add_tenders(
        connection,
        [
            {"event": number, "tender": name[:16], "amount": amount}
            for number, told in mine
            for name, amount in told.event.tenders.items()
            if amount
        ],
    )


def _row(told: Told, store_code: str, incarnation: str, duplicate_of: str, now_s: int) -> dict:
    event, asked = told.event, told.event.request
    return store.blank(
        store=store_code, incarnation=incarnation, seq=event.seq, hash=told.hash, kind=event.kind, at_s=event.at_s,
        received_at_s=now_s, business_date=event.business_date, transfer=event.transfer or "",
        request_key=None if duplicate_of else told.request_key, request=told.request,
        terminal=(asked.terminal if asked else event.terminal or "")[:20], account=event.account or "",
        operator=event.operator or "", shift=event.shift or 0, receipt=event.receipt, reason=(event.reason or "")[:24],
        offline=event.offline, total_cents=total_cents(told), earned_points=event.earned_points,
        duplicate_of=duplicate_of, raw=told.raw.decode(),
    )


def total_cents(told: Told) -> int:
    """A sale: its lines; a top-up: what was paid in; otherwise 0."""
    if told.event.kind == "sale":
        return sum(line.amount_cents for line in told.event.lines)
    return told.event.tenders.get("principal", 0) if told.event.kind == "top_up" else 0


def refuse_and_fence(connection: Connection, store_code: str, incarnation: str, wrong: Violation, now_s: int) -> None:
    """Nothing of this incarnation is booked any more until people have looked and it is enrolled again."""
    fleet.set_incarnation(connection, incarnation, status="fenced", fenced_at_s=now_s, reason=wrong.detail[:200])
    gateway = fleet.gateway_row(connection, store_code)
    if gateway is not None and gateway.incarnation == incarnation:
        fleet.set_gateway(connection, store_code, status="fenced")
    raise_alarm(connection, wrong.reason, store_code, wrong.detail, now_s)

