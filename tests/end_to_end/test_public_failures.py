"""Where other systems lost or made money, played on ours: a chain of two stores as it runs, cut where it hurt.

Each docstring names the public report and what went wrong there.
"""

import threading

import pytest

from tests.end_to_end.quick_till import QuickTill, Said
from tests.end_to_end.town import Town, until

# Household 0 is at home in 0001, 1 in 0002, and so on: each test has members of its own.
TWICE, OFFLINE, ACROSS, AT_ONCE, MANY_LOTS = range(5)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = Town(tmp_path_factory.mktemp("failures"), members=5)
    try:
        yield made.open()
    finally:
        made.close()


def milk(count: int) -> tuple[tuple[str, int], ...]:
    """Pieces at 1.00 each, one point each."""
    return (("4001", count * 1000),)


def taps(town: Town, till: QuickTill, household: int) -> dict:
    """What the till is told of a card."""
    message, values = till.taps(town.card(household))
    assert message == "tapped", values
    return values


def member(told: dict) -> dict:
    return {name: told[name] for name in ("account", "tap")}


def in_all(town: Town, household: int, asset: str) -> int:
    """A member's balance by head office's books, wherever it lies."""
    return sum(town.held(household, asset).values())


def tops_up(town: Town, code: str, household: int, cents: int) -> None:
    message, values = town.till(code).tops_up(town.card(household), cents)
    assert message == "topped_up", values


def test_points_of_a_sale_are_earned_once_however_often_it_is_sent(town):
    """OCA/pos#185, odoo#270532: a sale made offline was sent again after a failed sync, and its points were doubled.

    Here the answer is lost twice on the way (store to till, head office to store), all of it is sent again, and then
    thrice more by hand: one receipt, one event, the points once.
    """
    till, store = town.till("0001"), town.store("0001")
    told = taps(town, till, TWICE)
    total = till.scans(*milk(10))[1]["total_cents"]
    town.lose_answers(store.wire)
    town.lose_answers(store.line)
    said = threading.Thread(target=lambda: till.pays(total, 1, member(told), stored=0))
    said.start()
    sequence = till.sequence_of_open_request()
    until(lambda: sales(town, till, sequence), "the sale at head office, though nobody heard so")
    assert till.open_requests == 1 and town.status("0001")["outbox"] > 0
    town.heal(store.wire)
    town.heal(store.line)
    said.join(60)
    till.says_again(3)
    town.comes_to_rest()
    assert len(sales(town, till, sequence)) == 1
    assert in_all(town, TWICE, "points") == 10 and taps(town, till, TWICE)["here"]["points"] == 10


def sales(town: Town, till: QuickTill, sequence: int) -> list[dict]:
    """Head office's events of one request of a till."""
    request = f"{till.name}/{till.journal.number}/0/{sequence}"
    return [event for event in town.asks("/api/v1/events", kind="sale")["events"] if event["request"] == request]


def test_a_wallet_that_paid_while_the_line_was_cut_is_deducted_once_it_is_back(town):
    """odoo#108240: paid from an e-wallet while offline; the order was synced later, the balance never went down."""
    tops_up(town, "0001", OFFLINE, 5000)
    town.comes_to_rest()
    with town.without_hq("0001"):
        message, paid = town.till("0001").sells(milk(20), town.card(OFFLINE))
        assert (message, paid["here"]["principal"], paid["offline"]) == ("receipt", 3000, True)
        assert in_all(town, OFFLINE, "principal") == 5000, "head office cannot know yet"
    town.comes_to_rest()
    assert in_all(town, OFFLINE, "principal") == 3000
    elsewhere = town.till("0002")
    assert elsewhere.sells(milk(31), town.card(OFFLINE))[1]["reason"] == "insufficient_float"
    assert pays_soon(town, elsewhere, OFFLINE, 30)[0] == "receipt"
    town.comes_to_rest()
    assert in_all(town, OFFLINE, "principal") == 0


