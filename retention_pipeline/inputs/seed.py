"""Load a seed that no contract describes: types given, or inferred by DuckDB.

Room:  act. Imports: errors, inputs. A seed becomes a contract of its own header and is loaded so.
In:    a CSV file, some column types.  Out: LoadReport; the table, with the file's own columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from retention_pipeline.errors import Location, did_you_mean
from retention_pipeline.inputs.contract import (
    Format,
    InputColumn,
    InputContract,
    LoadReport,
    Origin,
)
from retention_pipeline.inputs.errors import SeedError
from retention_pipeline.inputs.loading import load
from retention_pipeline.inputs.opening import CsvHead, csv_head
from retention_pipeline.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from retention_pipeline.inputs.loading import BeforeCommit

# What DuckDB's sniffer may say and a mart should not hold.
INSTEAD = {
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIME": "varchar",
}


def load_seed(
    cursor: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    csv_path: Path,
    column_types: Mapping[str, str],
    *,
    before_commit: BeforeCommit | None = None,
    old_as: str | None = None,
) -> LoadReport:
    """Replace `schema.name` by the file's rows; any bad value is an error and changes nothing."""
    head = csv_head(csv_path, len)
    _check_names(head, column_types)
    types = {column.lower(): kind for column, kind in column_types.items()}
    if any(column.lower() not in types for column in head.names):
        types = _inferred(cursor, head) | types
    contract = InputContract(
        source="seed",
        table=name,
        schema=schema,
        identifier=name,
        columns=tuple(
            InputColumn(column, types.get(column.lower(), "varchar")) for column in head.names
        ),
        at=Location(csv_path),
    )
    origin = Origin((csv_path,), Format.CSV)
    return load(cursor, contract, origin, before_commit=before_commit, old_as=old_as)


def _check_names(head: CsvHead, column_types: Mapping[str, str]) -> None:
    at = Location(head.path, head.lines)
    lowered = [name.lower() for name in head.names]
    for position, name in enumerate(lowered, start=1):
        if not name:
            raise SeedError(f"column {position} of the header has no name", at=at)
        if name in lowered[: position - 1]:
            raise SeedError(f"the header has the column '{head.names[position - 1]}' twice", at=at)
    for column in column_types:
        if column.lower() not in lowered:
            raise SeedError(
                f"a type is given for '{column}', which is no column of the file",
                at=at,
                fix=did_you_mean(column, head.names),
            )


def _inferred(cursor: duckdb.DuckDBPyConnection, head: CsvHead) -> dict[str, str]:
    """{} where DuckDB cannot tell: then everything is text, or the load says what is wrong."""
    names = ", ".join(literal(name) for name in head.names)
    try:
        rows = cursor.execute(
            f"describe select * from read_csv({literal(str(head.path))}, header = true, "
            f"skip = {head.lines - 1:d}, delim = {literal(head.delimiter)}, quote = '\"', "
            f"escape = '\"', sample_size = -1, hive_partitioning = false, names = [{names}])"
        ).fetchall()
    except duckdb.Error:
        return {}
    return {str(row[0]).lower(): INSTEAD.get(row[1], str(row[1]).lower()) for row in rows}
