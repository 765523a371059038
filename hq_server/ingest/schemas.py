"""What a gateway sends: a header line and event lines. Unknown members are ignored, wrong types refuse the batch.

Half of the decoder's time would go into matching patterns. So the texts that every event has are only measured by it
(Plain), and matched by misshapen(), which remembers those that it has seen.
"""

import re
from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta, Struct, field

AMOUNT_MAX = 999_999_999_999
Amount = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Positive = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
Seconds = Annotated[int, Meta(ge=0, le=99_999_999_999)]
Short = Annotated[str, Meta(max_length=64)]
Hex32 = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Plain = Annotated[str, Meta(max_length=32)]


# asset, lot, origin, kind, expires, opened_s
OpenedLot = tuple[
    Annotated[str, Meta(max_length=32)],
    Plain,  # 16 hex digits
    Annotated[str, Meta(max_length=40)],
    Annotated[str, Meta(max_length=24)],
    Plain,  # a date
    Seconds,
]


class Header(Struct):
    """The first line of a batch. prev_hash: the chain before its first event."""

    gateway: Short
    incarnation: Hex32
    from_seq: Annotated[int, Meta(ge=1, le=9_999_999_999)]
    prev_hash: Hex64


class Request(Struct, gc=False):
    """The terminal's request that an event answers."""

    terminal: Annotated[str, Meta(max_length=20)]
    journal: Plain  # 8 hex digits
    lane: Annotated[int, Meta(ge=0, le=15)]
    sequence: Annotated[int, Meta(ge=1, le=2_147_483_647)]


class Order(Struct, gc=False):
    """A message of head office as it came: its text and Ed25519 signature. What it granted is proved by it."""

    body: Annotated[str, Meta(max_length=32768)]
    sig: Annotated[str, Meta(max_length=128)]


class SaleLine(Struct, gc=False):
    """One line of a basket as it was charged."""

    code: Annotated[str, Meta(max_length=24)]
    qty_milli: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    price_milli: Amount
    amount_cents: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    tax_code: Annotated[str, Meta(max_length=12)] = ""
    tax_bp: Annotated[int, Meta(ge=0, le=10000)] = 0
    earned: dict[str, Amount] = field(default_factory=dict)  # units that this very line gave
    fill: Amount = 0  # the number of the fill that it pays for


class Fuel(Struct, gc=False):
    """What a pump gave, and its totaliser around it."""

    ml: Amount
    amount_cents: Amount
    total_before_ml: Amount | None = None  # None: two people have said it
    total_after_ml: Amount | None = None
    nozzle: Annotated[int, Meta(ge=0, le=16)] = 0
    said_ml: Amount = 0  # of what the pump says now: booked before on the word of two people


class Event(Struct, gc=False):
    """One event line."""

    seq: Annotated[int, Meta(ge=1, le=9_999_999_999)]
    kind: Annotated[str, Meta(min_length=1, max_length=24)]
    at_s: Seconds
    business_date: Plain
    transfer: Annotated[str, Meta(max_length=96)] | None = None
    entries: list[tuple[str, str, Positive]] = field(default_factory=list)
    request: Request | None = None
    message: Short | None = None
    frame: Annotated[str, Meta(max_length=4096)] | None = None
    account: Plain | None = None
    operator: Annotated[str, Meta(max_length=16)] | None = None
    shift: Amount | None = None
    receipt: Amount | None = None
    reason: Annotated[str, Meta(max_length=64)] | None = None
    detail: str | None = None
    outcome: Short | None = None  # of a void: voided (there was nothing to take back), reversed
    lots: list[OpenedLot] = field(default_factory=list)
    lines: list[SaleLine] = field(default_factory=list)
    tenders: dict[str, Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]] = field(default_factory=dict)
    earned_points: Amount = 0
    pending_points: Amount = 0
    pending_units: list[tuple[Short, Positive, str]] = field(default_factory=list)  # asset, punches, last day
    punches: list[tuple[Short, Positive]] = field(default_factory=list)  # that a testified sale had earned
    coupons: list[Short] = field(default_factory=list)  # that a testified fill has used up
    points_expire: Plain | None = None
    bonus_expires: Plain | None = None
    rules: Amount | None = None  # version of the rules that were applied
    offline: bool = False
    terminal: Short | None = None
    grant: Hex32 | None = None
    recall: Hex32 | None = None
    order: Order | None = None  # the grant that was taken, as it was told
    hq: Hex32 | None = None  # of hq_met: the life of head office that the gateway hears from now on
    accounts: list[Plain] = field(default_factory=list)  # of barred: frozen or closed, as far as the store knows
    cards: list[Annotated[str, Meta(max_length=25)]] = field(default_factory=list)  # and blocked
    card: Annotated[str, Meta(max_length=25)] | None = None
    display: Annotated[str, Meta(max_length=32)] | None = None
    about: Any = None
    sale: Annotated[str, Meta(max_length=96)] | None = None  # the sale that a refund, or a right to one, is of
    share: dict | None = None  # part of a refund right that was used
    right: Any = None  # name of an issuing right, or a refund right
    cents: Amount = 0
    hold: Annotated[str, Meta(max_length=64)] | None = None  # the hold that a delivery is booked on
    fill: Amount | None = None  # number of what an attendant let flow, to be paid later
    owed_cents: Amount = 0  # of a testified delivery: more than the member had
    fuel: Fuel | None = None  # the pump's evidence of a delivery
    second: Annotated[str, Meta(max_length=16)] | None = None  # who agreed to it
    nozzle: Annotated[int, Meta(ge=0, le=16)] | None = None
    ml: Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)] = 0  # of a fuel_gap: how far the totaliser moved unbooked
    why: Short | None = None
    life: Hex32 | None = None  # the earlier incarnation that is testified
    line: Annotated[str, Meta(max_length=65536)] | None = None  # its event line, salvaged


def misshapen(event: Event) -> str:
    """The first member of an event that is not written as it must be, or ''."""
    if event.account and not _is_account(event.account):
        return "account " + event.account
    dates = (event.business_date, event.points_expire, event.bonus_expires)
    for date in (*dates, *(row[2] for row in event.pending_units)):
        if date and not _is_date(date):
            return "date " + date
    for asset in event.coupons:
        if not asset.startswith("coupon:"):
            return "coupon of " + asset
    for asset in (row[0] for row in (*event.pending_units, *event.punches)):
        if not asset.startswith("punch:"):
            return "punches of " + asset
    if event.request is not None and not _is_journal(event.request.journal):
        return "journal " + event.request.journal
    for _, lot, _, _, expires, _ in event.lots:
        if not _is_lot(lot) or (expires and not _is_date(expires)):
            return f"lot {lot} {expires}"
    return ""


def _is(pattern: str):
    matches = re.compile(pattern, re.ASCII).fullmatch
    return lru_cache(maxsize=8192)(lambda text: matches(text) is not None)


_is_account, _is_lot, _is_journal = _is("[0-9a-f]{32}"), _is("[0-9a-f]{16}"), _is("[0-9a-f]{8}")
_is_date = _is(r"\d{4}-\d{2}-\d{2}")
