"""Head office set back to an earlier day hears its stores again, and until then lets nothing go."""

import asyncio
import itertools
import re

import pytest

from hq_server.alarms.store import open_alarms
from hq_server.cards.store import card_row, cards_of
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.floats.service import ask, place_due
from hq_server.members.changes import change_card
from hq_server.members.store import member_row
from hq_server.recovery.store import awaited_rows
from hq_server.vault import accounts, advancing, lives, moves, recovery, refunds, remembering, rights
from hq_server.vault.asking import Wanted
from protocol.ledger.entries import Entry, Line
from protocol.ledger.refund_rights import Wanted as Part
from protocol.ledger.refund_rights import encode, is_empty
from tests.hq_server import engines
from tests.hq_server.conftest import NOW_S
from tests.hq_server.recovery.inside import Inside, balances, image, set_back
from tests.hq_server.small_chain import ACCOUNTS

ADA, GRACE = ACCOUNTS[0], ACCOUNTS[2]
DAY = "2026-11-16"
LENT = Line("offline_credit", ADA, "principal", "0001")


@pytest.fixture()
def town(hq, tmp_path):
    """Two stores with value at both, and what head office was when its backup was made; then it did business."""
    made = Town(hq, tmp_path / "image")
    yield made
    if made.restored is not None:
        made.restored.close()
    engines.drop(made.folder)


class Town:
    def __init__(self, hq, folder):
        self.hq, self.folder, self.restored = hq, folder, None
        self.one, self.two = Inside(hq, "0001"), Inside(hq, "0002")
        self.one.catch_up(), self.two.catch_up()
        self.one.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
        self.two.shop.top_up(DAY, 1, GRACE, 50_00)
        self.one.deliver(), self.two.deliver()
        image(hq, folder)

    def business(self) -> None:
        """After the backup: value goes from one store over head office to the other, and is spent there."""
        with self.hq.vault() as vault:
            moves.recall(vault, "0001", ADA, "principal", 60_00)
        self.one.catch_up()
        told = self.want(self.hq, "0002", ADA, 40_00)
        assert len(told["messages"]) == 1
        self.two.catch_up()
        self.two.shop.sale(DAY, 5, {"4004": 2000}, ADA, stored_cents=1780)
        self.two.deliver()
        self.one.shop.top_up(DAY, 6, ADA, 5_00)
        self.one.deliver()

    def want(self, hq, store: str, account: str, cents: int) -> dict:
        number = f"{next(NUMBERS):032x}"
        return asyncio.run(ask(hq, store, Wanted(number, account, {"principal": cents})))

    def lose_the_disk(self):
        self.restored = set_back(self.folder, NOW_S)
        for gateway in (self.one, self.two):
            gateway.hq = self.restored
        return self.restored


NUMBERS = itertools.count(1)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_everything_is_as_it_was_whoever_reports_first(town, order):
    town.business()
    known = balances(town.hq)
    restored = town.lose_the_disk()
    assert balances(restored) != known
    for name in order:
        getattr(town, name).catch_up()
    while place_due(restored):
        pass
    assert balances(restored) == known
    with restored.db.read() as connection:
        assert {row.status for row in awaited_rows(connection)} == {"reported"}
    assert town.want(restored, "0001", ADA, 3_00)["reason"] is None


def test_nothing_is_granted_before_all_have_reported(town):
    town.business()
    restored = town.lose_the_disk()
    town.one.catch_up()
    told = town.want(restored, "0001", ADA, 10_00)
    assert (told["messages"], told["reason"]) == ([], "recovery")
    assert place_due(restored) == 0
    with restored.vault() as vault:
        assert moves.grant(vault, "0001", ADA, {"principal": 1}) == {}
        assert moves.recall(vault, "0002", GRACE, "principal", 1) is None
        with pytest.raises(HqError, match="recovery: have not reported yet: 0002"):
            accounts.close(vault, ADA, "lin", "mo")
    town.two.catch_up()
    assert town.want(restored, "0001", ADA, 10_00)["reason"] is None


