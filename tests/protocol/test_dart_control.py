"""A controller and small pumps on one line whose time passes as the test lets it: sales, and all that goes wrong."""

from protocol.dart import orders
from protocol.dart import transactions as ta
from protocol.dart.line import ACK, DATA, Decoder, encode
from protocol.dart.side import Side
from tests.protocol.dart_line import Line
from tests.protocol.small_pump import SmallPump


def sent_blocks(line: Line, number: int, data: bytes) -> list:
    """Block numbers under which a transaction went out."""
    told = ta.pack(number, data)
    frames = Decoder().feed(b"".join(line.sent))
    return [block for _, kind, block, body in frames if kind == DATA and body == told]


def sells(
    line: Line, hose: int = 1, volume_raw: int = 0, amount_raw: int = 0, gives_raw: int = 100, at: int = 0
) -> str:
    """Authorised, lifted, filled, hung up, counted."""
    pump, side = line.pumps[at], line.side(at)
    why = line.order(orders.authorise, hose, 725, volume_raw, amount_raw, at=at)
    if why:
        return why
    pump.lift(hose)
    assert line.run(lambda: side.status == ta.FILLING)
    pump.give(gives_raw)
    pump.hang_up()
    assert line.run(lambda: side.status == ta.COMPLETED and not side.uncounted)
    return ""


def test_a_pump_is_met():
    line = Line(SmallPump(0x50, 2, (3, 2, 3), total_raw=12345), SmallPump(0x51))
    line.known()
    side = line.side()
    assert side.decimals == (3, 2, 3) and side.status == ta.IS_RESET and not side.out
    assert side.totals_raw == [12345, 12345] and side.total_ml(2) == 12345
    assert line.run(lambda: side.prices_raw == [0, 0])


def test_a_sale_by_amount():
    line = Line(SmallPump(0x50, 2, total_raw=1000))
    line.known()
    pump, side = line.pumps[0], line.side()
    assert line.order(orders.authorise, 2, 725, 0, 2000) == ""
    assert (pump.status, pump.allowed, pump.preset_amount_raw, pump.prices_raw[1]) == (ta.AUTHORISED, (2,), 2000, 725)
    assert side.status == ta.AUTHORISED and side.fill_hose == 2
    pump.lift(2)
    assert line.run(lambda: side.status == ta.FILLING and side.out and side.hose == 2)
    pump.give(100)
    assert line.run(lambda: (side.volume_raw, side.amount_raw) == (100, 725))
    pump.give(pump.left_raw())
    assert line.run(lambda: side.status == ta.LIMIT and not side.uncounted)
    assert (side.ml(side.volume_raw), side.cents(2), side.total_ml(2)) == (2750, 1994, 12750)
    pump.hang_up()
    assert line.run(lambda: side.status == ta.COMPLETED and not side.out)
    assert line.order(orders.price, 1, 699) == "" and pump.prices_raw == [699, 725]
    assert side.status == ta.IS_RESET and side.volume_raw == 275, "the last fill is still known"


def test_a_sale_by_volume_and_one_without_bound():
    line = Line(SmallPump(0x50))
    line.known()
    assert sells(line, volume_raw=300, gives_raw=200) == "" and line.pumps[0].preset_volume_raw == 300
    assert sells(line, gives_raw=5000) == "" and line.pumps[0].preset_volume_raw == 0
    assert line.side().totals_raw == [5200] and line.pumps[0].authorisations == 2


def test_authorise_goes_out_once_and_only_in_reset():
    line = Line(SmallPump(0x50))
    line.known()
    assert sells(line) == ""
    assert len(sent_blocks(line, ta.COMMAND, b"\x06")) == 1
    line.order(orders.authorise, 1, 725, 0, 500)
    assert line.order(orders.authorise, 1, 725, 0, 500) == "busy"
    assert line.order(orders.price, 1, 700) == "busy"
    line.pumps[0].lift(1)
    assert line.run(lambda: line.side().status == ta.FILLING)
    assert line.order(orders.authorise, 1, 725, 0, 500) == "busy"
    assert line.pumps[0].authorisations == 2


