"""Refunds of what is no money: coupons, punches, codes, what others lent; documents that are none; what HQ believes."""

import pytest

from protocol.errors import REASONS, Ours, Theirs
from protocol.ledger import coupons, punches, refund_rights, refunds, spending
from protocol.ledger.credits import top_up
from protocol.ledger.entries import Entry, Line, to_rows
from protocol.ledger.lots import Booking, Holding, Refusal, Slice, available, lot_name, month_start, opened
from protocol.ledger.refund_rights import WHOLE, Goods, RefundRight, Wanted, decode, encode, less, merged, paid_cents
from protocol.ledger.refunds import How, needed, refund, refund_from_loss
from tests.protocol.ledger.books import ACCOUNT, RIGHTS

MAY = "2026-05-01"
HERE = Holding(ACCOUNT, "0001")
THERE = Holding(ACCOUNT, "0002")
UNIT_RIGHTS = RIGHTS | {"issue:punch": 50, "issue:coupon:tea": 5, "code:MAY": 5}
TEA = {"code": "tea", "qty_milli": 2000, "amount_cents": 1000}
CAKE = {"code": "cake", "qty_milli": 1000, "amount_cents": 500}


def how(transfer: str = "R1", **more) -> How:
    return How(transfer, 1_777_600_000, MAY, **more)


def after(*steps) -> tuple[Holding, tuple[Entry, ...]]:
    """Plays calls on a holding one after another; the last holding, and all entries under one transfer's numbers."""
    holding, entries = HERE, ()
    for step in steps:
        booking = step(holding, len(entries) + 1)
        assert isinstance(booking, Booking)
        holding, entries = booking.holding, entries + booking.entries
    return holding, entries


def credit(holding, n):
    return top_up(holding, "S1", 10_000, 0, UNIT_RIGHTS, 1, first_n=n)


def pay_15(holding, n):
    return spending.debit(holding, "S1", 1500, first_n=n)


def paid_by_a_coupon() -> tuple[Holding, RefundRight]:
    """15.00 for two teas and a cake, of which a coupon made one free."""
    holding = coupons.issue(HERE, "C1", "tea", UNIT_RIGHTS, 1, "2026-05-31").holding
    (lot,) = (one.lot for one in holding.slices)
    start = top_up(holding, "T1", 10_000, 0, UNIT_RIGHTS, 1).holding
    spent = spending.debit(start, "S1", 1500)
    used = coupons.redeem(spent.holding, "S1", [lot], first_n=2)
    right = refund_rights.open_right("S1", used.holding, spent.entries + used.entries, [TEA, CAKE])
    return used.holding, right


def test_a_coupon_comes_back_with_the_last_part_and_not_before():
    holding, right = paid_by_a_coupon()
    first = refund(right, Wanted(lines=((1, 2000),)), holding, how())
    assert available(first.booking.holding, "coupon:tea") == 0
    last = refund(first.right, Wanted(lines=((2, 1000),)), first.booking.holding, how("R2"))
    assert available(last.booking.holding, "coupon:tea") == 1
    assert refund_rights.is_empty(last.right)
    assert to_rows(last.booking.entries)[0][0] == "coupon_used/0001/coupon:tea"


def test_a_coupon_stays_used_where_the_rule_says_so():
    holding, right = paid_by_a_coupon()
    told = refund(right, WHOLE, holding, how(units_back=False))
    assert available(told.booking.holding, "coupon:tea") == 0 and told.back == {"principal": 1500}
    assert refund_rights.is_empty(told.right)


def test_an_expired_coupon_comes_back_with_a_grace_as_a_lot_of_its_own():
    _, right = paid_by_a_coupon()
    late = How("R1", 1_781_000_000, "2026-06-10", 14)
    told = refund(right, WHOLE, THERE, late)
    (coupon,) = (one for one in told.booking.holding.slices if one.asset == "coupon:tea")
    assert (coupon.kind, coupon.expires, coupon.origin) == ("refund_grace", "2026-06-24", "0001")
    assert coupon.lot in {one.lot for one in opened(THERE, told.booking.holding)} - {one.lot for one in right.drawn}


