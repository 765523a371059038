"""The core's books (gateway/core/books.py) on this store's SQLite file; the SQL is in the nouns beside this file."""

import sqlite3
from collections.abc import Iterable, Mapping

from gateway.core import pricing
from gateway.core.asked import Asked
from gateway.core.books import (
    SHOWN,
    Basket,
    Event,
    Fill,
    Head,
    KeptRight,
    LaneKey,
    Member,
    Move,
    NozzleTotal,
    PumpHold,
    Rejected,
    Tap,
)
from gateway.core.lanes import Lane
from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules
from gateway.store import (
    baskets,
    debts,
    fills,
    floats,
    foresight,
    fuel_rules,
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
from gateway.store.pages import Pages
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding


class SqliteBooks:
    """One connection, one writer. Methods as the interface says.

    What a sale reads and writes goes through `pages`: read once in a transaction, written with the others of its batch.
    All else goes to the connection at once.
    """

    def __init__(self, db: sqlite3.Connection):
        self.pages = Pages(db)
        self.store = meta.get(db, "store")
        self.incarnation = meta.get(db, "incarnation")
        self.begin, self.commit, self.rollback = self.pages.begin, self.pages.commit, self.pages.rollback
        self.part = self.pages.part
        self.fuel = fuel_rules.SqliteFuel(lambda: self.db)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, with everything on it that was written so far."""
        return self.pages.db

    def foresee(self, requests: Iterable[Asked]) -> None:
        """Reads at once what these payments will need; a hint, whoever they turn out to be."""
        foresight.read(self.pages, self.store, [asked for asked in requests if "tap" in asked.values])

    def value(self, name: str) -> str:
        return self.pages.once("value", name, meta.get, name)

    def keep(self, name: str, value: str) -> None:
        self.pages.keep("value", name, value)
        self.pages.later(meta.put_all, (name, value))

    def rules(self) -> Rules:
        return rules.get(self.db)

    def keep_rules(self, body: dict) -> None:
        rules.put(self.db, body)

    def head(self) -> Head:
        return self.pages.once("head", "", outbox.head, self.incarnation)

    def append(self, event: Event, entries: tuple[Entry, ...]) -> None:
        if event.transfer is not None:
            if self.pages.once("transfer", event.transfer, outbox.is_written, event.transfer):
                raise Rejected("transfer " + event.transfer)
            self.pages.keep("transfer", event.transfer, True)
        self.pages.keep("head", "", Head(event.seq, event.hash))
        self.pages.later(outbox.append, outbox.row(event))
        for row in outbox.entry_rows(event.seq, entries):
            self.pages.later(outbox.append_entries, row)

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
        return self.pages.once("lane", lane, terminals.lane, lane)

    def put_lane(self, lane: LaneKey, answered: Lane) -> None:
        self.pages.keep("lane", lane, answered)
        self.pages.later(terminals.put_lanes, terminals.lane_row(lane, answered))

    def holding(self, account: str) -> Holding:
        if not account:
            return Holding("", self.store)
        return self.pages.once("holding", account, ledger.holding, account, self.store)

    def save(self, before: Holding, after: Holding) -> None:
        self.pages.keep("holding", after.account)
        for row in ledger.slice_rows(before, after):
            self.pages.later(ledger.put_slices, row)
        if before.holds != after.holds:
            holds.save(self.db, before, after)

    def with_expiry_before(self, date: str) -> list[str]:
        return ledger.with_expiry_before(self.db, date)

    def drop_emptied(self, opened_before_s: int) -> None:
        ledger.drop_emptied(self.db, opened_before_s)

    def put_targets(self, account: str, targets: Mapping[str, int]) -> None:
        floats.put_targets(self.db, account, targets)

    def targets(self) -> dict[str, dict[str, int]]:
        return floats.targets(self.db)

    def rights(self) -> dict[str, int]:
        return self.pages.once("rights", "", ledger.rights)

    def draw_rights(self, drawn: Mapping[str, int]) -> None:
        if not drawn:
            return
        rights = self.rights()
        left = {name: rights.get(name, 0) - amount for name, amount in drawn.items()}
        if any(amount < 0 for amount in left.values()):
            raise Rejected(f"rights below zero: {left}")
        self.pages.keep("rights", "", rights | left)
        for row in left.items():
            self.pages.later(ledger.put_rights, row)

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
        return self.pages.once("member", account, members.get, account)

    def meet(self, account: str) -> None:
        if self.member(account) is None:  # at once: what follows changes the row that is made here
            members.meet(self.db, account)

    def put_member(self, body: dict) -> None:
        members.put(self.db, body)
        if "owed" in body:
            debts.told(self.db, body["account"], body["owed"] or {})

    def follow(self, account: str, changes: Mapping[str, int], paid_cents: int) -> None:
        self.pages.keep("member", account)
        self.pages.later(members.follow, (*[changes.get(asset, 0) for asset in SHOWN], paid_cents, account))

    def owed(self, account: str) -> dict[str, int]:
        return self.pages.once("debts", account, debts.of, account)

    def owe(self, account: str, changes: Mapping[str, int]) -> None:
        debts.change(self.db, account, changes)

    def lent_cents(self) -> int:
        return debts.lent_cents(self.db)

    def set_member_status(self, account: str, status: str) -> None:
        members.set_status(self.db, account, status)

    def barred(self) -> tuple[list[str], list[str]]:
        return members.barred(self.db)

    def card_status(self, card: str) -> str:
        return self.pages.once("card", card, members.card_status, card)

    def set_card(self, card: str, status: str, account: str | None = None) -> None:
        if account is not None:
            members.put_card(self.db, card, account, "active")
        members.block_card(self.db, card, status)

    def tap(self, tap: str) -> Tap | None:
        return self.pages.once("tap", tap, taps.get, tap)

    def duty(self, terminal: str, operator: str, shift: int) -> str:
        found = self.pages.once("shift", shift, shifts.get, shift)
        return shifts.duty(found, terminal, operator) or ("" if self.role(operator) else "not_allowed")

    def active_terminals(self, since_s: int) -> list[str]:
        return terminals.active_since(self.db, since_s)

    def role(self, operator: str) -> str:
        attendant = self.pages.once("attendant", operator, staff.get, operator)
        return attendant.role if attendant and attendant.status == "active" else ""

    def basket(self, lane: LaneKey) -> Basket:
        return self.pages.once("basket", lane, baskets.get, lane)

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

    def fill(self, number: int) -> Fill | None:
        return fills.get(self.db, number)

    def put_fill(self, fill: Fill) -> None:
        fills.put(self.db, fill)

    def unpaid_fills(self) -> list[Fill]:
        return fills.unpaid(self.db)

    def nozzle_total(self, terminal: str, nozzle: int) -> NozzleTotal | None:
        return fills.total(self.db, terminal, nozzle)

    def put_nozzle_total(self, total: NozzleTotal) -> None:
        fills.put_total(self.db, total)

    def close_basket(self, lane: LaneKey) -> None:
        self.pages.keep("basket", lane)
        self.pages.later(baskets.close_paid, lane)

    def count_sale(self, shift: int, sales: int, cash_cents: int) -> None:
        self.pages.keep("shift", shift)
        self.pages.later(shifts.add, (sales, cash_cents, shift))
