"""How long a card that was shown pays: five minutes of one start of the machine, at the terminal that saw it. Pure."""

from gateway.core.books import Tap

VALID_MS = 5 * 60 * 1000


def valid(tap: Tap | None, terminal: str, boot: str, now_ms: int) -> bool:
    """Whether this tap was at this terminal within the last five minutes."""
    if tap is None or (tap.terminal, tap.boot) != (terminal, boot):
        return False
    return 0 <= now_ms - tap.at_ms <= VALID_MS
