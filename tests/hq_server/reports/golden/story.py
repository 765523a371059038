"""Three weeks in which everything happens that reports are easily wrong about, through the real ingest.

    trap                          where it is
    return in a later period      a loaf of 16 November comes back on 1 December
    refund at another store       what 0001 sold on 17 November, 0002 takes back on 2 December
    late event                    0002 sells on 20 November and is heard on 3 December
    two cards of one member       Ming, 16 November
    zero line, cash without card  16 November, 0001
    split tender                  Ada, 16 November: stored value and cash; 17 November: points and stored value
    voided                        Ming, 17 November; a top-up of Grace, 18 November
    bonus, and a lot that expires topped up on 16 November, over on 1 December
    value spent elsewhere         Ada's of 0001, at 0002 on 19 November
    punches and a coupon          Ada, 18 November
    fuel, more than was there     Ming, 19 November
    litres without a sale         0001, 19 November: 5 l tested, 0.1 l that nobody can explain
    two shifts                    0001, 16 November
    merged                        Dora into Grace, 4 December
    a closed period begins anew   sales in November, December and (a part of) the week of 5 December
"""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hq_server.access.guard import Visitor
from hq_server.bootstrap import Hq
from hq_server.cards import store as cards
from hq_server.decisions import changes as decisions
from hq_server.fleet import store as fleet
from hq_server.goods import store as goods
from hq_server.members import store as members
from hq_server.vault import lots
from hq_server.vault.book import Book
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding, Slice
from protocol.ledger.refund_rights import Wanted as Part
from tests.hq_server import small_chain
from tests.hq_server.reports.golden.shop import BAG, DIESEL, GoldenShop

ADA, MING, GRACE, DORA = small_chain.ACCOUNTS
ZONES = {"0001": "Europe/Berlin", "0002": "Asia/Shanghai"}
BIRTHDAYS = {ADA: "1985-02-19", MING: "1990-05-01", GRACE: "2000-02-29", DORA: ""}
GENDERS = {ADA: "female", MING: "male"}
SECOND_CARD = "0001:04A1B2C3D4E5FF"
COUPON, PUNCHES = "c0ffee0000000001", "c0ffee0000000002"
LAST_DAY = "2026-12-05"


class Story:
    """Head office, two stores, and the clock that all of them look at."""

    def __init__(self, directory: Path):
        self.hq: Hq = small_chain.open_chain(directory, self.at("0001", "2026-11-16", "06:00"))
        self.hq.now_s = lambda: self.now_s
        self.now_s = self.at("0001", "2026-11-16", "06:00")
        self._register()
        shops = [GoldenShop(self.hq, shop) for shop in small_chain.open_shops(self.hq, self.now_s)]
        self.shops = {shop.store: shop for shop in shops}
        for shop in shops:
            shop.deliver()

    def at(self, store: str, day: str, time: str) -> int:
        """Epoch seconds of a local time; the clock of head office goes there."""
        local = dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(ZONES[store]))
        self.now_s = int(local.timestamp())
        return self.now_s

    def _register(self) -> None:
        with self.hq.db.write() as connection:
            for store, zone in ZONES.items():
                fleet.set_store(connection, store, timezone=zone)
            fleet.add_terminal(connection, "0001-pump1", "0001", "pump")
            named = ((BAG, "购物袋", "Carrier bag", 0), (DIESEL, "柴油", "Diesel", 76_000))
            extra = [small_chain._goods(*one) for one in named]
            goods.put_goods(connection, [row | {"category": "extra"} for row in extra], 2)
            cards.add_card(connection, SECOND_CARD, MING, self.now_s)
            for account, birthday in BIRTHDAYS.items():
                row = members.person_row(connection, account)
                kept = {name: getattr(row, name) for name in ("name", "phone", "email", "consent")}
                kept |= {"birthday": birthday, "gender": GENDERS.get(account, "")}
                members.put_person(connection, account, **kept, changed_at_s=self.now_s)
            members.set_member(connection, GRACE, level="gold")

    def give_units(self) -> None:
        """Head office gives Ada a coupon and punches; they wait in the pool."""
        lines = [Line("member", ADA, "coupon:tea", "hq", COUPON), Line("member", ADA, "punch:coffee", "hq", PUNCHES)]
        given = (
            Entry("gift", 1, Line("coupon_issued", "hq", "coupon:tea"), lines[0], 1),
            Entry("gift", 2, Line("punch_issued", "hq", "punch:coffee"), lines[1], 10),
        )
        kinds = ("coupon", "punch")
        slices = [
            Slice(one.credit.asset, one.credit.lot, one.amount, "hq", kind, "", self.now_s)
            for one, kind in zip(given, kinds, strict=True)
        ]
        with self.hq.vault() as vault:
            lots.add_own_lots(vault, Holding(ADA, "hq", tuple(slices)), "gift")
            book = Book(vault)
            book.note("corrected", "gift", ADA, given)
            book.save()

    def merge(self) -> None:
        """Two people of finance make Dora's account Grace's."""
        lin, kim = (Visitor(name, "finance", "", "", self.now_s) for name in ("lin", "kim"))
        asked = decisions.ask(self.hq, lin, "merge", {"account": DORA, "heir": GRACE})
        decisions.agree(self.hq, kim, asked)


def told(directory: Path) -> Story:
    """The whole story."""
    story = Story(directory)
    first, second = story.shops["0001"], story.shops["0002"]
    _november(story, first, second)
    _december(story, first, second)
    return story


