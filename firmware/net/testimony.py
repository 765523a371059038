"""What this terminal's journal says of money, one answered request at a time; read from flash when a gateway asks.

A new life of the store's gateway asks from place to place, and nothing is kept here between two questions. A place is
the number of a segment and how far it was read. A segment holds the request of each of its answers (see journal.py).
"""

from firmware.net.journal import ANSWER, STATE, body_of
from protocol.ids import LANES

PLACE_BITS = 15  # a segment is one record longer than 16 KB at most
FRAME_MAX = 2048  # a longer one has no place in a testimony


def said(journal, values: dict) -> dict:
    """The answer to `testify`: the first pair from that place on that head office has not booked, or the end."""
    asked, start = values["at"] >> PLACE_BITS, values["at"] & (1 << PLACE_BITS) - 1
    for number in journal.segments:
        if number >= asked:
            pair = _pair(journal.path(number), start if number == asked else 0, journal.booked)
            if pair is not None:
                request, answer, end = pair
                told = {"life": values["life"], "at": number << PLACE_BITS | end}
                told["name"], told["request"] = _frame(request)
                told["told"], told["answer"] = _frame(answer)
                return told
    return {"life": values["life"], "at": 0}


def _pair(path: str, start: int, booked: list) -> tuple | None:
    """(request, answer, where the next begins): the first answer at `start` or later with its request."""
    asked = [-1] * LANES
    with open(path, "rb") as file:
        at = 0
        body = body_of(file)
        while body is not None:
            end = at + 6 + len(body)
            kind, lane = body[0], body[1]
            if kind == ANSWER and at >= start and _counts(body, asked[lane], booked[lane]):
                file.seek(asked[lane])
                return body_of(file), body, end
            if kind != STATE and kind != ANSWER and len(body) > 7 + body[6]:  # a void copied into a segment is empty
                asked[lane] = at if len(body) <= FRAME_MAX else -1
            at = end
            body = body_of(file)
    return None


def _counts(answer: bytes, request_at: int, booked: int) -> bool:
    sequence = int.from_bytes(answer[2:6], "big")
    return request_at >= 0 and sequence > booked and len(answer) <= FRAME_MAX


def _frame(body: bytes) -> tuple:
    end = 7 + body[6]
    return body[7:end].decode(), body[end:].decode()
