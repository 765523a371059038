"""The roll-back witness: terminals keep the highest head they have seen; one above our own proves a disk set back.

At every start all terminals that were active lately are asked for it. Until each has answered this very start, or has
been set aside by a person, the store sells for cash, tops up and earns; of stored value it lets a budget through, and
nothing leaves it for head office. Each answer names the start that asked: an old hello that comes late proves nothing.
"""

from collections.abc import Callable

from gateway.core.trade import Trade

ACTIVE_S = 7 * 86400


def start(trade: Trade) -> None:
    """Begins a start: who is to be waited for. Within a transaction, before anything is approved."""
    head = trade.books.last_at_s()
    # The smaller clock: one that runs ahead, now or when the store sold last, must not make a terminal look forgotten.
    since_s = min(trade.clock.now_s(), head or trade.clock.now_s()) - ACTIVE_S
    trade.awaited = set(trade.books.active_terminals(since_s))
    trade.asks = trade.random(8).hex()
    last = trade.head().seq
    # Who has not answered an earlier start can know of no more than it had been told by then.
    before = _read(trade.books.value("unanswered"))
    trade.seen = {name: min(before.get(name, last), last) for name in trade.awaited}
    _note(trade)


def hello(trade: Trade, terminal: str, incarnation: str, seq: int, answers: str = "") -> None:
    """Takes a terminal's testimony; fences this gateway if it has seen a later head of this very incarnation.

    A testimony about another life says nothing: a stale hello never harms a healthy gateway.
    """
    known = can_have_seen(trade, terminal)
    if incarnation == trade.incarnation and seq > known:
        trade.fence(f"{terminal} has seen event {seq}, this database ended at {known}")
    elif answers == trade.asks:
        _heard(trade, terminal)


def head(trade: Trade, terminal: str, testifies: bool, booked: Callable[[], list]) -> dict:
    """The values of `head`, which `welcome` has too. testifies: its journal is still to be heard about a life before.

    booked: how far its lanes are booked; asked only where it may be told.
    """
    asks = {"asks": trade.asks} if terminal in trade.awaited else {}
    return asks | {
        "incarnation": trade.incarnation,
        # What was sold since a start that it has not answered is not its testimony.
        "seq": can_have_seen(trade, terminal),
        "at_s": trade.clock.now_s(),
        # Until its journal has said what the life before approved, nothing in it counts as booked: it is passed over.
        "booked": booked() if vouches(trade, terminal) and not testifies else [],
        "selling": not trade.fenced(),
    }


def answered(trade: Trade, terminal: str, values: dict) -> dict:
    """An answer's values as a terminal is told them: its `seq` would overwrite the testimony that is still awaited."""
    if terminal not in trade.awaited or "seq" not in values:
        return values
    return values | {"seq": min(values["seq"], can_have_seen(trade, terminal))}


def vouches(trade: Trade, terminal: str) -> bool:
    """Whether a terminal may be told how far its lanes are booked, and forget what lies below.

    A disk that was set back, or may have been, has lost answers that only the terminal's journal still knows: later
    requests may be booked for all that, and the journal would pass over the lost ones.
    """
    return not trade.fenced() and terminal not in trade.awaited


def set_aside(trade: Trade, terminal: str) -> None:
    """A person has decided not to wait for a terminal that cannot answer: broken, lost, carried away."""
    if terminal in trade.awaited and not trade.fenced():
        trade.write_event("set_aside", terminal=terminal)
        _heard(trade, terminal)


def raise_budget(trade: Trade) -> None:
    """A person lets the budget of stored value be the cap until all have answered."""
    if opening(trade) and not trade.fenced():
        trade.write_event("budget_raised", cents=trade.budget.cap_cents)
        trade.books.keep("budget_cents", str(trade.budget.cap_cents))


def opening(trade: Trade) -> bool:
    """Whether this start still waits for a terminal."""
    return bool(trade.awaited)


def room_cents(trade: Trade) -> int | None:
    """Value that may still be let through; None once all have answered."""
    if not opening(trade):
        return None
    budget_cents = trade.number("budget_cents") or trade.budget.cents
    return max(0, budget_cents - trade.number("unwitnessed_cents"))


def spent(trade: Trade, cents: int) -> None:
    """Counts value that was let through unwitnessed; over starts, until one of them has been witnessed whole."""
    if opening(trade) and cents:
        trade.books.keep("unwitnessed_cents", str(trade.number("unwitnessed_cents") + cents))


def can_have_seen(trade: Trade, terminal: str) -> int:
    """The highest event that a terminal can know of, unless this disk was set back.

    Until it has answered, what was sold since the start does not count: a disk set back grows past what it has lost.
    """
    return trade.seen.get(terminal, trade.head().seq)


def _heard(trade: Trade, terminal: str) -> None:
    if terminal not in trade.awaited:
        return
    trade.awaited.discard(terminal)
    trade.seen.pop(terminal, None)
    if not trade.awaited:
        trade.books.keep("unwitnessed_cents", "0")
        trade.books.keep("budget_cents", "0")
    _note(trade)


def _note(trade: Trade) -> None:
    """For the status page, which only reads the books; and for the next start."""
    notes = {
        "awaited": ",".join(sorted(trade.awaited)),
        "unanswered": ",".join(f"{name}:{seq}" for name, seq in sorted(trade.seen.items())),
    }
    for name, text in notes.items():
        if trade.books.value(name) != text:
            trade.books.keep(name, text)


def _read(unanswered: str) -> dict[str, int]:
    pairs = (one.rpartition(":") for one in unanswered.split(",") if one)
    return {name: int(seq) for name, _, seq in pairs}
