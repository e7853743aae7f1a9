"""Tables made by key, and inputs to which files are added, are what a build from nothing makes.

A small shop whose models make every kind of promise, and random sequences of days: new files, late
and corrected rows, files that are written anew, merged customers, new rates, as_of moved forth and
back. Some builds die in the middle. After each whole one the tables are those of a fresh one.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import duckdb
from hypothesis import given, note
from hypothesis import strategies as st

from retention_pipeline import touched_tests
from retention_pipeline.api import Flags, Options, execute
from retention_pipeline.errors import PipelineError
from retention_pipeline.events import Results, Status
from retention_pipeline.plan import Command
from tests.properties.test_incremental import CutOffError, stopped

FILES = {
    "dbt_project.yml": """
name: shop
version: "1.0"
config-version: 2
profile: shop
model-paths: [models]
macro-paths: [macros]
models: {shop: {+schema: work, +materialized: table, staging: {+materialized: view}}}
data_tests: {+severity: warn}
vars: {as_of: null, inputs_path: inputs, on_bad_rows: quarantine}
""",
    "profiles.yml": """
shop: {target: dev, outputs: {dev: {type: duckdb, threads: 2,
  path: "{{ env_var('SHOP_WAREHOUSE') }}"}}}
""",
    "macros/schemas.sql": """
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
""",
    # the words of this project's own tests
    "macros/tests.sql": """
{% test primary_key(model, columns) %}
select {{ columns | join(", ") }}, count(*) as copies
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}
{% test expression_is_true(model, expression) %}
select * from {{ model }} where ({{ expression }}) is not true
{% endtest %}
""",
    "models/sources.yml": """
sources:
  - name: raw
    schema: raw
    config: {meta: {input_contract: true}}
    tables:
      - name: orders
        identifier: raw_orders
        config: {meta: {key: [id], required: true}}
        columns:
          - {name: id, data_type: varchar, config: {meta: {required: true}}}
          - {name: buyer, data_type: varchar}
          - {name: day, data_type: date}
          - {name: currency, data_type: varchar}
          - {name: amount, data_type: "decimal(18,4)"}
          - {name: _loaded_at, data_type: timestamp}
      - name: lines
        identifier: raw_lines
        config: {meta: {key: [id]}}
        columns:
          - {name: id, data_type: varchar, config: {meta: {required: true}}}
          - {name: order_id, data_type: varchar}
          - {name: product, data_type: varchar}
          - {name: quantity, data_type: bigint}
          - {name: _loaded_at, data_type: timestamp}
      - name: people
        identifier: raw_people
        config: {meta: {key: [id]}}
        columns:
          - {name: id, data_type: varchar, config: {meta: {required: true}}}
          - {name: merged_into, data_type: varchar}
          - {name: is_test, data_type: boolean}
      - name: rates
        identifier: raw_rates
        config: {meta: {key: [currency, day]}}
        columns:
          - {name: currency, data_type: varchar}
          - {name: day, data_type: date}
          - {name: rate, data_type: "decimal(18,4)"}
""",
    "models/staging/orders.sql": """
select * from {{ source('raw', 'orders') }}
qualify row_number() over (partition by id order by _loaded_at desc nulls last) = 1
""",
    "models/staging/lines.sql": """
select * from {{ source('raw', 'lines') }}
qualify row_number() over (partition by id order by _loaded_at desc nulls last) = 1
""",
    "models/totals.sql": """
select order_id, sum(quantity) as quantity, max(product) as product from {{ ref('lines') }}
where order_id is not null group by order_id
""",
    "models/persons.sql": """
select id, coalesce(merged_into, id) as person, coalesce(is_test, false) as is_test
from {{ source('raw', 'people') }}
""",
    "models/tests.sql": "select person, bool_or(is_test) as is_test from {{ ref('persons') }} group by person",
    "models/known.sql": """
select o.id, o.day, p.person, coalesce(t.quantity, 0) as quantity,
    o.amount * case when o.currency = 'EUR' then 1 else r.rate end as amount,
    coalesce(x.is_test, false) as is_test, coalesce(p.person, 'guest ' || o.id) as life
from {{ ref('orders') }} as o
left join {{ ref('totals') }} as t on o.id = t.order_id
left join {{ ref('persons') }} as p on o.buyer = p.id
left join {{ ref('tests') }} as x on p.person = x.person
left join {{ source('raw', 'rates') }} as r on o.currency = r.currency and o.day = r.day
where o.day < cast('{{ var("as_of") }}' as date)
""",
    "models/staging/valid.sql": "select * exclude (is_test) from {{ ref('known') }} where not is_test",
    "models/placed.sql": """
select *, row_number() over (partition by life order by day, id) as place,
    lag(day) over (partition by life order by day, id) as day_before
from {{ ref('valid') }}
""",
    "models/buyers.sql": """
select person, count(*) as orders, sum(amount) as amount, max(day) as last_day, max(place) as places
from {{ ref('placed') }} where person is not null group by person
""",
    "models/months.sql": """
select cast(date_trunc('month', day) as date) as month, person, sum(quantity) as quantity
from {{ ref('placed') }} where person is not null group by all
""",
    "models/ages.sql": """
