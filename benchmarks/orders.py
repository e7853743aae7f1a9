"""The orders domain at any size: `pipeline build` against the same SQL in one bare script, and how it grows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.clock import Cost, bare, cost_of, pipeline
from benchmarks.figures import Asked, Figure, exponent, ratio, told
from benchmarks.generate import END, Size, generate
from benchmarks.sample import project
from benchmarks.statements import Statement, parquet_sources, statements

MARTS = (
    "fct_orders",
    "dim_customers",
    "cohort_retention",
    "cohort_retention_bracket",
    "cohort_revenue",
    "repeat_purchase_ladder",
    "interpurchase_time",
    "new_vs_returning",
    "rfm_segments",
    "rfm_migration",
    "customer_lifecycle",
    "product_affinity",
    "first_product_retention",
)
SELECT = tuple(f"+{mart}" for mart in MARTS)
LARGEST = 100_000_000
# Order lines to totals of orders.
ADDED_UP = ("model int_order_lines", "model int_order_line_totals")
# What the retention marts read: the road from order lines to the order in its customer's life.
ROAD = (
    "input orders",
    "input order_lines",
    *ADDED_UP,
    "model int_order_amounts",
    "model int_orders_classified",
    "model int_orders_valid",
    "model int_orders_sequenced",
)
# The marts of retention and all that only they need.
RETENTION = {
    "cohorts": ("int_customer_cohorts", "int_cohort_activity", "int_cohorts", "cohort_retention"),
    "RFM": (
        "int_customer_rfm_changes",
        "int_customer_rfm_values",
        "int_rfm_value_scores",
        "int_rfm_score_limits",
        "int_customer_rfm",
        "rfm_segments",
    ),
    "ladder": (
        "int_order_gaps",
        "int_order_gap_days",
        "int_repeat_survival",
        "repeat_purchase_ladder",
    ),
    "new against returning": ("int_period_customers", "new_vs_returning"),
}


def data(asked: Asked, rows: int) -> Path:
    """The inputs of one size, made once a run."""
    folder = asked.folder / f"orders_{rows}"
    return folder if folder.exists() else generate(Size("orders", rows), folder)


def variables(folder: Path) -> dict[str, object]:
    return {"inputs_path": str(folder), "as_of": f"{END}"}


def domain(folder: Path) -> list[Statement]:
    """Inputs, models and data tests of the commerce marts."""
    return statements(variables(folder), SELECT, parquet_sources(folder))


def settings(asked: Asked, memory: str | None = None, threads: int = 2) -> dict[str, object]:
    """What both sides set. Spilled rows go to the folder of the run."""
    spill = str(asked.folder / "spill")
    return {"memory_limit": memory or asked.memory, "threads": threads, "temp_directory": spill}


def profiled(root: Path, values: Mapping[str, object]) -> Path:
    """The project's profile with these settings of DuckDB."""
    path = root / "profiles.yml"
    lines = [f'        {name}: "{value}"\n' for name, value in values.items() if name != "threads"]
    path.write_text(path.read_text() + "".join(lines))
    return root


def clear(root: Path) -> None:
    """Forget every build of this project."""
    shutil.rmtree(root / "warehouse", ignore_errors=True)
    shutil.rmtree(root / ".pipeline", ignore_errors=True)


def words(command: str, folder: Path, select: Iterable[str] = SELECT) -> list[str]:
    """The command line of a build of the domain; tests of what is not selected stay away."""
    said = json.dumps(variables(folder))
    chosen = ["-s", " ".join(select), "--indirect-selection", "buildable"]
    return pipeline(command, "-q", *chosen, "--vars", said)


def against_bare(asked: Asked) -> Iterator[Figure]:
    """For each size: the script, where its time goes, the build; then how the models grow."""
    models: list[Cost] = []
    for rows in asked.rows:
        folder, name = data(asked, rows), f"{rows / 1e6:g}M lines"
        root = profiled(project(asked.folder / f"project_{rows}"), settings(asked))
        script, parts = bare(asked.folder / "bare.duckdb", domain(folder), settings(asked))
        (asked.folder / "bare.duckdb").unlink()
        models.append(total(parts, [part for part in parts if not part.startswith("test ")]))
        yield told(f"bare script of the orders domain, {name}", script)
        yield told(f"its inputs and models, {name}", models[-1])
        yield from shares(parts, name)
        ours = cost_of(words("build", folder), root)
        limit = 1.15 if rows >= LARGEST else None
        yield ratio(f"build of the orders domain / bare script, {name}", ours, script, limit)
        again = cost_of(words("build", folder), root)
        yield told(f"the same again, nothing changed, {name}", again)
        clear(root)
        yield Figure("tables made from order lines", readers(folder, root), limit=1, unit="")
    if len(models) > 1:
        power = exponent(asked.rows, [cost.cpu for cost in models])
        limit = 1.05 if max(asked.rows) >= LARGEST else None
        yield Figure("exponent of inputs and models", power, limit=limit, unit="")


