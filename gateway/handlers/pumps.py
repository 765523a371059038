"""Nozzles say what they do; pump terminals hear what grades cost."""

from gateway.core import fuel_rules, hold_life, nozzles
from gateway.core.asked import Asked, Told, refused
from gateway.shop import Shop
from gateway.store import goods

PRICES_MAX = 20


def pump_state(shop: Shop, asked: Asked) -> Told:
    """Noted before fuel may flow: the answer says what the hold is now."""
    return refused(asked, "fenced") if shop.fenced() else hold_life.note_state(shop, asked)


def live(shop: Shop, asked: Asked) -> None:
    """The live state of all nozzles of a terminal; nobody waits for an answer."""
    nozzles.told(shop, asked.name, asked.values["nozzles"], asked.values.get("j", ""))


def prices(shop: Shop, terminal: str) -> Told | None:
    """The list prices of a terminal's grades, those to come too; None while its grades are not known."""
    fuel, now_s = shop.books.fuel.told(), shop.clock.now_s()
    told = fuel_rules.timeline(fuel, [one.code for one in fuel.prices], now_s)
    rows = [{"code": one.code, "price_milli": one.price_milli, "from_s": one.from_s} for one in told]
    known = {row["code"] for row in rows if not row["from_s"]}
    for code in sorted({row["code"] for row in shop.nozzles.get(terminal, ())} - known):
        shelf = goods.get(shop.db, code)
        rows += [{"code": code, "price_milli": shelf.price_milli, "from_s": 0}] if shelf else []
    rows.sort(key=lambda row: (row["from_s"], row["code"]))
    return Told("prices", {"prices": rows[:PRICES_MAX]}) if rows else None
