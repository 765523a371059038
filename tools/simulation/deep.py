"""Depth two: the same core over the true store code of a gateway (SqliteBooks) and of head office (SqlVault).

SQLite in memory on both sides (head office's is a file on a file system in memory), real signatures on head office's
messages. A crash takes back the open transaction, as the file would; images are SQLite's own serialised pages.
"""

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.core.asked import Asked, Told
from gateway.core.books import Event, Tap
from gateway.core.pricing import BasketLine
from gateway.handlers.uplink import signed
from gateway.store import baskets, db, goods, meta, outbox, shifts, staff, taps, terminals
from gateway.store.books import SqliteBooks
from hq_server.bootstrap import Hq, set_up
from hq_server.config import read_config, write_config
from hq_server.db import Database
from hq_server.fleet import store as fleet
from hq_server.ingest import store as events
from hq_server.ledger import store as ledger
from hq_server.members.changes import add_members
from hq_server.members.schemas import NewMember
from hq_server.rules.changes import put_rules
from hq_server.sealing import open_sealer
from hq_server.tables import metadata
from hq_server.vault.rows import Message, Written
from hq_server.vault.sql import SqlVault
from hq_server.vault.sql_lives import RIGHTS
from protocol import codec, topics
from protocol.ids import LANES, RequestId
from protocol.ledger.entries import Entry, Line, from_rows
from tools.simulation import pumps
from tools.simulation.depth import Answer, Memory
from tools.simulation.disk import Killed
from tools.simulation.mix import Mix, draw, small
from tools.simulation.run import Result, run

if TYPE_CHECKING:
    from tools.simulation.world import World

ATTENDANTS = {"7": "attendant", "9": "supervisor"}
LINK_KEY = bytes(range(32))
SEALS = ("k", "w", "mac", "v")
IN_MEMORY = "/dev/shm"


class DeepBooks(SqliteBooks):
    """A gateway's own database, with what the simulation does in the place of other parts of a gateway."""

    def note_tap(self, tap: Tap) -> None:
        taps.put(self.db, tap)

    def note_basket(self, lane: tuple, number: int, lines: tuple[BasketLine, ...]) -> None:
        baskets.open_new(self.db, lane, number)
        for at, line in enumerate(lines, 1):
            baskets.put_line(self.db, lane, at, line)

    def booked(self, terminal: str, journal: str) -> list[int]:
        told = terminals.booked(self.db, terminal, journal)
        return told + [0] * (LANES - len(told))

    def note_terminal(self, terminal: str, at_s: int) -> None:
        terminals.note_seen(self.db, {terminal: at_s})

    def events_after(self, seq: int, limit: int = 1_000_000) -> list[tuple[Event, tuple[Entry, ...]]]:
        lines = outbox.lines_from(self.db, seq + 1, limit, 1 << 40)
        return [self._event(at, line) for at, line in enumerate(lines, seq + 1)]

    def _event(self, seq: int, line: bytes) -> tuple[Event, tuple[Entry, ...]]:
        told = json.loads(line)
        transfer = told.get("transfer")
        request = RequestId(**told["request"]) if told.get("request") else None
        entries = from_rows(transfer, told["entries"]) if told["entries"] else ()
        return Event(seq, told["kind"], line, self.hash_at(seq), transfer, request), entries

    def spoil(self, seq: int, line: bytes) -> None:
        """A few bytes of a page change where the line begins."""
        ((event, _),) = self.events_after(seq - 1, 1)
        upto = line.index(b'"at_s":') + 10
        image = self.db.serialize().replace(event.line[:upto], line[:upto], 1)
        self.db.close()
        DeepBooks.__init__(self, _from_image(image))

    def hash_at(self, seq: int) -> bytes:
        return outbox.hash_at(self.db, self.incarnation, seq)


class DeepVault:
    """Head office's database: one SqlVault per transaction; what is read between two sees what is committed."""

    def __init__(self, hq: Hq):
        self.hq = hq
        self.now_s = 0
        self.rung: list[str] = []
        self.alarms: list[tuple[str, str, str]] = []
        self._context: Any = None
        self._open: SqlVault | None = None
        hq.db.on_commit = lambda topics: self.rung.extend(sorted(topics))

    def begin(self) -> None:
        self.rung = []
        self._context = self.hq.db.write()
        self._open = self.hq.vault_on(self._context.__enter__())
        self._open.now_s = self.now_s
        self._open.alarm = self._alarm

    def commit(self) -> None:
        context, self._context, self._open = self._context, None, None
        context.__exit__(None, None, None)

    def rollback(self) -> None:
        if self._context is not None:
            context, self._context, self._open = self._context, None, None
            try:
                context.__exit__(Killed, Killed(), None)
            except Killed:
                pass

    def __getattr__(self, name: str) -> Any:
        if self._open is not None:
            return getattr(self._open, name)

        def read(*told: Any, **named: Any) -> Any:
            with self.hq.db.read() as connection:
                return getattr(self.hq.vault_on(connection), name)(*told, **named)

        return read

    def _alarm(self, kind: str, store: str, detail: str, terminal: str = "") -> None:
        assert self._open is not None
        self.alarms.append((kind, store, detail))
        SqlVault.alarm(self._open, kind, store, detail, terminal)

    def messages_after(self, incarnation: str, after: int, limit: int) -> list[Message]:
        if self._open is not None:
            return self._open.messages_after(incarnation, after, limit)
        with self.hq.db.read() as connection:
            return self.hq.vault_on(connection).messages_after(incarnation, after, limit)

    def written_after(self, number: int) -> list[Written]:
        """What has been booked since."""
        with self.hq.db.read() as connection:
            rows = events.events_page(connection, number, 1_000_000)
            entries = ledger.entries_of_events(connection, [row.id for row in rows])
        return [
            Written(
                row.store, row.incarnation, row.seq, row.hash, row.kind, row.at_s, row.business_date, row.transfer,
                row.account, tuple(ledger.as_entry(one) for one in entries[row.id]), row.raw, None, row.duplicate_of,
            )
            for row in rows
        ]

    def found_store(self, store: str) -> None:
        from tools.simulation.world import COVER

        with self.hq.db.write() as connection:
            rights = {RIGHTS[asset]: amount for asset, amount in COVER.items()}
            fleet.add_store(connection, store, self.now_s, name=store, **rights)

    def lay_down_rules(self, body: dict) -> None:
        assert self._open is not None
        put_rules(self._open.connection, self.hq.post, body, "simulation", self.now_s)

    def add_member(self, account: str, home: str) -> None:
        assert self._open is not None
        add_members(self._open.connection, self.hq.post, [NewMember(account, home=home)], self.now_s)


