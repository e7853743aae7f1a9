"""From rows to bytes: every CSV file, and the table of stories in README.md.

In: nothing.  Out: {path: bytes} of all generated files; the same on every run.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from generator import (
    accounts,
    activity_stories,
    club_accounts,
    club_bills,
    club_states,
    consent_stories,
    loyalty_stories,
    people,
    sales,
    voice_stories,
)
from generator.activity import write_activity
from generator.billing import write_bills
from generator.campaigns import write_campaigns
from generator.catalogue import HISTORY_START, PRODUCTS, SIGNUPS
from generator.club import OPENED, write_population_of_club
from generator.consent import write_consent
from generator.ledger import COLUMNS, Ledger, Row, money, stamp
from generator.loyalty import write_loyalty, write_referrals
from generator.marketing import write_marketing
from generator.plans import PLANS
from generator.population import month_start, write_population
from generator.stories import (
    ACTIVITY_STORIES,
    CLUB_STORIES,
    CONSENT_STORIES,
    LOYALTY_STORIES,
    STORIES,
    VOICE_STORIES,
    Story,
)
from generator.streams import Stream
from generator.subscriptions import Club, write_events, write_states
from generator.voice import write_voice

FOLDER = Path(__file__).parents[1]
README = FOLDER / "README.md"
# importing them registers their stories
STORY_MODULES = (
    people, sales, club_states, club_accounts, club_bills, voice_stories, accounts,
    activity_stories, loyalty_stories, consent_stories,
)  # fmt: skip
TABLES_OF_STORIES = {
    "stories": STORIES,
    "club stories": sorted(CLUB_STORIES, key=lambda story: story.shown_by),
    "voice stories": VOICE_STORIES,
    "activity stories": ACTIVITY_STORIES,
    "loyalty stories": LOYALTY_STORIES,
    "consent stories": CONSENT_STORIES,
}
TOLD_AS_EVENTS = (  # subscriptions of stories whose history stands in raw_subscription_events too
    "s9001", "s9005", "s9010", "s9011", "s9012", "s9016", "s9017", "s9028", "s9033", "s9040",
)  # fmt: skip

STAMPED_SINCE = "2026-06-01"

# The key of each table; rows of one key stay in the order in which they were written: versions of a row.
SORT_KEYS = {
    "customers": "customer_id",
    "customer_identities": "customer_id",
    "orders": "order_id",
    "order_lines": "order_line_id",
    "products": "product_id",
    "refunds": "refund_id",
    "fx_rates": "rate_date",
    "plans": "plan_id",
    "subscriptions": "subscription_item_id",
    "subscription_events": "subscription_item_id",
    "invoices": "invoice_id",
    "payment_attempts": "attempt_id",
    "payment_methods": "payment_method_id",
    "cancel_flow_sessions": "session_id",
    "survey_responses": "response_id",
    "tickets": "ticket_id",
    "campaigns": "campaign_id",
    "campaign_members": "campaign_id customer_id",
    "loyalty_ledger": "ledger_id",
    "loyalty_tiers": "customer_id valid_from",
    "referrals": "referral_id",
    "marketing_spend": "spend_date channel campaign currency",
    "events": "occurred_at event_id",
    "sessions": "session_id",
    "accounts": "account_id",
    "account_users": "account_id user_id",
    "consent": "customer_id purpose occurred_at",
    "erasure_requests": "request_id",
    "preferences": "customer_id key collected_at",
}


def write_ledger() -> Ledger:
    """Write the shop and its coffee club."""
    ledger = Ledger()
    write_shop(ledger)
    write_plans(ledger)
    write_club(ledger)
    write_signals(ledger)
    write_programmes(ledger)
    return ledger


def write_shop(ledger: Ledger) -> None:
    """Write everything but the club."""
    write_products(ledger)
    write_fx_rates(ledger)
    write_population(ledger)
    for story in STORIES:
        story.write(ledger)


def write_products(ledger: Ledger) -> None:
    """Write the products on sale."""
    for product in PRODUCTS.values():
        ledger.add(
            "products",
            product_id=product.product_id,
            name=product.name,
            category=product.category,
            brand="" if product.category in ("service", "gift_card") else "Fernweh Fixture",
            unit_cost=product.unit_cost,
            replenishment_days=product.replenishment_days,
            is_merchandise="true" if product.is_merchandise else "false",
            _loaded_at=stamp(HISTORY_START),
        )


def write_fx_rates(ledger: Ledger) -> None:
    """Write invented month-end rates to EUR; all orders of the sample are in EUR."""
    for month in range(len(SIGNUPS) + 1):
        day = month_start(month) - timedelta(days=1)
        for currency, base in (("USD", "0.9200"), ("GBP", "1.1700")):
            swing = Stream("fx", f"{currency}:{day:%Y-%m-%d}").between(-250, 250)
            ledger.add(
                "fx_rates",
                rate_date=f"{day:%Y-%m-%d}",
                from_currency=currency,
                to_currency="EUR",
                rate=f"{Decimal(base) + Decimal(swing) / 10000:.4f}",
                _loaded_at=stamp(day + timedelta(days=1, hours=3)),
            )


def write_plans(ledger: Ledger) -> None:
    """Write the plans of the coffee club."""
    for plan in PLANS.values():
        ledger.add(
            "plans",
            plan_id=plan.plan_id,
            product_id=plan.product_id,
            name=plan.name,
            tier_rank=plan.tier_rank,
            interval_unit=plan.interval_unit,
            interval_count=str(plan.interval_count),
            unit_amount=money(plan.price),
            currency=plan.currency,
            is_metered="true" if plan.is_metered else "false",
            is_free="true" if plan.is_free else "false",
            _loaded_at=stamp(OPENED),
        )


def write_club(ledger: Ledger) -> None:
    """Write the coffee club: stories, members drawn by chance, then the rows that they make."""
    countries = {row["customer_id"]: row["country"] for row in ledger.tables["customers"]}
    club = Club(ledger, countries)
    for story in CLUB_STORIES:
        story.write(club)
    owners = {row["customer_id"] for row in ledger.tables["payment_methods"]}
    for subscription in list(club.subscriptions):
        if subscription.customer_id not in owners:
            owners.add(subscription.customer_id)
            start = subscription.item().states[0].valid_from
            club.card(subscription.customer_id, "2029-12", start)
    write_population_of_club(club)
    for subscription in club.subscriptions:
        write_states(ledger, subscription)
        write_bills(club, subscription)
        if subscription.subscription_id in TOLD_AS_EVENTS:
            write_events(ledger, subscription)


def write_signals(ledger: Ledger) -> None:
    """Write what customers say, what they are sent, and what they do."""
    write_voice(ledger)
    write_campaigns(ledger)
    write_activity(ledger)
    write_consent(ledger)
    for story in (*VOICE_STORIES, *ACTIVITY_STORIES, *CONSENT_STORIES):
        story.write(ledger)


def write_programmes(ledger: Ledger) -> None:
    """Write the loyalty programme, referrals and what marketing costs."""
    write_loyalty(ledger)
    write_referrals(ledger)
    write_marketing(ledger)
    for story in LOYALTY_STORIES:
        story.write(ledger)


def key_of(table: str, row: Row) -> tuple[str, ...]:
    """Return what rows of the file are sorted by."""
    return tuple(row[column] for column in SORT_KEYS[table].split())


def csv_bytes(table: str, ledger: Ledger) -> bytes:
    """Return the file of one table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[table], lineterminator="\n")
    writer.writeheader()
    rows = sorted(ledger.tables[table], key=lambda row: key_of(table, row))
    versions = Counter(key_of(table, row) for row in rows)
    for row in rows:
        # the stamps of old rows are a sixth of all bytes and decide nothing: written where they do
        told = row["_loaded_at"] >= STAMPED_SINCE or versions[key_of(table, row)] > 1
        writer.writerow(row if told else row | {"_loaded_at": ""})
    return text.getvalue().encode()


def readme_bytes() -> bytes:
    """Return README.md with its tables of stories written anew."""
    text = README.read_text(encoding="utf-8")
    for name, stories in TABLES_OF_STORIES.items():
        begin, end = f"<!-- {name}: begin (generate.py) -->\n", f"<!-- {name}: end -->\n"
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        text = before + begin + "\n" + story_table(stories) + "\n" + end + after
    return text.encode()


def story_table(stories: Sequence[Story]) -> str:
    """Return a table of Markdown."""
    rows = [f"| {story.what} | {story.shown_by} | {story.rule} |\n" for story in stories]
    head = "| What happens | Shown by | What a right pipeline makes of it |\n|---|---|---|\n"
    return head + "".join(rows)


def build_files() -> dict[Path, bytes]:
    """Return every generated file."""
    ledger = write_ledger()
    files = {FOLDER / f"raw_{table}.csv": csv_bytes(table, ledger) for table in COLUMNS}
    return files | {README: readme_bytes()}
