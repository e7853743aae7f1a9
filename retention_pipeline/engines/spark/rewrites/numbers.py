"""Arithmetic: what DuckDB divides is a double, what it rounds goes away from zero.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES.
"""

from __future__ import annotations

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import NUMBERS, Kind
from retention_pipeline.engines.spark.rewrites import times
from retention_pipeline.engines.spark.walk import (
    Rule,
    Rules,
    Walk,
    bare,
    call,
    cast,
    number,
    parens,
    rebuilt,
    text,
)

_DIGITS = 15  # beyond, a power of ten is no exact double


def numbers_only(node: exp.Expr, among: list[exp.Expr], walk: Walk) -> list[Kind]:
    """Their kinds. Raises when one of them is no number."""
    kinds = [walk.kind(each) for each in among]
    for kind in kinds:
        if kind not in NUMBERS and kind is not Kind.NULL:
            raise walk.refused(node, f"arithmetic with {kind.value}", "cast it to a number")
    return kinds


def _sum_or_time(node: exp.Binary, walk: Walk) -> exp.Expr:
    """a + b and a - b: numbers, or a day or an instant and what is added to it."""
    walk.only(node, "this", "expression")
    moved = times.moved(node, walk)
    if moved is not None:
        return moved
    numbers_only(node, [node.this, node.expression], walk)
    return rebuilt(node, walk)


def _arithmetic(node: exp.Binary, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression")
    numbers_only(node, [node.this, node.expression], walk)
    return rebuilt(node, walk)


def _negated(node: exp.Neg, walk: Walk) -> exp.Expr:
    numbers_only(node, [node.this], walk)
    return rebuilt(node, walk)


def _divided(node: exp.Div, walk: Walk) -> exp.Expr:
    """DuckDB divides doubles, and by 0 gives an infinity; Spark's ANSI mode raises an error."""
    walk.only(node, "this", "expression", "typed", "safe")
    numbers_only(node, [node.this, node.expression], walk)
    guarded = _or_null(node.expression)
    above, below = as_double(node.this, walk), as_double(guarded or node.expression, walk)
    if guarded is not None:  # nullif(x, 0) as what it means
        not_zero = exp.NEQ(this=parens(below.copy()), expression=number(0))
        return exp.Case(ifs=[exp.If(this=not_zero, true=_ratio(above, _no_zero(below)))])
    if _is_never_zero(node.expression):
        return _ratio(above, below)
    infinite = exp.Mul(this=parens(above.copy()), expression=cast(text("Infinity"), "double"))
    zero = exp.EQ(this=parens(below.copy()), expression=number(0))
    return call("if", zero, infinite, _ratio(above, _no_zero(below)))


def _no_zero(below: exp.Expr) -> exp.Expr:
    """What is divided by where it is not 0. A server may divide for rows that another branch answers."""
    zero = exp.EQ(this=parens(below.copy()), expression=number(0))
    return call("if", zero, cast(number(1), "double"), below.copy())


def _ratio(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    return exp.Div(this=parens(above), expression=parens(below), typed=False, safe=False)


def as_double(node: exp.Expr, walk: Walk) -> exp.Expr:
    """The translated number as a double."""
    done = walk.go(node)
    if walk.kind(node) is Kind.DOUBLE and not isinstance(bare(node), exp.Literal):
        return done if not isinstance(done, exp.Binary) else exp.Paren(this=done)
    return cast(done, "double")


def _or_null(node: exp.Expr) -> exp.Expr | None:
    """The x of nullif(x, 0), through casts to double; None when it is something else."""
    while isinstance(node, exp.Paren) or (
        isinstance(node, exp.Cast) and node.to.is_type(exp.DataType.Type.DOUBLE)
    ):
        node = node.this
    if not isinstance(node, exp.Nullif):
        return None
    zero = bare(node.expression)
    is_zero = isinstance(zero, exp.Literal) and not zero.is_string and float(zero.name) == 0
    return node.this if is_zero else None


def _is_never_zero(node: exp.Expr) -> bool:
    """True for a literal that is not 0."""
    node = _uncast(node)
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) != 0


def _uncast(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.Paren, exp.Cast)):
        node = node.this
    return node


