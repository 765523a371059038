"""DART frames and transactions against frames captured on a real bus; the line cut, spoilt, broken off."""

from binascii import unhexlify

from protocol.dart import line, table
from protocol.dart import transactions as ta
from protocol.dart.line import ACK, ACKPOLL, BAD, DATA, EOT, NAK, POLL, Decoder, encode
from protocol.dart.pump import Pump
from protocol.dart.side import Side
from tests.protocol.small_pump import SmallBus, SmallPump

# Captured on a real bus: bytes -> kind, block, transactions. Who spoke was not recorded.
CAPTURED = (
    ("50 20 FA", POLL, 0, ()),
    ("51 20 FA", POLL, 0, ()),
    ("50 70 FA", EOT, 0, ()),
    ("51 CA FA", ACK, 10, ()),
    ("50 C0 FA", ACK, 0, ()),
    ("50 50 FA", NAK, 0, ()),
    ("51 5D FA", NAK, 13, ()),
    ("51 30 65 01 01 22 83 03 FA", DATA, 0, ((101, "01"),)),
    ("51 32 65 01 01 23 3B 03 FA", DATA, 2, ((101, "01"),)),
    ("51 34 05 03 00 11 75 45 42 03 FA", DATA, 4, ((5, "001175"),)),
    ("51 30 01 01 00 A2 9C 03 FA", DATA, 0, ((1, "00"),)),
    ("51 3B 02 08 00 00 00 00 00 00 00 00 21 2D 03 FA", DATA, 11, ((2, "0000000000000000"),)),
    ("51 3C 01 01 05 03 04 00 11 75 01 1A C7 03 FA", DATA, 12, ((1, "05"), (3, "00117501"))),
    (
        "51 3A 02 08 00 00 00 00 00 00 00 00 03 04 00 11 75 01 01 01 05 60 27 03 FA",
        DATA, 10, ((2, "0000000000000000"), (3, "00117501"), (1, "05")),
    ),
    (
        "51 3D 65 10 01 00 00 00 00 02 00 00 00 00 02 00 00 00 00 00 58 F8 03 FA",
        DATA, 13, ((101, "01000000000200000000020000000000"),),
    ),
    (
        "50 3E 02 08 00 00 00 00 00 00 00 00 03 04 00 99 07 07 01 01 05 65 10 01"
        " 13 36 38 49 66 13 36 38 49 66 00 00 00 00 00 39 10 FA 03 FA",
        DATA, 14,
        ((2, "0000000000000000"), (3, "00990707"), (1, "05"), (101, "01133638496613363849660000000000")),
    ),
)  # fmt: skip


def raw(text: str) -> bytes:
    return unhexlify(text.replace(" ", ""))


def body(told) -> bytes:
    return b"".join([ta.pack(number, raw(data)) for number, data in told])


def test_captured_frames_are_understood():
    for text, kind, block, told in CAPTURED:
        frame = raw(text)
        assert Decoder().feed(frame) == [(frame[0], kind, block, body(told))], text
        found = ta.split(body(told)) if told else []
        assert found == [(number, raw(data)) for number, data in told], text


def test_captured_frames_are_what_we_would_send():
    for text, kind, block, told in CAPTURED:
        frame = raw(text)
        assert encode(frame[0], kind, block, body(told)) == frame, text


def fits(size: str, length: int) -> bool:
    """Whether so many bytes may be "4", "n" or "3n"."""
    return size == "n" or (length % 3 == 0 if size == "3n" else length == int(size))


def test_the_table_has_all_that_was_captured_and_all_that_code_names():
    for text, _, _, told in CAPTURED:
        for number, data in told:
            assert [row for row in table.TABLE if row[1] == number and fits(row[2], len(raw(data)))], text
    to_pump = {ta.COMMAND, ta.NOZZLES, ta.PRESET_VOLUME, ta.PRESET_AMOUNT, ta.PRICES, ta.SUSPEND_HOSE, ta.RESUME_HOSE}
    from_pump = {ta.STATUS, ta.FILLED, ta.NOZZLE, ta.ALARM, ta.PARAMETERS, ta.IDENTITY, ta.UNIT_PRICES}
    assert {row[1] for row in table.TABLE if row[0] == table.TO_PUMP} == to_pump | {ta.TOTALS}
    both = {ta.TOTALS, ta.SUSPEND_HOSE, ta.RESUME_HOSE}
    assert {row[1] for row in table.TABLE if row[0] == table.FROM_PUMP} == from_pump | both


def test_fields_fill_their_transaction():
    for _, _, size, name, fields in table.TABLE:
        told = [field[1].split()[0] for field in fields]
        assert size in ("n", "3n") or sum([int(one) for one in told]) == int(size), name


def test_frames_come_whole_in_any_pieces():
    stream = b"".join([raw(text) for text, _, _, _ in CAPTURED])
    wanted = Decoder().feed(stream)
    assert len(wanted) == len(CAPTURED)
    for size in (1, 2, 3, 7):
        decoder = Decoder()
        found = []
        for at in range(0, len(stream), size):
            found += decoder.feed(stream[at : at + size])
        assert found == wanted and decoder.bad == 0, size


