"""Lines as text, illegal entries, and a mirror that refuses what was never held."""

import pytest

from protocol.errors import REASONS, Ours, Theirs
from protocol.ledger import floats, holds, mirror, reversals, spending
from protocol.ledger.credits import Pending, confirm, top_up
from protocol.ledger.entries import Entry, Line, check, from_rows, member_line, parse_line, to_rows, unit
from protocol.ledger.lots import (
    Holding,
    Refusal,
    Slice,
    credited,
    debited,
    draw,
    lot_name,
    month_start,
    pruned,
)
from tests.protocol.ledger.books import ACCOUNT, RIGHTS

HERE = Holding(ACCOUNT, "0001")
OWED = member_line(ACCOUNT, "principal", "0001", "ab" * 8)
TILL = Line("cash", "0001", "principal")
PAID = Entry("T1", 1, TILL, OWED, 500)


def test_a_line_is_its_text():
    for text in (
        f"member/{ACCOUNT}/principal/0001/{'ab' * 8}",
        f"member/{ACCOUNT}/points/transit/{'ab' * 8}",
        "cash/0001/cash",
        "right/0001/issue:principal/hq",
        "right_used/0001/issue:principal",
        "breakage/0001/bonus",
    ):
        assert parse_line(text).text == text


@pytest.mark.parametrize("text", ["", "cash", "cash/", "cash//x/", "purse/0001/cash", "cash/0001/a/b/c/d"])
def test_a_text_that_is_no_line(text):
    with pytest.raises(Theirs):
        parse_line(text)


def test_entries_survive_the_event():
    rows = to_rows([PAID])
    assert rows == [["cash/0001/principal", OWED.text, 500]]
    assert from_rows("T1", rows) == (PAID,)


@pytest.mark.parametrize(
    "rows",
    [
        [["cash/0001/cash", "revenue/0001/cash", 0]],
        [["cash/0001/cash", "revenue/0001/cash", -1]],
        [["cash/0001/cash", "revenue/0001/cash", True]],
        [["cash/0001/cash", "revenue/0001/cash", 1.0]],
        [["cash/0001/cash", "revenue/0001/cash"]],
        [["cash/0001/cash", None, 1]],
        [["cash/0001/cash", "points_cost/0001/points", 1]],
        [["cash/0001/cash", "cash/0001/cash", 1]],
        [["cash/0001/cash", f"member/{ACCOUNT}/principal/0001", 1]],
        ["cash"],
        [5],
    ],
)
def test_rows_that_are_no_entries(rows):
    with pytest.raises(Theirs):
        from_rows("T1", rows)


def test_a_number_is_used_once():
    with pytest.raises(Ours):
        check([PAID, PAID])


def test_money_is_one_unit_and_everything_else_its_own():
    assert {unit(asset) for asset in ("principal", "bonus", "cash", "points_value", "receivable")} == {"cents"}
    assert unit("points") != unit("punch:coffee") != unit("issue:points")


def test_the_mirror_refuses_what_was_never_held():
    books = mirror.apply({}, [PAID])
    assert books == {TILL: -500, OWED: 500}
    spent = Entry("S1", 1, OWED, Line("revenue", "0001", "principal"), 501)
    with pytest.raises(mirror.Overdrawn) as wrong:
        mirror.apply(books, [spent])
    assert (wrong.value.balance, wrong.value.reason) == (-1, "insufficient_float")
    assert books == {TILL: -500, OWED: 500}


def test_the_equation_finds_an_entry_that_was_booked_twice_or_not_at_all():
    books = mirror.apply({}, [PAID])
    mirror.conservation(books, [PAID])
    for entries in ([], [PAID, PAID._replace(n=2)]):
        with pytest.raises(Ours):
            mirror.conservation(books, entries)
    with pytest.raises(Ours):
        mirror.conservation({OWED: 500}, [PAID])
    with pytest.raises(Ours):
        mirror.conservation({TILL: 500, OWED: -500}, [])


