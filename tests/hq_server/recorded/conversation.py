"""What a gateway and head office say to each other on one day: the scene, the real gateway in it, and the record.

A record is a file of exchanges, one JSON object per line: what the gateway asked, byte for byte, and what it was
answered. Records of releases are kept as they were (tests/hq_server/recorded/<version>/); each is played again to
today's head office (replay.py).

    .venv/bin/python -m tests.hq_server.recorded.conversation      writes the record of this version anew
"""

import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from starlette.testclient import TestClient

from gateway import enrolment, health
from gateway.adapters.hq import Hq as LineToHq
from gateway.core import witness
from gateway.desk import Desk
from gateway.reader import NoKeys
from gateway.shop import Shop
from gateway.store import meta, outbox
from gateway.store.db import open_store
from hq_server.app import create_gateway_app
from hq_server.bootstrap import Hq
from hq_server.chain.authority import serial_text
from hq_server.db import Database
from hq_server.fleet import enrolment as fleet_enrolment
from hq_server.fleet import peer
from hq_server.fleet import store as fleet
from hq_server.rules.changes import put_rules
from hq_server.staff.changes import StaffMember, put_staff
from protocol import topics
from tests.gateway.stage import JOURNAL, LINK_KEY, WITNESS_KEY, StageClock, Till
from tests.hq_server import small_chain

HERE = Path(__file__).parent
STORE, TERMINAL = "0003", "0003-pos1"
AWAY = "c3" * 16  # a member whose value lies at another store
ADA, NOBODY = "a1" * 16, "d4" * 16
DAY = "2026-11-16"
NOW_S = int(small_chain.START.timestamp())
RULES = {
    "earn": {"points_per_100_cents": 1},
    "top_up_bonus": [{"from_cents": 5000, "bonus_bp": 1000}],
    "point_value_milli": 1000,
}


def set_scene(hq: Hq) -> str:
    """A store with an attendant and a terminal whose keys are known, a member with value at head office; the code."""
    with hq.db.write() as connection:
        put_rules(connection, hq.post, RULES, "test", NOW_S)
        code = fleet_enrolment.add_store(connection, fleet_enrolment.NewStore(STORE, "Quay", right_punches=0), NOW_S)
        fleet.add_terminal(connection, TERMINAL, STORE, "pos")
        link = hq.sealer.seal(f"{TERMINAL}/1/link", LINK_KEY)
        kept = hq.sealer.seal(f"{TERMINAL}/1/witness", WITNESS_KEY)
        fleet.add_terminal_key(connection, TERMINAL, 1, link, kept, NOW_S)
        fleet.set_terminal(connection, TERMINAL, status="active", serial="01", key_number=1)
        for number, role in (("7", "attendant"), ("9", "supervisor")):
            put_staff(connection, hq.post, StaffMember(number, "Kim", role, pin="1234"), NOW_S)
    (other,) = [shop for shop in small_chain.open_shops(hq, NOW_S) if shop.store == "0002"]
    other.top_up(DAY, NOW_S, AWAY, 80_00)
    other.give_back(DAY, NOW_S, AWAY, {"principal": 80_00})
    small_chain.deliver(hq, other)
    return code


class Line(httpx.Client):
    """Head office without a wire, for whoever holds the certificate; every exchange is written down."""

    def __init__(self, hq: Hq):
        super().__init__()
        self._app, self._inside = create_gateway_app(hq), None
        self.exchanges: list[dict] = []
        self.peer: peer.Peer | None = None

    def certified(self, pem: str) -> None:
        """From now on this certificate is shown."""
        found = x509.load_pem_x509_certificate(pem.encode())
        name = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        self.peer = peer.Peer(str(name), serial_text(found))

    def request(self, method: Any, url: Any, **more: Any) -> httpx.Response:
        more.pop("timeout", None)
        self._inside = self._inside or TestClient(self._shown, base_url="http://hq")
        answer = self._inside.request(method, url, **more)
        asked = answer.request
        told = {"method": method, "path": asked.url.path, "query": dict(asked.url.params)}
        told |= {"body": asked.content.decode(), "status": answer.status_code, "answer": answer.text}
        self.exchanges.append(told)
        return answer

    async def _shown(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})[peer.SCOPE_KEY] = self.peer
        await self._app(scope, receive, send)


