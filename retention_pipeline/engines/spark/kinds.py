"""What an expression of typed DuckDB SQL is: text, a whole number, an exact one, a day, ...

Room:  compile. May touch: sqlglot.
In:    a node of a tree that is qualified and annotated.  Out: a Kind; UNKNOWN is never guessed.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

DType = exp.DataType.Type


class Kind(Enum):
    """Families of types between which the engines convert in the same way."""

    TEXT = "text"
    INTEGER = "an integer"
    DECIMAL = "a decimal"
    DOUBLE = "a double"
    BOOLEAN = "a boolean"
    DATE = "a date"
    TIMESTAMP = "a timestamp"
    INTERVAL = "an interval"
    NULL = "null"
    OTHER = "of another type"
    UNKNOWN = "of a type that is not known"

    @property
    def is_number(self) -> bool:
        return self in NUMBERS

    @property
    def is_time(self) -> bool:
        return self in TIMES


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE})
TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP})
_OF_TYPE = {
    **dict.fromkeys((DType.VARCHAR, DType.TEXT, DType.CHAR), Kind.TEXT),
    **dict.fromkeys((DType.TINYINT, DType.SMALLINT, DType.INT, DType.BIGINT), Kind.INTEGER),
    **dict.fromkeys((DType.INT128, DType.INT256), Kind.INTEGER),
    **dict.fromkeys((DType.DECIMAL, DType.BIGDECIMAL), Kind.DECIMAL),
    DType.DOUBLE: Kind.DOUBLE,
    DType.BOOLEAN: Kind.BOOLEAN,
    DType.DATE: Kind.DATE,
    **dict.fromkeys((DType.TIMESTAMP, DType.TIMESTAMPNTZ), Kind.TIMESTAMP),
    DType.INTERVAL: Kind.INTERVAL,
    DType.NULL: Kind.NULL,
    DType.UNKNOWN: Kind.UNKNOWN,
}
_AS_ITS_THIS = (exp.Window, exp.IgnoreNulls, exp.Filter, exp.Paren, exp.Order)
_ALWAYS_TEXT = (
    *(exp.Replace, exp.Left, exp.Right, exp.JSONExtractScalar),
    *(exp.RegexpReplace, exp.RegexpExtract),
)
_FIRST_LAST = (exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead)


def _literal(annotator: Any, node: exp.Literal) -> exp.Literal:
    """A number with a point is a DECIMAL in DuckDB, with an exponent a DOUBLE."""
    if node.is_string:
        kind = DType.VARCHAR
    elif "e" in node.name.lower():
        kind = DType.DOUBLE
    elif "." in node.name:
        kind = DType.DECIMAL
    else:
        kind = DType.INT if abs(int(node.name)) < 2**31 else DType.BIGINT
    annotator._set_type(node, kind)  # noqa: SLF001 - how sqlglot's own annotators do it
    return node


def _arithmetic(annotator: Any, node: exp.Binary) -> exp.Binary:
    """a + b, a - b, a * b: a double makes a double; a day and an interval an instant."""
    kinds = {kind_of(node.this), kind_of(node.expression)}
    if any(has_interval(side) for side in (node.this, node.expression)):
        kind = DType.TIMESTAMP if kinds & TIMES else DType.INTERVAL
    elif Kind.DATE in kinds:
        kind = DType.DATE
    elif kinds <= NUMBERS | {Kind.NULL}:
        kind = _number(kinds, node)
    else:
        return annotator._annotate_binary(node)  # type: ignore[no-any-return]  # noqa: SLF001
    annotator._set_type(node, kind)  # noqa: SLF001
    return node


def _number(kinds: set[Kind], node: exp.Expr) -> Any:
    if Kind.DOUBLE in kinds:
        return DType.DOUBLE
    if Kind.DECIMAL in kinds:
        return DType.DECIMAL
    sides = [side.type.this for side in (node.this, node.expression) if side.type]
    return DType.INT if set(sides) <= _SMALL else DType.BIGINT


def _one_of(annotator: Any, node: exp.Expr) -> exp.Expr:
    """case, coalesce, greatest: the widest of the branches."""
    kind = _widest([kind_of(branch) for branch in branches(node)])
    if kind in _TYPE_OF:
        annotator._set_type(node, _TYPE_OF[kind])  # noqa: SLF001
    elif kind is not Kind.INTEGER:
        annotator._set_type(node, DType.NULL if kind is Kind.NULL else DType.UNKNOWN)  # noqa: SLF001
    else:
        annotator._set_type(node, DType.BIGINT)  # noqa: SLF001
    return node


def _as_number(annotator: Any, node: exp.Func) -> exp.Func:
    """round(x): of a decimal a decimal, of an integer one. floor(x), ceil(x): else a double."""
    kind = kind_of(node.this)
    if kind is Kind.INTEGER and isinstance(node, exp.Round):
        annotator._set_type(node, DType.BIGINT)  # noqa: SLF001
    else:
        is_exact = kind is Kind.DECIMAL
        annotator._set_type(node, DType.DECIMAL if is_exact else DType.DOUBLE)  # noqa: SLF001
    return node


def _total(annotator: Any, node: exp.Sum) -> exp.Sum:
    inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    kind = kind_of(inner)
    found = DType.DOUBLE if kind is Kind.DOUBLE else DType.BIGINT
    annotator._set_type(node, DType.DECIMAL if kind is Kind.DECIMAL else found)  # noqa: SLF001
    return node


_SMALL = {DType.TINYINT, DType.SMALLINT, DType.INT}
_TYPE_OF = {
    Kind.TEXT: DType.VARCHAR,
    Kind.DECIMAL: DType.DECIMAL,
    Kind.DOUBLE: DType.DOUBLE,
    Kind.BOOLEAN: DType.BOOLEAN,
    Kind.DATE: DType.DATE,
    Kind.TIMESTAMP: DType.TIMESTAMP,
    Kind.INTERVAL: DType.INTERVAL,
}
METADATA: dict[Any, Any] = {
    **Dialect.get_or_raise("duckdb").EXPRESSION_METADATA,
    **{known: {"returns": DType.VARCHAR} for known in _ALWAYS_TEXT},
    **{known: {"returns": DType.TIMESTAMP} for known in (exp.Explode, exp.DateTrunc)},
    **{known: {"returns": DType.DOUBLE} for known in (exp.Div, exp.Avg, exp.TimeToUnix)},
    **{known: {"annotator": _arithmetic} for known in (exp.Add, exp.Sub, exp.Mul)},
    **{known: {"annotator": _one_of} for known in (exp.Case, exp.Coalesce, exp.Greatest)},
    **{known: {"annotator": _one_of} for known in (exp.Least, exp.If, exp.Nullif)},
    **{known: {"annotator": _as_number} for known in (exp.Round, exp.Floor, exp.Ceil)},
    exp.TimestampTrunc: {"returns": DType.TIMESTAMP},
    exp.Sum: {"annotator": _total},
    exp.Literal: {"annotator": _literal},
}
"""sqlglot's rules of types for DuckDB, with its mistakes mended: the binder's types are the judge."""


@cache
def kind_of_type(written: str) -> Kind:
    """The kind of a type as DuckDB writes it; of what is nested or unknown, OTHER."""
    return _OF_TYPE.get(exp.DataType.build(written, dialect="duckdb").this, Kind.OTHER)


def kind_of(node: exp.Expr) -> Kind:
    """The kind of an expression; of one that sqlglot leaves open, that of what decides it."""
    if isinstance(node, exp.Null):
        return Kind.NULL
    if isinstance(node, exp.Interval):
        return Kind.INTERVAL
    if isinstance(node, (exp.Mul, exp.Paren, exp.Neg)) and has_interval(node):
        return Kind.INTERVAL
    found = _OF_TYPE.get(node.type.this, Kind.OTHER) if node.type else Kind.UNKNOWN
    return _inferred(node) if found is Kind.UNKNOWN else found


def has_interval(node: exp.Expr) -> bool:
    """True for an interval, also one times a number."""
    if isinstance(node, (exp.Paren, exp.Neg)):
        return has_interval(node.this)
    if isinstance(node, exp.Mul):
        return has_interval(node.this) or has_interval(node.expression)
    return isinstance(node, exp.Interval)


def _inferred(node: exp.Expr) -> Kind:
    if isinstance(node, exp.Anonymous):
        return {"getvariable": Kind.TEXT, "error": Kind.NULL}.get(node.name.lower(), Kind.UNKNOWN)
    if isinstance(node, (*_AS_ITS_THIS, *_FIRST_LAST, exp.Min, exp.Max)):
        return kind_of(node.this)
    if isinstance(node, (exp.Floor, exp.Ceil, exp.Round, exp.Abs, exp.Neg)):
        return kind_of(node.this)
    return _widest([kind_of(branch) for branch in branches(node)])


def branches(node: exp.Expr) -> list[exp.Expr]:
    """The expressions of which one becomes the value: of case, coalesce, greatest, nullif."""
    if isinstance(node, exp.Case):
        found = [branch.args["true"] for branch in node.args["ifs"]]
        return [*found, node.args["default"]] if node.args.get("default") else found
    if isinstance(node, exp.If):
        return [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
    if isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)):
        return [node.this, *node.expressions]
    return [node.this] if isinstance(node, exp.Nullif) else []


def _widest(kinds: list[Kind]) -> Kind:
    told = [kind for kind in kinds if kind is not Kind.NULL]
    if not told:
        return Kind.NULL if kinds else Kind.UNKNOWN
    if Kind.UNKNOWN in told:
        return Kind.UNKNOWN
    order = [Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.DATE, Kind.TIMESTAMP]
    return max(told, key=lambda kind: order.index(kind) if kind in order else -1)


def are_of_one_family(kinds: list[Kind]) -> bool:
    """True when both engines find the same common type: numbers, days and instants, or equals."""
    told = {kind for kind in kinds if kind is not Kind.NULL}
    return len(told) <= 1 or told <= NUMBERS or told <= TIMES
