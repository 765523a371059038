"""What reports of classes and dashboards should say, by reading.py: figures of several kinds side by side."""

import datetime as dt
from statistics import median

from tests.hq_server.reports.golden import expected, expected_members, expected_value
from tests.hq_server.reports.golden.expected_members import PROFILE, Habits, profile_rows
from tests.hq_server.reports.golden.reading import (
    Row,
    Scene,
    divided,
    goods_rows,
    half_away,
    places,
    receipt_rows,
    sale_rows,
    told_apart,
    within,
)

Table = dict[tuple, Row]
DAY = dt.timedelta(days=1)
GENDERS = {"a1" * 16: "female", "b2" * 16: "male"}


def _beside(*tables: Table) -> Table:
    """Figures of several readings at the same places."""
    return {key: {k: v for table in tables for k, v in table.get(key, {}).items()} for key in set().union(*tables)}


def _span_before(first: str, last: str) -> tuple[str, str]:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    length = end - start + DAY
    return (start - length).isoformat(), (end - length).isoformat()


def _compared(now: Table, before: Table, name: str) -> Table:
    found: Table = {}
    for key in now.keys() | before.keys() | {()}:
        own, past = now.get(key, {}).get(name, 0), before.get(key, {}).get(name, 0)
        found[key] = {name: own, name + "_prev": past, "difference": own - past}
        if past >= 0:
            found[key]["chain_growth"] = half_away((own - past) * 100_000, past) if past else None
    return found


