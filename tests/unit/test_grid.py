from decimal import Decimal

from retention_pipeline.grid import text_table


def test_numbers_to_the_right_and_null_spelt_out() -> None:
    assert text_table(["name", "n"], [("a", 1), ("long name", Decimal("10.50")), (None, None)]) == (
        "name      |     n\n"
        "----------+------\n"
        "a         |     1\n"
        "long name | 10.50\n"
        "NULL      |  NULL"
    )


def test_no_rows_still_show_the_columns() -> None:
    assert text_table(["a", "bb"], []) == "a | bb\n--+---"


def test_long_and_broken_text_stays_in_its_cell() -> None:
    text = text_table(["t"], [("x" * 100,), ("a\nb",)])
    assert max(map(len, text.splitlines())) == 60
    assert "…" in text
    assert "a b" in text


def test_rows_are_never_torn_apart_by_carriage_returns() -> None:
    assert "\r" not in text_table(["t"], [("a\rb",), ("a\x1b[31mb",)])
