"""Changes of prices, rules, limits and companies; every gateway that is concerned is told in the same transaction."""

import json
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from hq_server.cards.store import card_row
from hq_server.errors import HqError, conflict, not_found
from hq_server.fleet.store import store_row
from hq_server.fuel import editing, rules, store, telling
from hq_server.fuel.schemas import CardLimits, Company, FuelRules, NewPrice
from hq_server.goods.store import goods_row
from hq_server.members.store import member_row
from hq_server.outbox.post import Post
from protocol.ledger.vehicles import PLATE_MAX, plain, vehicle

ASKS = ("plate", "odometer")
PLANNED_MAX = 300  # of all grades and stores: with those in force they fit a gateway's message of 64 KB
RULES_MAX_BYTES = 56_000  # of all sets in force and to come, for the same reason
LATE_S = 3600  # a price may be dated back so far: the store's change of an hour ago, written down now


def put_price(connection: Connection, post: Post, new: NewPrice, who: str, now_s: int, undoes: int = 0) -> int:
    """A new price; its version. Raises HqError: bad_time, price_jump (ask again with sure), not_found, too_many."""
    grade = goods_row(connection, new.code)
    if grade is None:
        raise HqError("unknown_goods", new.code, 404)
    if new.store and store_row(connection, new.store) is None:
        raise not_found("store " + new.store)
    from_s = new.from_s or now_s
    if from_s < now_s - LATE_S:
        raise HqError("bad_time", "a price counts from now on or later")
    known = store.prices(connection, new.code)
    before = rules.counts_at(known, new.code, new.store, from_s)
    before_milli = before.price_milli if before else grade.price_milli
    if not new.sure and rules.jumps(before_milli, new.price_milli, _ask_from_bp(connection, now_s)):
        raise conflict("price_jump", f"{before_milli} before")
    if sum(one.from_s > now_s for one in store.prices(connection)) >= PLANNED_MAX:
        raise conflict("too_many", f"{PLANNED_MAX} planned prices")
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
    """A new version of the fuel rules; its number. Raises HqError: bad_time, too_many."""
    from_s = from_s or now_s
    if from_s < now_s - LATE_S:
        raise HqError("bad_time", "rules count from now on or later")
    known = store.rule_sets(connection)
    version = (known[0].version if known else 0) + 1
    body = msgspec.json.encode(new).decode()
    due = editing.counts_at(known, now_s)
    waiting = [row for row in editing.planned(known, now_s) if row.from_s != from_s] + ([due] if due else [])
    if sum(len(row.body) for row in waiting) + len(body) > RULES_MAX_BYTES:
        raise conflict("too_many", f"more than {RULES_MAX_BYTES} bytes of rules in force and to come")
    store.add_rule_set(connection, version=version, body=body, from_s=from_s, at_s=now_s, who=who)
    telling.tell_rules(connection, post, now_s)
    return version


def change_rules(
    connection: Connection, post: Post, change: editing.Change, from_s: int, who: str, now_s: int
) -> list[int]:
    """Changes the rules from a moment on (0: now), also where others are planned; the new versions, [] for none."""
    made = []
    for one in editing.edits(store.rule_sets(connection), from_s or now_s):
        before = msgspec.convert(rules.parsed(one.base, {}), FuelRules)
        after = change(before)
        if after != before:
            made.append(put_rules(connection, post, after, one.from_s, who, now_s))
    return made


def put_limits(connection: Connection, post: Post, card: str, new: CardLimits, who: str, now_s: int) -> int:
    """What a card may have from now on; the version. Raises HqError: not_found, bad_asks, bad_plate, bad_shares."""
    row = card_row(connection, card)
    if row is None:
        raise not_found("card " + card)
    if any(one not in ASKS for one in new.asks):
        raise HqError("bad_asks", "of " + ", ".join(ASKS))
    shares = "" if new.shares is None else json.dumps(rules.checked_shares(new.shares, new.day_ml, new.day_cents))
    for plate in new.plates:
        put_vehicle(connection, row.account, plate)
    values = {"driver": new.driver, "asks": json.dumps(new.asks), "grades": json.dumps(new.grades), "shares": shares}
    values |= {"plates": json.dumps([plain(one) for one in new.plates])}
    values |= {"day_ml": new.day_ml, "day_cents": new.day_cents, "who": who}
    return _keep_limits(connection, post, card, row.account, values, now_s)


def pass_on(connection: Connection, post: Post, card: str, new: str, now_s: int) -> None:
    """A card that takes another's place may have what that might, and of a day what that has left."""
    row = store.limit_row(connection, card)
    if row is not None:
        values = _terms(row) | {"stands_for": row.stands_for or card}
        _keep_limits(connection, post, new, row.account, values, now_s)


def hand_over(connection: Connection, post: Post, account: str, heir: str, now_s: int) -> None:
    """The limits of cards that come to another account: cars have other numbers there."""
    for card, row in store.limits_of(connection, account).items():
        for plate in rules.parsed(row.plates, []):
            put_vehicle(connection, heir, plate)
        _keep_limits(connection, post, card, heir, _terms(row), now_s)


def _terms(row: Row) -> dict[str, Any]:
    names = ("driver", "plates", "grades", "asks", "day_ml", "day_cents", "shares", "who")
    return {name: getattr(row, name) for name in names}


def _keep_limits(
    connection: Connection, post: Post, card: str, account: str, values: dict[str, Any], now_s: int
) -> int:
    """Writes them as the next version and tells every store; the version."""
    before = store.limit_row(connection, card)
    version = (before.version if before else 0) + 1
    store.put_limit(connection, card, account=account, version=version, changed_at_s=now_s, **values)
    telling.tell_limits(connection, post, card)
    return version


def put_company(connection: Connection, account: str, new: Company, now_s: int) -> None:
    """Makes a member a company, or changes what bills need. Raises HqError('not_found')."""
    if member_row(connection, account) is None:
        raise not_found("member " + account)
    values: dict[str, Any] = msgspec.to_builtins(new)
    store.put_company(connection, account, changed_at_s=now_s, **values)


def put_vehicle(connection: Connection, account: str, plate: str) -> str:
    """Head office learns a plate, so that fills under its number are told by it; the number. Raises HqError."""
    number = vehicle(account, plate)
    if not number or len(plain(plate).encode()) > PLATE_MAX:
        raise HqError("bad_plate", "letters and digits, as a terminal can send them")
    store.put_vehicle(connection, account, number, plain(plate))
    return number


def _ask_from_bp(connection: Connection, now_s: int) -> int:
    due = editing.counts_at(store.rule_sets(connection), now_s)
    return rules.parsed(due.body, {}).get("ask_from_bp", rules.ASK_FROM_BP) if due else rules.ASK_FROM_BP
