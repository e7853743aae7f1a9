"""A small project that random edits change: SQL, configs, macros, vars, seeds, input files.

The project is a value (Draft) that is written to disk as a whole; an edit changes the value. Files
whose text stays are not touched, so that what is not edited keeps its time stamps.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

PROJECT = """\
name: shop
version: "1.0"
config-version: 2
profile: shop
model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
test-paths: [tests/data]
models: {{shop: {{marts: {{+schema: marts}}, +schema: work, +materialized: table}}}}
seeds: {{shop: {{+schema: raw}}}}
vars: {{as_of: "2024-06-01", inputs_path: inputs, input_locations: {{}}, adapters: {{}},
  on_bad_rows: error, floor: {floor}, unread: {unread}}}
"""
PROFILES = """\
shop: {target: dev, outputs: {dev: {type: duckdb, threads: 2,
  path: "{{ env_var('SHOP_WAREHOUSE', 'warehouse/build.duckdb') }}"}}}
"""
SOURCES = """\
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
          - {name: customer, data_type: varchar}
          - {name: amount, data_type: "decimal(18,4)"}
          - {name: country, data_type: varchar}
"""
MACROS = """\
{{% macro generate_schema_name(custom_schema_name, node) -%}}
    {{{{ (custom_schema_name or target.schema) | trim }}}}
{{%- endmacro %}}
{{% macro price(x) -%}} ({{{{ x }}}}) * {factor} {{%- endmacro %}}
{{% macro unread() -%}} {unread} {{%- endmacro %}}
"""
MATERIALIZED = ("table", "view", "ephemeral")


@dataclass
class Node:
    """One model: `columns` in order, name -> expression. `reads`: CTE name -> what is in it."""

    reads: dict[str, str]
    source: str
    columns: dict[str, str]
    where: str = ""
    tail: str = ""
    materialized: str = "table"
    folder: str = "work"
    comment: str = ""
    upper: bool = False
    raw: str = ""
    is_there: bool = True
    broken: bool = False

    def sql(self) -> str:
        """The file's text."""
        if self.raw:
            body = self.raw
        else:
            columns = [f"{expression} as {name}" for name, expression in self.columns.items()]
            if self.broken:
                columns.append("error('broken') as broken")
            ctes = ",\n".join(f"{name} as ({inner})" for name, inner in self.reads.items())
            body = f"with {ctes}\nselect\n    {', '.join(columns)}\nfrom {self.source}"
            body += f"\nwhere {self.where}" if self.where else ""
            body += f"\n{self.tail}" if self.tail else ""
        if self.upper:
            body = body.replace("select", "SELECT").replace("from ", "FROM   ")
        config = f"{{{{ config(materialized='{self.materialized}') }}}}\n"
        return f"{self.comment}{config}{body}\n"


def _models() -> dict[str, Node]:
    lines = {"l": "select * from {{ ref('lines') }}"}
    people = {"p": "select * from {{ ref('people') }}"}
    return {
        "stg_orders": Node(
            {"o": "select * from {{ source('raw', 'orders') }}"},
            "o",
            {"id": "id", "customer": "customer", "amount": "amount", "country": "country"},
            where="coalesce(amount, 0) >= {{ var('floor') }}",
            materialized="view",
        ),
        "stg_countries": Node(
            {"c": "select * from {{ ref('countries') }}"},
            "c",
            {"code": "code", "region": "upper(region)", "name": "name"},
            materialized="ephemeral",
        ),
        "lines": Node(
            {
                "orders": "select * from {{ ref('stg_orders') }}",
                "places": "select * from {{ ref('stg_countries') }}",
            },
            "orders left join places on orders.country = places.code",
            {
                "id": "orders.id",
                "customer": "orders.customer",
                "amount": "{{ price('orders.amount') }}",
                "region": "places.region",
                "size": "case when orders.amount > 10 then 'big' else 'small' end",
            },
        ),
        "people": Node(
            lines,
            "l",
            {
                "customer": "customer",
                "orders": "count(*)",
                "paid": "sum(amount)",
                "best": "max(amount)",
                "big": "count(*) filter (where size = 'big')",
            },
            tail="group by customer",
        ),
        "by_region": Node(
            lines,
            "l",
            {"region": "region", "orders": "count(*)", "paid": "sum(amount)"},
            tail="group by region",
            folder="marts",
        ),
        "total": Node(lines, "l", {"orders": "count(*)"}, folder="marts"),
        "everything": Node(lines, "l", {}, folder="marts", raw="select * from {{ ref('lines') }}"),
        "both": Node(
            {},
            "",
            {},
            folder="marts",
            raw="select customer as a, cast(orders as varchar) as b from {{ ref('people') }}\n"
            "union all select id, size from {{ ref('lines') }}",
        ),
        "positions": Node(
            {},
            "",
            {},
            folder="marts",
            raw="with p as (select * from {{ ref('people') }})\n"
            "select q.x, q.y from p as q(x, y) union all select null, 1",
        ),
        "loyal": Node(
            {**people, "o": "select * from {{ ref('stg_orders') }}"},
            "o join p using (customer)",
            {"customer": "customer", "id": "o.id", "share": "rank() over (partition by customer order by o.amount)"},
            where="p.orders > 1",
            folder="marts",
        ),
        "best": Node(
            people,
            "p",
            {"customer": "customer", "best": "best", "extra": "best + 1"},
            where="exists (select 1 from {{ ref('lines') }} as x where x.customer = p.customer and x.amount > 3)",
            folder="marts",
        ),
        "opaque": Node({}, "", {}, folder="marts", raw="select columns('.*') from {{ ref('people') }}"),
        "quiet": Node(people, "p", {"n": "count(*)", "z": "{{ unread() }}"}, folder="marts"),
    }  # fmt: skip


