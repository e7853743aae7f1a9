from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.row_diff import diff_rows
from retention_pipeline.unit_tests import same_row

ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None])), max_size=6)


def diff(expected: list[Any], found: list[Any], columns: tuple[str, ...] = ("id", "name")) -> str:
    return diff_rows(columns, expected, found, same=same_row)


@given(ROWS, st.randoms())
def test_order_does_not_matter(rows: list[tuple[Any, ...]], random: Any) -> None:
    other = list(rows)
    random.shuffle(other)
    assert diff(rows, other) == ""


@given(ROWS, ROWS)
def test_equal_means_equal_as_multisets(one: list[Any], two: list[Any]) -> None:
    assert (diff(one, two) == "") == (sorted(map(repr, one)) == sorted(map(repr, two)))


def test_the_nearest_rows_stand_together() -> None:
    assert diff([(1, "a"), (2, "b"), (3, "c")], [(2, "x"), (1, "a"), (3, "c")]) == (
        "3 rows expected, 3 found (- missing, + unexpected, ! changed)\n"
        "     id  name\n"
        "  !  2   b -> x"
    )


def test_missing_and_unexpected_rows() -> None:
    assert diff([(1, "a"), (2, None)], [(1, "a")]).splitlines()[2:] == ["  -  2   NULL"]
    assert diff([], [(7, "z")]).splitlines()[2:] == ["  +  7   z"]


def test_rows_that_share_little_are_not_called_changed() -> None:
    assert [line.split()[0] for line in diff([(1, "a")], [(2, "b")]).splitlines()[2:]] == ["-", "+"]


def test_long_differences_are_cut() -> None:
    text = diff([], [(i, "x") for i in range(50)])
    assert text.endswith("and 30 more")
    assert len(text.splitlines()) == 23


def test_values_are_compared_by_kind() -> None:
    nan = float("nan")
    assert same_row((0.1 + 0.2,), (0.3,))
    assert same_row((nan,), (nan,))
    assert same_row((None,), (None,))
    assert not same_row((1.0,), (1.00000001,))
    assert not same_row((None,), (0,))
    assert not same_row(("1",), (1,))
