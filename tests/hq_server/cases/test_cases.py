"""A gateway is gone: what it had waits, is advanced, or comes to light from its disk and its terminals' journals.

Each row of TABLE is a story in steps; after each the books balance, and at its end the member and the loss book have
what is stated. Amounts in minor units; Ada has topped up 10000 at store 0001, and head office knows it.
"""

import pytest

from hq_server.alarms.store import open_alarms
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.vault import advancing, asking, lives, refunds
from hq_server.vault.book import Book
from hq_server.vault.lots import add_own_lots
from protocol.ledger import floats
from protocol.ledger.entries import SUSPENSE, Entry, Line, member_line
from protocol.ledger.lots import Holding, Slice, debited, lot_name
from tests.hq_server.small_chain import ACCOUNTS, open_shops
from tests.hq_server.small_shop import SmallShop

ADA = ACCOUNTS[0]
DAY = "2026-11-16"
OLD, NEW = "1" * 32, "7" * 32


class Story:
    """One store whose gateway dies, told step by step."""

    def __init__(self, hq):
        self.hq = hq
        self.shop = open_shops(hq, 1)[0]
        self.shop.top_up(DAY, 1, ADA, 100_00)
        ingest(hq, "0001", self.shop.batch())
        self.again: SmallShop | None = None
        self.told: list[str] = []
        self.delivered = len(self.shop.written)

    def unheard_sale(self) -> None:
        """2.58 spent at the store; head office does not hear of it."""
        self.shop.sale(DAY, 2, {"4001": 2000}, ADA)

    def hold_in_suspense(self) -> None:
        """A pump fell silent with 20.00 set aside."""
        (slice_,) = (one for one in self.shop.holding(ADA).slices if one.asset == "principal")
        line = member_line(ADA, "principal", "0001", slice_.lot)
        entry = Entry("h1/suspense", 1, line, line._replace(holder=SUSPENSE), 20_00)
        self.shop.holdings[ADA] = debited(self.shop.holding(ADA), slice_.lot, 20_00)
        self.shop.write("hold_suspended", DAY, 2, "h1/suspense", (entry,), hold="h1", account=ADA)
        self.cut_store_speaks()

    def two_coupons(self) -> None:
        """On their way to the store when its gateway dies: they wait in its case."""
        number = "aa" * 16
        with self.hq.vault() as vault:
            lines = [member_line(ADA, "coupon:ten", "hq", lot) for lot in ("a1" * 8, "a2" * 8)]
            issued = Line("coupon_issued", "hq", "coupon:ten")
            given = [Entry("g", n, issued, line, 1) for n, line in enumerate(lines, 1)]
            slices = [Slice("coupon:ten", line.lot, 1, "hq", "coupon", "", 1) for line in lines]
            add_own_lots(vault, Holding(ADA, "hq", tuple(slices)), "g")
            book = Book(vault)
            book.note("corrected", "g", ADA, given)
            book.save()
        with self.hq.vault() as vault:
            asking.begin(vault, "0001", asking.Wanted(number, ADA, {"coupon:ten": 2}))

    def unheard_top_up(self) -> None:
        self.shop.top_up(DAY, 2, ADA, 30_00)

    def cut_store_speaks(self) -> None:
        """The line is up again: the same gateway delivers."""
        ingest(self.hq, "0001", self.shop.batch())

    def comes_home(self) -> None:
        """A cut store sends all home once it can."""
        number = "ab" * 16
        booking, _ = floats.give_back(self.shop.holding(ADA), number, None)
        self.shop.holdings[ADA] = booking.holding
        self.shop.write("float_returned", DAY, 4, number, booking.entries, account=ADA)
        self.cut_store_speaks()

    def replaced(self) -> None:
        with self.hq.vault() as vault:
            lives.begin(vault, "0001", NEW)
        self.again = SmallShop("0001", NEW, journal="6b3a09c1")

    def salvaged(self) -> None:
        """The next life tells all that the old disk still says, what was booked before too."""
        for line in self.shop.written:
            self._tell("salvaged", line=line)

    def testified(self) -> None:
        """A terminal's journal says that 2.58 were approved."""
        request, transfer = self.shop._request("pos1")
        self._tell("testified", request=request, account=ADA, tenders={"principal": 2_58}, transfer=transfer)

    def testified_fill(self) -> None:
        """It says that she filled for 3.00 at the pump, of which she had 2.58."""
        request, transfer = self.shop._request("pump1")
        line = {"code": "305", "qty_milli": 4_000, "price_milli": 75_000, "amount_cents": 3_00}
        told = {"lines": [line], "owed_cents": 42, "tenders": {"principal": 2_58}, "account": ADA}
        self._tell("testified", message="capture", request=request, transfer=transfer, **told)

    def testified_top_up(self) -> None:
        """It says that 30.00 were paid in, too."""
        request, transfer = self.shop._request("pos1")
        values = {"request": request, "account": ADA, "tenders": {"principal": 30_00, "bonus": 3_00}}
        self._tell("testified", message="top_up", transfer=transfer, **values)

    def _tell(self, kind: str, transfer: str = "", **values) -> None:
        assert self.again
        self.again.write(kind, DAY, 5, transfer, life=OLD, **values)
        ingest(self.hq, "0001", self.again.batch())

    def advanced(self, life: str = OLD, want: dict[str, int] | None = None) -> None:
        with self.hq.vault() as vault:
            advancing.advance(vault, life, ADA, want)

    def advanced_40(self) -> None:
        self.advanced(want={"principal": 40_00})

    def closed(self) -> None:
        with self.hq.vault() as vault:
            advancing.close(vault, OLD, "lin", "kim")

    def check(self) -> dict[str, int]:
        with self.hq.db.read() as connection:
            assert books.negative_lines(connection) == []
            rows = books.trial_balance(connection)
            assert not any(books.sums_by_unit(rows).values())
            held = books.held(connection, [ADA])[ADA]
        figures = {holder: held.get((holder, "principal"), 0) for holder in ("hq", "suspense", "0001")}
        return figures | {"loss": sum(int(row.amount) for row in rows if row.book == "loss")}


