"""One import: read, check, work out what it would do, and do it, whole or not at all."""

import datetime as dt
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.imports import goods, members, sales, store
from hq_server.imports.columns import GOODS, KINDS, MEMBERS, SALES, Scene, columns
from hq_server.imports.reading import Sheet, read
from hq_server.imports.rows import Wrong, read_rows

PLANNERS = {MEMBERS: members.plan, GOODS: goods.plan, SALES: sales.plan}
# Whoever may write it by hand may import it.
PERMISSIONS = {MEMBERS: "members.edit", GOODS: "goods.edit", SALES: "history.import"}


class Result(NamedTuple):
    """What a file did, or would do. rows: of the file; added, changed, same: members, goods or documents."""

    kind: str
    rows: int
    added: int
    changed: int
    same: int
    wrong_count: int
    wrong: list[Wrong]
    notes: dict[str, int]
    unused: list[str]
    done: bool


def bring(connection: Connection, hq: Hq, kind: str, raw: bytes, file: str, actor: str, dry_run: bool) -> Result:
    """Imports a file in the open transaction; with an error in any row, or as a dry run, nothing is changed."""
    return bring_sheet(connection, hq, kind, read(raw), (file, sha256(raw).hexdigest(), actor), dry_run)


def bring_sheet(
    connection: Connection, hq: Hq, kind: str, sheet: Sheet, origin: tuple[str, str, str], dry_run: bool
) -> Result:
    """The same for rows that were read already. origin: file name, its SHA-256, who imports."""
    if kind not in KINDS:
        raise HqError("bad_import", "one of " + ", ".join(KINDS))
    found = read_rows(sheet, columns(kind, scene(connection, hq)))
    rows = len(found.records) + found.wrong.count
    plan = PLANNERS[kind](connection, found, hq)
    counts = (plan.counts["added"], plan.counts["changed"], plan.counts["same"])
    done = not dry_run and not found.wrong.count
    if done:
        plan.apply()
        _write_down(connection, hq, kind, origin, (rows, *counts))
    notes = {name: count for name, count in plan.notes.items() if count}
    return Result(kind, rows, *counts, found.wrong.count, found.wrong.told, notes, found.unused, done)


def _write_down(connection: Connection, hq: Hq, kind: str, origin: tuple[str, str, str], counts: tuple) -> None:
    file, hashed, actor = origin
    said = dict(zip(("rows", "added", "changed", "same"), counts, strict=True))
    store.add_run(connection, kind=kind, file=file[:200], sha256=hashed, at_s=hq.now_s(), actor=actor, **said)


def scene(connection: Connection, hq: Hq) -> Scene:
    """What reading depends on. A date may be tomorrow's here and today's there: a day is given."""
    today = dt.datetime.fromtimestamp(hq.now_s(), dt.UTC).date() + dt.timedelta(days=1)
    stores = frozenset(row.code for row in fleet.stores(connection))
    return Scene(the_chain(connection).exponent, stores, today.isoformat())
