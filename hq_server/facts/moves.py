"""What kind of movement an entry is, seen from the member's line: a table by what lies at the other end."""

# events that give back what another took, and the other way round
BACK = ("void", "refund", "refund_from_loss", "twin_taken_back")
STORED, POINTS, PUNCH, COUPON = "stored", "points", "punch", "coupon"
GROUPS = {
    "principal": STORED, "bonus": STORED, "points": POINTS, "punch": PUNCH, "coupon": COUPON, "once": COUPON,
}  # fmt: skip
# group, book at the other end, sign on the member's line (0: either) -> kind
KINDS = {
    (STORED, "cash", 1): "top_up",
    (STORED, "cash", -1): "paid_out",
    (STORED, "gift_cost", 0): "bonus",
    (STORED, "revenue", 0): "spent",
    (POINTS, "points_cost", 1): "earned",
    (POINTS, "points_cost", -1): "redeemed",
    (PUNCH, "punch_issued", 0): "added",
    (PUNCH, "punch_used", 0): "used",
    (COUPON, "coupon_issued", 0): "issued",
    (COUPON, "coupon_used", 0): "used",
}
ANY = {"breakage": "expired", "correction": "adjusted"}


def asset_class(asset: str) -> str:
    """'punch:wash' -> 'punch'."""
    return asset.partition(":")[0]


def kind_of(asset: str, other_book: str, sign: int, event_kind: str, own: bool) -> str:
    """`own`: both ends are lines of the same member."""
    if other_book == "member":
        return "moved" if own else "merged"
    if event_kind in BACK:
        return "reversed"
    group = GROUPS.get(asset_class(asset), "")
    return KINDS.get((group, other_book, sign)) or KINDS.get((group, other_book, 0)) or ANY.get(other_book, "other")