def test_punches_go_with_the_line_that_gave_them():
    holding, entries = after(
        credit, pay_15, lambda here, n: punches.earn(here, "S1", "coffee", 2, UNIT_RIGHTS, 1, first_n=n)
    )
    lines = [{**TEA, "earned": {"punch:coffee": 2}}, CAKE]
    right = refund_rights.open_right("S1", holding, entries, lines)
    cake = refund(right, Wanted(lines=((2, 1000),)), holding, how())
    assert available(cake.booking.holding, "punch:coffee") == 2
    one_tea = refund(cake.right, Wanted(lines=((1, 1000),)), cake.booking.holding, how("R2"))
    assert available(one_tea.booking.holding, "punch:coffee") == 1
    rest = refund(one_tea.right, WHOLE, one_tea.booking.holding, how("R3"))
    assert available(rest.booking.holding, "punch:coffee") == 0 and not rest.owed


def test_punches_that_were_spent_are_owed():
    holding, entries = after(
        credit, pay_15, lambda here, n: punches.earn(here, "S1", "coffee", 2, UNIT_RIGHTS, 1, first_n=n)
    )
    right = refund_rights.open_right("S1", holding, entries, [TEA, CAKE])
    gone = punches.redeem(holding, "P1", "coffee", 1).holding
    told = refund(right, WHOLE, gone, how())
    assert told.owed == {"punch:coffee": 1} and told.taken == {"punch:coffee": 1}
    assert [f"receivable/{ACCOUNT}/punch:coffee", "punch_issued/0001/punch:coffee", 1] in to_rows(told.booking.entries)


def test_punches_redeemed_and_a_code_come_back_at_the_end():
    start = punches.earn(HERE, "P0", "coffee", 10, UNIT_RIGHTS, 1).holding
    start = top_up(start, "T1", 10_000, 0, UNIT_RIGHTS, 1).holding
    paid = spending.debit(start, "S1", 1500)
    free = punches.redeem(paid.holding, "S1", "coffee", 10, first_n=2)
    code = coupons.use_code(free.holding, "S1", "MAY", UNIT_RIGHTS, first_n=3)
    right = refund_rights.open_right("S1", code.holding, paid.entries + free.entries + code.entries, [TEA, CAKE])
    part = refund(right, Wanted(amount_cents=1499), code.holding, how())
    assert available(part.booking.holding, "punch:coffee") == 0 and not part.booking.rights_drawn
    told = refund(part.right, WHOLE, part.booking.holding, how("R2"))
    assert available(told.booking.holding, "punch:coffee") == 10
    assert told.booking.rights_drawn == {"code:MAY": -1}
    assert ["right_used/0001/code:MAY", "right/0001/code:MAY/0001", 1] in to_rows(told.booking.entries)


def test_bonus_that_the_sale_gave_is_kept_from_the_refund_when_it_is_spent():
    gift = Line("gift_cost", "0001", "bonus")
    lot = Slice("bonus", "b" * 16, 200, "0001", "campaign", "", 0)
    holding, entries = after(credit, pay_15)
    line = Line("member", ACCOUNT, "bonus", "0001", lot.lot)
    with_gift = holding._replace(slices=(*holding.slices, lot))
    right = refund_rights.open_right("S1", with_gift, (*entries, Entry("S1", 9, gift, line, 200)), [TEA, CAKE])
    told = refund(right, WHOLE, holding, how())
    assert (told.kept_cents, told.back, told.owed) == (200, {"principal": 1300}, {})
    assert ["revenue/0001/principal", "gift_cost/0001/bonus", 200] in to_rows(told.booking.entries)