def holds(line: Line) -> None:
    line.known()
    pump, side = line.pumps[0], line.side()
    assert line.order(orders.suspend) == "refused"
    line.order(orders.authorise, 1, 725, 0, 0)
    pump.lift(1)
    line.run(lambda: side.status == ta.FILLING)
    assert line.order(orders.suspend) == "" and pump.status == ta.SUSPENDED and not pump.flows
    assert line.order(orders.resume) == "" and pump.flows
    assert line.order(orders.stop) == "" and side.status == ta.COMPLETED
    assert line.order(orders.stop) == "", "in every state"


def test_stop_suspend_resume():
    holds(Line(SmallPump(0x50)))
    holds(Line(SmallPump(0x50), suspend_by="hose"))


def test_a_pump_without_prices_is_programmed():
    line = Line(SmallPump(0x50, 2, programmed=False))
    line.known()
    assert line.run(lambda: line.side().prices_raw == [0, 0])
    assert line.order(orders.authorise, 1, -1, 0, 500) == "not_programmed"
    assert line.order(orders.price, 1, 725) == "" and line.pumps[0].prices_raw == [725, 0]
    assert line.order(orders.authorise, 1, 725, 0, 500) == ""


def test_a_pump_that_tells_no_decimals_needs_them_configured():
    mute = SmallPump(0x50)
    mute._parameters = lambda: b""
    line = Line(mute)
    assert not line.run(lambda: not line.side().silent, 6000)
    line = Line(mute, decimals=(2, 2, 2))
    line.known()
    assert line.side().decimals == (2, 2, 2)


def test_lost_acknowledgement_of_authorise_repeats_the_block_not_the_act():
    line = Line(SmallPump(0x50))
    line.known()
    lost = []

    def spoil(data: bytes, to_pump: bool) -> list:
        if not to_pump and len(data) == 3 and data[1] & 0xF0 == 0xC0 and len(lost) < 2 and line.pumps[0].authorisations:
            lost.append(data)
            return []
        return [(data, 0)]

    line.spoil = spoil
    assert line.order(orders.authorise, 1, 725, 0, 500) == ""
    blocks = sent_blocks(line, ta.COMMAND, b"\x06")
    assert len(lost) == 2 and len(blocks) == 3 and len(set(blocks)) == 1 and blocks[0] != 0
    assert line.pumps[0].authorisations == 1


def test_a_spoilt_block_is_asked_for_again_under_its_number():
    line = Line(SmallPump(0x50))
    line.known()
    spoilt_once = []

    def spoil(data: bytes, to_pump: bool) -> list:
        if to_pump and ta.command(ta.AUTHORISE) in data and not spoilt_once:
            spoilt_once.append(data)
            return [(data[:4] + b"\x07" + data[5:], 0)]
        return [(data, 0)]

    line.spoil = spoil
    assert line.order(orders.authorise, 1, 725, 0, 500) == "" and line.pumps[0].authorisations == 1
    blocks = sent_blocks(line, ta.COMMAND, b"\x06")
    assert len(blocks) == 2 and blocks[0] == blocks[1]


def test_after_a_block_that_was_given_up_numbers_begin_with_a_question():
    line = Line(SmallPump(0x50))
    line.known()
    line.spoil = lambda data, to_pump: [(data[:4] + b"\x07" + data[5:] if ta.command(ta.STOP) in data else data, 0)]
    assert line.order(orders.stop) == ""
    stops = sent_blocks(line, ta.COMMAND, b"\x08")
    assert len(stops) == 5 and len(set(stops)) == 1, "nothing but NAK: given up after five, then it is looked at"
    frames = Decoder().feed(b"".join(line.sent))
    numbered = [(block, body) for _, kind, block, body in frames if kind == DATA]
    at = max([at for at, (_, body) in enumerate(numbered) if body == ta.command(ta.STOP)])
    assert numbered[at][0] != 0 and numbered[at + 1] == (0, ta.command(ta.RETURN_STATUS))


