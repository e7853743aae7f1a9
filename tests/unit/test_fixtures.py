from typing import Any

import pytest

from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.fixtures import fixture_rows, guessed_types
from retention_pipeline.nodes import Fixture


def rows(form: str, value: Any) -> list[dict[str, Any]]:
    return fixture_rows(Fixture("ref('a')", form, value, Location("m.yml", 4)))


def test_csv_cells_are_text_and_empty_is_null() -> None:
    assert rows("csv", 'a, b\n1,\n"x, ""y""",2\n\n') == [
        {"a": "1", "b": None},
        {"a": 'x, "y"', "b": "2"},
    ]


def test_a_quoted_cell_may_hold_lines() -> None:
    assert rows("csv", 'a,b\n"x\n\ny",1\n') == [{"a": "x\n\ny", "b": "1"}]


@pytest.mark.parametrize(
    ("form", "value"), [("csv", ""), ("csv", "a,b\n"), ("dict", []), ("dict", None)]
)
def test_no_rows(form: str, value: Any) -> None:
    assert rows(form, value) == []


def test_dict_rows_stay_as_they_are() -> None:
    assert rows("dict", [{"a": 1, "b": None}, {"b": "x"}]) == [{"a": 1, "b": None}, {"b": "x"}]


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        ("csv", "a,b\n1,2\n1", "row 2 has 1 values for 2 columns"),
        ("csv", "a,a\n1,2", "column 'a' twice"),
        ("dict", [1], "each row must be a mapping"),
        ("dict", "x", "rows must be a list"),
    ],
)
def test_faults_name_the_place(form: str, value: Any, words: str) -> None:
    with pytest.raises(ProjectError, match=words) as error:
        rows(form, value)
    assert str(error.value).startswith("m.yml:4")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", None, "-20"], "bigint"),
        ([1, 2.5], "double"),
        (["1", ".5", "2.", "1e-3"], "double"),
        (["007"], "varchar"),
        (["."], "varchar"),
        ([True, "false"], "boolean"),
        (["2024-01-31"], "date"),
        (["2024-01-31", "2024-01-31 10:00"], "timestamp"),
        (["2024-01-31", "x"], "varchar"),
        ([None], "varchar"),
    ],
)
def test_types_that_nobody_knows(values: list[Any], kind: str) -> None:
    assert guessed_types([{"a": value} for value in values]) == {"a": kind}
