"""Servers' codec beside the shared one: the same values, the same bytes, the same refusals, message by message."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import codec, quick, topics
from protocol.errors import Ours, ProtocolError, Theirs
from protocol.messages import MESSAGES, STRUCTS
from tests.mutator import FUZZ_S

KEY = bytes(range(32))
TOPIC = topics.down("0001-pos1", "any")
WITNESSED = [name for name in MESSAGES if any(field[0] == "w" for field in codec.fields_of(name))]
DIGITS, UPPER = "0123456789abcdef", "0123456789ABCDEF"


def of_kind(kind: str, first, second) -> st.SearchStrategy:
    """Values of a field's kind: mostly right, some at the edge or beyond it."""
    if kind == "int":
        return st.sampled_from([first, second, (first + second) // 2, first - 1, second + 1, True, 1.0, "1", None])
    if kind == "bool":
        return st.sampled_from([True, False, 1, None])
    if kind == "list":
        return st.lists(of_kind(*second), max_size=min(first + 1, 4))
    if kind in STRUCTS:
        return of_fields(kind)
    return st.sampled_from(TEXTS[kind](first))


TEXTS = {
    "text": lambda most: ["", "a" * most, "a" * (most + 1), "茶" * (most // 3), "茶" * (most // 2), 'q"\\ \n', "\0"],
    "hex": lambda most: [(DIGITS * 4)[:most], (UPPER * 4)[:most], "0" * (most - 1), "0" * most + "\n"],
    "account": lambda _: ["a1" * 16, "A1" * 16, "a1" * 15],
    "card": lambda _: ["0001:04A1B2C3", "0001:04A1B2C3D4E5F6", "0001:" + "AB" * 10, "0001:04a1b2c3", "04A1B2C3"],
    "terminal": lambda _: ["0001-pos1", "0001-1pos", "0001", "123456-a"],
    "store": lambda _: ["0001", "123456", "12", "00A1"],
    "date": lambda _: ["2026-11-23", "2026-1-23", "2026/11/23", "２026-11-23"],
}


def of_fields(name: str) -> st.SearchStrategy:
    fields = [field for field in codec.fields_of(name) if field[0] != "w"]
    must = {field[0]: of_kind(*field[2:]) for field in fields if not field[1]}
    may = {field[0]: of_kind(*field[2:]) for field in fields if field[1]}
    return st.fixed_dictionaries(must, optional=may)


def outcome(call, *arguments):
    """What a call gives, or its error with the reason."""
    try:
        return call(*arguments)
    except ProtocolError as wrong:
        return type(wrong), wrong.reason


@pytest.mark.parametrize("message", [name for name in MESSAGES if name not in WITNESSED])
@settings(max_examples=int(10 * max(1, FUZZ_S)), deadline=None)
@given(data=st.data())
def test_seals_the_same_bytes(message, data):
    values = data.draw(of_fields(message))
    assert outcome(quick.seal, TOPIC, message, values, 1, KEY) == outcome(codec.seal, TOPIC, message, values, 1, KEY)


@pytest.mark.parametrize("message", MESSAGES)
@settings(max_examples=int(10 * max(1, FUZZ_S)), deadline=None)
@given(data=st.data())
def test_reads_the_same_values(message, data):
    values = data.draw(of_fields(message)) | ({"w": "0" * 16} if message in WITNESSED else {})
    values = {"v": data.draw(st.sampled_from([1, 1, 1, 2, True, 1.0])), **values, "k": 1, "mac": "0" * 32}
    text = json.dumps(values, ensure_ascii=data.draw(st.booleans()), separators=(",", ":"))
    frame = data.draw(st.sampled_from(variants(text))).encode()
    assert outcome(quick.decode, message, frame) == outcome(codec.decode, message, frame)


def variants(text: str) -> list[str]:
    """As it is, and what a broken, newer or hostile terminal might make of it."""
    inner = text[1:-1]
    first = inner.partition(",")[0]
    return [
        text, "{%s}" % inner, "{%s,%s}" % (inner, first), '{%s,"x":1}' % inner, '{%s,"x\\\\":1,%s}' % (inner, first),
        '{%s,"x":{"v":1,"v":2}}' % inner, text.replace(":", ": "), text.replace('":', '" :', 1) + "\n", text + "x",
        text[:-1], '{%s,"\\u0076":1}' % inner, "[%s]" % text, text.replace('"', "'"),
    ]  # fmt: skip


def tampered(frame: bytes) -> dict[str, tuple[str, bytes]]:
    """What was done to a sealed frame -> the topic it is heard on, and the frame."""
    other = topics.down("0001-pos2", "any")
    body, last = frame[:-4], frame[-3:-2]
    return {
        "nothing": (TOPIC, frame),
        "another topic": (other, frame),
        "a letter of the seal": (TOPIC, body + (b"0" if frame[-4:-3] != b"0" else b"1") + last + frame[-2:]),
        "a letter of the body": (TOPIC, frame.replace(b'"v":1', b'"v":2', 1)),
        "another key's number": (TOPIC, frame.replace(b',"k":1', b',"k":2')),
        "an unknown key's number": (TOPIC, frame.replace(b',"k":1', b',"k":7')),
        "no number": (TOPIC, frame.replace(b',"k":1', b"")),
        "half of it": (TOPIC, frame[: len(frame) // 2]),
        "a blank behind": (TOPIC, frame + b" "),
        "nothing left": (TOPIC, b""),
    }


def test_opens_what_is_sealed_and_nothing_else():
    values = {"nonce": "5f" * 8}
    keys = {1: KEY, 2: bytes(32)}.get
    frame = codec.seal(TOPIC, "time_ask", values, 1, KEY)
    for done, (topic, bytes_) in tampered(frame).items():
        found = outcome(quick.open_sealed, topic, "time_ask", bytes_, keys)
        assert found == outcome(codec.open_sealed, topic, "time_ask", bytes_, keys), done
        assert isinstance(found, dict) == (done == "nothing"), done


@pytest.mark.parametrize("opener, closer", [("[", "]"), ('{"a":', "}"), ("[", "")])
def test_no_nesting_that_a_frame_has_room_for_is_a_crash(opener, closer):
    deep = 3800 // len(opener + closer)
    frame = ('{"v":1,"nonce":"%s","x":%s1%s,"k":1}' % ("5f" * 8, opener * deep, closer * deep)).encode()
    for decode in (codec.decode, quick.decode):
        assert outcome(decode, "time_ask", frame) == (Theirs, "malformed")


def test_a_message_with_a_witness_is_not_sealed_by_a_server():
    with pytest.raises(Ours):
        quick.seal(TOPIC, "void", {"j": "5f3a09c1", "l": 0, "n": 1, "at_s": 0}, 1, KEY)
