"""The head: told to terminals, who keep the highest they have seen; one above our own proves a disk set back."""

from gateway.core.trade import Trade


def hello(trade: Trade, terminal: str, incarnation: str, seq: int) -> None:
    """Takes a terminal's testimony; fences this gateway if it has seen a later head of this very incarnation.

    A testimony about another life says nothing: a stale hello never harms a healthy gateway.
    """
    own = trade.head().seq
    if incarnation == trade.incarnation and seq > own:
        trade.fence(f"{terminal} has seen event {seq}, this database ends at {own}")