class Gateway:
    """The gateway as it is, from its own enrolment on; the broker between its processes is left out."""

    def __init__(self, line: Line, code: str, directory: Path):
        (directory / "tls").mkdir(parents=True)
        incarnation = "0c" * 16
        asked = enrolment.request(directory, code, incarnation, ("localhost",))
        told = line.request("POST", "/gateway/v1/enrol", json=asked).json()
        config = enrolment.settle(directory, "https://hq", ("localhost",), incarnation, told, {})
        line.certified(told["certificates"]["gateway"])
        self.line = LineToHq(STORE, line)
        self.clock, self.taps, self.numbers = StageClock(NOW_S), itertools.count(1), itertools.count(0xEE << 56)
        self.db = open_store(config.database)
        self.shop = Shop(self.db, self.clock, lambda size: next(self.numbers).to_bytes(size, "big"), NoKeys())
        self.shop.transaction(lambda: witness.start(self.shop))
        self.desk = Desk(self.shop)
        self.till = Till(self, "pos1")  # type: ignore[arg-type]
        self.till.name = TERMINAL

    def say(self, message: str, told: dict) -> None:
        """What the uplink tells the sale process."""
        self.desk.take([(topics.up(STORE + "-uplink", message), json.dumps(told).encode())])

    def beat(self) -> None:
        told = self.line.heartbeat(health.heartbeat(self.db))
        self.say("line", {"up": True, "at_s": told["at_s"]})

    def fetch(self) -> None:
        life = meta.get(self.db, "hq_life") or "0" * 32
        while messages := self.line.messages(self.shop.number("hq_cursor"), life, wait_s=0):
            for message in messages:
                self.say("hq", message)

    def upload(self) -> None:
        after = self.shop.number("booked_seq")
        lines = outbox.lines_from(self.db, after + 1, 500)
        if lines:
            before = outbox.hash_at(self.db, self.shop.incarnation, after)
            self.say("booked", {"upto": self.line.events(self.shop.incarnation, after + 1, before, lines).upto})

    def serve(self, message: str, **values: Any) -> None:
        """One money request of the till; what it lacks is wished for and comes."""
        for topic, payload in self.desk.take([self.till.frame(message, j=JOURNAL, **values)]):
            if topics.parse(topic)[2] == "want":
                wish = json.loads(payload)
                for grant in self.line.float(wish):
                    self.say("hq", grant)
                self.say("want_answer", {"request": wish["request"]})


def a_day(shop: Gateway) -> None:
    """Each kind of request of a counter once, and what the line brings and carries beside."""
    till = shop.till
    shop.beat()
    shop.fetch()
    till.hello()
    topic, frame = till.frame("sign_on", r=1, operator="7", pin="1234")
    shop.desk.take([(topic, frame.replace(b"1234", b"4321"))])  # somebody on the wire: an alarm
    till.ask("sign_on", operator="7", pin="1234")
    numbers = itertools.count(1)
    ids = {"l": 0, "operator": "7", "shift": 1, "at_s": NOW_S}

    def pay(account: str = "", stored_cents: int = 0) -> int:
        n = next(numbers)
        price = till.scan(n, ["4001"])["total_cents"]
        member = {"account": account, "tap": till.tap(account)} if account else {}
        values = till.pay(n, n, stored_cents=stored_cents, cash_cents=price - stored_cents, **member)
        shop.serve("pay", **{name: value for name, value in values.items() if name != "j"})
        return n

    pay()
    tap = till.tap(ADA)
    shop.serve("top_up", **ids, n=next(numbers), account=ADA, tap=tap, amount_cents=5000, tender="cash")
    pay(ADA, stored_cents=100)
    shop.serve("void", l=0, n=pay(ADA, stored_cents=50), at_s=NOW_S)
    shop.upload()
    shop.beat()
    pay(AWAY, stored_cents=100)  # comes from head office while it waits
    pay(NOBODY, stored_cents=100)  # has nothing anywhere: refused
    shop.serve("refund", **ids, n=next(numbers), receipt=1, why="returned")
    till.ask("sign_off", operator="7", shift=1)
    shop.fetch()
    shop.upload()
    shop.beat()


def conversation(hq: Hq, directory: Path) -> list[dict]:
    """A day of today's gateway with this head office."""
    line = Line(hq)
    a_day(Gateway(line, set_scene(hq), directory))
    return line.exchanges


def write_record(path: Path, exchanges: list[dict]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in exchanges))


def read_record(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        hq = small_chain.open_chain(Path(folder) / "hq", NOW_S)
        assert isinstance(hq.db, Database)
        path = HERE / health.VERSION / "conversation.jsonl"
        write_record(path, conversation(hq, Path(folder) / "gateway"))
        hq.close()
    print(path)


if __name__ == "__main__":
    sys.exit(main())
