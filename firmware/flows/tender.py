"""What pays for one basket: stored value, points and cash beside each other, until nothing remains. Pure arithmetic."""

from protocol.money import MILLI, down, points_value_cents, up


class Tender:
    """Amounts in minor units; `points` in points. Nothing here has been booked yet."""

    def __init__(self, total_cents: int):
        self.total_cents = total_cents
        self.stored_cents = 0
        self.points = 0
        self.points_cents = 0
        self.cash_cents = 0
        self.handed_cents = 0

    def remaining(self) -> int:
        """What is still to be paid."""
        return self.total_cents - self.stored_cents - self.points_cents - self.cash_cents

    def change(self) -> int:
        """What the customer gets back."""
        return self.handed_cents - self.cash_cents

    def by_card(self, cents: int):
        """Stored value, at most what remains; replaces what stored value paid before."""
        self.stored_cents = 0
        self.stored_cents = min(cents, self.remaining())

    def by_points(self, points: int, point_value_milli: int):
        """Points, at most as many as the rest needs; replaces what points paid before."""
        self.points = self.points_cents = 0
        self.points = min(points, points_needed(self.remaining(), point_value_milli))
        self.points_cents = points_value_cents(self.points, point_value_milli)

    def by_cash(self, handed_cents: int):
        """Notes and coins; what is above the rest is change."""
        self.handed_cents += handed_cents
        self.cash_cents += min(handed_cents, self.remaining())

    def begun(self) -> bool:
        """Whether anything has been put down."""
        return bool(self.stored_cents or self.points or self.cash_cents)


def points_needed(cents: int, point_value_milli: int) -> int:
    """The fewest points that pay as much of an amount as points can."""
    if not point_value_milli or cents <= 0:
        return 0
    most = down((cents + 1) * MILLI - 1, point_value_milli)
    return up(points_value_cents(most, point_value_milli) * MILLI, point_value_milli)
