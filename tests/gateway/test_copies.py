"""Backups of a gateway: made while it sells; whoever starts on a copy is found out; old events go."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from gateway import bootstrap, config
from gateway.config import Config
from gateway.store import copies, meta, pruning, soundness
from gateway.store.db import open_reader, open_store
from tests.gateway.stage import INCARNATION, Stage


@pytest.fixture
def store(tmp_path):
    stage = Stage(str(tmp_path / "store.db"))
    stage.till.hello()
    stage.till.sign_on()
    return stage


def sell(stage: Stage, first: int, last: int) -> None:
    for n in range(first, last + 1):
        stage.till.scan(n, ["100"])
        assert stage.till.request("pay", **stage.till.pay(n, n, cash_cents=1000))[0] == "receipt"


def started_on(stage: Stage, path) -> None:
    """The store's sale process begins on this file, as `tapwell gateway run` does."""
    stage.db.close()
    stage.db = open_store(path)
    stage.start()
    bootstrap.note_start(stage.shop)


def test_a_copy_is_made_while_the_store_sells(store, tmp_path):
    made: list = []
    copier = threading.Thread(target=lambda: made.append(copies.copy(tmp_path / "store.db", tmp_path / "copy", 7)))
    sell(store, 1, 2)
    before = store.shop.head().seq
    copier.start()
    sell(store, 3, 20)
    copier.join()
    copy = sqlite3.connect(tmp_path / "copy")
    assert before <= made[0].seq <= store.shop.head().seq
    assert soundness.damage(copy) == "" and meta.get_int(copy, "copied_at_s") == 7
    assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy"]
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        copies.copy(tmp_path / "store.db", tmp_path / "copy", 8)


def test_the_commands_of_a_store(store, tmp_path):
    """As people at the machine use them."""
    config.write(Config(tmp_path.resolve(), "0001", "https://hq.example"))

    def gateway(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "gateway", *words, "--dir", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    head = store.shop.head().seq
    made = gateway("backup", str(tmp_path / "copy"))
    assert made.returncode == 0 and f"events up to {head}" in " ".join(made.stdout.split())
    assert soundness.damage(sqlite3.connect(tmp_path / "copy")) == ""
    assert gateway("backup", str(tmp_path / "copy")).returncode == 1
    assert gateway("check").stdout == "sound\n"


def test_a_damaged_database_makes_no_copy(store, tmp_path):
    store.db.executescript("PRAGMA foreign_keys = OFF; DELETE FROM events WHERE seq = 1")
    store.db.execute("UPDATE events SET hash = x'00'")
    with pytest.raises(ValueError):
        copies.copy(tmp_path / "store.db", tmp_path / "copy", 7)
    assert not (tmp_path / "copy").exists()


def test_a_restored_backup_fences_itself_before_it_sells(store, tmp_path):
    """It is marked: nobody has to be asked."""
    sell(store, 1, 2)
    copies.copy(tmp_path / "store.db", tmp_path / "copy", 7)
    sell(store, 3, 4)
    started_on(store, tmp_path / "copy")
    assert store.shop.fenced().startswith("this database is a copy, made at 7")
    answer = store.till.request("pay", **store.till.pay(5, 5, cash_cents=1000))
    assert (answer[0], answer[1]["reason"]) == ("refused", "fenced")


def test_a_file_that_was_set_back_is_found_by_the_first_terminal_that_answers(store, tmp_path):
    """A copy made behind our back carries no mark; a terminal has seen what came after it."""
    sell(store, 1, 2)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "store.db", tmp_path / "set_back.db")
    sell(store, 3, 4)
    seen = store.shop.head().seq
    started_on(store, tmp_path / "set_back.db")
    assert not store.shop.fenced() and store.shop.awaited == {"0001-pos1"}
    assert store.till.hello(witness_incarnation=INCARNATION, witness_seq=seen)["selling"] is False
    assert f"has seen event {seen}" in store.shop.fenced()


def test_what_a_backup_knows_and_head_office_does_not_is_read_out(store, tmp_path):
    sell(store, 1, 3)
    store.uplink("booked", {"upto": 5})
    store.uplink("safe", {"upto": 4})  # what it has booked since that backup it may forget by a restore
    copies.copy(tmp_path / "store.db", tmp_path / "copy", 7)
    old = open_reader(tmp_path / "copy")
    lines, upto = copies.lines_of_old(old, copies.told_of_old(old) + 1, 200)
    assert [json.loads(line) for line in lines] == store.events()[4:] and upto == store.shop.head().seq


def test_a_copy_of_an_earlier_version_is_read_out_after_what_was_booked(store, tmp_path):
    store.shop.transaction(lambda: store.shop.books.keep("booked_seq", "3"))
    copies.copy(tmp_path / "store.db", tmp_path / "copy", 7)
    assert copies.told_of_old(open_reader(tmp_path / "copy")) == 3


def test_old_events_go_once_a_verified_backup_of_head_office_has_them(store):
    """aligned: what head office has said -> first event that is left after a look in 401 days"""
    sell(store, 1, 3)
    head = store.shop.head().seq
    later_s = store.clock.at_s + 401 * 86400

    def first_left(booked: int, safe: int, at_s: int = later_s) -> int:
        store.uplink("booked", {"upto": booked})
        store.uplink("safe", {"upto": safe})
        store.shop.transaction(lambda: pruning.prune(store.db, at_s - pruning.KEEP_S))
        return store.events()[0]["seq"]

    #                 booked   safe
    assert first_left(head,       0) == 1
    assert first_left(head,       3, store.clock.at_s) == 1  # too young
    assert first_left(head,       3) == 3  # its hash begins what a head office of that backup is told next
    assert first_left(head,    head) == head
    assert soundness.damage(store.db) == ""
    sell(store, 4, 5)
    assert store.events()[-1]["seq"] > head


def test_the_desk_prunes_by_itself(store):
    sell(store, 1, 3)
    store.uplink("booked", {"upto": store.shop.head().seq})
    store.uplink("safe", {"upto": 3})
    store.clock.at_s += 401 * 86400
    store.clock.at_ms += 60_000
    store.desk.tick()
    assert store.events()[0]["seq"] == 3
