"""How fast head office grants value to stores that ask at a tap, all at once, beside a bare UPDATE of the same rows.

    python -m tools.bench floats [--accounts 100000] [--gateways 200] [--each 5] [--rounds 3] [--folder build/bench]

Each gateway asks through head office's float service (hq_server/floats/service.py, as POST /gateway/v1/float does), one
wish after the other, all gateways at the same time: half of the wishes are for a few accounts that everybody wants and
that do not have enough for all. At the end the books are read: no account has given more than it had, entries and
balances agree, and each gateway has been granted what its answers said. The bare figure: one transaction a wish, from
as many threads, with nothing in it but UPDATE balance SET amount = amount - ? WHERE ... AND amount >= ?.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from hq_server import bulk
from hq_server.bootstrap import Hq, open_hq, set_up
from hq_server.config import write_config
from hq_server.fleet import store as fleet
from hq_server.floats import store as floats
from hq_server.floats.service import ask
from hq_server.ledger import store as books
from hq_server.ledger.questions import prove
from hq_server.members.store import member
from hq_server.vault import lives
from hq_server.vault.asking import Wanted
from hq_server.vault.book import Book
from hq_server.vault.rows import Lot
from protocol.ledger.entries import HQ, TRANSIT, Entry, Line, member_line
from tools.postgres import Postgres
from tools.processes import ROOT

NOW_S = 1_780_000_000
HAS_CENTS, WANTS_CENTS = 50_00, 7_00
WANTED_BY_ALL = 20  # accounts
THREADS = 40  # as many as a server has
TOGETHER = 500  # accounts in one event
BARE = text(
    "UPDATE balance SET amount = amount - :cents WHERE book = 'member' AND party = :account AND asset = 'principal'"
    " AND holder = 'hq' AND lot = :lot AND amount >= :cents"
)


class Size(NamedTuple):
    """How much is asked of how many."""

    accounts: int
    gateways: int
    each: int

    @property
    def wishes(self) -> int:
        return self.gateways * self.each


@dataclass
class Found:
    """Wishes a second, one figure a round; how long one took, in milliseconds; what was wrong."""

    asked: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    granted: int = 0
    refused: int = 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench floats", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--gateways", type=int, default=200)
    parser.add_argument("--each", type=int, default=5, help="wishes of a gateway, one after the other")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="its disk is the one that counts")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    size = Size(asked.accounts, asked.gateways, asked.each)
    console = Console(width=max(110, Console().width))
    found = {"SQLite": Found(), "PostgreSQL": Found()}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=asked.folder)))
        server = stack.enter_context(Postgres(folder / "postgres", quick=False))
        urls = {"SQLite": "", "PostgreSQL": server.new_database("hq")}
        offices = {}
        for name, url in urls.items():
            with console.status(f"{name}: {size.accounts} accounts"):
                offices[name] = chain(folder / name, url, size)
        for number in range(asked.rounds):
            for name, hq in offices.items():
                with console.status(f"round {number + 1} of {asked.rounds}: {name}"):
                    measure(hq, size, random.Random(number), found[name])
        for name, hq in offices.items():
            with console.status(f"{name}: the books are read"):
                audit(hq, size)
            hq.close()
    console.print(table(found, size))
    console.print("No deadlock, nothing overdrawn, books and balances agree (else this bench had stopped).")
    console.print("Load of this machine before the first run: %.2f; what else runs on it is in the figures." % busy)
    return 0


def chain(folder: Path, url: str, size: Size) -> Hq:
    """Head office with enrolled gateways, and accounts that have HAS_CENTS each in its pool."""
    hq = open_hq(write_config(folder, database_url=url), now_s=lambda: NOW_S)
    set_up(hq, "Bench", "EUR", 2)
    with hq.db.write() as connection:
        for store in stores(size):
            fleet.add_store(connection, store, NOW_S, name="Store")
            lives.begin(hq.vault_on(connection), store, "%032x" % int(store))
    names = [account(number) for number in range(size.accounts)]
    for part in books.batched(names, TOGETHER):
        with hq.db.write() as connection:
            credit(hq, connection, part)
    return hq


def credit(hq: Hq, connection: Connection, accounts: list[str]) -> None:
    """New members with something in the pool, as one event of head office."""
    vault = hq.vault_on(connection)
    values = {"level": "regular", "status": "active", "display": "", "home": "", "tags": "[]", "usual_cents": 5000,
              "sales": 0, "joined_at_s": NOW_S, "joined_at": "", "heir": ""}  # fmt: skip
    bulk.insert(connection, member, ("account", *values), [(name, *values.values()) for name in accounts])
    transfer, source = vault.new_id(), Line("correction", HQ, "principal")
    lines = [member_line(name, "principal", HQ, lot(name)) for name in accounts]
    vault.add_lots([Lot(name, lot(name), "principal", HQ, "adjustment", "", NOW_S, transfer) for name in accounts])
    book = Book(vault)
    entries = [Entry(transfer, n, source, line, HAS_CENTS) for n, line in enumerate(lines, 1)]
    book.note("adjusted", transfer, "", entries)
    book.save()


def stores(size: Size) -> list[str]:
    return ["%04d" % number for number in range(1, size.gateways + 1)]


def account(number: int) -> str:
    return "%032x" % (0xA0000000 + number)


def lot(name: str) -> str:
    return name[-16:]


def measure(hq: Hq, size: Size, dice: random.Random, found: Found) -> None:
    """One round: the wishes of all gateways, then as many bare statements for the same accounts."""
    wishes = {store: [wish(size, dice) for _ in range(size.each)] for store in stores(size)}
    began = time.perf_counter()
    took = asyncio.run(everybody(hq, wishes, found))
    found.asked.append(size.wishes / (time.perf_counter() - began))
    found.took_ms += took
    named = [one.account for mine in wishes.values() for one in mine]
    found.bare.append(size.wishes / bare(hq, named))


def wish(size: Size, dice: random.Random) -> Wanted:
    popular = dice.random() < 0.5
    number = dice.randrange(min(WANTED_BY_ALL, size.accounts) if popular else size.accounts)
    return Wanted(dice.randbytes(16).hex(), account(number), {"principal": WANTS_CENTS})


async def everybody(hq: Hq, wishes: dict[str, list[Wanted]], found: Found) -> list[float]:
    parts = await asyncio.gather(*(gateway(hq, store, mine, found) for store, mine in wishes.items()))
    return [one for part in parts for one in part]


async def gateway(hq: Hq, store: str, wishes: list[Wanted], found: Found) -> list[float]:
    """Asks for one after the other; how long each took, in milliseconds."""
    took = []
    for one in wishes:
        began = time.perf_counter()
        told = await ask(hq, store, one)
        took.append((time.perf_counter() - began) * 1000)
        found.granted += len(told["messages"])
        found.refused += not told["messages"]
    return took


def bare(hq: Hq, named: list[str]) -> float:
    """Seconds for one transaction each that takes a cent off the row of an account; then all is given back."""
    with ThreadPoolExecutor(THREADS) as pool:
        began = time.perf_counter()
        done = list(pool.map(lambda name: update(hq, name, 1), named))
        seconds = time.perf_counter() - began
        list(pool.map(lambda name: update(hq, name, -1), [name for name, did in zip(named, done, strict=True) if did]))
    return seconds


def update(hq: Hq, name: str, cents: int) -> bool:
    """On SQLite writers queue in any case; on PostgreSQL nobody queues but for the same row."""
    values: dict[str, Any] = {"cents": cents, "account": name, "lot": lot(name)}
    if hq.db.engine.dialect.name == "sqlite":
        with hq.db.write() as connection:
            return bool(connection.execute(BARE, values).rowcount)
    with hq.db.engine.begin() as connection:
        return bool(connection.execute(BARE, values).rowcount)


def audit(hq: Hq, size: Size) -> None:
    """Raises AssertionError unless the books are right: by entry, by account, and by what was granted."""
    with hq.db.read() as connection:
        proof = prove(connection)
        assert not proof.problems, proof.problems
        held = books.all_balances(connection)
        granted = {store: granted_to(connection, "%032x" % int(store)) for store in stores(size)}
    by_account: dict[str, int] = {}
    on_the_way = 0
    for line, left in held.items():
        if line.book == "member":
            assert left >= 0 and line.holder in (HQ, TRANSIT), line
            by_account[line.party] = by_account.get(line.party, 0) + left
            on_the_way += left if line.holder == TRANSIT else 0
    assert len(by_account) == size.accounts and set(by_account.values()) == {HAS_CENTS}
    assert on_the_way == sum(granted.values())


def granted_to(connection: Connection, incarnation: str) -> int:
    rows = floats.open_grants_of_life(connection, incarnation)
    return sum(one["amount"] for row in rows for one in json.loads(row.slices))


def table(found: dict[str, Found], size: Size) -> Table:
    title = f"{size.gateways} gateways ask {size.each} times each, {size.accounts} accounts: wishes a second"
    made = Table(title=title)
    made.add_column("head office on")
    for name in ("float service", "bare UPDATE", "service / bare", "p50 ms", "p99 ms", "granted", "nothing left"):
        made.add_column(name, justify="right")
    for name, one in found.items():
        asked, plain, cuts = median(one.asked), median(one.bare), quantiles(one.took_ms, n=100)
        made.add_row(
            name, f"{asked:.0f}", f"{plain:.0f}", f"{asked / plain:.2f}", f"{median(one.took_ms):.0f}",
            f"{cuts[98]:.0f}", str(one.granted), str(one.refused),
        )  # fmt: skip
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