select b.*, cast('{{ var("as_of") }}' as date) - b.last_day as age, p.person is null as is_unknown
from {{ ref('buyers') }} as b left join (select distinct person from {{ ref('persons') }}) as p on b.person = p.person
""",
    "models/all_in_all.sql": "select sum(amount) as amount, count(*) as buyers, max(age) as age from {{ ref('ages') }}",
    "models/promises.yml": """
models:
  - name: orders
    config: {meta: {by_key: {key: id, rows_of: {raw.orders: id}}}}
    columns: [{name: id, data_tests: [unique]}, {name: buyer, data_tests: [not_null]}]
    data_tests:
      - primary_key: {arguments: {columns: [day]}}
      - primary_key: {arguments: {columns: [id]}}
  - name: lines
    config: {meta: {by_key: {key: id, rows_of: {raw.lines: id}}}}
    columns:
      - name: order_id
        data_tests: [{relationships: {arguments: {to: ref('orders'), field: id}}}]
  - name: totals
    config: {meta: {by_key: {key: order_id, rows_of: {lines: order_id}}}}
    columns: [{name: quantity, data_tests: [unique]}, {name: order_id, data_tests: [unique]}]
    data_tests: [{expression_is_true: {arguments: {expression: totals.quantity > 0}}}]
  - name: known
    data_tests:
      - primary_key: {arguments: {columns: [id]}}
      - primary_key: {arguments: {columns: [person, day]}}
      - primary_key: {arguments: {columns: [quantity, day]}}
      - expression_is_true: {arguments: {expression: "amount < 20"}}
      - expression_is_true: {arguments: {expression: "day <= (select max(day) from {{ ref('orders') }})"}}
    columns:
      - name: person
        data_tests:
          - not_null
          - relationships: {arguments: {to: ref('persons'), field: person}}
      - {name: amount, data_tests: [{accepted_values: {arguments: {values: [0, 10, 12.5], quote: false}}}]}
    config:
      meta:
        by_key:
          key: id
          rows_of: {orders: id, totals: order_id}
          as_of: {orders: day}
          joined:
            persons: {to: orders, match: {id: buyer}}
            tests: {to: this, match: {person: person}}
            raw.rates: {to: orders, match: {currency: currency, day: day}}
  - name: valid
    config: {meta: {by_key: {key: id, rows_of: {known: id}}}}
    columns: [{name: day, data_tests: [unique]}, {name: id, data_tests: [unique]}]
  - name: placed
    config: {meta: {by_key: {key: life, rows_of: {valid: life}}}}
    columns:
      - name: id
        data_tests: [{relationships: {arguments: {to: ref('totals'), field: order_id}}}]
  - name: buyers
    config: {meta: {by_key: {key: person, rows_of: {placed: person}}}}
    columns:
      - {name: orders, data_tests: [{accepted_values: {arguments: {values: [1, 2, 3], quote: false}}}]}
      - name: person
        data_tests: [{relationships: {arguments: {to: ref('tests'), field: person}}}]
  - name: months
    config: {meta: {by_key: {key: person, rows_of: {placed: person}}}}
  - name: ages
    config: {meta: {by_key: {key: person, rows_of: {buyers: person, persons: person}}}}
