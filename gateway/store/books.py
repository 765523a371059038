"""The core's books (gateway/core/books.py) on this store's SQLite file; the SQL is in the nouns beside this file."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gateway.core import pricing
from gateway.core.books import Basket, Event, Head, KeptRight, LaneKey, Member, Move, PumpHold, Rejected, Tap
from gateway.core.lanes import Lane
from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules
from gateway.store import (
    baskets,
    debts,
    floats,
    goods,
    holds,
    ledger,
    members,
    meta,
    outbox,
    refund_rights,
    rules,
    shifts,
    staff,
    taps,
    terminals,
)
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding


class SqliteBooks:
    """One connection, one writer. Methods as the interface says; rows are read fresh each time."""

    def __init__(self, db: sqlite3.Connection):
        self.db = db
        self.store = meta.get(db, "store")
        self.incarnation = meta.get(db, "incarnation")

    def begin(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.db.execute("COMMIT")

    def rollback(self) -> None:
        self.db.rollback()

    @contextmanager
    def part(self) -> Iterator[None]:
        self.db.execute("SAVEPOINT part")
        try:
            yield
        except sqlite3.IntegrityError as wrong:
            self._undo()
            raise Rejected(str(wrong)) from wrong
        except sqlite3.DatabaseError:
            raise  # the disk: the whole transaction is lost, and may be gone already
        except BaseException:
            self._undo()
            raise
        self.db.execute("RELEASE part")

    def _undo(self) -> None:
        self.db.execute("ROLLBACK TO part")
        self.db.execute("RELEASE part")

    def value(self, name: str) -> str:
        return meta.get(self.db, name)

    def keep(self, name: str, value: str) -> None:
        meta.put(self.db, name, value)

    def rules(self) -> Rules:
        return rules.get(self.db)

    def keep_rules(self, body: dict) -> None:
        rules.put(self.db, body)

    def head(self) -> Head:
        return outbox.head(self.db, self.incarnation)

    def append(self, event: Event, entries: tuple[Entry, ...]) -> None:
        outbox.append(self.db, event, entries)

    def last_at_s(self) -> int:
        return outbox.last_at_s(self.db)

    def event_of(self, transfer: str) -> dict | None:
        return outbox.of_transfer(self.db, transfer)

    def entries_of(self, transfer: str) -> tuple[Entry, ...]:
        return ledger.entries_of(self.db, transfer)

    def transfer_of(self, receipt: int) -> str:
        return outbox.transfer_of(self.db, receipt)

    def note_booked(self, after_seq: int, upto_seq: int) -> None:
        for *lane, sequence in outbox.last_per_lane(self.db, after_seq, upto_seq):
            terminals.note_booked(self.db, tuple(lane), sequence, upto_seq)

    def lane(self, lane: LaneKey) -> Lane | None:
        return terminals.lane(self.db, lane)

    def put_lane(self, lane: LaneKey, answered: Lane) -> None:
        terminals.put_lane(self.db, lane, answered)

    def holding(self, account: str) -> Holding:
        return ledger.holding(self.db, account, self.store) if account else Holding("", self.store)

    def save(self, before: Holding, after: Holding) -> None:
        ledger.save(self.db, before, after)

    def with_expiry_before(self, date: str) -> list[str]:
        return ledger.with_expiry_before(self.db, date)

    def drop_emptied(self, opened_before_s: int) -> None:
        ledger.drop_emptied(self.db, opened_before_s)

    def put_targets(self, account: str, targets: Mapping[str, int]) -> None:
        floats.put_targets(self.db, account, targets)

    def targets(self) -> dict[str, dict[str, int]]:
        return floats.targets(self.db)

    def rights(self) -> dict[str, int]:
        return ledger.rights(self.db)

    def draw_rights(self, drawn: Mapping[str, int]) -> None:
        ledger.draw_rights(self.db, drawn)

    def move(self, move_id: str) -> Move | None:
        return floats.get(self.db, move_id)

    def put_move(self, move: Move) -> None:
        floats.put(self.db, move)

    def refund_right(self, sale: str) -> KeptRight | None:
        return refund_rights.get(self.db, sale)

    def sale_of(self, store: str, receipt: int) -> str:
        return refund_rights.sale_of(self.db, store, receipt)

    def put_refund_right(self, kept: KeptRight) -> None:
        refund_rights.put(self.db, kept)

    def member(self, account: str) -> Member | None:
        return members.get(self.db, account)

    def meet(self, account: str) -> None:
        members.meet(self.db, account)

    def put_member(self, body: dict) -> None:
        members.put(self.db, body)
        if "owed" in body:
            debts.told(self.db, body["account"], body["owed"] or {})

    def follow(self, account: str, changes: Mapping[str, int], paid_cents: int) -> None:
        members.follow(self.db, account, changes, paid_cents)

    def owed(self, account: str) -> dict[str, int]:
        return debts.of(self.db, account)

    def owe(self, account: str, changes: Mapping[str, int]) -> None:
        debts.change(self.db, account, changes)

    def lent_cents(self) -> int:
        return debts.lent_cents(self.db)

    def set_member_status(self, account: str, status: str) -> None:
        members.set_status(self.db, account, status)

    def card_status(self, card: str) -> str:
        return members.card_status(self.db, card)

    def set_card(self, card: str, status: str, account: str | None = None) -> None:
        if account is not None:
            members.put_card(self.db, card, account, "active")
        members.block_card(self.db, card, status)

    def tap(self, tap: str) -> Tap | None:
        return taps.get(self.db, tap)

    def duty(self, terminal: str, operator: str, shift: int) -> str:
        return shifts.duty(self.db, terminal, operator, shift) or ("" if self.role(operator) else "not_allowed")

    def active_terminals(self, since_s: int) -> list[str]:
        return terminals.active_since(self.db, since_s)

    def role(self, operator: str) -> str:
        attendant = staff.get(self.db, operator)
        return attendant.role if attendant and attendant.status == "active" else ""

    def basket(self, lane: LaneKey) -> Basket:
        now = baskets.current(self.db, lane)
        return Basket(now.basket, now.paid, tuple(baskets.lines(self.db, lane)) if not now.paid else ())

    def shelf(self, code: str) -> BasketLine | None:
        found = goods.get(self.db, code)
        language = meta.get_json(self.db, "configuration").get("language", "en")
        return pricing.price(found, found.name(language), 1000) if found else None

    def pump_hold(self, hold: str) -> PumpHold | None:
        return holds.at_pump(self.db, hold)

    def put_pump_hold(self, kept: PumpHold) -> None:
        holds.put_at_pump(self.db, kept)

    def pump_holds(self) -> list[PumpHold]:
        return holds.at_pumps(self.db)

    def close_basket(self, lane: LaneKey) -> None:
        baskets.close_paid(self.db, lane)

    def count_sale(self, shift: int, sales: int, cash_cents: int) -> None:
        shifts.add(self.db, shift, sales, cash_cents)
