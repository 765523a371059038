"""What reports of sales, receipts, fuel, shifts and taps should say, by reading.py: figures at every place."""

import datetime as dt
import json

from tests.hq_server.reports.golden.reading import (
    Row,
    Scene,
    deals,
    divided,
    goods_rows,
    half_away,
    person,
    places,
    receipt_rows,
    sale_rows,
    told_apart,
    within,
)

Table = dict[tuple, Row]
SALES = (
    "txn_count", "units", "gross_amount", "discount_amount", "returns_amount", "net_sales", "member_net_sales",
    "units_returned", "returns", "member_txn_count", "buyers",
)  # fmt: skip


def sales(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Completed sales, and returns in the period in which they happen; top-ups are none."""
    found = told_apart(within(sale_rows(scene), first, last), by, SALES)
    divided(found, "avg_txn_value", "net_sales", "txn_count")
    divided(found, "units_per_txn", "units", "txn_count")
    divided(found, "member_sales_share", "member_net_sales", "net_sales", 100_000)
    divided(found, "purchase_frequency", "member_txn_count", "buyers", 1000)
    divided(found, "spend_per_buyer", "member_net_sales", "buyers")
    return divided(found, "return_rate", "units_returned", "units", 100_000)


def sales_of_members(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Of sales with a card alone."""
    rows = [row for row in within(sale_rows(scene), first, last) if row["membership"] == "member"]
    return divided(told_apart(rows, by, SALES), "avg_txn_value", "net_sales", "txn_count")


def returns_of_members(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """What members brought back."""
    rows = [row for row in within(sale_rows(scene), first, last) if row["membership"] == "member"]
    return told_apart(rows, by, ("returns", "units_returned", "returns_amount"))


def goods(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """The same along goods: what was taken off a whole sale is dealt out over its lines."""
    found = told_apart(within(goods_rows(scene), first, last), by, (*SALES, "net_units", "products"))
    divided(found, "avg_unit_price", "net_sales", "net_units", 1000)
    divided(found, "return_rate", "units_returned", "units", 100_000)
    divided(found, "purchase_frequency", "member_txn_count", "buyers", 1000)
    return divided(found, "spend_per_buyer", "member_net_sales", "buyers")


def ranking(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Goods by net sales, ties by code, with share, cumulated share and class (1 A, 2 B, 3 C)."""
    found = goods(scene, first, last, by)
    order = sorted((key for key in found if key), key=lambda key: (-found[key]["net_sales"], key))
    whole = sum(found[key]["net_sales"] for key in order)
    positive = sum(max(0, found[key]["net_sales"]) for key in order)
    upto = above = 0
    for place, key in enumerate(order, 1):
        net = found[key]["net_sales"]
        upto, above = upto + net, above + max(0, net)
        grade = 1 if place == 1 or above * 100 <= 80 * positive else 2 if above * 100 <= 95 * positive else 3
        found[key] |= {
            "rank": place, "abc": grade if net > 0 else 3,
            "share": half_away(net * 100_000, whole) if whole > 0 else None,  # of what was given back there is none
            "cum_share": half_away(upto * 100_000, whole) if whole > 0 else None,
        }  # fmt: skip
    return found


def daily(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """By day, with days on which nothing was sold."""
    found = told_apart(within(sale_rows(scene), first, last), by, ("net_sales", "txn_count", "units"))
    day = dt.date.fromisoformat(first)
    while day.isoformat() <= last:
        found.setdefault((day.isoformat(),), {"net_sales": 0, "txn_count": 0, "units": 0})
        day += dt.timedelta(days=1)
    return found


def compared(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """With the span of equal length before."""
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    length = end - start + dt.timedelta(days=1)
    now = told_apart(within(sale_rows(scene), first, last), by, ("net_sales",))
    span = ((start - length).isoformat(), (end - length).isoformat())
    before = told_apart(within(sale_rows(scene), *span), by, ("net_sales",))
    found: Table = {}
    for key in now.keys() | before.keys() | {()}:
        own, past = now.get(key, {}).get("net_sales", 0), before.get(key, {}).get("net_sales", 0)
        found[key] = {"net_sales": own, "net_sales_prev": past, "difference": own - past}
        if past >= 0:  # from less than nothing there is no growth to speak of
            found[key]["chain_growth"] = half_away((own - past) * 100_000, past) if past else None
    return found


ANSWERS = ("sale", "top_up", "void", "refusal", "refund")


def late(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """What head office heard of two days after its business date, or later, by the clock of Greenwich."""
    rows = [*sale_rows(scene), *receipt_rows(scene)]
    rows += [places(event, scene) | {"taps": 1} for event in scene.events if event["kind"] in ANSWERS]
    rows = [{"txn_count": set()} | row for row in within(rows, first, last) if row["late"] == "1"]
    return told_apart(rows, by, ("taps", "txn_count", "net_sales", "net_receipts", "cash_in"))


def receipts(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """What was received by tender, for sales and top-ups apart; refunds negative in their own period."""
    names = ("net_receipts", "received", "paid_back", "cash_in", "non_cash", "payments")
    found = told_apart(within(receipt_rows(scene), first, last), by, names)
    divided(found, "avg_receipt", "net_receipts", "payments")
    return divided(found, "non_cash_share", "non_cash", "net_receipts", 100_000)


def fuel(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Deliveries of a nozzle; the totaliser's difference less what was booked is zero if all is well."""
    rows = []
    for deal in deals(scene):
        event = deal.event
        if deal.kind == "sale" and event.get("hold"):
            told = event["fuel"]
            for code, volume, gross, net in deal.goods:
                counter, saved = told["total_after_ml"] - told["total_before_ml"], told.get("saved_cents", 0)
                rows.append(places(event, scene) | {
                    "product": code, "fills": {event["transfer"]}, "litres": volume, "fuel_amount": gross,
                    "owed": event["tenders"].get("receivable", 0), "meter_gap": counter - volume,
                    "fuel_members": {person(event["account"], scene)}, "fuel_list": gross + saved,
                    "fuel_saved": saved, "fuel_coupons": gross - net, "fuel_discount": gross + saved - net,
                    "fuel_paid": net, "fuel_card": told.get("card", "-"), "vehicle": told.get("vehicle", "-"),
                })  # fmt: skip
    names = ("fills", "litres", "fuel_amount", "owed", "meter_gap", "fuel_members", "fuel_list", "fuel_saved")
    names += ("fuel_coupons", "fuel_discount", "fuel_paid")
    found = told_apart(within(rows, first, last), by, names)
    divided(found, "avg_litres", "litres", "fills")
    return divided(found, "price_per_litre", "fuel_amount", "litres", 1000)


def litres(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """A litre is sold when a delivery says so, and counted when a closing's totals do; the rest is told, or missing."""
    rows = []
    for event in scene.events:
        place, fuel = places(event, scene), event.get("fuel")
        if fuel and event["kind"] in ("sale", "fill", "testified"):
            terminal = event["request"]["terminal"]
            own = {"nozzle": f"{terminal}/{fuel['nozzle']}", "fuel_shift": str(fuel["shift"]), "booked": fuel["ml"]}
            rows.append(place | own | {"product": event["lines"][0]["code"]})
        elif event["kind"] in ("fuel_gap", "fuel_shift_closed"):
            for one in event.get("nozzles", [event]):
                own = {"nozzle": f"{one['terminal']}/{one['nozzle']}", "fuel_shift": str(event["fuel_shift"])}
                own |= {"counted": one.get("closing_ml", 0) - one.get("opening_ml", 0), "gap": one.get("ml", 0)}
                rows.append(place | own | {"tested": one.get("test_ml", 0), "product": one["code"]})
    found = told_apart(within(rows, first, last), by, ("booked", "counted", "gap", "tested"))
    return {
        key: {
            "litres_by_totals": one["counted"], "litres_booked": one["booked"], "litres_gap": one["gap"],
            "litres_tested": one["tested"], "litres_difference": one["counted"] - one["booked"],
            "litres_unexplained": one["counted"] - one["booked"] - one["gap"],
        }
        for key, one in found.items()
    }  # fmt: skip


def shifts(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    rows = []
    for event in scene.events:
        if event["kind"] in ("shift_opened", "shift_closed"):
            opened = event["kind"] == "shift_opened"
            rows.append(places(event, scene) | {
                "shifts_opened": int(opened), "shifts_closed": int(not opened), "shift_sales": event.get("sales", 0),
                "shift_cash": event.get("cash_cents", 0),
            })  # fmt: skip
    return told_apart(within(rows, first, last), by, ("shifts_opened", "shifts_closed", "shift_sales", "shift_cash"))


def refusals(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    rows = [
        places(event, scene) | {"reason": event["reason"], "refused": {number}, "refused_amount": _asked_cents(event)}
        for number, event in enumerate(scene.events) if event["kind"] == "refusal"
    ]  # fmt: skip
    return told_apart(within(rows, first, last), by, ("refused", "refused_amount"))


def _asked_cents(event: dict) -> int:
    asked = json.loads(event["frame"])
    return asked.get("total_cents") or asked["amount_cents"]


def cancelled(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Requests taken back whole."""
    rows = [
        places(event, scene) | {"reversals": {number}}
        for number, event in enumerate(scene.events) if event["kind"] == "void"
    ]  # fmt: skip
    return told_apart(within(rows, first, last), by, ("reversals",))
