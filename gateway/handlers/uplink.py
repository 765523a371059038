"""What the uplink passes on: head office's messages, how far events are booked, whether the line is up.

hq           {"n", "body", "sig"}     one message of head office, in order, signed by its Ed25519 key
booked       {"upto"}                 head office has booked all events up to this one
line         {"up"}                   head office answers, or does not
want_answer  {"request"}              head office has answered this wish; what it granted came before this
"""

import json
import sqlite3
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.handlers import hq
from gateway.shop import Shop
from gateway.store import meta, outbox, terminals
from protocol.errors import ProtocolError, Theirs

PAYLOAD_MAX = 65536


@dataclass
class Heard:
    """Whom it concerns: accounts whose float changed, wishes that were answered, whether terminals changed."""

    accounts: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    terminals: bool = False


def hear(shop: Shop, message: str, payload: bytes) -> Heard:
    """Takes one message of the uplink. Raises Theirs."""
    if message not in MESSAGES:
        raise Theirs("unknown_message", message)
    return MESSAGES[message](shop, _object(payload))


def from_hq(shop: Shop, told: dict) -> Heard:
    """The next message of head office; repeats are ignored, a gap waits until the missing one has come."""
    number, cursor = told["n"], meta.get_int(shop.db, "hq_cursor")
    if number <= cursor:
        return Heard()
    if number != cursor + 1:
        raise Theirs("malformed", f"message {number} after {cursor}")
    body = signed(meta.get(shop.db, "hq_key"), told)
    if body.get("n") != number or body.get("gateway") not in (shop.store, shop.store + "-gateway"):
        raise Theirs("malformed", "a message for somebody else")
    meta.put_int(shop.db, "hq_cursor", number)
    _obey(shop, body)
    return Heard({str(body.get("account") or "")} - {""}, set(), body["kind"] in ("terminal", "revocation"))


def booked(shop: Shop, told: dict) -> Heard:
    """Head office has booked this far: per lane that is the last request whose testimony a terminal may drop."""
    before, upto = meta.get_int(shop.db, "booked_seq"), min(int(told["upto"]), shop.head().seq)
    if upto > before:
        for terminal, journal, lane, sequence in outbox.last_per_lane(shop.db, before, upto):
            terminals.note_booked(shop.db, terminal, journal, lane, sequence, upto)
        meta.put_int(shop.db, "booked_seq", upto)
    return Heard()


def line(shop: Shop, told: dict) -> Heard:
    """Head office answers or does not; a refusal to book (fenced, chain broken) ends this gateway's approvals."""
    shop.line.told(bool(told["up"]), shop.clock.now_ms())
    if told.get("fenced") and not shop.fenced():
        meta.put(shop.db, "fenced", "head office: " + str(told["fenced"]))
    return Heard()


def want_answer(shop: Shop, told: dict) -> Heard:
    """A wish was answered: what waits for it is decided now with what is here."""
    return Heard(set(), {str(told["request"])})


MESSAGES = {"hq": from_hq, "booked": booked, "line": line, "want_answer": want_answer}


def signed(public_key: str, told: dict) -> dict:
    """The body of a message if head office's key signed it. Raises Theirs('bad_mac')."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(told["sig"]), told["body"].encode())
    except (InvalidSignature, ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise Theirs("bad_mac", "not signed by head office") from wrong
    return _object(told["body"].encode())


def _obey(shop: Shop, body: dict) -> None:
    """One message, in its own savepoint: one that cannot be followed is told to head office and stops no other.

    What a grant carried then stays in transit in the books, for people to see and to cancel.
    """
    shop.db.execute("SAVEPOINT hq")
    try:
        hq.KINDS.get(body["kind"], hq.unknown)(shop, body)
    except (KeyError, TypeError, ValueError, ProtocolError, sqlite3.IntegrityError, hq.Conflict) as wrong:
        shop.db.execute("ROLLBACK TO hq")
        shop.forget_rules()
        shop.write_event("alarm", reason="hq_message", n=body["n"], about=str(body["kind"]), detail=repr(wrong)[:200])
    shop.db.execute("RELEASE hq")


def _object(payload: bytes) -> dict:
    if len(payload) > PAYLOAD_MAX:
        raise Theirs("oversized", f"{len(payload)} bytes")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as wrong:
        raise Theirs("malformed", "not JSON") from wrong
    if not isinstance(value, dict):
        raise Theirs("malformed", "not an object")
    return value
