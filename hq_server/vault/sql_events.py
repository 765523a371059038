"""Balances, lots and events on a database."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from hq_server.ingest import store as events
from hq_server.ingest.rules import Told
from hq_server.ledger import store as ledger
from hq_server.rules import store as rule_store
from hq_server.rules.rules import Rules
from hq_server.vault.rows import Lot, Place, Written
from hq_server.vault.sql_parts import Part
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding


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


class _Said(NamedTuple):
    """What a gateway's event says beside what every event has."""

    request_key: str | None = None
    request: str = ""
    terminal: str = ""
    operator: str = ""
    shift: int = 0
    receipt: int | None = None
    reason: str = ""
    offline: bool = False
    total_cents: int = 0
    earned_points: int = 0
    life: str = ""


NOTHING = _Said()


def _row(number: int, one: Written, now_s: int) -> tuple:
    """In the order of the table's columns (ingest/store.py)."""
    said = _said(one.told, bool(one.duplicate_of)) if one.told else NOTHING
    return (
        number, one.store, one.incarnation, one.seq, one.hash, one.kind, one.at_s, now_s, one.business_date,
        one.transfer, said.request_key, said.request, said.terminal, one.account, said.operator, said.shift,
        said.receipt, said.reason, said.offline, one.witness, said.total_cents, said.earned_points, one.duplicate_of,
        said.life, one.raw,
    )


def _said(told: Told, duplicate: bool) -> _Said:
    event, asked = told.event, told.event.request
    return _Said(
        None if duplicate else told.request_key, told.request, (asked.terminal if asked else event.terminal or "")[:20],
        event.operator or "", event.shift or 0, event.receipt, (event.reason or "")[:24], event.offline,
        total_cents(told), event.earned_points, event.life or "",
    )


def total_cents(told: Told) -> int:
    """A sale: its lines; a top-up: what was paid in; otherwise 0."""
    if told.event.kind == "sale":
        return sum(line.amount_cents for line in told.event.lines)
    return told.event.tenders.get("principal", 0) if told.event.kind == "top_up" else 0


def _lines(number: int, told: Told) -> list[tuple]:
    return [
        (number, at, one.code, one.qty_milli, one.price_milli, one.amount_cents, one.tax_code, one.tax_bp)
        for at, one in enumerate(told.event.lines, 1)
    ]


def _tenders(number: int, told: Told) -> list[tuple]:
    paid = told.event.tenders.items()
    return [(number, name[:16], amount) for name, amount in paid if amount]