""",
}
FIRST = date(2024, 1, 1)
COLUMNS = {
    "orders": ("id", "buyer", "day", "currency", "amount", "_loaded_at"),
    "lines": ("id", "order_id", "product", "quantity", "_loaded_at"),
    "people": ("id", "merged_into", "is_test"),
    "rates": ("currency", "day", "rate"),
}


class Shop:
    """The files of a shop, and what may happen to them."""

    def __init__(self, root: Path, random: Random) -> None:
        self.root, self.random, self.parts = root, random, 0
        self.as_of = FIRST + timedelta(days=40)
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip())
        self.add_people()
        self.add_orders(12)
        self.add_rates()

    def write(self, table: str, rows: Iterable[tuple[object, ...]], part: str = "") -> None:
        """One more file of a table; some days a file sorts before the older ones."""
        self.parts += 1
        part = part or f"{self.random.choice('amz')}{self.parts}"
        path = self.root / "inputs" / table / f"{part}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS[table], *rows])
        # an old file: what was noted of it may be believed
        long_ago = 1_700_000_000 + self.parts
        os.utime(path, (long_ago, long_ago))

    def day(self) -> date:
        return FIRST + timedelta(days=self.random.randrange(60))

    def order(self, name: str) -> tuple[object, ...]:
        pick = self.random.choice
        buyer = pick(["p1", "p2", "p3", "p4", "p9", None])
        currency, amount = pick(["EUR", "EUR", "USD"]), pick([0, 10, 12.5])
        return (name, buyer, self.day(), currency, amount, f"2024-05-01 00:00:{self.parts:02}")

    def add_orders(self, count: int = 2) -> None:
        """New orders with lines, late ones too, and corrections of old orders and lines."""
        names = [f"o{self.parts}_{n}" for n in range(count)]
        older = [f"o{self.random.randrange(1, self.parts + 1)}_{n}" for n in range(2)]
        some = [*names, *self.random.sample(older, self.random.randrange(3))]
        self.write("orders", [self.order(name) for name in some])
        loaded = f"2024-05-01 00:00:{self.parts:02}"
        lines = [f"l{self.parts}_{n}" for n in range(count)]
        lines += [f"l{self.random.randrange(1, self.parts + 1)}_0"]
        self.write(
            "lines",
            [
                (line, self.random.choice(some), self.random.choice("xy"), n, loaded)
                for n, line in enumerate(lines)
            ],
        )

    def add_nothing(self) -> None:
        """A file with a header only."""
        self.write(self.random.choice(["orders", "lines"]), [])

    def repeat(self) -> None:
        """A row that is there already goes to quarantine: the table is loaded whole."""
        paths = sorted((self.root / "inputs/orders").glob("*.csv"))
        with self.random.choice(paths).open() as file:
            rows = list(csv.reader(file))[1:]
        self.write("orders", [tuple(value or None for value in row) for row in rows[:1]])

    def correct(self) -> None:
        """A file that was read is written anew, or taken away."""
        path = self.random.choice(sorted((self.root / "inputs/orders").glob("*.csv")))
        if self.random.random() < 0.3 and len(list(path.parent.iterdir())) > 1:
            path.unlink()
        else:
            self.write("orders", [self.order(f"o_{path.stem}")], path.stem)

    def add_people(self) -> None:
        """Customers, merged or not: one file that is written anew."""
        pick = self.random.choice
        rows = [
            (name, pick([None, None, "p1", "p2"]), pick([None, False, False, True]))
            for name in ("p1", "p2", "p3", "p4")
        ]
        self.write("people", rows, "people")

    def add_rates(self) -> None:
        """Rates of some days; of the others USD has none."""
        days = self.random.sample(range(60), 30)
        rows = [("USD", FIRST + timedelta(days=n), self.random.choice([1, 2])) for n in days]
        self.write("rates", rows, "rates")

    def move(self) -> None:
        """as_of goes forth, and sometimes back."""
        self.as_of += timedelta(days=self.random.choice([1, 1, 5, -3]))

    def something(self) -> None:
        """What happens between two builds."""
        acts = [self.add_orders, self.add_orders, self.add_nothing, self.repeat, self.correct]
        acts += [self.add_people, self.add_rates, self.move, self.move]
        act = self.random.choice(acts)
        note(act.__name__)
        act()

    def cut_off(self) -> None:
        """A build that dies at one of its commits."""
        try:
            with stopped(self.random.randrange(20), "cut off"):
                self.build("going_on")
        except (CutOffError, PipelineError):
            note("died")

    def build(self, name: str) -> Results:
        warehouse = self.root / name / "build.duckdb"
        options = Options(
            project_dir=self.root,
            vars={"as_of": f"{self.as_of}"},
            environ={"SHOP_WAREHOUSE": str(warehouse)},
        )
        return execute(Command.BUILD, options, flags=Flags(publish=False))

    def tables(self, name: str) -> dict[str, list[str]]:
        """Rows in no order of every table, and of what was rejected."""
        found = {}
        with duckdb.connect(str(self.root / name / "build.duckdb"), read_only=True) as con:
            for schema, table in con.execute(
                "select schema_name, table_name from duckdb_tables() union all"
                " select schema_name, view_name from duckdb_views() where not internal"
            ).fetchall():
                if schema != "pipeline_state":
                    rows = con.execute(f'select * from "{schema}"."{table}"').fetchall()
                    found[f"{schema}.{table}"] = sorted(map(repr, rows))
            left = con.execute(
                "select count(*) from duckdb_tables() where table_name like 'changed\\_\\_%' escape '\\'"
            ).fetchall()
        assert left == [(0,)], "rows that differ are kept for one run only"
        return found


def verdicts(results: Results) -> dict[str, tuple[str, int]]:
    """What each data test said; one that was kept has found nothing."""
    return {
        step.name: ("ok" if step.status is Status.REUSED else str(step.status), step.failures or 0)
        for step in results.steps
        if step.kind == "data test"
    }


@given(st.integers(0, 2**32))
def test_what_goes_on_is_what_begins_anew(seed: int) -> None:
    with TemporaryDirectory() as folder, patch.object(touched_tests, "LARGE", 0):
        shop = Shop(Path(folder), Random(seed))
        shop.build("going_on")
        for turn in range(4):
            for _ in range(shop.random.choice([1, 1, 2])):
                shop.something()
            if shop.random.random() < 0.3:
                shop.cut_off()
            done = shop.build("going_on")
            fresh = shop.build(f"fresh{turn}")
            for step in done.steps:
                note(f"{step.status} {step.name}: {step.message}")
            assert done.ok == fresh.ok
            after, wanted = shop.tables("going_on"), shop.tables(f"fresh{turn}")
            assert after.keys() == wanted.keys()
            for name, rows in wanted.items():
                assert after[name] == rows, name
            assert verdicts(done) == verdicts(fresh)
        assert {s.status for s in shop.build("going_on").steps} <= {Status.REUSED, Status.WARN}
