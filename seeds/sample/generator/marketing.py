"""What the shop spends on marketing, drawn by chance.

What is built in: paid_search pays its customers back within months; paid_social, billed in US dollars,
costs more than its customers ever bring; affiliate is paid per order; email is spend on customers that
are there already. organic_search, direct and referral cost nothing on record.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from generator.catalogue import SIGNUPS
from generator.ledger import Ledger, next_load
from generator.population import month_start
from generator.streams import Stream

# channel, campaign, currency, for retention, cost of a sign-up of the month in hundredths, to
CHANNELS = (
    ("paid_search", "brand", "EUR", "", 40, 60),
    ("paid_search", "generic", "EUR", "", 90, 140),
    ("paid_social", "", "USD", "", 700, 1000),
    ("affiliate", "coupons", "EUR", "", 30, 50),
    ("email", "monthly_letter", "EUR", "true", 700, 1000),
)


def write_marketing(ledger: Ledger) -> None:
    """Write the bill of every campaign and month; it is dated on the 15th."""
    for month, sign_ups in enumerate(SIGNUPS):
        for channel, campaign, currency, is_retention, low, high in CHANNELS:
            day = month_start(month) + timedelta(days=14)
            stream = Stream("spend", f"{channel}:{campaign}:{day:%Y-%m}")
            cost = Decimal(sign_ups * stream.between(low, high)) / 100
            spend(ledger, f"{day:%Y-%m-%d}", channel, campaign, cost, currency, is_retention)


def spend(
    ledger: Ledger,
    day: str,
    channel: str,
    campaign: str,
    amount: Decimal | str,
    currency: str = "EUR",
    is_retention: str = "",
) -> None:
    """Write one row of spend."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    ledger.add(
        "marketing_spend",
        spend_date=day,
        channel=channel,
        campaign=campaign,
        amount=f"{Decimal(amount):.2f}",
        currency=currency,
        is_retention_spend=is_retention,
        _loaded_at=next_load(at + timedelta(hours=12)),
    )
