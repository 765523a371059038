"""A store on a stage: the real desk on a database in memory, head office's real signature, a till with real frames."""

import json
import sqlite3
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.cards.keys import ChainKeys
from gateway.cards.sam import Sam
from gateway.core import witness
from gateway.core.books import Tap
from gateway.desk import Desk
from gateway.reader import NoKeys
from gateway.shop import Shop
from gateway.store import meta, outbox, staff, taps
from gateway.store.db import open_store
from protocol import codec, topics
from protocol.messages import MONEY

STORE = "0001"
INCARNATION = "ab" * 16
ALICE = "a1" * 16
CARD = "0001:04A1B2C3D4E5F6"
LINK_KEY = bytes(range(32))
WITNESS_KEY = bytes(range(32, 64))
JOURNAL = "5f3a09c1"
CONFIGURATION = {"name": "Am Ring", "currency": "EUR", "exponent": 2, "timezone": "Europe/Berlin", "language": "en"}
PIN_HASH = staff.hash_pin("1234", bytes(16))  # once: it takes longer than all else of a stage
RULES = {
    "version": 1,
    "order": "principal_first",
    "earn": {"points_per_100_cents": 1},
    "top_up_bonus": [{"from_cents": 5000, "bonus_bp": 1000}],
    "point_value_milli": 1000,
}


class StageClock:
    """Clocks that stand still until told."""

    boot = "stage"

    def __init__(self, at_s: int = 1_700_000_000):
        self.at_s = at_s
        self.at_ms = 1_000_000

    def now_s(self) -> int:
        return self.at_s

    def now_ms(self) -> int:
        return self.at_ms


class HeadOffice:
    """Numbers and signs messages for one gateway."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.n = 0

    def message(self, kind: str, **body: object) -> dict:
        self.n += 1
        return self.sign({"n": self.n, "gateway": STORE, "kind": kind, **body})

    def sign(self, body: dict) -> dict:
        text = json.dumps(body)
        return {"n": body["n"], "body": text, "sig": self.key.sign(text.encode()).hex()}


class Till:
    """One terminal: seals what it asks, opens what it is told."""

    def __init__(self, stage: "Stage", name: str):
        self.stage, self.name = stage, f"{STORE}-{name}"
        self.link_key, self.witness_key = LINK_KEY, WITNESS_KEY
        self.questions = count(1)

    def frame(self, message: str, **values: object) -> tuple[str, bytes]:
        topic = topics.up(self.name, message)
        witness = self.witness_key if message in MONEY else b""
        return topic, codec.seal(topic, message, values, 1, self.link_key, witness)

    def ask(self, message: str, **values: object) -> tuple[str, dict]:
        """A question, and its one answer."""
        (answer,) = self.send(*self.frame(message, r=next(self.questions), **values))
        return answer

    def request(self, message: str, **values: object) -> tuple[str, dict]:
        """A money request, and its one answer; after a start it waits until this terminal was heard, or a while."""
        answers = self.send(*self.frame(message, **values))
        if not answers and self.name in self.stage.shop.awaited:
            self.stage.clock.at_ms += 2000
            answers = [one for one in self.told(self.stage.desk.tick()) if one[0] != "head"]
        (answer,) = answers
        return answer

    def send(self, topic: str, frame: bytes) -> list[tuple[str, dict]]:
        return self.told(self.stage.desk.take([(topic, frame)]))

    def told(self, frames: list[tuple[str, bytes]]) -> list[tuple[str, dict]]:
        """Those of these frames that are for this terminal, opened."""
        return [self.open(topic, frame) for topic, frame in frames if topic.split("/")[1] == self.name]

    def open(self, topic: str, frame: bytes) -> tuple[str, dict]:
        message = topics.parse(topic)[2]
        return message, codec.open_sealed(topic, message, frame, {1: self.link_key}.get)

    def hello(self, **values: object) -> dict:
        return self.says_hello(**values)[0][1]

    def says_hello(self, **values: object) -> list[tuple[str, dict]]:
        """Says hello; the welcome, and whatever else comes with it."""
        told = {"app": "pos", "board": "host", "firmware": "test", "j": JOURNAL, "boots": 1, "witness_seq": 0}
        told |= {"heap_free": 50000, "unanswered": 0, "r": next(self.questions)}
        return self.send(*self.frame("hello", **told | values))

    def sign_on(self, pin: str = "1234") -> int:
        message, values = self.ask("sign_on", operator="7", pin=pin)
        assert message == "signed_on", values
        return values["shift"]

    def scan(self, basket: int, codes: list[str], shift: int = 1, lane: int = 0) -> dict:
        """Fills a basket with one piece of each; the values of the last answer."""
        values: dict = {}
        for line, code in enumerate(codes, 1):
            message, values = self.ask(
                "set_line",
                l=lane,
                j=JOURNAL,
                basket=basket,
                line=line,
                code=code,
                qty_milli=1000,
                operator="7",
                shift=shift,
            )
            assert message == "priced", values
        return values

    def tap(self, account: str = ALICE, card: str = CARD) -> str:
        """A member's card at this terminal now."""
        tap = "%016x" % next(self.stage.taps)
        now_ms = self.stage.clock.now_ms()
        taps.put(self.stage.db, Tap(tap, self.name, "member", account, card, self.stage.clock.boot, now_ms))
        return tap

    def pay(self, n: int, basket: int = 1, lane: int = 0, **values: object) -> dict:
        """The values of a pay request for what lies in the basket; tenders are given by name."""
        asked: dict = {
            "j": JOURNAL,
            "l": lane,
            "n": n,
            "operator": "7",
            "shift": 1,
            "at_s": 1_700_000_000,
            "basket": basket,
            "lines": 1,
            "stored_cents": 0,
            "points": 0,
            "points_cents": 0,
            "cash_cents": 0,
        }
        asked |= values
        asked.setdefault("total_cents", asked["stored_cents"] + asked["points_cents"] + asked["cash_cents"])
        return asked

    def void(self, n: int, lane: int = 0) -> tuple[str, dict]:
        return self.request("void", j=JOURNAL, l=lane, n=n, at_s=1_700_000_000)


