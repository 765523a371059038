"""A whole chain on this machine, set up as its owner would: head office, stores, terminals, attendants, members, cards.

Everything goes through the programs' own commands and enrolment codes; nothing is written into a database. Between a
store and head office lies a line that can be cut (tools/line.py).
"""

import asyncio
import csv
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hardware.emulators.bench import Bench
from hardware.emulators.desfire.card import Card
from tools import build_firmware, card_keys, households
from tools.issue_card import issue
from tools.line import Line
from tools.nozzles import laid_out
from tools.pn532_host import open_tcp
from tools.processes import Process, command, free_ports
from tools.provision import enrol_terminal
from tools.virtual_terminal import CHIPS, HEAP, VirtualTerminal

ISSUER = 1
STORE_NAMES = {"0001": "Harbour Street", "0002": "Mill Lane", "0003": "Ring Road"}
SHOP_APPS = ("reader", "pos")
PIN = "4711"
COMMANDS_AT_ONCE = 2
DISPENSERS = 2  # of a pump terminal, each with a hose for each grade
RULES = {
    "order": "principal_first",
    "earn": {"points_per_100_cents": 1},
    "point_value_milli": 1000,
    "top_up_bonus": [{"from_cents": 10000, "bonus_cents": 500}],
    "points_days": 730,
}


@dataclass
class Terminal:
    """One terminal: the process with the firmware, and the bench with its chips."""

    name: str
    app: str
    folder: Path
    bench: Bench
    process: VirtualTerminal


@dataclass
class Store:
    """One store: its line to head office, the wire its terminals dial the broker by, its gateway (with broker)."""

    code: str
    folder: Path
    line: Line
    wire: Line
    broker_port: int
    status_port: int
    operator: str
    gateway: Process
    terminals: dict[str, Terminal] = field(default_factory=dict)


@dataclass
class Member:
    """A household's card and account."""

    household: int
    account: str
    card: Card
    card_id: str


