"""What reports of members should say, by reading.py."""

import datetime as dt
from collections import defaultdict

from tests.hq_server.reports.golden.reading import (
    STORED,
    Row,
    Scene,
    deals,
    divided,
    half_away,
    moves,
    person,
    told_apart,
)

Table = dict[tuple, Row]


def register(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Opening plus new less left is closing."""
    rows = []
    for member in scene.members.values():
        for day, change in ((member["joined"], 1), (member["left"], -1)):
            if day and day <= last:
                now = day >= first
                rows.append({
                    "store": member["home"], "day": day, "month": day[:7], "opening_members": 0 if now else change,
                    "new_members": int(now and change > 0), "left_members": int(now and change < 0),
                    "closing_members": change,
                })  # fmt: skip
    names = ("opening_members", "new_members", "left_members", "closing_members")
    found = told_apart(rows, by, names)
    for values in found.values():
        values["net_growth"] = values["new_members"] - values["left_members"]
    if set(by) & {"day", "month"}:  # how many there are belongs to a period, not to a day within it
        for key, values in found.items():
            if key:
                del values["opening_members"], values["closing_members"]
        return found
    return divided(found, "growth_rate", "net_growth", "opening_members", 100_000)


class Habits:
    """What one person bought: sales that were taken back whole are no purchases."""

    def __init__(self, scene: Scene, account: str, first: str, last: str):
        mine = [deal for deal in deals(scene) if person(deal.event.get("account") or "", scene) == account]
        voided = {deal.event["transfer"].removesuffix("/void") for deal in mine if deal.event["kind"] == "void"}
        bought = [deal for deal in mine if deal.kind == "sale" and deal.event["transfer"] not in voided]
        days = [deal.event["business_date"] for deal in bought if deal.event["business_date"] <= last]
        self.days = sorted(set(days))
        self.count = sum(day >= first for day in days)
        self.net = sum(deal.net for deal in mine if first <= deal.event["business_date"] <= last)
        self.ever = sum(deal.net for deal in mine if deal.event["business_date"] <= last)
        self.away = (dt.date.fromisoformat(last) - dt.date.fromisoformat(self.days[-1])).days if self.days else None


FREQUENCIES = ((0, "0"), (1, "1"), (5, "2-5"), (10, "6-10"))
SPENDS = ((0, "0"), (99_99, "0-100"), (499_99, "100-500"))
RECENCIES = ((7, "0-7"), (30, "8-30"), (60, "31-60"))


def _band(value: int | None, bands: tuple[tuple[int, str], ...]) -> str:
    return "never" if value is None else next(name for upto, name in bands if value <= upto)


def profile_rows(scene: Scene, first: str, last: str) -> list[Row]:
    """One row per member on the register at the end of the period."""
    rows = []
    for account, member in scene.members.items():
        if member["joined"] <= last and not (member["left"] and member["left"] <= last):
            own = Habits(scene, account, first, last)
            balance = [m for m in moves(scene) if person(m.account, scene) == account
                       and m.event["business_date"] <= last]  # fmt: skip
            rows.append({
                "account": account, "home_store": member["home"], "level": member["level"], "habits": own,
                "frequency_band": _band(own.count, FREQUENCIES), "spend_band": _band(max(own.net, 0), SPENDS),
                "recency_band": _band(own.away, RECENCIES), "members": 1, "active_members": int(own.count > 0),
                "member_sales": own.net, "member_txns": own.count, "lifetime_sales": own.ever,
                "stored_balance": sum(move.amount for move in balance if move.asset in STORED),
                "points_balance": sum(move.amount for move in balance if move.asset == "points"),
                "birthday": member["birthday"],
            })  # fmt: skip
    return rows


PROFILE = (
    "members", "active_members", "member_sales", "member_txns", "lifetime_sales", "stored_balance", "points_balance",
)  # fmt: skip


def profiles(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Members by what they are and did; every member stands in exactly one place."""
    return _shared(told_apart(profile_rows(scene, first, last), by, PROFILE))


def _shared(found: Table) -> Table:
    whole = found[()]["members"]
    for values in found.values():
        values["members_share"] = half_away(values["members"] * 100_000, whole)
    found[()].pop("members_share")  # a share is a row's
    divided(found, "avg_f", "member_txns", "active_members", 1000)
    divided(found, "avg_m", "member_sales", "active_members")
    return divided(found, "avg_purchase", "member_sales", "member_txns")


def rfm(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Eight cells against the means of those who bought: r below it, f and m at it or above are good."""
    rows = profile_rows(scene, first, last)
    classify(rows)
    return _shared(told_apart(rows, by, PROFILE))


def classify(rows: list[Row]) -> None:
    """Puts each row into its cell."""
    bought = [row["habits"] for row in rows if row["habits"].count]
    number = len(bought)
    for row in rows:
        own = row["habits"]
        bits = [
            own.away * number < sum(one.away for one in bought), own.count * number >= sum(one.count for one in bought),
            own.net * number >= sum(one.net for one in bought),
        ] if own.count else []  # fmt: skip
        row["segment"] = "".join("1" if bit else "0" for bit in bits) or "lapsed"


SIGNS_OF = {"02-19": "pisces", "05-01": "taurus", "02-29": "pisces"}
ANIMALS_OF = {"1985-02-19": "rat", "1990-05-01": "horse", "2000-02-29": "dragon"}  # 1985's new year was 20 February


def born(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    """Sign, animal, decade and age of those whose birthday is known."""
    rows = profile_rows(scene, first, last)
    for row in rows:
        day = row["birthday"]
        age = int(last[:4]) - int(day[:4]) - (last[5:] < day[5:]) if day else None
        row |= {
            "star_sign": SIGNS_OF[day[5:]] if day else "unknown", "animal": ANIMALS_OF.get(day, "unknown"),
            "decade": day[:3] + "0" if day else "unknown", "birth_month": day[5:7] or "unknown",
            "age_band": "unknown" if age is None else next(
                name for upto, name in ((17, "0-17"), (24, "18-24"), (34, "25-34"), (44, "35-44")) if age <= upto
            ),
        }  # fmt: skip
    return _shared(told_apart(rows, by, PROFILE))


def new_by_day(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
    found = register(scene, first, last, by)
    zeros: Row = defaultdict(int)
    day = dt.date.fromisoformat(first)
    while day.isoformat() <= last:
        key = (day.isoformat(),)
        found[key] = {name: found.get(key, zeros)[name] for name in ("new_members", "left_members", "net_growth")}
        day += dt.timedelta(days=1)
    return {key: values for key, values in found.items() if not key or first <= key[0]}
