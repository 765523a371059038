"""What a member may redeem here: coupons, punch cards, and whether a code is one. Nothing is set aside by asking."""

from gateway.core import offers, taps
from gateway.core.asked import Asked, Told, refused
from gateway.core.rules import Offer
from gateway.shop import Shop
from gateway.store import taps as tap_rows
from protocol.ledger.lots import Holding, available

PAGE = 6


def units_ask(shop: Shop, asked: Asked) -> Told:
    """One page of what is here; what is not is on its way from head office for the next question."""
    values = asked.values
    if "code" in values:
        return _code(shop, asked, "code:" + values["code"])
    if not _tapped_here(shop, asked):
        return refused(asked, "tap_again")
    holding = shop.books.holding(values["account"])
    here = [row for asset, offer in sorted(shop.rules.offers.items()) for row in _rows(shop, asset, offer, holding)]
    if not values["after"]:
        _ask_ahead(shop, values["account"], holding)
    return _page(asked, here)


def _tapped_here(shop: Shop, asked: Asked) -> bool:
    tap = tap_rows.get(shop.db, asked.values.get("tap", ""))
    if tap is None or not taps.valid(tap, asked.name, shop.clock.boot, shop.clock.now_ms()):
        return False
    return (tap.kind, tap.party) == ("member", asked.values.get("account"))


def _code(shop: Shop, asked: Asked, asset: str) -> Told:
    offer = shop.rules.offers.get(asset)
    return _page(asked, [_row(asset, offer, 1)]) if offer else refused(asked, "coupon_unknown")


def _rows(shop: Shop, asset: str, offer: Offer, holding: Holding) -> list[dict]:
    kind = asset.partition(":")[0]
    if kind == "punch":
        have = available(holding, asset)
        return [_row(asset, offer, have)] if have else []
    if kind != "coupon":
        return []
    held = [one for one in holding.slices if one.asset == asset and one.amount > 0]
    today = shop.sure_today()
    good = [one for one in held if not one.expires or not today or one.expires >= today]
    return [_row(asset, offer, 1, one.lot, one.expires) for one in good]


def _row(asset: str, offer: Offer, have: int, lot: str = "", until: str = "") -> dict:
    row: dict = {"asset": asset, "have": have, "of": offer.punches, "off_cents": offer.off_cents}
    return row | ({"lot": lot} if lot else {}) | ({"until": until} if until else {})


def _page(asked: Asked, rows: list[dict]) -> Told:
    after = asked.values["after"]
    told = {"r": asked.values["r"], "offers": rows[after : after + PAGE], "more": len(rows) > after + PAGE}
    return Told("units_told", told)


def _ask_ahead(shop: Shop, account: str, holding: Holding) -> None:
    kept = [{"asset": asset} for asset in shop.rules.offers if not asset.startswith("code:")]
    wanted = offers.lacking(kept, holding, shop.rules)
    if wanted and not shop.offline():
        shop.want(account, wanted)