def pays_soon(town: Town, till: QuickTill, household: int, pieces: int) -> Said:
    """Tries again like anybody while the value is on its way here."""
    said: Said = ("", {})
    for _ in range(10):
        said = till.sells(milk(pieces), town.card(household))
        if said[0] == "receipt":
            break
    return said


def test_points_earned_at_one_store_are_known_and_spent_at_another(town):
    """odoo#244412: points were not seen at the other shop ("not supported across different shops"); the first fix for
    that doubled them."""
    here, there = town.till("0001"), town.till("0002")
    assert here.sells(milk(100), town.card(ACROSS), stored=0)[1]["earned"] == 100
    until(lambda: in_all(town, ACROSS, "points") == 100, "the points at head office")
    for _ in range(10):
        told = taps(town, there, ACROSS)
        total = there.scans(*milk(1))[1]["total_cents"]
        message, paid = there.pays(total, 1, member(told), points=100)
        if message == "receipt":
            break
    assert (message, paid["points"], paid["points_cents"]) == ("receipt", 100, 100), paid
    town.comes_to_rest()
    assert in_all(town, ACROSS, "points") == 0, "paid by points, nothing is earned"
    assert taps(town, here, ACROSS)["here"]["points"] == taps(town, there, ACROSS)["here"]["points"] == 0


# How long after the tills of 0001 those of 0002 ask, where the value lies: at once, or while it is recalled.
LATER_S = (0, 0.05, 0.15, 0.4)


@pytest.mark.parametrize("later_s", LATER_S)
def test_one_balance_asked_for_at_four_tills_at_once_is_paid_once(town, later_s):
    """medusa#16347: the same gift card was redeemed more than once by checkouts at the same moment."""
    before = paid_by(town, AT_ONCE)
    tops_up(town, "0002", AT_ONCE, 1000)
    town.comes_to_rest()
    asks = {till: town.ready_to_pay(till, AT_ONCE, *milk(10)) for till in town.all_tills()}
    paid = [message for message, _ in town.at_once(asks, later_s).values()]
    assert paid.count("receipt") <= 1, paid
    if "receipt" not in paid:  # while it was on its way from store to store nobody had it
        assert pays_soon(town, town.till("0001"), AT_ONCE, 10)[0] == "receipt"
    assert [till.sells(milk(10), town.card(AT_ONCE))[0] for till in town.all_tills()] == ["refused"] * 4
    town.comes_to_rest()
    assert in_all(town, AT_ONCE, "principal") == 0
    assert paid_by(town, AT_ONCE) == before + 1000


def paid_by(town: Town, household: int) -> int:
    """What a member has paid from stored value in all, by head office's events."""
    events = town.asks("/api/v1/events", kind="sale")["events"]
    mine = [event["tenders"] for event in events if event["account"] == town.account(household)]
    return sum(tenders.get("principal", 0) + tenders.get("bonus", 0) for tenders in mine)


def test_of_many_lots_only_what_the_basket_costs_is_drawn(town):
    """saleor#13640: a checkout with two gift cards worth more than it cost emptied both.

    Here the member's value lies in lots of two stores and a gift; a basket draws what it costs and leaves the rest.
    """
    tops_up(town, "0001", MANY_LOTS, 10_000)  # and 5.00 as a gift
    tops_up(town, "0002", MANY_LOTS, 2000)
    town.comes_to_rest()
    assert pays_soon(town, town.till("0001"), MANY_LOTS, 110)[0] == "receipt"
    town.comes_to_rest()
    left = {asset: in_all(town, MANY_LOTS, asset) for asset in ("principal", "bonus")}
    assert sum(left.values()) == 12_500 - 11_000, left
    assert pays_soon(town, town.till("0002"), MANY_LOTS, 15)[0] == "receipt"
    town.comes_to_rest()
    assert in_all(town, MANY_LOTS, "principal") == in_all(town, MANY_LOTS, "bonus") == 0


def test_after_all_that_both_sides_agree_to_the_cent(town):
    assert town.audit().wrong == []
