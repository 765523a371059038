"""Two members in words, who turn out to be one: their pool, two stores, and what is moved, paid out and forfeited."""

from protocol.ledger import accounts, adjustments, expiry, floats, holds, mirror, spending
from protocol.ledger.credits import top_up
from protocol.ledger.entries import HQ, Entry, Line
from protocol.ledger.lots import Booking, Holding, Refusal, Slice, total
from protocol.money import money_text, parse_money
from tests.protocol.ledger.books import ASKED

ASKED.update({"who", "change", "reason", "by", "with", "day"})
WHO = {"old": "0a" * 16, "heir": "0b" * 16}
FREE = {"issue:principal": 10**9, "issue:bonus": 10**9}


class Accounts:
    """Holdings by (who, holder). A figure is 'old hq', 'heir 0001 bonus', or a book: 'cash principal'."""

    def __init__(self):
        self.holdings = {(who, at): Holding(WHO[who], at) for who in WHO for at in (HQ, "0001", "0002")}
        self.status = dict.fromkeys(WHO, accounts.ACTIVE)
        self.balances: dict[Line, int] = {}
        self.entries: list[Entry] = []
        self.away: list[Slice] = []  # what went over to the heir and is not back
        self.rights = {"issue:adjust:principal": 5000, "issue:adjust:points": 10}
        self.owed = 0

    def do(self, row: dict[str, str]) -> str:
        """Plays one row; gives the result in words."""
        who, store = row.get("who") or "old", row.get("store") or HQ
        verb = getattr(self, "_" + row["request"].replace(" ", "_"))
        done = verb(who, store, self.holdings[who, store], row)
        if isinstance(done, Refusal):
            return done.reason
        if isinstance(done, Booking):
            self.holdings[who, store] = done.holding
            self._book(done.entries)
        return done if isinstance(done, str) else "ok"

    def figure(self, name: str, _store: str) -> str:
        """What the title of a column means after a row."""
        who, _, rest = name.partition(" ")
        if rest == "is":
            return self.status[who]
        if who in WHO:
            at, _, asset = rest.partition(" ")
            return _text(total(self.holdings[who, at], asset or "principal"), asset)
        book, asset = name.rsplit(" ", 1)
        return _text(sum(x for line, x in self.balances.items() if line.book == book and line.asset == asset), asset)

    def _book(self, entries) -> None:
        self.balances = mirror.apply(self.balances, entries)
        self.entries += entries
        assert len({(one.transfer, one.n) for one in self.entries}) == len(self.entries), "a number was used twice"
        mirror.conservation(self.balances, self.entries)
        for holding in self.holdings.values():
            for one in holding.slices:
                line = Line("member", holding.account, one.asset, holding.holder, one.lot)
                assert self.balances.get(line, 0) == one.amount

    def _credit(self, who, store, here, row):
        return top_up(here, row["id"], _cents(row["amount"]), _cents(row.get("gift", "")), FREE, 1)

    def _give(self, who, store, here, row):
        """Something that is no money, by head office or a store's hand: an adjustment of many pieces."""
        return adjustments.adjust(here, row["id"], row["asset"], int(row["amount"]), "goodwill", "1", "2", None, 1)

    def _spend(self, who, store, here, row):
        return spending.debit(here, row["id"], _cents(row["amount"]))

    def _hold(self, who, store, here, row):
        return holds.hold(here, row["id"], _cents(row["amount"]))

    def _void(self, who, store, here, row):
        return holds.void(here, row["of"])

    def _grant(self, who, store, here, row):
        pool = self.holdings[who, HQ]
        booking, slices = floats.grant(pool, store, {"principal": _cents(row["amount"])}, row["id"])
        return self._moved(who, HQ, booking, who, store, floats.take(here, row["id"], slices))

    def _come_home(self, who, store, here, row):
        booking, slices = floats.give_back(here, row["id"])
        taken = floats.receive(self.holdings[who, HQ], row["id"], slices, store)
        return self._moved(who, store, booking, who, HQ, taken)

    def _moved(self, giver, at, gives, taker, to, takes):
        self.holdings[giver, at] = gives.holding
        self.holdings[taker, to] = takes.holding
        self._book(gives.entries + takes.entries)

    def _step(self, who, store, here, row):
        after = accounts.step(self.status[who], row["of"])
        if not isinstance(after, Refusal):
            self.status[who] = after
        return after if isinstance(after, Refusal) else "ok"

    def _merge(self, who, store, here, row):
        before = {one.lot: one for one in here.slices}
        owed = {"principal": _cents(row["amount"])} if row.get("amount") else None
        moved = accounts.move(here, self.holdings["heir", HQ], row["id"], owed)
        for one in moved.old.slices:
            gone = before[one.lot].amount - one.amount
            self.away += [one._replace(amount=gone)] if gone and not one.asset.startswith("once:") else []
        return self._both(moved)

    def _undo(self, who, store, here, row):
        moved, self.away = accounts.move_back(here, self.holdings["heir", HQ], row["id"], self.away)
        return self._both(moved)

    def _both(self, moved):
        self.holdings["old", HQ], self.holdings["heir", HQ] = moved.old, moved.heir
        self._book(moved.entries)
        return f"{len(moved.entries)} entries"

    def _close(self, who, store, here, row):
        owed = {"principal": _cents(row["amount"])} if row.get("amount") else None
        closed = accounts.close(here, row["id"], owed)
        if isinstance(closed, Refusal):
            return closed
        self.holdings[who, store] = closed.booking.holding
        self._book(closed.booking.entries)
        left = "".join(f", owes {money_text(cents)}" for cents in closed.owed.values())
        return f"pays {money_text(closed.paid_cents)}{left}"

    def _adjust(self, who, store, here, row):
        sign, digits = (-1, row["change"][1:]) if row["change"].startswith("-") else (1, row["change"])
        change = sign * (int(digits) if row["asset"] == "points" else parse_money(digits))
        rights = None if store == HQ else self.rights
        done = adjustments.adjust(
            here, row["id"], row["asset"], change, row["reason"], row["by"], row["with"], rights, 1
        )
        if isinstance(done, Booking) and store != HQ:
            self._fill_rights(store)
            self.rights = {name: left - done.rights_drawn.get(name, 0) for name, left in self.rights.items()}
        return done

    def _fill_rights(self, store):
        """Head office had granted what is drawn now."""
        lines = {name: Line("right", store, name, HQ) for name in self.rights}
        missing = [(line, self.rights[name]) for name, line in lines.items() if line not in self.balances]
        grants = [
            Entry(f"grant {line.asset}", 1, line, line._replace(holder=store), amount) for line, amount in missing
        ]
        self._book(grants)

    def _expire(self, who, store, here, row):
        transfer = expiry.expiry_id(store, here.account, row["day"])
        return expiry.expire(here, transfer, row["day"].replace("?", ""), int(row.get("grace") or 0))


def _text(amount: int, asset: str) -> str:
    return str(amount) if asset == "points" or ":" in asset else money_text(amount)


def _cents(text: str) -> int:
    return parse_money(text) if text else 0
