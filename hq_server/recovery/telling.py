"""What is told of recovery and backups, to programs and on pages."""

from sqlalchemy import Connection

from hq_server.backup import store as backups
from hq_server.fleet import store as fleet
from hq_server.ledger import store as books
from hq_server.vault import recovery
from hq_server.vault.book import LIFE
from hq_server.vault.sql import SqlVault
from protocol.ledger.entries import HQ

ROW = ("store", "incarnation", "status", "cap", "used", "operator", "second")


def recovery_told(connection: Connection, vault: SqlVault) -> dict:
    """Head office's life, the stores it has to hear, what is missing of what they took, and its backups."""
    office, rows = vault.office(), recovery.awaited(vault)
    heard_s = {row.code: row.heartbeat_at_s for row in fleet.stores(connection)}
    return {
        "life": office.life,
        "restored_from": office.backup if office.life != LIFE else "",
        "since_s": office.began_at_s,
        "waits": recovery.waits(vault),
        "stores": [
            {**{name: getattr(row, name) for name in ROW}, "heartbeat_at_s": heard_s.get(row.store, 0)} for row in rows
        ],
        "missing": _missing(connection),
        "backups": [dict(row._mapping) for row in backups.backups(connection)],
    }


def _missing(connection: Connection) -> dict[str, int]:
    """Asset -> what stores took although the pool had none of it, as far as it has not come home."""
    found: dict[str, int] = {}
    for line, amount in books.lines_of_book(connection, "loss", HQ):
        if line.holder and amount < 0:
            found[line.asset] = found.get(line.asset, 0) - amount
    return found
