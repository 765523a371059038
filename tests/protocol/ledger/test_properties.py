"""Any order of credits, debits, reversals, holds, grants, returns and expiry keeps the equation, per lot, at each step.

The rules of this file know nothing of the code under test but its calls; Chain._book applies each entry to the mirror,
checks the equation over all entries ever booked, and compares every slice with its line.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.ledger import expiry, floats, holds, offline, reversals, spending
from protocol.ledger.credits import Pending, collect, earn, top_up
from protocol.ledger.entries import HQ, TRANSIT, Line
from protocol.ledger.lots import Holding, Refusal, available, draw, draw_order, free, pruned, stored_cents
from protocol.ledger.offline import Exposure, Limits
from tests.mutator import FUZZ_S
from tests.protocol.ledger.books import ACCOUNT, Chain

STORES = st.sampled_from(("0001", "0002"))
HOLDERS = st.sampled_from((HQ, "0001", "0002"))
CENTS = st.integers(0, 5000)
ORDER = st.sampled_from(tuple(spending.ORDERS))
DAY = st.sampled_from(("2026-01-01", "2026-02-01", "2026-03-01", ""))
PICK = st.integers(0, 1 << 30)


class Money(RuleBasedStateMachine):
    """A pool and two stores with one member's money among them, and messages on the way."""

    def __init__(self):
        super().__init__()
        self.chain = Chain()
        self.count = 0
        self.reversible: list[tuple[str, tuple]] = []

    def _id(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def _here(self, store: str) -> Holding:
        return self.chain.holdings[store]

    def _book(self, store: str, id_: str, result) -> bool:
        self.chain._settle(store, id_, result)
        return not isinstance(result, (Refusal, Pending))

    @rule(store=STORES, paid=st.integers(1, 5000), bonus=CENTS, expires=DAY)
    def top_up(self, store, paid, bonus, expires):
        id_ = self._id()
        booking = top_up(self._here(store), id_, paid, bonus, self.chain.rights[store], self.count, expires)
        if self._book(store, id_, booking):
            self.reversible.append((store, booking.entries))

    @rule(store=STORES, points=st.integers(1, 300), expires=DAY)
    def earn(self, store, points, expires):
        id_ = self._id()
        booking = earn(self._here(store), id_, points, self.chain.rights[store], self.count, expires)
        if self._book(store, id_, booking):
            self.reversible.append((store, booking.entries))

    @rule(store=STORES, cents=CENTS, points=st.integers(0, 200), order=ORDER)
    def spend(self, store, cents, points, order):
        here, id_ = self._here(store), self._id()
        booking = spending.debit(here, id_, cents, points, points // 2, order)
        refused = isinstance(booking, Refusal)
        assert refused == (cents > stored_cents(here) or points > available(here, "points"))
        if self._book(store, id_, booking):
            assert stored_cents(booking.holding) == stored_cents(here) - cents
            if booking.entries:
                self.reversible.append((store, booking.entries))

    @rule(pick=PICK)
    def reverse(self, pick):
        if self.reversible:
            store, entries = self.reversible.pop(pick % len(self.reversible))
            id_ = self._id()
            booking = reversals.reverse(entries, id_, self._here(store))
            self._book(store, id_, booking)

    @rule(holder=STORES, wanted=st.dictionaries(st.sampled_from(("principal", "bonus", "points")), CENTS))
    def give_back(self, holder, wanted):
        id_ = self._id()
        booking, slices = floats.give_back(self._here(holder), id_, wanted or None)
        self._book(holder, id_, booking)
        self.chain.on_the_way[id_] = (HQ, slices, holder)

    @rule(store=STORES, cents=CENTS, points=CENTS)
    def grant(self, store, cents, points):
        pool, id_ = self._here(HQ), self._id()
        want = {**floats.in_ratio(pool, cents), "points": points}
        booking, slices = floats.grant(pool, store, want, id_)
        self._book(HQ, id_, booking)
        self.chain.on_the_way[id_] = (store, slices, HQ)

    @rule(pick=PICK, cancelled=st.booleans())
    def arrive(self, pick, cancelled):
        if not self.chain.on_the_way:
            return
        id_ = sorted(self.chain.on_the_way)[pick % len(self.chain.on_the_way)]
        to, slices, giver = self.chain.on_the_way.pop(id_)
        if to == HQ:
            self._book(HQ, id_, floats.receive(self._here(HQ), id_, slices, giver))
        elif cancelled:
            self._book(HQ, id_, floats.take_back(self._here(HQ), id_, slices))
        else:
            self._book(to, id_, floats.take(self._here(to), id_, slices))

    @rule(store=STORES, cents=st.integers(1, 5000), order=ORDER)
    def hold(self, store, cents, order):
        here, id_ = self._here(store), self._id()
        booking = holds.hold(here, id_, cents, order)
        if self._book(store, id_, booking):
            assert stored_cents(booking.holding) == stored_cents(here) - cents

    @rule(store=STORES, pick=PICK, cents=CENTS, last=st.booleans())
    def capture(self, store, pick, cents, last):
        self._on_a_hold(store, pick, lambda here, held, id_: holds.capture(here, held, id_, cents, last))

    @rule(store=STORES, pick=PICK, verb=st.sampled_from((holds.void, holds.expire, holds.start, holds.stop)))
    def let_go(self, store, pick, verb):
        self._on_a_hold(store, pick, lambda here, held, id_: verb(here, held))

    @rule(store=STORES, pick=PICK)
    def suspend(self, store, pick):
        self._on_a_hold(store, pick, holds.suspend)

    @rule(store=STORES, pick=PICK, cents=CENTS)
    def settle(self, store, pick, cents):
        self._on_a_hold(store, pick, lambda here, held, id_: holds.settle(here, held, id_, cents))

    @rule(store=STORES, pick=PICK, cents=CENTS, last=st.booleans(), order=ORDER)
    def deliver(self, store, pick, cents, last, order):
        """What was delivered is booked: for a hold that is there, or one that was let go or never was."""
        here, id_ = self._here(store), self._id()
        names = [one.hold_id for one in here.holds] + ["gone"]
        booking = holds.delivered(here, names[pick % len(names)], id_, cents, last, order)
        paid = sum(one.amount for one in booking.entries if one.credit.book == "revenue")
        assert paid == cents
        self._book(store, id_, booking)

    @rule(store=STORES, cents=CENTS, limit=CENTS, order=ORDER, hold=st.booleans())
    def lend(self, store, cents, limit, order, hold):
        here, id_ = self._here(store), self._id()
        limits, lent = Limits(limit), Exposure(self._lent(store) + offline.promised_cents(here))
        if hold:
            booking = offline.hold(here, id_, max(1, cents), limits, lent, order)
        else:
            booking = offline.debit(here, id_, cents, limits, lent, order)
        if self._book(store, id_, booking) and self._lent(store) + offline.promised_cents(booking.holding) > 0:
            assert self._lent(store) + offline.promised_cents(booking.holding) <= max(limit, lent.member_cents)

    @rule(store=STORES)
    def settle_lent(self, store):
        id_ = self._id()
        self._book(HQ, id_, offline.settle(self._here(HQ), id_, store, max(0, self._lent(store))))

    def _lent(self, store: str) -> int:
        return -self.chain.balances.get(Line("offline_credit", ACCOUNT, "principal", store), 0)

    def _on_a_hold(self, store, pick, verb):
        here = self._here(store)
        if here.holds:
            id_ = self._id()
            self._book(store, id_, verb(here, here.holds[pick % len(here.holds)].hold_id, id_))

    @rule(holder=HOLDERS, day=st.sampled_from(("2026-01-05", "2026-02-05", "2026-12-31")))
    def expire(self, holder, day):
        id_ = self._id()
        booking = expiry.expire(self._here(holder), id_, day, 3)
        self._book(holder, id_, booking)
        assert not expiry.expired(self._here(holder), day, 3)

    @rule(store=STORES, owed=CENTS)
    def collect(self, store, owed):
        id_ = self._id()
        self._book(store, id_, collect(self._here(store), id_, "principal", owed))

    @invariant()
    def no_slice_is_negative_and_holds_are_covered(self):
        for holding in self.chain.holdings.values():
            assert all(one.amount >= 0 for one in free(holding))

    @invariant()
    def what_is_on_the_way_is_what_transit_says(self):
        sent = sum(one.amount for _, slices, _ in self.chain.on_the_way.values() for one in slices)
        lines = self.chain.balances.items()
        assert sent == sum(amount for line, amount in lines if line.book == "member" and line.holder == TRANSIT)

    @invariant()
    def draws_follow_the_order(self):
        for holding in self.chain.holdings.values():
            taken = [one for one, _ in draw(free(holding), "principal", available(holding, "principal") // 2)]
            assert taken == sorted(taken, key=draw_order)
            left = [one for one in free(holding) if one.asset == "principal" and one.amount and one not in taken]
            assert all(draw_order(last) < draw_order(one) for last in taken[-1:] for one in left)

    @invariant()
    def pruning_loses_nothing(self):
        for holding in self.chain.holdings.values():
            assert stored_cents(pruned(holding)) == stored_cents(holding)
            assert holding.account == ACCOUNT


Money.TestCase.settings = settings(
    max_examples=int(40 * max(1, FUZZ_S)),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMoney = Money.TestCase
