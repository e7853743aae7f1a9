import duckdb
import pytest

from retention_pipeline.ephemeral import cte_name, inject

E = cte_name("e")


@pytest.mark.parametrize(
    "sql",
    [
        f"select * from {E}",
        f"with a as (select * from {E})\nselect * from a",
        f"-- about\n/* with */ WITH a as (\nselect * from {E})\nselect *\nfrom a",
        f"with recursive a as (select x from {E} union select x + 1 from a where x < 3)\nselect min(x) as x from a",
        f"(select * from {E})",
    ],
)
def test_the_query_still_means_the_same(sql: str) -> None:
    lines = tuple(range(1, sql.count("\n") + 2))
    joined, mapped = inject(sql, lines, [("e", "select 1 as x")])
    assert len(mapped) == joined.count("\n") + 1
    with duckdb.connect() as con:
        assert con.execute(joined).fetchall() == [(1,)]
    # the last line of the reader is still its last line
    assert mapped[-1] == lines[-1]


def test_each_line_of_the_reader_keeps_its_number() -> None:
    joined, lines = inject(
        "with a as (\nselect 2\n)\nselect * from a", (5, 6, 7, 8), [("e", "select\n1")]
    )
    found = dict(zip(joined.split("\n"), lines, strict=True))
    assert (found["select 2"], found["select * from a"]) == (6, 8)


def test_nothing_to_paste_changes_nothing() -> None:
    assert inject("select 1", (1,), []) == ("select 1", (1,))
