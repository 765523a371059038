"""What the judge looks at, read in one go; measures.py makes numbers of it."""

from typing import NamedTuple

from sqlalchemy import Connection, Row

from hq_server.alarms import store
from hq_server.backup.store import last_verified_s
from hq_server.chain.authority import WARN_S
from hq_server.chain.store import the_chain
from hq_server.fleet import store as fleet
from hq_server.fuel.store import open_holds
from hq_server.recovery.store import awaited_rows
from hq_server.releases import store as releases
from hq_server.releases.rules import HALTED


class Facts(NamedTuple):
    """One look at the chain. coverage: store -> (taps paid with stored value, taps refused for lack of float)."""

    now_s: int
    stores: list[Row]
    terminals: list[Row]
    certificates: list[Row]
    waiting: dict[str, int]
    coverage: dict[str, tuple[int, int]]
    backup_at_s: int
    halted: list[str]
    channels: list[Row]
    awaited: list[str]
    holds: list[Row]  # open at nozzles


def gather(connection: Connection, now_s: int) -> Facts:
    """The facts of now."""
    rows, waiting = fleet.stores(connection), store.messages_waiting(connection)
    return Facts(
        now_s,
        rows,
        fleet.terminals(connection),
        fleet.certificates_to_renew(connection, now_s + WARN_S),
        {row.code: waiting.get(row.incarnation, 0) for row in rows if row.status == "enrolled"},
        store.coverage(connection, now_s),
        last_verified_s(connection) or the_chain(connection).created_at_s,
        [f"rollout {row.id}, {row.release}: {row.reason}" for row in releases.rollouts(connection, HALTED)],
        store.channels(connection),
        [row.store for row in awaited_rows(connection) if row.status == "awaited"],
        open_holds(connection),
    )
