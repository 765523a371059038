"""Changes of prices, rules, limits and companies; every gateway that is concerned is told in the same transaction."""

import json
from typing import Any

import msgspec
from sqlalchemy import Connection

from hq_server.cards.store import card_row
from hq_server.errors import HqError, conflict, not_found
from hq_server.fleet.store import store_row
from hq_server.fuel import rules, store, telling
from hq_server.fuel.schemas import CardLimits, Company, FuelRules, NewPrice
from hq_server.members.store import member_row
from hq_server.outbox.post import Post
from protocol.ledger.vehicles import PLATE_MAX, plain, vehicle

ASKS = ("plate", "odometer")
LATE_S = 3600  # a price may be dated back so far: the store's change of an hour ago, written down now


def put_price(connection: Connection, post: Post, new: NewPrice, who: str, now_s: int, undoes: int = 0) -> int:
    """A new price; its version. Raises HqError: bad_time, price_jump (409: ask again with sure), not_found."""
    if new.store and store_row(connection, new.store) is None:
        raise not_found("store " + new.store)
    from_s = new.from_s or now_s
    if from_s < now_s - LATE_S:
        raise HqError("bad_time", "a price counts from now on or later")
    known = store.prices(connection, new.code)
    before = rules.counts_at(known, new.code, new.store, from_s)
    if not new.sure and rules.jumps(before.price_milli if before else None, new.price_milli, _ask_from_bp(connection)):
        raise conflict("price_jump", f"{before.price_milli if before else 0} before")
    version = store.add_price(
        connection, code=new.code, store=new.store, price_milli=new.price_milli, from_s=from_s, at_s=now_s,
        who=who, undoes=undoes,
    )  # fmt: skip
    telling.tell_prices(connection, post, now_s, new.store)
    return version


def undo_price(connection: Connection, post: Post, version: int, who: str, now_s: int) -> int:
    """Takes a version back by a new one: the price that would count without it, from its time or from now on."""
    row = store.price_of(connection, version)
    if row is None:
        raise not_found(f"price {version}")
    known = store.prices(connection, row.code)
    if rules.state(known, row, now_s) == rules.PAST:
        raise conflict("already_past", f"price {version}")
    from_s = max(now_s, row.from_s)
    others = [one for one in known if one.version != version]
    before = rules.counts_at(others, row.code, row.store, from_s)
    if before is None:
        raise conflict("no_price_before", row.code)
    new = NewPrice(row.code, before.price_milli, from_s, row.store, sure=True)
    return put_price(connection, post, new, who, now_s, undoes=version)


def put_rules(connection: Connection, post: Post, new: FuelRules, from_s: int, who: str, now_s: int) -> int:
    """A new version of the fuel rules; its number. Raises HqError('bad_time')."""
    from_s = from_s or now_s
    if from_s < now_s - LATE_S:
        raise HqError("bad_time", "rules count from now on or later")
    known = store.rule_sets(connection)
    version = (known[0].version if known else 0) + 1
    body = msgspec.json.encode(new).decode()
    store.add_rule_set(connection, version=version, body=body, from_s=from_s, at_s=now_s, who=who)
    telling.tell_rules(connection, post, now_s)
    return version


def put_limits(connection: Connection, post: Post, card: str, new: CardLimits, who: str, now_s: int) -> int:
    """What a card may have from now on; the version. Raises HqError: not_found, bad_asks, bad_plate, bad_shares."""
    row = card_row(connection, card)
    if row is None:
        raise not_found("card " + card)
    if any(one not in ASKS for one in new.asks):
        raise HqError("bad_asks", "of " + ", ".join(ASKS))
    if any(not plain(one) or len(plain(one).encode()) > PLATE_MAX for one in new.plates):
        raise HqError("bad_plate", "letters and digits, as a terminal can send them")
    shares = "" if new.shares is None else json.dumps(rules.checked_shares(new.shares, new.day_ml, new.day_cents))
    for plate in new.plates:
        store.put_vehicle(connection, row.account, vehicle(row.account, plate), plain(plate))
    before = store.limit_row(connection, card)
    version = (before.version if before else 0) + 1
    store.put_limit(
        connection, card, account=row.account, version=version, driver=new.driver, asks=json.dumps(new.asks),
        plates=json.dumps([plain(one) for one in new.plates]), grades=json.dumps(new.grades), day_ml=new.day_ml,
        day_cents=new.day_cents, shares=shares, changed_at_s=now_s, who=who,
    )  # fmt: skip
    telling.tell_limits(connection, post, card)
    return version


def put_company(connection: Connection, account: str, new: Company, now_s: int) -> None:
    """Makes a member a company, or changes what bills need. Raises HqError('not_found')."""
    if member_row(connection, account) is None:
        raise not_found("member " + account)
    values: dict[str, Any] = msgspec.to_builtins(new)
    store.put_company(connection, account, changed_at_s=now_s, **values)


def put_vehicle(connection: Connection, account: str, plate: str) -> str:
    """Head office learns a plate, so that fills under its number are told by it; the number."""
    number = vehicle(account, plate)
    if not number or len(plain(plate).encode()) > PLATE_MAX:
        raise HqError("bad_plate", "letters and digits, as a terminal can send them")
    store.put_vehicle(connection, account, number, plain(plate))
    return number


def _ask_from_bp(connection: Connection) -> int:
    known = store.rule_sets(connection)
    return rules.parsed(known[0].body, {}).get("ask_from_bp", rules.ASK_FROM_BP) if known else rules.ASK_FROM_BP
