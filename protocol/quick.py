"""The same frames as codec.py, sealed and opened faster, for servers: msgspec checks and writes what the table says.

What is refused, why, and every byte that is written are codec.py's: whatever looks unusual here is given to it. The
usual frame is ASCII without backslash or blank, and names as many members as were understood.
"""

from binascii import hexlify
from collections.abc import Callable
from functools import cache
from hmac import compare_digest
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from protocol import codec
from protocol.mac import hmac_sha256
from protocol.messages import FRAME_MAX, MESSAGES, STRUCTS, VERSION, VERSIONS

_FORMS = {
    "account": "[0-9a-f]{32}",
    "card": "[0-9a-f]{4}:([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})",
    "terminal": "[0-9]{4,6}-[a-z][a-z0-9]{0,11}",
    "store": "[0-9]{4,6}",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_encode = msgspec.json.encode


def open_sealed(topic: str, message: str, frame: bytes, key_of: Callable[[int], bytes | None]) -> dict:
    """As codec.open_sealed."""
    if not _fits(topic, frame, key_of):
        codec.check_seal(topic, frame, key_of)
    return decode(message, frame)


def decode(message: str, frame: bytes) -> dict:
    """As codec.decode."""
    if message in MESSAGES and frame.isascii() and b"\\" not in frame and len(frame.split(None, 1)) == 1:
        reader, nested = _reader(message)
        try:
            values = msgspec.to_builtins(reader.decode(frame))
        except (msgspec.MsgspecError, RecursionError):
            return codec.decode(message, frame)
        # Only a known member that comes twice, or an unknown one, makes more names than were understood.
        names = len(values) + 1 + sum([_names(values[name]) for name in nested if name in values])
        if values.pop("v") in VERSIONS and frame.count(b'":') == names:
            return values
    return codec.decode(message, frame)


def seal(topic: str, message: str, values: dict, key_number: int, link_key: bytes) -> bytes:
    """As codec.seal, for messages without a witness."""
    try:
        body = _encode(msgspec.convert(values, _written(message)))
    except (KeyError, msgspec.MsgspecError):
        return codec.seal(topic, message, values, key_number, link_key)
    body = b'{"v":%d,' % VERSION + body[1:-1] + b',"k":%d' % key_number
    if not body.isascii() or b"\\" in body:
        return codec.seal(topic, message, values, key_number, link_key)
    mac = hexlify(hmac_sha256(link_key, topic.encode() + b"\n" + body)[:16])
    frame = body + b',"mac":"' + mac + b'"}'
    return frame if len(frame) <= FRAME_MAX else codec.seal(topic, message, values, key_number, link_key)


def _fits(topic: str, frame: bytes, key_of: Callable[[int], bytes | None]) -> bool:
    """Whether the seal is right, beyond doubt."""
    body, at = frame[: -codec.TRAILER], frame.rfind(b',"k":')
    number = body[at + 5 :] if at > 0 and len(frame) <= FRAME_MAX else b""
    key = key_of(int(number)) if number.isdigit() and len(number) <= 9 else None
    if key is None:
        return False
    mac = hexlify(hmac_sha256(key, topic.encode() + b"\n" + body)[:16])
    return compare_digest(b',"mac":"' + mac + b'"}', frame[-codec.TRAILER :])


@cache
def _reader(message: str) -> tuple[msgspec.json.Decoder, tuple[str, ...]]:
    """What reads a message, and which of its members have members."""
    nested = [field[0] for field in codec.fields_of(message) if field[2] in STRUCTS or field[2] == "list"]
    return msgspec.json.Decoder(_form(message, (("v", int), ("k", int)))), tuple(nested)


@cache
def _written(message: str) -> type:
    fields = codec.fields_of(message)
    if not fields or any(field[0] == "w" for field in fields):
        raise KeyError("not written here: " + message)
    return _form(message)


def _form(name: str, more: tuple = ()) -> type[msgspec.Struct]:
    """A message or struct of the table as msgspec knows it, members in the table's order."""
    fields: list[Any] = [_field(name, *field) for field in codec.fields_of(name)]
    return msgspec.defstruct(name, [*fields, *more], kw_only=True)


def _field(owner: str, name: str, optional: bool, *spec: Any) -> tuple:
    kind = _kind(*spec)
    return (name, kind | UnsetType, UNSET) if optional else (name, kind)


def _kind(kind: str, first: Any, second: Any) -> Any:
    if kind == "int":
        return Annotated[int, Meta(ge=first, le=second)]
    if kind == "bool":
        return bool
    if kind == "list":
        return Annotated[list[_kind(*second)], Meta(max_length=first)]
    if kind in STRUCTS:
        return _form(kind)
    if kind == "text":
        return Annotated[str, Meta(max_length=first)]
    form = "[0-9a-f]{%d}" % first if kind == "hex" else _FORMS[kind]
    return Annotated[str, Meta(pattern=r"^(?:%s)\Z" % form)]


def _names(value: Any) -> int:
    """How many members there are below a value."""
    if type(value) is dict:
        return len(value) + sum([_names(one) for one in value.values()])
    return sum([_names(one) for one in value]) if type(value) is list else 0
