"""The backups that were verified, and how far each gateway's events are in them."""

from sqlalchemy import Column, Connection, Row, Table, func, select

from hq_server.columns import HEX32, amount, at_s, words
from hq_server.db import metadata

backup = Table(
    "backup",
    metadata,
    Column("id", HEX32, primary_key=True),
    at_s("made_at_s"),
    at_s("verified_at_s"),
    amount("bytes"),
    words("file", 200),
)

cursor = Table(
    "backup_cursor",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    amount("seq"),  # booked up to here in the newest verified backup
    Column("backup", HEX32, nullable=False),
)


def note_verified(connection: Connection, told: dict, cursors: dict[str, int]) -> None:
    """A backup was read back whole. Cursors of an older one than is known take nothing back."""
    known = connection.execute(select(backup.c.id).where(backup.c.id == told["id"])).first()
    if known is None:
        connection.execute(backup.insert().values(**told))
    else:
        connection.execute(backup.update().where(backup.c.id == told["id"]).values(**told))
    newest = connection.execute(select(func.max(backup.c.made_at_s))).scalar()
    if newest == told["made_at_s"]:
        connection.execute(cursor.delete())
        if cursors:
            rows = [{"incarnation": life, "seq": seq, "backup": told["id"]} for life, seq in cursors.items()]
            connection.execute(cursor.insert(), rows)


def last_verified_s(connection: Connection) -> int | None:
    """When the newest backup that was verified had been made, epoch seconds; None: there is none."""
    return connection.execute(select(func.max(backup.c.made_at_s))).scalar()


def safe_seq(connection: Connection, incarnation: str) -> int:
    """The events of an incarnation up to this one are in the newest verified backup; 0: none."""
    chosen = select(cursor.c.seq).where(cursor.c.incarnation == incarnation)
    return connection.execute(chosen).scalar() or 0


def backups(connection: Connection, limit: int = 20) -> list[Row]:
    """Verified backups, the newest first."""
    return list(connection.execute(select(backup).order_by(backup.c.made_at_s.desc(), backup.c.id).limit(limit)))
