"""A terminal's flow with its screen and a small gateway, driven by tables in words: event | state | effects | screen.

The gateway here prices, refuses and approves like the real one as far as frames show it; every frame that a flow asks
for is sealed by the real codec, so a value out of the table's range fails the test.
"""

import time
from io import BytesIO

from firmware.flows import make, parts, pos, pump, pump_parts
from firmware.net.slots import make_folder
from firmware.text import Texts, lines
from firmware.ui.screen import ROWS, Screen
from firmware.ui.views import Views
from protocol import codec, topics
from tests.firmware.scratch import scratch
from tests.firmware.seen import FONT, row_text

NOON_S = 1763985600  # 2025-11-24 12:00 UTC
TERMINALS = {"reader": "0001-reader1", "pos": "0001-pos1", "pump": "0001-pump1"}
GOODS = {"690": ("Whole milk 1 l", 5500), "12": ("苹果", 7980), "77": ("Bread", 12250), "9": ("Pen", 100)}
WELCOME = {"store_name": "Tapwell 0001", "exponent": 2, "selling": True, "at_s": NOON_S, "business_date": "2025-11-24"}
ANN = {
    "tap": "00112233445566aa",
    "account": "aa" * 16,
    "card": "0001:04A1B2C3D4E5F6",
    "display": "Ann",
    "level": "gold",
    "here": {"principal": 4000, "bonus": 1000, "points": 120},
    "in_all": {"principal": 5000, "bonus": 1000, "points": 150},
    "in_all_at_s": NOON_S - 120,
    "point_value_milli": 10000,
}
POOR = dict(ANN, display="Bo", account="bb" * 16, here={"principal": 0, "bonus": 0, "points": 0}, in_all_at_s=0)
POOR["in_all"] = POOR["here"]
STAFF = {"tap": "ffee001122334455", "operator": "42", "name": "Li Lei"}
TAX = {"bp": 1300, "gross_cents": 1100, "tax_cents": 127}
RECORD = {"hold": "0001-pump1/5f3a09c1/0/16", "account": "aa" * 16, "code": "305", "price_milli": 76000, "cents": 4000}
RECORD.update({"name": "SUPER", "before_ml": 1000000, "list_milli": 0, "wish_ml": 0})
ENDED = {"after_ml": 1012000, "ml": 12000, "amount_cents": 912, "why": "hung_up"}
EMPTY = dict(ENDED, after_ml=1000000, ml=0, amount_cents=0)
KEPT = {"": {}, "ended": ENDED, "staff": {"account": None}, "empty": EMPTY}
NOZZLES = (("305", 0x50, 1), ("306", 0x51, 1))
OFFERS = [
    {"asset": "coupon:tea", "lot": "c1" * 8, "have": 1, "of": 0, "off_cents": 300, "until": "2025-12-31"},
    {"asset": "coupon:autumn", "lot": "c2" * 8, "have": 1, "of": 0, "off_cents": 150},
    {"asset": "punch:coffee", "have": 10, "of": 10, "off_cents": 250},
    {"asset": "punch:wash", "have": 3, "of": 5, "off_cents": 900},
]
OFFERS += [{"asset": "coupon:bread", "lot": "%016x" % at, "have": 1, "of": 0, "off_cents": 100} for at in range(4)]
FLEET = dict(ANN, asks=["plate", "odometer"], grades=["306"], day_left_ml=40000, day_left_cents=6000)
CARDS = {"fleet": ("tapped", FLEET), "ann": ("tapped", ANN), "bo": ("tapped", POOR), "staff": ("staff_tapped", STAFF)}
FLASH = scratch("flash")
make_folder(FLASH)

DIESEL = {"list_milli": 78000, "saved_cents": 10, "off_cents": 150, "over_cents": 30}
PUMP_WORDS = ("nozzle", "silent", "kept", "did", "alarm", "prices", "do")

_begun = set()
_parts = {}


def load(name: str):
    """A part of the pos, compiled once for all tests: that a terminal reads it anew is for the tests with images."""
    if name not in _parts:
        _parts[name] = parts.load(name)
    return _parts[name]


def load_of_pump(name: str):
    """A part of the pump likewise."""
    if name not in _parts:
        _parts[name] = pump_parts.load(name)
    return _parts[name]


_files = {}


def opened(path: str, mode: str):
    """A table or the texts, read from disk once for all tests."""
    if path not in _files:
        with open(path, mode) as file:
            _files[path] = file.read()
    return BytesIO(_files[path])


pos.load = load
pump.load = load_of_pump
lines.open = opened