def test_draw_is_oldest_expiry_first_then_age_then_lot():
    slices = [
        Slice("principal", "e", 5, "0001", "top_up", "", 1),
        Slice("principal", "d", 5, "0001", "top_up", "2026-02-01", 9),
        Slice("principal", "c", 5, "0001", "top_up", "2026-01-01", 9),
        Slice("principal", "b", 5, "0001", "top_up", "2026-01-01", 7),
        Slice("principal", "a", 5, "0001", "top_up", "2026-01-01", 9),
        Slice("bonus", "x", 5, "0001", "top_up", "2025-01-01", 1),
        Slice("principal", "z", 0, "0001", "top_up", "2025-01-01", 1),
    ]
    drawn = [(one.lot, amount) for one, amount in draw(slices, "principal", 22)]
    assert drawn == [("b", 5), ("a", 5), ("c", 5), ("d", 5), ("e", 2)]


LOT = Slice("principal", "ab" * 8, 500, "0001", "top_up", "", 1)
RICH = Holding(ACCOUNT, "0001", (LOT,))

ILLEGAL = (
    lambda: draw(RICH.slices, "principal", 501),
    lambda: debited(RICH, LOT.lot, 501),
    lambda: debited(RICH, "no such lot", 1),
    lambda: credited(RICH, LOT._replace(expires="2026-01-01")),
    lambda: spending.debit(RICH, "S1", -1),
    lambda: spending.debit(RICH, "S1", 1.5),
    lambda: spending.debit(RICH, "S1", 1, 0, 5),
    lambda: spending.debit(RICH, "S1", 1, order="as you like it"),
    lambda: top_up(RICH, "T1", 0, 5, RIGHTS, 1),
    lambda: top_up(RICH, "T1", -5, 0, RIGHTS, 1),
    lambda: holds.hold(RICH, "H1", 0),
    lambda: holds.overrun(RICH, "O1", 0, "principal_first"),
    lambda: reversals.reverse((), "R1", RICH),
    lambda: reversals.reverse([PAID], "R1", RICH._replace(holder="0002")),
    lambda: floats.grant(RICH, "0001", {}, "G1"),
    lambda: floats.take(RICH, "G1", [LOT._replace(amount=0)]),
    lambda: floats.give_back(RICH, "R1", {"principal": -1}),
)


@pytest.mark.parametrize("call", ILLEGAL)
def test_illegal_inputs_are_bugs_of_the_caller(call):
    with pytest.raises(Ours):
        call()


def test_a_hold_of_the_same_id_is_a_bug_of_the_caller():
    held = holds.hold(RICH, "H1", 100).holding
    with pytest.raises(Ours):
        holds.hold(held, "H1", 100)


def test_a_pruned_lot_comes_back_by_its_terms():
    spent = spending.debit(RICH, "S1", 500)
    empty = pruned(spent.holding)
    assert empty.slices == ()
    with pytest.raises(Ours):
        reversals.reverse(spent.entries, "R1", empty)
    assert reversals.reverse(spent.entries, "R1", empty, [LOT]).holding == RICH


def test_credits_of_equal_terms_share_a_lot_for_a_month():
    may, june = 1_777_600_000, 1_780_300_000  # 1 May 2026 and 1 June 2026
    first = top_up(HERE, "0001-pos1/5f3a09c1/0/17", 100, 10, RIGHTS, may)
    again = top_up(first.holding, "0001-pos1/5f3a09c1/0/18", 5, 1, RIGHTS, june - 86400)
    later = top_up(again.holding, "0001-pos1/5f3a09c1/0/19", 7, 0, RIGHTS, june)
    assert [(one.asset, one.amount) for one in later.holding.slices] == [
        ("principal", 105),
        ("bonus", 11),
        ("principal", 7),
    ]
    assert [one.lot for one in later.holding.slices] == [lot_name(ACCOUNT, one) for one in later.holding.slices]
    assert {one.opened_s for one in again.holding.slices} == {month_start(may)}
    assert first.rights_drawn == {"issue:principal": 100, "issue:bonus": 10}


