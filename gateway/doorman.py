"""Bad input at the door: each (client, reason) is logged once and counted for good."""

import logging
import sqlite3

from gateway.store import refused

log = logging.getLogger("gateway.doorman")

PAIRS_MAX = 1000  # distinct (client, reason) remembered; what comes above is counted under "others"


class Doorman:
    """Counts what was turned away; counts reach the disk with the batch they came in."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db
        self._known = {(client, reason) for client, reason, _ in refused.all_counts(db)}
        self._new: dict[tuple[str, str], int] = {}

    def count(self, client: str, reason: str, detail: str = "") -> None:
        """One more of this reason from this client."""
        pair = (client, reason)
        if pair not in self._known and len(self._known) >= PAIRS_MAX:
            pair = ("others", reason)
        if pair not in self._known:
            self._known.add(pair)
            log.warning("turned away %s: %s %s (counted from now on, see the status page)", client, reason, detail)
        self._new[pair] = self._new.get(pair, 0) + 1

    def write_counts(self) -> None:
        for (client, reason), count in self._new.items():
            refused.add(self._db, client, reason, count)
        self._new.clear()
