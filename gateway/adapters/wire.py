"""What the sale process needs of a broker, whichever client library is behind it."""

from dataclasses import dataclass, field
from typing import Protocol

FRAME_MAX = 70_000  # the uplink's messages; terminals' frames are held to 4096 by the codec
KEEPALIVE_S = 60


@dataclass
class Batch:
    """What one read brought: (topic, payload) in order, payload None where it was too long; ids to acknowledge."""

    frames: list[tuple[str, bytes | None]] = field(default_factory=list)
    acks: list[int] = field(default_factory=list)


class Wire(Protocol):
    """One connection with a session that outlives it: what was not acknowledged comes again after the next connect."""

    def connect(self, timeout_s: float = 10) -> None:
        """Dials, says CONNECT and SUBSCRIBE, waits for both answers. Raises OSError or Theirs."""
        ...

    def fileno(self) -> int:
        """For select; -1 while not connected."""
        ...

    def early(self) -> bool:
        """Whether something came with the answers of connect, before the first read."""
        ...

    def pending(self) -> bool:
        """Whether bytes lie here already that select cannot see."""
        ...

    def read(self) -> Batch:
        """All that has arrived, up to a bound. Raises OSError when the connection is gone, Theirs when it is broken."""
        ...

    def write(self, batch: Batch, frames: list[tuple[str, bytes]]) -> None:
        """Acknowledges the batch and publishes the frames, QoS 1: called after the commit, never before."""
        ...

    def ping(self) -> None:
        """Keeps the connection alive; call it as often as you like."""
        ...

    def close(self) -> None: ...