class Desk:
    """run(table) plays each line and compares what it says."""

    def __init__(self, app: str, language: str = "en", nozzles=NOZZLES):
        self.texts = Texts(language)
        self.screen = Screen(FONT)
        self.views = Views(app, self.texts, self.screen)
        self.flow = make(app, TERMINALS[app], self.texts, self.now, nozzles=nozzles, folder=FLASH)
        self.now_s = NOON_S
        self.nozzles = []
        self.gateway = Gateway()
        self.shown = ""
        self.picture = None
        self.printed = []
        self.effects = []

    def now(self) -> int:
        """The terminal's clock."""
        return self.now_s

    def run(self, table: str):
        """Each line: event | state | effects but show and beep | what the screen says, '&' between, '!': says not."""
        for line in table.strip().split("\n"):
            event, state, effects, says = [cell.strip() for cell in line.split("|")]
            self.effects = []
            for one in self.events(event):
                self.give(one, False)
            self.draw()
            at = "after '%s': " % event
            assert self.flow.state == state, at + "state " + self.flow.state + "\n" + self.text()
            assert ", ".join(self.effects) == effects, at + ", ".join(self.effects)
            shown = self.words() if says else ""
            for words in [one.strip() for one in says.split("&")]:
                wanted, there = words[:1] != "!", (words[1:] if words[:1] == "!" else words) in shown
                assert there == wanted, at + ("no '" if wanted else "still '") + words + "' in\n" + self.text()

    def begin(self, table: str):
        """A way that many tests begin with: checked as run() does the first time, then its events alone."""
        if table not in _begun:
            self.run(table)
            _begun.add(table)
            return
        for line in table.strip().split("\n"):
            for one in self.events(line.partition("|")[0].strip()):
                self.give(one, False)

    def give(self, event: tuple, draw: bool = True):
        """One event; its effects are carried out as the shell of a terminal does: only the newest picture is drawn."""
        for effect in self.flow.on(event):
            if effect[0] == "show":
                self.picture = effect[1:]
                continue
            if effect[0] == "beep" or effect[1:2] in (("report",), ("prices",)):
                continue
            if effect[0] == "tell":
                seal(*effect[1:])
                self.nozzles = effect[2]["nozzles"]
                continue
            self.effects.append(" ".join([str(word) for word in effect[:3] if isinstance(word, (str, int))]))
            if effect[0] == "print":
                self.printed = list(effect[1])
                self.effects[-1] = "print"
            if effect[0] == "ask":
                self.effects[-1] = "ask " + effect[2]
                self.gateway.asked(effect[1:])
            if effect[0] == "request":
                self.effects[-1] = "request " + effect[2]
                self.gateway.requested(effect[1:])

        if draw:
            self.draw()

    def draw(self):
        """The newest picture, unless it is on the screen."""
        if self.picture:
            self.shown = self.picture[0]
            self.views.show(*self.picture)
            self.picture = None

    def text(self) -> str:
        """What the screen says, line by line."""
        return "\n".join([row_text(self.screen, row) for row in range(ROWS)])

    def words(self) -> str:
        """What the screen says as one line, so that wrapped texts are found."""
        return " ".join([word for word in self.text().replace("\n", " ").split(" ") if word])

    def events(self, words: str) -> list:
        """The events that some words stand for."""
        word, _, rest = words.partition(" ")
        if word == "key":
            return [("key", key) for key in rest.split(" ")]
        if word == "tap":
            return [("card_placed",), CARDS[rest]]
        if word == "tapped":
            return [CARDS[rest]]
        if word == "welcome":
            return [("welcome", WELCOME)]
        if word in PUMP_WORDS:
            return [getattr(self, "said_" + word)(word, rest)]
        if word == "head":
            return [("head", dict(WELCOME, selling=rest == "selling"))]
        if word in ("link", "journal", "scan", "timer"):
            return [(word, rest)]
        if word == "card":
            return [("card_error", rest)]
        if word in ("answer", "refuse", "silence", "late"):
            return [self.gateway.answer(word, rest)]
        if word in ("approve", "decline", "undo"):
            return [self.gateway.outcome(word, rest)]
        return [(word,) + tuple(rest.split(" ") if rest else ())]

    def said_nozzle(self, word: str, rest: str) -> tuple:
        """'nozzle NUMBER STATE LIFTED ML CENTS TOTAL', or 'silent NUMBER'."""
        return (word,) + tuple([int(number) for number in rest.split(" ")])

    said_silent = said_nozzle

    def said_kept(self, word: str, rest: str) -> tuple:
        """'kept NUMBER [WHICH]'."""
        number, _, which = rest.partition(" ")
        return word, int(number), dict(RECORD, **KEPT[which])

    def said_did(self, word: str, rest: str) -> tuple:
        """'did NUMBER COMMAND ok|no'."""
        number, what, good = rest.split(" ")
        return "pump_did", int(number), what, good == "ok"

    def said_alarm(self, word: str, rest: str) -> tuple:
        """'alarm NUMBER [TEXT]'."""
        number, _, text = rest.partition(" ")
        return word, int(number), text

    def said_prices(self, word: str, rest: str) -> tuple:
        """'prices CODE MILLI IN_S, ...'."""
        told = [price.split(" ") for price in rest.split(", ")]
        rows = [{"code": row[0], "price_milli": int(row[1]), "from_s": NOON_S + int(row[2])} for row in told]
        return word, {"prices": rows}

    def said_do(self, word: str, rest: str) -> tuple:
        """'do start|stop|suspend|resume NUMBER [ASK]'."""
        what, number, *more = rest.split(" ")
        values = {"ask": "%08d" % int(more[0] if more else 1), "nozzle": int(number), "do": what}
        if what == "start":
            values.update({"operator": "42", "shift": 7, "cents": 0, "ml": 0})
        return "pump_do", values


