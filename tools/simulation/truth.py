"""What is true: every entry that any surviving disk or head office holds, in the order in which it really happened.

    pool + floats + in transit + suspense = credits - debits       per account, asset and lot, every term >= 0

Each event counts from the moment its store has committed it, each booking of head office from its own commit; what a
disk loses stops counting. Whoever spends what it does not hold, or books something twice, drives a line below zero here
at that very step, long before any report could show it.
"""

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.core.witness import ACTIVE_S
from protocol.ledger.entries import HQ, Entry, Line
from protocol.ledger.lots import Holding, held_by_lot
from tools.simulation.litres import KINDS as LITRES
from tools.simulation.set_back import SetBack, Watched
from tools.simulation.sums import Sums

if TYPE_CHECKING:
    from tools.simulation.store import Store

STORED = ("principal", "bonus")
NO_EVENT = ("held", "released", "started")  # approved, and nothing has moved
NEVER = ("receipt_gap", "witness_bad", "hq_message")  # alarms that a healthy chain never rings


class Life:
    """One incarnation: what of its events counts and is not booked yet, and what harm its disk has come to."""

    def __init__(self, store: str, incarnation: str):
        self.store, self.incarnation = store, incarnation
        self.seen = 0
        self.booked = 0
        self.head = ""  # the chain's hash after what head office has booked
        self.tail: dict[int, tuple[bytes, tuple[Entry, ...], str]] = {}
        self.lead: Any = None  # the disk whose events count; a copy's do only if head office books them
        self.harm = ""
        self.betrayed_by: list[Any] = []  # journals that had a higher head on record when the disk was set back
        self.watched: Watched | None = None
        self.past: dict[int, tuple[bytes, tuple[Entry, ...], str]] = {}  # booked just as it was told
        self.restless = 0  # the last event that was booked in another way
        self.ended = False
        self.told_before = 0  # the last event that a head office of before had booked
        self.lent_untold = False  # it had lent what head office had not heard of as the next one began
        self.carried = 0  # stored value that ever lay here: the most that can be spent twice