def shares(parts: Mapping[str, Cost], name: str) -> Iterator[Figure]:
    """The retention marts against what they read."""
    road = total(parts, ROAD)
    yield told(f"order lines to orders in their customers' lives, {name}", road)
    families = {
        title: total(parts, [f"model {m}" for m in names]) for title, names in RETENTION.items()
    }
    for title, cost in families.items():
        yield ratio(f"{title} / what they read, {name}", cost, road)
    together = Cost(sum(c.wall for c in families.values()), sum(c.cpu for c in families.values()))
    yield ratio(f"all four / what they read, {name}", together, road, 1)
    tests = total(parts, [part for part in parts if part.startswith("test ")])
    models = total(parts, [part for part in parts if not part.startswith("test ")])
    yield ratio(f"data tests / inputs and models, {name}", tests, models)


def total(parts: Mapping[str, Cost], names: Iterable[str]) -> Cost:
    """The sum of some statements."""
    chosen = [parts[name] for name in names]
    return Cost(sum(c.wall for c in chosen), sum(c.cpu for c in chosen))


def readers(folder: Path, root: Path) -> int:
    """How many tables read raw.order_lines, through views or not."""
    from retention_pipeline.api import Options, compile_
    from retention_pipeline.choice import Choice
    from retention_pipeline.choosing import choose
    from retention_pipeline.nodes import Materialized

    compiled = compile_(Options(project_dir=root, vars=variables(folder), environ={}))
    chosen = choose(compiled, Choice(include=SELECT)).ids
    asking = {uid for uid, item in compiled.sources.items() if item.name == "raw.order_lines"}
    tables = 0
    for uid in compiled.graph.order():
        model = compiled.models.get(uid)
        if model is not None and uid in chosen and model.needs & asking:
            if model.materialized is Materialized.VIEW:
                asking.add(uid)
            else:
                tables += 1
    return tables


def lines(asked: Asked) -> Iterator[Figure]:
    """The one heavy step: order lines from files into the database, and to totals of orders."""
    sizes = asked.rows if len(asked.rows) > 1 else (asked.rows[0] // 4, asked.rows[0])
    works: dict[str, list[Cost]] = {"loaded": [], "added up": []}
    for rows in sizes:
        folder = data(asked, rows)
        select = ["+int_order_line_totals"]
        script = models_only(statements(variables(folder), select, parquet_sources(folder)))
        floor = (
            "floor",
            "query",
            "select max(order_id), sum(quantity), sum(unit_price) from raw.raw_order_lines",
        )
        database = asked.folder / "lines.duckdb"
        whole, parts = bare(database, [*script, floor], settings(asked))
        database.unlink()
        name = f"{rows / 1e6:g}M order lines"
        yield told(f"{name}: the script, {asked.memory}", whole)
        yield told(f"{name}: reading three columns", parts["query floor"])
        yield told(f"{name}: loaded", parts["input order_lines"])
        added_up = total(parts, ADDED_UP)
        yield ratio(f"{name}: to orders / loading them", added_up, parts["input order_lines"])
        works["loaded"].append(parts["input order_lines"])
        works["added up"].append(added_up)
    for name, costs in works.items():
        power = exponent(sizes, [cost.cpu for cost in costs])
        yield Figure(f"exponent of order lines {name}", power, unit="")


def growth(asked: Asked) -> Iterator[Figure]:
    """The script at two sizes and more, at three limits of memory, on one thread and on two."""
    sizes = asked.rows if len(asked.rows) > 1 else (asked.rows[0] // 4, asked.rows[0])
    costs = []
    for rows in sizes:
        costs.append(one(asked, rows, settings(asked)))
        yield told(f"{rows / 1e6:g}M lines, {asked.memory}, 2 threads", costs[-1])
    cpu = exponent(sizes, [cost.cpu for cost in costs])
    limit = 1.05 if max(sizes) >= LARGEST else None
    yield Figure("exponent of CPU seconds over lines", cpu, limit=limit, unit="")
    memory = exponent(sizes, [cost.megabytes for cost in costs])
    yield Figure("exponent of memory over lines", memory, unit="")
    rows, base = sizes[0], costs[0]
    for limit_of_memory in ("1GiB", "2GiB"):
        cost = one(asked, rows, settings(asked, limit_of_memory))
        yield ratio(
            f"{rows / 1e6:g}M lines within {limit_of_memory} / within {asked.memory}", cost, base
        )
    single = one(asked, rows, settings(asked, threads=1))
    yield ratio(f"{rows / 1e6:g}M lines on one thread / on two", single, base)


def one(asked: Asked, rows: int, values: Mapping[str, object]) -> Cost:
    """The whole script once."""
    database = asked.folder / "growth.duckdb"
    cost, _ = bare(database, models_only(domain(data(asked, rows))), values)
    database.unlink()
    return cost


def models_only(parts: Sequence[Statement]) -> list[Statement]:
    """Inputs and models: what grows. Tests grow like the tables they read."""
    return [part for part in parts if part[1] != "test"]