def test_an_authorise_nobody_acknowledged_is_looked_at_never_said_again():
    """All acknowledgements are lost, then the line is well again: the pump's status tells."""
    for arrives in (True, False):
        line = Line(SmallPump(0x50))
        line.known()
        said = []

        def spoil(data: bytes, to_pump: bool, line=line, said=said, arrives=arrives) -> list:
            if to_pump and ta.command(ta.AUTHORISE) in data:
                said.append(data)
                return [(data, 0)] if arrives else []
            mute = not to_pump and len(data) == 3 and said and len(said) < 6 and data == line_ack(said[-1])
            return [] if mute else [(data, 0)]

        line.spoil = spoil
        assert line.order(orders.authorise, 1, 725, 0, 500) == ("" if arrives else "refused")
        assert len(said) == 5 and len(set(said)) == 1
        assert line.pumps[0].authorisations == (1 if arrives else 0)
        assert line.order(orders.stop) == ""


def line_ack(frame: bytes) -> bytes:
    return bytes((frame[0], 0xC0 | frame[1] & 15, 0xFA))


def asked(line: Line, address: int, ms: int) -> int:
    before = len(line.sent)
    line.rest(ms)
    return len([frame for frame in line.sent[before:] if frame[0] == address])


def test_a_dead_pump_costs_the_others_little():
    line = Line(SmallPump(0x50), SmallPump(0x51), SmallPump(0x52))
    line.known()
    line.rest(1000)
    healthy = asked(line, 0x50, 10000)
    line.pumps[1].on = False
    assert line.run(lambda: line.side(1).silent)
    line.rest(5000)
    assert asked(line, 0x50, 10000) > 0.9 * healthy
    assert asked(line, 0x51, 10000) < 7
    assert sells(line) == ""
    line.pumps[1].power(True)
    assert line.run(lambda: not line.side(1).silent, 5000)
    assert sells(line, at=1) == ""


def test_a_pump_that_always_has_more_to_say_does_not_hold_the_line():
    chatty, other = SmallPump(0x50), SmallPump(0x51)
    news = chatty._news
    chatty._news = lambda: news() or ta.pack(ta.FILLED, ta.bcd(chatty.volume_raw, 4) + ta.bcd(0, 4))
    chatty.line._news = chatty._news
    line = Line(chatty, other)
    line.known()
    assert line.order(orders.authorise, 1, 725, 0, 0) == ""
    chatty.lift(1)
    assert line.run(lambda: line.side().status == ta.FILLING)
    assert asked(line, 0x51, 3000) > 15
    assert sells(line, at=1) == ""
    before_ms = line.passed_ms
    assert line.order(orders.stop) == "" and line.passed_ms - before_ms < 1000
    assert line.run(lambda: not line.side().uncounted)


def test_power_cut_while_it_fills():
    line = Line(SmallPump(0x50, total_raw=100))
    line.known()
    line.order(orders.authorise, 1, 725, 0, 0)
    line.pumps[0].lift(1)
    line.run(lambda: line.side().status == ta.FILLING)
    line.pumps[0].give(300)
    line.pumps[0].power(False)
    assert line.run(lambda: line.side().silent)
    line.pumps[0].power(True)
    assert line.run(lambda: not line.side().silent)
    side = line.side()
    assert (side.status, side.volume_raw, side.amount_raw, side.totals_raw) == (ta.COMPLETED, 300, 2175, [400])


def test_a_controller_that_starts_again_finds_the_fill():
    pump = SmallPump(0x50, 2, total_raw=100)
    line = Line(pump)
    line.known()
    line.order(orders.authorise, 2, 725, 0, 0)
    pump.lift(2)
    line.run(lambda: line.side().status == ta.FILLING)
    pump.give(300)
    again = Line(pump)
    again.known()
    side = again.side()
    assert (side.status, side.fill_hose, side.volume_raw, side.out) == (ta.FILLING, 2, 300, True)
    pump.give(50)
    pump.hang_up()
    assert again.run(lambda: side.status == ta.COMPLETED and not side.uncounted)
    assert (side.volume_raw, side.totals_raw[1]) == (350, 450)


