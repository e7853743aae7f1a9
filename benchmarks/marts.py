"""Each heavy mart against reading its columns once, the formulation of tutorials, and polars.

All read the same tables, made by the bare script of the orders domain. Results are compared, as bags of
rows, before times are: a way that gives other rows ends the run. Ours is the cost of the models that
only this mart needs, and they say more than what is compared (more grains, slices, windows).
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.clock import ROOT, Cost, bare, cost_of
from benchmarks.figures import Asked, Figure, ratio
from benchmarks.orders import RETENTION, data, domain, models_only, settings, total

ORDERS = "intermediate.int_orders_sequenced"
LINES = "raw.raw_order_lines"
MONTH = "cast(date_trunc('month', {}) as date)"


@dataclass(frozen=True)
class Work:
    """One mart. `floor` reads the columns that any way needs; `answer` is what ways must agree on."""

    name: str
    models: Sequence[str]
    answer: str
    floor: str
    tutorial: str


WORKS = (
    Work(
        "cohort retention",
        RETENTION["cohorts"],
        "select cohort_start, period_number, cohort_size as customers, retained_n_period as active "
        "from marts.cohort_retention where entity = 'order' and cohort_grain = 'month' "
        "and dimension = 'all' and retained_n_period > 0",
        f"select max(customer_id), sum(month(order_date)) from {ORDERS}",
        f"""
        with firsts as (
            select customer_id, {MONTH.format("min(order_date)")} as cohort_start from {ORDERS}
            where customer_id is not null group by customer_id
        ),
        sizes as (select cohort_start, count(distinct customer_id) as customers from firsts group by all),
        activity as (
            select o.customer_id, cohort_start,
                date_diff('month', cohort_start, {MONTH.format("o.order_date")}) as period_number
            from {ORDERS} as o inner join firsts on o.customer_id = firsts.customer_id
        )
        select cohort_start, period_number, customers, count(distinct customer_id) as active
        from activity inner join sizes using (cohort_start)
        group by all
        """,
    ),
    Work(
        "RFM",
        RETENTION["RFM"],
        "select snapshot_month, customer_id, r, f, m from intermediate.int_customer_rfm where r is not null",
        f"select max(customer_id), sum(month(order_date)), sum(net_revenue_reporting) from {ORDERS}",
        f"""
        with measured as (
            select snapshot_month, customer_id, date_diff('day', max(order_date), snapshot_date) as recency,
                count(*) as frequency, sum(net_revenue_reporting) as monetary
            from {ORDERS} inner join intermediate.int_rfm_snapshots on order_date < snapshot_date
            where customer_id is not null
            group by snapshot_month, snapshot_date, customer_id
        ),
        ranked as (
            select *, count(*) over (partition by snapshot_month) as everybody,
                rank() over (partition by snapshot_month order by recency desc) - 1 as worse_r,
                rank() over (partition by snapshot_month order by frequency) - 1 as worse_f,
                rank() over (partition by snapshot_month order by monetary) - 1 as worse_m
            from measured
        )
        select snapshot_month, customer_id, least(5, 1 + 5 * worse_r // everybody) as r,
            least(5, 1 + 5 * worse_f // everybody) as f, least(5, 1 + 5 * worse_m // everybody) as m
        from ranked
        """,
    ),
    Work(
        "repeat ladder",
        RETENTION["ladder"],
        "select distinct order_number, customers_reached, customers_next from marts.repeat_purchase_ladder "
        "where segment_type = 'all'",
        f"select max(customer_id), sum(order_number) from {ORDERS}",
        f"""
        with numbered as (
            select customer_id, order_date, lead(order_date) over history as next_date,
                row_number() over history as order_number
            from {ORDERS} where customer_id is not null
            window history as (partition by customer_id order by ordered_at, order_id)
        )
        select order_number, count(distinct customer_id) as customers_reached,
            count(distinct case when next_date is not null then customer_id end) as customers_next
        from numbered group by order_number
        """,
    ),
    Work(
        "new against returning",
        RETENTION["new against returning"],
        "select period_start as month, active_customers as active, new_customers as new, orders "
        "from marts.new_vs_returning where period_grain = 'month' and orders > 0",
        f"select max(customer_id), sum(month(order_date)) from {ORDERS}",
        f"""
        with firsts as (
            select customer_id, {MONTH.format("min(order_date)")} as first_month from {ORDERS}
            where customer_id is not null group by customer_id
        )
        select {MONTH.format("o.order_date")} as month, count(distinct o.customer_id) as active,
            count(distinct case when first_month = {MONTH.format("o.order_date")} then o.customer_id end) as new,
            count(distinct o.order_id) as orders
        from {ORDERS} as o inner join firsts on o.customer_id = firsts.customer_id
        group by all
        """,
    ),
)


def marts(asked: Asked) -> Iterator[Figure]:
    """Every work at every size."""
    for rows in asked.rows:
        warehouse = asked.folder / "bare.duckdb"
        _, parts = bare(warehouse, models_only(domain(data(asked, rows))), settings(asked))
        exported = export(warehouse, asked.folder / f"exported_{rows}") if not no_polars() else None
        for work in WORKS:
            yield from compare(work, warehouse, exported, parts, asked)
        warehouse.unlink()


def compare(
    work: Work, warehouse: Path, exported: Path | None, parts: dict[str, Cost], asked: Asked
) -> Iterator[Figure]:
    """One work in all its ways."""
    ours = total(parts, [f"model {name}" for name in work.models])
    answer = asked.folder / "answer.parquet"
    floor = query(warehouse, work.floor, asked, None)
    tutorial = query(warehouse, work.tutorial, asked, answer)
    agree(work, warehouse, answer, "the tutorial")
    yield ratio(f"{work.name}: ours / reading the columns", ours, floor)
    yield ratio(
        f"{work.name}: ours / tutorial", ours, tutorial, note=f"tutorial {tutorial.cpu:.2f} s"
    )
    if exported:
        script = [
            sys.executable,
            "-m",
            "benchmarks.polars_ways",
            work.name,
            str(exported),
            str(answer),
        ]
        said = cost_of(script, ROOT)
        polars = Cost(said.wall, float(said.output), said.megabytes)
        agree(work, warehouse, answer, "polars")
        yield ratio(f"{work.name}: ours / polars", ours, polars, note=f"polars {polars.cpu:.2f} s")


def query(warehouse: Path, sql: str, asked: Asked, answer: Path | None) -> Cost:
    """One query on the warehouse in a process of its own, its rows kept as Parquet or thrown away."""
    name = answer or asked.folder / "thrown.parquet"
    script = [
        ("attach", "", f"attach '{warehouse}' as shop (read_only)"),
        ("use", "", "use shop"),
        ("query", "", f"copy ({sql}) to '{name}' (format parquet)"),
    ]
    cost, parts = bare(Path(":memory:"), script, settings(asked))
    return Cost(parts[" query"].wall, parts[" query"].cpu, cost.megabytes)


def agree(work: Work, warehouse: Path, answer: Path, who: str) -> None:
    """Fails when a way gives other rows than the mart."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as shop (read_only); use shop")
        names = [row[0] for row in connection.execute(f"describe {work.answer}").fetchall()]
        other = f"select {', '.join(names)} from '{answer}'"
        for one, two, word in ((work.answer, other, "lacks"), (other, work.answer, "has more")):
            rows = connection.execute(f"({one}) except all ({two}) limit 3").fetchall()
            if rows:
                raise SystemExit(f"{work.name}: {who} {word} {rows}")


def export(warehouse: Path, folder: Path) -> Path:
    """The tables that polars reads, as Parquet; not part of any cost."""
    folder.mkdir()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for table in (ORDERS, LINES, "intermediate.int_rfm_snapshots"):
            name = folder / f"{table.partition('.')[2]}.parquet"
            connection.execute(f"copy (from {table}) to '{name}' (format parquet)")
    return folder


def no_polars() -> str:
    """Why polars is left out."""
    return "" if importlib.util.find_spec("polars") else "polars is not installed (extra `bench`)"
