"""What to call the state of a gateway or terminal, as tables: pure, from the rows that heartbeats wrote."""

from typing import NamedTuple

SILENT_AFTER_S = 45  # heartbeats come each ten seconds
BEHIND_EVENTS_MIN = 50
CLOCK_OFF_S = 120


class State(NamedTuple):
    """`key` has texts state.<key>, state.<key>.means and state.<key>.do in the catalogues."""

    key: str
    tone: str


WAITING = State("waiting", "plain")
FENCED = State("fenced", "bad")
RETIRING = State("retiring", "warn")
RETIRED = State("retired", "plain")
SILENT = State("silent", "bad")
CLOCK_OFF = State("clock_off", "warn")
BEHIND = State("behind", "warn")
FINE = State("fine", "good")

ONLINE = State("online", "good")
OFFLINE = State("offline", "warn")
UNKNOWN = State("unknown", "plain")
REVOKED = State("revoked", "bad")


def gateway_state(row, now_s: int) -> State:
    """The first that applies, worst first."""
    rules = (
        (row.status == "fenced", FENCED),
        (row.status == "retiring", RETIRING),
        (row.status == "retired", RETIRED),
        (row.status != "enrolled", WAITING),
        (now_s - row.heartbeat_at_s > SILENT_AFTER_S, SILENT),
        (abs(row.clock_ahead_s) > CLOCK_OFF_S, CLOCK_OFF),
        (lag_events(row) > BEHIND_EVENTS_MIN, BEHIND),
    )
    return next((state for applies, state in rules if applies), FINE)


def lag_events(row) -> int:
    """Events that the gateway has told of and head office has not booked."""
    return max(0, (row.head_seq or 0) - (row.cursor_seq or 0))


def terminal_state(row, gateway: State) -> State:
    """A terminal's; while the gateway is silent nothing is known of it."""
    rules = (
        (row.status == "revoked", REVOKED),
        (row.status == "waiting", WAITING),
        (gateway in (SILENT, FENCED), UNKNOWN),
        (bool(row.online), ONLINE),
    )
    return next((state for applies, state in rules if applies), OFFLINE)