def test_terms_make_the_lot():
    terms = Slice("points", "", 0, "0001", "earned", "2026-12-31", 1_777_600_000)
    others = [
        terms._replace(asset="bonus"),
        terms._replace(origin="0002"),
        terms._replace(kind="gift"),
        terms._replace(expires=""),
        terms._replace(opened_s=0),
    ]
    assert len({lot_name(ACCOUNT, one) for one in [terms, *others]} | {lot_name("0b" * 16, terms)}) == 7
    assert lot_name(ACCOUNT, terms._replace(lot="ab" * 8, amount=5)) == lot_name(ACCOUNT, terms)


def test_pending_points_are_confirmed_into_the_pool():
    pool = Holding(ACCOUNT, "hq")
    booking = confirm(pool, "S1", Pending(ACCOUNT, "0001", 30, 1, ""), 4)
    (entry,) = booking.entries
    assert (entry.n, entry.debit.text) == (4, "points_cost/0001/points")
    assert (entry.credit.holder, booking.holding.slices[0].origin) == ("hq", "0001")


def test_every_refusal_has_a_reason_of_the_table():
    held = holds.start(holds.hold(RICH, "H1", 100).holding, "H1").holding
    refusals = [
        spending.debit(RICH, "S1", 501),
        spending.debit(RICH, "S1", 1, 1),
        top_up(RICH, "T1", 1, 0, {}, 1),
        holds.hold(RICH, "H1", 501),
        holds.void(held, "H1"),
        holds.void(held, "H2"),
    ]
    assert all(isinstance(one, Refusal) and one.reason in REASONS for one in refusals)


def test_a_cash_sale_without_a_member_is_reversed_too():
    nobody = Holding("", "0001")
    sale = (spending.cash("S1", "0001", 250, 1),)
    booking = reversals.reverse(sale, "R1", nobody)
    assert to_rows(booking.entries) == [["revenue/0001/cash", "cash/0001/cash", 250]]


BOOKS_AND_ASSETS = (
    ("coupon_used/0001/coupon:tea", True),
    ("coupon_used/0001/once:MAY", True),
    ("coupon_used/0001/points", False),
    ("coupon_issued/hq/coupon:tea", True),
    ("punch_used/0001/punch:wash", True),
    ("punch_used/0001/coupon:tea", False),
    ("right/0001/code:MAY/0001", True),
    ("right/0001/principal/0001", False),
    (f"offline_credit/{ACCOUNT}/principal/0001", True),
    (f"offline_credit/{ACCOUNT}/principal", False),
    (f"offline_credit/{ACCOUNT}/bonus/0001", False),
    (f"member/{ACCOUNT}/coupon:/0001/{'ab' * 8}", False),
    (f"member/{ACCOUNT}/gold/0001/{'ab' * 8}", False),
    (f"member/{ACCOUNT}/issue:points/0001/{'ab' * 8}", False),
    (f"member/{ACCOUNT}/points_value/0001/{'ab' * 8}", False),
    (f"member/{ACCOUNT}/once:MAY/0001/{'ab' * 8}", True),
)


@pytest.mark.parametrize(("text", "legal"), BOOKS_AND_ASSETS)
def test_a_book_knows_its_assets(text, legal):
    line = parse_line(text)
    entry = Entry("T1", 1, line, Line("correction", "0001", line.asset), 1)
    if legal:
        check([entry])
    else:
        with pytest.raises(Ours):
            check([entry])


def test_coupons_move_one_by_one():
    coupon = member_line(ACCOUNT, "coupon:tea", "0001", "ab" * 8)
    used = Entry("S1", 1, coupon, Line("coupon_used", "0001", "coupon:tea"), 1)
    check([used])
    with pytest.raises(Ours):
        check([used._replace(amount=2)])
