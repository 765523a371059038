"""A disk that fails or is slow: the store closes, says so, loses nothing, and goes on when it is mended."""

import json
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import apsw
import pytest

from gateway import health
from gateway.closed import DAMAGED
from gateway.store.db import set_up, stretch_log
from tests.gateway.apsw_store import ApswConnection
from tests.gateway.crash_disk import CrashDisk
from tests.gateway.stage import Stage, Till

FAULTS = {
    # what fails    which answers
    "sync":       {"syncs": apsw.SQLITE_IOERR_FSYNC},
    "write":      {"writes": apsw.SQLITE_IOERR_WRITE},
    "full":       {"writes": apsw.SQLITE_FULL},
    "read only":  {"writes": apsw.SQLITE_READONLY},
}  # fmt: skip


class Counter:
    """A store on a disk that can be made to fail; `paid` are the sequences that terminals were told of."""

    def __init__(self, folder: Path, name: str):
        folder.mkdir(exist_ok=True)
        self.disk = CrashDisk(name, folder)
        self.path = folder / "store.db"
        self.db = ApswConnection(self.path, name)
        self.stage = Stage(db=set_up(self.db))
        stretch_log(self.db)
        self.till.hello()
        self.till.sign_on()
        self.n = 0

    @property
    def till(self) -> Till:
        return self.stage.till

    def asked(self) -> tuple[str, bytes]:
        """The next payment in cash, its basket filled."""
        self.n += 1
        self.till.scan(self.n, ["100"])
        return self.till.frame("pay", **self.till.pay(self.n, self.n, cash_cents=1000))

    def pay(self, asked: tuple[str, bytes]) -> tuple[str, dict]:
        (told,) = self.till.told(self.stage.desk.take([asked]))[-1:]
        if told[0] == "receipt":
            self.disk.journal.mark(told[1]["seq"])
        return told

    def a_second(self) -> list:
        self.stage.clock.at_ms += 1000
        return self.stage.desk.tick()

    def killed(self) -> None:
        """The process ends; nothing reaches the disk on its way."""
        self.disk.faults.syncs = self.disk.faults.writes = apsw.SQLITE_IOERR
        with suppress(apsw.IOError):
            self.db.close()
        self.disk.faults.mend()

    def lost_at_some_cut(self, folder: Path, cuts: int = 40) -> bool:
        """Whether any cut from now back to the beginning loses what a terminal was told."""
        return any(self._lost(folder, random.Random(seed)) for seed in range(cuts))

    def _lost(self, folder: Path, dice: random.Random) -> bool:
        journal = self.disk.journal
        at = dice.randint(journal.marks[0].steps, len(journal.steps))
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for name, data in journal.image(at, dice, dice.choice((0, 0.5))).items():
            (folder / name).write_bytes(data)
        return last_event(folder / "store.db") < max(journal.durable(at), default=0)


def last_event(database: Path) -> int:
    """Of a sound database; -1 of one that is damaged."""
    db = sqlite3.connect(database)
    try:
        sound = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return db.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0] if sound else -1
    except sqlite3.DatabaseError:
        return -1
    finally:
        db.close()


@pytest.fixture
def room() -> Iterator[Path]:
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("what", FAULTS)
def test_a_failing_disk_closes_the_store_until_it_is_mended(what, room):
    shop = Counter(room / "store", what)
    first = shop.asked()
    paid = shop.pay(first)
    waiting = shop.asked()
    for name, code in FAULTS[what].items():
        setattr(shop.disk.faults, name, code)
    frames = shop.stage.desk.take([waiting])
    assert [values.get("selling", values.get("reason")) for _, values in shop.till.told(frames)] == [
        False,
        "store_closed",
    ]
    why = json.loads(dict(frames)["tapwell/0001-uplink/down/closed"])["why"]
    assert why and not why.startswith(DAMAGED)
    assert {"kind": "store_closed", "detail": why} in health.heartbeat(shop.db, why)["alarms"]
    assert shop.till.told(shop.stage.desk.take([first])) == [paid]
    assert shop.till.told(shop.a_second()) == [] and shop.stage.desk.closed
    shop.disk.faults.mend()
    assert shop.till.told(shop.a_second())[0][1]["selling"] is True
    assert shop.pay(waiting)[0] == "receipt"
    assert shop.pay(shop.asked())[0] == "receipt"
    assert not shop.lost_at_some_cut(room / "cut")


@contextmanager
def seen_past_sqlite(disk: CrashDisk) -> Iterator[None]:
    """The disk notes what the store writes and syncs by itself, as it notes what SQLite does."""
    sync = os.fsync

    def noted(number: int) -> None:
        sync(number)
        disk.written_anew(Path(os.readlink("/proc/self/fd/%d" % number)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", noted)
        yield


def after_a_failed_sync(room: Path, name: str, renewed: bool) -> bool:
    """Whether a store that was killed after a failed sync, and started again, loses what it approves then."""
    shop = Counter(room / name, name)
    shop.pay(shop.asked())
    asked = shop.asked()
    shop.disk.faults.syncs = apsw.SQLITE_IOERR_FSYNC
    shop.stage.desk.take([asked])
    assert shop.stage.desk.closed
    shop.killed()
    with seen_past_sqlite(shop.disk) if renewed else nullcontext():  # unseen it is as if it had not been done
        shop.db = shop.stage.db = set_up(ApswConnection(shop.path, name))
    stretch_log(shop.db)
    shop.stage.start()
    shop.till.hello(answers=shop.stage.shop.asks)
    for _ in range(3):
        assert shop.pay(shop.asked())[0] == "receipt"
    return shop.lost_at_some_cut(room / "cut")


def test_a_start_trusts_no_page_cache_after_a_failed_sync(room):
    """The log shows the commit that failed as if it had not, and no sync will ever write it. What follows in the log is
    lost with it at a cut, and what is folded from there tears the file. Found by the first cuts tried; so every opening
    writes the log anew."""
    assert not after_a_failed_sync(room, "renewed", True)
    assert after_a_failed_sync(room, "trusting", False)


def test_a_checkpoint_that_the_disk_refuses_closes_the_store(room):
    """It runs beside the sale thread; what is sold is safe in the log, but the disk says that it fails."""
    shop = Counter(room / "store", "beside")
    shop.stage.desk.disk_refuses("disk I/O error")
    assert shop.till.told(shop.a_second())[0][1]["selling"] is False
    assert shop.till.told(shop.a_second())[0][1]["selling"] is True
    assert shop.pay(shop.asked())[0] == "receipt"


def test_a_slow_disk_is_told_as_an_alarm(room):
    shop = Counter(room / "store", "slow")
    shop.stage.desk.tick()

    def slowly() -> None:
        shop.stage.clock.at_ms += 2500

    shop.disk.sync_slowly = slowly
    assert shop.pay(shop.asked())[0] == "receipt"
    shop.disk.sync_slowly = lambda: None
    for expected in ([{"kind": "disk_slow", "detail": "2500 ms for one commit"}], []):
        shop.stage.clock.at_ms += 60_000
        shop.stage.desk.tick()
        assert [alarm for alarm in health.alarms(shop.db) if alarm["kind"] == "disk_slow"] == expected
