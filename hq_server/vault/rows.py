"""The rows that head office's money is made of, as any storage keeps them."""

from typing import NamedTuple

from hq_server.ingest.rules import Told
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Slice
from protocol.ledger.refund_rights import RefundRight


class Gateway(NamedTuple):
    """A store's gateway. status: waiting, enrolled, fenced; incarnation is '' before the first enrolment."""

    store: str
    incarnation: str
    status: str
    heartbeat_at_s: int


class Life(NamedTuple):
    """One incarnation. status: enrolled, fenced, replaced; head: hash chain up to cursor_seq, hex."""

    incarnation: str
    store: str
    status: str
    cursor_seq: int
    head: str
    last_receipt: int
    reason: str = ""


class Place(NamedTuple):
    """Where a request was booked."""

    event: int
    store: str
    incarnation: str
    seq: int


class Written(NamedTuple):
    """An event to be kept. told is None for head office's own; duplicate_of: its request was booked before."""

    store: str
    incarnation: str
    seq: int
    hash: str
    kind: str
    at_s: int
    business_date: str
    transfer: str
    account: str
    entries: tuple[Entry, ...]
    raw: str
    told: Told | None = None
    duplicate_of: str = ""
    witness: str = ""


class Lot(NamedTuple):
    """What is known of a lot of an account."""

    account: str
    lot: str
    asset: str
    origin: str
    kind: str
    expires: str
    opened_s: int
    transfer: str


class Grant(NamedTuple):
    """Value let go towards a store. status: open, taken, returned, suspended; n: its number in the outbox."""

    grant: str
    store: str
    incarnation: str
    account: str
    slices: tuple[Slice, ...]
    n: int
    request: str
    created_at_s: int
    status: str = "open"


class Recall(NamedTuple):
    """What a store was asked for. status: open, answered."""

    recall: str
    store: str
    incarnation: str
    account: str
    asset: str
    up_to: int
    request: str
    created_at_s: int
    status: str = "open"
    returned: int = 0


class Request(NamedTuple):
    """A store's request for float. want: JSON with sorted names; status: open, done."""

    request: str
    store: str
    incarnation: str
    account: str
    want: str
    reason: str
    created_at_s: int
    status: str = "done"


class RightGrant(NamedTuple):
    """An issuing right let go towards a store. status: open, taken, returned, suspended."""

    grant: str
    store: str
    incarnation: str
    right: str
    amount: int
    created_at_s: int
    status: str = "open"


class Member(NamedTuple):
    """What placing and granting know of a member. status: active, frozen, merged, closing, closed."""

    account: str
    status: str
    home: str
    usual_cents: int
    sales: int


class Shopped(NamedTuple):
    """What some purchases of a member at one store change: visits to be added, figures as they are then."""

    visits: int
    usual_cents: int
    sales: int


class RightPart(NamedTuple):
    """A part of a sale's refund right, and the holder that has it: a store with its incarnation, or head office."""

    sale: str
    holder: str
    incarnation: str
    right: RefundRight


class RightMove(NamedTuple):
    """A refund right asked for, on its way, or used without it. kind: recall, grant, loss (paid from loss: `cents`).

    status: open; then answered (recall), taken, returned, suspended (grant), settled (loss). right: what is on its way.
    """

    number: str
    kind: str
    sale: str
    store: str
    incarnation: str
    account: str
    created_at_s: int
    request: str = ""
    right: RefundRight | None = None
    n: int = 0
    cents: int = 0
    tender: str = ""  # of what was paid from loss: cash or principal
    status: str = "open"


class Visits(NamedTuple):
    """How often a member was at a store, and when last (epoch seconds)."""

    store: str
    count: int
    last_at_s: int


class Message(NamedTuple):
    """One message as the wire has it."""

    n: int
    body: str
    signature: str


class Office(NamedTuple):
    """Head office's own life: a new one begins whenever it is restored from a backup. was: the life of that backup."""

    life: str
    was: str = ""
    began_at_s: int = 0
    backup: str = ""  # the one it was restored from; '' for the first life


class Awaited(NamedTuple):
    """A store that a restored head office has to hear. status: awaited, set_aside, reported.

    mark_n: the last message to it that the backup knew; told_n: the number under which it was told of the new life, 0
    before. cap, used: once set aside, how much may leave the pool before it has reported, and how much has.
    """

    store: str
    incarnation: str
    status: str
    mark_n: int = 0
    told_n: int = 0
    cap: int = 0
    used: int = 0
    operator: str = ""
    second: str = ""
