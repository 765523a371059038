"""The golden vectors of protocol/vectors.txt: made and opened byte for byte, refused with the reason given there."""

import json
from binascii import unhexlify

from protocol import codec, ids, topics
from protocol.errors import Theirs
from protocol.messages import DOWN, MESSAGES, MONEY, UP

HERE = __file__.rsplit("/", 1)[0]
VECTORS = HERE + "/../../protocol/vectors.txt"


def read_blocks() -> list:
    """Blocks of (word, value) lines."""
    blocks = [[]]
    with open(VECTORS, "rb") as file:
        for raw in file.read().decode().split("\n"):
            if not raw:
                blocks.append([])
            elif raw[0] != "#":
                word, _, value = raw.partition(" ")
                blocks[-1].append((word, value))
    return [block for block in blocks if block]


BLOCKS = read_blocks()
LINK_KEYS = {int(value[0]): unhexlify(value[2:]) for word, value in BLOCKS[0] if word == "link_key"}
WITNESS_KEY = unhexlify([value for word, value in BLOCKS[0] if word == "witness_key"][0])


def blocks_of(word: str) -> list:
    """(first value, its other lines as a dict) of the blocks that start with this word."""
    return [(block[0][1], dict(block[1:])) for block in BLOCKS if block[0][0] == word]


def values_of(frame: bytes) -> dict:
    """The members between version and seals; MicroPython loses their order here, which the encoder must not mind."""
    members = json.loads(frame.decode())
    return {name: members[name] for name in members if name not in ("v", "w", "k", "mac")}


def test_every_message_has_a_vector():
    assert {told.partition(" ")[0] for told, _ in blocks_of("good")} == set(MESSAGES)


def test_good_frames_are_made_byte_for_byte():
    for told, lines in blocks_of("good"):
        message, frame = told.partition(" ")[0], lines["frame"].encode()
        witness_key = WITNESS_KEY if message in MONEY else b""
        number = int(frame[: -codec.TRAILER].rsplit(b":", 1)[1])
        made = codec.seal(lines["topic"], message, values_of(frame), number, LINK_KEYS[number], witness_key)
        assert made == frame, told


def test_good_frames_are_opened():
    for told, lines in blocks_of("good"):
        message, frame = told.partition(" ")[0], lines["frame"].encode()
        opened = codec.open_sealed(lines["topic"], message, frame, LINK_KEYS.get)
        wanted = values_of(frame)
        assert {name: opened[name] for name in wanted} == wanted, told
        assert set(opened) - set(wanted) == ({"k", "w"} if message in MONEY else {"k"}), told
        assert codec.check_witness(lines["topic"], frame, WITNESS_KEY) == (message in MONEY), told


def test_good_frames_stand_on_the_topic_of_their_sender():
    for told, lines in blocks_of("good"):
        client, direction, message = topics.parse(lines["topic"])
        assert ids.is_terminal(client) and message == told.partition(" ")[0]
        assert MESSAGES[message][0] == (UP if direction == topics.UP else DOWN)


def test_bad_frames_are_refused_with_their_reason():
    for told, lines in blocks_of("bad"):
        reason, _, what = told.partition(" ")
        frame = lines["frame"].encode() if "frame" in lines else unhexlify(lines["hex"])
        assert refusal(lines["topic"], lines["message"], frame) == reason, what


def test_any_changed_byte_of_a_frame_is_found():
    lines = [lines for told, lines in blocks_of("good") if told.startswith("void ")][0]
    frame = lines["frame"].encode()
    for at in range(len(frame)):
        changed = frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1 :]
        assert refusal(lines["topic"], "void", changed) in ("bad_mac", "malformed", "unknown_key"), at


def test_any_cut_of_a_frame_is_found():
    lines = [lines for told, lines in blocks_of("good") if told.startswith("void ")][0]
    frame = lines["frame"].encode()
    for size in range(len(frame)):
        assert refusal(lines["topic"], "void", frame[:size]) in ("bad_mac", "malformed"), size


def test_lots():
    found = [value.split(" ") for block in BLOCKS for word, value in block if word == "request"]
    assert len(found) == 3
    for request, _, number, lot in found:
        assert ids.lot_id(request, int(number)) == lot
        assert ids.request_text(ids.parse_request(request)) == request


def refusal(topic: str, message: str, frame: bytes) -> str:
    """The reason for which a frame is refused, or ''."""
    try:
        codec.open_sealed(topic, message, frame, LINK_KEYS.get)
    except Theirs as wrong:
        return wrong.reason
    return ""
