"""The definitions of reports read in plain Python, from event lines alone: no SQL, no table of facts, no declaration.

Slow and dull on purpose. Whoever changes a definition changes it here too, by hand, from the words of the definition.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Event = dict[str, Any]
Row = dict[str, Any]  # places (str), figures (int) and things that are counted once (set)
MONEY_BOOKS_OF_POINTS = "points_value"
STORED = ("principal", "bonus")


class Scene(NamedTuple):
    """What was told and what stands in the registers. heirs: merged account -> who has taken over."""

    events: list[Event]
    zones: dict[str, str]
    regions: dict[str, str]
    categories: dict[str, str]
    units: dict[str, str]
    members: dict[str, Row]  # account -> joined (date), home, level, birthday, left (date or '')
    heirs: dict[str, str]
    gifts: dict[str, str]  # lot that head office gave -> 'hq'


# ---- entries


class Move(NamedTuple):
    """An entry at one end of which is a member's line. other: the book at the other end."""

    event: Event
    number: int
    account: str
    asset: str
    holder: str
    lot: str
    other: str
    amount: int  # with its sign on the member's line

    @property
    def kind(self) -> str:
        """As the ledgers of value call it."""
        asset = self.asset.partition(":")[0]
        if self.other == "member":
            return "moved"
        if self.other == "member of another":
            return "merged"
        if self.event["kind"] in ("void", "refund"):
            return "reversed"
        if self.other == "breakage":
            return "expired"
        if asset in STORED:
            return {"cash": "top_up", "gift_cost": "bonus", "revenue": "spent"}.get(self.other, "other")
        if asset == "points":
            return "earned" if self.amount > 0 else "redeemed"
        issued = self.other in ("punch_issued", "coupon_issued")
        return ("added" if asset == "punch" else "issued") if issued else "used"


def line_of(text: str) -> tuple[str, str, str, str, str]:
    """book, party, asset, holder, lot of a ledger line."""
    parts = text.split("/")
    return tuple(parts + [""] * (5 - len(parts)))  # type: ignore[return-value]