#   what happens                                                   |    hq | suspense | 0001 | loss
TABLE = """
replaced                                                           |     0 |    10000 |     0 |     0
unheard_sale replaced salvaged                                     |     0 |     9742 |     0 |     0
unheard_sale replaced salvaged salvaged                            |     0 |     9742 |     0 |     0
unheard_sale replaced testified                                    |     0 |     9742 |     0 |     0
unheard_sale replaced testified_fill                               |     0 |     9742 |     0 |     0
replaced testified_top_up                                          |     0 |    13000 |     0 |     0
replaced testified_top_up closed                                   | 13000 |        0 |     0 |     0
unheard_top_up replaced salvaged                                   |     0 |    13000 |     0 |     0
hold_in_suspense                                                   |     0 |     2000 |  8000 |     0
hold_in_suspense replaced closed                                   | 10000 |        0 |     0 |     0
replaced advanced                                                  | 10000 |        0 |     0 |     0
unheard_sale replaced advanced salvaged                            | 10000 |        0 |     0 |  -258
unheard_sale replaced advanced testified                           | 10000 |        0 |     0 |  -258
unheard_sale replaced advanced_40 salvaged                         |  4000 |     5742 |     0 |     0
replaced closed                                                    | 10000 |        0 |     0 |     0
unheard_sale replaced salvaged closed                              |  9742 |        0 |     0 |     0
unheard_sale replaced closed salvaged                              | 10000 |        0 |     0 |  -258
unheard_sale replaced advanced_40 closed salvaged                  | 10000 |        0 |     0 |  -258
unheard_sale advanced cut_store_speaks                             | 10000 |        0 |     0 |  -258
unheard_sale advanced_40 cut_store_speaks                          |  4000 |        0 |  5742 |     0
unheard_sale advanced comes_home                                   | 10000 |        0 |     0 |  -258
unheard_sale advanced_40 comes_home                                |  9742 |        0 |     0 |     0
unheard_top_up advanced cut_store_speaks                           | 10000 |        0 |  3000 |     0
unheard_sale advanced replaced salvaged                            | 10000 |        0 |     0 |  -258
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_what_comes_to_light(hq, row):
    steps, *figures = [part.strip() for part in row.split("|")]
    story = Story(hq)
    for step in steps.split():
        getattr(story, step)()
        story.check()
    assert [story.check()[name] for name in ("hq", "suspense", "0001", "loss")] == [int(one) for one in figures]


def test_punches_that_a_testified_sale_had_earned_wait_with_the_rest(hq):
    story = Story(hq)
    story.replaced()
    request, transfer = story.shop._request("pos1")
    told = {"tenders": {"cash": 2_58}, "punches": [["punch:tea", 3]]}
    story._tell("testified", message="pay", request=request, account=ADA, transfer=transfer, **told)
    with hq.db.read() as connection:
        rows = [row for row in books.trial_balance(connection) if row.asset == "punch:tea"]
    assert {(row.book, row.holder): row.amount for row in rows if row.book == "member"} == {("member", "suspense"): 3}
    story.closed()
    with hq.db.read() as connection:
        rows = [row for row in books.trial_balance(connection) if (row.book, row.asset) == ("member", "punch:tea")]
    assert {row.holder: row.amount for row in rows if row.amount} == {"hq": 3}


# Two coupons lie at the store that is gone; what its terminals' journals say; where coupons are then.
COUPONS = """
nothing                 | suspense 2
fill 7 with one         | suspense 1, used 1
fill 7 with one, again  | suspense 1, used 1
fill 7, fill 8, fill 9  | used 3, loss 1: nobody knew of the third
fill 7 without          | suspense 2
"""


@pytest.mark.parametrize("row", COUPONS.strip().splitlines())
def test_a_testified_fill_uses_its_coupon_up(hq, row):
    steps, wanted = (part.strip() for part in row.partition(":")[0].split("|"))
    story = Story(hq)
    story.two_coupons()
    story.replaced()
    for step in filter("nothing".__ne__, steps.split(", ")):
        sequence = 7 if step == "again" else int(step.split()[1])
        told = {"tenders": {}, "coupons": [] if "without" in step else ["coupon:ten"], "message": "capture"}
        request = {"terminal": "0001-pump1", "journal": "5f3a09c1", "lane": 0, "sequence": sequence}
        story._tell("testified", f"0001-pump1/5f3a09c1/0/{sequence}", request=request, account=ADA, **told)
    with hq.db.read() as connection:
        rows = [one for one in books.trial_balance(connection) if one.asset == "coupon:ten" and one.amount]
    names = {"coupon_used": "used", "loss": "loss", "member": "suspense"}
    found = [f"{names[one.book]} {abs(int(one.amount))}" for one in rows if one.book in names]
    assert sorted(found) == sorted(wanted.split(", "))
    story.check()


def test_an_advance_ends_at_the_cap_of_its_store(hq):
    story = Story(hq)
    story.replaced()
    with hq.db.write() as connection:
        connection.execute(fleet.shop.update().values(loss_cap_cents=50_00))
    story.advanced_40()
    with hq.vault() as vault:
        assert advancing.cap_left_cents(vault, "0001") == 10_00
    with pytest.raises(HqError, match="advance_cap"):
        story.advanced()
    story.advanced(want={"principal": 10_00})
    assert story.check()["hq"] == 50_00


@pytest.mark.parametrize(("life", "operator", "second", "reason"), [
    (OLD, "lin", "lin", "second_person"), (OLD, "lin", "", "second_person"), ("9" * 32, "lin", "kim", "not_found"),
    (NEW, "lin", "kim", "not_fenced"),
])
def test_who_may_close_a_case(hq, life, operator, second, reason):
    story = Story(hq)
    story.replaced()
    with pytest.raises(HqError) as wrong, hq.vault() as vault:
        advancing.close(vault, life, operator, second)
    assert wrong.value.reason == reason


def test_a_case_is_closed_once(hq):
    story = Story(hq)
    story.replaced()
    story.closed()
    with pytest.raises(HqError, match="case_closed"):
        story.closed()


def test_evidence_of_another_stores_life_is_none(hq):
    story = Story(hq)
    story.replaced()
    assert story.again
    story.again.write("salvaged", DAY, 5, "", life="2" * 32, line=story.shop.written[-1])
    with pytest.raises(HqError, match="evidence of a life that is none"):
        ingest(hq, "0001", story.again.batch())


def test_a_void_tells_the_terms_of_a_lot_that_nothing_else_has_opened(hq):
    """What opened it was booked for another life's sake; evidence is not refused for that."""
    story = Story(hq)
    story.replaced()
    terms = Slice("principal", "", 0, "0001", "refund_grace", "2026-12-01", 1_760_000_000)
    lot = lot_name(ADA, terms)
    entry = Entry("0001-pos1/5f3a09c1/0/90/void", 1, Line("revenue", "0001", "principal"),
                  member_line(ADA, "principal", "0001", lot), 1_00)
    story.shop.write("void", DAY, 4, entry.transfer, (entry,), account=ADA, lots=[["principal", lot, *terms[3:]]])
    story._tell("salvaged", line=story.shop.written[-1])
    with hq.vault() as vault:
        (kept,) = vault.lot_terms(ADA, {lot})
        assert kept == terms._replace(lot=lot)
        assert lot in {one.lot for one in vault.case(OLD, ADA).waiting}
    assert story.check()["suspense"] == 101_00


