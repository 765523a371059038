"""A store whose disk head office cannot read, in words: what it did, what is advanced, what comes to light."""

from protocol.ledger import floats, mirror, reversals, spending
from protocol.ledger.advances import Advanced, advance
from protocol.ledger.cases import Case, came_to_light, release, testified
from protocol.ledger.credits import top_up
from protocol.ledger.entries import HQ, SUSPENSE, Entry, Line, member_line
from protocol.ledger.lots import Holding, Refusal, available, opened, total
from protocol.money import money_text, parse_money
from tests.protocol.ledger.books import ACCOUNT

STORE = "0001"


class Town:
    """The disk, head office's mirror of everything, and the case between them."""

    def __init__(self):
        self.disk = Holding(ACCOUNT, STORE)
        self.pool = Holding(ACCOUNT, HQ)
        self.case = Case(ACCOUNT, STORE, STORE)
        self.unseen: dict[str, tuple] = {}
        self.terms: tuple = ()
        self.balances: dict[Line, int] = {}
        self.entries: list[Entry] = []

    def do(self, row: dict[str, str]) -> str:
        """Plays one row; gives the result in words."""
        return getattr(self, "_" + row["request"].replace(" ", "_"))(row["id"], row["of"], row) or "ok"

    def figure(self, name: str) -> str:
        """A column of a table after a row: the disk's truth, or what head office's books say."""
        if name == "disk":
            return money_text(total(self.disk, "principal"))
        if name == "pool":
            return money_text(available(self.pool, "principal"))
        if name in ("waiting", "advanced"):
            return money_text(sum(one.amount for one in getattr(self.case, name)))
        if name == "transit":
            return money_text(self._sum("member", "transit"))
        return money_text(self._sum(name))

    def book(self, entries) -> None:
        """Into the mirror, with the equation checked."""
        self.balances = mirror.apply(self.balances, entries)
        self.entries += entries
        mirror.conservation(self.balances, self.entries)

    def _sum(self, book: str, holder: str = "") -> int:
        lines = self.balances.items()
        return sum(n for line, n in lines if line.book == book and line.holder == (holder or line.holder))

    def _top_up(self, id_, of, row):
        booking = top_up(self.disk, id_, _cents(row), 0, {"issue:principal": 1_000_000}, 1)
        self._on_disk(id_, booking)

    def _spend(self, id_, of, row):
        self._on_disk(id_, spending.debit(self.disk, id_, _cents(row)))

    def _void(self, id_, of, row):
        self._on_disk(id_, reversals.reverse(self.unseen[of], id_, self.disk))

    def _give_back(self, id_, of, row):
        self._on_disk(id_, floats.give_back(self.disk, id_, {"principal": _cents(row)})[0])

    def _on_disk(self, id_, booking):
        self.terms += opened(self.disk, booking.holding)
        self.disk, self.unseen[id_] = booking.holding, booking.entries

    def _seen(self, id_, of, row):
        """The uplink brings an event while all is well."""
        self.book(_without_rights(self.unseen[of]))
        self.case = self.case._replace(waiting=tuple(one for one in self.disk.slices if one.amount))

    def _dies(self, id_, of, row):
        """The life is fenced: what head office knew there goes into suspense."""
        moves = [(one, member_line(ACCOUNT, one.asset, STORE, one.lot)) for one in self.case.waiting]
        away = [(line, line._replace(holder=SUSPENSE), one.amount) for one, line in moves]
        self.book([Entry(id_, at, debit, credit, amount) for at, (debit, credit, amount) in enumerate(away, 1)])
        self.case = self.case._replace(holder=SUSPENSE)

    def _advance(self, id_, of, row):
        want = {"principal": _cents(row)} if row["amount"] else None
        done = advance(self.case, self.pool, id_, {"stored": parse_money(row["cap"])}, want)
        if not isinstance(done, Advanced):
            return _words(done)
        self.book(done.booking.entries)
        self.pool, self.case = done.booking.holding, done.case

    def _comes_to_light(self, id_, of, row):
        return self._found(came_to_light(self.case, self.unseen[of], of.startswith("V"), self.terms), of)

    def _testified(self, id_, of, row):
        return self._found(testified(self.case, id_, "principal", _cents(row)), id_)

    def _found(self, found, transfer):
        self.book(_without_rights(found.entries))
        self.case = found.case
        sent = [one for one in found.entries if one.credit.holder == "transit"]
        home = floats.receive(self.pool, transfer, [self._slice(one) for one in sent], STORE)
        self.book(home.entries)
        self.pool = home.holding
        return " ".join(["ok", *(f"beyond {money_text(amount)}" for _, amount in found.beyond)])

    def _slice(self, entry):
        return next(one for one in self.terms if one.lot == entry.credit.lot)._replace(amount=entry.amount)

    def _release(self, id_, of, row):
        operator, _, second = of.partition(" ")
        done = release(self.case, self.pool, id_, operator, second)
        if isinstance(done, Refusal):
            return _words(done)
        self.book(done[0].entries)
        self.pool, self.case = done[0].holding, done[1]


def _without_rights(entries):
    return [one for one in entries if one.debit.book != "right"]


def _words(refusal: Refusal) -> str:
    known = refusal.approve_cents is not None
    return refusal.reason + (" " + money_text(refusal.approve_cents) if known else "")


def _cents(row) -> int:
    return parse_money(row["amount"])


def play(town: Town, table: list[dict[str, str]]) -> None:
    """Plays a table; each row's result and every figure after it must be what the row says."""
    for number, row in enumerate(table, 1):
        got = {"result": town.do(row)}
        got |= {name: town.figure(name) for name in row.keys() - {"request", "id", "of", "amount", "cap", "result"}}
        wanted = {column: row[column] for column in got}
        assert got == wanted, f"row {number}: {row['request']} {row['id']}: {got} instead of {wanted}"
