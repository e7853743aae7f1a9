"""What is taken off the bills of a subscription."""

from dataclasses import dataclass
from decimal import Decimal

from generator.ledger import cents


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off each bill while it lasts, in percent or as an amount."""

    percent: Decimal
    amount: Decimal
    duration: str

    def off(self, subtotal: Decimal) -> Decimal:
        """What it takes off this subtotal; never more than all of it."""
        return min(cents(subtotal * self.percent / 100) + self.amount, subtotal)


def discount(text: str) -> Discount | None:
    """Read a discount written as '50% once' or '5 forever'; '' is none."""
    if not text:
        return None
    value, duration = text.split()
    if value.endswith("%"):
        return Discount(Decimal(value[:-1]), Decimal(0), duration)
    return Discount(Decimal(0), Decimal(value), duration)