def test_what_a_store_knows_to_be_barred_is_barred_again(town):
    """Frozen and blocked after the backup, told by a store that had heard of it; afterwards only people change it."""
    restored = town.lose_the_disk()
    with restored.db.read() as connection:
        (card, *_), *_ = [cards_of(connection, [ADA])[ADA]]
    barred = {"accounts": [ADA, "ff" * 16], "cards": [card.card, "0001:04FFFFFFFFFFFF"]}
    town.one.shop.write("barred", DAY, 9, "", **barred)
    town.one.catch_up()
    with restored.db.read() as connection:
        assert member_row(connection, ADA).status == "frozen" and member_row(connection, "ff" * 16) is None
        assert card_row(connection, card.card).status == "blocked"
        assert [row.kind for row in open_alarms(connection, "0001")].count("barred_again") == 1
    town.two.catch_up()
    assert {"block", "member"} <= {body["kind"] for body in town.two.heard}

    with restored.db.write() as connection:
        change_card(connection, restored.post, card.card, "active", "found again", NOW_S)
    town.two.shop.write("barred", DAY, 10, "", **barred)
    town.two.catch_up()
    with restored.db.read() as connection:
        assert card_row(connection, card.card).status == "active", "who has reported says no more"


def test_what_the_pool_lacks_is_loss_until_it_comes_home(town):
    """The store that spent it reports first: the other has not said yet that it sent it home."""
    town.business()
    restored = town.lose_the_disk()
    town.two.catch_up()
    assert sum(balances(restored, "loss").values()) == -40_00
    town.one.catch_up()
    while place_due(restored):
        pass
    assert balances(restored, "loss") == {}


def test_a_store_is_set_aside_by_two_people_under_a_cap(town):
    town.business()
    restored = town.lose_the_disk()
    town.one.catch_up()
    with restored.vault() as vault:
        with pytest.raises(HqError, match="second_person"):
            remembering.set_aside(vault, "0002", 25_00, "lin", "lin")
        remembering.set_aside(vault, "0002", 25_00, "lin", "mo")
    told = town.want(restored, "0001", ADA, 30_00)
    assert told["reason"] is None
    town.one.catch_up()
    with restored.vault() as vault:
        assert recovery.awaited(vault)[1].used == 25_00
    town.two.catch_up()  # it comes back, and had taken 40.00 of the same 60.00
    assert sum(balances(restored, "loss").values()) == -5_00
    assert town.want(restored, "0001", ADA, 1)["reason"] is None


def test_a_grant_that_head_office_never_signed_fences(town):
    town.business()
    restored = town.lose_the_disk()
    lines = town.two.shop.written
    at = next(at for at, line in enumerate(lines) if "grant_taken" in line)
    lines[at] = re.sub('(?<="sig":").', lambda first: "0" if first[0] != "0" else "1", lines[at])
    with pytest.raises(HqError, match="fenced: event .* took something else|fenced: event .* leaves -"):
        town.two.catch_up()
    assert balances(restored, "loss") == {}


def test_two_head_offices_at_once_are_noticed(town):
    town.business()
    town.lose_the_disk()
    town.one.catch_up()
    town.one.hq = town.hq  # the old one was not dead after all
    with pytest.raises(HqError, match="other_head_office"):
        town.one.fetch()
    town.one.shop.top_up(DAY, 9, ADA, 1_00)
    with pytest.raises(HqError, match="other_head_office"):
        town.one.deliver()


def test_what_a_store_has_not_heard_is_told_under_new_numbers(town):
    """A grant that the backup knows, and the store does not: the same grant, once, above what the store has heard."""
    with town.hq.vault() as vault:
        moves.recall(vault, "0001", ADA, "principal", 30_00)
    town.one.catch_up()
    town.want(town.hq, "0002", ADA, 20_00)
    image(town.hq, town.folder)
    town.two.fetch()  # it has taken the grant since; head office does not know that
    before = town.two.cursor
    restored = town.lose_the_disk()
    with restored.vault() as vault:
        vault.send("0002", "lent_settled", {"settle": "9" * 32, "account": ADA, "cents": 1})
    town.two.heard.clear()
    town.two.catch_up(), town.one.catch_up()
    kinds = [(body["n"], body["kind"]) for body in town.two.heard[:2]]
    assert kinds == [(before + 1, "restored"), (before + 2, "lent_settled")]
    while place_due(restored):
        pass
    assert balances(restored, "loss") == {} and sum(balances(restored, "member").values()) == 160_00


