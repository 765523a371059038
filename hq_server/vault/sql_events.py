"""Balances, lots and events on a database."""

import json
from collections.abc import Collection, Iterable, Mapping

from hq_server.ingest import store as events
from hq_server.ingest.rules import Told
from hq_server.ledger import store as ledger
from hq_server.rules import store as rule_store
from hq_server.rules.rules import Rules
from hq_server.vault.rows import Lot, Place, Written
from hq_server.vault.sql_parts import Part
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding

LINE_COLUMNS = ("code", "qty_milli", "price_milli", "amount_cents", "tax_code", "tax_bp")


class SqlEvents(Part):
    """Balances and Events of hq_server.vault.books."""

    def balances(self, lines: Collection[Line]) -> dict[Line, int]:
        return ledger.balances_of(self.connection, lines)

    def put_balances(self, fresh: Mapping[Line, int], changed: Mapping[Line, int]) -> None:
        ledger.put_balances(self.connection, fresh, changed)

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
        ledger.add_lots(self.connection, [one._asdict() for one in lots])

    def days_of_rules(self, version: int | None) -> tuple[int, int]:
        row = rule_store.rule_set_row(self.connection, version) or rule_store.latest(self.connection)
        rules = Rules.read(json.loads(row.body)) if row else Rules()
        return rules.bonus_days, rules.points_days

    def add_events(self, written: list[Written]) -> list[int]:
        numbers = events.add_events(self.connection, [_row(one, self.now_s) for one in written])
        booked = list(zip(numbers, written, strict=True))
        ledger.add_entries(
            self.connection,
            [(number, at, entry) for number, one in booked for at, entry in enumerate(one.entries, 1)],
        )
        told = [(number, one.told) for number, one in booked if one.told is not None and not one.duplicate_of]
        events.add_lines(self.connection, [row for number, one in told for row in _lines(number, one)])
        events.add_tenders(self.connection, [row for number, one in told for row in _tenders(number, one)])
        return numbers

    def places(self, keys: Collection[str]) -> dict[str, Place]:
        found = events.places_of_requests(self.connection, list(keys))
        return {key: Place(row.id, row.store, row.incarnation, row.seq) for key, row in found.items()}

    def entries_of(self, event: int) -> tuple[Entry, ...]:
        return ledger.entries_of_event(self.connection, event)

    def has_own(self, transfer: str) -> bool:
        return events.has_own(self.connection, transfer)

    def hash_at(self, incarnation: str, seq: int) -> str | None:
        return events.hash_at(self.connection, incarnation, seq)

    def witness_key(self, terminal: str, number: int) -> bytes | None:
        return self.witness_keys.get(self.connection, terminal, number)


def _row(one: Written, now_s: int) -> dict:
    row = {
        "store": one.store, "incarnation": one.incarnation, "seq": one.seq, "hash": one.hash, "kind": one.kind,
        "at_s": one.at_s, "received_at_s": now_s, "business_date": one.business_date, "transfer": one.transfer,
        "account": one.account, "duplicate_of": one.duplicate_of, "witness": one.witness, "raw": one.raw,
    }
    return events.blank(**row, **(_said(one.told, bool(one.duplicate_of)) if one.told else {}))


def _said(told: Told, duplicate: bool) -> dict:
    event, asked = told.event, told.event.request
    return {
        "request_key": None if duplicate else told.request_key, "request": told.request,
        "terminal": (asked.terminal if asked else event.terminal or "")[:20], "operator": event.operator or "",
        "shift": event.shift or 0, "receipt": event.receipt, "reason": (event.reason or "")[:24],
        "life": event.life or "", "offline": event.offline, "total_cents": total_cents(told),
        "earned_points": event.earned_points,
    }


def total_cents(told: Told) -> int:
    """A sale: its lines; a top-up: what was paid in; otherwise 0."""
    if told.event.kind == "sale":
        return sum(line.amount_cents for line in told.event.lines)
    return told.event.tenders.get("principal", 0) if told.event.kind == "top_up" else 0


def _lines(number: int, told: Told) -> list[dict]:
    return [
        {"event": number, "line": at, **{name: getattr(line, name) for name in LINE_COLUMNS}}
        for at, line in enumerate(told.event.lines, 1)
    ]


def _tenders(number: int, told: Told) -> list[dict]:
    paid = told.event.tenders.items()
    return [{"event": number, "tender": name[:16], "amount": amount} for name, amount in paid if amount]
