"""What the month spine of MRR costs: months x intervals, unnesting each interval, or deltas.

`python -m benchmarks.mrr_spine [--customers N] [--seed N] [--years N] [--times N]` makes subscription histories with
a seed, computes the same tables in several ways, checks that they are equal and prints CPU and wall seconds.
The models take the ways marked *.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from dataclasses import dataclass

import duckdb

START = "date '2016-01-01'"

# Items of customers with states that follow each other: trials, new prices, pauses, breaks, ends, two currencies.
INTERVALS = """
create table intervals as
with draws as (
    select
        customer, item, state,
        (hash(customer, item, state, {seed}, 1) % 1000000) / 1e6 as a,
        (hash(customer, item, state, {seed}, 2) % 1000000) / 1e6 as b,
        (hash(customer, item, state, {seed}, 3) % 1000000) / 1e6 as c,
        (hash(customer, {seed}, 4) % 1000000) / 1e6 as d,
        (hash(customer, item, {seed}, 5) % 1000000) / 1e6 as e
    from range({customers}) as customers(customer)
    cross join range(3) as items(item)
    cross join range(6) as states(state)
),
-- most customers have one item, and an item two or three states
kept as (select * from draws where (item = 0 or d < 0.25 / item) and state <= 6 * e * e),
timed as (
    select
        *,
        {start} + cast(
            sum(case when state = 0 then d * {days} * 0.8 + item * 40 else 20 + a * 200 end) over (
                partition by customer, item order by state
            ) as integer
        ) as starts_on
    from kept
),
placed as (
    select *, lead(starts_on) over (partition by customer, item order by state) as next_on from timed
)
select
    'cus_' || customer as customer_id,
    case when d < 0.2 then 'EUR' else 'USD' end as currency,
    'item_' || customer || '_' || item as subscription_item_id,
    cast(starts_on as timestamp) + interval 9 hour as valid_from,
    case
        -- a break before the next state
        when next_on is not null and b < 0.15 then cast(least(next_on, starts_on + 10) as timestamp) + interval 9 hour
        when next_on is not null then cast(next_on as timestamp) + interval 9 hour
        when b < 0.5 then cast(starts_on + 30 + cast(c * 600 as integer) as timestamp) + interval 9 hour
    end as valid_to,
    cast(case when state > 0 and c < 0.1 then 0 else 5 + floor(c * 200) end as decimal(38, 10)) as mrr,
    true as is_sub
from placed
where starts_on < {start} + {days}
"""

BOUNDS = """
update intervals set valid_to = null where valid_to >= cast({start} + {days} as timestamp);
create table months as
select cast(unnest(generate_series({start}, cast({start} + {days} - 1 as date), interval 1 month)) as date) as month;
create table days as
select cast(unnest(generate_series({start}, cast({start} + {days} - 1 as date), interval 1 day)) as date) as date;
"""

# One row per customer, currency and month with its state and the month before: the naive ways compute it for every
# cell, then look back with a window over all of them.
CELLS = """
with cells as ({cells}),
first_months as (
    select customer_id, currency, min(month) as first_month from cells where mrr > 0 group by all
),
spine as (
    select customer_id, currency, months.month
    from first_months inner join months on months.month >= first_months.first_month
),
closings as (
    select spine.*, coalesce(cells.mrr, 0) as mrr, coalesce(cells.is_sub, false) as is_sub
    from spine left join cells using (customer_id, currency, month)
),
looked_back as (
    select
        *,
        coalesce(lag(mrr) over (partition by customer_id, currency order by month), 0) as prior_mrr,
        coalesce(lag(is_sub) over (partition by customer_id, currency order by month), false) as prior_is_sub
    from closings
)
select customer_id, currency, month, mrr, is_sub, prior_mrr, prior_is_sub from looked_back
"""

RANGE_JOIN = CELLS.format(
    cells="""
    select customer_id, currency, month, cast(sum(mrr) as decimal(18, 4)) as mrr, bool_or(is_sub) as is_sub
    from months inner join intervals
        on valid_from < cast(month + interval 1 month as timestamp)
        and coalesce(valid_to, timestamp '9999-12-31') >= cast(month + interval 1 month as timestamp)
    group by all"""
)

UNNEST = CELLS.format(
    cells="""
    select customer_id, currency, month, cast(sum(mrr) as decimal(18, 4)) as mrr, bool_or(is_sub) as is_sub
    from (
        select
            customer_id, currency, mrr, is_sub,
            cast(unnest(generate_series(
                cast(date_trunc('month', valid_from) as date),
                coalesce(
                    cast(date_trunc('month', valid_to) as date) - interval 1 month,
                    cast((select max(month) from months) as timestamp)
                ),
                interval 1 month
            )) as date) as month
        from intervals
    )
    group by all"""
)

EVENTS = """
select
    customer_id, currency, occurred_at, cast(date_trunc('month', occurred_at) as date) as month,
    cast(sum(sum(mrr_change)) over history as decimal(18, 4)) as mrr,
    sum(sum(sub_change)) over history > 0 as is_sub
from (
    select customer_id, currency, valid_from as occurred_at, mrr as mrr_change, 1 as sub_change from intervals
    union all
    select customer_id, currency, valid_to, -mrr, -1 from intervals where valid_to is not null
)
group by customer_id, currency, occurred_at
window history as (
    partition by customer_id, currency order by occurred_at rows between unbounded preceding and current row
)
"""

CHANGES = """
with closings as (
    select * from events
    qualify row_number() over (partition by customer_id, currency, month order by occurred_at desc) = 1
),
paid as (
    select *, max(mrr > 0) over (
        partition by customer_id, currency order by month rows between unbounded preceding and current row
    ) as ever_paid
    from closings
)
select
    customer_id, currency, month, mrr, is_sub,
    coalesce(lag(mrr) over history, 0) as prior_mrr,
    coalesce(lag(is_sub) over history, false) as prior_is_sub,
    coalesce(lead(month) over history, date '9999-12-01') as next_month
