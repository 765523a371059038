"""A sale that is to be refunded: what of it can still come back, line by line."""

from gateway.core import refunding
from gateway.core.asked import Asked, Told, refused
from gateway.shop import Shop
from gateway.store import goods
from protocol.ledger.lots import Refusal
from protocol.ledger.refund_rights import Goods, is_empty, paid_cents

PAGE = 16  # lines in one answer


def sale_ask(shop: Shop, asked: Asked) -> Told:
    """Lines that are left; a right that is elsewhere is asked for, so that asking again may find it here."""
    values = asked.values
    reason = shop.books.duty(asked.name, values["operator"], values["shift"])
    found = refunding.find(shop, values)
    if reason:
        return refused(asked, reason)
    if isinstance(found, Refusal):
        return refused(asked, found.reason, found.detail)
    if found.right is None:
        if not shop.offline():
            refunding.ask_for(shop, found, {})
        return refused(asked, refunding.AWAY)
    if is_empty(found.right):
        return refused(asked, "nothing_left_to_refund")
    left = [line for line in found.right.goods if line.line > values["after"]]
    told = {
        "r": values["r"],
        "sale": found.right.sale,
        "left_cents": paid_cents(found.right),
        "cash_cents": found.right.cash_cents,
        "lines": [_line(shop, line) for line in left[:PAGE]],
        "more": len(left) > PAGE,
    }
    return Told("sale_told", told | ({"account": found.right.account} if found.right.account else {}))


def _line(shop: Shop, line: Goods) -> dict:
    known = goods.get(shop.db, line.code)
    name = known.name(shop.configuration.get("language", "en")) if known else line.code
    short = name.encode()[:32].decode(errors="ignore")
    return {"line": line.line, "name": short, "qty_milli": line.qty_milli, "paid_cents": line.paid_cents}
