"""The store's database under cuts of power: what was acknowledged is there, the chain is whole, the store goes on.

TAPWELL_CUTS=1000 tries more cuts in each test (60 otherwise), TAPWELL_SEED other ones.
"""

import os
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.core import outbox as chain
from gateway.core import witness
from gateway.desk import Desk
from gateway.reader import NoKeys
from gateway.shop import Shop
from gateway.store import meta, migrations
from gateway.store.db import fold_log, open_store, set_up, stretch_log
from protocol.ledger.entries import parse_line
from tests.gateway.apsw_store import ApswConnection
from tests.gateway.crash_disk import CrashDisk, Journal
from tests.gateway.stage import ALICE, INCARNATION, Stage, StageClock

CUTS = int(os.environ.get("TAPWELL_CUTS", "60"))
SEED = int(os.environ.get("TAPWELL_SEED", "1"))
KEPT = (0.0, 0.3, 0.7, 1.0)


class Acknowledged(NamedTuple):
    """A batch whose replies have left the store."""

    seq: int
    frames: list
    replies: list


class Recorded(NamedTuple):
    journal: Journal
    lines: list[bytes]  # the chain as it was written


def cuts(journal: Journal, seed: str) -> list[tuple[int, dict]]:
    """Images after cuts spread over everything that was asked of the disk: (steps done, files)."""
    dice = random.Random(f"{SEED} {seed}")
    # Between two marks as many as between any other two: a long checkpoint must not draw all of them.
    edges = sorted({0, len(journal.steps), *(mark.steps for mark in journal.marks)})
    spans = list(zip(edges, edges[1:], strict=False))
    points = [dice.randint(*dice.choice(spans)) for _ in range(CUTS)]
    return [(point, journal.image(point, dice, dice.choice(KEPT))) for point in points]


def lay_out(folder: Path, image: dict[str, bytes]) -> Path:
    """A folder with these files and no others; returns the database's."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, data in image.items():
        (folder / name).write_bytes(data)
    return folder / "store.db"


def record(folder: Path, name: str, work: Callable[[ApswConnection, CrashDisk], None]) -> Journal:
    """Runs work on a store's connection over a disk that writes down what is asked of it."""
    folder.mkdir(exist_ok=True)
    disk = CrashDisk(name, folder)
    db = ApswConnection(folder / "store.db", name)
    work(db, disk)
    db.close()
    disk.unregister()
    return disk.journal


def whole(db: sqlite3.Connection) -> None:
    """SQLite finds nothing wrong, the chain holds, and slices are what the entries say."""
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    before = chain.genesis(INCARNATION)
    for number, (seq, line, linked) in enumerate(db.execute("SELECT seq, line, hash FROM events ORDER BY seq"), 1):
        before = chain.link(before, line)
        assert (seq, linked) == (number, before)
    held: dict = {}
    for debit, credit, amount in db.execute("SELECT debit, credit, amount FROM entries"):
        for line, sign in ((parse_line(debit), -amount), (parse_line(credit), amount)):
            if line.book == "member" and line.holder == "0001":
                held[line.party, line.asset, line.lot] = held.get((line.party, line.asset, line.lot), 0) + sign
    slices = db.execute("SELECT account, asset, lot, amount FROM slices WHERE amount > 0")
    assert {row[:3]: row[3] for row in slices} == {line: amount for line, amount in held.items() if amount}


def sell(stage: Stage, disk: CrashDisk, rounds: int, first: int = 1) -> None:
    """Top-ups, payments with the card and in cash on three lanes, in batches; every answered batch is marked."""
    till = stage.till
    for n in range(first, first + rounds):
        for lane in (0, 1, 2):
            till.scan(n, ["100"], lane=lane)
        card = {"account": ALICE, "tap": till.tap(), "stored_cents": 300, "cash_cents": 700}
        batch = [
            till.frame("pay", **till.pay(n, n, lane=0, **card)),
            till.frame("pay", **till.pay(n, n, lane=1, cash_cents=1000)),
            till.frame("pay", **till.pay(n, n, lane=2, **card)),
        ]
        replies = stage.desk.take(batch)
        disk.journal.mark(Acknowledged(stage.shop.head().seq, batch, replies))


def open_shop(stage: Stage) -> None:
    stage.till.hello()
    stage.till.sign_on()
    stage.grant(100_000)


def sales(folder: Path, name: str, demand: Callable[[sqlite3.Connection], object] = lambda db: None) -> Recorded:
    """A store's first day: made, opened, sold in, its log folded in all ways on the way."""
    lines: list[bytes] = []

    def work(db: ApswConnection, disk: CrashDisk) -> None:
        demand(set_up(db))
        stretch_log(db)
        stage = Stage(db=db)
        open_shop(stage)
        sell(stage, disk, 4)
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        disk.journal.mark(None)
        sell(stage, disk, 4, first=5)
        fold_log(db)
        disk.journal.mark(None)
        sell(stage, disk, 4, first=9)
        db.execute("PRAGMA wal_checkpoint(RESTART)")
        disk.journal.mark(None)
        sell(stage, disk, 2, first=13)
        lines.extend(line for (line,) in db.execute("SELECT line FROM events ORDER BY seq"))

    return Recorded(record(folder, name, work), lines)


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder in memory where there is one: cuts are laid out there, and nothing waits for the machine's own disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def day(room) -> Recorded:
    return sales(room / "day", "day")


