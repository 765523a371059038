"""Head office's money in memory: what hq_server/vault/books.py asks of storage, over dicts with an undo log."""

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Any

from hq_server.vault.rows import (
    Gateway,
    Life,
    Lot,
    Member,
    Message,
    Place,
    Shopped,
    Visits,
    Written,
)
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding, Slice
from tools.simulation.memory_moves import MemoryMoves
from tools.simulation.memory_recovery import MemoryRecovery
from tools.simulation.memory_rights import MemoryRights

SHOWN = ("principal", "bonus", "points")
PERSON = Member("", "active", "", 5000, 0)


class MemoryVault(MemoryRights, MemoryRecovery, MemoryMoves):
    """One head office. A transaction is begin() ... commit(); `rung` are the topics of the last one committed."""

    tables = (
        "balance", "lots", "events", "of_key", "hashes", "gateways", "lives", "grants", "recalls", "requests",
        "right_grants", "members", "been", "due", "keeps", "heir", "mail", "acked", "open_of", "granted_for",
        "parts", "parts_of", "moved", "moved_of", "receipts", "cases_by",
        "offices", "heard",
    )

    def __init__(self, random: Callable[[int], bytes], cover: Mapping[str, int], days: tuple[int, int] = (0, 0)):
        super().__init__()
        self.now_s = 0
        self.random = random
        self.rung: list[str] = []
        self.alarms: list[tuple[str, str, str]] = []
        self._cover, self._days = dict(cover), days
        self._rules: dict = {}
        self.balance: dict[Line, int] = {}
        self.party: dict[str, dict[Line, int]] = {}  # an index: the lines of a party that are not zero
        self.lots: dict[tuple[str, str], Lot] = {}
        self.events: list[Written] = []
        self.of_key: dict[str, int] = {}
        self.hashes: dict[tuple[str, int], str] = {}
        self.gateways: dict[str, Gateway] = {}
        self.lives: dict[str, Life] = {}
        self.members: dict[str, Member] = {}
        self.been: dict[str, dict[str, Visits]] = {}
        self.due: dict[str, int] = {}
        self.keeps: dict[tuple[str, str], int] = {}  # (store, account) -> what the store was told to keep
        self.heir: dict[str, str] = {}
        self.mail: dict[str, list[Message]] = {}
        self.acked: dict[str, int] = {}

    def begin(self) -> None:
        self.rung = []

    def image(self) -> dict[str, Any]:
        return super().image() | {"mail": {life: list(mail) for life, mail in self.mail.items()}}  # lists that grow

    def restore(self, image: dict[str, Any]) -> None:
        super().restore(image)
        self.party = {}
        for line, left in self.balance.items():
            if left:
                self.party.setdefault(line.party, {})[line] = left

    def new_id(self) -> str:
        return self.random(16).hex()

    # balances

    def balances(self, lines: Collection[Line]) -> dict[Line, int]:
        return {line: self.balance[line] for line in lines if line in self.balance}

    def put_balances(self, left: Mapping[Line, int]) -> None:
        for line, amount in left.items():
            self.put(self.balance, line, amount)
            mine = self.party.setdefault(line.party, {})
            if amount:
                self.put(mine, line, amount)
            else:
                self.drop(mine, line)

    def holding(self, account: str, holder: str) -> Holding:
        slices = []
        for line, left in self.party.get(account, {}).items():
            if left > 0 and line.holder == holder and line.book == "member":
                lot = self.lots[account, line.lot]
                slices.append(Slice(line.asset, line.lot, left, lot.origin, lot.kind, lot.expires, lot.opened_s))
        return Holding(account, holder, tuple(sorted(slices)))

    def held(self, account: str) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for line, left in self.party.get(account, {}).items():
            if left > 0 and line.book == "member":
                found[line.holder, line.asset] = found.get((line.holder, line.asset), 0) + left
        return dict(sorted(found.items()))

    def debts(self, account: str) -> list[tuple[Line, int]]:
        mine = self.party.get(account, {}).items()
        return sorted((line, left) for line, left in mine if line.book in ("offline_credit", "receivable"))

    def lent_at(self, store: str) -> list[tuple[str, int]]:
        mine = ((line, left) for line, left in self.balance.items() if line.book == "offline_credit" and left < 0)
        return sorted((line.party, -left) for line, left in mine if line.holder == store)

    def lines_at(self, holder: str) -> list[tuple[Line, int]]:
        return sorted((line, left) for line, left in self.balance.items() if line.holder == holder and left > 0)

    def rights_of(self, store: str) -> dict[tuple[str, str], int]:
        mine = self.party.get(store, {}).items()
        return {(line.asset, line.holder): left for line, left in mine if line.book == "right"}

    def known_lots(self, lots: Collection[str]) -> set[tuple[str, str]]:
        return {key for key in self.lots if key[1] in lots} if len(lots) > 50 else self._known(lots)

    def _known(self, lots: Collection[str]) -> set[tuple[str, str]]:
        return {(account, lot) for lot in lots for account in self.members if (account, lot) in self.lots}

    def add_lots(self, lots: Iterable[Lot]) -> None:
        for one in lots:
            self.put(self.lots, (one.account, one.lot), one)

    def days_of_rules(self, version: int | None) -> tuple[int, int]:
        return self._days

    # events

    def add_events(self, events: list[Written]) -> list[int]:
        first = len(self.events) + 1
        for number, one in enumerate(events, first):
            key = one.told.request_key if one.told and not one.duplicate_of else None
            if key is not None:
                if key in self.of_key:
                    raise ValueError("booked before: " + key)
                self.put(self.of_key, key, number)
            receipt = one.told.event.receipt if one.told and key else None
            if one.kind == "sale" and receipt:
                self.put(self.receipts, (one.store, receipt), one.transfer)
            self.put(self.hashes, (one.incarnation, one.seq), one.hash)
            self.add(self.events, one)
        return list(range(first, first + len(events)))

    def places(self, keys: Collection[str]) -> dict[str, Place]:
        found = {key: self.of_key[key] for key in keys if key in self.of_key}
        return {key: self._place(number) for key, number in found.items()}

    def _place(self, number: int) -> Place:
        one = self.events[number - 1]
        return Place(number, one.store, one.incarnation, one.seq)

    def entries_of(self, event: int) -> tuple[Entry, ...]:
        return self.events[event - 1].entries

    def has_own(self, transfer: str) -> bool:
        return any((one.store, one.transfer) == ("hq", transfer) for one in self.events)

    def hash_at(self, incarnation: str, seq: int) -> str | None:
        return self.hashes.get((incarnation, seq))

    def witness_key(self, terminal: str, number: int) -> bytes | None:
        return None

    # gateways

    def gateway(self, store: str) -> Gateway | None:
        return self.gateways.get(store)

    def enrolled(self) -> list[Gateway]:
        return [one for _, one in sorted(self.gateways.items()) if one.status == "enrolled"]

    def set_gateway(self, store: str, **values: Any) -> None:
        known = {name: value for name, value in values.items() if name in Gateway._fields}
        self.put(self.gateways, store, self.gateways[store]._replace(**known))

    def life(self, incarnation: str) -> Life | None:
        return self.lives.get(incarnation)

    def add_life(self, life: Life) -> None:
        self.put_new(self.lives, life.incarnation, life)

    def set_life(self, incarnation: str, **values: Any) -> None:
        known = {name: value for name, value in values.items() if name in Life._fields}
        self.put(self.lives, incarnation, self.lives[incarnation]._replace(**known))

    def last_receipt(self, store: str) -> int:
        return max((life.last_receipt for life in self.lives.values() if life.store == store), default=0)

    def cover(self, store: str) -> Mapping[str, int]:
        return self._cover if store in self.gateways else {}

    def snapshot(self, store: str, incarnation: str) -> None:
        self.send(store, "rules", self._rules)
        self.send(store, "revocation", {})
        self.tell_figures(store, sorted(self.members))

    # members

    def member(self, account: str) -> Member | None:
        return self.members.get(account)

    def meet(self, account: str, store: str, card: str = "", display: str = "") -> Member:
        known = self.members.get(account)
        if known is None:
            self.put(self.members, account, PERSON._replace(account=account, home=store))
            for gateway in self.enrolled():
                self.tell_figures(gateway.store, [account])
        elif not known.home:
            self.put(self.members, account, known._replace(home=store))
        return self.members[account]

    def meet_all(self, accounts: Set[str], store: str) -> dict[str, Member]:
        return {account: self.meet(account, store) for account in sorted(accounts)}

    def note_shopping(self, store: str, shopped: Mapping[str, Shopped]) -> None:
        for account, one in shopped.items():
            figures = {"usual_cents": one.usual_cents, "sales": one.sales}
            self.put(self.members, account, self.members[account]._replace(**figures))
            self._add_visits(account, store, one.visits)

    def set_status(self, account: str, status: str) -> None:
        self.put(self.members, account, self.members[account]._replace(status=status))
        for gateway in self.enrolled():
            self.tell_figures(gateway.store, [account])

    def block_card(self, card: str) -> bool:
        return False  # cards are not played here

    def heirs(self) -> Mapping[str, str]:
        return self.heir

    def put_heir(self, account: str, heir: str) -> None:
        self.put(self.heir, account, heir)

    def _add_visits(self, account: str, store: str, count: int) -> None:
        been = dict(self.been.get(account, {}))
        before = been[store].count if store in been else 0
        been[store] = Visits(store, before + count, self.now_s)
        self.put(self.been, account, been)

    def visits(self, account: str) -> list[Visits]:
        been = self.been.get(account, {})
        return sorted(been.values(), key=lambda one: (-one.count, one.store))

    def targets(self, account: str) -> dict[str, int]:
        return {store: keep for (store, one), keep in sorted(self.keeps.items()) if one == account}

    def put_target(self, account: str, store: str, keep_cents: int | None) -> None:
        if keep_cents is None:
            self.drop(self.keeps, (store, account))
        else:
            self.put(self.keeps, (store, account), keep_cents)

    def forget_targets(self, store: str) -> None:
        for key in [key for key in self.keeps if key[0] == store]:
            self.drop(self.keeps, key)

    def add_due(self, accounts: Collection[str]) -> None:
        for account in sorted(accounts):
            if account not in self.due:
                self.put(self.due, account, self.now_s)

    def any_due(self) -> bool:
        return bool(self.due)

    def take_due(self, limit: int) -> list[str]:
        accounts = sorted(self.due, key=lambda account: (self.due[account], account))[:limit]
        for account in accounts:
            self.drop(self.due, account)
        return accounts

    def tell_figures(self, store: str, accounts: list[str]) -> None:
        for account in accounts:
            held = self.held(account)
            in_all = dict.fromkeys(SHOWN, 0)
            for (_, asset), left in held.items():
                if asset in in_all:
                    in_all[asset] += left
            status = self.members[account].status
            owed = {line.asset: -left for line, left in self.debts(account) if line.book == "receivable" and left < 0}
            told = {"account": account, "status": status, "in_all": in_all, "as_of_s": self.now_s, "owed": owed}
            self.send(store, "member", told, account)

    # mail

    def open_outbox(self, incarnation: str) -> None:
        self.put(self.mail, incarnation, [])
        self.put(self.acked, incarnation, 0)

    def forget_outbox(self, incarnation: str) -> None:
        self.put(self.mail, incarnation, [])

    def send(self, store: str, kind: str, values: dict, about: str = "") -> int:
        gateway = self.gateways.get(store)
        if gateway is None or gateway.status != "enrolled":
            return 0
        mail = self.mail[gateway.incarnation]
        n = len(mail) + 1
        # The body stays a dict: what is said on the wire is the other depth's affair.
        head = {"n": n, "gateway": store, "incarnation": gateway.incarnation, "hq": self.office().life}
        body: Any = {**head, "kind": kind, **values}
        self.add(mail, Message(n, body, ""))
        self.ring("outbox:" + store)
        return n

    def messages(self, incarnation: str, numbers: Collection[int]) -> list[Message]:
        mail = self.mail.get(incarnation, [])
        return [mail[n - 1] for n in sorted(numbers) if n <= len(mail) and mail[n - 1].body]

    def messages_after(self, incarnation: str, after: int, limit: int) -> list[Message]:
        # A restored head office goes on after what a store has had: below, it has nothing.
        return [one for one in self.mail.get(incarnation, [])[after : after + limit] if one.body]

    def acknowledge(self, incarnation: str, upto: int) -> None:
        if self.acked.get(incarnation, 0) < upto <= len(self.mail.get(incarnation, [])):
            self.put(self.acked, incarnation, upto)

    def backlog(self, incarnation: str) -> int:
        return len(self.mail.get(incarnation, [])) - self.acked.get(incarnation, 0)

    def alarm(self, kind: str, store: str, detail: str, terminal: str = "") -> None:
        self.alarms.append((kind, store, detail))

    def ring(self, topic: str) -> None:
        self.rung.append(topic)

    # what the simulation does in the place of other parts of head office

    def found_store(self, store: str) -> None:
        """A store is opened."""
        self.put(self.gateways, store, Gateway(store, "", "waiting", 0))

    def lay_down_rules(self, body: dict) -> None:
        """The chain's rules."""
        self._rules = body
        self._days = body.get("bonus_days", 0), body.get("points_days", 0)
        for gateway in self.enrolled():
            self.send(gateway.store, "rules", body)

    def add_member(self, account: str, home: str) -> None:
        """A member joins at head office."""
        self.put(self.members, account, PERSON._replace(account=account, home=home))
        for gateway in self.enrolled():
            self.tell_figures(gateway.store, [account])
