"""The PN532 driver without a bus: frames in noise, the order of ACK and answer, and 20,000 frames made wrong."""

from binascii import unhexlify

from firmware.drivers import pn532

VERSION = unhexlify("0000ff06fad50332010607e800")  # answer to GetFirmwareVersion, UM0701-02 7.2.2
VERSION_BODY = unhexlify("0332010607")
NO_SENSE = unhexlify("0000ff01ff7f8100")  # 6.2.1.5
FRAMES = 20000
AT_ONCE = 50  # frames in one piece of the stream


def answer(code: int, data: bytes) -> bytes:
    """What the chip sends: a command's frame with the other sign."""
    raw = bytearray(pn532.frame(code + 1, data))
    at = raw.find(b"\xd4")
    raw[at] = pn532.CHIP_TO_HOST
    raw[-2] = raw[-2] - 1 & 255
    return bytes(raw)


def test_frames_normal_and_extended():
    assert pn532.frame(2, b"") == unhexlify("0000ff02fed4022a00")
    assert pn532.frame(0x40, bytes(260))[:8] == unhexlify("0000ffffff0106f9")
    assert answer(2, VERSION_BODY[1:]) == VERSION


def test_extended_answers_of_any_length_are_found():
    for size in (0, 1, 252, 253, 254, 255, 262):
        data = bytes([at & 255 for at in range(size)])
        assert pn532.Parser().feed(b"\xff" + answer(0x40, data)) == [b"\x41" + data], size


def test_frames_are_found_in_noise_and_in_pieces():
    wrong_sum = b"\x00\x00\xff\x06\xfa\xd5\x03\x32\x01\x06\x07\x00\x00"
    data = b"\x55\x00\xff\x03\x03" + pn532.ACK + wrong_sum + VERSION + NO_SENSE
    for step in (1, 2, 5, 100):
        parser = pn532.Parser()
        found = []
        for at in range(0, len(data), step):
            found += parser.feed(data[at : at + step])
        assert found == [b"", bytes((pn532.BROKEN, 3)), VERSION_BODY, pn532.ERROR], step


def test_what_looks_like_the_length_of_a_frame_holds_up_nothing():
    parser = pn532.Parser()
    assert parser.feed(b"\x00\xff\xc0\x40" + VERSION) == [VERSION_BODY]


def test_noise_is_not_kept():
    parser = pn532.Parser()
    assert parser.feed(bytes(5000)) == [] and len(parser._data) < 600


def test_the_order_of_ack_and_answer():
    # what comes, in pieces | what is written | answer | what is wrong
    good, broken, other = VERSION, VERSION[:-3] + b"\x08" + VERSION[-2:], answer(0x4A, b"\x00")
    for pieces, written, data, wrong in (
        ((pn532.ACK, good), b"", VERSION_BODY[1:], ""),
        ((pn532.ACK + good,), b"", VERSION_BODY[1:], ""),
        ((good, pn532.ACK), b"", None, ""),  # an answer from before
        ((pn532.ACK, other, good), b"", VERSION_BODY[1:], ""),
        ((pn532.ACK, NO_SENSE), b"", None, "refused"),
        ((pn532.ACK, NO_SENSE + good), b"", None, "refused"),
        ((NO_SENSE, pn532.ACK), b"", None, ""),
        ((pn532.ACK, broken, good), pn532.NACK, VERSION_BODY[1:], ""),
        ((broken, pn532.ACK), b"", None, ""),
        ((pn532.ACK,) + (broken,) * 5, pn532.NACK * pn532.NACKS_MAX, None, ""),
        ((pn532.ACK, good, other), b"", VERSION_BODY[1:], ""),
    ):
        host = pn532.Host()
        assert host.begin(2, b"", 0) == pn532.frame(2, b"")
        out = b"".join([host.feed(piece, 1) for piece in pieces])
        assert (out, host.answer, host.wrong) == (written, data, wrong), pieces
        assert host.over(2) == (data is not None or bool(wrong))


def test_nothing_is_waited_for_longer_than_its_time():
    host = pn532.Host()
    host.begin(2, b"", 1000)
    assert not host.over(1000 + pn532.ACK_MS - 1) and host.over(1000 + pn532.ACK_MS) and host.wrong == "no ack"
    host.begin(2, b"", 5000)
    host.feed(pn532.ACK, 5100)
    for now_ms in range(5100, 5100 + pn532.ANSWER_MS, 100):
        host.feed(pn532.ACK + b"\x00\xff\x55babble", now_ms)  # a later ACK gives it no more time
        assert not host.over(now_ms)
    assert host.over(5100 + pn532.ANSWER_MS) and host.wrong == "no answer"


def test_target():
    assert pn532.target(unhexlify("0101034420070411223344556606757781028000"))[1] is True
    for data in (b"", b"\x00", b"\x01", unhexlify("010103442007041122"), unhexlify("01010344200304112233")):
        assert pn532.target(data) is None


class Dice:
    """The same numbers in every interpreter (Lehmer's generator, Park and Miller's factor)."""

    def __init__(self, seed: int):
        self.state = seed

    def below(self, count: int) -> int:
        self.state = self.state * 48271 % 2147483647
        return self.state % count


def mutated(raw: bytes, dice: Dice) -> bytes:
    """One change: a bit, a byte lost, a byte more, the end cut off, a piece of another frame, none at all."""
    kind, at = dice.below(6), dice.below(len(raw))
    if kind == 0:
        return raw[:at] + bytes((raw[at] ^ 1 << dice.below(8),)) + raw[at + 1 :]
    if kind == 1:
        return raw[:at] + raw[at + 1 :]
    if kind == 2:
        return raw[:at] + bytes((dice.below(256),)) + raw[at:]
    if kind == 3:
        return raw[:at]
    return raw[:at] + VERSION[: dice.below(9)] + raw[at:] if kind == 4 else raw


def test_twenty_thousand_frames_made_wrong_end_in_frames_or_in_nothing():
    samples = (
        pn532.ACK, pn532.NACK, VERSION, NO_SENSE, answer(0x40, b"\x00\x91\x00"), answer(0x52, b"\x00"),
        answer(0x4A, unhexlify("010103442007041122334455660675778102800000")), answer(0x40, bytes(262)),
    )  # fmt: skip
    shares = (0, 1, 2, 3, 4, 5, 6, 0, 2, 4, 4, 5, 6, 7)  # the long one now and then
    dice = Dice(532)
    host = pn532.Host()
    heard = 0
    for now_ms in range(FRAMES // AT_ONCE):
        wrote = host.begin(0x40, b"\x01", now_ms)
        assert wrote == b"\x00\x00\xff\x03\xfd\xd4\x40\x01\xeb\x00"
        stream = b"".join([mutated(samples[shares[dice.below(len(shares))]], dice) for _ in range(AT_ONCE)])
        out = host.feed(stream, now_ms)
        assert len(out) <= len(pn532.NACK) and len(host.parser._data) <= 2 * pn532.BODY_MAX
        assert host.over(now_ms) or host.over(now_ms + pn532.ACK_MS + pn532.ANSWER_MS)
        heard += host.answer is not None
        host.parser.clear()  # as after each command that was given up
        assert host.parser.feed(VERSION) == [VERSION_BODY]
    assert heard > FRAMES // AT_ONCE // 2, heard
