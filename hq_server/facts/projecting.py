"""From the event log to facts: what is new, or everything anew. Off the sale path and off ingest: it only reads."""

from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa

from hq_server.db import Database
from hq_server.facts import imported
from hq_server.facts.files import Folder, Writer
from hq_server.facts.rows import tables_of, taken_back
from hq_server.facts.shapes import compute
from hq_server.facts.store import EVENTS_MAX, events_after, last_event, page_of

LOG = "log"


class Taken(NamedTuple):
    """How many events were taken in, and whether more wait. busy: another process is at it."""

    events: int
    more: bool
    busy: bool = False


def catch_up(db: Database, folder: Folder, now_s: int, limit: int = EVENTS_MAX) -> Taken:
    """Takes in one page of what is new."""
    if not behind(db, folder):
        return Taken(0, False)
    with folder.writing() as writer:
        if writer is None:
            return Taken(0, True, busy=True)
        _take_imports(db, writer, now_s)
        return _one_page(db, writer, now_s, limit)


def rebuild(db: Database, folder: Folder, now_s: int, said: Callable[[int], None] = lambda upto: None) -> int:
    """Makes all facts anew beside the old ones, then puts them in their place; how many events there were.

    Raises BlockingIOError while another process writes.
    """
    with folder.writing() as writer:
        if writer is None:
            raise BlockingIOError("another process writes facts")
        writer.drop(LOG, now_s)
        writer.manifest.cursors.pop(LOG, None)
        count = 0
        writer.manifest.cursors.pop(imported.SOURCE, None)
        _take_imports(db, writer, now_s)
        while taken := _page(db, writer, EVENTS_MAX):
            count += taken
            said(writer.manifest.cursors[LOG])
        writer.commit(now_s)
    return count


def behind(db: Database, folder: Folder) -> int:
    """How many events (at most) are not in the facts yet; past sales that have changed count as one."""
    cursors = folder.manifest().cursors
    with db.read() as connection:
        return last_event(connection) - cursors.get(LOG, 0) + imported.is_behind(connection, cursors)


def _take_imports(db: Database, writer: Writer, now_s: int) -> None:
    with db.read() as connection:
        if imported.is_behind(connection, writer.manifest.cursors):
            imported.take_in(connection, writer, now_s)
            writer.commit(now_s)


def _one_page(db: Database, writer: Writer, now_s: int, limit: int) -> Taken:
    taken = _page(db, writer, limit)
    if taken:
        writer.commit(now_s)
    return Taken(taken, taken == limit)


def _page(db: Database, writer: Writer, limit: int) -> int:
    after = writer.manifest.cursors.get(LOG, 0)
    with db.read() as connection:
        events = events_after(connection, after, limit)
        page = page_of(connection, events, taken_back(events)) if events else None
    if page is None:
        return 0
    for table, rows in tables_of(page).items():
        writer.add(table, rows)
    writer.manifest.cursors[LOG] = events[-1].id
    writer.manifest.upto_received_s = max(writer.manifest.upto_received_s, events[-1].received_at_s)
    return len(events)


class Sum(NamedTuple):
    """Rows of a table and business day, and their checksum whatever their order and file."""

    table: str
    day: str
    rows: int
    checksum: str


def checksums(read: Callable[[str], pa.Table], tables: list[str]) -> list[Sum]:
    """One line per table and day."""
    import hashlib

    found = []
    for table in tables:
        rows = read(table)
        if not rows.num_rows:
            continue
        rows = rows.sort_by([("event", "ascending"), ("n", "ascending")])
        for day in sorted(compute.unique(rows["business_date"]).to_pylist()):
            part = rows.filter(compute.equal(rows["business_date"], pa.scalar(day, pa.date32()))).combine_chunks()
            digest = hashlib.sha256()
            for column in part.columns:
                digest.update(repr(column.to_pylist()).encode())
            found.append(Sum(table, day.isoformat(), part.num_rows, digest.hexdigest()[:16]))
    return found
