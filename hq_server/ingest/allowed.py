"""What a store may write at all: pure. A broken or forged gateway must not be able to make value, or to take another's.

A line is this store's if its store (party, or holder of what belongs to a member) says so. Members' lines are credited
only by the kinds of CREDITS, and then within an issuing right (minted), a refund right (vault/refunds.py), what the
request itself had taken (a void), or a cap (loss).
"""

from collections.abc import Iterable, Sequence

from hq_server.ingest.rules import MONEY_KINDS, Told
from protocol.ids import store_of
from protocol.ledger.adjustments import adjust_right
from protocol.ledger.entries import SUSPENSE, TRANSIT, Entry, Line
from protocol.ledger.rights import right_name

ISSUED = ("cash", "gift_cost", "points_cost", "coupon_issued", "punch_issued")
# kind -> the books that its credits to members may come from
CREDITS = {
    "sale": ISSUED,
    "top_up": ISSUED,
    "issue": ISSUED,
    "adjustment": ("correction",),
    "refund": ("revenue", "points_cost", "punch_used", "coupon_used"),
    "refund_from_loss": ("loss",),
    "void": ("revenue", "cash", "gift_cost", "points_cost", "punch_used", "coupon_used", "receivable",
             "offline_credit", "coupon_issued", "punch_issued", "correction", "loss"),
}
MINTS = ("sale", "top_up", "issue", "adjustment")
TO_TRANSIT = ("float_returned", "recall_answered")
FROM_TRANSIT = ("grant_taken",)
TO_SUSPENSE = ("hold_suspended",)
FROM_SUSPENSE = ("hold_settled", "sale")  # only what this very hold has put there (vault/booking.py)
OWN_BOOKS = (
    "cash", "revenue", "gift_cost", "points_cost", "breakage", "loss", "right_used", "coupon_issued", "coupon_used",
    "punch_issued", "punch_used",
)
GIVES_BACK_RIGHTS = {"void": ("issue:", "code:"), "refund": ("code:",)}
ON_THE_WAY = (TRANSIT, SUSPENSE)
PAYS_OUT = ("void", "refund", "refund_from_loss")
TELLS_ONLY = ("fill", "fuel_gap")  # they move nothing: a fill is revenue when it is paid or given up
LENDS = ("sale", "void", "refund", "top_up")


def foreign(store: str, told: Told) -> str | None:
    """What in this event is not this store's to write, or None. A wrong one is a broken or forged gateway."""
    event = told.event
    if event.request and store_of(event.request.terminal) != store:
        return "request of " + event.request.terminal
    kind = event.kind
    if kind not in MONEY_KINDS and event.request and kind != "alarm" and told.entries:
        return f"{kind} books a request"
    if kind in TELLS_ONLY and told.entries:
        return f"{kind} books something"
    if kind in SHAPES and (wrong := SHAPES[kind](store, told)):
        return wrong
    for one in told.entries:
        problem = _line_problem(store, kind, one.debit) or _line_problem(store, kind, one.credit)
        if problem or _forbidden(kind, one):
            return problem or f"{kind} may not move {one.debit.text} to {one.credit.text}"
    return _minted(told) if kind in MINTS else None


def _fill(store: str, told: Told) -> str:
    """A fill has its number, its one line and the evidence that the line tells the same as the pump."""
    event, fuel = told.event, told.event.fuel
    pumped = [(fuel.ml, fuel.amount_cents)] if fuel else []
    lines = [(line.qty_milli, line.amount_cents) for line in event.lines]
    good = event.fill and event.hold and not event.account and lines and lines == pumped
    return "" if good else "a fill without its one line and evidence"


def _drive_off(store: str, told: Told) -> str:
    """Two people give up what one fill is worth: the store's loss pays its revenue, and nothing else moves."""
    event = told.event
    if not (event.fill and event.operator and event.second) or event.operator == event.second:
        return "a drive-off without its fill or two people"
    cents = sum(line.amount_cents for line in event.lines)
    lost = Line("loss", store, "receivable"), Line("revenue", store, "receivable")
    moved = [(one.debit, one.credit, one.amount) for one in told.entries]
    return "" if moved == [(*lost, cents)] else "a drive-off that moves something else"


SHAPES = {"fill": _fill, "drive_off": _drive_off}


def restored_too_much(voids: Sequence[Entry], booked: Iterable[Entry]) -> str | None:
    """A void gives back to each line no more than its request took from it; the first line that gets more.

    Checked are members' lines and the store's rights: all else is the store's own business.
    """
    room: dict[Line, int] = {}
    for one in booked:
        room[_home(one.debit)] = room.get(_home(one.debit), 0) + one.amount
    for one in voids:
        if one.credit.book in ("member", "right"):
            line = _home(one.credit)
            room[line] = room.get(line, 0) - one.amount
            if room[line] < 0:
                return one.credit.text
    return None


