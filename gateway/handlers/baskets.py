"""Lines of a basket: the gateway prices them and keeps them until they are paid."""

from gateway.core import fills, pricing
from gateway.core.asked import Asked, Told, refused
from gateway.shop import Shop
from gateway.store import baskets, goods

QTY_0 = pricing.BasketLine("", "", 0, 0, 0, "", 0)


def set_line(shop: Shop, asked: Asked) -> Told:
    """Writes one line (again), or takes it out with quantity 0; the answer has the basket's new total."""
    values = asked.values
    reason = shop.books.duty(asked.name, values["operator"], values["shift"]) or _turn_to(shop, asked)
    if reason:
        return refused(asked, reason)
    lane = lane_of(asked)
    if values["qty_milli"] == 0:
        baskets.drop_line(shop.db, lane, values["line"])
        return _priced(shop, asked, QTY_0)
    number = fills.number_of(values["code"])
    if number:
        return _fill(shop, asked, number)
    found = goods.get(shop.db, values["code"])
    if found is None:
        return refused(asked, "unknown_goods", values["code"])
    line = pricing.price(found, found.name(shop.configuration.get("language", "en")), values["qty_milli"])
    baskets.put_line(shop.db, lane, values["line"], line)
    return _priced(shop, asked, line)


def _fill(shop: Shop, asked: Asked, number: int) -> Told:
    """A fill that an attendant has let flow: one line at its own amount, in one basket at a time."""
    lane, line = lane_of(asked), asked.values["line"]
    locked = fills.lock(shop, number, lane, asked.values["basket"])
    if isinstance(locked, str):
        return refused(asked, "unknown_goods" if locked == "nothing_open" else locked, asked.values["code"])
    priced = fills.line_of(locked)
    if any(one.code == priced.code for one in baskets.others(shop.db, lane, line)):
        return refused(asked, "fill_locked", asked.values["code"])
    baskets.put_line(shop.db, lane, line, priced)
    return _priced(shop, asked, priced)


def lane_of(asked: Asked) -> tuple:
    """(terminal, journal, lane): where a basket lives."""
    return asked.name, asked.values["j"], asked.values["l"]


def _turn_to(shop: Shop, asked: Asked) -> str:
    basket = asked.values["basket"]
    now = baskets.current(shop.db, lane_of(asked))
    if basket < now.basket:
        return "stale_request"
    if basket > now.basket:
        baskets.open_new(shop.db, lane_of(asked), basket)
        return ""
    return "basket_changed" if now.paid else ""


def _priced(shop: Shop, asked: Asked, line: pricing.BasketLine) -> Told:
    lines, total_cents = baskets.totals(shop.db, lane_of(asked))
    values = {name: asked.values[name] for name in ("r", "basket", "line", "qty_milli")}
    if values["qty_milli"]:
        values["qty_milli"] = line.qty_milli
    values |= {"name": line.name, "price_milli": line.price_milli, "amount_cents": line.amount_cents}
    return Told("priced", values | {"lines": lines, "total_cents": total_cents})