def test_bonus_is_kept_before_principal_and_points_value_never():
    drawn = (
        Slice("principal", "a" * 16, 600, "0001", "top_up", "", 0),
        Slice("bonus", "b" * 16, 100, "0001", "top_up", "", 0),
    )
    given = (
        Slice("bonus", "c" * 16, 300, "0001", "campaign", "", 0),
        Slice("coupon:tea", "d" * 16, 1, "0001", "coupon"),
    )
    right = RefundRight("S1", "0001", ACCOUNT, drawn=drawn, given=given, points_value_cents=50)
    told = refund(right, WHOLE, HERE, how())
    assert (told.kept_cents, told.back, told.owed) == (300, {"principal": 400, "points_value": 50}, {})
    by_points = refund(right._replace(drawn=()), WHOLE, HERE, how())
    assert (by_points.kept_cents, by_points.owed) == (0, {"bonus": 300})


def test_on_its_last_day_a_lot_takes_its_own_back_and_after_it_a_lot_of_the_month_does():
    drawn = (Slice("bonus", "b" * 16, 100, "0001", "top_up", "2026-05-01", 0),)
    right = RefundRight("S1", "0001", ACCOUNT, drawn=drawn)
    (kept,) = refund(right, WHOLE, HERE, how(grace_days=9)).booking.holding.slices
    assert kept == drawn[0]
    (grace,) = refund(right, WHOLE, THERE, How("R1", 1_778_000_000, "2026-05-02", 9)).booking.holding.slices
    assert (grace.kind, grace.expires, grace.lot) == ("refund_grace", "2026-05-11", lot_name(ACCOUNT, grace))
    assert grace.opened_s == month_start(1_778_000_000) != 1_778_000_000


@pytest.mark.parametrize(
    "lender",
    [
        Line("offline_credit", ACCOUNT, "principal", "0001"),
        Line("receivable", ACCOUNT, "principal"),
        Line("loss", "0001", "principal"),
    ],
)
def test_what_others_had_lent_comes_back_as_principal_to_be_collected_from(lender):
    holding, entries = after(credit, pay_15)
    lent = Entry("S1", 8, lender, Line("revenue", "0001", "principal"), 500)
    right = refund_rights.open_right("S1", holding, (*entries, lent), [{**TEA, "amount_cents": 2000}])
    told = refund(right, WHOLE, THERE, how())
    assert told.back == {"principal": 2000}
    assert [(one.kind, one.amount, one.origin) for one in told.booking.holding.slices] == [
        ("top_up", 1500, "0001"),
        ("refund", 500, "0002"),
    ]


def test_a_sale_to_nobody_is_refunded_in_cash():
    nobody = Holding("", "0001")
    right = refund_rights.open_right("S1", nobody, [spending.cash("S1", "0001", 1500, 1)], [TEA, CAKE])
    told = refund(right, Wanted(lines=((2, 1000),)), Holding("", "0002"), how())
    assert to_rows(told.booking.entries) == [["revenue/0002/cash", "cash/0002/cash", 500]]


def test_no_right_no_refund():
    refusal = refund(None, WHOLE, HERE, how())
    assert refusal == Refusal("refund_right_away") and refusal.reason in REASONS


def test_a_store_may_ask_for_what_it_will_have_to_take_back():
    given = (Slice("points", "a" * 16, 10, "0001", "earned", "", 0),)
    right = RefundRight("S1", "0001", ACCOUNT, (Goods(1, "tea", 2000, 1000),), given=given, cash_cents=1000)
    assert needed(right, WHOLE) == {"points": 10}
    assert needed(right, Wanted(lines=((1, 1000),))) == {"points": 5}
    assert needed(right, Wanted(lines=((9, 1000),))) == {}


RIGHT = RefundRight(
    "S1",
    "0001",
    ACCOUNT,
    (Goods(1, "tea", 2000, 700, (("punch:tea", 1),)), Goods(3, "cake", 1000, 300)),
    (Slice("principal", "a" * 16, 600, "0001", "top_up", "", 5),),
    (Slice("points", "b" * 16, 10, "0001", "earned", "2027-01-01", 5),),
    (Slice("points", "c" * 16, 3, "0001", "earned", "2027-01-01", 5),),
    (("code:MAY", 1),),
    (("receivable", 100),),
    200,
    100,
)