def _november(story: Story, first: GoldenShop, second: GoldenShop) -> None:
    day, at = "2026-11-16", story.at
    first.begin_shift(day, at("0001", day, "08:00"), "11", 1)
    first.top_up(day, at("0001", day, "09:00"), ADA, 100_00, 10_00, "2026-11-30")
    first.top_up(day, at("0001", day, "09:05"), MING, 60_00)
    story.loaf = first.sell(day, at("0001", day, "09:10"), {"4001": 2000, "4002": 1000}, ADA, stored=3_00)
    first.sell(day, at("0001", day, "10:00"), {"4003": 1250, BAG: 1000})
    first.sell(day, at("0001", day, "10:30"), {"4004": 1000}, MING, stored=8_90, card="0001:04A1B2C3D4E502")
    first.sell(day, at("0001", day, "11:00"), {"4005": 1000}, MING, stored=2_19, card=SECOND_CARD)
    first.end_shift(day, at("0001", day, "12:00"), 4, 7_01)
    first.begin_shift(day, at("0001", day, "12:01"), "12", 2)
    story.undone = first.top_up(day, at("0001", day, "12:30"), GRACE, 20_00)
    first.refuse(day, at("0001", day, "13:00"), DORA, "insufficient_float")
    first.refuse_top_up(day, at("0001", day, "13:10"), GRACE, 70_00, "issue_limit")
    first.deliver()
    _midweek(story, first, second)


def _midweek(story: Story, first: GoldenShop, second: GoldenShop) -> None:
    day, at = "2026-11-17", story.at
    story.coffee = first.sell(day, at("0001", day, "09:00"), {"4004": 3000}, ADA, stored=26_65, points=5)
    mistaken = first.sell(day, at("0001", day, "09:30"), {"4006": 1000}, MING, stored=3_35)
    first.void(day, at("0001", day, "09:31"), MING, mistaken)
    first.deliver()
    day = "2026-11-18"
    first.void(day, at("0001", day, "08:00"), GRACE, story.undone)
    story.give_units()
    first.wish(day, at("0001", day, "08:30"), ADA, {"coupon:tea": 1, "punch:coffee": 10})
    units = (("coupon:tea", COUPON), ("punch:coffee", ""))
    first.sell(day, at("0001", day, "09:00"), {"4004": 1000, "4001": 1000}, ADA, stored=5_00, units=units)
    first.give_back(day, at("0001", day, "20:00"), ADA, {"principal": 30_00})
    first.deliver()
    day = "2026-11-19"
    second.top_up(day, at("0002", day, "09:00"), DORA, 15_00)
    second.wish(day, at("0002", day, "09:30"), ADA, {"principal": 30_00})
    second.sell(day, at("0002", day, "10:00"), {"4002": 2000}, ADA, stored=4_90, offline=True)
    second.deliver()
    first.fill(day, at("0001", day, "18:00"), MING, 41_337, card="0001:04AA", vehicle="5f" * 8, saved_cents=413,
               nozzle=1, shift=1)  # fmt: skip
    first.fill(day, at("0001", day, "19:00"), MING, 30_000, gap_ml=40, nozzle=2, shift=1)
    first.fill_to_pay(day, at("0001", day, "19:30"), 1, 12_000, nozzle=2, shift=1)
    first.gap(day, at("0001", day, "20:00"), 2, 1, 5_000)
    first.gap(day, at("0001", day, "20:10"), 2, 1, 40)
    meters = {1: (1_000_000, 1_041_337, 0), 2: (7_000_000, 7_047_140, 5_000)}
    first.close_forecourt(day, at("0001", day, "22:00"), 1, meters)
    meters = {1: (1_041_337, 1_041_337, 0), 2: (7_047_140, 7_047_140, 0)}
    first.close_forecourt(day, at("0001", day, "23:00"), 2, meters)
    first.deliver()
    day = "2026-11-20"  # head office hears of it on 3 December
    second.sell(day, at("0002", day, "23:30"), {"4003": 2000})
    second.sell(day, at("0002", day, "23:40"), {"4006": 1000}, DORA, stored=3_35)
    day = "2026-11-25"
    first.sell(day, at("0001", day, "09:00"), {"4006": 2000}, ADA, stored=6_70)
    first.deliver()


def _december(story: Story, first: GoldenShop, second: GoldenShop) -> None:
    day, at = "2026-12-01", story.at
    first.refund(day, at("0001", day, "09:00"), first.right_of(story.loaf, ADA), Part(lines=((2, 1000),)), second="9")
    first.expire(day, at("0001", day, "09:30"), ADA)
    first.send_right_home(day, at("0001", day, "10:00"), story.coffee, ADA)
    first.deliver()
    day = "2026-12-02"
    right = second.wish_refund(day, at("0002", day, "10:00"), story.coffee)
    second.refund(day, at("0002", day, "10:05"), right)
    second.sell(day, at("0002", day, "11:00"), {"4001": 1000}, ADA, stored=1_29)
    at("0002", "2026-12-03", "12:00")
    second.give_back("2026-12-03", story.now_s, DORA, {"principal": 11_65})
    second.deliver()
    at("0002", "2026-12-04", "12:00")
    story.merge()
    day = LAST_DAY
    second.wish(day, at("0002", day, "09:00"), GRACE, {"principal": 11_65})
    second.sell(day, at("0002", day, "09:30"), {"4005": 1000, "4001": 1000}, GRACE, stored=3_48)
    second.deliver()


def events(story: Story) -> list[dict[str, Any]]:
    """What head office has booked, as it was told, with when it came; head office's own events too."""
    import json

    from hq_server.ingest.store import event

    with story.hq.db.read() as connection:
        rows = connection.execute(event.select().order_by(event.c.id)).all()
    return [json.loads(row.raw) | {"store": row.store, "received_at_s": row.received_at_s} for row in rows]
