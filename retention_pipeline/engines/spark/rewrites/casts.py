"""Casts: the same types and the same rounding.

Room:  compile. May touch: sqlglot. Imports kinds, numbers, walk.
In:    nodes of typed DuckDB SQL, names of DuckDB's types.  Out: RULES, spark_type.
"""

from __future__ import annotations

import re

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind
from retention_pipeline.engines.spark.rewrites.numbers import rounded_double
from retention_pipeline.engines.spark.walk import (
    Rules,
    Walk,
    bare,
    call,
    cast,
    number,
    text,
    type_of,
)

_TYPES = {
    "varchar": "string",
    "text": "string",
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "int",
    "integer": "int",
    "bigint": "bigint",
    "hugeint": "decimal(38, 0)",
    "int128": "decimal(38, 0)",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp_ntz",
    "timestampntz": "timestamp_ntz",
}
_DECIMAL = re.compile(r"decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?\Z")
_PLAIN_NUMBER = r"^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *$"
_BIGINT_DIGITS = 18


def spark_type(duckdb: str) -> str | None:
    """The type of Spark for a type of DuckDB; None where there is none that means the same.

    >>> spark_type("timestamp"), spark_type("DECIMAL(18,4)"), spark_type("interval")
    ('timestamp_ntz', 'decimal(18, 4)', None)
    """
    name = duckdb.strip().lower()
    found = _DECIMAL.match("decimal(18, 3)" if name == "decimal" else name)
    return f"decimal({found[1]}, {found[2]})" if found else _TYPES.get(name)


def _cast(node: exp.Cast, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "to")
    to = _target(node, walk)
    return converted(node, walk.go(node.this), to, walk)


def _target(node: exp.Cast, walk: Walk) -> str:
    to = spark_type(node.to.sql(dialect="duckdb"))
    if to is None:
        told = node.to.sql(dialect="duckdb").lower()
        raise walk.refused(node, f"a cast to {told} has no translation to Spark", "another type")
    return to


def converted(node: exp.Cast, done: exp.Expr, to: str, walk: Walk) -> exp.Expr:
    """The translated inner expression as that type, as DuckDB converts it."""
    kind = walk.kind(node.this)
    if kind is Kind.NULL:
        return cast(done, to)
    if to == "string":
        return _to_text(node, done, kind, walk)
    if to in ("date", "timestamp_ntz"):
        return _to_time(node, done, kind, to, walk)
    if to == "boolean":
        return _to_boolean(node, done, kind, walk)
    return _to_number(node, done, kind, to, walk)


def _to_text(node: exp.Cast, done: exp.Expr, kind: Kind, walk: Walk) -> exp.Expr:
    if kind in (Kind.DOUBLE, Kind.INTERVAL):
        raise walk.refused(
            node, f"{kind.value} as text is written differently", "cast it to a decimal first"
        )
    return cast(done, "string")


def _to_boolean(node: exp.Cast, done: exp.Expr, kind: Kind, walk: Walk) -> exp.Expr:
    if kind not in (Kind.BOOLEAN, Kind.INTEGER):
        raise walk.refused(node, f"a boolean of {kind.value}", "say it by a comparison: x = 'true'")
    return cast(done, "boolean")


def _to_time(node: exp.Cast, done: exp.Expr, kind: Kind, to: str, walk: Walk) -> exp.Expr:
    if kind.is_time:
        return cast(done, to)
    literal = bare(node.this)
    if kind is Kind.TEXT and isinstance(literal, exp.Literal):
        return _read_literal(node, literal.name, to, walk)
    if kind is Kind.TEXT and to == "date":
        return cast(done, to)  # what both can read they read alike; what one cannot is an error
    raise walk.refused(node, f"a {to} of {kind.value}", "cast it in the staging of its source")


def _read_literal(node: exp.Cast, value: str, to: str, walk: Walk) -> exp.Expr:
    if not (_DAY.match(value) or (to != "date" and _INSTANT.match(value))):
        raise walk.refused(node, f"'{value}' as a {to}", "write it as '2024-01-31 00:00:00'")
    return cast(text(value), to)


def _to_number(node: exp.Cast, done: exp.Expr, kind: Kind, to: str, walk: Walk) -> exp.Expr:
    if kind.is_time or kind is Kind.INTERVAL:
        raise walk.refused(node, f"a number of {kind.value}", "year(), month(), epoch(), ...")
    is_whole = not to.startswith("decimal") and to != "double"
    if kind is Kind.DECIMAL and is_whole:
        return cast(call("round", done, number(0)), to)
    if kind is Kind.DOUBLE and is_whole:
        return cast(_half_even(done), to)
    if kind is Kind.DOUBLE and to.startswith("decimal"):
        return _exact(done, to)
    if kind is Kind.BOOLEAN and to.startswith("decimal"):
        return cast(cast(done, "int"), to)
    return cast(done, to)


def _half_even(done: exp.Expr) -> exp.Expr:
    """A double as DuckDB makes it whole: 2.5 -> 2, 3.5 -> 4. `bround` is exact below 2^53."""
    return call("bround", done, number(0))


def _exact(done: exp.Expr, to: str) -> exp.Expr:
    """A double as a decimal: DuckDB rounds x * 10^scale half away from zero, Spark its text."""
    found = _DECIMAL.match(to)
    digits, scale = (int(found[1]), int(found[2])) if found else (0, 0)
    scaled = exp.Mul(this=exp.Paren(this=done), expression=number(f"1e{scale}")) if scale else done
    whole = rounded_double(scaled, 0)
    if digits <= _BIGINT_DIGITS:
        exact = cast(whole, "bigint")
    else:
        big = exp.GTE(this=call("abs", whole.copy()), expression=number("9e18"))
        small = cast(cast(whole.copy(), "bigint"), "decimal(38, 0)")
        exact = call("if", big, cast(whole, "decimal(38, 0)"), small)
    if not scale:
        return cast(exact, to)
    unit = cast(text("0." + "0" * (scale - 1) + "1"), f"decimal({scale}, {scale})")
    room = min(38 - scale, digits)
    return cast(exp.Mul(this=cast(exact, f"decimal({room}, 0)"), expression=unit), to)


def _try_cast(node: exp.TryCast, walk: Walk) -> exp.Expr:
    """Of text, to a number: what both read is read, what neither reads is NULL, the rest an error."""
    walk.only(node, "this", "to", "safe")
    to, kind = _target(node, walk), walk.kind(node.this)
    if kind is not Kind.TEXT or to in ("string", "boolean", "date", "timestamp_ntz"):
        raise walk.refused(node, f"try_cast of {kind.value} to {to}", "a case of regexp_matches()")
    if not to.startswith("decimal"):
        raise walk.refused(node, f"try_cast of text to {to}", "try_cast(x as decimal(18, 4))")
    done = walk.go(node.this)
    attempt = exp.TryCast(this=done, to=type_of(to), safe=True)
    plain = call("regexp_like", done.copy(), text(_PLAIN_NUMBER))
    odd = call("contains", done.copy(), text("_"))
    told = call(
        "raise_error", text("a number is written with an underscore: Spark does not read it")
    )
    return exp.Case(ifs=[exp.If(this=plain, true=attempt), exp.If(this=odd, true=cast(told, to))])


RULES: Rules = {exp.Cast: _cast, exp.TryCast: _try_cast}
