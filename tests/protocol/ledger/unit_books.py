"""A chain in words, with what comes in units: coupons, codes, once-per-member offers, punches."""

from protocol.ledger import coupons, floats, punches
from protocol.ledger.credits import confirm
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Booking, available
from tests.protocol.ledger.books import RIGHTS, Chain

UNIT_RIGHTS = RIGHTS | {"issue:punch": 12, "issue:coupon:tea": 2, "code:MAY": 2}


class UnitChain(Chain):
    """Verbs for units; a coupon is named by the row that issued it."""

    def __init__(self, order: str = "principal_first"):
        super().__init__(order, rights_left=UNIT_RIGHTS)

    def figure(self, name: str, store: str) -> str:
        """Beside those of money: what is free here of an asset, 'locked', and balances of books, in units."""
        here = self.holdings[store]
        if name == "locked":
            return str(sum(len(one.parts) for one in here.holds if one.state == coupons.LOCKED))
        if ":" in name and " " not in name:
            return str(available(here, name))
        if ":" in name:
            book, asset = name.split(" ", 1)
            return str(self._sum(book, asset))
        return super().figure(name, store)

    def _issue(self, store, here, id_, row):
        return coupons.issue(here, id_, row["of"], self.rights.get(store, {}), 1, row.get("expires", ""))

    def _lock(self, store, here, id_, row):
        return coupons.lock(here, row["basket"], _lots(row), row.get("on", ""), used=_used(row))

    def _unlock(self, store, here, id_, row):
        return coupons.unlock(here, row["basket"], _lots(row) or None)

    def _redeem(self, store, here, id_, row):
        grace = int(row.get("grace") or 0)
        return coupons.redeem(here, id_, _lots(row), row["basket"], row.get("on", ""), grace, _used(row))

    def _use_code(self, store, here, id_, row):
        return coupons.use_code(here, id_, row["of"], self.rights[store], used=_used(row))

    def _use_once(self, store, here, id_, row):
        return coupons.use_code(here, id_, row["of"], self.rights[store], limited=False, once=True, used=_used(row))

    def _use_both(self, store, here, id_, row):
        return coupons.use_code(here, id_, row["of"], self.rights[store], once=True, used=_used(row))

    def _make_once(self, store, here, id_, row):
        return coupons.issue_once(here, row["of"], 1)

    def _punch(self, store, here, id_, row):
        return self._maybe(id_, punches.earn(here, id_, row["of"], int(row["amount"]), self.rights[store], 1, _on(row)))

    def _sell_punches(self, store, here, id_, row):
        return punches.sell(here, id_, row["of"], int(row["amount"]), self.rights[store], 1, _on(row))

    def _redeem_punches(self, store, here, id_, row):
        return punches.redeem(here, id_, row["of"], int(row["amount"]))

    def _confirm(self, store, here, id_, row):
        return confirm(here, row["of"] + "/later", self.pending[row["of"]], 1)

    def _send(self, store, here, id_, row):
        """A grant by head office, a return by a store: units of one asset, or one named coupon."""
        lots = _lots(row) or None
        want = {row["asset"]: int(row["amount"])}
        if store == HQ:
            booking, slices = floats.grant(here, row["to"], want, id_, lots)
        else:
            booking, slices = floats.give_back(here, id_, want, lots)
        self.on_the_way[id_] = slices
        return booking

    def _maybe(self, id_, result):
        if not isinstance(result, Booking):
            self.pending = getattr(self, "pending", {}) | {id_: result}
        return result


def _lots(row) -> list[str]:
    return [coupons.coupon_lot(id_) for id_ in row["of"].split()]


def _used(row) -> tuple[str, ...]:
    names = row.get("known used", "").split()
    return (*names, *(coupons.coupon_lot(name) for name in names))


def _on(row) -> str:
    return row.get("expires", "")
