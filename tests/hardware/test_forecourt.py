"""The emulated forecourt on its line: real DART frames in, real frames out; and its page, pressed by a plain client."""

import asyncio
import json

import pytest

from hardware.emulators.dispenser import Decimals
from hardware.emulators.forecourt import Forecourt
from protocol.dart import line
from protocol.dart import transactions as dart
from protocol.money import line_amount_cents

PRICES = dart.pack(dart.PRICES, dart.bcd(760, 3) + dart.bcd(680, 3))
AMOUNT_20 = dart.pack(dart.PRESET_AMOUNT, dart.bcd(2000, 4))


class Controller:
    """Numbers its blocks, polls until there is nothing more, keeps the last word on each topic."""

    def __init__(self, forecourt: Forecourt, address: int = 0x50):
        self.forecourt, self.address, self.block = forecourt, address, 0
        self.heard: dict[int, bytes] = {}

    def ask(self, data: bytes) -> list:
        return line.Decoder().feed(self.forecourt.feed(data))

    def send(self, *transactions: bytes) -> None:
        answers = self.ask(line.encode(self.address, line.DATA, self.block, b"".join(transactions)))
        assert answers == [(self.address, line.ACK, self.block, b"")]
        self.block = line.next_block(self.block)

    def poll(self) -> dict[int, bytes]:
        """What is new since the last poll."""
        new: dict[int, bytes] = {}
        answer = self.ask(line.encode(self.address, line.POLL))
        while answer[0][1] == line.DATA:
            new |= dict(dart.split(answer[0][3]) or ())
            answer = self.ask(line.encode(self.address, line.ACK, answer[0][2]))
        assert answer[0][1] == line.EOT
        self.heard |= new
        return new

    def go(self, *presets: bytes) -> None:
        self.send(PRICES)
        self.send(dart.command(dart.RESET))
        self.send(*presets, dart.command(dart.AUTHORISE))
        self.poll()

    @property
    def status(self) -> int:
        self.poll()
        return self.heard[dart.STATUS][0]


def test_a_whole_sale_as_the_line_sees_it():
    court = Forecourt()
    court.speed = 100
    one = Controller(court)
    assert one.status == dart.NOT_PROGRAMMED
    one.send(PRICES)
    assert one.status == dart.COMPLETED and dart.nozzle(one.heard[dart.NOZZLE]) == (760, 1, False)
    one.go(AMOUNT_20)
    assert one.status == dart.AUTHORISED
    assert court.is_known(court.nozzles[1])
    court.nozzles[1].lift()
    assert not court.is_known(court.nozzles[1])
    assert one.poll() == {dart.NOZZLE: dart.bcd(680, 3) + bytes((0x12,))}, "out, and still only authorised"
    assert court.is_known(court.nozzles[1])
    court.nozzles[1].squeeze()
    court.flow(0.05)
    assert one.status == dart.FILLING and dart.filled(one.heard[dart.FILLED]) == (0, 0), "displays are slow"
    court.flow(0.2)
    assert one.status == dart.FILLING and 0 < dart.filled(one.heard[dart.FILLED])[0] < 2941
    court.flow(2)
    assert one.status == dart.LIMIT and dart.filled(one.heard[dart.FILLED]) == (2941, 2000)
    court.nozzles[1].hang_up()
    assert one.status == dart.COMPLETED and dart.nozzle(one.heard[dart.NOZZLE]) == (680, 2, False)
    for counter, total in ((1, 100_000), (2, 102_941), (0x12, 2000)):
        one.send(dart.pack(dart.TOTALS, bytes((counter,))))
        assert dart.totals(one.poll()[dart.TOTALS])[:2] == (counter, total)
    assert Controller(court, 0x51).status == dart.NOT_PROGRAMMED, "the other dispenser has heard nothing"


# asked for -> the topics of the answer's first block
ASKED = {dart.RETURN_STATUS: [dart.STATUS, dart.NOZZLE], dart.RETURN_FILLING: [dart.FILLED, dart.NOZZLE],
         dart.RETURN_PARAMETERS: [dart.PARAMETERS], dart.RETURN_IDENTITY: [dart.IDENTITY],
         dart.RETURN_PRICES: [dart.UNIT_PRICES]}  # fmt: skip