class Stage:
    """One store with a till, an attendant (7, PIN 1234), goods at 10.00 and 2.50, and rights to credit."""

    incarnation = INCARNATION

    def __init__(
        self,
        path: str = ":memory:",
        clock: StageClock | None = None,
        keys: ChainKeys | None = None,
        db: sqlite3.Connection | None = None,
    ):
        self.clock, self.taps, self.keys = clock or StageClock(), count(1), keys
        self.numbers = count(0xEE << 56)  # stands in for chance; no id of head office's is among them
        self.db: sqlite3.Connection = db or open_store(path)
        self.hq = HeadOffice()
        meta.begin_life(self.db, self.incarnation, STORE, self.hq.public, CONFIGURATION)
        self.begin()
        self.start()
        self.tell("rules", **RULES)
        self.tell(
            "terminal",
            terminal="0001-pos1",
            app="pos",
            keys=[{"k": 1, "link_key": LINK_KEY.hex()}],
            status="active",
            serial="01",
            letter="cd" * 16,
        )
        self.tell(
            "staff",
            operator="7",
            name="Kim",
            role="attendant",
            pin_salt="00" * 16,
            pin_hash=PIN_HASH,
            cards=[],
            status="active",
        )
        self.tell(
            "goods",
            version=1,
            part=1,
            parts=1,
            items=[
                {
                    "code": "100",
                    "name_zh": "茶",
                    "name_en": "Tea",
                    "price_milli": 1000_000,
                    "unit": "pc",
                    "tax_code": "A",
                    "tax_bp": 1900,
                },
                {
                    "code": "200",
                    "name_zh": "水",
                    "name_en": "Water",
                    "price_milli": 250_000,
                    "unit": "pc",
                    "tax_code": "B",
                    "tax_bp": 700,
                },
            ],
        )
        self.right("issue:principal", 100_000)
        self.right("issue:bonus", 100_000)
        self.right("issue:points", 1000)
        self.till = Till(self, "pos1")

    def begin(self) -> None:
        """What enrolment writes beside; for lives that are not the first."""

    def start(self) -> None:
        """Starts the sale process on this database, as after a crash."""
        cards = Sam(self.keys.for_store(), self.clock.now_ms) if self.keys else NoKeys()
        self.shop = Shop(self.db, self.clock, lambda size: next(self.numbers).to_bytes(size, "big"), cards)
        self.shop.transaction(lambda: witness.start(self.shop))
        self.desk = Desk(self.shop)

    def tell(self, kind: str, **body: object) -> list[tuple[str, bytes]]:
        return self.uplink("hq", self.hq.message(kind, **body))

    def uplink(self, message: str, told: dict) -> list[tuple[str, bytes]]:
        return self.desk.take([(topics.up(STORE + "-uplink", message), json.dumps(told).encode())])

    def right(self, name: str, amount: int) -> None:
        self.tell("right_grant", grant="%032x" % (self.hq.n + 1), right=name, amount=amount)

    def grant(self, cents: int, account: str = ALICE, asset: str = "principal", lot: str = "0a" * 8, **body: object):
        """Float from head office; returns the id of the grant."""
        grant_id = "%032x" % (0xF00000 + self.hq.n)
        slices = [{"asset": asset, "lot": lot, "amount": cents, "origin": "0002", "kind": "top_up", "expires": None}]
        told = {"grant": grant_id, "incarnation": INCARNATION, "account": account, "slices": slices}
        self.tell("grant", **told | body)
        return grant_id

    def events(self) -> list[dict]:
        return [json.loads(line) for line in outbox.lines_from(self.db, 1, 10_000)]

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]


def ready(keys: ChainKeys | None = None, path: str = ":memory:") -> tuple[Stage, Till]:
    """A store at work: the till has said hello, attendant 7 is signed on in shift 1."""
    stage = Stage(path, keys=keys)
    stage.till.hello()
    assert stage.till.sign_on() == 1
    return stage, stage.till
