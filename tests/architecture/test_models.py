"""The layers of the models, and what every model owes its readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


def _wrong(is_well: Callable[[CompiledModel], object]) -> list[str]:
    """The models of which something is not true."""
    return [name for name in MODELS if not is_well(_model(name))]


def test_a_model_reads_only_the_layers_below() -> None:
    def above(model: CompiledModel) -> list[str]:
        allowed = MAY_READ[_layer(model.unique_id)]
        return [uid for uid in model.needs if _layer(uid) not in allowed]

    assert {name: wrong for name in MODELS if (wrong := above(_model(name)))} == {}


def test_a_model_is_described_column_by_column() -> None:
    assert _wrong(lambda m: len(m.model.description) > 20 and m.model.columns) == []
    poor = [
        f"{name}.{column.name}"
        for name in MODELS
        for column in _model(name).model.columns
        if not column.data_type or len(column.description) < 5
    ]
    assert poor == []


def test_a_model_has_its_yml_beside_it() -> None:
    def is_beside(model: CompiledModel) -> bool:
        beside, at = CHECKOUT / model.model.path.with_suffix(".yml"), model.model.spec_at
        return beside.is_file() and at is not None and Path(at.path).name == beside.name

    assert _wrong(is_beside) == []


def test_a_model_has_a_tested_key() -> None:
    keyed = {t.test.attached_to for t in compiled().tests.values() if t.test.kind == "primary_key"}
    assert _wrong(lambda m: m.unique_id in keyed) == []


def _is_mart(model: CompiledModel) -> bool:
    return _layer(model.unique_id) in ("core", "marts")


def test_a_mart_has_a_unit_test() -> None:
    assert _wrong(lambda m: not _is_mart(m) or compiled().unit_tests_of(m.unique_id)) == []


def test_a_date_of_a_cohort_stands_beside_its_label() -> None:
    """BI tools make heat maps of text: 2024-01 beside 2024-01-01."""

    def is_labelled(model: CompiledModel) -> bool:
        types = {column.name: column.data_type for column in model.model.columns}
        dates = [c for c, kind in types.items() if c.startswith("cohort_") and kind == "date"]
        return not (dates and _is_mart(model)) or types.get("cohort_label") == "varchar"

    assert _wrong(is_labelled) == []


@pytest.mark.parametrize("part", range(4))  # the parser takes a second for all of them
def test_models_are_spark_sql_too(part: int) -> None:
    for name in MODELS[part::4]:
        try:
            assert to_spark(_model(name).sql)
        except Exception as error:
            raise AssertionError(f"{name}: {error}") from error


def test_a_model_is_short_and_says_what_a_row_is() -> None:
    for path in (CHECKOUT / "models").rglob("*.sql"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST_MODEL, path
        first = next(line for line in lines if not re.match(r"\{[{#]|\s*$|.*[}#]\}$", line))
        assert first.startswith("-- "), path
