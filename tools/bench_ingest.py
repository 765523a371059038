"""How fast head office books events: on SQLite and on PostgreSQL, beside the bare insert of the very same rows.

    python -m tools.bench ingest [--events 6000] [--rounds 3] [--folder build/bench]

Real events: stores (tools/coverage_chain.py, the production core) top up and sell for a while; their batches of 500 go
through head office's ingest as POST /gateway/v1/events would: exactly once, chains checked, balances and lots kept,
what follows from them done. Then they are brought once more, which must book nothing, and all chains and balances are
proved. The rows that came of it are inserted again into empty tables without a key or an index: executemany on SQLite,
COPY on PostgreSQL, one transaction a batch, as durable as ingest; and once more into tables with the keys and indexes
that ours have, which is what the database itself takes for them. The last figure is decoding alone.

Processor time is this process's own: on PostgreSQL the server's comes on top, on both sides.
"""

import argparse
import gc
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Column, Connection, Index, MetaData, UniqueConstraint, select
from sqlalchemy import Table as SqlTable

from gateway.core import inbox
from hq_server.bootstrap import Hq, open_hq, set_up
from hq_server.config import write_config
from hq_server.fleet import store as fleet
from hq_server.ingest import store as events
from hq_server.ingest.endpoints import ingest
from hq_server.ingest.rules import read_batch
from hq_server.ledger import store as books
from hq_server.ledger.questions import prove
from hq_server.members.changes import add_members
from hq_server.members.schemas import NewMember
from hq_server.outbox.store import messages_after
from hq_server.rules.changes import put_rules
from hq_server.serve import calm_memory
from hq_server.vault import lives
from protocol import codec, topics
from tools.coverage_chain import RULES, Shop, Time
from tools.postgres import Postgres
from tools.processes import ROOT

STORES, MEMBERS, BATCH = 8, 400, 500
RIGHT = 10**10
NOW_S = 1_780_000_000
KEY = bytes(range(32))
ROWS = (events.event, books.entry, events.sale_line, events.tender)
AIM = 0.7


@dataclass
class Found:
    """Events a second, one figure a round; processor time in microseconds an event."""

    booked: list[float] = field(default_factory=list)
    decoded: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    keyed: list[float] = field(default_factory=list)
    booked_us: list[float] = field(default_factory=list)
    bare_us: list[float] = field(default_factory=list)
    rows: int = 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench ingest", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=6000, help="of all stores together")
    parser.add_argument("--rounds", type=int, default=3, help="fresh databases, in turn")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="its disk is the one that counts")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    console = Console(width=max(130, Console().width))
    found = {"SQLite": Found(), "PostgreSQL": Found()}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=asked.folder)))
        server = stack.enter_context(Postgres(folder / "postgres", quick=False))
        for number in range(asked.rounds):
            for name, one in found.items():
                with console.status(f"round {number + 1} of {asked.rounds}: {name}"):
                    url = server.new_database("hq%d" % number) if name == "PostgreSQL" else ""
                    measure(folder / f"{name}{number}", url, asked.events, one)
    console.print(table(found, asked.events))
    console.print("Load of this machine before the first run: %.2f; what else runs on it is in the figures." % busy)
    return 0


def measure(folder: Path, url: str, count: int, found: Found) -> None:
    """One fresh head office and what its stores have to tell."""
    hq = head_office(folder, url)
    batches = trade(hq, count)
    told = sum(len(read_batch(body).events) for _, body in batches)
    before = gc.get_threshold()
    calm_memory()  # as head office does when it starts
    found.decoded.append(told / _took(lambda: [read_batch(body) for _, body in batches])[0])
    seconds, own = _took(lambda: [ingest(hq, store, body) for store, body in batches])
    found.booked.append(told / seconds)
    found.booked_us.append(own / told * 1e6)
    assert not any(ingest(hq, store, body).fresh for store, body in batches), "each event is booked once"
    with hq.db.read() as connection:
        assert not prove(connection).problems
    seconds, own = bare_insert(hq, found, keys=False)
    found.bare.append(told / seconds)
    found.bare_us.append(own / told * 1e6)
    found.keyed.append(told / bare_insert(hq, found, keys=True)[0])
    hq.close()
    gc.set_threshold(*before)
    gc.unfreeze()


def head_office(folder: Path, url: str) -> Hq:
    """A chain of stores that may credit as much as they like, with members."""
    hq = open_hq(write_config(folder, database_url=url), now_s=lambda: NOW_S)
    set_up(hq, "Bench", "EUR", 2)
    with hq.db.write() as connection:
        put_rules(connection, hq.post, RULES, "bench", NOW_S)
        add_members(connection, hq.post, [NewMember(account) for account in accounts()], NOW_S)
        for number in range(1, STORES + 1):
            rights = dict.fromkeys(("right_principal", "right_bonus", "right_points"), RIGHT)
            fleet.add_store(connection, "%04d" % number, NOW_S, name="Store", **rights)
            add_till(connection, hq, "%04d" % number)
            lives.begin(hq.vault_on(connection), "%04d" % number, "%032x" % number)
    return hq


