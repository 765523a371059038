"""A store's books in memory: what gateway/core/books.py asks of storage, over dicts with an undo log."""

import json
from collections.abc import Mapping

from gateway.core import outbox
from gateway.core.books import SHOWN, Basket, Event, Head, KeptRight, LaneKey, Member, Move, PumpHold, Rejected, Tap
from gateway.core.fuel_limits import DayHold
from gateway.core.lanes import Lane
from gateway.core.pricing import BasketLine
from gateway.core.pumped import Fill, NozzleTotal
from gateway.core.rules import Rules, read
from protocol.ids import LANES
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding, Slice
from tools.simulation.disk import Disk
from tools.simulation.memory_fuel import MemoryFuel

NO_BASKET = Basket(0, False)


class MemoryBooks(Disk):
    """One gateway life on a disk of its own."""

    tables = (
        "values", "bodies", "events", "of_transfer", "lanes", "holdings", "right", "moves", "members", "cards", "taps",
        "baskets", "terminals", "kept_here", "receipts", "refund_rights", "elsewhere", "debts", "at_pumps", "day_holds",
        "fills", "nozzle_totals",
    )

    def __init__(self, store: str, incarnation: str):
        super().__init__()
        self.store, self.incarnation = store, incarnation
        self.values: dict[str, str] = {}
        self.bodies: dict[str, dict] = {}
        self.events: list[tuple[Event, tuple[Entry, ...]]] = []
        self.of_transfer: dict[str, int] = {}
        self.lanes: dict[LaneKey, Lane] = {}
        self.holdings: dict[str, Holding] = {}
        self.right: dict[str, int] = {}
        self.moves: dict[str, Move] = {}
        self.members: dict[str, Member] = {}
        self.cards: dict[str, str] = {}
        self.taps: dict[str, Tap] = {}
        self.baskets: dict[LaneKey, Basket] = {}
        self.terminals: dict[str, int] = {}
        self.kept_here: dict[str, dict[str, int]] = {}
        self.receipts: dict[int, str] = {}
        self.refund_rights: dict[str, KeptRight] = {}
        self.elsewhere: dict[tuple[str, int], str] = {}
        self.debts: dict[str, dict[str, int]] = {}
        self.at_pumps: dict[str, PumpHold] = {}
        self.goods: dict[str, BasketLine] = {}
        self.fills: dict[int, Fill] = {}
        self.nozzle_totals: dict[tuple[str, int], NozzleTotal] = {}
        self.day_holds: dict[str, DayHold] = {}
        self._genesis = Head(0, outbox.genesis(incarnation))

    @property
    def fuel(self) -> MemoryFuel:
        """Of these books, also where they are a copy."""
        return MemoryFuel(self)

    # single values

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def keep(self, name: str, value: str) -> None:
        self.put(self.values, name, value)

    def rules(self) -> Rules:
        return read(self.bodies.get("rules", {}))

    def keep_rules(self, body: dict) -> None:
        if read(body).version >= self.rules().version:
            self.put(self.bodies, "rules", body)

    # the chain of events

    def head(self) -> Head:
        if not self.events:
            return self._genesis
        last = self.events[-1][0]
        return Head(last.seq, last.hash)

    def append(self, event: Event, entries: tuple[Entry, ...]) -> None:
        if event.transfer is not None:
            if event.transfer in self.of_transfer:
                raise Rejected("transfer " + event.transfer)
            self.put(self.of_transfer, event.transfer, event.seq)
        if event.receipt is not None and event.transfer is not None:
            self.put(self.receipts, event.receipt, event.transfer)
        self.add(self.events, (event, entries))

    def last_at_s(self) -> int:
        return int(json.loads(self.events[-1][0].line)["at_s"]) if self.events else 0

    def event_of(self, transfer: str) -> dict | None:
        seq = self.of_transfer.get(transfer)
        return json.loads(self.events[seq - 1][0].line) if seq else None

    def entries_of(self, transfer: str) -> tuple[Entry, ...]:
        seq = self.of_transfer.get(transfer)
        return self.events[seq - 1][1] if seq else ()

    def transfer_of(self, receipt: int) -> str:
        return self.receipts.get(receipt, "")

    def note_booked(self, after_seq: int, upto_seq: int) -> None:
        for event, _ in self.events[after_seq:upto_seq]:
            lane = self.lanes.get(event.request[:3]) if event.request is not None else None
            if event.request is not None and lane is not None:
                name, last = "booked/%s/%s/%d" % event.request[:3], event.request.sequence
                sure = last - 1 if lane.sequence == last and lane.seq > upto_seq else last  # a void may follow
                self.put(self.bodies, name, {"sequence": max(sure, self.bodies.get(name, {}).get("sequence", 0))})

    # lanes

    def lane(self, lane: LaneKey) -> Lane | None:
        return self.lanes.get(lane)

    def put_lane(self, lane: LaneKey, answered: Lane) -> None:
        self.put(self.lanes, lane, answered)

    # value

    def holding(self, account: str) -> Holding:
        return self.holdings.get(account) or Holding(account, self.store)

    def save(self, before: Holding, after: Holding) -> None:
        self.put(self.holdings, after.account, after)

    def with_expiry_before(self, date: str) -> list[str]:
        ends = (account for account, held in self.holdings.items() if any(_over(one, date) for one in held.slices))
        return sorted(ends)

    def drop_emptied(self, opened_before_s: int) -> None:
        for account, held in list(self.holdings.items()):
            named = {part.lot for hold in held.holds for part in hold.parts}  # a hold in suspense may need its terms
            stays = (one for one in held.slices if one.amount or one.opened_s >= opened_before_s or one.lot in named)
            kept = tuple(stays)
            if len(kept) != len(held.slices):
                self.put(self.holdings, account, held._replace(slices=kept))

    def put_targets(self, account: str, targets: Mapping[str, int]) -> None:
        self.drop(self.kept_here, account)
        if targets:
            self.put(self.kept_here, account, dict(targets))

    def targets(self) -> dict[str, dict[str, int]]:
        return {account: dict(one) for account, one in sorted(self.kept_here.items())}

    def rights(self) -> dict[str, int]:
        return dict(self.right)

    def draw_rights(self, drawn: Mapping[str, int]) -> None:
        for name, amount in drawn.items():
            left = self.right.get(name, 0) - amount
            if left < 0:
                raise Rejected(f"{left} of {name}")
            self.put(self.right, name, left)

    def move(self, move_id: str) -> Move | None:
        return self.moves.get(move_id)

    def put_move(self, move: Move) -> None:
        if move.id in self.moves:
            raise Rejected("move " + move.id)
        self.put(self.moves, move.id, move)

    # refund rights

    def refund_right(self, sale: str) -> KeptRight | None:
        return self.refund_rights.get(sale)

    def sale_of(self, store: str, receipt: int) -> str:
        return self.elsewhere.get((store, receipt), "")

    def put_refund_right(self, kept: KeptRight) -> None:
        self.put(self.refund_rights, kept.sale, kept)
        self.put(self.elsewhere, (kept.store, kept.receipt), kept.sale)

    # members and cards

    def member(self, account: str) -> Member | None:
        return self.members.get(account)

    def meet(self, account: str) -> None:
        if account not in self.members:
            self.put(self.members, account, Member(account))

    def put_member(self, body: dict) -> None:
        in_all = body.get("in_all") or {}
        known = self.members.get(body["account"]) or Member(body["account"])
        told = known._replace(
            level=str(body.get("level") or "")[:16], status=body["status"], display=body.get("display") or "",
            as_of_s=int(body.get("as_of_s") or 0), **{asset: int(in_all.get(asset) or 0) for asset in SHOWN},
        )
        self.put(self.members, body["account"], told)
        if "owed" in body:
            kept = {asset: amount for asset, amount in self.owed(body["account"]).items() if asset == "offline"}
            self.put(self.debts, body["account"], {**kept, **{k: v for k, v in (body["owed"] or {}).items() if v}})
        for card in body.get("cards") or []:
            if self.cards.get(card) != "blocked":
                self.put(self.cards, card, "active")

    def follow(self, account: str, changes: Mapping[str, int], paid_cents: int) -> None:
        known = self.members.get(account)
        if known is None:
            return
        after = {asset: max(0, getattr(known, asset) + changes.get(asset, 0)) for asset in SHOWN}
        usual = known.usual_cents
        if paid_cents:
            usual = (3 * usual + paid_cents) // 4 if usual else paid_cents
        self.put(self.members, account, known._replace(usual_cents=usual, **after))

    def owed(self, account: str) -> dict[str, int]:
        return dict(self.debts.get(account, {}))

    def owe(self, account: str, changes: Mapping[str, int]) -> None:
        owed = self.owed(account)
        for asset, amount in changes.items():
            owed[asset] = max(0, owed.get(asset, 0) + amount)
        self.put(self.debts, account, {asset: amount for asset, amount in owed.items() if amount})

    def lent_cents(self) -> int:
        return sum(owed.get("offline", 0) for owed in self.debts.values())

    def set_member_status(self, account: str, status: str) -> None:
        self.meet(account)
        self.put(self.members, account, self.members[account]._replace(status=status))

    def barred(self) -> tuple[list[str], list[str]]:
        barred = [account for account, one in self.members.items() if one.status in ("frozen", "closing", "closed")]
        return sorted(barred), sorted(card for card, status in self.cards.items() if status == "blocked")

    def card_status(self, card: str) -> str:
        return self.cards.get(card, "")

    def set_card(self, card: str, status: str, account: str | None = None) -> None:
        self.put(self.cards, card, status)

    # the shop floor: put here by the simulation itself

    def tap(self, tap: str) -> Tap | None:
        return self.taps.get(tap)

    def duty(self, terminal: str, operator: str, shift: int) -> str:
        return ""

    def active_terminals(self, since_s: int) -> list[str]:
        return sorted(name for name, seen_s in self.terminals.items() if seen_s >= since_s)

    def role(self, operator: str) -> str:
        return "supervisor" if operator == "9" else "attendant"

    def shelf(self, code: str) -> BasketLine | None:
        return self.goods.get(code)

    def pump_hold(self, hold: str) -> PumpHold | None:
        return self.at_pumps.get(hold)

    def put_pump_hold(self, kept: PumpHold) -> None:
        self.put(self.at_pumps, kept.hold, kept)

    def pump_holds(self) -> list[PumpHold]:
        return [kept for kept in self.at_pumps.values() if kept.state != "closed"]

    def fill(self, number: int) -> Fill | None:
        return self.fills.get(number)

    def put_fill(self, fill: Fill) -> None:
        self.put(self.fills, fill.fill, fill)

    def unpaid_fills(self) -> list[Fill]:
        return [self.fills[number] for number in sorted(self.fills) if self.fills[number].state == "unpaid"]

    def nozzle_total(self, terminal: str, nozzle: int) -> NozzleTotal | None:
        return self.nozzle_totals.get((terminal, nozzle))

    def put_nozzle_total(self, total: NozzleTotal) -> None:
        self.put(self.nozzle_totals, (total.terminal, total.nozzle), total)

    def basket(self, lane: LaneKey) -> Basket:
        return self.baskets.get(lane, NO_BASKET)

    def close_basket(self, lane: LaneKey) -> None:
        basket = self.basket(lane)
        self.put(self.baskets, lane, basket._replace(paid=True, lines=()))

    def count_sale(self, shift: int, sales: int, cash_cents: int) -> None:
        """Shifts are not simulated."""

    def booked(self, terminal: str, journal: str) -> list[int]:
        """Per lane what head office has booked of a terminal's journal."""
        told = (self.bodies.get(f"booked/{terminal}/{journal}/{lane}", {}) for lane in range(LANES))
        return [one.get("sequence", 0) for one in told]

    # what the simulation does in the place of other parts of a gateway

    def note_tap(self, tap: Tap) -> None:
        """A card was shown: written by the reader's dialogue."""
        self.taps[tap.tap] = tap

    def note_terminal(self, terminal: str, at_s: int) -> None:
        """A terminal was heard, in the transaction of its message."""
        self.put(self.terminals, terminal, at_s)

    def note_basket(self, lane: LaneKey, number: int, lines: tuple[BasketLine, ...]) -> None:
        """Lines were scanned: written by the questions of a terminal."""
        self.baskets[lane] = Basket(number, False, lines)

    def events_after(self, seq: int, limit: int = 1_000_000) -> list[tuple[Event, tuple[Entry, ...]]]:
        """What the uplink reads."""
        return self.events[seq : seq + limit]

    def spoil(self, seq: int, line: bytes) -> None:
        """The disk says something else than what was written."""
        event, entries = self.events[seq - 1]
        self.events[seq - 1] = event._replace(line=line), entries

    def hash_at(self, seq: int) -> bytes:
        """The chain's hash after an event; 0: before the first."""
        return self.events[seq - 1][0].hash if seq else self._genesis.hash


def _over(one: Slice, date: str) -> bool:
    return bool(one.amount and one.expires and one.expires < date)
