"""A petrol station on the stage: the real desk, a pump terminal's frames, and the forecourt page in front of it all."""

import json
from itertools import count

from gateway.config import Config
from gateway.store import staff
from gateway.store.db import open_reader
from gateway.web.console import Console
from gateway.web.forecourt import COOKIE, Answer, Asked, Forecourt
from gateway.web.sessions import Sessions
from protocol import topics
from protocol.money import line_amount_cents
from tests.gateway.stage import ALICE, JOURNAL, LINK_KEY, STORE, Stage, Till

PUMP, SUPER, PRICE_MILLI = STORE + "-pump1", "305", 150_000  # 1.50 a litre
HOST = "127.0.0.1:8090"
PINS = {"7": "1234", "9": "9999"}  # Kim serves, Lee is a supervisor


class Station:
    """Two nozzles at 1,000 l, Alice with 100.00, attendants 7 and 9; `tablet()` is a browser at the page."""

    def __init__(self, folder):
        self.stage = Stage(str(folder / "store.db"))
        self.stage.tell("terminal", terminal=PUMP, app="pump", keys=[{"k": 1, "link_key": LINK_KEY.hex()}],
                        status="active", serial="02", letter="cd" * 16)  # fmt: skip
        person = {"operator": "9", "name": "Lee", "role": "supervisor", "pin_salt": "00" * 16, "cards": []}
        self.stage.tell("staff", **person, pin_hash=staff.hash_pin(PINS["9"], bytes(16)), status="active")
        item = {"code": SUPER, "name_zh": "汽油", "name_en": "Super", "price_milli": PRICE_MILLI, "unit": "L",
                "tax_code": "A", "tax_bp": 1900}  # fmt: skip
        self.stage.tell("goods", version=2, part=1, parts=1, items=[item])
        self.stage.tell("member", account=ALICE, level="", status="active", display="Alice L.", cards=[], tags=[],
                        in_all={"principal": 10_000, "bonus": 0, "points": 0}, as_of_s=0)  # fmt: skip
        self.stage.grant(10_000)
        self.config = Config(folder, STORE, "https://localhost", host_names=("localhost", "tablet.example"))
        self.now_s, self.deaf, self.asked, self.orders = 0.0, False, [], []
        self.console = Console(self._say, lambda: self.now_s, 0.05)
        self.line, self.reader = (False, ""), lambda: open_reader(self.config.database)
        self.page = Forecourt(
            self.config, lambda: self.reader(), self.console, lambda: self.line,
            Sessions(lambda: self.now_s), self.stage.clock,
        )  # fmt: skip
        self.pump = PumpTerminal(self)
        self.pump.hello()
        self.pump.tells()

    def _say(self, message: str, told: dict) -> bool:
        """The broker: what the page says reaches the desk, what the desk answers reaches the page and the pumps."""
        self.asked.append(told)
        if not self.deaf:
            self.deliver(self.stage.uplink(message, told))
        return True

    def deliver(self, frames) -> None:
        for topic, payload in frames:
            client, _, message = topics.parse(topic)
            if client == STORE + "-uplink" and message in ("console_done", "nozzles"):
                self.console.hear(message, payload)
            elif client == PUMP and message == "pump_do":
                self.orders.append(self.pump.open(topic, payload)[1])

    def waits(self, seconds: int) -> None:
        """So much time passes, at the page and in the sale process."""
        self.now_s += seconds
        self.stage.clock.at_s += seconds
        self.stage.clock.at_ms += seconds * 1000

    def tablet(self, **more) -> "Tablet":
        return Tablet(self, **more)


