"""A chain in words, with what its owner may risk: offline credit, advances, overrides."""

from protocol.ledger import holds, offline
from protocol.ledger.credits import Owed, collect_owed, give_back_owed, top_up
from protocol.ledger.entries import HQ, Line
from protocol.ledger.lots import Booking
from protocol.ledger.offline import Exposure, Limits
from protocol.money import money_text, parse_money
from tests.protocol.ledger.books import ACCOUNT, Chain


class RiskChain(Chain):
    """Verbs for lending. `limit` is 'member' or 'member/store'; what is lent is read off the books."""

    def figure(self, name: str, store: str) -> str:
        """Beside those of money: 'lent' by this store, 'promised' by its holds."""
        if name == "lent":
            return money_text(-self.balances.get(_debt(store), 0))
        if name == "promised":
            return money_text(offline.promised_cents(self.holdings[store]))
        return super().figure(name, store)

    def _lend(self, store, here, id_, row):
        limits, lent = self._risk(store, row)
        return offline.debit(here, id_, _cents(row["amount"]), limits, lent, self.order)

    def _hold(self, store, here, id_, row):
        if not row.get("limit"):
            return holds.hold(here, id_, _cents(row["amount"]), self.order)
        limits, lent = self._risk(store, row)
        return offline.hold(here, id_, _cents(row["amount"]), limits, lent, self.order)

    def _settle_lent(self, store, here, id_, row):
        assert store == HQ, "only head office settles"
        owed_cents = max(0, -self.balances.get(_debt(row["to"]), 0))
        return offline.settle(here, id_, row["to"], owed_cents)

    def _pay_in(self, store, here, id_, row):
        """A top-up, and what is owed as far as this row says the store knows of it: 'receivable/offline'."""
        booking = top_up(here, id_, _cents(row["amount"]), 0, self.rights[store], 1)
        assert isinstance(booking, Booking)
        receivable, _, lent = row["known used"].partition("/")
        owed = Owed({"principal": _cents(receivable)} if receivable else {}, _cents(lent))
        return collect_owed(booking, id_, owed)[0]

    def _surplus_back(self, store, here, id_, row):
        line = _debt(row["to"]) if row["to"] else Line("receivable", ACCOUNT, "principal")
        return give_back_owed(here, id_, line, self.balances[line], 1)

    def _risk(self, store: str, row) -> tuple[Limits, Exposure]:
        member, _, in_all = row["limit"].partition("/")
        lent = offline.exposure(self.balances)
        promised = offline.promised_cents(self.holdings[store])
        mine = lent.get((store, ACCOUNT), 0) + promised
        everyone = sum(cents for (where, _), cents in lent.items() if where == store) + promised
        return Limits(_cents(member), _cents(in_all) if in_all else None), Exposure(mine, everyone)


def _debt(store: str) -> Line:
    return Line("offline_credit", ACCOUNT, "principal", store)


def _cents(text: str) -> int:
    return parse_money(text) if text else 0