def test_a_wrong_byte_in_data_is_seen_and_the_next_frame_found():
    frame, after = raw(CAPTURED[13][0]), raw("51 70 FA")
    for at in range(2, len(frame) - 2):
        spoilt = frame[:at] + bytes((frame[at] ^ 0x21,)) + frame[at + 1 :]
        decoder = Decoder()
        assert decoder.feed(spoilt + after) == [(0x51, BAD, 10, b""), (0x51, EOT, 0, b"")], at
        assert decoder.bad == 1


def test_noise_before_between_and_after():
    stream = raw("00 FF FA 13 51") + raw(CAPTURED[3][0]) + raw("FA FA 53 99") + raw(CAPTURED[9][0]) + raw("52 51 20 FA")
    found = Decoder().feed(stream)
    assert [frame[:3] for frame in found] == [(0x51, ACK, 10), (0x51, DATA, 4), (0x51, POLL, 0)]


def test_a_frame_broken_off_costs_no_other():
    decoder = Decoder()
    found = decoder.feed(raw("51 3B 02 08 00 00 51 70 FA 50 20 FA"))
    assert found == [(0x51, BAD, 11, b""), (0x51, EOT, 0, b""), (0x50, POLL, 0, b"")]
    decoder.feed(raw("51 3B 02 08"))
    decoder.reset()
    assert decoder.feed(raw("51 70 FA")) == [(0x51, EOT, 0, b"")]


def test_a_controller_that_never_stuffs_is_understood():
    """Both bytes of the CRC, found by trying: low byte FA, high byte FA."""
    seen = set()
    for value in range(0, 100000, 37):
        told = ta.pack(ta.PRICES, ta.bcd(value, 3))
        whole = encode(0x50, DATA, 0, told)
        if b"\x10\xfa" in whole:
            bare = whole[:-2].replace(b"\x10\xfa", b"\xfa") + whole[-2:]
            seen.add(bare.find(b"\xfa"))
            assert Decoder().feed(bare) == [(0x50, DATA, 0, told)]
            assert Decoder().feed(whole) == [(0x50, DATA, 0, told)]
    assert seen == {7, 8}


def test_every_byte_may_be_data():
    for value in range(256):
        told = bytes((value, 16, value, 250, 3, 250, value))
        for block in (0, 15):
            assert Decoder().feed(encode(0x6F, DATA, block, told)) == [(0x6F, DATA, block, told)]


def test_noise_without_end_is_bounded():
    decoder = Decoder()
    for _ in range(50):
        decoder.feed(b"\x50\x31" + bytes(60))
    assert decoder.feed(encode(0x50, EOT)) or decoder.feed(encode(0x50, EOT))
    assert decoder.bad


def test_block_numbers_skip_0_once_they_run():
    block, seen = 0, []
    for _ in range(17):
        seen.append(block)
        block = line.next_block(block)
    assert seen == list(range(16)) + [1]


def test_acknowledge_and_poll_in_one():
    assert Decoder().feed(encode(0x52, ACKPOLL, 7)) == [(0x52, ACKPOLL, 7, b"")]


def test_numbers():
    assert ta.bcd(1175, 3) == raw("001175") and ta.number(raw("001175")) == 1175
    assert ta.bcd(0, 4) == bytes(4) and ta.bcd(99999999, 4) == raw("99999999")
    assert ta.number(raw("00 1A")) == -1 and ta.number(raw("A0")) == -1
    for value in (-1, 1000000):
        try:
            ta.bcd(value, 3)
        except ValueError:
            continue
        raise AssertionError(value)


def test_what_the_pump_says():
    side = Side(0x50, 2, {})
    side.said(ta.FILLED, raw("00 00 34 00 00 00 24 65"))
    assert (side.volume_raw, side.amount_raw) == (3400, 2465)
    side.said(ta.NOZZLE, raw("00 11 75 01"))
    assert (side.price_raw, side.hose, side.out) == (1175, 1, False)
    side.said(ta.NOZZLE, raw("00 11 75 12"))
    assert (side.price_raw, side.hose, side.out) == (1175, 2, True)
    side.said(ta.TOTALS, raw("02 13 36 38 49 66 13 36 38 49 66 00 00 00 00 00"))
    side.said(ta.TOTALS, raw("03 13 36 38 49 66 13 36 38 49 66 00 00 00 00 00"))
    assert side.totals_raw == [-1, 1336384966], "hose 3 there is none"


def test_where_the_point_lies():
    parameters = bytes(22) + b"\x02\x02\x03" + bytes(25)
    assert ta.decimals(parameters) == (2, 2, 3)
    assert ta.decimals(parameters, 21) == (0, 2, 2)
    assert ta.decimals(bytes(20)) is None and ta.decimals(bytes(22) + b"\x02\x63\x03") is None


def test_lengths_must_add_up():
    for text in ("01", "01 02 00", "01 01 00 65", "02 08 00 00 00 00 00 00 00"):
        assert ta.split(raw(text)) is None, text
    assert ta.split(b"") == []


