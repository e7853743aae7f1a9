"""Builds of the sample shop and, where the data is there, of Online Retail, against the same SQL in a bare script."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from benchmarks.clock import ROOT, SETTLE, Cost, bare, cost_of, in_turn, pipeline
from benchmarks.figures import Asked, Figure, ratio, told
from benchmarks.statements import statements
from benchmarks.trivial import STARTED

PARTS = ("models", "macros", "seeds", "tests/data", "dbt_project.yml", "profiles.yml")
ADAPTED = ("customers", "orders", "order_lines", "products", "refunds")
# marts with rows for people or orders, and how many times more of them there are than customers
BY_PERSON = {
    **dict.fromkeys(("rfm_segments", "segment_members", "fct_mrr_customer_month"), 1),
    **dict.fromkeys(("dim_customers", "lifecycle_audiences", "customer_lifecycle"), 1),
    **dict.fromkeys(("loyalty_types", "clv", "audience_export", "contact_calendar"), 1),
    "fct_user_activity_daily": 3,
    "fct_orders": 4,
}
EDITED = "models/marts/retention/cohort_retention_bracket.sql"


def project(folder: Path) -> Path:
    """A copy of the project: the measured builds write beside it."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def shared_data() -> Path | None:
    """The folder with public data, or None: it is never part of this repository."""
    path = Path(os.environ.get("RETENTION_SHARED_DATA", ROOT.parent / "shared"))
    return next((p for p in (path, path / "data") if (p / "online_retail").is_dir()), None)


def small(asked: Asked) -> Iterator[Figure]:
    """The sample: full build, nothing changed, one model changed, listing, report, diff."""
    root = project(asked.folder / "sample")
    time.sleep(SETTLE)
    scripts = statements({}, project=root)
    yield from against_bare("full build of the sample", root, {}, scripts, asked, 10)
    opening = [sys.executable, "-c", STARTED, str(root / "warehouse" / "retention.duckdb")]
    cost_of(pipeline("build", "-q"), root)
    cost = in_turn(
        {
            "nothing": lambda: nothing(root),
            "opening": lambda: cost_of(opening, root),
            "first ls": lambda: cost_of(pipeline("ls"), root),
            "ls": lambda: listed(root),
            "changed": lambda: edited(root),
        },
        max(asked.times, 3),
        before=lambda: cost_of(pipeline("build", "-q"), root),
    )
    yield ratio(
        "nothing changed / bare Python opening the file", cost["nothing"], cost["opening"], 2
    )
    yield told("nothing changed in the sample", cost["nothing"], 0.25)
    yield told("ls of the sample", cost["ls"], 0.3)
    yield told("ls of the sample after an edit", cost["first ls"])
    yield ratio("one mart changed / bare Python opening the file", cost["changed"], cost["opening"])
    yield from reading(root, cost["opening"])


def nothing(root: Path) -> Cost:
    """A build that finds nothing to do, and says so."""
    cost = cost_of(pipeline("build"), root)
    assert "nothing to publish" in cost.output, cost.output
    return cost


def listed(root: Path) -> Cost:
    """A list of what has not changed since the last list, and not in the moment before that."""
    time.sleep(SETTLE)
    cost_of(pipeline("ls"), root)
    return cost_of(pipeline("ls"), root)


def edited(root: Path) -> Cost:
    """A build after one mart got other SQL that gives the same rows; the next edit is another one."""
    path = root / EDITED
    last = "select *\nfrom final"
    kept = path.read_text().partition(last)[0]
    path.write_text(f"{kept}{last}\nwhere {time.time_ns()} > 0\n")
    return cost_of(pipeline("build", "-q"), root)


def reading(root: Path, opening: Cost) -> Iterator[Figure]:
    """What reads the published file: the report, and its comparison with the working database."""
    works = {"report": ["report"], "diff": ["diff"]}
    for name, words in works.items():
        cost = cost_of(pipeline(*words), root, accept=(0, 1))
        yield ratio(f"pipeline {name} / bare Python opening the file", cost, opening)


def reports(asked: Asked) -> Iterator[Figure]:
    """The report of the sample's marts, and of marts of many more customers and orders."""
    root = project(asked.folder / "reported")
    cost_of(pipeline("build", "-q"), root)
    small = cost_of(pipeline("report"), root)
    file = (root / "warehouse" / "retention.duckdb").resolve()
    file.chmod(0o644)
    factor = 1000 if asked.is_large else 50
    with duckdb.connect(str(file)) as connection:
        for mart in BY_PERSON:
            more = f"select m.* from marts.{mart} as m, range({factor * BY_PERSON[mart] - 1})"
            connection.execute(f"insert into marts.{mart} {more}")
        (orders,) = connection.execute("select count(*) from marts.fct_orders").fetchone() or (0,)
    file.chmod(0o444)
    large = cost_of(pipeline("report"), root)
    yield told("report of the sample", small, 3)
    yield told(f"report of {orders / 1e6:.1f}M orders, {factor}x the customers", large, 3)
    yield ratio("report of the larger marts / of the sample", large, small)


def against_bare(
    label: str,
    root: Path,
    variables: Mapping[str, object],
    scripts: list[tuple[str, str, str]],
    asked: Asked,
    limit: float | None = None,
) -> Iterator[Figure]:
    """A full build, and the same inputs, models and data tests in a script. `limit`: wall seconds."""
    work, other = root / "warehouse", asked.folder / "bare.duckdb"
    words = ["build", "-q", *(["--vars", json.dumps(variables)] if variables else [])]

    def clear() -> None:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(root / ".pipeline", ignore_errors=True)
        other.unlink(missing_ok=True)

    cost = in_turn(
        {"ours": lambda: cost_of(pipeline(*words), root), "bare": lambda: bare(other, scripts)[0]},
        asked.times,
        before=clear,
    )
    yield told(f"bare script: {label}, {len(scripts)} statements", cost["bare"])
    yield ratio(
        f"{label} / bare script", cost["ours"], cost["bare"], note="with unit tests and publishing"
    )
    yield Figure(f"{label} in wall seconds", cost["ours"].wall, cost["ours"], limit, unit="s")


def online_retail(asked: Asked) -> Iterator[Figure]:
    """541,909 real invoice lines through the adapter."""
    folder = shared_data()
    assert folder is not None
    folder = folder / "online_retail"
    variables = {
        "inputs_path": str(folder),
        "as_of": "2011-12-10",
        "adapters": dict.fromkeys(ADAPTED, "online_retail"),
    }
    path = folder / "online_retail_raw.csv.gz"
    table = f"read_csv('{path}', all_varchar = true, header = true)"
    root = project(asked.folder / "retail")
    scripts = statements(variables, sources=dict.fromkeys(RAW_RETAIL, table), project=root)
    yield from against_bare(
        "build of Online Retail, 541,909 lines", root, variables, scripts, asked
    )


RAW_RETAIL = ("online_retail.invoice_lines",)


def no_data() -> str:
    """Why Online Retail cannot be measured."""
    return "" if shared_data() else "no public data (RETENTION_SHARED_DATA names its folder)"
