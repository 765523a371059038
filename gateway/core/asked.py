"""What comes to a counter and what goes out of it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from gateway.core.books import LaneKey
from gateway.core.lanes import Lane
from protocol.ids import RequestId, request_text


@dataclass(frozen=True)
class Asked:
    """One opened frame: which terminal sent it, its checked values, and the very bytes for the event."""

    name: str
    message: str
    values: dict
    frame: bytes

    @cached_property
    def request(self) -> RequestId:
        """Id of a money request."""
        return RequestId(self.name, self.values["j"], self.values["l"], self.values["n"])

    @property
    def request_told(self) -> dict:
        """As events tell the request."""
        return dict(zip(RequestId._fields, self.request, strict=True))

    @cached_property
    def lane(self) -> LaneKey:
        return self.request[:3]

    @cached_property
    def transfer(self) -> str:
        """What this request books under, for ever; a void has the id of what it voids and books beside it."""
        return request_text(self.request) + ("/void" if self.message == "void" else "")

    @property
    def ids(self) -> dict:
        """The ids that its answer repeats."""
        return {name: self.values[name] for name in ("j", "l", "n")}

    def digest(self) -> bytes:
        """What makes two frames of one id the same request: all but the seal, so that a newer key changes nothing."""
        return sha256(self.message.encode() + b"\n" + self.frame[: self.frame.rfind(b',"k":')]).digest()


class Told(NamedTuple):
    """A message for the terminal that asked."""

    message: str
    values: dict


class Outcome(NamedTuple):
    """How a request ended for good, and the reply. outcome: approved, refused, voided, reversed."""

    told: Told
    outcome: str
    seq: int


class Wait(NamedTuple):
    """Not decided yet: head office was asked under this wish, and what is wanted may arrive in time.

    what: value, right (a refund right: once it has come, value may be wished for too), or witness (of the terminal).
    """

    wish: str
    account: str
    what: str = "value"


class Request(NamedTuple):
    """A request on its way to a decision: `last` is what its lane answered before, `final` forbids waiting.

    waited: what it has waited for already ('' for nothing yet).
    """

    asked: Asked
    last: Lane | None
    final: bool
    waited: str = ""


def refused(asked: Asked, reason: str, detail: str = "", **fields: object) -> Told:
    """The refusal of a question or request, with the ids that tie it to what was asked."""
    ids = {name: asked.values[name] for name in ("r", "j", "l", "n") if name in asked.values}
    more = {"detail": detail.encode()[:96].decode(errors="ignore")} if detail else {}
    return Told("refused", {**ids, "reason": reason, **more, **fields})