def rows_of(vault) -> dict[str, tuple[int, int]]:
    return {row.store: (row.mark_n, row.told_n) for row in vault.awaited()}


def test_a_question_that_was_long_on_its_way_does_not_number_anew(town):
    restored, life = town.lose_the_disk(), town.two.life
    with restored.vault() as vault:
        for after, told_n in ((9, 10), (7, 10), (9, 10), (10, 11)):
            remembering.listen(vault, "0002", after, life)
            assert rows_of(vault)["0002"] == (0, told_n)


def test_restored_again_it_counts_a_store_that_had_not_met_it_by_the_numbers_of_before(town):
    restored = town.lose_the_disk()
    town.one.catch_up()  # has met this life: its numbers are known; the other one still has those of the first
    with restored.vault() as vault:
        before, last_n = rows_of(vault), vault.last_n(town.one.shop.incarnation)
        for _ in range(3):
            vault.send("0002", "block", {"card": "0001:04A1B2C3D4E5F6"})
        remembering.begin(vault, "e" * 32, "c" * 32)
        assert rows_of(vault) == {"0001": (last_n, 0), "0002": (before["0002"][0], 0)}


def test_a_machine_that_came_and_went_after_the_backup_is_told_of_by_the_next(town):
    """Store 0002 got another machine after the backup, which took a grant and sold; head office knows nothing of it."""
    with town.hq.vault() as vault:
        moves.recall(vault, "0001", ADA, "principal", 60_00)
        lives.begin(vault, "0002", "b" * 32)
    town.one.catch_up()
    second = Inside(town.hq, "0002")
    second.shop.journal = "0b0b0b0b"
    second.catch_up()
    town.want(town.hq, "0002", ADA, 40_00)
    second.catch_up()
    second.shop.sale(DAY, 5, {"4004": 2000}, ADA, stored_cents=1780)
    second.deliver()

    restored = town.lose_the_disk()
    with restored.vault() as vault:
        lives.begin(vault, "0002", "c" * 32)
    third = Inside(restored, "0002")
    third.life = restored.life
    third.catch_up()
    for line in second.shop.written:
        third.shop.write("salvaged", DAY, 6, "", life="b" * 32, line=line)
    third.deliver()
    with restored.vault() as vault:
        assert vault.life("b" * 32).status == "replaced"
        waiting = [one.amount for one in vault.case("b" * 32, ADA).waiting if one.asset == "principal"]
        assert sum(waiting) == 40_00 - 17_80
        remembering.set_aside(vault, "0002", 0, "lin", "mo")
    town.one.catch_up()
    with restored.vault() as vault:
        recovery.make_good(vault, ADA)
    assert balances(restored, "loss") == {}, "what was spent there is paid by the member, not by the chain"
    held = {line: amount for line, amount in balances(restored, "member").items() if line.split("/")[1] == ADA}
    stored = sum(amount for line, amount in held.items() if line.split("/")[2] in ("principal", "bonus"))
    assert stored == 110_00 - 17_80