def once(work: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    """Worked out once per scene: it does not change."""
    done: dict[int, Any] = {}

    def known(scene: Scene) -> Any:
        if id(scene) not in done:
            done[id(scene)] = work(scene)
        return done[id(scene)]

    return known


@once
def moves(scene: Scene) -> list[Move]:
    """Every change of what members have."""
    found = []
    for event in scene.events:
        for number, (debit, credit, amount) in enumerate(event["entries"], 1):
            ends = ((line_of(credit), line_of(debit), amount), (line_of(debit), line_of(credit), -amount))
            for (book, party, asset, holder, lot), other, signed in ends:
                if book == "member":
                    beyond = other[0] if other[:2] != ("member", party) and other[0] != "member" else "member"
                    if beyond == "member" and other[1] != party:
                        beyond = "member of another"
                    found.append(Move(event, number, party, asset, holder, lot, beyond, signed))
    return found


@once
def issuers(scene: Scene) -> dict[tuple[str, str], str]:
    """(account, lot) -> the store where value first came onto it from outside."""
    found: dict[tuple[str, str], str] = {}
    for move in moves(scene):
        if move.amount > 0 and move.kind in ("top_up", "bonus", "earned", "added", "issued"):
            found.setdefault((move.account, move.lot), scene.gifts.get(move.lot, move.event["store"]))
    for move in moves(scene):  # what a merge brings keeps its lot, under the heir's name
        if move.kind == "merged" and move.amount > 0:
            was = next(one for one in moves(scene) if one.lot == move.lot and one.kind == "merged" and one.amount < 0)
            found.setdefault((move.account, move.lot), found[was.account, was.lot])
    return found


# ---- sales


class Deal(NamedTuple):
    """A sale, or what is given back of one. goods: code -> (quantity, gross, net); of returns net is negative."""

    event: Event
    kind: str  # sale, return
    gross: int
    off: int
    points: int
    net: int
    goods: list[tuple[str, int, int, int]]


def by_largest_remainder(amount: int, weights: list[int]) -> list[int]:
    """amount dealt out by weights; what is left over goes to the largest remainders, the first of equals."""
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in order[: amount - sum(parts)]:
        parts[at] += 1
    return parts


@once
def deals(scene: Scene) -> list[Deal]:
    """All sales and returns. A void of a sale is a return of all of it; a void of a top-up is none."""
    sales = {event["transfer"]: event for event in scene.events if event["kind"] == "sale"}
    found = [_sale(event) for event in sales.values()]
    for event in scene.events:
        if event["kind"] == "void" and event["transfer"].removesuffix("/void") in sales:
            sale = sales[event["transfer"].removesuffix("/void")]
            named = [(line["code"], line["qty_milli"], line["amount_cents"]) for line in _goods_lines(sale)]
            found.append(_return(event, named))
        if event["kind"] == "refund":
            named = [(code, quantity, paid) for _, code, quantity, paid, *_ in event["share"]["goods"]]
            found.append(_return(event, named))
    return found


def _goods_lines(event: Event) -> list[dict]:
    return [line for line in event["lines"] if ":" not in line["code"]]


def _sale(event: Event) -> Deal:
    lines = _goods_lines(event)
    gross = sum(line["amount_cents"] for line in lines)
    off = -sum(line["amount_cents"] for line in event["lines"] if ":" in line["code"])
    points = event["tenders"].get(MONEY_BOOKS_OF_POINTS, 0)
    net = gross - off - points
    nets = by_largest_remainder(net, [line["amount_cents"] for line in lines])
    goods = [(x["code"], x["qty_milli"], x["amount_cents"], part) for x, part in zip(lines, nets, strict=True)]
    return Deal(event, "sale", gross, off, points, net, goods)


def _return(event: Event, named: list[tuple[str, int, int]]) -> Deal:
    back = sum(
        amount for debit, _, amount in event["entries"]
        if line_of(debit)[0] == "revenue" and line_of(debit)[2] != MONEY_BOOKS_OF_POINTS
    )  # fmt: skip
    parts = by_largest_remainder(back, [paid for _, _, paid in named])
    goods = [(code, quantity, 0, -part) for (code, quantity, _), part in zip(named, parts, strict=True)]
    return Deal(event, "return", 0, 0, 0, -back, goods)


def hour_of(event: Event, scene: Scene) -> str:
    zone = ZoneInfo(scene.zones.get(event["store"], "UTC"))
    return f"{dt.datetime.fromtimestamp(event['at_s'], zone).hour:02d}"


def places(event: Event, scene: Scene) -> Row:
    """Where, when and whose an event is, in the words of dimensions."""
    day = dt.date.fromisoformat(event["business_date"])
    account = event.get("account") or ""
    request = event.get("request") or {}
    year, week, _ = day.isocalendar()
    arrived = dt.datetime.fromtimestamp(event["received_at_s"], dt.UTC).date()
    return {
        "day": day.isoformat(), "week": f"{year}-W{week:02d}", "month": day.isoformat()[:7], "year": str(day.year),
        "weekday": str(day.isoweekday()), "hour": hour_of(event, scene), "store": event["store"],
        "region": scene.regions.get(event["store"], "-"), "terminal": request.get("terminal", "") or "-",
        "operator": event.get("operator") or "-", "membership": "member" if account else "none",
        "account": account or "-", "offline": "1" if event.get("offline") else "0",
        "arrived": arrived.isoformat(), "late": "1" if arrived > day + dt.timedelta(days=1) else "0",
        "level": scene.members[account]["level"] if account else "-",
    }  # fmt: skip


def person(account: str, scene: Scene) -> str:
    return scene.heirs.get(account, account)


def sale_rows(scene: Scene) -> Iterable[Row]:
    """One row per sale or return, as the reports of sales count it."""
    for number, deal in enumerate(deals(scene)):
        account = deal.event.get("account") or ""
        sold = deal.kind == "sale"
        quantity = sum(quantity for _, quantity, _, _ in deal.goods)
        yield places(deal.event, scene) | {
            "txn_count": {number} if sold else set(), "returns": set() if sold else {number},
            "units": quantity if sold else 0, "units_returned": 0 if sold else quantity,
            "gross_amount": deal.gross, "off_amount": deal.off, "points_amount": deal.points,
            "discount_amount": deal.off + deal.points, "returns_amount": 0 if sold else -deal.net,
            "net_sales": deal.net, "member_net_sales": deal.net if account else 0,
            "member_txn_count": {number} if sold and account else set(),
            "buyers": {person(account, scene)} if sold and account else set(),
            "fuel": "1" if deal.event.get("hold") else "0",
        }  # fmt: skip


def goods_rows(scene: Scene) -> Iterable[Row]:
    """One row per goods line of a sale or return."""
    for number, deal in enumerate(deals(scene)):
        account = deal.event.get("account") or ""
        sold = deal.kind == "sale"
        for code, quantity, gross, net in deal.goods:
            yield places(deal.event, scene) | {
                "product": code, "category": scene.categories.get(code) or "-", "unit": scene.units.get(code, "-"),
                "txn_count": {number} if sold else set(), "returns": set() if sold else {number},
                "units": quantity if sold else 0, "units_returned": 0 if sold else quantity,
                "net_units": quantity if sold else -quantity, "gross_amount": gross,
                "discount_amount": gross - net if sold else 0, "returns_amount": 0 if sold else -net,
                "net_sales": net, "member_net_sales": net if account else 0,
                "member_txn_count": {number} if sold and account else set(),
                "buyers": {person(account, scene)} if sold and account else set(),
                "products": {code} if sold else set(),
            }  # fmt: skip


def receipt_rows(scene: Scene) -> Iterable[Row]:
    """What came in, by what it was for and how it was paid; what went back is negative."""
    for number, event in enumerate(scene.events):
        paid: dict[tuple[str, str], int] = defaultdict(int)
        for debit, credit, amount in event["entries"]:
            for mine, other, sign in ((line_of(credit), line_of(debit), 1), (line_of(debit), line_of(credit), -1)):
                if mine[0] == "revenue":
                    member = other[0] == "member"
                    tender = "cash" if other[0] == "cash" else other[2] if member else _paid_by(mine, other)
                    paid["sale", tender] += sign * amount
                if mine[0] == "member" and other[0] == "cash":
                    paid["top_up", "cash"] += sign * amount
        for (business, tender), cents in paid.items():
            if cents:
                yield places(event, scene) | {
                    "business": business, "tender": tender, "net_receipts": cents, "received": max(cents, 0),
                    "paid_back": min(cents, 0), "cash_in": cents if tender == "cash" else 0,
                    "non_cash": 0 if tender == "cash" else cents, "payments": {number},
                }  # fmt: skip


def _paid_by(mine: tuple, other: tuple) -> str:
    return mine[2] if other[0] == "gift_cost" else other[0]


# ---- putting rows together


def within(rows: Iterable[Row], first: str, last: str) -> list[Row]:
    return [row for row in rows if first <= row["day"] <= last]


def told_apart(rows: Iterable[Row], by: tuple[str, ...], figures: tuple[str, ...]) -> dict[tuple, Row]:
    """Place -> figures; the total at (). What is counted once is counted at each place anew."""
    found: dict[tuple, Row] = defaultdict(dict)
    for row in rows:
        for key in {tuple(row[name] for name in by), ()}:
            for name in figures:
                own = row.get(name, 0)
                now = found[key].get(name)
                found[key][name] = own if now is None else now | own if isinstance(own, set) else now + own
    return {
        key: {name: len(value) if isinstance(value, set) else value for name, value in values.items()}
        for key, values in found.items()
    }


def divided(table: dict[tuple, Row], name: str, over: str, under: str, times: int = 1) -> dict[tuple, Row]:
    """A ratio at every place, from what stands there; half a unit is rounded away from zero; nothing by nothing."""
    for values in table.values():
        values[name] = half_away(values[over] * times, values[under]) if values[under] else None
    return table


def half_away(over: int, under: int) -> int:
    sign = 1 if (over >= 0) == (under > 0) else -1
    return sign * ((2 * abs(over) + abs(under)) // (2 * abs(under)))


Reading = Callable[..., dict[tuple, Row]]
