"""A backup is whole or says why not; restored, on either database, it is the head office that it was."""

import re
import threading
from pathlib import Path
from random import Random

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, select

from hq_server.backup import making, places, store, verifying
from hq_server.backup.envelope import CHUNK_BYTES, Sealed, opened
from hq_server.backup.restoring import restore
from hq_server.bootstrap import open_hq, set_up
from hq_server.config import FILE, read_config, write_config
from hq_server.errors import HqError
from hq_server.ledger import store as books
from hq_server.migrations import upgrade as upgrading
from hq_server.tables import metadata
from tests.hq_server import engines, small_chain

WORDS = "seven blue lanterns"
NEVER_THE_SAME = (  # signed in again; what a restore begins
    "access_session", "office", "awaited", "alarm", "alarm_step", "incarnation",
)


def quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def week(traded_hq, tmp_path_factory):
    """A week of trade on a database that says which schema it has."""
    folder = tmp_path_factory.mktemp("week")
    traded_hq.db.close()
    engines.copy(traded_hq.config.dir, folder)
    hq = small_chain.reopened(folder, traded_hq.now_s())
    with hq.db.write() as connection:
        MigrationContext.configure(connection).stamp(ScriptDirectory(str(Path(upgrading.__file__).parent)), "head")
    yield hq
    hq.close()
    engines.drop(folder)


@pytest.fixture(scope="module")
def made(week, tmp_path_factory):
    """A backup of that week, and its manifest."""
    file = tmp_path_factory.mktemp("backups") / "week.backup"
    return file, making.make(week, file, WORDS, quiet)


def all_rows(hq) -> dict[str, list]:
    with hq.db.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
            if table.name not in NEVER_THE_SAME
        }


def test_it_is_verified_whole_and_tells_how_far_gateways_are_in_it(made):
    file, manifest = made
    seen = []
    reader = verifying.verify(file, WORDS, lambda done, total: seen.append((done, total)))
    assert reader.manifest == manifest and seen[-1][0] == seen[-1][1] == sum(manifest["rows"].values())
    assert b"Lovelace" not in file.read_bytes() and file.stat().st_mode & 0o077 == 0
    assert {FILE, "secret"} <= reader.files.keys()


def test_what_was_verified_is_told_to_gateways(traded_copy, made):
    file, manifest = made
    with traded_copy.db.write() as connection:
        assert store.last_verified_s(connection) is None
        assert store.safe_seq(connection, "9" * 32) is None  # nobody has made one: nothing to wait for
        verifying.note(traded_copy, connection, file, manifest)
        verifying.note(traded_copy, connection, file, manifest)
        assert store.last_verified_s(connection) == manifest["made_at_s"]
        for life, seq in manifest["cursors"].items():
            assert store.safe_seq(connection, life) == seq
        assert store.safe_seq(connection, "9" * 32) == 0
        with pytest.raises(HqError, match="other_chain"):
            verifying.note(traded_copy, connection, file, manifest | {"ca_fingerprint": "00"})


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda raw: raw[:-9], "backup_damaged: torn off in chunk 1"),
        (lambda raw: raw[:-60] + bytes([raw[-60] ^ 1]) + raw[-59:], "backup_damaged: chunk 1 was changed"),
        (lambda raw: raw + b"x", "backup_damaged: something follows its end"),
        (lambda raw: raw.replace(b'"p": 1', b'"p": 2', 1), "wrong_passphrase"),
        (lambda raw: raw.replace(b'"made_at_s": 1', b'"made_at_s": 2', 1), "backup_damaged: chunk 1 was changed"),
        (lambda raw: b"PK" + raw, "not_a_backup"),
        (lambda raw: b"", "not_a_backup"),
    ],
)
def test_a_torn_or_changed_file_says_so(made, tmp_path, harm, said):
    file = tmp_path / "harmed"
    file.write_bytes(harm(made[0].read_bytes()))
    with pytest.raises(HqError, match=said):
        verifying.verify(file, WORDS, quiet)