BROKEN = (
    {},
    encode(RIGHT) | {"v": 2},
    encode(RIGHT) | {"cash_cents": -1},
    encode(RIGHT) | {"cash_cents": 1.0},
    encode(RIGHT) | {"cash_cents": True},
    encode(RIGHT) | {"goods": [[1, "tea", 2000]]},
    encode(RIGHT) | {"goods": [[1, "tea", -1, 700, []]]},
    encode(RIGHT) | {"drawn": [["principal", "a"]]},
    encode(RIGHT) | {"codes": [["code:MAY"]]},
    encode(RIGHT) | {"codes": 5},
)


@pytest.mark.parametrize("told", BROKEN)
def test_documents_that_are_none(told):
    with pytest.raises(Theirs):
        decode(told)


def test_a_right_without_goods_is_refunded_by_amount_too():
    part = refund_rights.share(RIGHT._replace(goods=()), Wanted(amount_cents=1))
    assert isinstance(part, RefundRight) and paid_cents(part) == 1


def test_what_lies_in_the_pool_is_taken_back_first():
    part = refund_rights.share(RIGHT, Wanted(amount_cents=300))
    assert isinstance(part, RefundRight)
    assert [one.amount for one in (*part.pending, *part.given)] == [3, 1]  # 13 x 0.3, rounded up


@pytest.mark.parametrize("lines", [((1, 2001),), ((2, 1),), ((1, 0),), ((1, -1),), ((1, 1), (3, 1001))])
def test_more_than_was_sold(lines):
    refusal = refund(RIGHT, Wanted(lines=lines), HERE, how())
    assert isinstance(refusal, Refusal) and refusal.reason == "more_than_sold"


def test_parts_add_up():
    assert decode(encode(RIGHT)) == RIGHT
    part = refund_rights.share(RIGHT, Wanted(lines=((1, 1000),)))
    assert isinstance(part, RefundRight) and merged(less(RIGHT, part), part) == RIGHT
    assert less(RIGHT, RIGHT) == RefundRight("S1", "0001", ACCOUNT)


ILLEGAL = (
    lambda: less(RIGHT, RIGHT._replace(cash_cents=201)),
    lambda: less(RIGHT, RIGHT._replace(goods=(Goods(2, "lamp", 1, 0),))),
    lambda: merged(RIGHT, RIGHT._replace(sale="S2")),
    lambda: merged(RIGHT, RIGHT._replace(drawn=(RIGHT.drawn[0]._replace(kind="gift"),))),
    lambda: refund(RIGHT, WHOLE, Holding("0b" * 16, "0001"), how()),
    lambda: refund(RIGHT, Wanted(), HERE, how()),
    lambda: refund_from_loss(HERE, 0, "cash", 5, how()),
    lambda: refund_from_loss(HERE, 5, "points", 5, how()),
    lambda: refund_rights.open_right("S1", HERE, spending.debit(after(credit)[0], "S1", 5).entries, [TEA]),
)


@pytest.mark.parametrize("call", ILLEGAL)
def test_illegal_inputs_are_bugs_of_the_caller(call):
    with pytest.raises(Ours):
        call()


def test_head_office_sees_a_refund_that_gives_more_than_its_part_of_the_right():
    holding, entries = after(credit, pay_15)
    right = refund_rights.open_right("S1", holding, entries, [TEA, CAKE])
    told = refund(right, Wanted(lines=((2, 1000),)), holding, how())
    assert refunds.misfit(told.share, told.booking.entries) == ""
    (honest,) = told.booking.entries
    more_cash = honest._replace(n=2, credit=Line("cash", "0001", "cash"), amount=1)
    assert refunds.misfit(told.share, [honest._replace(amount=501)]) == "principal, revenue"
    assert refunds.misfit(told.share, [honest, more_cash]) == "cash, revenue"
    assert refunds.misfit(told.share, [honest._replace(amount=499)]) == "revenue"
    points = honest._replace(n=3, debit=Line("points_cost", "0001", "points"))
    points = points._replace(credit=points.credit._replace(asset="points"), amount=1)
    assert refunds.misfit(told.share, [honest, points]) == "points"