class Chain:
    """`await Chain(folder, plan).set_up(told)` and later `await close()`; `told(text)` hears each step.

    apps: which terminals with firmware each store has. wired: they dial the broker through a wire that can be cut.
    shops, stations: codes of the stores; stations have a pump terminal too, whose nozzles give `grades` (goods codes).
    """

    def __init__(
        self,
        folder: Path,
        plan: households.Plan,
        languages: tuple[str, ...] = ("en", "zh"),
        apps: tuple[str, ...] = SHOP_APPS,
        wired: bool = False,
        shops: tuple[str, ...] = households.STORES,
        stations: tuple[str, ...] = (),
        grades: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.languages = languages
        self.apps = apps
        self.wired = wired
        self.codes, self.stations, self.grades = shops + stations, stations, grades
        self.hq_dir = folder / "hq"
        self.logs = folder / "logs"
        self.hq = Process(self.logs / "hq.log", "hq_server", "run", "--dir", str(self.hq_dir))
        self.stores: dict[str, Store] = {}
        self.members: dict[int, Member] = {}
        self.staff_cards: dict[str, tuple[Card, str]] = {}  # store -> its attendant's card and the card's id
        self.pages = self.gateway_url = self.fingerprint = self.admin_code = self.key = ""

    async def set_up(self, told=print) -> "Chain":
        """Builds and starts all of it. Raises Failed, or whatever broke."""
        self.logs.mkdir(parents=True)
        told("head office: database, certificate authority, first administrator's code")
        await asyncio.to_thread(self._head_office)
        told("cards: key set of the chain, %d cards for households, one for each attendant" % len(self.plan.households))
        await self._issue_cards()
        told("head office: members, goods, prices, rules, attendants")
        await asyncio.to_thread(self._fill)
        for code in self.codes:
            told(f"store {code} {STORE_NAMES[code]}: gateway, broker, {', '.join(self._apps_of(code))}")
            await self._open_store(code)
        return self

    async def close(self) -> None:
        """Ends every process."""
        for store in self.stores.values():
            for terminal in store.terminals.values():
                terminal.process.stop()
                await terminal.bench.close()
                (self.logs / f"{terminal.name}.log").write_text("\n".join(terminal.process.lines) + "\n")
        ending = [store.gateway for store in self.stores.values()] + [self.hq]
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in ending))
        for store in self.stores.values():
            await store.line.close()
            await store.wire.close()

    def language(self, store: str) -> str:
        """What the terminals of a store speak."""
        return self.languages[self.codes.index(store) % len(self.languages)]

    def _apps_of(self, store: str) -> tuple[str, ...]:
        return (*self.apps, "pump") if store in self.stations else self.apps

    # ---- head office

    def hq_says(self, *arguments: str) -> dict:
        """What a command of `tapwell hq` tells. Raises Failed."""
        return command("hq_server", *arguments, "--dir", str(self.hq_dir))

    def _head_office(self) -> None:
        stores, pages = map(str, free_ports(2))  # the same after each start
        made = self.hq_says("init", "--name", "Harbour & Mill", "--currency", "USD", "--gateway-port", stores,
                            "--pages-port", pages)
        self.admin_code, self.fingerprint = made["admin_code"], made["ca_fingerprint"]
        self.key = self.hq_says("key", "add", "checker")["key"]
        self.hq.start()
        self.gateway_url = self.hq.wait_line("stores: ").split(": ")[1]
        self.pages = self.hq.wait_line("pages: ").split(": ")[1]

    def _fill(self) -> None:
        rules = self.folder / "rules.json"
        rules.write_text(json.dumps(RULES))
        told = [
            ("rules", "set", str(rules)),
            ("goods", "import", str(_goods_file(self.folder / "goods.csv", self.plan))),
            ("member", "add", "--from", str(self._members_file())),
        ]
        for code in self.codes:
            who = ("--name", f"Till {code}", "--pin", PIN, "--card", self.staff_cards[code][1], "--store", code)
            told.append(("staff", "add", self._operator(code), *who))
        with ThreadPoolExecutor(COMMANDS_AT_ONCE) as pool:
            list(pool.map(lambda arguments: self.hq_says(*arguments), told))

    def _members_file(self) -> Path:
        path = self.folder / "members.jsonl"
        rows = [
            {"account": member.account, "display": f"Household {member.household}", "cards": [member.card_id],
             "home": self._home(member.household)}
            for member in self.members.values()
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    def _home(self, household: int) -> str:
        home = self.plan.home_store(household)
        return home if home in self.codes else self.codes[0]

    # ---- cards

    async def _issue_cards(self) -> None:
        keys_file, secret = self.folder / "cards.key", os.urandom(32)
        self.card_keys = await asyncio.to_thread(card_keys.new, keys_file, secret, ISSUER)
        desk = await Bench.start(("pn532",))
        reader = await asyncio.to_thread(open_tcp, "127.0.0.1", desk.ports["pn532"])
        await asyncio.to_thread(reader.start)
        for household in self.plan.households:
            account = secrets.token_hex(16)
            self.members[household] = Member(household, account, *await self._issue(desk, reader, account))
        for code in self.codes:
            self.staff_cards[code] = await self._issue(desk, reader, self._operator(code), "staff")
        await desk.close()

    async def _issue(self, desk: Bench, reader, party: str, kind: str = "member") -> tuple[Card, str]:
        """A factory-fresh card and its id, once it has been personalised on the desk's reader."""
        card = Card(b"\x04" + os.urandom(6))
        desk.tap(card)
        card_id = await asyncio.to_thread(self._personalise, reader, party, kind)
        desk.remove()
        return card, card_id

    def _personalise(self, reader, party: str, kind: str) -> str:
        listed = reader.wait_for_card(10)
        card_id = issue(reader.transceive, listed.uid, party, self.card_keys, kind)
        reader.release()
        return card_id

    # ---- stores

    @staticmethod
    def _operator(code: str) -> str:
        return str(1000 + int(code))

    async def _open_store(self, code: str) -> None:
        line = await Line(int(self.gateway_url.rpartition(":")[2])).start()
        broker_port, status_port = free_ports(2)
        wire = await Line(broker_port).start()
        folder = self.folder / ("store-" + code)
        gateway = Process(self.logs / f"gateway-{code}.log", "gateway", "up", "--dir", str(folder))
        store = Store(code, folder, line, wire, broker_port, status_port, self._operator(code), gateway)
        self.stores[code] = store
        await asyncio.to_thread(self._enrol_gateway, store)
        store.gateway.start()
        for app in self._apps_of(code):
            bench = await Bench.start(CHIPS[app])
            await asyncio.to_thread(self._start_terminal, store, app, bench)

    def _enrol_gateway(self, store: Store) -> None:
        from gateway import enrolment  # only a chain on this machine needs the gateway's code in this process

        code = self.hq_says("store", "add", "--code", store.code, "--name", STORE_NAMES[store.code],
                            "--timezone", "America/New_York")["code"]
        enrolment.enrol(
            store.folder, f"https://localhost:{store.line.port}", code, self.fingerprint, ("localhost", "127.0.0.1"),
            broker_port=store.broker_port, status_port=store.status_port, hq_page=self.pages, broker_bind="127.0.0.1",
        )
        card_keys.hand_out(self.card_keys, store.folder)

    def _start_terminal(self, store: Store, app: str, bench: Bench) -> None:
        name = f"{store.code}-{app}1"
        folder = self.enrol_terminal(store, name, app)
        image = build_firmware.build(app, build_firmware.IMAGES / app)
        process = VirtualTerminal(folder, image, bench.ports, HEAP[app])
        process.start()
        store.terminals[app] = Terminal(name, app, folder, bench, process)

    def enrol_terminal(self, store: Store, name: str, app: str) -> Path:
        """A terminal's flash with its keys and certificates, from a one-time code of head office."""
        code = self.hq_says("terminal", "add", name, "--app", app)["code"]
        folder, port = self.folder / name, store.wire.port if self.wired else store.broker_port
        enrol_terminal(
            folder, hq_url=self.gateway_url, code=code, ca_fingerprint=self.fingerprint, chips=CHIPS[app],
            gateway=("127.0.0.1", port, "localhost"),
            language=self.language(store.code), nozzles=laid_out(self.grades, DISPENSERS) if app == "pump" else None,
        )
        return folder


def _goods_file(path: Path, plan: households.Plan) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "name_zh", "name_en", "price_milli", "unit", "tax_code", "tax_bp", "category"))
        for goods in plan.goods:
            writer.writerow((goods.code, goods.name, goods.name, goods.price_milli, goods.unit, goods.tax_code,
                             goods.tax_bp, goods.department))
    return path
