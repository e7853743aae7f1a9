"""Spark SQL that turns one raw value into its contract's type, or says what is wrong with it.

Room:  act. Imports casts of the rewrites, faults, inputs.contract, quoting.
In:    a column of Parquet files with its Spark type, a column of a contract.  Out: SQL expressions.

The rules are those of inputs/casts.py for the types that Parquet has. Where a rule cannot be kept as
it is there, fewer values are taken: a value is never read as another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retention_pipeline.engines.spark.rewrites.casts import spark_type
from retention_pipeline.faults import EngineFault
from retention_pipeline.inputs.contract import InputColumn
from retention_pipeline.quoting import literal

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_FLOATS = ("float", "double")
_MOMENTS = ("date", "timestamp", "timestamp_ntz")
_EDGE = r"[\\s\\x{00A0}\\x{FEFF}]+"
_DAY = r"\\d{4}-\\d{1,2}-\\d{1,2}"
_TIME = r"\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?"
_OFFSET = r"(Z|[+-]\\d{2}:\\d{2})"
_MIDNIGHT = r"[ T]0?0:00(:00(\\.0+)?)?"
_WHOLE = r"[+-]?\\d+"
_NUMBER = r"[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?"


@dataclass(frozen=True, slots=True)
class Cell:
    """A raw value without edge blanks, '' as NULL; its Spark type."""

    sql: str
    kind: str


def cleaned(name: str, kind: str) -> Cell:
    """The column as it is looked at."""
    column = "`" + name.replace("`", "``") + "`"
    if kind != "string":
        return Cell(column, kind)
    return Cell(f"nullif(regexp_replace({column}, '^{_EDGE}|{_EDGE}$', ''), '')", kind)


def spark_name(data_type: str) -> str:
    """The Spark type of a type of a contract."""
    found = spark_type(data_type.lower())
    if found is None:
        raise EngineFault(f"a column of type {data_type} cannot be read on Spark", None, None)
    return found


def typed(column: InputColumn, cell: Cell) -> str:
    """The value as the contract wants it; NULL when it is bad or breaks a rule."""
    wanted = spark_name(column.data_type)
    plain = _plain(wanted, cell)
    rules = " and ".join(rule for rule, _ in _rules(column, plain))
    return f"cast(case when {rules} then {plain} end as {wanted})" if rules else plain


def reasons(column: InputColumn, cell: Cell) -> Iterator[tuple[str, str]]:
    """(what is said, a condition that finds such values)."""
    there = f"{cell.sql} is not null"
    if column.required:
        yield "required value is missing", f"{cell.sql} is null"
    plain = _plain(spark_name(column.data_type), cell)
    yield f"does not become {column.data_type.lower()}", f"{there} and {plain} is null"
    for rule, said in _rules(column, plain):
        yield said, f"{plain} is not null and not ({rule})"


def _plain(wanted: str, cell: Cell) -> str:
    x, kind = cell.sql, cell.kind
    if kind == "string":
        return _from_text(wanted, x)
    if kind in _MOMENTS:
        return _from_moment(wanted, x, kind)
    numeric = kind in (*_INTEGERS, *_FLOATS) or kind.startswith("decimal")
    if wanted == "string":
        return f"cast({x} as string)" if kind not in _FLOATS else _none(wanted)
    if numeric and (wanted in (*_INTEGERS, *_FLOATS) or wanted.startswith("decimal")):
        checks = [f"not isnan({x})", f"abs({x}) < double('infinity')"] if kind in _FLOATS else []
        if wanted in _INTEGERS and kind not in _INTEGERS:
            checks.append(f"{x} = floor({x})")
        value = f"try_cast({x} as {wanted})"
        if kind in _FLOATS and wanted.startswith("decimal"):
            value = _rounded(x, wanted)
        return f"case when {' and '.join(checks)} then {value} end" if checks else value
    if wanted == "boolean" and (numeric or kind == "boolean"):
        return x if kind == "boolean" else f"case {x} when 1 then true when 0 then false end"
    return _none(wanted)


def _rounded(x: str, wanted: str) -> str:
    """A double as a decimal the way DuckDB does it: the scaled double is rounded."""
    size = re.match(r"decimal\((\d+), ?(\d+)\)", wanted)
    scale = int(size[2]) if size else 0
    whole = f"try_cast(round({x} * 1e{scale}D) as decimal(38, 0))"
    return f"try_cast({whole} / cast(1e{scale} as decimal(38, 0)) as {wanted})"


def _from_moment(wanted: str, x: str, kind: str) -> str:
    moment = f"cast({x} as timestamp_ntz)"  # the session is on UTC
    if wanted == "timestamp_ntz":
        return moment
    if wanted == "date":
        return f"case when {moment} = date_trunc('day', {moment}) then cast({moment} as date) end"
    if wanted == "string" and kind == "date":
        return f"cast({x} as string)"
    return _none(wanted)


def _from_text(wanted: str, x: str) -> str:
    if wanted == "string":
        return f"case when not contains({x}, char(0)) then {x} end"
    if wanted in _INTEGERS:
        return f"case when {_like(x, _WHOLE)} then try_cast({x} as {wanted}) end"
    if wanted.startswith("decimal"):
        return f"case when {_like(x, _NUMBER)} then try_cast({x} as {wanted}) end"
    if wanted in _FLOATS:
        number = f"try_cast({x} as {wanted})"
        finite = f"abs({number}) < double('infinity')"
        return f"case when {_like(x, _NUMBER)} and {finite} then {number} end"
    if wanted == "boolean":
        return (
            f"case when lower({x}) in ('true', 't', 'yes', 'y', '1') then true"
            f" when lower({x}) in ('false', 'f', 'no', 'n', '0') then false end"
        )
    if wanted == "date":
        day = f"try_cast(regexp_extract({x}, '^{_DAY}', 0) as date)"
        return f"case when {_like(x, f'{_DAY}({_MIDNIGHT})?')} then {day} end"
    if wanted == "timestamp_ntz":
        instant = f"cast(try_cast({x} as timestamp_ltz) as timestamp_ntz)"
        return (
            f"case when {_like(x, f'{_DAY}([ T]{_TIME})?')} then try_cast({x} as timestamp_ntz)"
            f" when {_like(x, f'{_DAY}[ T]{_TIME}{_OFFSET}')} then {instant} end"
        )
    return _none(wanted)


def _rules(column: InputColumn, value: str) -> Iterator[tuple[str, str]]:
    """What a typed value must be, and what is said of one that is not."""
    if column.accepted_values:
        accepted = ", ".join(map(literal, column.accepted_values))
        said = f"is not one of: {', '.join(column.accepted_values)}"
        yield f"cast({value} as string) in ({accepted})", said
    if column.minimum is not None:
        yield f"{value} >= {column.minimum}", f"is below {column.minimum}"
    if column.maximum is not None:
        yield f"{value} <= {column.maximum}", f"is above {column.maximum}"
    if column.pattern is not None:
        pattern = column.pattern.replace("\\", "\\\\")
        said = f"is not {column.pattern_name or column.pattern}"
        yield _like(value, pattern.replace("'", "\\'")), said


def _like(x: str, pattern: str) -> str:
    """The whole text matches; the pattern is written as it stands in a literal of Spark's."""
    return f"regexp_like({x}, '^(?:{pattern})\\\\z')"


def _none(wanted: str) -> str:
    return f"cast(null as {wanted})"
