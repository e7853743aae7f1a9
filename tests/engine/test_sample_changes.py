"""One more row in one input of the sample: exactly what depends on it is built again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.api import Flags, Options, compile_, execute
from retention_pipeline.binder import bind
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.events import Results
from retention_pipeline.lineage import Lineage
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.plan import Command, data_parents
from retention_pipeline.warehouse import open_warehouse
from tests.conftest import CHECKOUT

PROJECT = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/data")
# input -> a row for it: only these columns have values
ROWS = {
    "products": {"product_id": "p999", "name": "Unsold Mug", "category": "mugs", "unit_cost": "1.00"},
    "customers": {"customer_id": "c99999", "created_at": "2025-03-01 10:00:00"},
    "fx_rates": {"rate_date": "2020-01-01", "from_currency": "XTS", "to_currency": "EUR", "rate": "1"},
    "orders": {"order_id": "o999999", "customer_id": "c99999", "ordered_at": "2025-04-01 10:00:00",
               "status": "paid", "currency": "EUR", "subtotal_amount": "10.00", "total_amount": "10.00"},
}  # fmt: skip

pytestmark = pytest.mark.slow


def run(root: Path, database: Path) -> Results:
    options = Options(project_dir=root, environ={"RETENTION_WAREHOUSE": str(database)})
    results = execute(Command.BUILD, options, flags=Flags(publish=False))
    assert results.ok, [s for s in results.steps if s.status == "failed"]
    return results


def digests(compiled: Compiled) -> dict[str, Any]:
    """Unique id -> number of rows and two sums of hashes, in no order of rows."""
    with open_warehouse(compiled) as engine:
        there = engine.relations()
        return {
            uid: digest(engine, f"from {relation}")
            for uid, relation in compiled.relations.items()
            if relation in there
        }


def dependents(compiled: Compiled, before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """By the graph alone: models with a parent whose rows are others than before."""
    changed: set[str] = set()
    found: set[str] = set()
    for uid in compiled.graph.order():
        model = compiled.models.get(uid)
        if model is not None and model.materialized is not Materialized.EPHEMERAL:
            if changed & data_parents(compiled, uid):
                found.add(uid)
                if model.materialized is Materialized.VIEW or before[uid] != after[uid]:
                    changed.add(uid)
        elif uid in before and before[uid] != after[uid]:
            changed.add(uid)
    return found


def append(path: Path, row: Mapping[str, str]) -> None:
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(row) <= set(header)
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(row.get(name, "") for name in header) + "\n")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Compiled, Path]:
    """A copy of the project, built: its folder, its compiled form, its database."""
    root = tmp_path_factory.mktemp("sample") / "project"
    root.mkdir()
    for name in PROJECT:
        source, copy = CHECKOUT / name, root / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    database = root / "db" / "build.duckdb"
    run(root, database)
    options = Options(project_dir=root, environ={"RETENTION_WAREHOUSE": str(database)})
    return root, compile_(options), database


# the rules of a policy set against our own: rows only with `--as`
WITHOUT_ROWS = {"metric_policy_diff", "metric_policy_diff_customers"}


def test_everything_has_data(sample: tuple[Path, Compiled, Path]) -> None:
    _, compiled, _ = sample
    with open_warehouse(compiled) as engine:
        marts = [r for r in compiled.relations.values() if r.schema == "marts"]
        empty = {r.name for r in marts if not engine.query(f"select 1 from {r} limit 1")}
        assert empty == WITHOUT_ROWS
        nobody = engine.query(
            "select audience from raw.audience_rules"
            " where audience not in (select audience from marts.lifecycle_audiences)"
        )
        assert nobody == []
        unread = engine.query(
            "select audience from raw.export_audiences"
            " where audience not in (select audience from marts.audience_sizes where exported_customers > 0)"
        )
        assert unread == []


def test_columns_that_no_model_reads_can_be_anything(sample: tuple[Path, Compiled, Path]) -> None:
    """Every model over parents whose unread columns are NULL gives the rows that it gave."""
    _, compiled, _ = sample
    lineage = Lineage(compiled, bind(compiled))
    with open_warehouse(compiled) as engine:
        for uid, model in compiled.models.items():
            read = lineage.columns_read(uid)
            assert read is not None
            before = digest(engine, model.sql)
            with engine.rolled_back():
                blank(engine, {compiled.relations[p]: kept for p, kept in read.items()})
                assert digest(engine, model.sql) == before, uid


def digest(engine: Engine, sql: str) -> Any:
    sums = "count(*), bit_xor(hash(r)), sum(hash(r)::hugeint)"
    return engine.query(f"select {sums} from (\n{sql}\n) as r")


def blank(engine: Engine, read: Mapping[Relation, frozenset[str]]) -> None:
    """Make each a table in which only these columns have values.

    All are copied before one is replaced: a view among them may read another one of them.
    """
    kinds = engine.relations()
    for number, (relation, kept) in enumerate(read.items()):
        items = [
            f'"{name}"' if name in kept else f'cast(null as {kind}) as "{name}"'
            for name, kind in engine.columns(relation).items()
        ]
        engine.query(
            f"create table main.blank_{number} as select {', '.join(items)} from {relation}"
        )
    for number, relation in enumerate(read):
        engine.query(f"drop {kinds[relation]} {relation}")
        engine.query(f"create table {relation} as from main.blank_{number}")
        engine.query(f"drop table main.blank_{number}")


def test_one_row_more_concerns_what_depends_on_it(sample: tuple[Path, Compiled, Path]) -> None:
    root, compiled, database = sample
    for table, row in ROWS.items():
        before = digests(compiled)
        append(root / f"seeds/sample/raw_{table}.csv", row)
        results = run(root, database)
        wanted = dependents(compiled, before, digests(compiled))
        built = {s.unique_id for s in results.steps if s.kind == "model" and s.status == "ok"}
        spared = {s.unique_id for s in results.steps if s.message.startswith("reads none")}
        assert built | spared == wanted, table
        assert set() < wanted < compiled.models.keys()
        print(f"{table}: {len(built)} built, {len(spared)} spared of {len(compiled.models)}")
    fresh = root / "fresh" / "build.duckdb"
    run(root, fresh)
    other = Options(project_dir=root, environ={"RETENTION_WAREHOUSE": str(fresh)})
    assert digests(compiled) == digests(compile_(other))
