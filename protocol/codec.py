"""encode(message) / decode(bytes): sealed JSON. The seal is byte-exact, so it survives journals and relays.

A frame is one compact JSON object. Its last members are "k" (key number) and "mac": the first 16 bytes of HMAC-SHA256
with the link key over topic, newline and all bytes before the fixed 42-byte trailer `,"mac":"<32 hex>"}`.
A money request carries "w" right before "k": 8 bytes of HMAC-SHA256 with the witness key over topic, newline and
all bytes before `,"w":"`. Members are written in the order of the table in messages.py: equal messages, equal bytes.
"""

import json
import sys
from binascii import hexlify

from protocol import ids
from protocol.errors import Ours, Theirs
from protocol.mac import hmac_sha256, same
from protocol.messages import FRAME_MAX, MESSAGES, STRUCTS, VERSION, VERSIONS

TRAILER = 42
BRACKETS_MAX = 256  # a board's JSON parser takes memory per level; the largest legal frame opens a few dozen
_MAC_START = b',"mac":"'
_W_START = b',"w":"'
_parsed = {}
_kept = []


def seal(topic: str, message: str, values: dict, key_number: int, link_key: bytes, witness_key: bytes = b"") -> bytes:
    """The frame of a message for this topic. Raises Ours if a value breaks the table or the frame is too long."""
    try:
        body = _encode(message, values, bool(witness_key))
    except Theirs as wrong:
        raise Ours(wrong.reason, message + " " + wrong.detail)
    head = topic.encode() + b"\n"
    if witness_key:
        body += _W_START + hexlify(hmac_sha256(witness_key, head + body)[:8]) + b'"'
    body += b',"k":%d' % key_number
    frame = body + _MAC_START + hexlify(hmac_sha256(link_key, head + body)[:16]) + b'"}'
    if len(frame) > FRAME_MAX:
        raise Ours("oversized", "%s has %d bytes" % (message, len(frame)))
    return frame


def open_sealed(topic: str, message: str, frame: bytes, key_of) -> dict:
    """The values of a sealed frame: seal, version and every field checked against the table.

    key_of(number) gives the link key or None. Unknown members are dropped.
    Raises Theirs with oversized, malformed, unknown_key, bad_mac, unknown_version or unknown_message.
    """
    check_seal(topic, frame, key_of)
    return decode(message, frame)


def check_seal(topic: str, frame: bytes, key_of) -> int:
    """Key number of a frame whose seal fits. Raises Theirs."""
    if len(frame) > FRAME_MAX:
        raise Theirs("oversized", "%d bytes" % len(frame))
    body = frame[:-TRAILER]
    trailer = frame[-TRAILER:]
    if len(frame) <= TRAILER or trailer[:8] != _MAC_START or trailer[40:] != b'"}':
        raise Theirs("malformed", "no seal")
    number = _key_number(body)
    key = key_of(number)
    if key is None:
        raise Theirs("unknown_key", str(number))
    wanted = hexlify(hmac_sha256(key, topic.encode() + b"\n" + body)[:16])
    if not same(wanted, trailer[8:40]):
        raise Theirs("bad_mac", topic)
    return number


def check_witness(topic: str, frame: bytes, witness_key: bytes) -> bool:
    """Whether the terminal that holds this witness key really sent this money request."""
    at = frame.rfind(_W_START)
    if at < 0 or frame[at + 22 : at + 23] != b'"':
        return False
    wanted = hexlify(hmac_sha256(witness_key, topic.encode() + b"\n" + frame[:at])[:8])
    return same(wanted, frame[at + 6 : at + 22])


def decode(message: str, frame: bytes) -> dict:
    """The values of a frame whose seal has been checked elsewhere (a journal, an event at head office)."""
    members = _load(frame)
    version = members.get("v")
    if type(version) is not int or version not in VERSIONS:  # True and 1.0 are equal to 1 and still no version
        raise Theirs("unknown_version", str(version)[:16])
    if message not in MESSAGES:
        raise Theirs("unknown_message", message)
    values = _check(fields_of(message), members, "")
    values["k"] = members.get("k")
    return values


def read(message: str, frame: bytes) -> dict:
    """The values of a frame out of one's own journal; none at all if the table does not know it so any more."""
    try:
        return decode(message, frame)
    except Theirs:
        return {}


def fields_of(name: str):
    """The fields of a message or struct as (name, optional, type, first, second) from the table, in its order."""
    if name in _parsed:
        return _parsed[name]
    lines = MESSAGES[name][2] if name in MESSAGES else STRUCTS[name]
    if isinstance(lines, str):  # a flashed image has a message's fields in one text (tools/lean.py)
        if name not in _kept:
            return _fields(lines)  # one after the other: all of a long message at once are 3 KB
        lines = lines.split(";")
    _parsed[name] = tuple([parse_field(line) for line in lines])
    return _parsed[name]


def _fields(text: str):
    at = 0
    while at < len(text):
        end = text.find(";", at)
        if end < 0:
            end = len(text)
        yield parse_field(text[at:end])
        at = end + 1


def keep(names: tuple) -> None:
    """Messages whose fields an image keeps once it has read them: 1 to 2 KB each, half a millisecond saved."""
    _kept.extend(names)


def forget() -> None:
    """The heap is full: what was kept is read again each time it is wanted, from now on."""
    _kept.clear()
    _parsed.clear()


