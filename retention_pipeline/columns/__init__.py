"""One query -> where each of its columns comes from, and what decides which rows it has.

Room:  compile. Imports columns.names, columns.queries, columns.values. May touch: sqlglot.
In:    SQL (DuckDB), the column names of the tables it reads.  Out: Flow; OpaqueQuery when not certain.

Names are resolved as DuckDB does. Where two readings are possible both are taken, and what is not
known by name is refused: a Flow may name too many columns, never too few.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp

from retention_pipeline.columns.names import Env
from retention_pipeline.columns.queries import Reader
from retention_pipeline.columns.values import (
    ColumnsOf,
    Flow,
    Leaf,
    OpaqueQuery,
    OutColumn,
    Way,
)

__all__ = ["Flow", "Leaf", "OpaqueQuery", "OutColumn", "Way", "flow"]


def flow(sql: str, columns_of: ColumnsOf) -> Flow:
    """Read one query. `columns_of(schema, name)` gives a table's columns in order, None if unknown.

    >>> found = flow("select a + b as c from s.t where d", lambda schema, name: ["a", "b", "d", "e"])
    >>> sorted(leaf.column for leaf in found.reads())
    ['', 'a', 'b', 'd']
    """
    try:
        tree = _parse(sql)
        reader = Reader(columns_of)
        scope = reader.query(tree, Env())
        rows = scope.rows | scope.shape | reader.unseen(sql, tree)
    except OpaqueQuery:
        raise
    except Exception as error:  # noqa: BLE001 - whatever stops the parser, the answer is "not certain"
        raise OpaqueQuery(str(error).split("\n")[0][:200] or type(error).__name__) from None
    return Flow(tuple(scope.columns), rows)


@lru_cache(maxsize=512)
def _parse(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")
