from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from retention_pipeline.errors import CommandError
from retention_pipeline.settings import check_moment, parse_vars, with_as_of


def today(zone: ZoneInfo) -> date:
    return date(2024, 3, 1) if str(zone) == "UTC" else date(2024, 3, 2)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (None, {}),
        ("", {}),
        ("# nothing", {}),
        ("{as_of: 2024-06-01, n: 1, on: true}", {"as_of": "2024-06-01", "n": 1, "on": True}),
        ('{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
    ],
)
def test_vars_are_yaml_or_json(text: str | None, values: dict[str, Any]) -> None:
    assert parse_vars(text) == values


@pytest.mark.parametrize("text", ["{a", "a: b: c", "{a: 1, a: 2}", "[1]", "5", "as_of=2024-01-01"])
def test_vars_that_are_no_mapping_say_how_to_write_them(text: str) -> None:
    with pytest.raises(CommandError, match="--vars") as error:
        parse_vars(text)
    assert error.value.fix == "write it like '{as_of: 2026-01-01}'"


DECLARED = {"as_of": None, "reporting_timezone": "UTC", "inputs_path": None}


@pytest.mark.parametrize(
    ("given", "as_of"),
    [
        ({}, None),  # the sample: sample_as_of counts
        ({"inputs_path": "in"}, "2024-03-01"),
        ({"inputs_path": "in", "reporting_timezone": "Pacific/Auckland"}, "2024-03-02"),
        ({"adapters": {"orders": "x"}}, "2024-03-01"),
        ({"inputs_path": "in", "as_of": "2020-01-01"}, "2020-01-01"),
        ({"as_of": "2020-01-01 12:30:00"}, "2020-01-01 12:30:00"),
    ],
)
def test_as_of_is_today_only_for_the_users_own_inputs(
    given: dict[str, Any], as_of: str | None
) -> None:
    assert with_as_of(given, DECLARED, today).get("as_of") == as_of


def test_a_project_without_the_var_needs_none() -> None:
    assert with_as_of({}, {}, today) == {}


@pytest.mark.parametrize(
    "text", ["soon", "2024-13-01", "2024-02-30", "2024-1-1", "20240101", "2024-01-01T25:00:00",
             "2024-01-01Z", "2024-01-01 10:00:00+02:00", "2024-01-01' or true --", ""]
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(CommandError, match="is no date"):
        check_moment("as_of", text)


def test_a_time_zone_must_exist() -> None:
    with pytest.raises(CommandError, match="which is no time zone") as error:
        with_as_of({"reporting_timezone": "Europe/Berln"}, DECLARED, today)
    assert error.value.fix == "did you mean 'Europe/Berlin'?"