def test_points_are_moved_by_cutting():
    table = ((3400, 3, 2, 340), (3409, 3, 2, 340), (34, 1, 3, 3400), (0, 2, 3, 0), (12, 2, 2, 12))
    for value, places, wanted, result in table:
        assert ta.shifted(value, places, wanted) == result


class Teller:
    """A pump's half of the line that says what it is given and notes what it hears."""

    def __init__(self, *news):
        self.told = list(news)
        self.heard = []
        self.pump = Pump(0x51, self.heard.append, lambda: self.told.pop(0) if self.told else b"")

    def hears(self, text: str) -> str:
        """Hex in, hex out."""
        out = b"".join([self.pump.received(frame) for frame in Decoder().feed(raw(text))])
        return " ".join(["%02X" % byte for byte in out])


def test_a_pump_that_has_nothing_to_say():
    table = (
        ("51 20 FA", "51 70 FA"),
        ("50 20 FA", ""),
        ("51 C0 FA", "51 70 FA"),
        ("51 E3 FA", "51 70 FA"),
        ("51 70 FA", ""),
    )
    for heard, said in table:
        assert Teller().hears(heard) == said, heard


def test_a_pump_repeats_what_was_not_acknowledged():
    teller = Teller(raw("01 01 05"), raw("65 01 01"))
    first = "51 30 01 01 05"
    assert teller.hears("51 20 FA").startswith(first)
    assert teller.hears("51 20 FA").startswith(first)
    assert teller.hears("51 C7 FA").startswith(first), "of another block"
    assert teller.hears("51 50 FA").startswith(first), "asked again"
    assert teller.hears("51 C0 FA").startswith("51 31 65 01 01")
    assert teller.hears("51 C0 FA") == "51 70 FA", "a controller that numbers nothing"
    assert teller.hears("51 C0 FA") == "51 70 FA"


def test_a_repeated_block_is_acknowledged_without_action():
    teller = Teller()
    say = encode(0x51, DATA, 3, ta.command(ta.AUTHORISE))
    for _ in range(3):
        assert teller.pump.received((0x51, DATA, 3, ta.command(ta.AUTHORISE))) == encode(0x51, ACK, 3)
    assert teller.heard == [ta.command(ta.AUTHORISE)]
    assert teller.pump.received((0x51, BAD, 4, b"")) == encode(0x51, NAK, 4)
    assert Decoder().feed(say) == [(0x51, DATA, 3, ta.command(ta.AUTHORISE))]
    assert teller.pump.received((0x51, DATA, 3, ta.command(ta.STOP))) == encode(0x51, ACK, 3)
    assert len(teller.heard) == 2, "the same number with other words is another block"


def test_block_0_is_always_new():
    teller = Teller()
    for _ in range(2):
        assert teller.hears("51 30 01 01 00 A2 9C 03 FA") == "51 C0 FA"
    assert len(teller.heard) == 2


def test_after_power_a_pump_knows_no_block():
    teller = Teller(raw("01 01 05"), raw("01 01 01"))
    teller.hears("51 20 FA")
    teller.hears("51 C0 FA")
    teller.pump.reset()
    teller.told.append(raw("01 01 05"))
    assert teller.hears("51 20 FA").startswith("51 30 01 01 05")


def test_a_small_pump_sells():
    """As a third-party controller does it: every block is 0, everything is acknowledged as 0."""
    pump = SmallPump(0x50, hoses=2, total_raw=500)
    bus = SmallBus([SmallPump(0x51), pump])

    def says(*told) -> list:
        assert bus.received(encode(0x50, DATA, 0, b"".join(told))) == encode(0x50, ACK, 0)
        return polled()

    def polled() -> list:
        found = []
        frames = Decoder().feed(bus.received(encode(0x50, POLL)))
        while frames[0][1] == DATA:
            found += ta.split(frames[0][3]) or []
            frames = Decoder().feed(bus.received(encode(0x50, ACK)))
        assert frames == [(0x50, EOT, 0, b"")]
        return found

    polled()
    says(ta.pack(ta.PRICES, ta.bcd(725, 3) + ta.bcd(689, 3)))
    pump.lift(2)
    assert polled() == [(3, raw("00 06 89 12"))]
    says(ta.command(ta.RESET))
    says(ta.pack(ta.NOZZLES, b"\x02"))
    says(ta.pack(ta.PRESET_AMOUNT, ta.bcd(2000, 4)))
    assert says(ta.command(ta.AUTHORISE)) == [(1, b"\x04")] and pump.flows
    assert pump.left_raw() == 290 and says(ta.command(ta.AUTHORISE)) == []
    pump.give(100)
    assert polled() == [(2, raw("00 00 01 00 00 00 06 89"))]
    pump.give(190)
    assert polled() == [(2, raw("00 00 02 90 00 00 19 98")), (1, b"\x06")]
    pump.hang_up()
    assert (3, raw("00 06 89 02")) in polled() and pump.status == ta.COMPLETED
    assert says(ta.pack(ta.TOTALS, b"\x02"))[0] == (101, raw("02 00 00 00 07 90 00 00 00 07 90") + bytes(5))
    assert pump.authorisations == 1
