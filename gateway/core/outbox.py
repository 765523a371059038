"""The event line head office gets, and the hash chain over it. Pure."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from protocol.ledger.entries import Entry, to_rows


def genesis(incarnation: str) -> bytes:
    """h(0): the hash before the first event of a gateway's life."""
    return sha256(b"tapwell" + incarnation.encode()).digest()


def link(before: bytes, line: bytes) -> bytes:
    """h(n) = sha256(h(n-1) + line)."""
    return sha256(before + line).digest()


def event_line(seq: int, event: dict, entries: Iterable[Entry] = ()) -> bytes:
    """One line of compact JSON without its newline: seq first, entries last; the bytes that are hashed and sent."""
    whole = {"seq": seq, **event, "entries": to_rows(entries)}
    return msgspec.json.encode(whole)
