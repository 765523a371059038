"""Whatever bytes come: frames, MQTT packets and datagrams end in values or in Theirs, in bounded time and memory."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from protocol import codec, datagram, mqtt, mqtt_broker, mqtt_packets, topics
from protocol.errors import Theirs
from protocol.mac import hmac_sha256
from tests.mutator import FUZZ_S, SEED, survives, tries

VECTORS = Path(codec.__file__).with_name("vectors.txt")
LINK_KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
LIMIT = 5000
QUICK = settings(max_examples=int(200 * max(1, FUZZ_S)), deadline=None, database=None, derandomize=True)


def frames() -> list[tuple[str, bytes]]:
    """(topic, frame) of every good frame that the golden vectors have."""
    lines = [line.partition(" ") for line in VECTORS.read_text().splitlines()]
    pairs = zip(lines, lines[1:], strict=False)
    return [(topic[2], frame[2].encode()) for topic, frame in pairs if (topic[0], frame[0]) == ("topic", "frame")]


FRAMES = frames()


def test_a_frame_opens_or_is_theirs():
    """First as it came, then with a seal that fits, so that what is behind the seal is reached."""
    assert len(FRAMES) > 50
    for raw in tries([topic.encode() + b"\n" + frame for topic, frame in FRAMES], "frames"):
        survives(partial(received, as_it_came), raw, Theirs)
        survives(partial(received, resealed), raw, Theirs)


def received(sealed: Callable[[str, bytes], bytes], raw: bytes) -> None:
    """A topic and a frame, as a receiver takes them."""
    said, _, frame = raw.partition(b"\n")
    topic = said.decode("utf-8", "replace")
    opened(topic, topics.parse(topic)[2], sealed(topic, frame))


def opened(topic: str, message: str, frame: bytes) -> None:
    """What opens can be written again, and is the same then."""
    values = codec.open_sealed(topic, message, frame, {1: LINK_KEY}.get)
    again = codec.seal(topic, message, values, 1, LINK_KEY, LINK_KEY if "w" in values else b"")
    values.pop("w", None)
    found = codec.open_sealed(topic, message, again, {1: LINK_KEY}.get)
    found.pop("w", None)
    assert found == {**values, "k": 1}


def as_it_came(_: str, frame: bytes) -> bytes:
    return frame


def resealed(topic: str, raw: bytes) -> bytes:
    """These bytes before the trailer, with the seal that belongs to them."""
    body = raw[: -codec.TRAILER]
    return body + b',"mac":"' + hmac_sha256(LINK_KEY, topic.encode() + b"\n" + body)[:16].hex().encode() + b'"}'


@QUICK
@given(some.binary(max_size=300))
def test_any_bytes_are_no_frame(raw):
    survives(lambda held: codec.open_sealed(FRAMES[0][0], "hello", held, {1: LINK_KEY}.get), raw, Theirs)


@QUICK
@given(some.text(max_size=80))
def test_any_text_is_a_topic_or_theirs(text):
    survives(lambda _: topics.parse(text), text.encode("utf-8", "surrogatepass"), Theirs)


def packets() -> list[bytes]:
    """A stream of each kind."""
    return [
        mqtt.connect("0001-pos1", 30, will=("tapwell/0001-pos1/up/lost", b"x", 1, False)),
        mqtt.subscribe(1, "tapwell/0001-pos1/down/#"),
        mqtt.publish("tapwell/0001-pos1/up/hello", FRAMES[0][1], 1, 7),
        mqtt.publish("t", b"y" * (LIMIT + 10), 1, 8),
        mqtt.puback(7) + mqtt.pingreq() + mqtt.disconnect(),
        b"\x20\x02\x00\x00\x90\x03\x00\x01\x01\xd0\x00\xb0\x02\x00\x05",
    ]


def fed(readers: dict | None, raw: bytes, dice: random.Random) -> None:
    """In pieces of any size; what waits inside never grows above one packet."""
    decoder = mqtt_packets.Decoder(LIMIT, readers)
    while raw:
        size = dice.choice((1, 2, 7, 100, len(raw)))
        decoder.feed(raw[:size])
        raw = raw[size:]
        assert len(decoder._rest) <= LIMIT + 5


def test_a_stream_of_packets_decodes_or_is_theirs():
    samples = packets()
    dice = random.Random(SEED)
    for raw in tries([*samples, b"".join(samples)], "packets"):
        for readers in (None, mqtt_broker.READERS):
            survives(lambda held, r=readers: fed(r, held, dice), raw, Theirs)


@QUICK
@given(some.lists(some.binary(max_size=40), max_size=8))
def test_packets_are_the_same_however_they_are_cut(pieces):
    """Up to where the stream is at fault."""

    def all_of(parts: list[bytes]) -> tuple[list, bool]:
        decoder, found = mqtt_packets.Decoder(64), []
        try:
            for part in parts:
                found += decoder.feed(part)
        except Theirs:
            return found, True
        return found, False

    whole = b"".join(pieces)
    single = all_of([whole[at : at + 1] for at in range(len(whole))])
    assert all_of(pieces)[1] == single[1]
    if not single[1]:
        assert all_of(pieces)[0] == single[0] == all_of([whole])[0]


def test_a_datagram_unpacks_or_is_theirs():
    for raw in tries([datagram.pack(*pair) for pair in FRAMES[:5]], "datagrams"):
        survives(datagram.unpack, raw, Theirs)


def test_half_a_surrogate_pair_is_no_text():
    """Found by the tries above: JSON may spell it, UTF-8 may not."""
    topic, frame = next(pair for pair in FRAMES if pair[0].endswith("/set_line"))
    harmed = resealed(topic, frame.replace(b'"code":"', b'"code":"\\ud800', 1))
    try:
        codec.open_sealed(topic, "set_line", harmed, {1: LINK_KEY}.get)
    except Theirs as wrong:
        assert wrong.reason == "malformed"
    else:
        raise AssertionError("it was taken")
