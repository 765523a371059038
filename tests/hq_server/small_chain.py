"""A small chain at head office for tests: two stores, four members, a week of trade, all through the real ingest."""

import datetime as dt
import random
from pathlib import Path

from sqlalchemy import Connection

from hq_server.bootstrap import Hq, set_up
from hq_server.cards import store as cards
from hq_server.config import read_config, write_config
from hq_server.db import Database
from hq_server.fleet import store as fleet
from hq_server.floats.store import open_right_grants_of_life
from hq_server.goods import store as goods
from hq_server.ingest.rules import read_batch
from hq_server.members import store as members
from hq_server.sealing import open_sealer
from hq_server.tables import metadata
from hq_server.vault import lives
from hq_server.vault.booking import book_batch
from tests.hq_server import engines
from tests.hq_server.small_shop import GOODS, SmallShop

DAY_S = 86400
START = dt.datetime(2026, 11, 16, 9, 0)
STORES = {"0001": ("Harbour Street", "North"), "0002": ("Station Square", "South")}
MEMBERS = {
    "a1" * 16: ("Ada", "0001", "Ada Lovelace", "+44 20 7946 0001", "0001:04A1B2C3D4E501"),
    "b2" * 16: ("小明", "0001", "王小明", "138 0000 0002", "0001:04A1B2C3D4E502"),
    "c3" * 16: ("Grace", "0002", "Grace Hopper", "+1 212 555 0103", "0001:04A1B2C3D4E503"),
    "d4" * 16: ("", "0002", "", "", "0001:04A1B2C3D4E504"),
}
ACCOUNTS = tuple(MEMBERS)


def trade(shop: SmallShop, days: int = 7, seed: int = 1) -> None:
    """Top-ups on the first day, then sales with and without card, one refusal and one reversal."""
    dice = random.Random(f"{seed}/{shop.store}")
    mine = [account for account, member in MEMBERS.items() if member[1] == shop.store]
    for number in range(days):
        at_s = int((START + dt.timedelta(days=number)).timestamp())
        day = (START + dt.timedelta(days=number)).date().isoformat()
        _a_day(shop, dice, mine, day, at_s, first=number == 0)


def _a_day(shop: SmallShop, dice: random.Random, mine: list[str], day: str, at_s: int, first: bool) -> None:
    if first:
        for account in mine:
            shop.top_up(day, at_s, account, 100_00, 10_00)
            at_s += 60
    for number in range(dice.randint(6, 14)):
        basket = {code: 1000 * dice.randint(1, 3) for code in dice.sample(sorted(GOODS), dice.randint(1, 3))}
        account = dice.choice([*mine, "", ""])
        at_s += dice.randint(60, 1800)
        free = sum(one.amount for one in shop.holding(account).slices if one.asset != "points") if account else 0
        stored = min(free, dice.choice((0, 500, 1500)))
        sale = shop.sale(day, at_s, basket, account, stored_cents=_at_most(basket, stored), offline=number % 5 == 4)
        if account and number == 3:
            shop.void(day, at_s + 30, account, sale)
    shop.refuse(day, at_s + 60, mine[0], "insufficient_float", "principal and bonus")


def _at_most(basket: dict[str, int], cents: int) -> int:
    return min(cents, sum(GOODS[code][2] * qty // 1_000_000 for code, qty in basket.items()))


def open_chain(directory: Path, now_s: int) -> Hq:
    """Head office with stores, gateways' lives, members, cards and goods; nothing sold yet."""
    write_config(directory, database_url=engines.new_url())
    hq = reopened(directory, now_s)
    metadata.create_all(hq.db.engine)
    set_up(hq, "Harbour Stores", "USD", 2)
    with hq.db.write() as connection:
        goods.put_goods(connection, [_goods(code, *row) for code, row in GOODS.items()], 1)
        for account in ACCOUNTS:
            _add_member(connection, account, now_s)
        for number, (code, (name, region)) in enumerate(STORES.items()):
            fleet.add_store(connection, code, now_s, name=name, region=region)
            lives.begin(hq.vault_on(connection), code, str(number + 1) * 32)
            _add_terminals(connection, code, now_s)
    return hq


def reopened(directory: Path, now_s: int) -> Hq:
    """Head office over the database of that directory, with a clock that stands still."""
    config = read_config(directory)
    return Hq(config=config, db=Database(config.database_url), sealer=open_sealer(config), now_s=lambda: now_s)


def open_shops(hq: Hq, now_s: int) -> list[SmallShop]:
    """A writer for each store, with the issuing rights that head office has granted it."""
    with hq.db.read() as connection:
        lives_of = {row.code: row.incarnation for row in fleet.stores(connection)}
        granted = [right for life in lives_of.values() for right in open_right_grants_of_life(connection, life)]
    shops = [SmallShop(code, life) for code, life in lives_of.items()]
    for shop in shops:
        for right in granted:
            if right.store == shop.store:
                shop.take_right(START.date().isoformat(), now_s, right.right, right.amount, right.grant)
    return shops


def deliver(hq: Hq, shop: SmallShop) -> None:
    """The shop's new events through head office's ingest, then a sign of life."""
    with hq.db.write() as connection:
        book_batch(hq.vault_on(connection), shop.store, read_batch(shop.batch()))
        fleet.set_gateway(connection, shop.store, heartbeat_at_s=hq.now_s(), head_seq=shop.seq, version="0.1.0")


def traded(directory: Path, days: int = 7) -> Hq:
    """A week of trade, delivered. Head office's clock stands at the evening of the last day."""
    now_s = int((START + dt.timedelta(days=days - 1, hours=12)).timestamp())
    hq = open_chain(directory, now_s)
    for shop in open_shops(hq, now_s):
        trade(shop, days)
        deliver(hq, shop)
    return hq


def _goods(code: str, name_zh: str, name_en: str, price_milli: int) -> dict:
    return {
        "code": code,
        "name_zh": name_zh,
        "name_en": name_en,
        "price_milli": price_milli,
        "unit": "piece",
        "tax_code": "S",
        "tax_bp": 800,
        "category": "",
    }


def _add_member(connection: Connection, account: str, now_s: int) -> None:
    display, home, name, phone, card = MEMBERS[account]
    members.add_member(
        connection, account=account, display=display, home=home, tags='["early"]', joined_at_s=now_s, joined_at=home
    )
    members.put_person(
        connection,
        account,
        name=name,
        phone=phone,
        email="",
        birthday="1990-05-01",
        consent="counter, 2026-11-16",
        changed_at_s=now_s,
    )
    cards.add_card(connection, card, account, now_s)


def _add_terminals(connection: Connection, code: str, now_s: int) -> None:
    for app, name in (("pos", "pos1"), ("reader", "reader1")):
        fleet.add_terminal(connection, f"{code}-{name}", code, app)
        fleet.set_terminal(
            connection,
            f"{code}-{name}",
            status="active",
            online=app == "pos",
            seen_at_s=now_s - 5,
            heap_free=41234,
            firmware="0.1.0",
        )
