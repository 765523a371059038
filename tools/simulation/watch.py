"""Counts which rows of the production code's tables a run has visited. It looks on and changes nothing."""

from collections import Counter
from typing import Any

from firmware.flows import pump_nozzle
from gateway.core import lanes
from protocol.dart import master
from protocol.ledger import holds

SEEN: Counter[str] = Counter()
_judge = lanes.judge
_happens = master.Master._happens


class _Rows(dict):
    """A table that notes which of its rows were looked up."""

    name = "hold: "

    def __getitem__(self, row: Any) -> Any:
        SEEN[self.name + " ".join(row)] += 1
        return dict.__getitem__(self, row)

    def get(self, row: Any, default: Any = None) -> Any:
        found = dict.get(self, row, default)
        if found is not default:
            SEEN[self.name + " ".join(map(str, row))] += 1
        return found


class _Nozzle(_Rows):
    name = "nozzle: "


def _judged(lane: Any, sequence: int, message: str, digest: bytes) -> str:
    verdict = _judge(lane, sequence, message, digest)
    SEEN[f"lane: {_row(lane, sequence, message)} -> {verdict}"] += 1
    return verdict


def _happened(self: master.Master, kind: int, now_ms: int) -> None:
    SEEN[f"line: {self._state} {kind}"] += 1
    _happens(self, kind, now_ms)


def _row(lane: Any, sequence: int, message: str) -> str:
    if lane is None or sequence > lane.sequence:
        return "higher"
    if sequence < lane.sequence:
        return "lower"
    if lane.outcome in lanes.VOIDED:
        return "equal, voided"
    return "equal, a void" if message == "void" else "equal"


def begin() -> None:
    """Looks on from now; forgets what was seen."""
    lanes.judge = _judged
    if not isinstance(holds.LIFE, _Rows):
        holds.LIFE = _Rows(holds.LIFE)
        pump_nozzle.NOZZLE = _Nozzle(pump_nozzle.NOZZLE)
        setattr(master.Master, "_happens", _happened)  # noqa: B010
    SEEN.clear()


LANE_ROWS = (
    "higher -> new", "lower -> stale_request", "equal, voided -> repeat", "equal, a void -> new", "equal -> repeat",
    "equal -> id_conflict",
)
EVENT_KINDS = (
    "sale", "top_up", "refusal", "void", "refund", "expired", "grant_taken", "recall_answered", "right_taken",
    "refund_right_taken", "refund_right_returned", "float_returned", "hold_suspended", "hold_settled", "salvaged",
    "testified", "adjustment", "hq_met", "barred", "fill", "drive_off", "fuel_gap",
)
SELDOM = (("telling", "more"),)  # a valve that hangs while its capture is told
HOLD_ROWS = (
    "open start", "open void", "running stop", "running capture_part", "running capture_last", "running suspend",
    "suspense settle",
)
REASONS = (
    "insufficient_float", "issue_limit", "frozen", "fenced", "refund_right_away", "nothing_left_to_refund",
    "more_than_sold", "unknown_sale", "witness_awaited", "tap_again", "empty_basket", "total_mismatch",
    "offline_limit", "coupon_unknown", "insufficient_punches", "code_used_up", "once_away", "second_person", "closed",
    "merged",
)
HAPPENED = (
    "game_lifts_first", "game_wrong_hose", "game_lifts_twice", "game_hangs_up_at_once", "game_stops", "game_lets_it_be",
    "given", "merged", "closed", "advanced", "case_closed", "joined", "late_post", "rotten_line", "office_restored",
)


def rows() -> list[str]:
    """Everything that a run of some hundred seeds must have visited."""
    return [
        *("lane: " + row for row in LANE_ROWS),
        *("hold: " + row for row in HOLD_ROWS),
        *("nozzle: " + " ".join(row) for row in pump_nozzle.NOZZLE if row not in SELDOM),
        *(f"line: {state} {kind}" for state, kind, *_ in master.TABLE),
        *("event: " + kind for kind in EVENT_KINDS),
        *("refused: " + reason for reason in REASONS),
        *("happened: " + what for what in HAPPENED),
    ]