def test_a_debt_that_was_settled_is_not_settled_twice(town):
    """Head office had paid what a cut store lent, and the store had heard it; the restored one has forgotten both."""
    town.one.shop.write(
        "sale", DAY, 3, "lent", (Entry("lent", 1, LENT, Line("revenue", "0001", "principal"), 3_00),), account=ADA
    )
    town.one.deliver()
    with town.hq.vault() as vault:
        moves.recall(vault, "0001", ADA, "principal", 20_00)
    town.one.catch_up()
    while place_due(town.hq):
        pass
    town.one.catch_up()
    assert balances(town.hq, "offline_credit") == {}
    restored = town.lose_the_disk()
    town.one.catch_up(), town.two.catch_up()
    while place_due(restored):
        pass
    town.one.catch_up()
    assert [body["kind"] for body in town.one.heard].count("lent_settled") == 1
    assert balances(restored, "offline_credit") == {} and balances(restored, "loss") == {}


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_a_refund_at_another_store_is_remembered_whoever_reports_first(town, order):
    """Its right went from the store of sale over head office to the other one; neither move is in the backup."""
    sale = town.one.shop.sale(DAY, 3, {"4004": 1000}, ADA)
    town.one.deliver()
    with town.hq.vault() as vault:
        refunds.ask(vault, "0002", sale, "a" * 32)
    town.one.catch_up()
    with town.hq.vault() as vault:
        assert refunds.rest(vault, "0002", sale, "a" * 32) == ""
    town.two.catch_up()
    town.two.shop.refund(DAY, 4, town.two.shop.refund_rights[sale])
    town.two.deliver()
    while place_due(town.hq):
        pass
    known, parts = balances(town.hq), held_parts(town.hq, sale)
    restored = town.lose_the_disk()
    for name in order:
        getattr(town, name).catch_up()
    while place_due(restored):
        pass
    assert held_parts(restored, sale) == parts == {}, "nothing is left to refund anywhere"
    assert (balances(restored), balances(restored, "loss")) == (known, {})


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_what_is_left_of_a_refunded_right_is_left_whoever_reports_first(town, order):
    """The other store has refunded one of two pieces and sent the rest home; the store of sale still has to report."""
    sale = town.one.shop.sale(DAY, 3, {"4004": 2000}, ADA)
    town.one.deliver()
    with town.hq.vault() as vault:
        refunds.ask(vault, "0002", sale, "a" * 32)
    town.one.catch_up()
    with town.hq.vault() as vault:
        assert refunds.rest(vault, "0002", sale, "a" * 32) == ""
    town.two.catch_up()
    town.two.shop.refund(DAY, 4, town.two.shop.refund_rights[sale], Part(lines=((1, 1000),)))
    town.two.deliver()
    with town.hq.vault() as vault:
        refunds.ask(vault, "0001", sale, "b" * 32)
    town.two.catch_up()
    parts = held_parts(town.hq, sale)
    assert [right["goods"][0][2] for right in parts.values()] == [1000], "one piece, at head office"
    restored = town.lose_the_disk()
    for name in order:
        getattr(town, name).catch_up()
    assert held_parts(restored, sale) == parts


def test_a_closed_case_brings_no_right_back_that_was_used(town):
    """Sold and refunded before the backup; then head office is restored, and the store of sale gets a new machine."""
    sale = town.one.shop.sale(DAY, 3, {"4004": 1000}, ADA)
    town.one.shop.refund(DAY, 4, town.one.shop.right_of(sale, ADA))
    town.one.deliver()
    engines.drop(town.folder), image(town.hq, town.folder)
    restored = town.lose_the_disk()
    town.one.catch_up(), town.two.catch_up()
    with restored.vault() as vault:
        lives.begin(vault, "0001", "c" * 32)
        advancing.close(vault, town.one.shop.incarnation, "lin", "mo")
        assert refunds.ask(vault, "0002", sale, "a" * 32) == ([], "nothing_left_to_refund")
    assert held_parts(restored, sale) == {}


def held_parts(hq, sale: str) -> dict[str, str]:
    """holder -> what it may still give back of a sale, or what is on its way."""
    with hq.vault() as vault:
        parts = {part.holder: encode(part.right) for part in refunds.parts_of(vault, sale) if not is_empty(part.right)}
        moving = {move.store + " coming": move.number for move in vault.right_moves(sale) if move.status == "open"}
        return parts | moving


def test_a_right_that_was_granted_after_the_backup_is_remembered(town):
    with town.hq.db.write() as connection:
        fleet.set_store(connection, "0001", right_points=9_000_000)
    with town.hq.vault() as vault:
        rights.refill(vault, "0001")
    town.one.catch_up()
    known = right_lines(town.hq)
    restored = town.lose_the_disk()
    assert right_lines(restored) != known
    town.one.catch_up(), town.two.catch_up()
    assert right_lines(restored) == known


def right_lines(hq) -> dict[str, int]:
    return {line: left for line, left in balances(hq, "right").items() if line.startswith("right/0001/issue:points")}