def test_after_a_start_an_authorised_pump_may_give_at_any_hose():
    """The display names the hose that was used last, not the one that was let go; its fill tells."""
    side = Side(0x50, 2, {})
    side.said(ta.NOZZLE, b"\x00\x07\x25\x01")
    side.said(ta.STATUS, bytes((ta.AUTHORISED,)))
    assert side.fill_hose == 0
    side.said(ta.NOZZLE, b"\x00\x07\x25\x12")
    assert side.fill_hose == 0
    side.said(ta.STATUS, bytes((ta.FILLING,)))
    assert side.fill_hose == 2


def test_a_totaliser_that_was_read_while_it_flowed_is_not_taken_for_that_of_the_end():
    """The answer to a question of before comes late: it was lost on its first way."""
    told = []

    def totals(side, ends_raw: int, answers: list) -> int:
        side.volume_raw, side.totals_raw = ends_raw, [-1]
        steps, answer = orders.ended(side), None
        while True:
            try:
                body = steps.send(answer)
            except StopIteration:
                return side.totals_raw[0]
            answer = True
            if body and body[0] == ta.TOTALS:
                told.append(body)
                side.said(ta.TOTALS, b"\x01" + ta.bcd(answers.pop(0), 5) + bytes(10))

    for begun, answers, asked in ((0, [700, 760, 760], 2), (-1, [700, 760, 760], 3), (0, [760, 760], 1)):
        side = Side(0x50, 1, {})
        side.decimals, side.fill_hose, side.from_ml = (2, 2, 2), 1, begun
        assert totals(side, 760, answers) == 760
        assert len(told) == asked
        told.clear()


def test_a_totaliser_that_is_not_answered_is_asked_for_again():
    """Neither after a fill nor after a cut of power does the last known one stand in for it; a stop goes in between."""
    line = Line(SmallPump(0x50))
    line.known()
    pump, side = line.pumps[0], line.side()
    assert line.order(orders.authorise, 1, 725, 0, 500) == ""
    tell, pump._tell_totals = pump._tell_totals, lambda counter: None
    pump.lift(1)
    pump.give(100)
    pump.hang_up()
    line.rest(8000)
    assert side.uncounted and line.order(orders.stop) == ""
    pump.power(False)
    assert line.run(lambda: side.gone)
    pump.power(True)
    line.rest(8000)
    assert side.silent and side.lacks == "totals"
    pump._tell_totals = tell
    assert line.run(lambda: not side.silent) and side.totals_raw == [100]


def test_a_fill_that_ends_while_its_pump_is_met_is_counted_at_its_end():
    pump = SmallPump(0x50)
    side = Side(0x50, 1, {})
    totals = [300, 340]
    steps, answer = orders.meet(side), None
    side.said(ta.STATUS, bytes((ta.FILLING,)))
    while True:
        try:
            body = steps.send(answer)
        except StopIteration:
            break
        answer = True
        if body == ta.command(ta.RETURN_STATUS):
            side.said(ta.STATUS, bytes((ta.FILLING,)))
        elif body == ta.command(ta.RETURN_PARAMETERS):
            side.said(*ta.split(pump._parameters())[0])
        elif body and body[0] == ta.TOTALS:
            side.said(ta.TOTALS, b"\x01" + ta.bcd(totals.pop(0), 5) + bytes(10))
        elif body == ta.command(ta.RETURN_PRICES):
            side.said(ta.STATUS, bytes((ta.COMPLETED,)))
    assert not side.silent and side.uncounted, "and so its totaliser is read once more"


def test_a_hose_that_is_lifted_as_another_is_hung_up_does_not_take_over_its_fill():
    side = Side(0x50, 2, {})
    side.decimals, side.totals_raw = (2, 2, 2), [0, 0]
    side.begin(2)
    side.said(ta.NOZZLE, b"\x00\x07\x25\x12")
    side.said(ta.STATUS, bytes((ta.FILLING,)))
    side.said(ta.NOZZLE, b"\x00\x07\x25\x11")
    assert side.fill_hose == 2
    side.said(ta.STATUS, bytes((ta.COMPLETED,)))
    assert side.fill_hose == 2 and side.uncounted


