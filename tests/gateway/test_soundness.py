"""A damaged database is found at the start, is not written to, sells nothing, and is told by the next life."""

import sqlite3
import subprocess
import sys
import threading

import pytest

from gateway import bootstrap
from gateway.closed import DAMAGED
from gateway.desk import Desk
from gateway.enrolment import _fold
from gateway.store import copies, outbox, soundness
from gateway.store.db import fold_log, open_store
from tests.gateway.shopfloor import Shopfloor
from tests.gateway.stage import Stage


@pytest.fixture
def sold(tmp_path):
    """A store that has sold; its frames of payment."""
    stage = Stage(str(tmp_path / "store.db"))
    stage.till.hello()
    stage.till.sign_on()
    frames = []
    for n in range(1, 6):
        stage.till.scan(n, ["100"])
        frames.append(stage.till.frame("pay", **stage.till.pay(n, n, cash_cents=1000)))
        stage.desk.take(frames[-1:])
    return stage, frames


def test_a_database_in_use_is_sound(sold):
    assert soundness.damage(sold[0].db) == ""


@pytest.mark.parametrize(
    "harm, says",
    [
        # what happened to it                                       what is found
        ("UPDATE events SET line = x'7b7d' WHERE seq = 4",          "the chain breaks at event 4"),
        ("UPDATE events SET hash = x'00' WHERE seq = 4",            "the chain breaks at event 4"),
        ("DELETE FROM events WHERE seq = 4",                        "event 4 is missing"),
        ("DELETE FROM events WHERE seq > 4",                        "a kept answer names an event that is not there"),
        ("DELETE FROM events WHERE seq > 4; DELETE FROM lanes",     "entries without their event"),
        ("UPDATE meta SET value = '2' WHERE name = 'receipt'",      "receipt numbers ahead of the counter"),
        ("INSERT INTO meta VALUES ('booked_seq', '99')",            "head office has booked 99, the last event here"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found(harm, says, sold):
    db = sold[0].db
    db.executescript(f"PRAGMA foreign_keys = OFF; {harm}")
    assert soundness.damage(db).startswith(says)


def harm_pages(path) -> None:
    """Overwrites the middle of the file, as a dying card does."""
    data = bytearray(path.read_bytes())
    for page in range(4096 * 3, len(data) - 4096, 8192):
        data[page : page + 64] = b"\xa5" * 64
    path.write_bytes(data)


def test_harmed_pages_are_found(sold, tmp_path):
    stage, _ = sold
    fold_log(stage.db)
    stage.db.close()
    harm_pages(tmp_path / "store.db")
    assert soundness.damage(sqlite3.connect(tmp_path / "store.db"))


def test_a_damaged_store_sells_nothing_and_writes_nothing(sold):
    """A repeat still gets its kept answer; everything else that the store is closed; nothing opens it but people."""
    stage, frames = sold
    events, changes = stage.events(), stage.db.total_changes
    desk = Desk(stage.shop, damage="the chain breaks at event 4")
    told = [stage.till.open(*frame) for frame in desk.tick() if "-pos1/" in frame[0]]
    assert told[0][0] == "head" and told[0][1]["selling"] is False
    stage.clock.at_ms += 3_600_000
    assert desk.tick() and desk.closed == DAMAGED + "the chain breaks at event 4"
    new = stage.till.frame("pay", **stage.till.pay(6, 6, cash_cents=1000))
    answers = [stage.till.open(*frame) for frame in desk.take([frames[-1], new])]
    assert [(message, values.get("reason")) for message, values in answers] == [
        ("receipt", None),
        ("refused", "store_closed"),
    ]
    assert stage.events() == events and stage.db.total_changes == changes


def test_what_a_damaged_disk_still_says_is_read_line_by_line(sold, tmp_path):
    """Lines whose hash is right, wherever they lie; a file that cannot be opened at all is laid aside as it is."""
    stage, _ = sold
    lines = outbox.lines_from(stage.db, 1, 1000)
    stage.db.execute("UPDATE events SET line = x'00' WHERE seq = 3")
    found = [copies.line_of_old(stage.db, seq) for seq in range(1, len(lines) + 2)]
    assert found == [*lines[:2], b"", *lines[3:], b""]
    (tmp_path / "ruin.db").write_bytes(b"not a database" * 500)
    assert _fold(tmp_path / "ruin.db") == ""


def test_a_damaged_store_tells_its_terminals_and_whoever_asks(tmp_path):
    """The sale process as it runs."""
    floor = Shopfloor(tmp_path)
    floor.stage.till.hello()
    floor.stage.till.sign_on()
    db = open_store(floor.config.database)
    db.executescript("PRAGMA foreign_keys = OFF; UPDATE events SET hash = x'00' WHERE seq = 2")
    db.close()
    try:
        floor.start()
        message, values = floor.terminal().connect().ask("sign_on", operator="7", pin="1234")
        assert (message, values["reason"]) == ("refused", "store_closed")
        command = [sys.executable, "-m", "gateway", "check", "--dir", str(tmp_path)]
        checked = subprocess.run(command, capture_output=True, text=True)
        assert checked.returncode == 1
        assert "the chain breaks at event 2" in checked.stdout and "enrol --again" in checked.stdout
    finally:
        floor.stop()
    told = page_over_a_ruin(floor)
    assert "数据库损坏" in told["zh"] and "enrol --again" in told["en"]


def page_over_a_ruin(floor: Shopfloor) -> dict[str, str]:
    """What the status page says of a file that is no database any more, by language."""
    floor.config.database.write_bytes(b"not a database" * 500)
    for rest in floor.directory.glob("store.db-*"):
        rest.unlink()
    _, page = bootstrap.uplink(floor.config)
    serving = threading.Thread(target=page.run)
    serving.start()
    try:
        return {language: page.html(language) for language in ("zh", "en")}
    finally:
        page.stop()
        serving.join()
