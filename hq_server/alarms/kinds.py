"""Every kind of alarm: how bad it is, who raises it, when it begins and ends. What to do is in the pages' texts.

Judged kinds have a measure (measures.py): the alarm begins when that was above `begins` for `hold_s`, and ends when it
is at most `ends`. A gateway's alarm lasts while the gateway tells it. An event's lasts until a person closes it.
"""

from typing import NamedTuple

from sqlalchemy import Row

from hq_server.alarms.store import EVENT, GATEWAY, JUDGE
from hq_server.web.language import catalogues

URGENT, SOON, NOTE = "urgent", "soon", "note"  # now; today; when there is time
SEVERITIES = (URGENT, SOON, NOTE)
HOUR_S = 3600


class Kind(NamedTuple):
    """One row. counted: a gateway tells it with a number that only grows."""

    key: str
    severity: str
    teller: str
    begins: int = 0
    ends: int = 0
    hold_s: int = 0
    counted: bool = False

    def words(self, language: str) -> tuple[str, str]:
        """(what it is, what to do)."""
        texts = catalogues()[language]
        return texts["alarm." + self.key], texts["alarm." + self.key + ".do"]


JUDGED = (
    Kind("store_silent", URGENT, JUDGE, 120, 45),
    Kind("store_behind", SOON, JUDGE, 200, 50, 120),
    Kind("clock_apart", SOON, JUDGE, 120, 60),
    Kind("messages_waiting", NOTE, JUDGE, 1000, 100, 120),
    Kind("terminal_silent", NOTE, JUDGE, 900, 150),
    Kind("coverage_low", SOON, JUDGE, 10, 5),
    Kind("certificate_ends", SOON, JUDGE),
    Kind("backup_old", URGENT, JUDGE, 26 * HOUR_S, 25 * HOUR_S),
    Kind("rollout_halted", SOON, JUDGE),
    Kind("store_awaited", URGENT, JUDGE),
    Kind("fuel_in_suspense", SOON, JUDGE, 900),
    Kind("alarms_unsent", SOON, JUDGE, 3, 0),
)

TOLD = (
    Kind("store_closed", URGENT, GATEWAY),
    Kind("store_damaged", URGENT, GATEWAY),
    Kind("disk_low", SOON, GATEWAY),
    Kind("disk_slow", SOON, GATEWAY),
    Kind("journal_filling", SOON, GATEWAY),
    Kind("witness_awaited", SOON, GATEWAY),
    Kind("right_used_up", SOON, GATEWAY),
    Kind("bad_mac", SOON, GATEWAY, counted=True),
    Kind("unknown_key", NOTE, GATEWAY, counted=True),
    Kind("terminal_revoked", NOTE, GATEWAY, counted=True),
    Kind("id_conflict", URGENT, GATEWAY, counted=True),
)

EVENTS = (
    Kind("fenced", URGENT, EVENT),
    Kind("chain_broken", URGENT, EVENT),
    Kind("twin_seen", URGENT, EVENT),
    Kind("value_in_suspense", SOON, EVENT),
    Kind("beyond_evidence", SOON, EVENT),
    Kind("salvage", SOON, EVENT),
    Kind("barred_again", SOON, EVENT),
    Kind("refund_testified", SOON, EVENT),
    Kind("fill_testified", SOON, EVENT),
    Kind("refund_from_loss", NOTE, EVENT),
    Kind("witness_bad", URGENT, EVENT),
    Kind("duplicate_request", NOTE, EVENT),
    Kind("receipt_gap", SOON, EVENT),
    Kind("fuel_gap", SOON, EVENT),
    Kind("unknown_kind", NOTE, EVENT),
    Kind("hq_message", SOON, EVENT),
)

OTHER = Kind("alarm", SOON, EVENT)
REFUSED_BATCH = Kind("batch", SOON, EVENT)

KINDS: dict[str, Kind] = {kind.key: kind for kind in (*JUDGED, *TOLD, *EVENTS, OTHER, REFUSED_BATCH)}


def kind_of(key: str) -> Kind:
    """The row of a kind; of one that is newer than this head office, the general one."""
    return KINDS.get(key) or (REFUSED_BATCH if key.startswith("batch_") else OTHER)


def worst_first(rows: list[Row]) -> list[Row]:
    """Alarms that nobody has seen first, the worst of them at the top."""
    return sorted(rows, key=lambda row: (bool(row.seen_at_s), SEVERITIES.index(kind_of(row.kind).severity)))


def serious(key: str, least: str) -> bool:
    """Whether a kind is at least as bad as `least`."""
    return SEVERITIES.index(kind_of(key).severity) <= SEVERITIES.index(least)
