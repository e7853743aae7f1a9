"""A connection, a small contract and a way to write files, for all tests of raw inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from retention_pipeline.errors import Location
from retention_pipeline.inputs import InputColumn, InputContract

Row = tuple[Any, ...]

ORDERS = InputContract(
    source="raw",
    table="orders",
    schema="raw",
    identifier="raw_orders",
    columns=(
        InputColumn("order_id", "varchar", required=True),
        InputColumn("ordered_at", "timestamp", required=True),
        InputColumn("status", "varchar", accepted_values=("paid", "refunded")),
        InputColumn("amount", "decimal(18,4)"),
        InputColumn("is_test", "boolean"),
        InputColumn("_loaded_at", "timestamp"),
    ),
    key=("order_id",),
    required=True,
    at=Location("models/raw/commerce.yml", 3),
)
CSV_HEADER = "order_id,ordered_at,status,amount,is_test\n"
GOOD_CSV = CSV_HEADER + "a1,2024-01-05 10:00:00,paid,10.50,false\na2,2024-01-06,refunded,,true\n"


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        yield connection


@pytest.fixture
def con(duck: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to an empty database; a fresh DuckDB for each test would take longer."""
    with duck.cursor() as cursor:
        cursor.execute("set TimeZone = 'UTC'")
        cursor.execute("attach ':memory:' as shop")
        cursor.execute("use shop")
        yield cursor
        cursor.execute("use memory")
        cursor.execute("detach shop")


def rows(con: duckdb.DuckDBPyConnection, sql: str = "from raw.raw_orders") -> list[Row]:
    return con.execute(sql).fetchall()


def one_column(data_type: str, *, required: bool = False) -> InputContract:
    """A contract of `id` and `x`."""
    return InputContract(
        "raw",
        "things",
        "raw",
        "things",
        (InputColumn("id", "varchar"), InputColumn("x", data_type, required=required)),
    )