def from_suspense(entries: Iterable[Entry]) -> list[Entry]:
    """What an event takes out of suspense."""
    return [one for one in entries if one.debit.book == "member" and one.debit.holder == SUSPENSE]


def beyond_suspense(taken: Sequence[Entry], suspended: Iterable[Entry]) -> str | None:
    """The first line of which more is taken out of suspense than the hold has put there."""
    room: dict[Line, int] = {}
    for one in suspended:
        room[one.credit] = room.get(one.credit, 0) + one.amount
    for one in taken:
        room[one.debit] = room.get(one.debit, 0) - one.amount
        if room[one.debit] < 0:
            return one.debit.text
    return None


def _home(line: Line) -> Line:
    """What was taken out of suspense is given back to the store's own slice."""
    return line._replace(holder="") if line.book == "member" else line


def _line_problem(store: str, kind: str, line: Line) -> str | None:
    if line.book == "member":
        good = line.holder == store or (line.holder == TRANSIT and kind in TO_TRANSIT + FROM_TRANSIT)
        good = good or (line.holder == SUSPENSE and kind in TO_SUSPENSE + FROM_SUSPENSE)
    elif line.book == "right":
        good = line.party == store and (line.holder == store or (line.holder == TRANSIT and kind == "right_taken"))
    elif line.book == "offline_credit":
        good = line.holder == store and kind in LENDS
    elif line.book == "correction":
        good = line.party == store and kind in ("adjustment", "void")
    elif line.book == "receivable":
        good = True
    else:
        good = line.book in OWN_BOOKS and line.party == store
    return None if good else line.text


def _forbidden(kind: str, one: Entry) -> bool:
    """Movements between lines that are each this store's."""
    return _wrong_way(kind, one) or _creates(kind, one) or _renews_right(kind, one) or _pays_out(kind, one)


def _wrong_way(kind: str, one: Entry) -> bool:
    """Value enters and leaves transit and suspense only in the direction that the event is for, and within one lot."""
    if one.debit.holder not in ON_THE_WAY and one.credit.holder not in ON_THE_WAY:
        return False
    if SUSPENSE in (one.debit.holder, one.credit.holder):
        spent = one.credit.book == "revenue" and kind == "sale"
        same = one.debit._replace(holder="") == one.credit._replace(holder="")
        return not spent and (not same or (one.credit.holder == SUSPENSE) != (kind in TO_SUSPENSE))
    same = one.debit._replace(holder="") == one.credit._replace(holder="")
    leaves = one.credit.holder == TRANSIT
    return not same or leaves != (kind in TO_TRANSIT)


def _creates(kind: str, one: Entry) -> bool:
    """Onto a member's line from outside only as CREDITS says; none may come from another member."""
    if one.credit.book != "member":
        return False
    if one.debit.book == "member":
        return not {TRANSIT, SUSPENSE} & {one.debit.holder, one.credit.holder}
    return one.debit.book not in CREDITS.get(kind, ())


def _renews_right(kind: str, one: Entry) -> bool:
    """A right grows by head office's grants; what was used comes back with what is taken back."""
    if one.credit.book != "right" or one.credit.holder == TRANSIT or one.debit.holder == TRANSIT:
        return False
    same = one.debit.book == "right_used" and one.debit.asset == one.credit.asset
    return not same or not one.credit.asset.startswith(GIVES_BACK_RIGHTS.get(kind, ("-",)))


def _pays_out(kind: str, one: Entry) -> bool:
    """Cash for members leaves the till only when something is taken back."""
    return one.credit.book == "cash" and one.debit.book != "cash" and kind not in PAYS_OUT


def _minted(told: Told) -> str | None:
    """What is credited to members out of nothing must be covered by as much issuing right."""
    net: dict[str, int] = {}
    for one in told.entries:
        source, target = one.debit.book, one.credit.book
        if target == "member" and source != "member":
            _add(net, _right_for(source, one.credit.asset), one.amount)
        elif target == "correction" and source == "member":
            _add(net, adjust_right(one.debit.asset), one.amount)
        elif target == "right_used" and one.credit.asset.startswith("issue:"):
            _add(net, one.credit.asset, -one.amount)
    over = [right for right, amount in net.items() if amount > 0]
    return "credits without issuing right: " + ", ".join(over) if over else None


def _right_for(source: str, asset: str) -> str:
    return adjust_right(asset) if source == "correction" else right_name(asset)


def _add(net: dict[str, int], name: str, amount: int) -> None:
    net[name] = net.get(name, 0) + amount
