"""The quick no of is_volatile agrees with its slow look on every kind of suspect."""

import pytest

from retention_pipeline.sql_text import _VOLATILE, CLOCKS, _is_suspect, is_volatile

SUSPECTS = [
    "select * from read_csv('x')",
    "select * from sqlite_scan('a', 'b')",
    "select * from scan_arrow_ipc(x)",
    "select * from glob('*')",
    "select * from sniff_csv('x')",
    "select * from parquet_metadata('x')",
    "select getvariable('x')",
    "select getenv('HOME')",
    "select RANDOM()",
    "select setseed(0.5)",
    "select uuid()",
    "select gen_random_uuid()",
    "select nextval('s'), currval('s')",
    "select * from query('select 1')",
    "select * from query_table('t')",
    "select * from duckdb_tables()",
    "select * from pragma_table_info('t')",
    "select current_setting('x')",
    "select current_user",
    "select localtime",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_class",
    "select * from t tablesample 10%",
    "select * from t using  sample 3",
    "select * from 'file.csv'",
    "select * from t join\n'file.csv' as f on true",
    *(f"select {clock}()" for clock in sorted(CLOCKS)),
]


@pytest.mark.parametrize("sql", SUSPECTS)
def test_each_suspect_is_seen_by_both_looks(sql: str) -> None:
    assert _VOLATILE.search(sql.lower())
    assert _is_suspect(sql.lower())
    assert is_volatile(sql)
