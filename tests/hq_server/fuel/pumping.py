"""Fills at the small shops, as their gateways tell them."""

import json

from hq_server.ingest.endpoints import ingest
from protocol.ledger import spending
from protocol.ledger.vehicles import vehicle
from tests.hq_server.small_shop import SmallShop

PRICE_MILLI = 76_000


def fill(
    shop: SmallShop, day: str, at_s: int, ml: int, account: str = "", card: str = "", hold: str = "", **more
) -> str:
    """A fill paid in cash; `plate` is told as the car's number, `limited` that its card has a limit by the day."""
    hold = hold or f"{shop.store}-pump1/5f3a09c1/0/{shop.seq + 1}"
    transfer, cents = hold + "/done", ml * PRICE_MILLI // 1_000_000
    fuel = {"ml": ml, "amount_cents": cents, "total_before_ml": 0, "total_after_ml": ml, "last": True, "card": card}
    plate, limited = more.pop("plate", ""), more.pop("limited", bool(card))
    fuel |= {"vehicle": vehicle(account, plate)} if plate else {}
    fuel |= {"day": day} if limited else {}
    shop.receipt += 1
    line = {"code": "95", "qty_milli": ml, "price_milli": PRICE_MILLI, "amount_cents": cents}
    shop.write(
        "sale", day, at_s, transfer, (spending.cash(transfer, shop.store, cents, 1),), hold=hold,
        account=account or None, receipt=shop.receipt, lines=[line], tenders={"cash": cents}, fuel=fuel | more,
    )  # fmt: skip
    return transfer


def ended(shop: SmallShop, day: str, hold: str, card: str) -> None:
    """Nothing was pumped under a hold that head office has promised something."""
    told = {"seq": shop.seq + 1, "kind": "hold_ended", "at_s": 6, "business_date": day, "transfer": hold + "/ended"}
    shop.append(json.dumps(told | {"hold": hold, "card": card, "day": day}))


def deliver(hq, shop: SmallShop) -> None:
    """Head office books what the shop has written."""
    ingest(hq, shop.store, shop.batch())
