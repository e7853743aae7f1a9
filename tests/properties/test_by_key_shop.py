"""The marts of the sample shop after days of new files are those of a build from nothing.

Every promise of the project (meta.by_key) is used: files come in parts, in any order; customers are
merged, flagged or corrected; rates and refunds come late; as_of moves. Some promises depend on
policies, so each sequence has its own.
"""

from __future__ import annotations

import csv
import os
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from retention_pipeline.api import Flags, Options, execute
from retention_pipeline.choice import Choice
from retention_pipeline.events import Results
from retention_pipeline.plan import Command
from tests.properties.oracle_customers import SALT
from tests.properties.part import CHECKOUT, needs, write_part

MARTS = (
    "fct_orders",
    "dim_customers",
    "cohort_retention",
    "repeat_purchase_ladder",
    "new_vs_returning",
    "rfm_segments",
    "rfm_migration",
    "customer_lifecycle",
    "product_affinity",
    "first_product_retention",
)
TABLES = ("customers", "orders", "order_lines", "products", "refunds", "customer_identities")
POLICIES: dict[str, dict[str, object]] = {
    "plain": {},
    "other": {
        "rfm_method": "ntile",
        "left_censored_first_month": True,
        "merchandise_only": True,
        "collapse_same_day_orders": True,
        "cohort_anchor": "signup",
    },
    "limits": {
        "rfm_method": "fixed_thresholds",
        "rfm_window_days": 90,
        "order_revenue_basis": "gross",
        "exclude_fully_refunded_orders": False,
        "guest_policy": "anonymous",
        "reporting_timezone": "Europe/Berlin",
    },
}


class Days:
    """The inputs of a shop that goes on: half of its rows at first, then more of them."""

    def __init__(self, root: Path, seed: int, policies: dict[str, object]) -> None:
        self.root, self.random, self.policies = root, Random(seed), policies
        self.as_of = date(2026, 5, 1)
        write_part(root / "project", needs(MARTS), loads=True)
        self.rows = {table: self._sample(f"raw_{table}.csv") for table in TABLES}
        self.rest = {table: list(rows) for table, rows in self.rows.items()}
        for rows in self.rest.values():
            self.random.shuffle(rows)
        for table in TABLES:
            self.more(table, len(self.rows[table]) // 2 if table != "customers" else 10**9)
        self.write("fx_rates", "part", self._sample("raw_fx_rates.csv"))

    def _sample(self, name: str) -> list[dict[str, str]]:
        with (CHECKOUT / "seeds/sample" / name).open(newline="") as file:
            return list(csv.DictReader(file))

    def write(self, table: str, part: str, rows: list[dict[str, str]]) -> None:
        path = self.root / "inputs" / table / f"{part}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(rows)
        os.utime(path, (1_700_000_000, 1_700_000_000 + self.random.randrange(10**6)))

    def more(self, table: str, count: int) -> None:
        rows, self.rest[table] = self.rest[table][:count], self.rest[table][count:]
        if rows:
            self.write(table, f"part{self.random.randrange(10**9)}", rows)

    def merge(self) -> None:
        """Customers written anew: two of them merged, one flagged, one of another country."""
        rows = self.rows["customers"]
        merged, into, flagged, moved = self.random.sample(rows, 4)
        if not into["merged_into_customer_id"]:
            merged["merged_into_customer_id"] = into["customer_id"]
        flagged["is_test"] = self.random.choice(["true", "false"])
        moved["country"] = "NZ"
        for path in (self.root / "inputs/customers").iterdir():
            path.unlink()
        self.write("customers", f"part{self.random.randrange(10**9)}", rows)

    def day(self) -> None:
        """What happens between two builds."""
        for table in self.random.sample(TABLES[1:], 2):
            self.more(table, self.random.choice([1, 5, 40]))
        if self.random.random() < 0.5:
            self.merge()
        self.as_of += timedelta(days=self.random.choice([0, 1, 1, 20]))

    def build(self, name: str) -> Results:
        options = Options(
            project_dir=self.root / "project",
            vars={
                **self.policies,
                "inputs_path": str(self.root / "inputs"),
                "as_of": f"{self.as_of}",
                "reporting_currency": "EUR",
            },
            environ={
                "RETENTION_WAREHOUSE": str(self.root / name / "build.duckdb"),
                "DBT_ENV_SECRET_RETENTION_SALT": SALT,
            },
        )
        flags = Flags(publish=False, choice=Choice())
        return execute(Command.RUN, options, flags=flags)

    def differing(self, one: str, other: str) -> list[str]:
        """Tables whose rows, in no order, are not the same."""
        with duckdb.connect() as con:
            for name in (one, other):
                con.execute(f"attach '{self.root / name / 'build.duckdb'}' as {name} (read_only)")
            tables = con.execute(
                "select database_name, schema_name || '.' || table_name from duckdb_tables()"
                " where schema_name in ('raw', 'intermediate', 'marts')"
            ).fetchall()
            assert {t for d, t in tables if d == one} == {t for d, t in tables if d == other}
            return [
                table
                for database, table in tables
                if database == one
                and con.execute(
                    f"select count(*) from ((from {one}.{table} except all from {other}.{table})"
                    f" union all (from {other}.{table} except all from {one}.{table}))"
                ).fetchall()
                != [(0,)]
            ]


@pytest.mark.slow
@pytest.mark.parametrize("policies", POLICIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_marts_of_days_are_those_of_a_build_from_nothing(
    tmp_path: Path, policies: str, seed: int
) -> None:
    days = Days(tmp_path, seed, POLICIES[policies])
    assert days.build("going_on").ok
    by_key: set[str] = set()
    for turn in range(4):
        days.day()
        done = days.build("going_on")
        assert done.ok
        by_key |= {s.name for s in done.steps if " key" in s.message}
        days.build(f"fresh{turn}")
        assert days.differing("going_on", f"fresh{turn}") == []
    assert {"int_order_amounts", "int_orders_classified", "int_orders_sequenced"} <= by_key
