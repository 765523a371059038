"""Whatever bytes a DART line brings: frames are found or not, nothing raises, what was well sent is understood."""

from hypothesis import example, given, settings
from hypothesis import strategies as some

from protocol.dart import transactions as ta
from protocol.dart.line import ACK, BAD, DATA, EOT, NAK, POLL, Decoder, encode
from tests.protocol.dart_line import Line
from tests.protocol.small_pump import SmallBus, SmallPump

QUICK = settings(max_examples=150, deadline=None, database=None, derandomize=True)
ADDRESS = some.integers(0x50, 0x6F)
BODY = some.lists(some.tuples(some.integers(0, 255), some.binary(max_size=20)), max_size=4).map(
    lambda told: b"".join(ta.pack(*one) for one in told)
)
FRAME = some.one_of(
    some.builds(encode, ADDRESS, some.just(DATA), some.integers(0, 15), BODY),
    some.builds(encode, ADDRESS, some.sampled_from((ACK, NAK)), some.integers(0, 15)),
    some.builds(encode, ADDRESS, some.sampled_from((POLL, EOT))),
)
PIECES = some.lists(some.one_of(some.binary(max_size=30), FRAME), max_size=12)


@QUICK
@given(some.lists(FRAME, max_size=6), some.integers(1, 9))
def test_what_is_well_sent_is_understood_in_any_pieces(frames, size):
    stream, decoder, found = b"".join(frames), Decoder(), []
    for at in range(0, len(stream), size):
        found += decoder.feed(stream[at : at + size])
    assert [encode(*frame) for frame in found] == frames and not decoder.bad


@QUICK
@given(PIECES)
@example([b"\x50\x31\x01", encode(0x51, POLL), b"\x03\xfa"])
def test_any_bytes_end_in_frames(pieces):
    decoder = Decoder()
    for address, kind, block, body in decoder.feed(b"".join(pieces)):
        assert 0x50 <= address <= 0x6F and 0 <= block <= 15 and (body == b"" or kind == DATA)
        assert kind != BAD or decoder.bad
        assert kind != DATA or Decoder().feed(encode(address, kind, block, body)) == [(address, kind, block, body)]


@QUICK
@given(PIECES)
def test_a_pump_survives_any_controller(pieces):
    pump = SmallPump(0x50, 2)
    bus = SmallBus([pump])
    pump.lift(1)
    for piece in pieces:
        for address, *_ in Decoder().feed(bus.received(piece)):
            assert address == 0x50
    assert pump.authorisations <= sum(ta.command(ta.AUTHORISE) in piece for piece in pieces)


@QUICK
@given(PIECES, some.integers(0, 5))
def test_a_controller_survives_any_pump(pieces, rests):
    line = Line(SmallPump(0x50))
    for piece in pieces:
        line.control.due(line.now_ms)
        line.control.received(piece, line.now_ms)
        line.rest(rests * 40)
    line.rest(500)
    line.known()


@QUICK
@given(some.integers(0, 10**8 - 1))
def test_numbers_come_back(value):
    assert ta.number(ta.bcd(value, 4)) == value
