"""Pure rules of ingest: reading a batch, its hash chain, what its terminals say. What a store may write: allowed.py."""

import json
from hashlib import sha256
from typing import NamedTuple

import msgspec

from hq_server.errors import HqError
from hq_server.ingest.schemas import Event, Header
from protocol import codec, topics
from protocol.errors import Theirs
from protocol.ids import RequestId, is_store, is_terminal, request_text
from protocol.ledger.entries import Entry, from_rows

EVENTS_MAX = 5000  # per batch; a gateway with more sends several
LINE_MAX_BYTES = 65536
# kind of event -> the messages of terminals that it may answer
MONEY_KINDS = {
    "sale": ("pay", "capture"), "top_up": ("top_up",), "void": ("void",),
    "refusal": ("pay", "top_up", "refund", "hold", "capture", "release"),
    "refund": ("refund",), "testified": ("pay", "top_up"), "adjustment": ("adjust",), "refund_from_loss": ("refund",),
    "issue": ("issue",),
}

_header = msgspec.json.Decoder(Header)
_event = msgspec.json.Decoder(Event)


class Told(NamedTuple):
    """One event of a batch: its bytes as they were hashed, the chain after it, what it says, its entries."""

    raw: bytes
    hash: str
    event: Event
    entries: tuple[Entry, ...]
    key: str = ""  # of a salvaged event without a request: where it stood in its own life

    @property
    def request(self) -> str:
        """The request id as text, or ''."""
        asked = self.event.request
        return request_text(RequestId(asked.terminal, asked.journal, asked.lane, asked.sequence)) if asked else ""

    @property
    def request_key(self) -> str | None:
        """The second unique key: the request id; a void is told apart from what it voids.

        What a hold has put into suspense is found again by its transfer.
        """
        if self.key:
            return self.key
        if self.event.kind == "hold_suspended":
            return self.event.transfer
        if not self.event.request or self.event.kind not in MONEY_KINDS:
            return None
        return self.request + ("/void" if self.event.kind == "void" else "")


class Batch(NamedTuple):
    """A whole batch, read and chained."""

    header: Header
    events: tuple[Told, ...]


def read_batch(body: bytes) -> Batch:
    """Reads a batch and works out its chain. Raises HqError('malformed') naming the line: it is refused whole."""
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) < 2 or len(lines) > EVENTS_MAX + 1:
        raise _malformed(1, f"want a header and 1 to {EVENTS_MAX} events")
    header = _decode(_header, lines[0], 1)
    told, head = [], bytes.fromhex(header.prev_hash)
    for at, raw in enumerate(lines[1:]):
        event = _decode(_event, raw, at + 2)
        if event.seq != header.from_seq + at:
            raise _malformed(at + 2, f"seq {event.seq} where {header.from_seq + at} is due")
        head = sha256(head + raw).digest()
        told.append(Told(raw, head.hex(), event, _entries(event, at + 2)))
    return Batch(header, tuple(told))


def read_event(raw: bytes, hashed: str) -> Told:
    """An event that is kept, once more as it was told."""
    told = _read(raw, hashed)
    return unwrapped(told) if told.event.kind == "salvaged" else told


def unwrapped(outer: Told) -> Told:
    """The event of an earlier life that a salvaged one carries, in its place in the chain. Raises HqError."""
    inner = _read((outer.event.line or "").encode(), "")
    key = "" if inner.request_key else f"{outer.event.life}/{inner.event.seq}"
    event = msgspec.structs.replace(inner.event, seq=outer.event.seq, life=outer.event.life)
    return Told(outer.raw, outer.hash, event, inner.entries, key)


def _read(raw: bytes, hashed: str) -> Told:
    event = _decode(_event, raw, 0)
    return Told(raw, hashed, event, _entries(event, 0))


def credits_from_outside(told: Told) -> list[Entry]:
    """Entries that put value onto a member's line that was not on one before: they open lots, but for a void's."""
    return [one for one in told.entries if one.credit.book == "member" and one.debit.book != "member"]