@pytest.mark.parametrize("what", ASKED)
def test_what_is_asked_for_comes_first_and_alone(what):
    one = Controller(Forecourt())
    one.send(dart.command(what))
    address, kind, block, body = one.ask(line.encode(0x50, line.POLL))[0]
    assert [number for number, _ in dart.split(body) or ()] == ASKED[what]


def test_decimals_are_the_dispensers_own():
    one = Controller(Forecourt(decimals=Decimals(volume=3, amount=0, price=1, money=0)))
    one.send(dart.command(dart.RETURN_PARAMETERS))
    assert dart.decimals(one.poll()[dart.PARAMETERS]) == (3, 0, 1)
    one.send(dart.pack(dart.PRICES, dart.bcd(1725, 3) * 2))
    assert one.forecourt.nozzles[0].price_milli == 172_500
    one.send(dart.pack(dart.TOTALS, b"\x01"))
    assert dart.totals(one.poll()[dart.TOTALS])[1] == 1_000_000


def test_a_block_is_acted_on_once_and_said_until_it_is_heard():
    court = Forecourt()
    one = Controller(court)
    one.go()
    again = line.encode(0x50, line.DATA, one.block, dart.command(dart.STOP))
    assert one.ask(again) == [(0x50, line.ACK, one.block, b"")] and court.dispensers[0].state == dart.COMPLETED
    assert court.dispensers[0].command("reset") and court.dispensers[0].command("authorise")
    assert one.ask(again) == [(0x50, line.ACK, one.block, b"")]
    assert court.dispensers[0].state == dart.AUTHORISED, "stopped once, not twice"
    court.nozzles[0].lift()
    said = one.ask(line.encode(0x50, line.POLL))
    assert said[0][1] == line.DATA and one.ask(line.encode(0x50, line.POLL)) == said
    spoilt = bytearray(line.encode(0x50, line.DATA, 5, dart.command(dart.RESET)))
    spoilt[4] ^= 1
    assert one.ask(bytes(spoilt)) == [(0x50, line.NAK, 5, b"")]


