"""What a request means to its lane: new, a repeat of what was answered, or refused. Pure.

A lane has one request open at a time and keeps its last answer. A void carries the id of the request it voids, so it
is the one thing that may follow an answer under the same id; once voided, whatever comes under that id gets the void's
answer (a late original too).
"""

from typing import Any, NamedTuple

NEW = "new"
REPEAT = "repeat"
VOIDED = ("voided", "reversed")


class Lane(NamedTuple):
    """The last request of a lane and how it was answered (seq: its event, 0 for none; reply: as it was sealed)."""

    sequence: int
    message: str
    digest: bytes
    outcome: str
    seq: int
    reply: Any


def judge(lane: Lane | None, sequence: int, message: str, digest: bytes) -> str:
    """NEW, REPEAT, or the reason of a refusal: stale_request, id_conflict.

    sequence   message  lane's last answer     | verdict
    higher     any      any                    | new
    lower      any      any                    | stale_request
    equal      any      voided or reversed     | repeat
    equal      void     anything else          | new
    equal      same     same content           | repeat
    equal      other    other content          | id_conflict
    """
    if lane is None or sequence > lane.sequence:
        return NEW
    if sequence < lane.sequence:
        return "stale_request"
    if lane.outcome in VOIDED:
        return REPEAT
    if message == "void":
        return NEW
    return REPEAT if (message, digest) == (lane.message, lane.digest) else "id_conflict"
