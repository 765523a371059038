"""A chain in words, with sales that can be refunded: each has a refund right that lies at one holder."""

import json
import re

from protocol.ledger import refund_rights, refunds, reversals, spending
from protocol.ledger.credits import Pending, confirm, earn
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Booking, Refusal, Slice, lot_name, total
from protocol.ledger.refund_rights import RefundRight, Wanted
from protocol.money import money_text, parse_money, points_value_cents
from tests.protocol.ledger.books import ASKED, Chain

ASKED.update({"what", "cash", "earns", "day"})
TODAY = "2026-05-01"


class ReturnChain(Chain):
    """Verbs sale, refund, void refund, move right, from loss, set off (what came home against what was paid from loss).

    what: of a sale '2 tea 20.00, 1 cake 5.00', of which cash and points pay a part; of a refund 'all', '5.00' for
    nothing returned, or '1 of line 1, 1 of line 2'; of a payment from loss its tender.
    """

    def __init__(self, order: str = "principal_first", point_milli: int = 10_000, **more):
        super().__init__(order, **more)
        self.point_milli = point_milli  # a point is worth ten cents
        self.documents: dict[tuple[str, str], RefundRight] = {}  # (holder, sale)
        self.refunded: dict[str, refunds.Refunded] = {}
        self.later: dict[str, Pending] = {}
        self.units_back = True

    def figure(self, name: str, store: str) -> str:
        """Beside those of money: 'left' of all sales together, and what the last refund 'kept'."""
        if name == "left":
            return money_text(sum(refund_rights.paid_cents(one) for one in self.documents.values()))
        if name == "kept":
            return money_text(list(self.refunded.values())[-1].kept_cents if self.refunded else 0)
        if name == "till":
            return money_text(-self._sum("cash", "cash"))
        if name == "pool points":
            return str(total(self.holdings[HQ], "points"))
        if name == "owed points":
            return str(-self._sum("receivable", "points"))
        return super().figure(name, store)

    def _sale(self, store, here, id_, row):
        points, cash_cents = int(row.get("by points") or 0), _cents(row.get("cash"))
        worth = points_value_cents(points, self.point_milli)
        stored = sum(_cents(amount) for _, _, amount in _goods(row)) - worth - cash_cents
        booking = spending.debit(here, id_, stored, points, worth, self.order)
        if isinstance(booking, Refusal):
            return booking
        if cash_cents:
            entry = spending.cash(id_, store, cash_cents, len(booking.entries) + 1)
            booking = booking._replace(entries=(*booking.entries, entry))
        return self._opened(id_, self._with_points(store, id_, booking, row), row)

    def _with_points(self, store, id_, booking, row):
        if not row.get("earns"):
            return booking
        first_n = len(booking.entries) + 1
        earned = earn(booking.holding, id_, int(row["earns"]), self.rights[store], 1, row.get("expires", ""), first_n)
        if isinstance(earned, Pending):
            self.later[id_] = earned
            return booking
        return earned._replace(entries=booking.entries + earned.entries)

    def _opened(self, id_, booking, row):
        lines = [{"code": code, "qty_milli": qty, "amount_cents": _cents(paid)} for qty, code, paid in _goods(row)]
        pending = [_slice(self.later[id_])] if id_ in self.later else []
        right = refund_rights.open_right(id_, booking.holding, booking.entries, lines, pending)
        self.documents[booking.holding.holder, id_] = _over_the_wire(right)
        return booking

    def _refund(self, store, here, id_, row):
        right = self.documents.get((store, row["of"]))
        worth = {"points": self.point_milli}
        day = row.get("day") or TODAY
        how = refunds.How(
            id_, 1, "" if day == "?" else day, int(row.get("grace") or 0), worth, units_back=self.units_back
        )
        told = refunds.refund(right, _wanted(row["what"]), here, how)
        if isinstance(told, Refusal) or right is None:
            return told
        assert refund_rights.merged(told.right, told.share) == _sorted(right)
        assert refunds.misfit(told.share, told.booking.entries) == ""
        self.documents[store, row["of"]], self.refunded[id_] = _over_the_wire(told.right), told
        if told.share.pending:
            self._book_at_hq(refunds.take_pending(self.holdings[HQ], id_ + "/pending", told.share, store))
        return told.booking

    def _void_refund(self, store, here, id_, row):
        told = self.refunded[row["of"]]
        there = self.documents.get((store, told.share.sale))
        self.documents[store, told.share.sale] = refund_rights.merged(there, told.share) if there else told.share
        if told.share.pending:
            self._book_at_hq(refunds.give_pending(self.holdings[HQ], id_ + "/pending", told.share, store))
        return reversals.reverse(self.transfers[row["of"]], id_, here, told.share.drawn)

    def _move_right(self, store, here, id_, row):
        """The right goes from its store to another, through head office; what is there already adds up."""
        right = self.documents.pop((store, row["of"]))
        there = self.documents.get((row["to"], row["of"]))
        self.documents[row["to"], row["of"]] = refund_rights.merged(there, right) if there else right
        return Booking((), here)

    def _from_loss(self, store, here, id_, row):
        how = refunds.How(id_, 1, TODAY)
        return refunds.refund_from_loss(here, _cents(row["amount"]), row["what"], _cents(row["cap"]), how)

    def _set_off(self, store, here, id_, row):
        right = self.documents[store, row["of"]]
        how = refunds.How(id_, 1, TODAY)
        paid = refunds.Paid(row["to"], row["what"], _cents(row["amount"]))
        told, lost = refunds.settle_loss(right, self.holdings[HQ], paid, how)
        if told is None:
            return Refusal("nothing_left_to_refund", "", lost)
        self.documents[store, row["of"]] = told.right
        return told.booking

    def _confirm_points(self, store, here, id_, row):
        return confirm(here, id_, self.later[row["of"]], 1)

    def _book_at_hq(self, booking):
        self.holdings[HQ] = booking.holding
        self._book(booking.entries)


def _over_the_wire(right: RefundRight) -> RefundRight:
    """As the next holder has it: plain JSON in between, and nothing lost."""
    again = refund_rights.decode(json.loads(json.dumps(refund_rights.encode(right))))
    assert again == right
    return again


def _sorted(right: RefundRight) -> RefundRight:
    """As merging orders it."""
    nothing = RefundRight(right.sale, right.store, right.account)
    return refund_rights.merged(right, nothing)


def _goods(row: dict) -> list[tuple[int, str, str]]:
    """'2 tea 20.00, 1 cake 5.00' -> (thousandths, code, amount)."""
    lines = (one.split() for one in row["what"].split(", "))
    return [(int(qty) * 1000, code, amount) for qty, code, amount in lines]


def _wanted(text: str) -> Wanted:
    if text == "all":
        return refund_rights.WHOLE
    lines = re.findall(r"(\d+) of line (\d+)", text)
    if lines:
        return Wanted(lines=tuple((int(line), int(qty) * 1000) for qty, line in lines))
    return Wanted(amount_cents=_cents(text))


def _slice(pending: Pending) -> Slice:
    terms = Slice("points", "", pending.amount, pending.store, "earned", pending.expires, 0)
    return terms._replace(lot=lot_name(pending.account, terms))


def _cents(text: str | None) -> int:
    if text and text.startswith("-"):
        return -parse_money(text[1:])
    return parse_money(text) if text else 0


__all__ = ["TODAY", "ReturnChain"]