def test_chunks_cannot_be_moved_or_left_out(tmp_path):
    file = tmp_path / "many"
    with file.open("wb") as out:
        sealed = Sealed(out, WORDS, id="1", made_at_s=1)
        sealed.write(_noise(5 * CHUNK_BYTES))
        sealed.finish()
    raw = file.read_bytes()
    begin, size = raw.index(b"\n", 20) + 1, 4 + CHUNK_BYTES + 16
    parts = [raw[:begin], *(raw[at : at + size] for at in range(begin, len(raw), size))]
    for wrong in ([0, 2, 1, 3, 4, 5], [0, 1, 3, 4, 5], [0, 1, 2], [0, 1, 1, 2, 3, 4, 5]):
        file.write_bytes(b"".join(parts[at] for at in wrong))
        with file.open("rb") as again, pytest.raises(HqError, match="backup_damaged"):
            list(opened(again, WORDS))
    # Cut off after a whole chunk that is then called the last one.
    file.write_bytes(b"".join(parts[:2]) + bytes([parts[2][0] | 0x80]) + parts[2][1:])
    with file.open("rb") as again, pytest.raises(HqError, match="chunk 2 was changed"):
        list(opened(again, WORDS))


def _noise(count: int) -> bytes:
    return Random(1).randbytes(count)


def test_another_passphrase_is_told_from_a_torn_file(made):
    with pytest.raises(HqError, match="wrong_passphrase"):
        verifying.verify(made[0], "seven blue lantern", quiet)
    with pytest.raises(HqError, match="no_passphrase"):
        verifying.verify(made[0], "", quiet)


def test_it_never_takes_the_place_of_a_file(made, week):
    with pytest.raises(HqError, match="file_exists"):
        making.make(week, made[0], WORDS, quiet)


def test_a_backup_of_one_moment_is_made_while_stores_go_on(traded_copy, tmp_path):
    """Whatever is booked meanwhile is in it whole or not at all: the audit of books and chains would find a half."""
    hq, stopping = traded_copy, threading.Event()
    shops = small_chain.open_shops(hq, 1)[:1]

    def sell() -> None:
        shop = shops[0]
        shop.seq, shop.from_seq = 0, 1
        with hq.vault() as vault:
            life = vault.life(shop.incarnation)
        shop.seq, shop.from_seq, shop.head, shop.prev_hash = life.cursor_seq, life.cursor_seq + 1, life.head, life.head
        shop.lines, shop.receipt, shop.sequence = [], life.last_receipt, 50_000
        while not stopping.is_set():
            shop.sale("2026-11-23", 1, {"4001": 1000})
            small_chain.deliver(hq, shop)

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        for number in range(2):
            file = tmp_path / f"{number}.backup"
            making.make(hq, file, WORDS, quiet)
            verifying.verify(file, WORDS, quiet)
    finally:
        stopping.set()
        seller.join()


def test_restored_it_is_what_it_was(made, week, tmp_path):
    file, manifest = made
    url = engines.new_url()
    done = restore(file, WORDS, tmp_path / "hq", url, False, quiet)
    hq = open_hq(read_config(tmp_path / "hq"))
    before, after = all_rows(week), all_rows(hq)
    assert {name for name in before if before[name] != after[name]} == set()
    assert hq.keys.public_hex == week.keys.public_hex
    assert hq.life == done.life != manifest["life"] and done.awaited == ["0001", "0002"]
    with hq.vault() as vault:  # numbers that the database makes go on above what was written
        moved = vault.alarm("test", "0001", "a row of its own number")
        assert moved is None
    hq.close()


def test_from_one_database_to_the_other_and_back(made, week, tmp_path):
    """Made on PostgreSQL (where these tests run on that) it is restored into a file, and from there to a server."""
    restore(made[0], WORDS, tmp_path / "file", f"sqlite:///{tmp_path}/other.db", False, quiet)
    hq = open_hq(read_config(tmp_path / "file"))
    again = tmp_path / "again.backup"
    assert making.make(hq, again, WORDS, quiet)["engine"] == "sqlite"
    hq.close()
    restore(again, WORDS, tmp_path / "back", engines.new_url() or f"sqlite:///{tmp_path}/back/hq.db", False, quiet)
    hq = open_hq(read_config(tmp_path / "back"))
    before, after = all_rows(week), all_rows(hq)
    assert {name for name in before if before[name] != after[name]} == set()
    hq.close()


