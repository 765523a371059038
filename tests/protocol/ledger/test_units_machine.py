"""Coupons, offers and punches in any order of issue, lock, move, use, return and expiry: nothing is used twice.

UnitChain books each entry into the mirror and checks the equation over all entries ever booked.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.ledger import coupons, expiry, floats, punches, reversals
from protocol.ledger.credits import Pending
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Refusal, available, free
from tests.mutator import FUZZ_S
from tests.protocol.ledger.unit_books import UnitChain

STORES = st.sampled_from(("0001", "0002"))
HOLDERS = st.sampled_from((HQ, "0001", "0002"))
NAMES = st.sampled_from(("tea", "bun"))
DAYS = st.sampled_from(("2026-01-01", "2026-02-01", ""))
PICK = st.integers(0, 1 << 20)
OFFER = "MAY"


class Units(RuleBasedStateMachine):
    """One member's units among a pool, two stores and the messages between them."""

    def __init__(self):
        super().__init__()
        self.chain = UnitChain()
        self.count = 0
        self.coupons: list[str] = []
        self.used: dict[str, int] = {}  # lot -> times redeemed less times undone
        self.redeemed: list[tuple[str, tuple]] = []

    def _id(self) -> str:
        self.count += 1
        return f"u{self.count}"

    def _settle(self, holder: str, id_: str, result) -> bool:
        self.chain._settle(holder, id_, result)
        return not isinstance(result, (Refusal, Pending))

    @initialize()
    def the_member_has_an_offer_once(self):
        booking = coupons.issue_once(self.chain.holdings[HQ], OFFER, 1)
        self._settle(HQ, booking.entries[0].transfer, booking)

    @rule(holder=HOLDERS, name=NAMES, expires=DAYS)
    def issue(self, holder, name, expires):
        id_ = self._id()
        issued = coupons.issue(self.chain.holdings[holder], id_, name, self.chain.rights.get(holder, {}), 1, expires)
        if self._settle(holder, id_, issued):
            self.coupons.append(coupons.coupon_lot(id_))

    @rule(store=STORES, basket=st.sampled_from(("b1", "b2")), pick=PICK)
    def lock(self, store, basket, pick):
        if self.coupons:
            lot = self.coupons[pick % len(self.coupons)]
            self._settle(store, self._id(), coupons.lock(self.chain.holdings[store], basket, [lot]))

    @rule(store=STORES, basket=st.sampled_from(("b1", "b2")))
    def unlock(self, store, basket):
        self._settle(store, self._id(), coupons.unlock(self.chain.holdings[store], basket))

    @rule(store=STORES, basket=st.sampled_from(("b1", "b2", "")), pick=PICK)
    def redeem(self, store, basket, pick):
        if not self.coupons:
            return
        id_, lot = self._id(), self.coupons[pick % len(self.coupons)]
        result = coupons.redeem(self.chain.holdings[store], id_, [lot], basket)
        if self._settle(store, id_, result):
            self.used[lot] = self.used.get(lot, 0) + 1
            self.redeemed.append((store, result.entries))

    @rule(pick=PICK)
    def void_the_sale(self, pick):
        if self.redeemed:
            store, booked = self.redeemed.pop(pick % len(self.redeemed))
            id_ = self._id()
            self._settle(store, id_, reversals.reverse(booked, id_, self.chain.holdings[store]))
            self.used[booked[0].debit.lot] -= 1

    @rule(store=STORES, once=st.booleans())
    def use_code(self, store, once):
        id_, here = self._id(), self.chain.holdings[store]
        self._settle(store, id_, coupons.use_code(here, id_, OFFER, self.chain.rights[store], not once, once))

    @rule(store=STORES, item=NAMES, amount=st.integers(1, 5), redeem=st.booleans(), expires=DAYS)
    def punch(self, store, item, amount, redeem, expires):
        id_, here = self._id(), self.chain.holdings[store]
        if redeem:
            result = punches.redeem(here, id_, item, amount)
            assert isinstance(result, Refusal) == (amount > available(here, punches.asset_of(item)))
        else:
            result = punches.earn(here, id_, item, amount, self.chain.rights[store], 1, expires)
        self._settle(store, id_, result)

    @rule(store=STORES, asset=st.sampled_from(("*", "coupon:*", "coupon:tea", "punch:*", "once:*")), up_to=PICK)
    def give_back(self, store, asset, up_to):
        id_, here = self._id(), self.chain.holdings[store]
        booking, slices = floats.give_back(here, id_, floats.want_of(here, asset, up_to % 9))
        self._settle(store, id_, booking)
        self.chain.on_the_way[id_] = (HQ, slices, store)

    @rule(store=STORES, asset=st.sampled_from(("*", "coupon:*", "punch:*", "once:*")), up_to=PICK)
    def grant(self, store, asset, up_to):
        id_, pool = self._id(), self.chain.holdings[HQ]
        booking, slices = floats.grant(pool, store, floats.want_of(pool, asset, up_to % 9), id_)
        self._settle(HQ, id_, booking)
        self.chain.on_the_way[id_] = (store, slices, HQ)

    @rule(pick=PICK, cancelled=st.booleans())
    def arrive(self, pick, cancelled):
        if not self.chain.on_the_way:
            return
        id_ = sorted(self.chain.on_the_way)[pick % len(self.chain.on_the_way)]
        to, slices, giver = self.chain.on_the_way.pop(id_)
        if to == HQ:
            self._settle(HQ, id_, floats.receive(self.chain.holdings[HQ], id_, slices, giver))
        elif cancelled:
            self._settle(HQ, id_, floats.take_back(self.chain.holdings[HQ], id_, slices))
        else:
            self._settle(to, id_, floats.take(self.chain.holdings[to], id_, slices))

    @rule(holder=HOLDERS, day=st.sampled_from(("2026-01-05", "2026-02-05")))
    def expire(self, holder, day):
        id_ = self._id()
        self._settle(holder, id_, expiry.expire(self.chain.holdings[holder], id_, day, 3))

    @invariant()
    def no_coupon_is_used_twice(self):
        assert set(self.used.values()) <= {0, 1}

    @invariant()
    def an_offer_is_had_once_and_a_code_as_often_as_it_may(self):
        lines = self.chain.balances.items()
        assert sum(n for line, n in lines if line.book == "coupon_used" and line.asset == "once:" + OFFER) <= 1
        assert sum(n for line, n in lines if line.book == "right_used" and line.asset == "code:" + OFFER) <= 4

    @invariant()
    def what_is_locked_is_there(self):
        for holding in self.chain.holdings.values():
            assert all(one.amount >= 0 for one in free(holding))
            locked = [part.lot for held in holding.holds for part in held.parts]
            assert len(locked) == len(set(locked))


Units.TestCase.settings = settings(
    max_examples=int(50 * max(1, FUZZ_S)),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestUnits = Units.TestCase