from paid
where ever_paid
window history as (partition by customer_id, currency order by month)
"""

CARRIED = """
select
    customer_id, currency, months.month, mrr, is_sub,
    case when months.month = changes.month then prior_mrr else mrr end as prior_mrr,
    case when months.month = changes.month then prior_is_sub else is_sub end as prior_is_sub
from changes inner join months on months.month >= changes.month and months.month < changes.next_month
"""

CARRIED_UNNEST = """
select
    customer_id, currency, cast(carried_at as date) as month, mrr, is_sub,
    case when cast(carried_at as date) = month then prior_mrr else mrr end as prior_mrr,
    case when cast(carried_at as date) = month then prior_is_sub else is_sub end as prior_is_sub
from (
    select *, unnest(generate_series(
        month,
        least(cast(next_month - interval 1 month as date), (select max(month) from months)),
        interval 1 month
    )) as carried_at
    from changes
)
"""

DAILY_RANGE = """
select date, currency, cast(sum(mrr) as decimal(18, 4)) as mrr
from days inner join intervals
    on valid_from < cast(date + 1 as timestamp)
    and coalesce(valid_to, timestamp '9999-12-31') >= cast(date + 1 as timestamp)
group by all
"""

DAILY_DELTAS = """
with changes as (
    select date, currency, sum(mrr_change) as mrr_change
    from (
        select cast(occurred_at as date) as date, currency,
            mrr - coalesce(lag(mrr) over (partition by customer_id, currency order by occurred_at), 0) as mrr_change
        from events
    )
    group by all
)
select
    days.date, currencies.currency,
    cast(
        sum(coalesce(mrr_change, 0)) over (partition by currencies.currency order by days.date) as decimal(18, 4)
    ) as mrr
from days
cross join (select distinct currency from changes) as currencies
left join changes on days.date = changes.date and currencies.currency = changes.currency
"""


@dataclass(frozen=True)
class Way:
    """One way to compute a table; `keeps` is the name its result gets for the ways after it."""

    name: str
    sql: str
    keeps: str
    answer: str | None = None


FACT = "select count(*), sum(mrr), sum(prior_mrr), sum(case when is_sub <> prior_is_sub then 1 else 0 end) from {t}"
DAILY = "select count(*), sum(mrr) from {t} where mrr <> 0"
WAYS = (
    Way("months x intervals (range join), window over all cells", RANGE_JOIN, "by_range", FACT),
    Way("each interval unnested, window over all cells", UNNEST, "by_unnest", FACT),
    Way("* deltas to events", EVENTS, "events"),
    Way("* events to months that change", CHANGES, "changes"),
    Way("* months that change joined forward", CARRIED, "by_deltas", FACT),
    Way("  the same, unnested forward", CARRIED_UNNEST, "by_deltas_unnested", FACT),
    Way("daily: days x intervals (range join)", DAILY_RANGE, "daily_range", DAILY),
    Way("* daily: running sums of the events", DAILY_DELTAS, "daily_deltas", DAILY),
)


def cpu() -> float:
    """CPU seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def generate(con: duckdb.DuckDBPyConnection, customers: int, years: int, seed: int) -> None:
    """Tables intervals, months, days. The same arguments and DuckDB version give the same rows."""
    names = {"customers": customers, "seed": seed, "days": years * 365, "start": START}
    con.execute(INTERVALS.format(**names))
    con.execute(BOUNDS.format(**names))


def measure(con: duckdb.DuckDBPyConnection, times: int) -> dict[str, tuple[float, float, int]]:
    """Median CPU and wall seconds and the rows of every way; SystemExit when two ways differ."""
    found = {}
    answers: dict[str, set[tuple[object, ...]]] = {}
    for way in WAYS:
        cpus, walls = [], []
        for _ in range(times):
            con.execute(f"drop table if exists {way.keeps}")
            cpu_before, wall_before = cpu(), time.perf_counter()
            con.execute(f"create table {way.keeps} as {way.sql}")
            cpus.append(cpu() - cpu_before)
            walls.append(time.perf_counter() - wall_before)
        rows = con.execute(f"select count(*) from {way.keeps}").fetchall()[0][0]
        if way.answer:
            answers.setdefault(way.answer, set()).add(
                con.execute(way.answer.format(t=way.keeps)).fetchall()[0]
            )
        found[way.name] = (statistics.median(cpus), statistics.median(walls), rows)
    if any(len(rows) > 1 for rows in answers.values()):
        raise SystemExit(f"the ways differ: {answers}")
    return found


def main() -> None:
    """Print one line for each way; exit with an error when two ways give different numbers."""
    parser = argparse.ArgumentParser(description="What the month spine of MRR costs.")
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--times", type=int, default=3, help="runs of each way; medians are printed"
    )
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    con = duckdb.connect(config={"threads": asked.threads})
    generate(con, asked.customers, asked.years, asked.seed)
    (counted,) = con.execute("select count(*) from intervals").fetchall()
    print(
        f"{asked.customers:,} customers, {counted[0]:,} intervals, {asked.years} years, seed {asked.seed}, "
        f"{asked.threads} threads, DuckDB {duckdb.__version__}"
    )
    print(f"{'':60}{'rows':>12}{'CPU s':>8}{'wall s':>8}")
    for name, (cpus, walls, rows) in measure(con, asked.times).items():
        print(f"{name:60}{rows:12,}{cpus:8.2f}{walls:8.2f}")


if __name__ == "__main__":
    main()
