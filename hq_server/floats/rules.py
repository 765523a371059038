"""Small rules of moving value: pure. Where value should lie is spread.py."""

WAIT_S = 1.2  # a request for float waits at most that long for other stores' answers


def split_recall(cents: int, principal: int, bonus: int) -> dict[str, int]:
    """Which assets to ask a store for: principal first."""
    first = min(cents, principal)
    parts = {"principal": first, "bonus": min(cents - first, bonus)}
    return {asset: amount for asset, amount in parts.items() if amount > 0}


def refill(cover: int, outstanding: int) -> int:
    """How much issuing right to grant: up to the cover, once half of it is used."""
    return cover - outstanding if outstanding * 2 <= cover else 0
