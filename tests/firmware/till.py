"""One terminal's conversation on the bench: the real link, lanes, journal and witness, and a gateway that says what it
is told to say. For the tests beside it, on both interpreters."""

import os

from firmware.net.journal import Journal
from firmware.net.lanes import Lanes
from firmware.net.link import Link
from firmware.net.seal import Seal
from firmware.net.slots import make_folder
from firmware.net.witness import Witness
from protocol import codec, topics
from protocol.messages import UP
from tests.firmware.scratch import scratch

ME = "0001-pos1"
LINK_KEY = bytes(range(32))
WITNESS_KEY = bytes(range(32, 64))
LIFE = "0123456789abcdef" * 2
ACCOUNT = "ab" * 16
BALANCES = {"principal": 1000, "bonus": 0, "points": 5}


class Till:
    """`sent` and `events` collect what goes out; restart() is a start over the same flash."""

    def __init__(self):
        self.folder = scratch("till")
        make_folder(self.folder)
        self.now_ms = 1000
        self.restart()

    def restart(self) -> None:
        self.sent = []
        self.events = []
        self.times = []
        self.seal = Seal(ME, 1, LINK_KEY, WITNESS_KEY)
        self.journal = Journal(self.folder + "/journal", 8)
        self.witness = Witness(self.folder + "/witness", self.now_ms)
        self.lanes = Lanes(self.seal, self.journal, self.send, self.events.append, lambda: 1700000000)
        records = (self.witness, self.journal, self.lanes)
        self.link = Link(self.seal, self.send, self.events.append, *records, self.hello, self.times.append)
        self.lanes.resume()

    def hello(self) -> dict:
        return {"app": "pos", "board": "host", "firmware": "1", "heap_free": 5}

    def send(self, topic: str, frame: bytes) -> bool:
        client, direction, message = topics.parse(topic)
        assert client == ME and direction == UP[:0] + "up"
        self.sent.append((message, codec.open_sealed(topic, message, frame, lambda k: LINK_KEY), frame))
        return True

    def take(self) -> list:
        """What was sent since, as (message, values)."""
        sent, self.sent = self.sent, []
        return [(message, values) for message, values, _frame in sent]

    def told(self) -> list:
        """Events since."""
        events, self.events[:] = list(self.events), []
        return events

    def gateway(self, message: str, values: dict, link_key: bytes = LINK_KEY, me: str = ME) -> bytes:
        """The gateway says something."""
        topic = topics.down(me, message)
        frame = codec.seal(topic, message, values, 1, link_key)
        self.link.frame(topic, frame, self.now_ms)
        return frame

    def welcome(self, life: str = LIFE, letter: str = "", seq: int = 7, **more) -> None:
        """Up, hello, and this welcome."""
        self.link.up(self.now_ms)
        hello = [values for message, values in self.take() if message == "hello"][-1]
        values = {
            "r": hello["r"], "incarnation": life, "letter": letter or self.seal.letter(life), "seq": seq,
            "at_s": 1700000000, "business_date": "2026-01-02", "store_name": "Mill Road", "currency": "EUR",
            "exponent": 2, "booked": [0], "selling": True,
        }
        values.update(more)
        self.gateway("welcome", values)

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms
        self.link.tick(self.now_ms)

    def close(self) -> None:
        for folder in (self.folder + "/journal", self.folder):
            for name in os.listdir(folder):
                if name != "journal":
                    os.remove(folder + "/" + name)
            os.rmdir(folder)


PAY = {
    "operator": "7", "shift": 1, "basket": 1, "lines": 1, "total_cents": 500, "account": ACCOUNT, "tap": "0" * 16,
    "stored_cents": 500, "points": 0, "points_cents": 0, "cash_cents": 0,
}


def receipt(request: dict, seq: int = 8, life: str = LIFE) -> dict:
    """A receipt for this request."""
    return {
        "j": request["j"], "l": request["l"], "n": request["n"], "receipt": 1, "business_date": "2026-01-02",
        "total_cents": 500, "principal_cents": 500, "bonus_cents": 0, "points": 0, "points_cents": 0, "cash_cents": 0,
        "earned": 5, "taxes": [], "here": BALANCES, "in_all": BALANCES, "in_all_at_s": 1, "offline": False,
        "incarnation": life, "seq": seq,
    }


def void_answer(request: dict, seq: int = 9) -> dict:
    """The gateway has voided it."""
    ids = {name: request[name] for name in ("j", "l", "n")}
    return dict(ids, outcome="voided", incarnation=LIFE, seq=seq)