class Sqlite:
    """Depth two of tools/simulation/depth.py."""

    compared = True

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None)
        self._data: Database | None = None
        self._key = ""

    def close(self) -> None:
        """Gives everything up."""
        if self._data is not None:
            self._data.close()
        self._folder.cleanup()

    def vault(self, world: "World") -> DeepVault:
        write_config(Path(self._folder.name))
        config = read_config(Path(self._folder.name))
        data = self._data = Database(config.database_url)
        metadata.create_all(data.engine)
        hq = Hq(config, data, open_sealer(config), now_s=lambda: vault.now_s, random=world.ids("hq").randbytes)
        vault = DeepVault(hq)
        self._key = set_up(hq, "Simulated", "EUR", 2).public_hex
        return vault

    def books(self, store: str, incarnation: str) -> DeepBooks:
        connection = db.open_store(":memory:")
        meta.begin_life(connection, incarnation, store, self._key, {"timezone": "UTC"})
        for operator, role in ATTENDANTS.items():
            body = {"operator": operator, "name": role, "role": role, "pin_salt": "", "pin_hash": "", "cards": []}
            staff.put(connection, {**body, "status": "active"})
        goods.put_part(connection, 1, [_grade(*one) for one in pumps.GRADES.items()], True)
        for terminal in range(1, 5):
            name = f"{store}-pos{terminal}"
            body = {"terminal": name, "app": "pos", "keys": [], "status": "active", "serial": "", "letter": ""}
            terminals.put(connection, body)
            shifts.begin(connection, "7", name, 1)
        return DeepBooks(connection)

    def image(self, books: DeepBooks) -> bytes:
        return books.db.serialize()

    def restore(self, books: DeepBooks, image: bytes) -> None:
        books.db.close()
        DeepBooks.__init__(books, _from_image(image))

    def copy(self, books: DeepBooks) -> DeepBooks:
        return DeepBooks(_from_image(books.db.serialize()))

    def balances(self, vault: DeepVault) -> dict[Line, int]:
        with vault.hq.db.read() as connection:
            return {Line(*row[:5]): row.amount for row in connection.execute(ledger.balance.select())}

    def places(self, vault: DeepVault, keys: list[str]) -> dict:
        return vault.places(keys)

    def sealed(self, asked: Asked, told: Told) -> tuple[str, bytes]:
        topic = topics.down(asked.name, told.message)
        return topic, codec.seal(topic, told.message, told.values, 1, LINK_KEY)

    def opened(self, reply: Any) -> Answer:
        if isinstance(reply, Answer):
            return reply
        terminal, _, message = topics.parse(reply[0])
        values = codec.open_sealed(reply[0], message, reply[1], {1: LINK_KEY}.get)
        return Answer(terminal, message, {name: value for name, value in values.items() if name not in SEALS})

    def written(self, vault: DeepVault, number: int) -> list[Written]:
        return vault.written_after(number)

    def last_message(self, vault: DeepVault, incarnation: str) -> int:
        return max((one.n for one in vault.messages_after(incarnation, 0, 1_000_000)), default=0)

    def body(self, message: Message) -> dict:
        told = {"n": message.n, "body": message.body, "sig": message.signature}
        return signed(self._key, told)


def _grade(code: str, price_milli: int) -> dict:
    told = {"code": code, "name_zh": code, "name_en": code, "price_milli": price_milli, "unit": "l"}
    return told | {"tax_code": "A", "tax_bp": 0}


def _from_image(image: bytes) -> sqlite3.Connection:
    """A connection of its own: SQLite falls over statements that were prepared on another image (seen at seed 67)."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256)
    connection.deserialize(image)
    return db.set_up(connection)


class Both(NamedTuple):
    """One seed at both depths in a small world; `wrong`: '' or what was violated, or where they differ first."""

    one: Result
    two: Result
    wrong: str


def both(seed: int, mix: Mix | None = None) -> Both:
    """Runs a seed at both depths, and compares them step by step."""
    mix = mix or small(draw(seed))
    depth = Sqlite()
    try:
        one, two = run(seed, mix, Memory(compared=True)), run(seed, mix, depth)
    finally:
        depth.close()
    return Both(one, two, _differ(one, two) or one.violated)


def compared(seed: int, mix: Mix | None = None) -> str:
    """'' or the first step at which the depths differ."""
    return both(seed, mix).wrong


def _differ(one: Result, two: Result) -> str:
    for first, second in zip(one.steps, two.steps, strict=False):
        if first != second:
            return f"depth one: {first}\ndepth two: {second}"
    if (one.violated, len(one.steps)) != (two.violated, len(two.steps)):
        return f"{len(one.steps)} steps {one.violated!r}, {len(two.steps)} steps {two.violated!r}"
    return ""
