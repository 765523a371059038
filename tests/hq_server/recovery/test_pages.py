"""After a restore people see whom head office has yet to hear, and two of them may decide not to wait."""

import pytest

from hq_server.backup import store
from hq_server.recovery.store import awaited_rows
from tests.hq_server import engines
from tests.hq_server.conftest import NOW_S, guard_of, program, visit
from tests.hq_server.recovery.inside import image, set_back


@pytest.fixture()
def restored(hq, tmp_path):
    """A head office in recovery."""
    folder = image(hq, tmp_path / "image")
    made = set_back(folder, NOW_S)
    yield made
    made.close()
    engines.drop(folder)


def test_one_asks_and_another_agrees_to_go_on_without_a_store(restored):
    lin, mo = visit(restored, "administrator", "lin"), visit(restored, "finance", "mo")
    page = lin.get("/recovery").text
    assert "nothing is granted, recalled or paid out yet" in page and page.count("awaited") >= 2
    asked = lin.post("/recovery/0002/set-aside", data={"cap": "250.5", "guard": guard_of(page)})
    assert asked.url.path == "/cases" and "250.50" in asked.text
    number = asked.text.partition("/decisions/")[2].partition("/")[0]
    done = mo.post(f"/decisions/{number}/agree", data={"guard": guard_of(mo.get("/cases").text)})
    assert done.status_code == 200
    with restored.db.read() as connection:
        rows = {row.store: row for row in awaited_rows(connection)}
    assert (rows["0002"].status, rows["0002"].cap, rows["0002"].operator, rows["0002"].second) == (
        "set_aside", 250_50, "lin", "mo",
    )  # fmt: skip
    wrong = lin.post("/recovery/0001/set-aside", data={"cap": "-1", "guard": guard_of(lin.get("/recovery").text)})
    assert wrong.status_code == 400


def test_programs_read_the_same(restored):
    with restored.db.write() as connection:
        told = {"id": "a" * 32, "made_at_s": 5, "verified_at_s": 6, "bytes": 7, "file": "/backups/a"}
        store.note_verified(connection, told, {})
    said = program(restored, "finance").get("/api/v1/recovery").json()
    assert said["waits"] and said["restored_from"] == "b" * 32 and said["missing"] == {}
    assert [(row["store"], row["status"]) for row in said["stores"]] == [("0001", "awaited"), ("0002", "awaited")]
    assert said["backups"] == [told]


def test_a_head_office_that_was_never_restored_has_nobody_to_hear(traded_hq):
    said = program(traded_hq, "finance", "reader-of-recovery").get("/api/v1/recovery").json()
    assert (said["waits"], said["stores"], said["restored_from"]) == (False, [], "")