def test_an_older_schema_is_brought_to_this_one(made, tmp_path, monkeypatch):
    """A backup from before a version is loaded as it was, and then upgraded."""
    old = open_hq(write_config(tmp_path / "old", database_url=engines.new_url()))
    set_up(old, "Old", "EUR", 2)
    assert (old.life, old.keys.public_hex) != ("", "")  # read as long as their tables are there
    with old.db.write() as connection:
        upgrading.downgrade(connection, "0007")
    file = tmp_path / "old.backup"
    monkeypatch.setattr(making, "metadata", reflected(old))
    manifest = making.make(old, file, WORDS, quiet)
    assert manifest["revision"] == "0007" and "backup" not in manifest["rows"]
    old.close()
    restore(file, WORDS, tmp_path / "new", engines.new_url() or f"sqlite:///{tmp_path}/new/hq.db", False, quiet)
    new = open_hq(read_config(tmp_path / "new"))
    assert upgrading.differences(new.db) == []
    new.close()


def reflected(hq) -> MetaData:
    there = MetaData()
    with hq.db.read() as connection:
        there.reflect(connection)
    there.remove(there.tables["alembic_version"])
    return there


def test_a_full_place_is_refused_or_kept_aside(made, tmp_path):
    file, _ = made
    here = tmp_path / "hq"
    restore(file, WORDS, here, engines.new_url(), False, quiet)
    with pytest.raises(HqError, match="not_empty"):
        restore(file, WORDS, here, "", False, quiet)
    url = "" if engines.ENGINE == "sqlite" else re.search('database = "(.*)"', (here / FILE).read_text())[1]
    first = (here / FILE).read_text()
    done = restore(file, WORDS, here, url, True, quiet)
    kept = here / done.kept.split(", ")[0].rpartition("/")[2]
    assert (kept / FILE).read_text() == first and (here / FILE).exists()
    hq = open_hq(read_config(here))
    with hq.db.read() as connection:
        assert books.negative_lines(connection) == []
    hq.close()


def test_a_restore_that_fails_leaves_what_was_there(made, tmp_path):
    file, _ = made
    here = tmp_path / "hq"
    restore(file, WORDS, here, engines.new_url(), False, quiet)
    settings, life = (here / FILE).read_text(), open_hq(read_config(here)).life

    def full(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) > 1 and done < seen[-2]:
            raise OSError("no space left on device")  # in the second reading: the load

    seen: list[int] = []
    with pytest.raises(OSError, match="no space"):
        restore(file, WORDS, here, "", True, full)
    assert (here / FILE).read_text() == settings
    again = open_hq(read_config(here))
    assert again.life == life
    again.close()


def test_who_is_at_work_is_not_replaced(made, tmp_path):
    here = tmp_path / "hq"
    (here / "tls").mkdir(parents=True)
    (here / "tls" / "server-1.pem").touch()  # process 1 is always there
    assert places.running(here) == [1]
    with pytest.raises(HqError, match=r"running: .* \(process 1\): stop it first"):
        restore(made[0], WORDS, here, "", True, quiet)


def test_nothing_starts_as_the_head_office_that_is_gone(made, tmp_path, monkeypatch):
    """Whatever keeps the new life from beginning, there is no hq.toml to run by."""
    monkeypatch.setattr("hq_server.backup.restoring.open_hq", lambda config: (_ for _ in ()).throw(HqError("no_keys")))
    with pytest.raises(HqError, match="no_keys"):
        restore(made[0], WORDS, tmp_path / "hq", engines.new_url(), False, quiet)
    assert not (tmp_path / "hq" / FILE).exists()


def test_two_in_one_second_are_laid_aside_apart(tmp_path):
    for expected in ("20261123-200516", "20261123-200516-2", "20261123-200516-3"):
        mark = places.free_mark(tmp_path, "20261123-200516")
        assert mark == expected
        (tmp_path / ("before-" + mark)).mkdir()