@dataclass
class Draft:
    """The project as it should be."""

    models: dict[str, Node] = field(default_factory=_models)
    orders: list[list[str]] = field(
        default_factory=lambda: [
            ["o1", "ann", "5", "DE"],
            ["o2", "bob", "20", "FR"],
            ["o3", "ann", "11", "DE"],
            ["o4", "cem", "7", "TR"],
        ]
    )
    countries: list[list[str]] = field(
        default_factory=lambda: [
            ["DE", "Germany", "north"],
            ["FR", "France", "west"],
            ["TR", "Turkey", "east"],
        ]
    )
    floor: int = 0
    unread: int = 0
    factor: str = "2"
    unread_macro: str = "1"
    limit: int = 1000
    next_id: int = 5

    def files(self) -> dict[str, str]:
        """Path -> text of the whole project."""
        found = {
            "dbt_project.yml": PROJECT.format(floor=self.floor, unread=self.unread),
            "profiles.yml": PROFILES,
            "models/raw/sources.yml": SOURCES,
            "macros/macros.sql": MACROS.format(factor=self.factor, unread=self.unread_macro),
            "inputs/orders.csv": _csv(["id", "customer", "amount", "country"], self.orders),
            "seeds/countries.csv": _csv(["code", "name", "region"], self.countries),
            "tests/data/assert_amounts_are_small.sql": (
                f"select * from {{{{ ref('lines') }}}} where amount > {self.limit}\n"
            ),
        }
        for name, node in self.models.items():
            if node.is_there:
                found[f"models/{node.folder}/{name}.sql"] = node.sql()
        return found

    def write(self, root: Path) -> None:
        """Write what changed, remove what is gone."""
        wanted = self.files()
        for path in [*root.glob("models/*/*.sql"), *root.glob("tests/data/*.sql")]:
            if str(path.relative_to(root)) not in wanted:
                path.unlink()
        for name, text in wanted.items():
            path = root / name
            if not path.exists() or path.read_text() != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)