def parse_field(line: str) -> tuple:
    """(name, optional, type, first, second) of one table line; int: range; list: length and the type of its items."""
    sentence = line.find(" | ")
    words = (line if sentence < 0 else line[:sentence]).split(" ")
    name = words[0]
    optional = name[-1] == "?"
    if optional:
        name = name[:-1]
    if words[1] == "int":  # most are: straight on, since a board parses a message's fields at each tap
        low, high = words[2].split("..")
        return name, optional, "int", int(low), int(high)
    return (name, optional) + _type(words[1:])


def _type(words: list) -> tuple:
    if words[0] == "int":
        low, high = words[1].split("..")
        return "int", int(low), int(high)
    if words[0] == "list":
        return "list", int(words[1]), _type(words[3:])
    return words[0], int(words[1]) if len(words) > 1 else 0, None


def _load(frame: bytes) -> dict:
    if frame.count(b"[") + frame.count(b"{") > BRACKETS_MAX:
        raise Theirs("malformed", "nested too deep")
    try:
        members = _loads(frame)
    except (ValueError, UnicodeError, RuntimeError):  # MicroPython: RuntimeError when nested too deep
        raise Theirs("malformed", "not JSON")
    if not isinstance(members, dict):
        raise Theirs("malformed", "not an object")
    return members


def _count(value) -> int:
    if isinstance(value, dict):
        return len(value) + sum([_count(item) for item in value.values()])
    if isinstance(value, list):
        return sum([_count(item) for item in value])
    return 0


if sys.implementation.name == "micropython":

    def _dumps(value) -> str:
        return json.dumps(value)

    def _loads(frame: bytes) -> dict:
        # MicroPython keeps the last of two equal names without a word: count the names instead.
        members = json.loads(frame)
        if frame.count(b'":') - frame.count(b'\\":') != _count(members):
            raise Theirs("malformed", "duplicate member")
        return members

else:

    def _pairs(pairs: list) -> dict:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise Theirs("malformed", "duplicate member")
        return members

    def _no_constant(text: str):
        raise Theirs("malformed", text)

    def _dumps(value) -> str:
        return json.dumps(value, ensure_ascii=False)  # pyright: ignore  (CPython)

    def _loads(frame: bytes) -> dict:
        try:
            text = frame.decode()
            members = json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant)  # pyright: ignore  (CPython)
            if "\\u" in text:
                _dumps(members).encode()  # half a surrogate pair is JSON, but no text
            return members
        except RecursionError:
            raise Theirs("malformed", "nested too deep")


def _key_number(body: bytes) -> int:
    at = body.rfind(b',"k":')
    digits = body[at + 5 :]
    if at < 0 or not digits.isdigit() or len(digits) > 9:
        raise Theirs("malformed", "no key number")
    return int(digits)


def _encode(message: str, values: dict, witnessed: bool) -> bytes:
    parts = ['{"v":%d' % VERSION]
    for field in fields_of(message):
        if field[0] == "w":
            if not witnessed:
                raise Ours("malformed", message + " wants the witness key")
            continue
        if field[0] in values and values[field[0]] is not None:
            parts.append('"%s":%s' % (field[0], _text(field, values[field[0]])))
        elif not field[1]:
            raise Ours("malformed", "%s lacks %s" % (message, field[0]))
    return ",".join(parts).encode()


def _text(field: tuple, value) -> str:
    kind = field[2]
    if kind == "int":
        return _whole(field, value)
    _value(field[0], field[2:], value)
    if kind in STRUCTS:
        inner = [f for f in fields_of(kind) if f[0] in value]
        return "{" + ",".join(['"%s":%s' % (f[0], _text(f, value[f[0]])) for f in inner]) + "}"
    if kind == "list":
        return "[" + ",".join([_text((field[0], False) + field[4], item) for item in value]) + "]"
    return _dumps(value)


def _whole(field: tuple, number) -> str:
    if type(number) is not int or not field[3] <= number <= field[4]:
        raise Theirs("malformed", field[0])
    return "%d" % number


def _check(fields, members: dict, where: str) -> dict:
    values = {}
    for field in fields:
        name = field[0]
        if name in members:
            value = members[name]
            if field[2] != "int":
                value = _value(where + name, field[2:], value)
            elif type(value) is not int or not field[3] <= value <= field[4]:  # most are: without a call for each
                raise Theirs("malformed", where + name)
            values[name] = value
        elif not field[1]:
            raise Theirs("malformed", "lacks " + where + name)
    return values


def _value(where: str, spec: tuple, value):
    kind, first, second = spec
    if kind == "int":
        good = type(value) is int and first <= value <= second
    elif kind == "bool":
        good = type(value) is bool
    elif kind == "list":
        good = isinstance(value, (list, tuple)) and len(value) <= first
        if good:
            return [_value(where, second, item) for item in value]
    elif kind in STRUCTS:
        good = isinstance(value, dict)
        if good:
            return _check(fields_of(kind), value, where + ".")
    else:
        good = isinstance(value, str) and _good_text(kind, first, value)
    if not good:
        raise Theirs("malformed", where)
    return value


def _good_text(kind: str, length: int, value: str) -> bool:
    if kind == "text":
        return len(value.encode()) <= length and "\x00" not in value
    if kind == "hex":
        return ids.is_hex(value, length)
    if kind == "date":
        return len(value) == 10 and value[4] + value[7] == "--" and ids.is_digits(value[:4] + value[5:7] + value[8:])
    return _IDS[kind](value)


_IDS = {"account": ids.is_account, "card": ids.is_card, "terminal": ids.is_terminal, "store": ids.is_store}
