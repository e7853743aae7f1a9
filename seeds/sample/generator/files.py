"""From rows to bytes: every CSV file, and the table of stories in README.md.

In: nothing.  Out: {path: bytes} of all generated files; the same on every run.
"""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from generator import people, sales
from generator.catalogue import HISTORY_START, PRODUCTS, SIGNUPS
from generator.ledger import COLUMNS, Ledger, stamp
from generator.population import month_start, write_population
from generator.stories import STORIES
from generator.streams import Stream

FOLDER = Path(__file__).parents[1]
README = FOLDER / "README.md"
BEGIN, END = "<!-- stories: begin (generate.py) -->\n", "<!-- stories: end -->\n"
STORY_MODULES = (people, sales)  # importing them registers their stories

# Rows of one key stay in the order in which they were written: versions of a row.
SORT_KEYS = {
    "customers": "customer_id",
    "customer_identities": "customer_id",
    "orders": "order_id",
    "order_lines": "order_line_id",
    "products": "product_id",
    "refunds": "refund_id",
    "fx_rates": "rate_date",
}


def write_ledger() -> Ledger:
    """Write the whole shop."""
    ledger = Ledger()
    write_products(ledger)
    write_fx_rates(ledger)
    write_population(ledger)
    for story in STORIES:
        story.write(ledger)
    return ledger


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


def csv_bytes(table: str, ledger: Ledger) -> bytes:
    """Return the file of one table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[table], lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(ledger.tables[table], key=lambda row: row[SORT_KEYS[table]]))
    return text.getvalue().encode()


def readme_bytes() -> bytes:
    """Return README.md with its table of stories written anew."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    rows = [f"| {story.what} | {story.shown_by} | {story.rule} |\n" for story in STORIES]
    head = "| What happens | Shown by | What a right pipeline makes of it |\n|---|---|---|\n"
    return (before + BEGIN + "\n" + head + "".join(rows) + "\n" + END + after).encode()


def build_files() -> dict[Path, bytes]:
    """Return every generated file."""
    ledger = write_ledger()
    files = {FOLDER / f"raw_{table}.csv": csv_bytes(table, ledger) for table in COLUMNS}
    return files | {README: readme_bytes()}
