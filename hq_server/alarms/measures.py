"""Measures of the judged kinds: pure, from the facts of one look. Each tells (store, terminal) -> (number, detail)."""

from collections.abc import Callable

from hq_server.alarms.facts import Facts

HEARD_S = 120  # a store that was heard within that knows how its terminals are
TAPS_MIN = 20  # fewer say nothing about a store's float

Place = tuple[str, str]
Measured = dict[Place, tuple[int, str]]


def store_silent(facts: Facts) -> Measured:
    """Seconds without a heartbeat."""
    return {
        (row.code, ""): (facts.now_s - row.heartbeat_at_s, "no heartbeat")
        for row in facts.stores
        if row.status == "enrolled" and row.heartbeat_at_s
    }


def store_behind(facts: Facts) -> Measured:
    """Events that the gateway has told of and head office has not booked."""
    lag = {row.code: (row.head_seq or 0) - (row.cursor_seq or 0) for row in _heard(facts)}
    return {(code, ""): (events, f"{events} events") for code, events in lag.items()}


def clock_apart(facts: Facts) -> Measured:
    """Seconds, either way."""
    return {(row.code, ""): (abs(row.clock_ahead_s), f"by {row.clock_ahead_s} s") for row in _heard(facts)}


def messages_waiting(facts: Facts) -> Measured:
    """Messages that the gateway has not fetched."""
    return {(code, ""): (count, f"{count} messages") for code, count in facts.waiting.items()}


def terminal_silent(facts: Facts) -> Measured:
    """Seconds since it was heard, while its store is and another terminal there is online: the shop is open."""
    heard = {row.code for row in _heard(facts)}
    mine = [row for row in facts.terminals if row.status == "active" and row.store in heard]
    trading = {row.store for row in mine if row.online}
    return {
        (row.store, row.terminal): (0 if row.online else facts.now_s - row.seen_at_s, "not heard")
        for row in mine
        if row.seen_at_s and row.store in trading
    }


def coverage_low(facts: Facts) -> Measured:
    """Percent of the taps that wanted stored value and were refused for lack of float."""
    told = {}
    for code, (paid, refused) in facts.coverage.items():
        taps = paid + refused
        share = 100 * refused // taps if taps >= TAPS_MIN else 0
        told[(code, "")] = (share, f"{refused} of {taps} taps refused")
    return told


def certificate_ends(facts: Facts) -> Measured:
    """1 for each certificate near its tenth year."""
    return {(row.store, row.name): (1, "certificate of " + row.name) for row in facts.certificates}


def backup_old(facts: Facts) -> Measured:
    """Seconds since the last verified backup, or since the chain began."""
    age_s = facts.now_s - facts.backup_at_s
    return {("", ""): (age_s, f"{age_s // 3600} h")}


def rollout_halted(facts: Facts) -> Measured:
    """Rollouts that trouble has halted."""
    return {("", ""): (len(facts.halted), "; ".join(facts.halted))}


def store_awaited(facts: Facts) -> Measured:
    """1 for each store that a restored head office has not heard yet."""
    return {(code, ""): (1, "has not reported since the restore") for code in facts.awaited}


def fuel_in_suspense(facts: Facts) -> Measured:
    """Seconds since the oldest hold of a store went to suspense."""
    hanging: dict[str, list] = {}
    for row in facts.holds:
        if row.suspended_s:
            hanging.setdefault(row.store, []).append(row)
    return {
        (code, ""): (
            facts.now_s - min(row.suspended_s for row in rows),
            ", ".join(f"{row.terminal} {row.nozzle}" for row in rows),
        )
        for code, rows in hanging.items()
    }


def alarms_unsent(facts: Facts) -> Measured:
    """Tries in vain, of the way out that has the most."""
    worst = max(facts.channels, key=lambda row: row.tries, default=None)
    return {("", ""): (worst.tries, f"{worst.channel}: {worst.error}") if worst else (0, "")}


def _heard(facts: Facts) -> list:
    return [row for row in facts.stores if row.status == "enrolled" and facts.now_s - row.heartbeat_at_s <= HEARD_S]


MEASURES: dict[str, Callable[[Facts], Measured]] = {
    measure.__name__: measure
    for measure in (
        store_silent, store_behind, clock_apart, messages_waiting, terminal_silent, coverage_low, certificate_ends,
        backup_old, rollout_halted, store_awaited, fuel_in_suspense, alarms_unsent,
    )
}  # fmt: skip