def test_a_fill_that_ends_while_a_false_end_is_counted_is_counted_once_more():
    side = Side(0x50, 1, {})
    side.decimals, side.fill_hose, side.from_ml, side.volume_raw = (2, 2, 2), 1, 0, 130
    side.said(ta.STATUS, bytes((ta.COMPLETED,)))  # said again late, of the fill before
    steps, answer = orders.ended(side), None
    while True:
        try:
            body = steps.send(answer)
        except StopIteration:
            break
        answer = True
        if body and body[0] == ta.TOTALS:
            side.said(ta.STATUS, bytes((ta.FILLING,)))
            side.said(ta.TOTALS, b"\x01" + ta.bcd(13, 5) + bytes(10))
            side.said(ta.STATUS, bytes((ta.COMPLETED,)))
    assert side.uncounted


def test_stops_one_after_the_other_do_not_keep_the_totals_waiting():
    line = Line(SmallPump(0x50))
    line.known()
    assert line.order(orders.authorise, 1, 725, 0, 500) == ""
    line.pumps[0].lift(1)
    line.pumps[0].give(100)
    line.run(lambda: line.side().status == ta.FILLING)
    for _ in range(3):
        assert line.order(orders.stop) == ""
    assert not line.side().uncounted and line.side().totals_raw == [100]


def test_a_nozzle_that_moves_is_counted():
    line = Line(SmallPump(0x50, 2, total_raw=100))
    line.known()
    line.rest(500)
    line.pumps[0].totals_raw[1] = 777
    line.pumps[0].lift(2)
    assert line.run(lambda: line.side().totals_raw == [100, 777])


def test_a_hose_that_is_hung_up_as_another_is_lifted_is_counted_too():
    line = Line(SmallPump(0x50, 2, total_raw=100))
    line.known()
    pump, side = line.pumps[0], line.side()
    pump.lift(2)
    assert line.run(lambda: side.out and side.hose == 2 and not side.moved)
    line.rest(500)
    pump.totals_raw[1] = 777  # its valve did not close
    pump.hang_up()
    pump.lift(1)
    assert line.run(lambda: side.hose == 1 and side.totals_raw == [100, 777])


def test_alarms():
    line = Line(SmallPump(0x50))
    line.known()
    line.pumps[0].alarm(9)
    assert line.run(lambda: line.side().alarm == 9)
    line.pumps[0].alarm(0)
    assert line.run(lambda: line.side().alarm == 0)


def test_two_wires_give_back_what_is_sent():
    line = Line(SmallPump(0x50))
    line.echo = True
    line.known()
    assert sells(line) == "" and line.side().totals_raw == [100]


def counts_nothing(kind: int, block: int) -> int:
    """Every block is 0."""
    return 0


def acknowledges_as_0(kind: int, block: int) -> int:
    return block if kind == DATA else 0


def wraps_to_0(kind: int, block: int) -> int:
    """After F comes 0, as in some captures; the small pump says 1 there."""
    return block % 15 if kind == DATA else block


def test_pumps_number_as_they_like():
    for habit in (counts_nothing, acknowledges_as_0, wraps_to_0):
        line = Line(SmallPump(0x50))

        def says(data: bytes, to_pump: bool, habit=habit) -> list:
            frames = () if to_pump else Decoder().feed(data)
            numbered = [
                encode(one[0], one[1], habit(one[1], one[2]), one[3]) for one in frames if one[1] in (DATA, ACK)
            ]
            return [(numbered[0] if numbered else data, 0)]

        line.spoil = says
        line.known()
        for _ in range(4):
            assert sells(line) == "", habit
        assert line.side().totals_raw == [400] and line.pumps[0].authorisations == 4


def test_a_pump_that_says_nothing_after_an_acknowledgement():
    line = Line(SmallPump(0x50))
    line.spoil = lambda data, to_pump: [] if data == b"\x50\x70\xfa" and line.sent[-1][1] & 0xF0 == ACK else [(data, 0)]
    line.known()
    assert sells(line) == "" and line.side().totals_raw == [100]


def test_a_pump_that_tells_little():
    """No NOZZLE with its status, no prices, figures without status: a fill is known all the same."""
    pump = SmallPump(0x50)
    pump._nozzle = pump._prices_now = lambda: b""
    line = Line(pump)
    line.known()
    assert sells(line) == "" and line.side().volume_raw == 100