def witness_of(told: Told, witness_key: bytes | None) -> str:
    """Whether the terminal really asked for this: fits, bad, missing; '' where no request is answered."""
    event = told.event
    if event.request is None or event.kind not in MONEY_KINDS:
        return ""
    if not event.frame or witness_key is None:
        return "missing"
    frame = event.frame.encode()
    for message in MONEY_KINDS[event.kind]:
        topic = topics.up(event.request.terminal, message)
        if codec.check_witness(topic, frame, witness_key):
            return "fits" if _says_the_same(told, frame) else "bad"
    return "bad"


def key_number(frame: str | None) -> int:
    """The number of the keys a frame was sealed with; 0 if it does not say."""
    number = _words((frame or "").encode()).get("k", 0)
    return number if type(number) is int else 0


def _decode(decoder, raw: bytes, line: int):
    if len(raw) > LINE_MAX_BYTES:
        raise _malformed(line, f"longer than {LINE_MAX_BYTES} bytes")
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise _malformed(line, str(wrong)) from None


def _entries(event: Event, line: int) -> tuple[Entry, ...]:
    if event.request and not is_terminal(event.request.terminal):
        raise _malformed(line, "terminal " + event.request.terminal)
    if not event.entries:
        return ()
    if not event.transfer:
        raise _malformed(line, "entries without a transfer")
    try:
        entries = from_rows(event.transfer, event.entries)
    except Theirs as wrong:
        raise _malformed(line, wrong.detail) from None
    too_long = [len(part) > 40 for one in entries for part in (*one.debit, *one.credit)]
    if any(too_long):
        raise _malformed(line, "a line's part is longer than 40")
    return entries


def _malformed(line: int, detail: str) -> HqError:
    return HqError("malformed", f"line {line}: {detail}")


def _says_the_same(told: Told, frame: bytes) -> bool:
    """The terminal's own words name the same request, member and amounts as the event."""
    said, event = _words(frame), told.event
    asked = event.request
    if asked is None or (said.get("j"), said.get("l"), said.get("n")) != (asked.journal, asked.lane, asked.sequence):
        return False
    if event.kind not in ("sale", "top_up") or event.message == "capture":
        return True
    if (said.get("account") or "") != (event.account or ""):
        return False
    if event.kind == "top_up":
        return said.get("amount_cents") == event.tenders.get("principal", 0) == _moved(told, "cash")
    return _fuel_agrees(told, said) if "ml" in said else _amounts_agree(told, said)


def _words(frame: bytes) -> dict:
    try:
        said = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _amounts_agree(told: Told, said: dict) -> bool:
    """What the terminal showed and the customer agreed to is what the lines, tenders and entries say."""
    paid = told.event.tenders
    stored = _moved(told, "member", "revenue") + _moved(told, "offline_credit", "revenue")
    return (
        said.get("total_cents") == sum(line.amount_cents for line in told.event.lines)
        and said.get("stored_cents") == paid.get("principal", 0) + paid.get("bonus", 0) == stored
        and said.get("points") == paid.get("points", 0) == _moved(told, "member", "points_cost")
        and said.get("cash_cents") == paid.get("cash", 0) == _moved(told, "cash", "revenue")
    )


def _fuel_agrees(told: Told, said: dict) -> bool:
    """What the pump gave is what the one line and the entries say."""
    taken = sum(one.amount for one in told.entries if one.credit.book == "revenue")
    pumped = [(said.get("ml"), said.get("price_milli"), said.get("amount_cents"))]
    lines = [(line.qty_milli, line.price_milli, line.amount_cents) for line in told.event.lines]
    return lines == pumped and taken == said.get("amount_cents")


def _moved(told: Told, debit: str, credit: str = "") -> int:
    return sum(
        one.amount for one in told.entries if one.debit.book == debit and (not credit or one.credit.book == credit)
    )


def is_gateway_of(name: str, store: str) -> bool:
    """A batch may name its gateway by store code or client id."""
    return is_store(store) and name in (store, store + "-gateway")
