"""What comes into a handler and what goes out of it."""

from dataclasses import dataclass

from gateway.core.lanes import Lane
from gateway.store.terminals import Terminal
from protocol.ids import RequestId


@dataclass(frozen=True)
class Asked:
    """One opened frame: who sent it, its checked values, and the very text for the event."""

    terminal: Terminal
    message: str
    values: dict
    frame: bytes

    @property
    def name(self) -> str:
        return self.terminal.terminal

    @property
    def request(self) -> RequestId:
        """Id of a money request."""
        return RequestId(self.name, self.values["j"], self.values["l"], self.values["n"])


@dataclass(frozen=True)
class Told:
    """A message for the terminal that asked."""

    message: str
    values: dict


@dataclass(frozen=True)
class Outcome:
    """How a request ended for good, and the reply. outcome: approved, refused, voided, reversed."""

    told: Told
    outcome: str
    seq: int


@dataclass(frozen=True)
class Wait:
    """Not decided yet: float was asked for under this wish and may arrive in time."""

    wish: str
    account: str


@dataclass(frozen=True)
class Request:
    """A request on its way through a handler: `last` is what the lane answered before, `final` forbids waiting."""

    asked: Asked
    last: Lane | None
    final: bool


def refused(asked: Asked, reason: str, detail: str = "", **fields: object) -> Told:
    """The refusal of a question or request, with the ids that tie it to what was asked."""
    ids = {name: asked.values[name] for name in ("r", "j", "l", "n") if name in asked.values}
    more = {"detail": detail.encode()[:96].decode(errors="ignore")} if detail else {}
    return Told("refused", {**ids, "reason": reason, **more, **fields})