def _rounded(node: exp.Round, walk: Walk) -> exp.Expr:
    """round(x, n): of a decimal exact on both; of a double DuckDB rounds x * 10^n, Spark its text."""
    walk.only(node, "this", "decimals")
    (kind,) = numbers_only(node, [node.this], walk)
    digits = _whole_literal(node.args.get("decimals"))
    if digits is None:
        raise walk.refused(node, "round() to a number of digits that is no literal", "round(x, 2)")
    if kind is Kind.DECIMAL and digits < 0:
        raise walk.refused(node, "round() of a decimal to tens or hundreds", "round(x / 100) * 100")
    done = walk.go(node.this)
    if kind is not Kind.DOUBLE:
        return call("round", done, number(digits))
    return rounded_double(done, digits)


def rounded_double(done: exp.Expr, digits: int) -> exp.Expr:
    """A double, rounded as C does it: half away from zero, of the scaled double."""
    if not digits:
        return call("round", done, number(0))
    by = number(f"1e{abs(digits)}")
    scaled = exp.Mul if digits > 0 else exp.Div
    back = exp.Div if digits > 0 else exp.Mul
    inner = call("round", scaled(this=parens(done), expression=by), number(0))
    return exp.Paren(this=back(this=inner, expression=by.copy()))


def _whole_literal(node: exp.Expr | None) -> int | None:
    if node is None:
        return 0
    node, sign = bare(node), 1
    if isinstance(node, exp.Neg):
        node, sign = bare(node.this), -1
    if not isinstance(node, exp.Literal) or not node.name.isdigit() or int(node.name) > _DIGITS:
        return None
    return sign * int(node.name)


def _to_whole(name: str) -> Rule:
    """floor, ceil: Spark makes a BIGINT of a double, DuckDB leaves it one."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this")
        (kind,) = numbers_only(node, [node.this], walk)
        done = call(name, walk.go(node.this))
        return done if kind is Kind.DECIMAL else cast(done, "double")

    return rule


def _of_doubles(name: str) -> Rule:
    """A function of doubles that is defined everywhere."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this", "expression")
        given = [node.this, *([node.expression] if node.args.get("expression") else [])]
        numbers_only(node, given, walk)
        return call(name, *(as_double(each, walk) for each in given))

    return rule


def _logarithm(node: exp.Expr, walk: Walk) -> exp.Expr:
    """ln(0) is -inf and ln(-1) not a number in DuckDB, both are NULL in Spark."""
    walk.only(node, "this")
    numbers_only(node, [node.this], walk)
    done = as_double(node.this, walk)
    zero = number(0)
    ifs = [
        (exp.GT(this=done.copy(), expression=zero.copy()), call("ln", done)),
        (exp.EQ(this=done.copy(), expression=zero.copy()), cast(text("-Infinity"), "double")),
        (exp.LT(this=done.copy(), expression=zero.copy()), cast(text("NaN"), "double")),
    ]
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in ifs])


def _absolute(node: exp.Abs, walk: Walk) -> exp.Expr:
    numbers_only(node, [node.this], walk)
    return call("abs", walk.go(node.this))


def _remainder(node: exp.Mod, walk: Walk) -> exp.Expr:
    """Of whole numbers: the sign of the first, an error for 0, on both."""
    walk.only(node, "this", "expression")
    if any(walk.kind(each) is not Kind.INTEGER for each in (node.this, node.expression)):
        raise walk.refused(node, "% of numbers that are not whole", "cast both to bigint")
    return exp.Mod(this=parens(walk.go(node.this)), expression=parens(walk.go(node.expression)))


RULES: Rules = {
    exp.Add: _sum_or_time,
    exp.Sub: _sum_or_time,
    exp.Mul: _arithmetic,
    exp.Neg: _negated,
    exp.Div: _divided,
    exp.Mod: _remainder,
    exp.Round: _rounded,
    exp.Floor: _to_whole("floor"),
    exp.Ceil: _to_whole("ceil"),
    exp.Abs: _absolute,
    exp.Exp: _of_doubles("exp"),
    exp.Sqrt: _of_doubles("sqrt"),
    exp.Pow: _of_doubles("power"),
    exp.Ln: _logarithm,
}