class Gateway:
    """Answers the asks in the order they came, and the open request."""

    def __init__(self):
        self.asks = []
        self.request = None
        self.baskets = {}
        self.receipt = 100

    def asked(self, ask: tuple):
        """The frame must be a good one."""
        tag, message, values = ask
        seal(message, dict(values, r=1, j="5f3a09c1"))
        self.asks.append(ask)

    def requested(self, request: tuple):
        """The frame must be a good one."""
        lane, message, values = request
        seal(message, dict(values, j="5f3a09c1", l=lane, n=17, at_s=NOON_S), b"w" * 32)
        if message == "pay":
            paid_cents = values["stored_cents"] + values["points_cents"] + values["cash_cents"]
            assert paid_cents == values["total_cents"]
            assert values["lines"] == len(self.baskets[values["basket"]])
        self.request = request

    def answer(self, word: str, reason: str) -> tuple:
        """The oldest question's answer: 'answer', 'refuse REASON' or 'silence'."""
        tag, message, values = self.asks.pop(0)
        if word == "silence":
            return "answer", tag, "no_answer", {}
        if word == "refuse":
            return "answer", tag, "refused", {"reason": reason}
        name, reply = getattr(self, message)(values)
        return "answer", tag, name, reply

    def set_line(self, values: dict) -> tuple:
        """Prices a line; a code it does not know is refused."""
        if values["code"] not in GOODS:
            return "refused", {"reason": "unknown_goods"}
        name, price_milli = GOODS[values["code"]]
        amount_cents = price_milli * values["qty_milli"] // 1000 // 10
        lines = self.baskets.setdefault(values["basket"], {})
        lines[values["line"]] = amount_cents
        if not values["qty_milli"]:
            del lines[values["line"]]
        reply = dict(values, name=name, price_milli=price_milli * 100, amount_cents=amount_cents)
        return "priced", dict(reply, lines=len(lines), total_cents=sum(lines.values()))

    def units_ask(self, values: dict) -> tuple:
        """Ann has eight, Bo none; the code 2025 takes 2.00 off."""
        if "code" in values:
            if values["code"] != "2025":
                return "refused", {"reason": "coupon_unknown"}
            offer = {"asset": "code:2025", "have": 1, "of": 0, "off_cents": 200}
            return "units_told", {"offers": [offer], "more": False}
        after, held = values["after"], OFFERS if values["account"] == ANN["account"] else []
        return "units_told", {"offers": held[after : after + 6], "more": len(held) > after + 6}

    def sign_on(self, values: dict) -> tuple:
        """Operator 42 has the PIN 1234, or the staff card."""
        if values.get("pin") == "1234" or values.get("tap") == STAFF["tap"]:
            return "signed_on", {"operator": "42", "name": "Li Lei", "role": "attendant", "shift": 7}
        return "refused", {"reason": "wrong_pin"}

    def sign_off(self, values: dict) -> tuple:
        """The shift's figures."""
        return "signed_off", {"sales": 3, "cash_cents": 12345}

    def sale_ask(self, values: dict) -> tuple:
        """Receipt 41 has 3 lines; 42 has 20, told in two pages; 43 was refunded; 44 lies in another store."""
        receipt, after = values.get("receipt", 42 if "sale" in values else 0), values["after"]
        if receipt == 44:
            return "refused", {"reason": "refund_right_away"}
        if receipt not in (41, 42, 43):
            return "refused", {"reason": "unknown_sale"}
        last = {41: 3, 42: 20, 43: 0}[receipt]
        lines = [
            {"line": line, "name": "Goods %d" % line, "qty_milli": 1000 * line, "paid_cents": 150 * line}
            for line in range(after + 1, min(last, after + 16) + 1)
        ]
        told = {"sale": "0001-pos1/5f3a09c1/0/16", "left_cents": 150 * last * (last + 1) // 2, "cash_cents": 0}
        return "sale_told", dict(told, lines=lines, more=after + 16 < last)

    def vouch(self, values: dict) -> tuple:
        """Operator 7 has the PIN 4321."""
        if (values["operator"], values["pin"]) == ("7", "4321"):
            return "staff_tapped", dict(STAFF, operator="7", tap="aa" * 8)
        return "refused", {"reason": "wrong_pin"}

    def refunded(self, values: dict) -> dict:
        """Half in cash, half to the card."""
        cents = 1350 if values.get("lines") else 900
        reply = {"sale": values["sale"], "total_cents": cents, "cash_cents": 450, "principal_cents": cents - 450}
        reply.update({"bonus_cents": 0, "points": 0, "points_taken": 9, "kept_cents": 0, "owed_points": 2})
        return dict(reply, owed_cents=0, left_cents=0, here=ANN["here"], in_all=ANN["in_all"], in_all_at_s=0)

    def outcome(self, word: str, rest: str) -> tuple:
        """'approve', 'decline REASON [CENTS]' or 'undo voided'."""
        lane, message, values = self.request or (0, "", {})
        head = {"j": "5f3a09c1", "l": lane, "n": 17, "seq": 9}
        if word == "undo":
            number = {"receipt": 101} if rest == "reversed" else {}
            return "outcome", lane, "void_answer", dict(head, outcome=rest, **number)
        if word == "decline":
            reason, _, cents = rest.partition(" ")
            more = {"approve_cents": int(cents), "in_all_cents": 6000, "in_all_at_s": NOON_S} if cents else {}
            return "outcome", lane, "refused", dict(head, reason=reason, **more)
        self.receipt += 1
        head.update({"receipt": self.receipt, "business_date": "2025-11-24", "offline": False})
        if message in ("hold", "start", "capture", "release"):
            return ("outcome", lane) + self.pumped(message, head, values)
        if message == "top_up":
            return "outcome", lane, "topped_up", dict(head, **self.topped_up(values))
        if message == "refund":
            return "outcome", lane, "refunded", dict(head, **self.refunded(values))
        return "outcome", lane, "receipt", dict(head, **self.paid(values))

    def paid(self, values: dict) -> dict:
        """Three quarters from principal; one point for each whole unit of money."""
        principal_cents = values["stored_cents"] * 3 // 4
        reply = {name: values[name] for name in ("total_cents", "points", "points_cents", "cash_cents")}
        if "units" in values:
            reply["off_cents"] = sum(self.baskets[values["basket"]].values()) - values["total_cents"]
        reply.update({"principal_cents": principal_cents, "bonus_cents": values["stored_cents"] - principal_cents})
        reply.update({"earned": values["total_cents"] // 100, "taxes": [TAX]})
        if "account" in values:
            reply.update({"here": ANN["here"], "in_all": ANN["in_all"], "in_all_at_s": NOON_S - 120})
        return reply

    def pump_state(self, values: dict) -> tuple:
        """Noted."""
        return "pump_noted", {"hold": values["hold"], "state": "running"}

    def pumped(self, message: str, head: dict, values: dict) -> tuple:
        """(message, values): 0.76 a litre; as much as there is are 40.00; one point for each whole unit of money."""
        figures = {"here": ANN["here"], "in_all": ANN["in_all"], "in_all_at_s": NOON_S - 120, "name": "SUPER"}
        if message == "release":
            return "released", dict(head, hold=values["hold"])
        if message in ("hold", "start"):
            cents = values["cents"] or values["ml"] * 76 // 1000 or 4000
            set_aside = {"hold": RECORD["hold"], "cents": cents, "ml": cents * 1000 // 76, "price_milli": 76000}
            if "coupon" in values:
                set_aside.update({"list_milli": 78000, "off_cents": 150})
            return "held" if message == "hold" else "started", dict(head, **dict(set_aside, **figures))
        cents = values["amount_cents"]
        paid = {"ml": values["ml"], "price_milli": 76000, "total_cents": cents, "bonus_cents": 0}
        paid.update({"principal_cents": cents, "earned": cents // 100, "taxes": [TAX]})
        if "account" not in values:
            return "filled", dict(head, hold=values["hold"], fill=12, **dict(paid, **figures))
        if values["code"] == "306":
            paid.update(DIESEL)
        return "captured", dict(head, hold=values["hold"], **dict(paid, **figures))

    def topped_up(self, values: dict) -> dict:
        """A tenth as a gift."""
        cents = values["amount_cents"]
        reply = {"principal_cents": cents, "bonus_cents": cents // 10, "in_all_at_s": NOON_S - 120}
        return dict(reply, here=ANN["here"], in_all=ANN["in_all"])


def seal(message: str, values: dict, witness_key: bytes = b""):
    """Raises if the table of messages forbids these values."""
    codec.seal(topics.up("0001-pos1", message), message, values, 1, b"k" * 32, witness_key)


def spent_ms(work) -> int:
    """How long something takes, on both interpreters."""
    start = time.time_ns()
    work()
    return (time.time_ns() - start) // 1000000
