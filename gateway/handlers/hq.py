"""Head office's kinds that move no value: goods, attendants, terminals, revocations; beside the core's kinds."""

from collections.abc import Callable
from typing import Any

from gateway import reader
from gateway.core import fuel_day, moves
from gateway.shop import Shop
from gateway.store import db as database
from gateway.store import goods, meta, staff, terminals, updates
from protocol.ids import is_terminal


def goods_part(shop: Shop, body: dict) -> None:
    goods.put_part(shop.db, int(body["version"]), body["items"], body.get("part") == body.get("parts"))


def attendant(shop: Shop, body: dict) -> None:
    staff.put(shop.db, body)
    shop.pin_locked_until_ms.pop(body["operator"], None)


def terminal(shop: Shop, body: dict) -> None:
    if not is_terminal(body["terminal"]):
        raise ValueError(body["terminal"])
    terminals.put(shop.db, body)
    shop.broker_changed = True


def revocation(shop: Shop, body: dict) -> None:
    """Certificates called back: their terminals may not speak, the broker gets the new lists."""
    terminals.revoke_serials(shop.db, body["serials"])
    if body.get("crl_pem"):
        meta.put(shop.db, "crl_pem", body["crl_pem"])
    shop.broker_changed = True


def retired(shop: Shop, body: dict) -> None:
    """This store is closed for good: its last event says so, it approves nothing more, its card keys are gone."""
    shop.write_event("retired")
    shop.fence("head office has closed this store for good")
    shop.cards, here = reader.NoKeys(), database.folder(shop.db)
    if here is not None:
        reader.forget(here)


def releases(shop: Shop, body: dict) -> None:
    """All that this store's terminals shall run; the uplink fetches what is not here (fetching.py)."""
    wanted = [
        updates.Wanted(one["terminal"], one["release"], int(one["number"]), one["manifest"]) for one in body["wanted"]
    ]
    updates.put_wanted(shop.db, wanted)


KINDS: dict[str, Callable[[Any, dict], None]] = {
    **moves.KINDS,
    **fuel_day.KINDS,
    "goods": goods_part,
    "staff": attendant,
    "terminal": terminal,
    "revocation": revocation,
    "releases": releases,
    "retired": retired,
}