class Chance:
    """The same numbers on every interpreter."""

    def __init__(self, seed: int):
        self.state = seed

    def below(self, limit: int) -> int:
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return (self.state >> 8) % limit


def spoilt(chance: Chance, data: bytes) -> list:
    """Lost, doubled, late, one bit wrong, noise before it, cut off: each now and then."""
    luck = chance.below(100)
    if luck < 6:
        return []
    if luck < 9:
        return [(data, 0), (data, 2)]
    if luck < 12:
        return [(data, chance.below(300))]
    if luck < 18:
        at = chance.below(len(data))
        return [(data[:at] + bytes((data[at] ^ 1 << chance.below(8),)) + data[at + 1 :], 0)]
    if luck < 21:
        return [(bytes([chance.below(256) for _ in range(chance.below(6) + 1)]) + data, 0)]
    if luck < 24:
        return [(data[: chance.below(len(data))], 0)]
    return [(data, 0)]


def bad_day(seed: int) -> int:
    """Five fills on a bad line -> how many came about. Whatever an order returned: one fill at most for each, and every
    drop is in the totaliser that the controller knows."""
    chance = Chance(seed)
    line = Line(SmallPump(0x50, 2), SmallPump(0x51))
    line.spoil = lambda data, to_pump: spoilt(chance, data)
    pump, side = line.pumps[0], line.side()
    line.known()
    sold = 0
    for given in range(5):
        before, hose = pump.authorisations, 1 + chance.below(2)
        why = "silent" if side.silent else line.order(orders.authorise, hose, 725, 0, 0)
        assert pump.authorisations - before <= 1, (seed, given)
        if why == "":
            sold += 1
            pump.lift(hose)
            pump.give(100 + chance.below(900))
            pump.hang_up()
        assert line.run(lambda: not side.silent and line.order(orders.stop) == "")
        assert line.run(lambda: not side.uncounted and side.totals_raw == pump.totals_raw), (seed, given)
        assert why or (side.fill_hose, side.volume_raw) == (hose, pump.volume_raw), (seed, given)
    return sold


def test_on_a_bad_line_no_order_authorises_twice_and_totals_tie():
    assert sum([bad_day(seed) for seed in range(1, 7)]) > 20


def test_numbers_that_are_none_are_passed_over():
    line = Line(SmallPump(0x50))
    line.known()
    side = line.side()
    line.rest(300)
    for number, data in (
        (2, b"\xff" * 8),
        (2, b"\0"),
        (3, b""),
        (1, b""),
        (101, b"\x09" + bytes(15)),
        (7, b"x"),
        (5, b""),
    ):
        side.said(number, data)
    assert (side.volume_raw, side.status, side.decimals) == (0, ta.IS_RESET, (2, 2, 2))
    line.bus.received(encode(0x50, DATA, 3, b"\x05\x03\xff\xff\xff"))
    assert line.pumps[0].prices_raw == [0]


# what the pump says after authorise, question by question -> the order's end
SAID = (
    ((ta.AUTHORISED,), ""),
    ((ta.FILLING,), ""),
    ((ta.IS_RESET, ta.AUTHORISED), ""),
    ((ta.COMPLETED, ta.COMPLETED), ""),
    ((ta.COMPLETED, ta.IS_RESET, ta.COMPLETED, ta.IS_RESET), "refused"),
    ((ta.COMPLETED, ta.IS_RESET, ta.FILLING), ""),
    ((ta.IS_RESET,) * 4, "refused"),
)


def told_after_authorise(words: tuple) -> str:
    """Drives the last step of the order; the pump answers each question about its status with the next word."""
    side, rest = Side(0x50, 1, {}), list(words)
    step, reply = orders._authorise(side), None
    try:
        while True:
            if step.send(reply) == ta.command(ta.RETURN_STATUS):
                side.said(ta.STATUS, bytes((rest.pop(0),)))
                side.answered = True
            reply = True
    except StopIteration as end:
        assert not rest, "decided before it had heard"
        return end.value


def test_an_end_right_after_authorise_is_believed_when_it_is_said_twice():
    for words, end in SAID:
        assert told_after_authorise(words) == end, words
