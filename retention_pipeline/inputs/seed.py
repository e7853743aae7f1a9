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
from retention_pipeline.quoting import literal, quote

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
    head, types = _typed(cursor, csv_path, column_types)
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


def seed_types(
    cursor: duckdb.DuckDBPyConnection, csv_path: Path, column_types: Mapping[str, str]
) -> dict[str, str]:
    """Column -> type, as `load_seed` will make the table."""
    head, types = _typed(cursor, csv_path, column_types)
    return {column: types.get(column.lower(), "varchar") for column in head.names}


def _typed(
    cursor: duckdb.DuckDBPyConnection, csv_path: Path, column_types: Mapping[str, str]
) -> tuple[CsvHead, dict[str, str]]:
    head = csv_head(csv_path, len)
    _check_names(head, column_types)
    types = {column.lower(): kind for column, kind in column_types.items()}
    if any(column.lower() not in types for column in head.names):
        types = _inferred(cursor, head) | types
    return head, types


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
    """{} where DuckDB cannot tell: then everything is text, or the load says what is wrong.

    As in dbt a whole number is an integer, where all of them fit, and so is a column without values;
    only true and false are booleans, only 2024-01-31 is a date: what else DuckDB would take is text.
    """
    names = ", ".join(literal(name) for name in head.names)
    file = (
        f"read_csv({literal(str(head.path))}, header = true, "
        f"skip = {head.lines - 1:d}, delim = {literal(head.delimiter)}, quote = '\"', "
        f"escape = '\"', sample_size = -1, hive_partitioning = false, names = [{names}]"
    )
    try:
        found = cursor.execute(f"describe select * from {file})").fetchall()
        kinds = {str(row[0]): INSTEAD.get(row[1], str(row[1]).lower()) for row in found}
        unsure = [name for name, kind in kinds.items() if kind in _LOOKED_AT]
        asked = ", ".join(_LOOKED_AT[kinds[name]].format(quote(name)) for name in unsure)
        texts = f"select {asked} from {file}, all_varchar = true)"
        answers = cursor.execute(texts).fetchall()[0] if unsure else ()
    except duckdb.Error:
        return {}
    kinds |= dict(zip(unsure, answers, strict=True))
    return {name.lower(): kind for name, kind in kinds.items()}


def _all(pattern: str) -> str:
    """SQL, for format(): every text of the column is of this form."""
    return f"bool_and(regexp_full_match(trim({{0}}), '{pattern}'))"


_DAY = r"\d{{4}}-\d{{1,2}}-\d{{1,2}}"
# What DuckDB says a column is -> what its texts say.
_LOOKED_AT = {
    "varchar": "if(count({0}) = 0 and count(*) > 0, 'integer', 'varchar')",
    "boolean": f"if({_all('(?i)true|false')}, 'boolean', 'varchar')",
    "date": f"if({_all(_DAY)}, 'date', 'varchar')",
    "timestamp": f"case when {_all(_DAY)} then 'date'"
    f" when {_all(_DAY + '[T ].*')} then 'timestamp' else 'varchar' end",
    "bigint": f"case when not {_all('[-+]?[0-9]+')} then 'varchar'"
    " when min(try_cast({0} as bigint)) < -2147483648 or max(try_cast({0} as bigint)) > 2147483647"
    " then 'bigint' else 'integer' end",
}
