"""The layers of the models, and what every model owes its readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.salt import without_salt
from retention_pipeline.sql import to_spark
from retention_pipeline.sql_text import is_volatile
from tests.conftest import CHECKOUT

LONGEST_MODEL = 120
MODELS = sorted(path.stem for path in (CHECKOUT / "models").rglob("*.sql"))
# What a model reads of its own layer or below: a mart reads no mart, but audit compares them all.
MAY_READ = {
    "staging": {"raw", "staging"},
    "intermediate": {"staging", "intermediate", "seeds"},
    "core": {"staging", "intermediate", "core", "seeds"},
    "marts": {"intermediate", "core", "seeds"},
    "audit": {"intermediate", "core", "marts", "audit", "seeds"},
}


TABLES = ("customers", "orders", "order_lines", "products", "refunds")


@cache
def compiled() -> Compiled:
    """The checkout's own project with everything switched on: the adapter's models are read too."""
    adapters = dict.fromkeys(TABLES, "online_retail")
    values = {"adapters": adapters, "as_of": "2011-12-10"}
    return compile_(Options(project_dir=CHECKOUT, environ={}, vars=values))


@cache
def by_name() -> Mapping[str, CompiledModel]:
    return {model.model.name: model for model in compiled().models.values()}


def _model(name: str) -> CompiledModel:
    return by_name()[name]


def test_nothing_changes_by_itself() -> None:
    """Files, chance or time in one query, and no build could ever say that nothing changed."""
    queries = {name: model.sql for name, model in by_name().items()}
    queries |= {test.test.name: test.sql for test in compiled().tests.values()}
    assert [name for name, sql in queries.items() if is_volatile(without_salt(sql))] == []


def test_no_model_is_left_out() -> None:
    assert sorted(by_name()) == MODELS


def _layer(uid: str) -> str:
    if uid.startswith("seed."):
        return "seeds"
    if uid.startswith("source."):
        return "raw"
    parts = compiled().models[uid].model.path.parts
    return parts[2] if parts[1] == "marts" and parts[2] in ("core", "audit") else parts[1]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_reads_only_the_layers_below(name: str) -> None:
    model = _model(name)
    read = {uid: _layer(uid) for uid in model.needs}
    wrong = [uid for uid, layer in read.items() if layer not in MAY_READ[_layer(model.unique_id)]]
    assert not wrong


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_described_column_by_column(name: str) -> None:
    model = _model(name).model
    assert len(model.description) > 20
    assert model.columns
    poor = [c.name for c in model.columns if not c.data_type or len(c.description) < 5]
    assert not poor


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_its_yml_beside_it(name: str) -> None:
    model = _model(name).model
    beside = CHECKOUT / model.path.with_suffix(".yml")
    assert beside.is_file()
    assert model.spec_at
    assert Path(model.spec_at.path).name == beside.name


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_a_tested_key(name: str) -> None:
    uid = _model(name).unique_id
    kinds = {t.test.kind for t in compiled().tests.values() if t.test.attached_to == uid}
    assert "primary_key" in kinds


@pytest.mark.parametrize("name", MODELS)
def test_a_mart_has_a_unit_test(name: str) -> None:
    uid = _model(name).unique_id
    if _layer(uid) in ("core", "marts"):
        assert compiled().unit_tests_of(uid)


@pytest.mark.parametrize("name", MODELS)
def test_a_date_of_a_cohort_stands_beside_its_label(name: str) -> None:
    """BI tools make heat maps of text: 2024-01 beside 2024-01-01."""
    model = _model(name)
    types = {column.name: column.data_type for column in model.model.columns}
    dates = [c for c, kind in types.items() if c.startswith("cohort_") and kind == "date"]
    if dates and _layer(model.unique_id) in ("core", "marts"):
        assert types.get("cohort_label") == "varchar"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_spark_sql_too(name: str) -> None:
    assert to_spark(_model(name).sql)


@pytest.mark.parametrize("path", sorted((CHECKOUT / "models").rglob("*.sql")), ids=lambda p: p.stem)
def test_a_model_is_short_and_says_what_a_row_is(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST_MODEL
    first = next(line for line in lines if not re.match(r"\{[{#]|\s*$|.*[}#]\}$", line))
    assert first.startswith("-- ")
