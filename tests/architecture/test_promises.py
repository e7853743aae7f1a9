"""What models promise about their keys (meta.by_key) names columns and parents that are there.

Whether a promise is true, the builds of tests/properties/test_by_key_shop.py say (slow).
"""

from __future__ import annotations

from typing import cast

import pytest

from retention_pipeline.errors import Location
from retention_pipeline.materialize.by_key_settings import THIS, ByKey, read_by_key
from retention_pipeline.nodes import Materialized
from tests.architecture.test_models import compiled

PROMISES = {
    uid: promise
    for uid, model in compiled().models.items()
    if (promise := read_by_key(model.config, Location(str(model.model.path)))) is not None
}


def columns(name: str) -> set[str]:
    """The declared columns of what ref() or source() calls so."""
    uid = compiled().ids_by_name[name]
    if uid in compiled().models:
        return {column.name for column in compiled().models[uid].model.columns}
    return {column.name for column in compiled().sources[uid].columns}


@pytest.mark.parametrize("uid", PROMISES, ids=lambda uid: str(uid).rsplit(".", 1)[-1])
def test_a_promise_names_what_is_there(uid: str) -> None:
    promise, model = PROMISES[uid], compiled().models[uid]
    read = {compiled().ids_by_name[name] for name in promise.parents}
    # the project is compiled with adapters here: they stand where raw tables do
    assert {uid for uid in read if not uid.startswith("source.")} <= model.needs
    assert set(promise.key) <= columns(model.model.name)
    for name, of_it in promise.rows_of.items():
        assert set(of_it) <= columns(name)
    for name, joined in promise.joined.items():
        assert set(joined.match) <= columns(name)
        if joined.to == THIS:
            assert set(joined.match.values()) <= columns(model.model.name)
    for name, column in promise.as_of.items():
        assert column in columns(name)


@pytest.mark.parametrize("uid", PROMISES, ids=lambda uid: str(uid).rsplit(".", 1)[-1])
def test_the_key_is_part_of_what_makes_a_row_unique_or_never_null(uid: str) -> None:
    """Rows whose key is NULL would be left as they are."""
    promise, model = PROMISES[uid], compiled().models[uid]
    tests = [t.test for t in compiled().tests.values() if t.test.attached_to == uid]
    never_null = {
        str(column)
        for test in tests
        if test.kind == "primary_key"
        for column in cast(list[str], test.arguments.get("columns", []))
    }
    never_null |= {str(t.arguments.get("column_name")) for t in tests if t.kind == "not_null"}
    assert set(promise.key) <= never_null | {"buyer_id"}, "buyer_id is a coalesce that ends in text"
    assert model.model.name == "int_orders_sequenced" or "buyer_id" not in promise.key


@pytest.mark.parametrize(
    "uid", [u for u in PROMISES if compiled().models[u].materialized is Materialized.VIEW]
)
def test_a_view_promises_to_pick_rows_of_one_parent(uid: str) -> None:
    promise: ByKey = PROMISES[uid]
    assert len(promise.rows_of) == 1
    assert not promise.joined
    assert not promise.as_of
    assert len(compiled().models[uid].needs) == 1
    (of_it,) = promise.rows_of.values()
    assert of_it == promise.key
