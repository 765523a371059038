"""A chain in words: stores, a pool and their books, driven by the rows of a table and checked after each of them.

Every request goes through the pure rules, its entries through the mirror, and the equation is checked after each row.
A repeat of an id gets its first answer, as the stores' tables do it.
"""

from protocol.ledger import expiry, floats, holds, mirror, reversals, rights, spending
from protocol.ledger.credits import Pending, collect, earn, top_up
from protocol.ledger.entries import HQ, Line
from protocol.ledger.lots import Booking, Holding, Refusal, available, total
from protocol.money import money_text, parse_money

ACCOUNT = "0a" * 16
RIGHTS = {"issue:principal": 100_000, "issue:bonus": 10_000, "issue:points": 1_000}


class Chain:
    """Holdings by holder, all entries ever booked, and the mirror of them."""

    def __init__(self, order: str = "principal_first", stores: tuple[str, ...] = ("0001", "0002"), rights_left=RIGHTS):
        self.order = order
        self.holdings = {name: Holding(ACCOUNT, name) for name in (HQ, *stores)}
        self.rights = {name: dict(rights_left) for name in stores}
        self.entries: list = []
        self.balances: dict[Line, int] = {}
        self.answers: dict[str, str] = {}
        self.transfers: dict[str, tuple] = {}
        self.on_the_way: dict[str, tuple] = {}
        for store in stores:
            for name, amount in rights_left.items():
                grant_id = f"{store}/{name.replace(':', '-')}"
                self._book([rights.grant_right(store, name, amount, grant_id)])
                self._book([rights.take_right(store, name, amount, grant_id)])

    def do(self, row: dict[str, str]) -> str:
        """Plays one row; gives the result in words."""
        id_ = row["id"]
        if id_ in self.answers and row["request"] == self.answers[id_].split(":")[0]:
            return self.answers[id_].split(":")[1] + " (repeat)"
        verb = getattr(self, "_" + row["request"].replace(" ", "_"))
        store = row.get("store") or "0001"
        result = verb(store, self.holdings[store], id_, row)
        answer = self._settle(store, id_, result)
        self.answers[id_] = row["request"] + ":" + answer
        return answer

    def figure(self, name: str, store: str) -> str:
        """A column of a table after a row: what can be spent here of an asset, what is held, owed, in the pool..."""
        here = self.holdings[store]
        if name == "points":
            return str(available(here, "points"))
        if name in ("principal", "bonus"):
            return money_text(available(here, name))
        if name == "held":
            return money_text(sum(holds.held_cents(one) for one in here.holds))
        if name == "pool":
            return money_text(total(self.holdings[HQ], "principal"))
        if name == "right":
            return money_text(self.rights[store]["issue:principal"])
        if name == "owed":
            return money_text(self._sum("receivable", "principal"))
        if name == "transit":
            return money_text(self._sum("member", "principal", "transit"))
        if name == "suspense":
            return money_text(self._sum("member", "principal", "suspense"))
        book, _, asset = name.partition(" ")
        return money_text(self._sum(book, asset))

    def _sum(self, book: str, asset: str, holder: str = "") -> int:
        found = [(line, amount) for line, amount in self.balances.items() if line.book == book and line.asset == asset]
        return sum(amount for line, amount in found if not holder or line.holder == holder)

    def _settle(self, store: str, id_: str, result) -> str:
        if isinstance(result, Refusal):
            known = result.approve_cents is not None
            return result.reason + (" " + money_text(result.approve_cents) if known else "")
        if isinstance(result, Pending):
            return f"pending {result.amount}"
        self.holdings[store] = result.holding
        self.transfers[id_] = result.entries
        self._book(result.entries)
        for name, amount in result.rights_drawn.items():
            self.rights[store][name] -= amount
            assert self.rights[store][name] == self.balances[Line("right", store, name, store)]
        return "ok"

    def _book(self, entries) -> None:
        self.balances = mirror.apply(self.balances, entries)
        self.entries += entries
        assert len({(one.transfer, one.n) for one in self.entries}) == len(self.entries), "a number was used twice"
        mirror.conservation(self.balances, self.entries)
        for holding in self.holdings.values():
            for one in holding.slices:
                line = Line("member", ACCOUNT, one.asset, holding.holder, one.lot)
                assert self.balances.get(line, 0) == one.amount

    def _top_up(self, store, here, id_, row):
        paid, bonus = _cents(row["amount"]), _cents(row.get("gift", ""))
        return top_up(here, id_, paid, bonus, self.rights[store], 1, row.get("expires", ""))

    def _spend(self, store, here, id_, row):
        points, value = int(row.get("by points") or 0), _cents(row.get("worth", ""))
        return spending.debit(here, id_, _cents(row["amount"]), points, value, row.get("order") or self.order)

    def _earn(self, store, here, id_, row):
        return earn(here, id_, int(row["amount"]), self.rights[store], 1, row.get("expires", ""))

    def _reverse(self, store, here, id_, row):
        return reversals.reverse(self.transfers[row["of"]], id_, here)

    def _collect(self, store, here, id_, row):
        return collect(here, id_, "principal", _cents(row["amount"]))

    def _expire(self, store, here, id_, row):
        return expiry.expire(here, id_, row["of"], int(row.get("grace") or 0))

    def _hold(self, store, here, id_, row):
        return holds.hold(here, id_, _cents(row["amount"]), self.order)

    def _capture(self, store, here, id_, row):
        return holds.capture(here, row["of"], id_, _cents(row["amount"]))

    def _capture_part(self, store, here, id_, row):
        return holds.capture(here, row["of"], id_, _cents(row["amount"]), last=False)

    def _void(self, store, here, id_, row):
        return holds.void(here, row["of"])

    def _hold_expires(self, store, here, id_, row):
        return holds.expire(here, row["of"])

    def _pump_starts(self, store, here, id_, row):
        return holds.start(here, row["of"])

    def _pump_stops(self, store, here, id_, row):
        return holds.stop(here, row["of"])

    def _suspend(self, store, here, id_, row):
        return holds.suspend(here, row["of"], id_)

    def _settle_hold(self, store, here, id_, row):
        return holds.settle(here, row["of"], id_, _cents(row["amount"]))

    def _settle_part(self, store, here, id_, row):
        return holds.settle(here, row["of"], id_, _cents(row["amount"]), last=False)

    def _delivered(self, store, here, id_, row):
        return holds.delivered(here, row["of"], id_, _cents(row["amount"]), order=self.order)

    def _delivered_part(self, store, here, id_, row):
        return holds.delivered(here, row["of"], id_, _cents(row["amount"]), last=False, order=self.order)

    def _overrun(self, store, here, id_, row):
        return holds.overrun(here, id_, _cents(row["amount"]), self.order)

    def _give_back(self, store, here, id_, row):
        want = {"principal": _cents(row["amount"])} if row["amount"] else None
        booking, self.on_the_way[id_] = floats.give_back(here, id_, want)
        return booking

    def _grant(self, store, here, id_, row):
        assert store == HQ, "only head office grants"
        booking, self.on_the_way[id_] = floats.grant(here, row["to"], {"principal": _cents(row["amount"])}, id_)
        return booking

    def _take(self, store, here, id_, row):
        return floats.take(here, row["of"], self.on_the_way.pop(row["of"]))

    def _take_back(self, store, here, id_, row):
        return floats.take_back(here, row["of"], self.on_the_way.pop(row["of"]))

    def _receive(self, store, here, id_, row):
        return floats.receive(here, row["of"], self.on_the_way.pop(row["of"]), row["to"])


ASKED = {"request", "id", "of", "store", "amount", "gift", "expires", "by points", "worth", "order", "grace", "to"}
ASKED |= {"asset", "basket", "on", "known used", "limit", "cap"}


def play(chain: Chain, table: list[dict[str, str]]) -> None:
    """Plays a table; each row's result and every figure after it must be what the row says."""
    for number, row in enumerate(table, 1):
        got = {"result": chain.do(row)}
        for column in row.keys() - ASKED - {"result"}:
            got[column] = chain.figure(column, row.get("store") or "0001")
        wanted = {column: row[column] for column in got}
        assert got == wanted, f"row {number}: {row['request']} {row['id']}: {got} instead of {wanted}"


def _cents(text: str) -> int:
    return parse_money(text) if text else 0


__all__ = ["ACCOUNT", "Booking", "Chain", "play"]