def acknowledged(recorded: Recorded, steps: int) -> list[Acknowledged]:
    return [mark for mark in recorded.journal.durable(steps) if mark]


def is_kept(db: sqlite3.Connection, recorded: Recorded, steps: int) -> bool:
    """Whether everything acknowledged before the cut is there, and nothing that never was."""
    lines = [line for (line,) in db.execute("SELECT line FROM events ORDER BY seq")]
    least = max((batch.seq for batch in acknowledged(recorded, steps)), default=0)
    return len(lines) >= least and lines == recorded.lines[: len(lines)]


def answers_again(db: sqlite3.Connection, recorded: Recorded) -> None:
    """The last batch that is kept gets the very same bytes when it is sent once more, and is booked no second time."""
    started = StartedAgain(db)
    seq = started.shop.head().seq
    for batch in acknowledged(recorded, len(recorded.journal.steps)):
        if batch.seq == seq:
            receipts = [frame for frame in batch.replies if "/down/receipt" in frame[0]]
            assert len(receipts) == 3 and started.desk.take(batch.frames)[:3] == receipts
            assert started.shop.head().seq == seq


class StartedAgain:
    """The sale process on what a cut has left."""

    def __init__(self, db: sqlite3.Connection):
        self.shop = Shop(db, StageClock(), lambda size: bytes(size), NoKeys())
        self.shop.transaction(lambda: witness.start(self.shop))
        self.desk = Desk(self.shop)


def test_what_was_acknowledged_survives_any_cut(day, room):
    for steps, image in cuts(day.journal, "day"):
        db = open_store(lay_out(room / "cut", image))
        whole(db)
        assert is_kept(db, day, steps), f"cut after {steps}"
        answers_again(db, day)
        db.close()


def test_a_store_that_is_cut_while_it_recovers_recovers(day, room):
    """The second cut falls while the log that the first one left is read, folded and sold into again."""
    for number, (steps, image) in enumerate(cuts(day.journal, "twice")[: CUTS // 6]):
        folder = lay_out(room / "once", image).parent

        def again(db: ApswConnection, disk: CrashDisk) -> None:
            set_up(db)
            stretch_log(db)
            disk.journal.mark(None)

        journal = record(folder, f"twice{number}", again)
        dice = random.Random(f"{SEED} {number}")
        for _ in range(3):
            at = dice.randint(0, len(journal.steps))
            db = open_store(lay_out(room / "cut", journal.image(at, dice, dice.choice(KEPT))))
            whole(db)
            assert is_kept(db, day, steps), f"cuts after {steps} and {at}"
            db.close()


def test_a_schema_is_made_whole_or_not_at_all(room):
    """Cut while a new database is made: the next start finds nothing or all of a step, and makes the rest."""

    def make(db: ApswConnection, disk: CrashDisk) -> None:
        set_up(db)
        meta.begin_life(db, INCARNATION, "0001", "", {})
        disk.journal.mark("life")

    journal = record(room / "schema", "schema", make)
    for steps, image in cuts(journal, "schema"):
        db = open_store(lay_out(room / "cut", image))
        assert db.execute("PRAGMA user_version").fetchone() == (len(migrations.STEPS),)
        whole(db)
        if journal.durable(steps):
            assert meta.get(db, "incarnation") == INCARNATION
        db.close()


@pytest.mark.parametrize("version", range(1, len(migrations.STEPS)))
def test_a_migration_is_done_whole_or_begun_again(version, room):
    """A database of an older release with a sale in it, cut while it is brought up to date."""
    folder = room / f"from{version}"
    folder.mkdir()
    line = b'{"seq":1,"receipt":7}'
    linked = chain.link(chain.genesis(INCARNATION), line)
    with sqlite3.connect(folder / "store.db") as old:
        for number, step in enumerate(migrations.STEPS[:version], 1):
            old.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
        old.execute("INSERT INTO events (seq, kind, line, hash) VALUES (1, 'sale', ?, ?)", (line, linked))
        old.execute("PRAGMA journal_mode = WAL")
    old.close()
    journal = record(folder, f"from{version}", lambda db, disk: (set_up(db), fold_log(db)))
    for _, image in cuts(journal, "migration")[: max(10, CUTS // 4)]:
        db = open_store(lay_out(room / "cut", image))
        assert db.execute("PRAGMA user_version").fetchone() == (len(migrations.STEPS),)
        assert db.execute("SELECT seq, line FROM events").fetchall() == [(1, line)]
        whole(db)
        db.close()


def test_the_disk_finds_a_store_that_does_not_sync(room):
    """The planted fault: with synchronous=NORMAL an acknowledged sale is lost at some of the cuts."""
    recorded = sales(room / "normal", "normal", lambda db: db.execute("PRAGMA synchronous = NORMAL"))
    found = 0
    for steps, image in cuts(recorded.journal, "day"):
        db = open_store(lay_out(room / "cut", image))
        found += not is_kept(db, recorded, steps)
        db.close()
    assert found