def _csv(header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


# -- edits --------------------------------------------------------------------------------------
Edit = Callable[[Draft, Random, Path], str]


def _shaped(draft: Draft, random: Random) -> tuple[str, Node]:
    """A model that has columns of its own."""
    names = [name for name, node in draft.models.items() if not node.raw and node.is_there]
    name = random.choice(names)
    return name, draft.models[name]


def add_column(draft: Draft, random: Random, root: Path) -> str:
    """Sometimes of a name that readers use as an alias, sometimes in front."""
    name, node = _shaped(draft, random)
    new = random.choice(["added", "extra", "share", "n", "other", "x"])
    if new in node.columns:
        return "nothing"
    key = next(iter(node.columns.values()))
    expression = random.choice(["1", "null", "'text'", f"max({key})" if node.tail else key])
    if name in ("total", "quiet"):
        expression = "2"
    items = list(node.columns.items())
    items.insert(random.choice([0, len(items)]), (new, expression))
    node.columns = dict(items)
    return f"{name} gets {new} as {expression}"


def drop_column(draft: Draft, random: Random, root: Path) -> str:
    name, node = _shaped(draft, random)
    added = [c for c in node.columns if c in ("added", "other", "x")]
    if not added:
        return "nothing"
    del node.columns[added[0]]
    return f"{name} loses {added[0]}"


def change_expression(draft: Draft, random: Random, root: Path) -> str:
    choices = {
        ("lines", "size"): [
            "case when orders.amount > 6 then 'big' else 'small' end",
            "case when orders.amount >= 10.5 then 'big' else 'small' end",
            "'big'",
        ],
        ("lines", "amount"): ["{{ price('orders.amount') }}", "orders.amount * 2", "orders.amount"],
        ("lines", "region"): ["places.region", "coalesce(places.region, 'none')", "places.name"],
        ("people", "best"): ["max(amount)", "min(amount)", "max(amount) + 0"],
        ("people", "orders"): ["count(*)", "count(id)", "cast(count(*) as integer)"],
        ("stg_orders", "country"): ["country", "lower(country)", "coalesce(country, 'DE')"],
        ("stg_orders", "amount"): ["amount", "amount + 0", "cast(amount as double)"],
        ("stg_countries", "region"): ["upper(region)", "region"],
    }
    (model, column), expressions = random.choice(sorted(choices.items()))
    draft.models[model].columns[column] = random.choice(expressions)
    return f"{model}.{column} is {draft.models[model].columns[column]}"


def change_filter(draft: Draft, random: Random, root: Path) -> str:
    choices = {
        "lines": ["", "true", "orders.amount > 6", "orders.country <> 'TR'"],
        "by_region": ["", "region is not null", "amount > 10"],
        "people": ["", "customer is not null", "size = 'big'"],
        "stg_orders": ["coalesce(amount, 0) >= {{ var('floor') }}", "true", "id <> 'o2'"],
    }
    model = random.choice(sorted(choices))
    draft.models[model].where = random.choice(choices[model])
    return f"{model} where {draft.models[model].where}"


def reorder_columns(draft: Draft, random: Random, root: Path) -> str:
    name, node = _shaped(draft, random)
    items = list(node.columns.items())
    random.shuffle(items)
    node.columns = dict(items)
    return f"{name} has {', '.join(node.columns)}"


def reorder_ctes(draft: Draft, random: Random, root: Path) -> str:
    name, node = _shaped(draft, random)
    node.reads = dict(reversed(node.reads.items()))
    return f"{name} has its CTEs turned round"


def rename_column(draft: Draft, random: Random, root: Path) -> str:
    name = random.choice(["by_region", "best", "loyal"])
    node = draft.models[name]
    last = list(node.columns)[-1]
    node.columns[f"{last}_{len(node.columns)}"] = node.columns.pop(last)
    return f"{name}.{last} has another name"


def change_case(draft: Draft, random: Random, root: Path) -> str:
    """A column's name in another case: readers' columns take it over."""
    name, node = _shaped(draft, random)
    old = random.choice(list(node.columns))
    node.columns = {c.swapcase() if c == old else c: e for c, e in node.columns.items()}
    return f"{name}.{old} in another case"


def only_looks(draft: Draft, random: Random, root: Path) -> str:
    name = random.choice(sorted(draft.models))
    node = draft.models[name]
    node.comment = random.choice(["", "-- customer, orders, added\n", "\n\n"])
    node.upper = random.random() < 0.5
    return f"{name} looks otherwise"


def materialize(draft: Draft, random: Random, root: Path) -> str:
    name = random.choice(sorted(draft.models))
    node = draft.models[name]
    kinds = MATERIALIZED[:2] if node.folder == "marts" else MATERIALIZED
    node.materialized = random.choice(kinds)
    return f"{name} is a {node.materialized}"


def remove_or_add(draft: Draft, random: Random, root: Path) -> str:
    name = random.choice(["by_region", "both", "opaque", "loyal", "best", "total"])
    node = draft.models[name]
    node.is_there = not node.is_there
    return f"{name} is {'back' if node.is_there else 'gone'}"


def move(draft: Draft, random: Random, root: Path) -> str:
    node = draft.models["by_region"]
    node.folder = "work" if node.folder == "marts" else "marts"
    return f"by_region is in {node.folder}"


def break_or_mend(draft: Draft, random: Random, root: Path) -> str:
    name, node = _shaped(draft, random)
    if node.tail or name in ("total", "quiet"):
        return "nothing"
    node.broken = not node.broken
    return f"{name} {'breaks' if node.broken else 'works'}"


def fail_or_pass(draft: Draft, random: Random, root: Path) -> str:
    draft.limit = random.choice([1000, 1000, 15])
    return f"the test fails above {draft.limit}"


def append_order(draft: Draft, random: Random, root: Path) -> str:
    customer, country = (
        random.choice(["ann", "bob", "dan", ""]),
        random.choice(["DE", "FR", "XX", ""]),
    )
    draft.orders.append([f"o{draft.next_id}", customer, str(random.randint(0, 30)), country])
    draft.next_id += 1
    return f"order {draft.orders[-1]}"


def delete_order(draft: Draft, random: Random, root: Path) -> str:
    if len(draft.orders) > 1:
        draft.orders.pop(random.randrange(len(draft.orders)))
    return "an order less"


def change_order(draft: Draft, random: Random, root: Path) -> str:
    row = random.choice(draft.orders)
    column, values = random.choice(
        [(1, ["ann", "bob", "eve"]), (2, ["5", "5.0", "20", "7"]), (3, ["DE", "FR", "TR", "de"])]
    )
    row[column] = random.choice(values)
    return f"order {row}"


def swap_cells(draft: Draft, random: Random, root: Path) -> str:
    """Every column keeps its values; only who belongs to whom changes."""
    one, other = random.choice(draft.orders), random.choice(draft.orders)
    column = random.choice([1, 2, 3])
    one[column], other[column] = other[column], one[column]
    return f"orders {one} and {other}"


def shuffle_orders(draft: Draft, random: Random, root: Path) -> str:
    random.shuffle(draft.orders)
    return "orders in another order"


def change_country(draft: Draft, random: Random, root: Path) -> str:
    row = random.choice(draft.countries)
    column = random.choice([1, 2])
    row[column] = random.choice(["north", "Germany", "south", row[column]])
    return f"country {row}"


def add_country(draft: Draft, random: Random, root: Path) -> str:
    if any(row[0] == "XX" for row in draft.countries):
        draft.countries = [row for row in draft.countries if row[0] != "XX"]
        return "country XX is gone"
    draft.countries.append(["XX", "Nowhere", "north"])
    return "country XX"


def touch(draft: Draft, random: Random, root: Path) -> str:
    """The same bytes again, or another time stamp, also one of long ago."""
    path = root / random.choice(["inputs/orders.csv", "seeds/countries.csv"])
    if random.random() < 0.5:
        path.write_bytes(path.read_bytes())
    else:
        os.utime(path, ns=(1, random.choice([1, 10**18, 2 * 10**18])))
    return f"{path.name} touched"


def behind_the_clock(draft: Draft, random: Random, root: Path) -> str:
    """Another content of the same size, under the old time stamps."""
    path = root / "inputs/orders.csv"
    before = path.stat()
    row = random.choice(draft.orders)
    row[1] = {"ann": "bob", "bob": "ann"}.get(row[1], row[1])
    draft.write(root)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return f"order {row}, secretly"


def change_var(draft: Draft, random: Random, root: Path) -> str:
    if random.random() < 0.3:
        draft.unread += 1
        return "a var that nobody reads"
    draft.floor = random.choice([0, 0, 6, 8])
    return f"floor is {draft.floor}"


def change_macro(draft: Draft, random: Random, root: Path) -> str:
    if random.random() < 0.3:
        draft.unread_macro = random.choice(["1", "2"])
        return f"the macro of quiet gives {draft.unread_macro}"
    draft.factor = random.choice(["2", "3", "(1 + 1)"])
    return f"the price is times {draft.factor}"


EDITS: tuple[Edit, ...] = (
    add_column, add_column, drop_column, change_expression, change_expression, change_filter,
    reorder_columns, reorder_ctes, rename_column, change_case, only_looks, materialize, remove_or_add, move,
    break_or_mend, fail_or_pass, append_order, delete_order, change_order, swap_cells,
    shuffle_orders, change_country, add_country, touch, behind_the_clock, change_var, change_macro,
)  # fmt: skip