def add_till(connection: Connection, hq: Hq, store: str) -> None:
    till = store + "-pos1"
    fleet.add_terminal(connection, till, store, "pos")
    fleet.set_terminal(connection, till, status="active", key_number=1)
    link, witness = (hq.sealer.seal(f"{till}/1/{name}", KEY) for name in ("link", "witness"))
    fleet.add_terminal_key(connection, till, 1, link, witness, NOW_S)


class Sealing(Shop):
    """A store whose till seals what it asks: head office checks every witness."""

    def frame(self, message: str, values: dict) -> bytes:
        return codec.seal(topics.up(self.till, message), message, values, 1, KEY, KEY)


def accounts() -> list[str]:
    return ["%032x" % (0xA0000000 + number) for number in range(MEMBERS)]


def trade(hq: Hq, count: int) -> list[tuple[str, bytes]]:
    """(store, batch) of about so many events: everybody tops up, then buys."""
    dice, now = random.Random(1), Time(NOW_S)
    batches = []
    for number in range(1, STORES + 1):
        shop = Sealing("%04d" % number, "%032x" % number, now, dice.randbytes)
        hear(hq, shop)
        mine = accounts()[number - 1 :: STORES]
        for account in mine:
            shop.ask("top_up", account, amount_cents=10_000_000, tender="cash")
        while len(shop.books.events_after(0)) < count // STORES:
            cents = dice.randint(100, 9000)
            paid = {"lines": 1, "total_cents": cents, "stored_cents": cents, "points": 0, "points_cents": 0}
            shop.ask("pay", dice.choice(mine), cash_cents=0, **paid)
        batches += [(shop.code, body) for body in bodies(shop)]
    return batches


def hear(hq: Hq, shop: Shop) -> None:
    with hq.db.read() as connection:
        rows = messages_after(connection, shop.books.incarnation, 0, 100_000)
    for row in rows:
        shop.hear(lambda row=row: inbox.from_hq(shop.trade, row.n, lambda: json.loads(row.body)))


def bodies(shop: Shop) -> Iterator[bytes]:
    """A store's events as the uplink sends them."""
    told = [event.line for event, _ in shop.books.events_after(0)]
    for at in range(0, len(told), BATCH):
        header: dict[str, Any] = {"gateway": shop.code, "incarnation": shop.books.incarnation, "from_seq": at + 1}
        header["prev_hash"] = shop.books.hash_at(at).hex()
        yield b"\n".join([json.dumps(header).encode(), *told[at : at + BATCH]]) + b"\n"


def bare_insert(hq: Hq, found: Found, keys: bool) -> tuple[float, float]:
    """Seconds, and those of the processor, for the rows of all events; a transaction for each batch."""
    bare = MetaData()
    tables = [like(one, bare, keys) for one in ROWS]
    with hq.db.read() as connection:
        rows = [list(map(tuple, connection.execute(select(one).order_by(*one.primary_key)))) for one in ROWS]
    bare.create_all(hq.db.engine)
    found.rows = sum(map(len, rows))
    return _took(lambda: insert_in_parts(hq, tables, rows, max(1, len(rows[0]) // BATCH)))


def like(table: SqlTable, bare: MetaData, keys: bool) -> SqlTable:
    """A table of the same columns; with the same keys and indexes, or with none."""
    columns = [
        Column(one.name, one.type, primary_key=keys and one.primary_key, autoincrement=False) for one in table.columns
    ]
    lay_out: dict[str, Any] = dict(table.dialect_kwargs) if keys else {}
    made = SqlTable(("keyed_" if keys else "bare_") + table.name, bare, *columns, **lay_out)
    for index in table.indexes if keys else ():
        Index("k_" + str(index.name), *[made.c[one.name] for one in index.columns], **index.dialect_kwargs)
    for one in table.constraints if keys else ():
        if isinstance(one, UniqueConstraint):
            made.append_constraint(UniqueConstraint(*[made.c[column.name] for column in one.columns]))
    return made


def insert_in_parts(hq: Hq, tables: list[SqlTable], rows: list[list[tuple]], parts: int) -> None:
    for part in range(parts):
        with hq.db.write() as connection:
            for made, some in zip(tables, rows, strict=True):
                insert(connection, made, some[part * len(some) // parts : (part + 1) * len(some) // parts])


def insert(connection: Connection, table: SqlTable, rows: list[tuple]) -> None:
    names = [column.name for column in table.columns]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", rows)
        return
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and those of this process's processor time."""
    began, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - own


def table(found: dict[str, Found], count: int) -> Table:
    made = Table(title=f"Events a second, {count} events in batches of {BATCH}")
    made.add_column("head office on")
    for name in ("booked", "bare insert", f"booked / bare (aim {AIM})", "bare with keys", "booked / that",
                 "decoded only", "CPU µs booked : bare", "rows an event"):  # fmt: skip
        made.add_column(name, justify="right")
    for name, one in found.items():
        ratio = median(one.booked) / median(one.bare)
        made.add_row(
            name, f"{median(one.booked):.0f}", f"{median(one.bare):.0f}",
            f"{ratio:.2f} {'met' if ratio >= AIM else '[red]missed[/]'}", f"{median(one.keyed):.0f}",
            f"{median(one.booked) / median(one.keyed):.2f}", f"{median(one.decoded):.0f}",
            f"{median(one.booked_us):.0f} : {median(one.bare_us):.0f}", f"{one.rows / count:.1f}",
        )  # fmt: skip
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
