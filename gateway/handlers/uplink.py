"""What the uplink passes on: head office's messages, how far events are booked, whether the line is up.

hq           {"n", "body", "sig"}     one message of head office, in order, signed by its Ed25519 key
booked       {"upto", "life", "again"?}   head office has booked all events of this life up to this one; again: no more
line         {"up", "at_s"?}          head office answers (its clock), or does not; or {"fenced", "life"}: for good
want_answer  {"request"}              head office has answered this wish; what it granted came before this
safe         {"upto", "life"?, "unbacked"?}   its verified backups hold the events up to this one; it makes none
operator     {"set_aside"}, {"raise_budget"} or {"close_hold"}   people at this machine, by `tapwell gateway`
"""

import json
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.core import fuelling, inbox, witness
from gateway.core.inbox import Heard
from gateway.handlers import hq
from gateway.shop import Shop
from protocol.errors import Theirs

PAYLOAD_MAX = 65536


def hear(shop: Shop, message: str, payload: bytes) -> Heard:
    """Takes one message of the uplink. Raises Theirs."""
    if message not in MESSAGES:
        raise Theirs("unknown_message", message)
    return MESSAGES[message](shop, _shaped(message, _object(payload)))


def from_hq(shop: Shop, told: dict) -> Heard:
    """The next message of head office; the signature is looked at when it is its turn."""
    return inbox.from_hq(shop, told["n"], lambda: signed(shop.books.value("hq_key"), told), hq.KINDS)


MESSAGES: dict[str, Callable[[Shop, dict], Heard]] = {
    "hq": from_hq,
    "booked": lambda shop, told: inbox.booked(
        shop, int(told["upto"]), str(told.get("life") or ""), bool(told.get("again"))
    ),
    "line": lambda shop, told: inbox.line(
        shop, bool(told["up"]), str(told.get("fenced") or ""), int(told.get("at_s") or 0), str(told.get("life") or "")
    ),
    "safe": lambda shop, told: inbox.safe(
        shop, int(told["upto"]), str(told.get("life") or ""), bool(told.get("unbacked"))
    ),
    "operator": lambda shop, told: operator(shop, told),
    "want_answer": lambda shop, told: inbox.want_answer(str(told["request"])),
}


# What a message must have, and of which type; what it may have beside is looked at in the same way.
MUST: dict[str, dict[str, type]] = {
    "hq": {"n": int, "body": str, "sig": str},
    "booked": {"upto": int},
    "line": {"up": bool},
    "safe": {"upto": int},
    "operator": {},
    "want_answer": {"request": str},
}
MAY: dict[str, type] = {"at_s": int, "ml": int, "cents": int, "life": str, "fenced": str}
MAY |= {"again": bool, "unbacked": bool}
NUMBER_MAX = 2**53  # JSON's whole numbers, and far below the database's


def _shaped(message: str, told: dict) -> dict:
    """The same, if its members have their types and numbers are of this world. Raises Theirs."""
    for name, kind in MUST[message].items():
        if type(told.get(name)) is not kind:
            raise Theirs("malformed", f"{message} {name}")
    for name, kind in MAY.items():
        if told.get(name) is not None and type(told[name]) is not kind:
            raise Theirs("malformed", f"{message} {name}")
    if any(type(value) is int and abs(value) > NUMBER_MAX for value in told.values()):
        raise Theirs("malformed", message + " number")
    return told


def operator(shop: Shop, told: dict) -> Heard:
    """People at this machine: set a silent terminal aside, raise the budget until all have answered, close a hold."""
    if told.get("set_aside"):
        witness.set_aside(shop, str(told["set_aside"]))
    if told.get("raise_budget"):
        witness.raise_budget(shop)
    if told.get("close_hold") and not shop.fenced():
        ml, cents = (int(told.get(name) or 0) for name in ("ml", "cents"))
        operator, second = (str(told.get(name) or "") for name in ("operator", "second"))
        fuelling.close_by_people(shop, str(told["close_hold"]), ml, cents, operator, second)
    return Heard()


def signed(public_key: str, told: dict) -> dict:
    """The body of a message if head office's key signed it. Raises Theirs('bad_mac')."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(told["sig"]), told["body"].encode())
    except (InvalidSignature, ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise Theirs("bad_mac", "not signed by head office") from wrong
    return _object(told["body"].encode()) | {"signed": {"body": told["body"], "sig": told["sig"]}}


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
