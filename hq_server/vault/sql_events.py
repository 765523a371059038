"""Balances, lots and events on a database."""

import json
from collections.abc import Collection, Iterable, Mapping

from hq_server.ingest import store as events
from hq_server.ingest.rules import Told
from hq_server.ingest.schemas import Event
from hq_server.ledger import store as ledger
from hq_server.rules import store as rule_store
from hq_server.rules.rules import Rules
from hq_server.vault.rows import Lot, Place, Written
from hq_server.vault.sql_parts import Part
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding

NOTHING = Event(0, "", 0, "")  # what head office's own events say beside what every event has


class SqlEvents(Part):
    """Balances and Events of hq_server.vault.books."""

    def balances(self, lines: Collection[Line]) -> dict[Line, int]:
        return ledger.balances_of(self.connection, lines)

    def put_balances(self, left: Mapping[Line, int]) -> None:
        ledger.put_balances(self.connection, left)

    def holding(self, account: str, holder: str) -> Holding:
        return ledger.holding(self.connection, account, holder)

    def held(self, account: str) -> dict[tuple[str, str], int]:
        return ledger.held(self.connection, [account])[account]

    def debts(self, account: str) -> list[tuple[Line, int]]:
        return ledger.debts_of(self.connection, [account])[account]

    def lent_at(self, store: str) -> list[tuple[str, int]]:
        return ledger.lent_at(self.connection, store)

    def lines_at(self, holder: str) -> list[tuple[Line, int]]:
        return ledger.lines_of_holder(self.connection, holder)

    def rights_of(self, store: str) -> dict[tuple[str, str], int]:
        return ledger.rights_of(self.connection, store)

    def known_lots(self, lots: Collection[str]) -> set[tuple[str, str]]:
        return ledger.known_lots(self.connection, lots)

    def add_lots(self, lots: Iterable[Lot]) -> None:
        ledger.add_lots(self.connection, list(lots))

    def days_of_rules(self, version: int | None) -> tuple[int, int]:
        row = rule_store.rule_set_row(self.connection, version) or rule_store.latest(self.connection)
        rules = Rules.read(json.loads(row.body)) if row else Rules()
        return rules.bonus_days, rules.points_days

    def add_events(self, written: list[Written]) -> list[int]:
        numbers = events.take_numbers(self.connection, len(written))
        booked = list(zip(numbers, written, strict=True))
        events.add_events(self.connection, [_row(number, one, self.now_s) for number, one in booked])
        ledger.add_entries(
            self.connection,
            [(number, at, entry) for number, one in booked for at, entry in enumerate(one.entries, 1)],
        )
        told = [(number, one.told) for number, one in booked if one.told is not None and not one.duplicate_of]
        events.add_lines(self.connection, [row for number, one in told for row in _lines(number, one)])
        events.add_tenders(self.connection, [row for number, one in told for row in _tenders(number, one)])
        return list(numbers)

    def places(self, keys: Collection[str]) -> dict[str, Place]:
        found = events.places_of_requests(self.connection, set(keys))
        return {row[0]: Place(*row[1:]) for row in found}

    def entries_of(self, event: int) -> tuple[Entry, ...]:
        return ledger.entries_of_event(self.connection, event)

    def has_own(self, transfer: str) -> bool:
        return events.has_own(self.connection, transfer)

    def hash_at(self, incarnation: str, seq: int) -> str | None:
        return events.hash_at(self.connection, incarnation, seq)

    def witness_key(self, terminal: str, number: int) -> bytes | None:
        return self.witness_keys.get(self.connection, terminal, number)


def _row(number: int, one: Written, now_s: int) -> tuple:
    """In the order of the table's columns (ingest/store.py)."""
    store, incarnation, seq, chained, kind, at_s, day, transfer, account, _, raw, told, duplicate_of, witness = one
    if told is None:
        key, request, terminal, said = None, "", "", NOTHING
    else:
        key, request, said = None if duplicate_of else told.request_key, told.request, told.event
        terminal = said.request.terminal if said.request else (said.terminal or "")[:20]
    return (
        number, store, incarnation, seq, chained, kind, at_s, now_s, day, transfer, key, request, terminal, account,
        said.operator or "", said.shift or 0, said.receipt, (said.reason or "")[:24], said.offline, witness,
        total_cents(said), said.earned_points, duplicate_of, said.life or "", raw,
    )


def total_cents(event: Event) -> int:
    """A sale: its lines; a top-up: what was paid in; otherwise 0."""
    if event.kind == "sale":
        return sum([line.amount_cents for line in event.lines])
    return event.tenders.get("principal", 0) if event.kind == "top_up" else 0


def _lines(number: int, told: Told) -> list[tuple]:
    return [
        (number, at, one.code, one.qty_milli, one.price_milli, one.amount_cents, one.tax_code, one.tax_bp)
        for at, one in enumerate(told.event.lines, 1)
    ]


def _tenders(number: int, told: Told) -> list[tuple]:
    paid = told.event.tenders.items()
    return [(number, name[:16], amount) for name, amount in paid if amount]