def receipts_compared(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    spans = ((first, last), _span_before(first, last))
    now, before = (told_apart(within(receipt_rows(scene), *span), by, ("net_receipts",)) for span in spans)
    return _compared(now, before, "net_receipts")


def joined_compared(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    spans = ((first, last), _span_before(first, last))
    now, before = (expected_members.register(scene, *span, by) for span in spans)
    return _compared(now, before, "new_members")


def changes(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Stored value and punches by kind of movement."""
    rows = []
    for row in within(expected_value.value_rows(scene), first, last):
        stored, punch = row["class"] in ("principal", "bonus"), row["class"] == "punch"
        if stored or punch:
            told = {name: row["amount"] if stored and row["kind"] == name else 0
                    for name in ("top_up", "bonus", "spent", "reversed")}  # fmt: skip
            for name in ("added", "used"):
                told["punch_" + name] = row["amount"] if punch and row["kind"] == name else 0
            told["entries"] = {row["entry"]} if stored else set()
            told["punch_entries"] = {row["entry"]} if punch else set()
            rows.append(row | told | {"move": row["kind"]})
    figures = ("top_up", "bonus", "spent", "reversed", "punch_added", "punch_used", "entries", "punch_entries")
    return told_apart(rows, by, figures)


@expected_value.counted
def points_settled(row: Row) -> Row | None:
    """Points of one store that another took as payment, less what it gave back."""
    used = row["kind"] == "redeemed"
    if row["class"] != "points" or not (used or row["kind"] == "reversed" and row["amount"] > 0):
        return None
    return {"=settle_points": -row["amount"], "=redeemers": {row["person"]} if used else set()}


def left_over(classes: tuple[str, ...], name: str):
    """What is left at the end of the period."""

    def read(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
        rows = [row | {name: row["amount"]} for row in expected_value.value_rows(scene)
                if row["class"] in classes and row["day"] <= last]  # fmt: skip
        return told_apart(rows, by, (name,))

    return read


punches_left, coupons_left = left_over(("punch",), "units_remaining"), left_over(("coupon", "once"), "coupons")


def attendants(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Fuel, everything else, and top-ups by attendant."""
    rows = [row | {"non_fuel_net": 0 if row["product"] == "305" else row["net_sales"]} for row in goods_rows(scene)]
    sold = told_apart(within(rows, first, last), by, ("non_fuel_net", "net_sales"))
    fuel = expected.fuel(scene, first, last, by)
    paid = {key: {"topup_principal": values["topup_principal"]}
            for key, values in expected_value.top_ups(scene, first, last, by).items()}  # fmt: skip
    return _beside(sold, fuel, paid)


def goods_of_members(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    rows = [row for row in within(goods_rows(scene), first, last) if row["membership"] == "member"]
    return told_apart(rows, by, ("net_units", "net_sales", "txn_count"))


def channels(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """All of the story's members have joined at a store."""
    whole = expected_members.register(scene, first, last, ("store",))[()]
    kept = {name: whole[name] for name in ("new_members", "left_members", "net_growth")}
    return {("store",): kept, (): kept}


def asked_for(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Top-ups that were refused."""
    rows = [
        places(event, scene) | {"reason": event["reason"], "refused": {number}, "refused_amount": 70_00}
        for number, event in enumerate(scene.events)
        if event["kind"] == "refusal" and event.get("message") == "top_up"
    ]
    return told_apart(within(rows, first, last), by, ("refused", "refused_amount"))


def agreed(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """What a second person agreed to."""
    rows = [
        places(event, scene) | {"tap": event["kind"], "second": event["second"], "agreed": {number}}
        for number, event in enumerate(scene.events)
        if event.get("second")
    ]
    return told_apart(within(rows, first, last), by, ("agreed",))


def indicators(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Sales, receipts and new members side by side."""
    sold = expected.sales(scene, first, last, by)
    rows = []
    for member in scene.members.values():
        for day, change in ((member["joined"], "new_members"), (member["left"], "left_members")):
            if day:
                at = dt.date.fromisoformat(day)
                week = at.isocalendar()
                rows.append({
                    "day": day, "month": day[:7], "year": day[:4], "week": f"{week[0]}-W{week[1]:02d}",
                    "store": member["home"], "new_members": 0, "left_members": 0, change: 1,
                })  # fmt: skip
    joined = told_apart(within(rows, first, last), by, ("new_members", "left_members"))
    got = told_apart(within(receipt_rows(scene), first, last), by, ("net_receipts", "cash_in"))
    zeros = {"new_members": 0, "left_members": 0}
    return {key: zeros | values for key, values in _beside(sold, joined, got).items()}


# ---- members


def _fifths(values: list[int], best_is_low: bool) -> list[int]:
    """1 to 5 by how many fifths of all lie below."""
    worse = [sum(other > one if best_is_low else other < one for other in values) for one in values]
    return [1 + count * 5 // len(values) for count in worse]


def scored(scene: Scene, accounts: list[str], first: str, last: str) -> dict[str, tuple[int, str]]:
    """Account -> sum of its three scores, and its cell; of those who bought."""
    own = {account: Habits(scene, account, first, last) for account in accounts}
    bought = [account for account in accounts if own[account].count]
    columns = [[getattr(own[account], name) for account in bought] for name in ("away", "count", "net")]
    if not bought:
        return {}
    sums = zip(*(_fifths(column, at == 0) for at, column in enumerate(columns)), strict=True)
    cells = {row["account"]: row["segment"] for row in classed_rows(scene, first, last)}
    return {account: (sum(one), cells.get(account, "")) for account, one in zip(bought, sums, strict=True)}


def classed_rows(scene: Scene, first: str, last: str) -> list[Row]:
    """Members with their RFM cell."""
    rows = profile_rows(scene, first, last)
    expected_members.classify(rows)
    return rows


def _moved_rows(scene: Scene, first: str, last: str) -> list[Row]:
    rows = classed_rows(scene, first, last)
    accounts = [row["account"] for row in rows]
    now, then = scored(scene, accounts, first, last), scored(scene, accounts, *_span_before(first, last))
    before = _cells_before(scene, accounts, *_span_before(first, last))
    for row in rows:
        account = row["account"]
        score, was = now.get(account, (0, ""))[0], then.get(account, (0, ""))[0]
        row["segment_before"] = before[account]
        row["moved_up"], row["moved_down"] = int(score > was > 0), int(0 < score < was)
        row["moved_same"] = int(score == was > 0)
        row["members_at_risk"] = int(_is_late(row["habits"], rows, last))
    return rows


def _cells_before(scene: Scene, accounts: list[str], first: str, last: str) -> dict[str, str]:
    """The cells of the same members in the span before."""
    rows = [{"account": account, "habits": Habits(scene, account, first, last)} for account in accounts]
    expected_members.classify(rows)
    return {row["account"]: row["segment"] for row in rows}


def _cycle(habits: Habits) -> float | None:
    if len(habits.days) < 2:
        return None
    span = dt.date.fromisoformat(habits.days[-1]) - dt.date.fromisoformat(habits.days[0])
    return span.days / (len(habits.days) - 1)


def _is_late(habits: Habits, rows: list[Row], last: str) -> bool:
    """Away for more than twice the own cycle, or the chain's median for who has none."""
    known = [cycle for row in rows if (cycle := _cycle(row["habits"])) is not None]
    if not habits.days or not known:
        return False
    own = _cycle(habits)
    return habits.away > 2 * (median(known) if own is None else own)


MOVED = (*PROFILE, "moved_up", "moved_down", "moved_same", "members_at_risk")


def loyalty(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Cells, movement of scores against the span before, and who is late."""
    return told_apart(_moved_rows(scene, first, last), by, MOVED)


def stages(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Life-cycle at the end of the period, by windows of ninety days; the first stage that fits."""
    rows = profile_rows(scene, first, last)
    for row in rows:
        row["stage"] = _stage(scene, row["account"], last)
    return told_apart(rows, by, ("members", "member_sales", "lifetime_sales"))


def _stage(scene: Scene, account: str, last: str) -> str:
    end = dt.date.fromisoformat(last)
    now = Habits(scene, account, (end - 89 * DAY).isoformat(), last)
    if not now.days:
        return "prospect"
    if now.away > 90:
        return "lost" if now.away > 365 else "dormant"
    if dt.date.fromisoformat(now.days[0]) > end - 90 * DAY:
        return "new"
    raise AssertionError("the story is younger than ninety days")


def bands(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    found = told_apart(profile_rows(scene, first, last), by, PROFILE)
    return divided(found, "avg_purchase", "member_sales", "member_txns")


def preferences(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """What each class buys, along goods."""
    found = told_apart(_by_class(scene, goods_rows(scene), first, last), by, ("net_sales", "txn_count", "buyers"))
    return found


def behaviour(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """How each class buys."""
    found = told_apart(_by_class(scene, sale_rows(scene), first, last), by, expected.SALES)
    divided(found, "purchase_frequency", "member_txn_count", "buyers", 1000)
    divided(found, "spend_per_buyer", "member_net_sales", "buyers")
    divided(found, "avg_txn_value", "net_sales", "txn_count")
    divided(found, "discount_share", "discount_amount", "gross_amount", 100_000)
    return divided(found, "units_per_txn", "units", "txn_count")


def _by_class(scene: Scene, rows, first: str, last: str) -> list[Row]:
    """Rows of members; who has left the register is in no class."""
    cells = {row["account"]: row["segment"] for row in classed_rows(scene, first, last)}
    mine = [row for row in within(rows, first, last) if row["membership"] == "member"]
    return [row | {"buyer_segment": cells.get(row["account"], "-")} for row in mine]


def calendar(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """29 February is kept on the 28th in common years, as 2026 is one."""
    rows = profile_rows(scene, first, last)
    for row in rows:
        day = row["birthday"]
        kept = {"02-29": "02-28"}.get(day[5:], day[5:])
        row |= {"birth_month": day[5:7] or "unknown", "birth_day": kept or "unknown"}
    return told_apart(rows, by, ("members",))


def habits(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Activity of members at a glance."""
    rows = profile_rows(scene, first, last)
    for row in rows:
        own = row["habits"]
        within_days = [day for day in own.days if day >= first]
        row |= {"region": scene.regions[row["home_store"]], "again": int(len(within_days) > 1)}
        row |= {"seen": int(bool(own.days)), "away": own.away or 0, "gender": GENDERS.get(row["account"], "-")}
    found = told_apart(rows, by, (*PROFILE, "again", "seen", "away"))
    divided(found, "register_active_rate", "active_members", "members", 100_000)
    divided(found, "avg_f", "member_txns", "active_members", 1000)
    divided(found, "avg_m", "member_sales", "active_members")
    divided(found, "avg_purchase", "member_sales", "member_txns")
    divided(found, "repurchase_rate", "again", "active_members", 100_000)
    return divided(found, "mean_recency", "away", "seen", 1000)

