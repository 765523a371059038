"""What reports of stored value, points, punches and coupons should say, by reading.py."""

from collections.abc import Callable

from tests.hq_server.reports.golden.reading import (
    STORED,
    Row,
    Scene,
    issuers,
    moves,
    person,
    places,
    told_apart,
    within,
)

Table = dict[tuple, Row]


def value_rows(scene: Scene) -> list[Row]:
    """One row per change of what a member has."""
    issuer, found = issuers(scene), []
    for move in moves(scene):
        place = places(move.event, scene)
        place |= {
            "account": move.account, "membership": "member", "asset": move.asset, "lot": move.lot or "-",
            "issuer": issuer.get((move.account, move.lot), "-"), "kind": move.kind, "amount": move.amount,
            "class": move.asset.partition(":")[0], "event": move.event["transfer"],
            "level": scene.members[move.account]["level"], "person": person(move.account, scene),
            "entry": (move.event["store"], move.event["seq"] if "seq" in move.event else 0, move.event["transfer"],
                      move.number),
        }  # fmt: skip
        if move.event["store"] == "hq":
            place["store"] = "hq"
        found.append(place)
    return found


def ledger(classes: tuple[str, ...], prefix: str, kinds: dict[str, tuple[str, ...]]) -> Callable[..., Table]:
    """Opening, movements by kind, closing; a balance is of all entries up to a day, whenever they were heard of."""

    def read(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
        rows = []
        for row in value_rows(scene):
            if row["class"] in classes and row["day"] <= last:
                before, own = row["day"] < first, row["amount"]
                told = {prefix + "opening": own if before else 0, prefix + "closing": own}
                told |= {prefix + name: own if row["kind"] in of and not before else 0 for name, of in kinds.items()}
                told[prefix + "entries"] = set() if before else {row["entry"]}
                told[prefix + "late_after_close"] = own if row["late"] == "1" and not before else 0
                for asset in STORED:
                    told["closing_" + asset] = own if row["class"] == asset else 0
                rows.append(row | told)
        names = [prefix + name for name in ("opening", "closing", "entries", "late_after_close", *kinds)]
        return told_apart(rows, by, (*names, *("closing_" + asset for asset in STORED)))

    return read


COMMON = {"reversed": ("reversed",), "expired": ("expired",), "moved": ("moved",), "other": ("merged", "other")}
stored = ledger(STORED, "", {"top_up": ("top_up",), "bonus": ("bonus",), "spent": ("spent",)} | COMMON)
points = ledger(("points",), "points_", {"earned": ("earned",), "redeemed": ("redeemed",)} | COMMON)
punches = ledger(("punch",), "punch_", {"added": ("added",), "used": ("used",)} | COMMON)


def counted(rule: Callable[[Row], Row | None]) -> Callable[..., Table]:
    """A report of movements: what each row counts for, or None."""

    def read(scene: Scene, first: str, last: str, by: tuple[str, ...]) -> Table:
        rows = [row | told for row in within(value_rows(scene), first, last) if (told := rule(row)) is not None]
        names = sorted({name for row in rows for name in row if name.startswith("=")})
        found = told_apart(rows, by, tuple(names))
        return {key: {name[1:]: value for name, value in values.items()} for key, values in found.items()}

    return read


def _if(condition: bool, value):
    return value if condition else (set() if isinstance(value, set) else 0)


@counted
def top_ups(row: Row) -> Row | None:
    """Principal paid in and bonus given, apart; what was taken back is negative, on its own day."""
    if row["class"] not in STORED:
        return None
    paid, given = row["kind"] == "top_up", row["kind"] == "bonus"
    if not (paid or given or row["kind"] == "reversed" and row["amount"] < 0 and row["event"].endswith("/void")):
        return None
    return {
        "=topups": _if(paid, {row["event"]}), "=topup_members": _if(paid, {row["person"]}),
        "=topup_principal": _if(paid, row["amount"]), "=topup_bonus": _if(given, row["amount"]),
        "=topup_reversed": _if(not paid and not given, row["amount"]),
    }  # fmt: skip


@counted
def deductions(row: Row) -> Row | None:
    """Stored value that sales took, and what went back."""
    if row["class"] not in STORED or row["kind"] not in ("spent", "reversed") or (
        row["kind"] == "reversed" and row["amount"] < 0
    ):
        return None
    spent = row["kind"] == "spent"
    return {
        "=deductions": _if(spent, {row["event"]}), "=spenders": _if(spent, {row["person"]}),
        "=spent_amount": _if(spent, -row["amount"]),
        "=spent_principal": _if(spent and row["class"] == "principal", -row["amount"]),
        "=spent_bonus": _if(spent and row["class"] == "bonus", -row["amount"]),
        "=spent_returned": _if(not spent, row["amount"]),
    }  # fmt: skip


@counted
def settlement(row: Row) -> Row | None:
    """What one store took of value that another issued, less what it gave back."""
    drawn = row["kind"] == "spent" or (row["kind"] == "reversed" and row["amount"] > 0)
    if row["class"] not in STORED or not drawn:
        return None
    return {
        "=settle_principal": _if(row["class"] == "principal", -row["amount"]),
        "=settle_bonus": _if(row["class"] == "bonus", -row["amount"]),
    }


@counted
def redemption(row: Row) -> Row | None:
    """Points paid with."""
    if row["class"] != "points" or row["kind"] != "redeemed":
        return None
    return {"=redemptions": {row["event"]}, "=redeemers": {row["person"]}, "=points_used": -row["amount"]}


@counted
def punches_used(row: Row) -> Row | None:
    if row["class"] != "punch" or row["kind"] != "used":
        return None
    return {"=punch_uses": {row["event"]}, "=units_used": -row["amount"]}


@counted
def punches_added(row: Row) -> Row | None:
    if row["class"] != "punch" or row["kind"] != "added":
        return None
    return {"=punch_adds": {row["event"]}, "=units_added": row["amount"], "=punch_members": {row["person"]}}


@counted
def coupons_issued(row: Row) -> Row | None:
    if row["class"] != "coupon" or row["kind"] not in ("issued", "used"):
        return None
    issued = row["kind"] == "issued"
    return {"=coupons_issued": _if(issued, row["amount"]), "=coupons_redeemed": _if(not issued, -row["amount"])}


@counted
def coupons_used(row: Row) -> Row | None:
    if row["class"] != "coupon" or row["kind"] != "used":
        return None
    return {"=coupons_redeemed": -row["amount"]}
