"""What a basket costs and the tax within it. Pure; every rounding is named in protocol/money.py."""

from collections.abc import Iterable
from typing import NamedTuple

from protocol.money import line_amount_cents, tax_within_cents


class BasketLine(NamedTuple):
    """One priced line; prices include tax."""

    code: str
    name: str
    qty_milli: int
    price_milli: int
    amount_cents: int
    tax_code: str
    tax_bp: int

    def told(self) -> dict:
        """As the event for head office says it."""
        return {
            "code": self.code,
            "qty_milli": self.qty_milli,
            "price_milli": self.price_milli,
            "amount_cents": self.amount_cents,
            "tax_code": self.tax_code,
            "tax_bp": self.tax_bp,
        }


def price(goods, name: str, qty_milli: int) -> BasketLine:
    """A line of so much of some goods (anything with code, price_milli, tax_code, tax_bp)."""
    amount_cents = line_amount_cents(qty_milli, goods.price_milli)
    return BasketLine(goods.code, name, qty_milli, goods.price_milli, amount_cents, goods.tax_code, goods.tax_bp)


def total_cents(lines: Iterable[BasketLine]) -> int:
    return sum(line.amount_cents for line in lines)


def taxes(lines: Iterable[BasketLine]) -> list[dict]:
    """Gross amount and the tax within it by rate, lowest rate first; the tax is worked out once per rate."""
    gross: dict[int, int] = {}
    for line in lines:
        gross[line.tax_bp] = gross.get(line.tax_bp, 0) + line.amount_cents
    return [{"bp": bp, "gross_cents": gross[bp], "tax_cents": tax_within_cents(gross[bp], bp)} for bp in sorted(gross)]
