"""One booked event on the way to what follows from it, and the refusal of a gateway that wrote what it may not."""

from typing import NamedTuple

from hq_server.ingest.rules import Told
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.rows import Life
from protocol.ledger.entries import Entry


class Violation(Exception):
    """A gateway wrote what it may not. `reason` is chain_broken or fenced, `detail` says which event and why."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Scene(NamedTuple):
    """One event with everything an effect may need. life: whose event it is; entries: as they were booked.

    salvaged: it is evidence of a life that is gone, told by the next one.
    """

    vault: Vault
    book: Book
    life: Life
    told: Told
    entries: tuple[Entry, ...]
    salvaged: bool = False


def foreign(scene: Scene, detail: str) -> Violation:
    """What to raise for an event that is not its store's to write."""
    return Violation("fenced", f"event {scene.told.event.seq}: {detail}")