class Truth(Sums, SetBack):
    """The whole chain's ledger, and the checks after each step."""

    def __init__(self):
        super().__init__()
        self.lives: dict[str, Life] = {}
        self.current: dict[str, str] = {}
        self.office_seen = 0
        self.fenced: list[tuple[str, str, str]] = []
        self.shown: dict[str, tuple[str, str, int]] = {}
        self.outcomes: dict[str, str] = {}
        self.told_by: dict[str, str] = {}
        self.unwitnessed: set[str] = set()
        self.lost: dict[str, tuple[str, int]] = {}  # transfers that no book holds any more -> (incarnation, stored)
        self.litres: Any = None
        self.events = 0
        self.kinds: Counter[str] = Counter()

    def enrolled(self, store: str, incarnation: str) -> None:
        """From now on this incarnation is the store's."""
        self.current[store] = incarnation

    # stores

    def started(self, store: "Store") -> None:
        """A sale process starts on a disk: what that disk does not hold any more has not happened."""
        life = self.lives.get(store.books.incarnation)
        if life is None:
            life = self.lives[store.books.incarnation] = Life(store.code, store.books.incarnation)
            life.head = store.books.hash_at(0).hex()
        if life.watched and life.watched.books is store.books and not life.watched.awaits(_active_since(store)):
            life.watched = None
        if life.lead is None:
            life.lead = store.books
        if life.lead is store.books:
            head = store.books.head().seq
            self._vanished(life, head)
            if head < life.booked:
                life.lead = life  # set back behind what is booked: nothing it writes from here on will ever be

    def _vanished(self, life: Life, head: int) -> None:
        """Events above that head are gone from their disk."""
        for seq in sorted((seq for seq in life.tail if seq > head), reverse=True):
            _, entries, transfer = life.tail.pop(seq)
            self.take_back(entries, transfer)
            self._gone(life, transfer, entries)
            if transfer in self.shown and self.shown[transfer][2] < seq:  # its terminal was not told of this head
                self.unwitnessed.add(transfer)
        if life.seen > head:
            life.seen = head

    def _gone(self, life: Life, transfer: str, entries: tuple[Entry, ...]) -> None:
        self.lost[transfer] = (life.incarnation, _spent(entries))
        if transfer in self.shown and not life.harm:
            self.wrong(f"{transfer} was shown as approved and its event is gone, with no fault of any disk")

    def committed(self, store: "Store") -> None:
        """A transaction of a store is durable."""
        life = self.lives[store.books.incarnation]
        if life.watched and life.watched.books is store.books:
            self._check_unwitnessed(store, life.watched)
        if life.lead is not store.books or life.ended:
            return
        touched: dict[str, None] = {}
        fuel = False
        for event, entries in store.books.events_after(life.seen):
            self._happened(life, store.name, event, entries)
            if event.kind in LITRES and (event.kind != "sale" or b'"fuel":' in event.line):
                self.litres.happened(store, event)
                fuel = True
            for one in entries:
                for line in (one.debit, one.credit):
                    if line.book in ("member", "right"):
                        touched[line.party] = None
        for party in touched:
            if party == life.store:
                self._check_rights(life.store, store.books.rights())
            else:
                self.check_holding(store.books.holding(party))
        if fuel:
            self.litres.check(store)

    def _check_unwitnessed(self, store: "Store", watched: Watched) -> None:
        """A disk that was set back lets no more value through than its budget, as long as a terminal knows better."""
        for event, entries in store.books.events_after(watched.seen):
            watched.seen = event.seq
            if b'"message":"pay"' in event.line:  # what a pump has given is given, whatever its hold was
                watched.spent_cents += _spent(entries)
        if watched.spent_cents > store.trade.budget.cents and watched.awaits(_active_since(store)):
            self.wrong(f"{store.code} was set back and let {watched.spent_cents} through unwitnessed")

    def _happened(self, life: Life, machine: str, event: Any, entries: tuple[Entry, ...]) -> None:
        """One event of a store, written by one machine: the store's own, or one with a copy of its disk."""
        life.seen = event.seq
        self.events += 1
        self.kinds[event.kind] += 1
        transfer = event.transfer or ""
        if event.kind == "refund":
            self.sale_of[transfer] = json.loads(event.line)["sale"]
        if entries:
            self.apply(entries, event.kind)
            self.paid(transfer, entries)
            life.carried += _arrived(entries, life.store)
        self.lost.pop(transfer, None)
        life.tail[event.seq] = (event.hash, entries, transfer)
        not_approved = self.outcomes.get(transfer, "approved") != "approved"
        # What one copy of a disk has refused, another copy knows nothing of; one machine never says both.
        by_a_copy = "copied" in life.harm and self.told_by.get(transfer) != machine
        if event.kind in ("sale", "top_up") and not_approved and not by_a_copy:
            self.wrong(f"{transfer} was shown as {self.outcomes[transfer]} and is booked afterwards")
        if event.kind == "alarm" and not life.harm and b"_testified" not in event.line:
            self.wrong(f"{life.store} could not follow head office: {event.line.decode()}")

    def _check_rights(self, store: str, rights: dict[str, int]) -> None:
        """The rights a store believes to have are those that its events have left it."""
        for name, amount in rights.items():
            there = self.balance.get(Line("right", store, name, store), 0)
            if amount != there:
                self.wrong(f"{store} has {amount} of {name}, its events say {there}")

    def check_holding(self, holding: Holding) -> None:
        """What a store's books say it holds is what its events say, and open holds are covered, lot by lot."""
        here = {(one.asset, one.lot): one.amount for one in holding.slices if one.amount}
        there = self.slices.get((holding.account, holding.holder), {})
        if here != there:
            self.wrong(f"{holding.holder} holds {here} of {holding.account[:4]}, its events say {there}")
        if holding.holds:
            self._check_holds(holding, here)

    def _check_holds(self, holding: Holding, here: dict) -> None:
        lots = {lot: amount for (_, lot), amount in here.items()}
        for lot, held in held_by_lot(holding).items():
            if held > lots.get(lot, 0):
                self.wrong(f"{held} of lot {lot} are on hold at {holding.holder}, {lots.get(lot, 0)} are there")

    def harmed(self, store: "Store", how: str) -> None:
        """A disk was set back, copied or lost: from now on less can be demanded of this life."""
        life = self.lives[store.books.incarnation]
        life.harm = f"{life.harm} {how}".strip()

    def fenced_by_office(self, store: str, incarnation: str, why: str) -> None:
        """Head office refuses a life: rightly only if its disk has come to harm."""
        life = self.lives.get(incarnation)
        if life is not None and not life.harm:
            self.wrong(f"head office fenced the healthy gateway of {store}: {why}")
        self.fenced.append((store, incarnation, why))

    def fenced_itself(self, store: "Store", why: str) -> None:
        """A gateway ends its own approvals: rightly only if its disk has come to harm."""
        life = self.lives[store.books.incarnation]
        if not life.harm and not life.ended:
            self.wrong(f"the healthy gateway of {store.code} fenced itself: {why}")

    # head office

    def retired(self, store: str) -> None:
        """An incarnation ends: what it had not told head office counts no more until somebody testifies it."""
        incarnation = self.current.get(store)
        life = self.lives.get(incarnation or "")
        if life is not None and not life.ended:
            self._vanished_from_office(life)
            life.ended = True
            self.died_untold |= life.booked < life.told_before

    def _vanished_from_office(self, life: Life) -> None:
        for seq in sorted(life.tail, reverse=True):
            _, entries, transfer = life.tail.pop(seq)
            self.take_back(entries, transfer)
            self.lost[transfer] = (life.incarnation, _spent(entries))
            life.lent_untold |= any(one.debit.book == "offline_credit" for one in entries)

    def office_committed(self, vault: Any, written: list[Any]) -> None:
        """A transaction of head office is durable."""
        for kind, store, detail in vault.alarms:
            life = self.lives.get(self.current.get(store, ""))
            if kind in NEVER and life is not None and not life.harm:
                self.wrong(f"alarm {kind} about the healthy gateway of {store}: {detail}")
        vault.alarms.clear()
        with self.at_once():
            for one in written:
                self.office_seen += 1
                if one.store == HQ:
                    self.apply(one.entries, one.kind)
                else:
                    self._booked(one)

    def _booked(self, one: Any) -> None:
        """Head office has booked an event of a store, which counts already unless it came from a copied disk."""
        life = self.lives[one.incarnation]
        self._check_chain(life, one)
        ours = life.tail.pop(one.seq, None)
        as_told = ours is not None and ours[0].hex() == one.hash
        if ours is not None and as_told and not one.duplicate_of and _moved(ours[1]) == _moved(one.entries):
            life.past[one.seq] = ours
            return
        life.restless = one.seq
        if ours is not None and as_told:
            if one.duplicate_of and not one.entries:
                self.take_back(ours[1], one.transfer)
            elif _moved(ours[1]) != _moved(one.entries):
                self._in_another_light(one, ours[1])
            return
        if not life.harm:
            self.wrong(f"head office booked event {one.seq} of {one.store}, which no disk has written so")
        if ours is not None:
            life.tail[one.seq] = ours
        self._switch(life, one.seq)
        if not one.duplicate_of:
            if one.kind == "refund":
                self.sale_of[one.transfer] = json.loads(one.raw)["sale"]
            self.apply(one.entries, one.kind)
            self.paid(one.transfer, one.entries)
            self.lost.pop(one.transfer, None)

    def _in_another_light(self, one: Any, ours: tuple[Entry, ...]) -> None:
        """Head office books what comes to light of a life that is gone as its case says."""
        told = json.loads(one.raw)
        if told["kind"] not in ("salvaged", "testified"):
            self.wrong(f"event {one.seq} of {one.store} was booked with other entries than it told")
        self.take_back(ours, one.transfer)
        inner = json.loads(told["line"]) if "line" in told else told
        if inner["kind"] == "refund":
            self.sale_of[one.transfer] = inner["sale"]
        self.apply(one.entries, one.kind)
        self.paid(one.transfer, one.entries)
        self.lost.pop(one.transfer, None)

    def _check_chain(self, life: Life, one: Any) -> None:
        """What is booked of a life is one chain without a gap."""
        head = sha256(bytes.fromhex(life.head) + one.raw.encode()).hexdigest()
        if one.seq != life.booked + 1 or one.hash != head:
            self.wrong(f"head office booked event {one.seq} of {one.store} after {life.booked}: no chain")
        life.booked, life.head = one.seq, head

    def _switch(self, life: Life, seq: int) -> None:
        """Another copy of this disk was quicker: what ours wrote from there on will never be booked."""
        for at in sorted((at for at in life.tail if at >= seq), reverse=True):
            _, entries, transfer = life.tail.pop(at)
            self.take_back(entries, transfer)
            self._gone(life, transfer, entries)
        life.lead = life

    # terminals

    def was_shown(self, key: str, message: str, values: dict, machine: str) -> None:
        """A terminal has shown how a request ended, as this machine told it."""
        self.told_by.setdefault(key, machine)
        outcome = values.get("outcome") or ("refused" if message == "refused" else "approved")
        before = self.outcomes.setdefault(key, outcome)
        if before != outcome:
            self.wrong(f"{key} was shown as {before} and then as {outcome}")
        if outcome == "voided":
            self._check_nothing_booked(key, values["incarnation"])
        if outcome != "approved" or message in NO_EVENT:
            return
        life = self.lives[values["incarnation"]]
        self.shown[key] = (life.incarnation, message, values["seq"])
        if life.harm or life.ended:
            return
        entries = life.lead.entries_of(key)
        moves = message not in ("refunded", "filled") or (message == "refunded" and values["total_cents"])
        if not entries and (moves or life.lead.event_of(key) is None):
            self.wrong(f"{key} is shown as approved and no durable event says so")
        paid = sum(one.amount for one in entries if one.credit.book == "revenue")
        if message in ("receipt", "captured") and paid != values["total_cents"]:
            self.wrong(f"{key} costs {values['total_cents']}, {paid} were paid for it")

    def _check_nothing_booked(self, key: str, incarnation: str) -> None:
        """What a terminal shows as never booked has moved nothing."""
        life = self.lives[incarnation]
        if not life.harm and not life.ended and life.lead.entries_of(key):
            self.wrong(f"{key} was shown as voided, and what it booked stays")

    # at rest

    def compare(self, balances: dict[Line, int]) -> None:
        """Head office's mirror is the truth, line by line."""
        for line in balances.keys() | self.balance.keys():
            if balances.get(line, 0) != self.balance.get(line, 0):
                there, here = balances.get(line, 0), self.balance.get(line, 0)
                self.wrong(f"head office has {there} on {line.text}, all books together {here}")


def _moved(entries: tuple[Entry, ...]) -> list[tuple]:
    """From which line to which how much, whatever the transfer is called."""
    return [one[2:] for one in entries]


def _active_since(store: "Store") -> int:
    """Terminals heard since then are asked for the head at a start."""
    now_s = store.clock.now_s()
    return min(now_s, store.books.last_at_s() or now_s) - ACTIVE_S


def _spent(entries: tuple[Entry, ...]) -> int:
    return sum(one.amount for one in entries if one.debit.book == "member" and one.credit.book == "revenue")


def _arrived(entries: tuple[Entry, ...], store: str) -> int:
    """Stored value that came onto a store's lines."""
    return sum(
        one.amount for one in entries if one.credit.book == "member" and one.credit.holder == store
        and one.credit.asset in STORED
    )
