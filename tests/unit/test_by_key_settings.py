"""What a model promises about its keys, and what cannot be read as a promise."""

from __future__ import annotations

from typing import Any

import pytest

from retention_pipeline.errors import CompileError, Location
from retention_pipeline.fingerprint import moved_as_of
from retention_pipeline.materialize.by_key import kinds
from retention_pipeline.materialize.by_key_settings import Joined, read_by_key

AT = Location("models/x.sql")


def test_a_promise_names_columns_of_parents() -> None:
    given: dict[str, Any] = {
        "key": ["month", "customer_id"],
        "rows_of": {"values": ["month", "customer"]},
        "as_of": {"values": "placed_at"},
        "joined": {"limits": {"to": "values", "match": {"month": "month"}}},
    }
    found = read_by_key({"meta": {"by_key": given}}, AT)
    assert found is not None
    assert found.key == ("month", "customer_id")
    assert found.rows_of == {"values": ("month", "customer")}
    assert found.joined == {"limits": Joined("values", {"month": "month"})}
    assert found.parents == {"values", "limits"}


def test_most_models_promise_nothing() -> None:
    assert read_by_key({}, AT) is None
    assert read_by_key({"meta": {"owner": "shop"}}, AT) is None


@pytest.mark.parametrize(
    "given",
    [
        "customer_id",
        {"key": "a"},  # of which parent?
        {"key": "a", "rows_of": {"x": ["a", "b"]}},  # as many columns as the key has
        {"key": "a", "rows_of": {"x": 1}},
        {"key": "a", "rows_of": {"x": "a"}, "keys": "b"},
        {"key": "a", "rows_of": {"x": "a"}, "as_of": {"y": "day"}},  # no parent of it
        {"key": "a", "rows_of": {"x": "a"}, "joined": {"y": {"to": "z", "match": {"b": "b"}}}},
        {"key": "a", "rows_of": {"x": "a"}, "joined": {"x": {"to": "this", "match": {"b": "b"}}}},
        {"key": "a", "rows_of": {"x": "a"}, "joined": {"y": {"to": "x"}}},
    ],
)
def test_what_is_no_promise_is_refused_at_the_file(given: Any) -> None:
    with pytest.raises(CompileError) as failed:
        read_by_key({"meta": {"by_key": given}}, AT)
    assert failed.value.at == AT
    assert "rows_of" in str(failed.value.fix)


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ("d1", "d1", ("", "")),
        ("d1 as of 2024-06-01", "d1 as of 2024-06-02", ("2024-06-01", "2024-06-02")),
        ("d1 as of 2024-06-01", "d2 as of 2024-06-02", None),
        ("volatile", "volatile", None),
    ],
)
def test_only_as_of_may_have_moved(before: str, now: str, moved: tuple[str, str] | None) -> None:
    assert moved_as_of(before, now) == moved


def test_rows_that_are_read_more_than_once_are_a_table() -> None:
    views = {
        "rows_1": "select * from raw",
        "rows_2": 'select * from temp."rows_1"',
        "rows_10": 'select * from temp."rows_2"',
        "rows_3": "select 1",
    }
    reader = 'from temp."rows_10" union all from temp."rows_10" semi join temp."rows_1" using (a)'
    assert kinds(views, [reader]) == {
        "rows_1": "table",
        "rows_2": "view",
        "rows_10": "table",
        "rows_3": "view",
    }
