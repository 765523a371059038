"""The keys that terminals seal their money requests with, opened once and kept for as long as this process runs."""

from sqlalchemy import Connection

from hq_server.fleet import store
from hq_server.sealing import Sealer


class WitnessKeys:
    """Opens sealed witness keys; a number never gets another key, so what was opened stays good."""

    def __init__(self, sealer: Sealer):
        self._sealer = sealer
        self._opened: dict[tuple[str, int], bytes] = {}

    def get(self, connection: Connection, terminal: str, number: int) -> bytes | None:
        """One witness key, or None if head office never made one of that number."""
        name = (terminal, number)
        if name not in self._opened:
            sealed = store.sealed_witness_key(connection, terminal, number)
            if sealed is None:
                return None
            self._opened[name] = self._sealer.open(f"{terminal}/{number}/witness", sealed)
        return self._opened[name]