def test_value_that_nobody_knew_of_is_an_alarm(hq):
    story = Story(hq)
    story.replaced()
    story.closed()
    story.shop.sale(DAY, 2, {"4001": 2000}, ADA)
    story.salvaged()
    with hq.db.read() as connection:
        assert "beyond_evidence" in {row.kind for row in open_alarms(connection, "0001")}


@pytest.mark.parametrize("heard", [True, False])
def test_a_refund_that_a_journal_tells_is_an_alarm_unless_it_is_booked(hq, heard):
    """Journals keep what they were told until a backup has it, so they tell the next life what was booked as well."""
    story = Story(hq)
    sale = story.shop.sale(DAY, 2, {"4001": 2000}, ADA, stored_cents=2_58)
    story.cut_store_speaks()
    refund = story.shop.refund(DAY, 3, story.shop.right_of(sale, ADA))
    if heard:
        story.cut_store_speaks()
    story.replaced()
    assert story.again
    story.again.write("alarm", DAY, 5, "", reason="refund_testified", about=refund)
    ingest(hq, "0001", story.again.batch())
    with hq.db.read() as connection:
        raised = {row.kind for row in open_alarms(connection, "0001")}
    assert ("refund_testified" in raised) is not heard


def test_refund_rights_of_a_gone_life_are_head_offices_once_its_case_is_closed(hq):
    story = Story(hq)
    sale = story.shop.sale(DAY, 2, {"4001": 2000, "4002": 1000}, ADA, stored_cents=2_58)
    story.cut_store_speaks()
    story.replaced()
    with hq.vault() as vault:
        assert [part.incarnation for part in refunds.parts_of(vault, sale)] == [OLD]
        assert refunds.ask(vault, "0002", sale, "a" * 32) == ([], "refund_right_away")
    story.closed()
    with hq.vault() as vault:
        assert refunds.ask(vault, "0002", sale, "b" * 32) == ([], "")
    assert story.check()["hq"] == 100_00 - 2_58


def test_a_salvaged_sale_is_a_sale_like_any_other(hq):
    story = Story(hq)
    story.unheard_sale()
    story.replaced()
    story.salvaged()
    sale = next(iter(reversed(story.shop.booked)))
    with hq.vault() as vault:
        (part,) = refunds.parts_of(vault, sale)
        told = vault.told(vault.places([sale])[sale].event)
    assert told.event.kind == "sale" and part.right.goods[0].paid_cents == 2_58
