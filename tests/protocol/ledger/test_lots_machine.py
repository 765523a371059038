"""Any order of credit, debit, sale, refund, expiry, hold, split and merge of slices: a balance is its open slices.

The model of this file is plain arithmetic: what a member has in all of each asset, and what each sale has given back.
It knows nothing of lots. Chain._book beside it applies each entry to the mirror, which refuses a debit of what its lot
does not have there (an orphan), checks the equation per lot over all entries, and compares every slice with its line.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol.ledger import expiry, floats, holds, refund_rights, refunds, reversals, spending
from protocol.ledger.credits import Pending, earn, top_up
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Booking, Holding, Refusal, available, free, lot_name
from protocol.ledger.refund_rights import RefundRight, Wanted, less, merged, paid_cents
from protocol.money import points_value_cents
from tests.mutator import FUZZ_S
from tests.protocol.ledger.books import ACCOUNT, Chain

POINT_MILLI = 1500
STORES = st.sampled_from(("0001", "0002"))
HOLDERS = st.sampled_from((HQ, "0001", "0002"))
DAY = st.sampled_from(("2026-01-10", "2026-02-10", "2026-03-10"))
PICK = st.integers(0, 1 << 30)
FREE = {"issue:principal": 10**9, "issue:bonus": 10**9, "issue:points": 10**9}
MONTH_S = 2_700_000


class Lots(RuleBasedStateMachine):
    """One member at a pool and two stores; sales whose rights wander."""

    def __init__(self):
        super().__init__()
        self.chain = Chain("proportional", rights_left=FREE)
        self.count = 0
        self.has = {"stored": 0, "points": 0}
        self.sales: dict[str, RefundRight] = {}  # as they were opened
        self.rights: dict[tuple[str, str], RefundRight] = {}  # (store, sale) -> what is there of its right
        self.done: list[tuple[str, str, refunds.Refunded]] = []  # store, id, what was refunded and not voided
        self.on_the_way: list[tuple[str, str, tuple]] = []

    def _id(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def _book(self, store: str, id_: str, booking) -> None:
        assert isinstance(booking, Booking), booking
        self.chain._settle(store, id_, booking)

    def _here(self, store: str) -> Holding:
        return self.chain.holdings[store]

    @rule(store=STORES, paid=st.integers(1, 5000), bonus=st.integers(0, 500), expires=DAY, month=st.integers(0, 2))
    def credit(self, store, paid, bonus, expires, month):
        id_ = self._id()
        self._book(store, id_, top_up(self._here(store), id_, paid, bonus, FREE, month * MONTH_S, expires))
        self.has["stored"] += paid + bonus

    @rule(store=STORES, points=st.integers(1, 500), expires=DAY, month=st.integers(0, 2))
    def earn(self, store, points, expires, month):
        id_ = self._id()
        earned = earn(self._here(store), id_, points, FREE, month * MONTH_S, expires)
        assert not isinstance(earned, Pending)
        self._book(store, id_, earned)
        self.has["points"] += points

    @rule(store=STORES, share=st.integers(0, 100), order=st.sampled_from(tuple(spending.ORDERS)))
    def debit(self, store, share, order):
        id_, here = self._id(), self._here(store)
        stored = (available(here, "principal") + available(here, "bonus")) * share // 100
        points = available(here, "points") * share // 100
        self._book(store, id_, spending.debit(here, id_, stored, points, 0, order))
        self.has["stored"] -= stored
        self.has["points"] -= points

    @rule(
        store=STORES,
        share=st.integers(0, 60),
        cash=st.integers(0, 900),
        earns=st.integers(0, 40),
        pieces=st.integers(1, 7),
    )
    def sale(self, store, share, cash, earns, pieces):
        id_, here = self._id(), self._here(store)
        stored = (available(here, "principal") + available(here, "bonus")) * share // 100
        points = available(here, "points") * share // 100
        value = points_value_cents(points, POINT_MILLI)
        booking = spending.debit(here, id_, stored, points, value, "proportional")
        assert isinstance(booking, Booking)
        if cash:
            entry = spending.cash(id_, store, cash, len(booking.entries) + 1)
            booking = booking._replace(entries=(*booking.entries, entry))
        if earns:
            got = earn(booking.holding, id_, earns, FREE, 0, "2026-02-10", len(booking.entries) + 1)
            assert isinstance(got, Booking)
            booking = got._replace(entries=booking.entries + got.entries)
        self._book(store, id_, booking)
        total = stored + value + cash
        lines = [_line("tea", pieces, total - total // 3), _line("cake", 1, total // 3)]
        self.sales[id_] = refund_rights.open_right(id_, booking.holding, booking.entries, lines)
        self.rights[store, id_] = self.sales[id_]
        assert paid_cents(self.sales[id_]) == total
        self.has["stored"] -= stored
        self.has["points"] += earns - points

    @precondition(lambda self: self.rights)
    @rule(pick=PICK, how=st.sampled_from(("all", "line", "amount")), part=PICK, day=DAY, worth=st.booleans())
    def refund(self, pick, how, part, day, worth):
        store, sale = sorted(self.rights)[pick % len(self.rights)]
        right, id_ = self.rights[store, sale], self._id()
        wanted = _wanted(right, how, part)
        rules = refunds.How(id_, MONTH_S, day, 30, {"points": POINT_MILLI} if worth else {})
        told = refunds.refund(right, wanted, self._here(store), rules)
        if isinstance(told, Refusal):
            assert told.reason == "nothing_left_to_refund" and refund_rights.is_empty(right)
            return
        assert refunds.misfit(told.share, told.booking.entries) == ""
        self._book(store, id_, told.booking)
        self._check_amounts(wanted, right, told)
        self.rights[store, sale] = told.right
        self.done.append((store, id_, told))
        self._has(told, 1)

    def _check_amounts(self, wanted: Wanted, right: RefundRight, told: refunds.Refunded) -> None:
        back = {asset: amount for asset, amount in told.back.items() if asset != "points"}
        assert sum(back.values()) + told.kept_cents == paid_cents(told.share)
        assert not wanted.amount_cents or paid_cents(told.share) == wanted.amount_cents
        assert not wanted.whole or told.share == right
        assert sum(told.taken.values()) + sum(told.owed.values()) <= sum(one.amount for one in told.share.given)

    def _has(self, told: refunds.Refunded, sign: int) -> None:
        self.has["stored"] += sign * (told.back.get("principal", 0) + told.back.get("bonus", 0))
        self.has["points"] += sign * (told.back.get("points", 0) - told.taken.get("points", 0))

    @precondition(lambda self: self.rights)
    @rule(pick=PICK, to=STORES)
    def move_right(self, pick, to):
        store, sale = sorted(self.rights)[pick % len(self.rights)]
        right = self.rights.pop((store, sale))
        there = self.rights.get((to, sale))
        self.rights[to, sale] = merged(there, right) if there else right

    @precondition(lambda self: self.done)
    @rule(pick=PICK)
    def void_a_refund(self, pick):
        store, refunded, told = self.done.pop(pick % len(self.done))
        id_, owed = self._id(), self._owed()
        if told.booking.entries:
            self._book(store, id_, reversals.reverse(self.chain.transfers[refunded], id_, self._here(store)))
        sale = told.share.sale
        there = self.rights.get((store, sale))
        self.rights[store, sale] = merged(there, told.share) if there else told.share
        self._has(told, -1)
        self._owes({asset: owed[asset] + told.owed.get(asset, 0) for asset in owed})

    def _owed(self) -> dict[str, int]:
        return {asset: self.chain._sum("receivable", asset) for asset in ("principal", "bonus", "points")}

    def _owes(self, before: dict[str, int]) -> None:
        """What a void could not take back has become a debt: it does not come off what the member has."""
        now = self._owed()
        self.has["stored"] += before["principal"] - now["principal"] + before["bonus"] - now["bonus"]
        self.has["points"] += before["points"] - now["points"]

    @rule(holder=HOLDERS, day=DAY)
    def expire(self, holder, day):
        id_, here = self._id(), self._here(holder)
        gone = expiry.expired(here, day, 3)
        self._book(holder, id_, expiry.expire(here, id_, day, 3))
        self.has["points"] -= sum(one.amount for one in gone if one.asset == "points")
        self.has["stored"] -= sum(one.amount for one in gone if one.asset != "points")
        assert expiry.expire(self._here(holder), id_, day, 3).entries == ()

    @rule(store=STORES, share=st.integers(1, 100))
    def hold(self, store, share):
        id_, here = self._id(), self._here(store)
        cents = (available(here, "principal") + available(here, "bonus")) * share // 100
        if cents:
            self._book(store, id_, holds.hold(here, id_, cents, "proportional"))

    @rule(store=STORES, pick=PICK, share=st.integers(0, 100))
    def close_a_hold(self, store, pick, share):
        id_, here = self._id(), self._here(store)
        if here.holds:
            one = here.holds[pick % len(here.holds)]
            cents = holds.held_cents(one) * share // 100
            self._book(store, id_, holds.capture(here, one.hold_id, id_, cents))
            self.has["stored"] -= cents

    @rule(holder=HOLDERS, to=STORES, stored=st.integers(0, 3000), points=st.integers(0, 300))
    def split(self, holder, to, stored, points):
        """Slices leave their holder: a grant, or a return."""
        id_, here = self._id(), self._here(holder)
        want = {"principal": stored, "bonus": stored // 10, "points": points}
        booking, slices = floats.grant(here, to, want, id_) if holder == HQ else floats.give_back(here, id_, want)
        self._book(holder, id_, booking)
        self.on_the_way.append((id_, to if holder == HQ else HQ, slices))

    @precondition(lambda self: self.on_the_way)
    @rule(pick=PICK)
    def merge(self, pick):
        """Slices arrive, and join those of the same lot that are there."""
        id_, to, slices = self.on_the_way.pop(pick % len(self.on_the_way))
        self._book(to, id_, floats.take(self._here(to), id_, slices))

    def _all(self, what: str) -> int:
        assets = ("principal", "bonus") if what == "stored" else (what,)
        lying = [one for holding in self.chain.holdings.values() for one in holding.slices]
        lying += [one for _, _, slices in self.on_the_way for one in slices]
        return sum(one.amount for one in lying if one.asset in assets)

    @invariant()
    def the_balance_is_the_sum_of_open_slices(self):
        assert {what: self._all(what) for what in self.has} == self.has

    @invariant()
    def no_slice_is_negative(self):
        assert all(one.amount >= 0 for holding in self.chain.holdings.values() for one in free(holding))

    @invariant()
    def equal_terms_are_one_slice(self):
        for holding in self.chain.holdings.values():
            assert len({one[3:] + one[:1] for one in holding.slices}) == len(holding.slices)
            assert all(one.lot == lot_name(ACCOUNT, one) for one in holding.slices)

    @invariant()
    def what_is_refunded_and_what_is_left_is_the_sale(self):
        for sale, right in self.sales.items():
            for (_, of), rest in self.rights.items():
                right = less(right, rest) if of == sale else right
            for _, _, told in self.done:
                right = less(right, told.share) if told.share.sale == sale else right
            assert right == RefundRight(right.sale, right.store, right.account), "a part is missing"


def _line(code: str, pieces: int, cents: int) -> dict:
    return {"code": code, "qty_milli": pieces * 1000, "amount_cents": cents}


def _wanted(right: RefundRight, how: str, part: int) -> Wanted:
    goods = [one for one in right.goods if one.qty_milli]
    if how == "line" and goods:
        one = goods[part % len(goods)]
        return Wanted(lines=((one.line, 1 + part % one.qty_milli),))
    if how == "amount" and paid_cents(right):
        return Wanted(amount_cents=1 + part % paid_cents(right))
    return refund_rights.WHOLE


Lots.TestCase.settings = settings(
    max_examples=int(30 * max(1, FUZZ_S)),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLots = Lots.TestCase
