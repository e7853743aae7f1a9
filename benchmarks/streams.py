"""Subscriptions and product events: what grows with changes, what with months, and how events become days."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from benchmarks import mrr_spine
from benchmarks.clock import Cost, bare
from benchmarks.figures import Asked, Figure, exponent, ratio, told
from benchmarks.generate import END, Size, generate
from benchmarks.marts import query
from benchmarks.orders import models_only, settings, total
from benchmarks.statements import parquet_sources, statements

MOVEMENTS = (
    "int_mrr_intervals",
    "int_mrr_counted_intervals",
    "int_mrr_changes",
    "int_mrr_instants",
    "int_mrr_events",
    "int_mrr_movements",
    "fct_mrr_movements",
)
DAYS = ("int_visitor_events", "int_user_activity_daily", "fct_user_activity_daily")
SESSIONS = """
    with placed as (
        select user_id, cast(occurred_at as date) as date, event_id, occurred_at,
            lag(occurred_at) over (partition by user_id order by occurred_at) as earlier
        from raw.raw_events
    ),
    visits as (
        select *, sum(case when earlier is null or occurred_at > earlier + interval 30 minute then 1 else 0 end)
            over (partition by user_id order by occurred_at) as visit
        from placed
    )
    select user_id, date, count(distinct event_id) as events, count(distinct visit) as visits
    from visits group by all
"""
ANSWER = (
    "select user_id, date, sum(events) as events from marts.fct_user_activity_daily group by all"
)


def mrr(asked: Asked) -> Iterator[Figure]:
    """Movements by deltas against months x intervals; their growth with accounts, and with months."""
    accounts = 1_000_000 if asked.is_large else 100_000
    con = duckdb.connect(config={"threads": 2, "temp_directory": str(asked.folder / "spill")})
    mrr_spine.generate(con, accounts // 5, 10, 7)
    ways = {name: Cost(wall, cpu) for name, (cpu, wall, _) in mrr_spine.measure(con, 1).items()}
    con.close()
    ours = total(ways, ["* deltas to events", "* events to months that change"])
    naive = ways["months x intervals (range join), window over all cells"]
    yield ratio("months that change, by deltas / months x intervals, 10 years", ours, naive, 1)
    few, many = accounts // 4, accounts
    later = END.replace(year=END.year + 5)
    small = movements(asked, few, END)
    large = movements(asked, many, END)
    stretched = movements(asked, many, later)
    yield told(f"MRR movements, {many:,} accounts x 60 months, from raw states", large)
    yield Figure(
        "exponent of MRR movements over accounts",
        exponent([few, many], [small.cpu, large.cpu]),
        unit="",
    )
    yield ratio("the same with 60 more months without a change / 60 months", stretched, large, 1.25)


def movements(asked: Asked, accounts: int, as_of: date) -> Cost:
    """The models from the states of subscriptions to their movements."""
    folder = asked.folder / f"subscriptions_{accounts}"
    if not folder.exists():
        generate(Size("subscriptions", accounts), folder)
    parts, whole, _ = run(asked, folder, as_of, ["+fct_mrr_movements"])
    cost = total(parts, [f"model {name}" for name in MOVEMENTS if f"model {name}" in parts])
    return replace(cost, megabytes=whole.megabytes)


def events(asked: Asked) -> Iterator[Figure]:
    """From events to user, day and class: against reading them, and against the tutorial's sessions."""
    sizes = asked.rows
    costs = []
    for rows in sizes:
        folder = generate(Size("events", rows), asked.folder / f"events_{rows}")
        costs.append((yield from user_days(asked, folder, f"{rows / 1e6:g}M events")))
        shutil.rmtree(folder)
    if len(sizes) > 1:
        power = exponent(sizes, [cost.cpu for cost in costs])
        yield Figure("exponent of events to days of users", power, unit="")


def user_days(asked: Asked, folder: Path, name: str) -> Generator[Figure, None, Cost]:
    """One size; the cost of our models is given back."""
    parts, whole, warehouse = run(asked, folder, END, ["+fct_user_activity_daily"])
    answer = asked.folder / "days.parquet"
    floor = query(
        warehouse,
        "select max(user_id), max(event_name), sum(day(occurred_at)) from raw.raw_events",
        asked,
        None,
    )
    tutorial = query(warehouse, SESSIONS, asked, answer)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as shop (read_only); use shop")
        theirs = f"select user_id, date, events from '{answer}'"
        rest = connection.execute(
            f"select count(*) from (({ANSWER}) except all ({theirs}) union all ({theirs}) except all ({ANSWER}))"
        ).fetchone()
    assert rest == (0,), f"the ways differ in {rest} user days"
    warehouse.unlink()
    ours = total(parts, [f"model {name}" for name in DAYS])
    yield told(f"{name}: the script, {asked.memory}, loading included", whole)
    yield told(f"{name} to user, day and class", ours)
    yield ratio(f"{name}: ours / reading the columns", ours, floor)
    note = f"tutorial {tutorial.cpu:.2f} s"
    yield ratio(f"{name}: ours / tutorial", ours, tutorial, note=note)
    return ours


def run(
    asked: Asked, folder: Path, as_of: date, select: Sequence[str]
) -> tuple[dict[str, Cost], Cost, Path]:
    """The models of a selection in a bare script: each of them, all, and the database."""
    variables: dict[str, object] = {"inputs_path": str(folder), "as_of": f"{as_of}"}
    script = models_only(statements(variables, select, parquet_sources(folder)))
    warehouse = asked.folder / "streams.duckdb"
    whole, parts = bare(warehouse, script, settings(asked))
    return parts, whole, warehouse