class PumpTerminal(Till):
    """The terminal of both nozzles; what it does in words."""

    def __init__(self, station: Station):
        super().__init__(station.stage, "pump1")
        self.station = station
        self.rows = {n: {"n": n, "code": SUPER, "state": "free", "lifted": False, "ml": 0, "cents": 0,
                         "price_milli": PRICE_MILLI, "total_ml": 1_000_000} for n in (1, 2)}  # fmt: skip
        self.sequences = {n: count(1) for n in (1, 2)}
        self.holds: dict[int, str] = {}

    def hello(self, **values) -> dict:
        return super().hello(app="pump", **values)

    def tells(self, nozzle: int = 0, **changes) -> None:
        if nozzle:
            self.rows[nozzle].update(changes)
        frame = self.frame("nozzles", nozzles=list(self.rows.values()))
        self.station.deliver(self.stage.desk.take([frame]))

    def ids(self, nozzle: int) -> dict:
        return {"j": JOURNAL, "l": nozzle - 1, "n": next(self.sequences[nozzle]), "at_s": 1_700_000_000}

    def begins(self, nozzle: int, cents: int, order: dict | None = None) -> None:
        """A member's hold, or what an attendant has ordered, up to running fuel."""
        asked = {"code": SUPER, "nozzle": nozzle, "cents": cents, "ml": 0}
        if order:
            asked |= {"operator": order["operator"], "shift": order["shift"], "cents": order["cents"]}
            message, told = self.request("start", **self.ids(nozzle), **asked)
        else:
            message, told = self.request("hold", **self.ids(nozzle), **asked, account=ALICE, tap=self.tap())
        assert message in ("held", "started"), told
        self.holds[nozzle] = told["hold"]
        assert self.says(nozzle, "fuelling") == "running"
        self.tells(nozzle, state="filling", lifted=True)

    def says(self, nozzle: int, word: str) -> str:
        return self.ask("pump_state", l=nozzle - 1, j=JOURNAL, hold=self.holds[nozzle], state=word)[1]["state"]

    def flows(self, nozzle: int, ml: int) -> None:
        """So much more has come; nobody has booked it."""
        row = self.rows[nozzle]
        total_ml, all_ml = row["total_ml"] + ml, row["ml"] + ml
        self.tells(nozzle, ml=all_ml, cents=line_amount_cents(all_ml, PRICE_MILLI), total_ml=total_ml)

    def ends(self, nozzle: int, member: bool = True) -> dict:
        """Hung up: what flowed is captured; the answer."""
        row = self.rows[nozzle]
        asked = {"hold": self.holds[nozzle], "code": SUPER, "ml": row["ml"], "amount_cents": row["cents"],
                 "price_milli": PRICE_MILLI, "total_before_ml": row["total_ml"] - row["ml"],
                 "total_after_ml": row["total_ml"], "last": True, "why": "hung_up"}  # fmt: skip
        message, told = self.request("capture", **self.ids(nozzle), **asked | ({"account": ALICE} if member else {}))
        assert message == ("captured" if member else "filled"), told
        self.tells(nozzle, state="free", lifted=False)
        self.rows[nozzle].update(ml=0, cents=0)
        return told

    def fills(self, nozzle: int, ml: int, order: dict | None = None) -> dict:
        self.begins(nozzle, 5000, order)
        self.flows(nozzle, ml)
        return self.ends(nozzle, member=order is None)


class Tablet:
    """A browser at the page: keeps its cookie, sends what the page's script would send."""

    numbers = count(1)  # of commands: no two browsers make the same

    def __init__(self, station: Station, client: str = "127.0.0.1", language: str = "en", secure: bool = False):
        self.station, self.client, self.language, self.secure = station, client, language, secure
        self.cookie = self.csrf = ""

    def get(self, path: str = "/forecourt", **headers: str) -> Answer:
        return self.station.page.get(self._asked(path, headers))

    def state(self) -> dict:
        told = json.loads(self.get("/forecourt/state").body)
        self.csrf = told["csrf"]
        return told

    def do(self, word: str, number: str = "", **fields: object) -> str:
        """One command: 'ok', or the reason why not; its answer is kept."""
        return self.sends({"id": number or "%032x" % next(self.numbers), "do": word, **fields})

    def sends(self, body: object, raw: bytes = b"", **headers: str) -> str:
        scheme = "https" if self.secure else "http"
        own = {"origin": f"{scheme}://{HOST}", "content-type": "application/json", "x-csrf": self.csrf}
        asked = self._asked("/forecourt/do", own | headers)._replace(body=raw or json.dumps(body).encode())
        self.answer = self.station.page.post(asked)
        self.told = json.loads(self.answer.body)
        given = self.answer.headers.get("Set-Cookie", "")
        if given:
            self.cookie = given.partition(";")[0]
        return "ok" if self.told["ok"] else self.told["reason"]

    def signs_in(self, operator: str = "7", pin: str = "") -> str:
        done = self.do("sign_on", operator=operator, pin=pin or PINS[operator])
        self.state()
        return done

    def _asked(self, path: str, headers: dict) -> Asked:
        own = {"host": HOST, "accept-language": self.language, "cookie": self.cookie}
        return Asked(path, {}, own | headers, self.client, self.secure)

    @property
    def cookie_value(self) -> str:
        return self.cookie.removeprefix(COOKIE + "=")
