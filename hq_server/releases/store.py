"""Tables and queries of releases, their files, rollouts, and what each terminal said it runs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    func,
    select,
)

from hq_server.columns import CLIENT, HEX64, ROW_ID, STATUS, STORE, amount, at_s, words
from hq_server.db import metadata
from hq_server.fleet import store as fleet

RELEASE = String(40)  # <app>-<kind>-<number>, as its folder is called

release_key = Table(
    "release_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row: boards carry one key
    Column("modulus", LargeBinary, nullable=False),
    at_s("set_at_s"),
    words("set_by", 64),
)

release = Table(
    "firmware_release",
    metadata,
    Column("id", RELEASE, primary_key=True),
    words("app", 8),
    words("kind", 8),
    words("boards", 400),  # names with spaces between
    words("version", 24),
    amount("number"),
    amount("least"),
    amount("size"),  # bytes of all files
    Column("manifest", LargeBinary, nullable=False),
    Column("digest", HEX64, nullable=False),  # SHA-256 of the manifest
    at_s("added_at_s"),
    words("added_by", 64),
)

release_file = Table(
    "firmware_file",
    metadata,
    Column("release", RELEASE, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # from 1, in the manifest's order
    words("path", 200),
    Column("body", LargeBinary, nullable=False),
)

rollout = Table(
    "rollout",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("release", RELEASE, nullable=False, index=True),
    Column("rings", Text, nullable=False),  # JSON, see schemas.Ring
    amount("ring"),  # the one that is being served, from 0
    Column("status", STATUS, nullable=False),  # running, paused, halted, done, rolled_back, replaced
    amount("trouble_max"),
    amount("forgiven"),  # troubles that were there when a person said: go on
    amount("soak_s"),
    words("reason", 200),
    at_s("started_at_s"),
    words("started_by", 64),
    at_s("ring_at_s"),
    at_s("well_at_s"),  # since when the whole ring runs it; 0: it does not
)

seat = Table(
    "rollout_terminal",
    metadata,
    Column("rollout", BigInteger, primary_key=True, autoincrement=False),
    Column("terminal", CLIENT, primary_key=True),
    amount("ring"),
    Column("before", RELEASE, nullable=False, default=""),  # '' : what came by cable
    at_s("since_s"),
    Column("was_online", Boolean, nullable=False, default=False),
)

running = Table(
    "terminal_release",
    metadata,
    Column("terminal", CLIENT, primary_key=True),
    Column("store", STORE, nullable=False),
    words("board", 24),
    words("kind", 8),
    amount("number"),  # of the release that runs; 0: copied by cable
    amount("failed"),
    words("why", 12),
    amount("loading"),
    amount("loaded"),  # bytes
)


def key_row(connection: Connection) -> Row | None:
    """The public half of the chain's release key, or None."""
    return connection.execute(select(release_key)).first()


def put_key(connection: Connection, modulus: bytes, who: str, now_s: int) -> None:
    """In the place of the one before."""
    connection.execute(release_key.delete())
    connection.execute(release_key.insert().values(id=1, modulus=modulus, set_at_s=now_s, set_by=who))


def releases(connection: Connection) -> list[Row]:
    """All, the newest first."""
    return list(connection.execute(select(release).order_by(release.c.added_at_s.desc(), release.c.number.desc())))


def release_row(connection: Connection, name: str) -> Row | None:
    """One release, or None."""
    return connection.execute(select(release).where(release.c.id == name)).first()


def add_release(connection: Connection, values: dict, files: list[tuple[str, bytes]]) -> None:
    """A release with all its files."""
    connection.execute(release.insert().values(**values))
    rows = [
        {"release": values["id"], "n": n, "path": path, "body": body} for n, (path, body) in enumerate(files, start=1)
    ]
    connection.execute(release_file.insert(), rows)


def file_body(connection: Connection, name: str, n: int) -> bytes | None:
    """All bytes of one file, or None."""
    chosen = (release_file.c.release == name, release_file.c.n == n)
    return connection.execute(select(release_file.c.body).where(*chosen)).scalar()


def add_rollout(connection: Connection, **values) -> int:
    """A new one; its number."""
    number = connection.execute(rollout.insert().values(**values)).inserted_primary_key
    assert number is not None
    return number[0]


def rollouts(connection: Connection, status: str = "") -> list[Row]:
    """Rollouts with their releases' app, kind, number, least, version, boards and size, the newest first."""
    columns = [getattr(release.c, name) for name in ("app", "kind", "number", "least", "version", "boards", "size")]
    chosen = select(*rollout.c, *columns).join_from(rollout, release, release.c.id == rollout.c.release)
    if status:
        chosen = chosen.where(rollout.c.status == status)
    return list(connection.execute(chosen.order_by(rollout.c.id.desc())))


def rollout_row(connection: Connection, number: int) -> Row | None:
    """One of rollouts(), or None."""
    return next((row for row in rollouts(connection) if row.id == number), None)


def set_rollout(connection: Connection, number: int, **values) -> None:
    """Changes a rollout."""
    connection.execute(rollout.update().where(rollout.c.id == number).values(**values))


def add_seats(connection: Connection, rows: list[dict]) -> None:
    """Terminals that take part from now on."""
    connection.execute(seat.insert(), rows)


def seats(connection: Connection, number: int) -> list[Row]:
    """The terminals of a rollout with what is known of each and of its store's gateway, ring by ring."""
    known = [getattr(running.c, name) for name in ("number", "failed", "why", "loading", "loaded")]
    life = [getattr(fleet.terminal.c, name) for name in ("store", "online", "seen_at_s", "status")]
    beat = fleet.gateway.c.heartbeat_at_s
    joined = (
        seat.join(fleet.terminal, fleet.terminal.c.terminal == seat.c.terminal)
        .join(running, running.c.terminal == seat.c.terminal)
        .outerjoin(fleet.gateway, fleet.gateway.c.store == fleet.terminal.c.store)
    )
    chosen = select(*seat.c, *life, *known, beat).select_from(joined).where(seat.c.rollout == number)
    return list(connection.execute(chosen.order_by(seat.c.ring, seat.c.terminal)))


def newest_rollouts(connection: Connection) -> dict[str, int]:
    """Terminal -> the last rollout that it takes part in."""
    newest = select(seat.c.terminal, func.max(seat.c.rollout)).group_by(seat.c.terminal)
    return {row[0]: row[1] for row in connection.execute(newest)}


def candidates(connection: Connection) -> list[Row]:
    """Active terminals whose board and kind of slots are known."""
    columns = [getattr(fleet.terminal.c, name) for name in ("terminal", "store", "app", "online")]
    known = [getattr(running.c, name) for name in ("board", "kind", "number")]
    joined = fleet.terminal.join(running, running.c.terminal == fleet.terminal.c.terminal)
    chosen = select(*columns, *known).select_from(joined).where(fleet.terminal.c.status == "active")
    return list(connection.execute(chosen.order_by(fleet.terminal.c.terminal)))


def put_running(connection: Connection, terminal: str, values: dict) -> bool:
    """What a terminal said of its releases; whether that is news."""
    row = connection.execute(select(running).where(running.c.terminal == terminal)).first()
    if row is None:
        connection.execute(running.insert().values(terminal=terminal, **values))
        return True
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    connection.execute(running.update().where(running.c.terminal == terminal).values(**values))
    return True


def all_running(connection: Connection) -> list[Row]:
    """What every terminal said."""
    return list(connection.execute(select(running).order_by(running.c.terminal)))
