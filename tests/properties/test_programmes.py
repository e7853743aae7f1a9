"""Segment history, audiences, loyalty balances and payback against plain Python."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_programmes import build
from tests.properties.oracle_programmes import (
    Programme,
    acquisition,
    audiences,
    loyalty_months,
    stage_history,
)
from tests.properties.strategies import Case
from tests.properties.strategies_programmes import programmes

MARTS = ("loyalty", "acquisition_quality", "lifecycle_audiences", "segment_members")


@given(programmes())
def test_programmes_are_what_plain_python_makes_of_them(case: Case) -> None:
    """One shop, four marts: a build of each would cost four times as much."""
    get = build(case.rows, case.variables, MARTS)
    one = Programme.of(case.rows, case.variables)
    assert_rows(get("loyalty"), ["month", "tier"], loyalty_months(one))
    assert_rows(get("acquisition_quality"), ["channel", "cohort_month"], acquisition(one))
    assert_rows(get("lifecycle_audiences"), ["customer_id"], audiences(one))
    assert_history(get("segment_members"), one)


def assert_history(rows: list[dict[str, object]], one: Programme) -> None:
    """On each day everybody is in the stage that a build of that day would have said."""
    spells = [row for row in rows if row["segment_type"] == "lifecycle"]
    for (name, day), stage in stage_history(one).items():
        found = [row["segment"] for row in spells if row["customer_id"] == name and is_in(row, day)]
        assert found == [stage], (name, day)


def is_in(row: dict[str, object], day: date) -> bool:
    entered, left = row["entered_date"], row["left_date"]
    assert isinstance(entered, date)
    assert left is None or isinstance(left, date)
    return entered <= day and (left is None or day < left)
