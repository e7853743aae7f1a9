import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from retention_pipeline.quoting import is_plain, literal, quote, relation

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(TEXT.filter(bool))
def test_a_quoted_name_is_one_identifier(name: str) -> None:
    tree = sqlglot.parse_one(f"select {quote(name)}", read="duckdb")
    assert [i.this for i in tree.find_all(exp.Identifier)] == [name]


@given(TEXT)
def test_a_quote_is_always_closed(text: str) -> None:
    inner = literal(text)[1:-1]
    assert inner.replace("''", "").count("'") == 0
    assert inner.replace("''", "'") == text


def test_a_relation_quotes_each_part() -> None:
    assert relation('a"; drop', "b") == '"a""; drop"."b"'


@pytest.mark.parametrize("function", [quote, literal])
def test_nul_is_refused(function: object) -> None:
    assert callable(function)
    with pytest.raises(ValueError, match="NUL"):
        function("a\0b")


@pytest.mark.parametrize(
    ("name", "answer"), [("a_1", True), ("A", False), ("1a", False), ("", False), ("a\n", False)]
)
def test_is_plain(name: str, answer: bool) -> None:
    assert is_plain(name) is answer