def test_a_controller_that_numbers_nothing_runs_whole_sales():
    """As a controller in use does it: every block is block 0, every ACK is C0, orders come twice, answers by place."""
    court = Forecourt(hoses=1)
    court.speed = 50
    nozzle = court.nozzles[0]

    def order(*transactions: bytes) -> None:
        assert court.feed(line.encode(0x50, line.DATA, 0, b"".join(transactions))) == b"\x50\xc0\xfa"

    def answer() -> bytes:
        """What a poll brings, once what came before is acknowledged; each ACK is answered as well."""
        while len(told := court.feed(b"\x50\x20\xfa")) > 3:
            assert court.feed(b"\x50\xc0\xfa")[:1] == b"\x50"
            if told[2] in (0x65, 0x02):
                return told
        return told

    def display() -> tuple[int, int]:
        """Asked four times, for the first may be news from before."""
        for _ in range(4):
            order(dart.command(dart.RETURN_FILLING))
            told = answer()
            assert told[2:4] == b"\x02\x08"
        return dart.filled(told[4:12])

    answer()
    for litres in (4000, 2500):
        order(dart.pack(dart.TOTALS, b"\x01"))
        told = answer()
        assert told[2:5] == b"\x65\x10\x01" and dart.number(told[5:10]) == nozzle.total_ml // 10
        for _ in range(2):
            order(dart.pack(dart.PRICES, dart.bcd(1175, 3)))
        nozzle.lift()
        for _ in range(2):
            order(dart.command(dart.RESET))
            court.feed(b"\x50\x20\xfa")
            order(dart.command(dart.AUTHORISE))
            court.feed(b"\x50\x20\xfa")
            nozzle.squeeze(litres)
            court.flow(0.1)
        court.flow(2)
        assert court.dispensers[0].state == dart.FILLING
        nozzle.hang_up()
        assert display() == (litres // 10, line_amount_cents(litres, 117_500))
    assert court.dispensers[0].fills == [2]


def test_the_power_of_a_dispenser_goes_in_a_fill():
    court = Forecourt()
    court.speed = 50
    one = Controller(court)
    one.go(AMOUNT_20)
    court.nozzles[0].lift()
    court.nozzles[0].squeeze()
    court.flow(0.2)
    ml = court.nozzles[0].ml
    court.power_off(0)
    court.flow(1)
    assert one.ask(line.encode(0x50, line.POLL)) == []
    court.power_on(0)
    court.flow(1)
    assert one.status == dart.COMPLETED and court.nozzles[0].ml == ml > 0
    assert dart.filled(one.heard[dart.FILLED])[0] == ml // 10
    assert one.heard[dart.ALARM] == b"\x0a" and court.nozzles[0].total_ml == 1_000_000 + ml


def test_faults_of_the_line_are_chance_that_can_be_told_again():
    def said(noise: float, lost: float, doubled: float) -> list[bytes]:
        court = Forecourt()
        court.faults.noise, court.faults.lost, court.faults.doubled = noise, lost, doubled
        return [court.faults.said(0x50, b"\x50\x70\xfa") for _ in range(100)]

    assert said(0, 0, 0) == [b"\x50\x70\xfa"] * 100
    spoilt = said(0.5, 0.2, 0.2)
    assert spoilt == said(0.5, 0.2, 0.2)
    assert spoilt.count(b"") > 5 and any(len(one) == 6 for one in spoilt) and len(set(spoilt)) > 10


def test_a_silent_and_a_babbling_dispenser():
    court = Forecourt(3)
    court.faults.silent, court.faults.babbles = {0x50}, {0x51}
    assert (
        court.faults.said(0x50, b"x") == b"" and court.faults.said(0x51, b"") and court.faults.said(0x52, b"x") == b"x"
    )


async def _request(url: str, method: str, path: str, body: str = "", kind: str = "application/json") -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write((head + body).encode())
    told = (await reader.read()).decode()
    writer.close()
    return int(told.split()[1]), told.partition("\r\n\r\n")[2]


def test_the_page_shows_every_nozzle_and_its_buttons_are_hands():
    async def play() -> None:
        court = Forecourt()
        url = await court.page.listen()
        for path in ("/", "/page.js", "/page.css"):
            assert (await _request(url, "GET", path))[0] == 200
        Controller(court).go(AMOUNT_20)
        for step in (
            {"do": "lift", "nozzle": 2},
            {"do": "fill", "nozzle": 2, "ml": 1500},
            {"do": "speed", "speed": 20},
        ):
            assert (await _request(url, "POST", "/do", json.dumps(step)))[0] == 204
        court.flow(2)
        shown = json.loads((await _request(url, "GET", "/state"))[1])["nozzles"]
        assert [one["state"] for one in shown] == ["filling"] * 2 + ["not_programmed"] * 2
        assert (shown[1]["ml"], shown[1]["cents"], shown[1]["price_milli"]) == (1500, 102, 68_000)
        assert shown[0]["busy"] and not shown[0]["mine"] and shown[0]["ml"] == 0
        for step in ({"do": "emergency"}, {"do": "power", "dispenser": 0x51}, {"do": "hang_up", "nozzle": 2}):
            assert (await _request(url, "POST", "/do", json.dumps(step)))[0] == 204
        shown = json.loads((await _request(url, "GET", "/state"))[1])["nozzles"]
        assert shown[1]["state"] == "done" and shown[1]["halted"] and not shown[2]["powered"]
        await court.close()

    asyncio.run(play())


@pytest.mark.parametrize("body, kind, status", (
    ('{"do": "lift", "nozzle": 9}', "application/json", 400), ('{"do": "melt"}', "application/json", 400),
    ('{"do": "fill", "nozzle": 1, "ml": -1}', "application/json", 400), ("[]", "application/json", 400),
    ('{"do": "emergency"}', "text/plain", 404),
))  # fmt: skip
def test_the_page_takes_no_other_orders(body, kind, status):
    async def play() -> None:
        court = Forecourt()
        url = await court.page.listen()
        assert (await _request(url, "POST", "/do", body, kind))[0] == status
        assert not court.dispensers[0].halted
        await court.close()

    asyncio.run(play())
