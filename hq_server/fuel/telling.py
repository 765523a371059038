"""What gateways are told of fuel, and how prices, limits and days stand, for pages and programs."""

from typing import Any

from sqlalchemy import Connection, Row

from hq_server.fleet import store as fleet
from hq_server.fleet.rules import gateway_state
from hq_server.fuel import editing, rules, store
from hq_server.fuel.rules import Price, parsed
from hq_server.ledger.store import batched
from hq_server.outbox.post import Post
from protocol.ledger.vehicles import vehicle

CARDS_AT_ONCE = 100  # of a few hundred bytes each: a message stays below a gateway's 64 KB


def tell_all(connection: Connection, post: Post, code: str, now_s: int) -> None:
    """All that stands, to a store that has just been enrolled; nothing where a chain sells no fuel."""
    tell_prices(connection, post, now_s, code)
    tell_rules(connection, post, now_s, code)
    for part in batched([limits_message(row) for row in store.all_limits(connection)], CARDS_AT_ONCE):
        post.send(connection, code, "fuel_limits", {"cards": part})


def tell_prices(connection: Connection, post: Post, now_s: int, only: str = "") -> None:
    """Prices in force and to come, whole, to one store or to all."""
    known = store.prices(connection)
    for code in [only] if only else fleet.enrolled_stores(connection):
        told = [_price(row) for row in rules.told_to(known, code, now_s)]
        if told:
            post.send(connection, code, "fuel_prices", {"version": known[0].version, "prices": told})


def tell_rules(connection: Connection, post: Post, now_s: int, only: str = "") -> None:
    """Rule sets in force and to come, as each store has them."""
    known = store.rule_sets(connection)
    if not known:
        return
    due = editing.counts_at(known, now_s)
    kept = ([due] if due else []) + editing.planned(known, now_s)
    for code in [only] if only else fleet.enrolled_stores(connection):
        sets = [
            {**rules.for_store(parsed(row.body, {}), code), "version": row.version, "from_s": row.from_s}
            for row in kept
        ]
        post.send(connection, code, "fuel_rules", {"version": known[0].version, "sets": sets})


def tell_limits(connection: Connection, post: Post, card: str) -> None:
    """What one card may have, to every store."""
    row = store.limit_row(connection, card)
    if row is not None:
        post.send_all(connection, "fuel_limits", {"cards": [limits_message(row)]})


def limits_message(row: Row) -> dict:
    """One card's limits as gateways have them: a car is its number, nobody's name is in it."""
    told: dict[str, Any] = {"card": row.card, "version": row.version, "day_ml": row.day_ml, "day_cents": row.day_cents}
    told |= {"grades": parsed(row.grades, []), "asks": parsed(row.asks, [])}
    told["vehicles"] = [vehicle(row.account, plate) for plate in parsed(row.plates, [])]
    told["shares"] = parsed(row.shares, None)
    return told | {"stands_for": row.stands_for or row.card}


# ---- how it stands


def prices(connection: Connection, now_s: int) -> list[dict]:
    """Every version with its state, newest first."""
    known = store.prices(connection)
    by_code: dict[str, list[Price]] = {}
    for row in known:
        by_code.setdefault(row.code, []).append(row)
    return [{**row._asdict(), "state": rules.state(by_code[row.code], row, now_s)} for row in known]


def limits(row: Row | None) -> dict | None:
    """A card's limits for people who may see who drives."""
    if row is None:
        return None
    told = {name: parsed(getattr(row, name), []) for name in ("plates", "grades", "asks")}
    return _row(row) | told | {"shares": parsed(row.shares, None)}


def rules_now(connection: Connection, now_s: int) -> dict:
    """The set of rules in force, and all versions, newest first."""
    known = store.rule_sets(connection)
    due = editing.counts_at(known, now_s)
    to_come = {row.version for row in editing.planned(known, now_s)}
    history = [
        {"version": row.version, "from_s": row.from_s, "at_s": row.at_s, "who": row.who,
         "state": _set_state(row, due, to_come), "rules": parsed(row.body, {})}
        for row in known
    ]  # fmt: skip
    return {"in_force": parsed(due.body, {}) if due else None, "history": history}


def possible_excess(connection: Connection, row: Row, now_s: int) -> dict:
    """What a card could have beyond its limit today at stores that do not answer now: its limit at each of them.

    Nothing where the limit is dealt out to stores, or where there is none.
    """
    cut = cut_stores(connection, now_s) if (row.day_ml or row.day_cents) and not row.shares else []
    return {"stores": cut, "ml": row.day_ml * len(cut), "cents": row.day_cents * len(cut)}


def cut_stores(connection: Connection, now_s: int) -> list[str]:
    """Stores that may be selling and are not heard."""
    found = fleet.gateways_with_life(connection)
    return [one.store for one in found if gateway_state(one.status, one.heartbeat_at_s, now_s) != "up"]


def _price(row: Price) -> dict:
    return {"version": row.version, "code": row.code, "price_milli": row.price_milli, "from_s": row.from_s}


def _set_state(row: rules.RuleSet, due: rules.RuleSet | None, to_come: set[int]) -> str:
    if row.version in to_come:
        return rules.PLANNED
    return rules.IN_FORCE if row is due else rules.PAST


def _row(row: Row) -> dict:
    return dict(row._mapping)
