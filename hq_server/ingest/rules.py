"""Pure rules of ingest: reading a batch and its hash chain. What a store may write: allowed.py; seals: witness.py."""

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

import msgspec

from hq_server.errors import HqError
from hq_server.ingest.schemas import Event, Header, misshapen
from protocol import ids
from protocol.errors import Theirs
from protocol.ids import is_store
from protocol.ledger import entries
from protocol.ledger.entries import Entry, Line, from_rows

EVENTS_MAX = 5000  # per batch; a gateway with more sends several
LINE_MAX_BYTES = 65536
PART_MAX = 40  # letters of a part of a ledger line
# kind of event -> the messages of terminals that it may answer
MONEY_KINDS = {
    "sale": ("pay", "capture"), "top_up": ("top_up",), "void": ("void",),
    "refusal": ("pay", "top_up", "refund", "hold", "start", "capture", "release", "void"),
    "refund": ("refund",), "testified": ("pay", "top_up", "capture"), "adjustment": ("adjust",),
    "refund_from_loss": ("refund",),
    "issue": ("issue",), "fill": ("capture",),
}


class Lines(entries.Lines):
    """Those of a batch; no part of one is longer than head office has room for."""

    def __missing__(self, text: str) -> Line:
        line = super().__missing__(text)
        if max(map(len, line)) > PART_MAX:
            raise Theirs("malformed", "a line's part is longer than %d" % PART_MAX)
        return line


_is_terminal = lru_cache(maxsize=4096)(ids.is_terminal)
_header = msgspec.json.Decoder(Header)
_event = msgspec.json.Decoder(Event)


class Told(NamedTuple):
    """One event of a batch: its bytes as they were hashed, the chain after it, what it says, its entries.

    request: the id of the request it answers as text, or ''. request_key: the second unique key, None if it has none.
    """

    raw: bytes
    hash: str
    event: Event
    entries: tuple[Entry, ...]
    request: str
    request_key: str | None
    key: str = ""  # of a salvaged event without a request: where it stood in its own life


class Batch(NamedTuple):
    """A whole batch, read and chained."""

    header: Header
    events: tuple[Told, ...]


def read_batch(body: bytes) -> Batch:
    """Reads a batch and works out its chain. Raises HqError('malformed') naming the line: it is refused whole."""
    _check_text(body)
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) < 2 or len(lines) > EVENTS_MAX + 1:
        raise _malformed(1, f"want a header and 1 to {EVENTS_MAX} events")
    header = _decode(_header, lines[0], 1)
    told, head, names = [], bytes.fromhex(header.prev_hash), Lines()
    for at, raw in enumerate(lines[1:]):
        event = _decode(_event, raw, at + 2)  # line by line: many at once would not hold one event to one line
        if event.seq != header.from_seq + at:
            raise _malformed(at + 2, f"seq {event.seq} where {header.from_seq + at} is due")
        head = sha256(head + raw).digest()
        told.append(_told(raw, head.hex(), event, at + 2, names))
    return Batch(header, tuple(told))


def _check_text(body: bytes) -> None:
    """What databases keep as text: UTF-8, which the JSON decoder asks of known members only, and never a NUL."""
    try:
        if not body.isascii():
            body.decode()
    except UnicodeDecodeError as wrong:
        raise _malformed(body.count(b"\n", 0, wrong.start) + 1, "not UTF-8") from wrong
    if (at := body.find(b"\\u0000")) >= 0:
        raise _malformed(body.count(b"\n", 0, at) + 1, "a NUL in a text")


def read_event(raw: bytes, hashed: str) -> Told:
    """An event that is kept, once more as it was told."""
    told = _read(raw, hashed)
    return unwrapped(told) if told.event.kind == "salvaged" else told


def unwrapped(outer: Told) -> Told:
    """The event of an earlier life that a salvaged one carries, in its place in the chain. Raises HqError."""
    inner = _read((outer.event.line or "").encode(), "")
    key = "" if inner.request_key else f"{outer.event.life}/{inner.event.seq}"
    event = msgspec.structs.replace(inner.event, seq=outer.event.seq, life=outer.event.life)
    return inner._replace(raw=outer.raw, hash=outer.hash, event=event, request_key=key or inner.request_key, key=key)


def _read(raw: bytes, hashed: str) -> Told:
    return _told(raw, hashed, _decode(_event, raw, 0), 0, Lines())


def _told(raw: bytes, hashed: str, event: Event, line: int, names: Lines) -> Told:
    wrong = misshapen(event)
    if wrong:
        raise _malformed(line, wrong)
    request, asked = "", event.request
    if asked is not None:
        if not _is_terminal(asked.terminal):
            raise _malformed(line, "terminal " + asked.terminal)
        request = ids.request_text(ids.RequestId(asked.terminal, asked.journal, asked.lane, asked.sequence))
    return Told(raw, hashed, event, _entries(event, line, names), request, _request_key(event, request))


def _request_key(event: Event, request: str) -> str | None:
    """The request id; a void is told apart from what it voids. What has none and is looked up goes by its transfer."""
    if event.kind in ("hold_suspended", "drive_off") or (event.kind in ("fill", "sale") and not request):
        return event.transfer
    if not request or event.kind not in MONEY_KINDS:
        return None
    return request + "/void" if event.kind == "void" else request


def credits_from_outside(told: Told) -> list[Entry]:
    """Entries that put value onto a member's line that was not on one before: they open lots, but for a void's."""
    return [one for one in told.entries if one.credit.book == "member" and one.debit.book != "member"]


def _decode(decoder, raw: bytes, line: int):
    if len(raw) > LINE_MAX_BYTES:
        raise _malformed(line, f"longer than {LINE_MAX_BYTES} bytes")
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise _malformed(line, str(wrong)) from None


def _entries(event: Event, line: int, names: Lines) -> tuple[Entry, ...]:
    if not event.entries:
        return ()
    if not event.transfer:
        raise _malformed(line, "entries without a transfer")
    try:
        return from_rows(event.transfer, event.entries, lines=names)
    except Theirs as wrong:
        raise _malformed(line, wrong.detail) from None


def _malformed(line: int, detail: str) -> HqError:
    return HqError("malformed", f"line {line}: {detail}")


def is_gateway_of(name: str, store: str) -> bool:
    """A batch may name its gateway by store code or client id."""
    return is_store(store) and name in (store, store + "-gateway")
