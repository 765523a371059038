"""Disks that are set back: who knows better then, and what of head office's own doing has not happened."""

from typing import Any, NamedTuple

from protocol.ledger.entries import HQ, Entry

# What head office does by itself all day, or books because a store has told something: it comes again.
AGAIN = (
    "grant", "right_grant", "received", "taken_back", "points_confirmed", "pending_taken", "made_good", "loss_settled",
    "twin_taken_back", "grant_remembered", "right_remembered",
)


class Watched:
    """A disk that was set back, and who has seen a later head of it: only a budget leaves it from then on."""

    def __init__(self, books: Any, head: int, know_more: list[Any]):
        self.books, self.seen, self.spent_cents = books, head, 0
        self._know_more = [(terminal, terminal.flash) for terminal in know_more]

    def awaits(self, since_s: int) -> bool:
        """Whether one of them still has its record, and the disk knows it as one that was active since then."""
        active = self.books.active_terminals(since_s)
        return any(terminal.flash is flash and terminal.name in active for terminal, flash in self._know_more)


class OfficeMark(NamedTuple):
    """What head office had done when a backup of it was made."""

    seen: int
    lives: dict[str, tuple[str, int, str]]  # incarnation -> its status, last event booked, head
    hq: str


class SetBack:
    """The part of Truth that knows of a head office restored from a backup."""

    lives: dict[str, Any]
    office_seen = 0
    restored = False
    unwitnessed: set[str]  # approved for a terminal that was still awaited, and lost by a disk that was set back again
    died_untold = False  # a life ended before it had told a restored head office again what that had forgotten

    def office_mark(self, vault: Any) -> OfficeMark:
        """Now, for later."""
        lives = {name: (vault.life(name).status, life.booked, life.head) for name, life in self.lives.items()}
        return OfficeMark(self.office_seen, lives, vault.office().life)

    def can_go_back(self, mark: OfficeMark, vault: Any) -> bool:
        """Whether nothing was done since that would not come again: what people decide, whose life ends."""
        now = self.office_mark(vault)
        same = {name: one[0] for name, one in now.lives.items()} == {name: one[0] for name, one in mark.lives.items()}
        if not same or now.hq != mark.hq:
            return False
        if any(self.lives[name].restless > booked for name, (_, booked, _) in mark.lives.items()):
            return False
        own = (one for one in vault.events[mark.seen :] if one.store == HQ and one.entries)
        return all(one.kind in AGAIN for one in own)

    def office_set_back(self, mark: OfficeMark, vault: Any) -> None:
        """What head office alone knew has not happened; what stores told it is still to be booked."""
        self.restored = True
        for one in reversed(vault.events[mark.seen :]):
            if one.store == HQ:
                self.undo(one.entries)
        for name, (_, booked, head) in mark.lives.items():
            life = self.lives[name]
            for seq in range(booked + 1, life.booked + 1):
                life.tail[seq] = life.past[seq]
            life.told_before = max(life.told_before, life.booked)
            life.booked, life.head = booked, head

    def undo(self, entries: tuple[Entry, ...]) -> None:
        """Entries that no disk holds any more."""
        raise NotImplementedError
