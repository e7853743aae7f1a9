"""Names, literals, logic, comparisons and choices.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES.
"""

from __future__ import annotations

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind, branches
from retention_pipeline.engines.spark.walk import (
    Rule,
    Rules,
    Walk,
    bare,
    call,
    cast,
    instants,
    rebuilt,
    same,
)

_SALT = "getvariable"


def _literal(node: exp.Literal, _: Walk) -> exp.Expr:
    return exp.Literal(this=node.this, is_string=node.is_string)


def _identifier(node: exp.Identifier, _: Walk) -> exp.Expr:
    return exp.to_identifier(node.name, quoted=True)


def _column(node: exp.Column, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "table")
    if isinstance(node.this, exp.Star):
        raise walk.refused(node, "a star over columns that are not known", "name the columns")
    return rebuilt(node, walk)


def _comparison(node: exp.Binary, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression")
    this, other = node.this, node.expression
    left, right = walk.go(this), walk.go(other)
    kinds = walk.kind(this), walk.kind(other)
    if Kind.TEXT in kinds and kinds[0] is not kinds[1] and Kind.NULL not in kinds:
        left, right = _read_as(this, left, kinds[1], walk), _read_as(other, right, kinds[0], walk)
    else:
        walk.one_family(node, [this, other])
        left, right = (
            instants(each, done, [this, other]) for each, done in ((this, left), (other, right))
        )
    return type(node)(this=left, expression=right)


def _read_as(node: exp.Expr, done: exp.Expr, kind: Kind, walk: Walk) -> exp.Expr:
    """A text literal beside a day or an instant is read as one, as DuckDB does it."""
    if walk.kind(node) is not Kind.TEXT:
        return done
    literal = bare(node)
    if not kind.is_time or not isinstance(literal, exp.Literal):
        raise walk.refused(node, f"a text is compared with {kind.value}", "cast it to that type")
    day_or_instant = walk.go(exp.Cast(this=literal.copy(), to=exp.DataType.build(kind.name)))
    return cast(day_or_instant, "date" if kind is Kind.DATE else "timestamp_ntz")


def _between(node: exp.Between, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "low", "high")
    given = {name: node.args[name] for name in ("this", "low", "high")}
    walk.one_family(node, list(given.values()))
    done = {n: instants(e, walk.go(e), list(given.values())) for n, e in given.items()}
    return exp.Between(**done)


def _in(node: exp.In, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expressions", "query")
    walk.one_family(node, [node.this, *node.expressions])
    query = node.args.get("query")
    if query is not None:
        walk.one_family(node, [node.this, query.unnest().selects[0].unalias()])
    return rebuilt(node, walk)


def _distinct_from(node: exp.Binary, walk: Walk) -> exp.Expr:
    equal = exp.NullSafeEQ(this=node.this, expression=node.expression)
    done = _comparison(equal, walk)
    return done if isinstance(node, exp.NullSafeEQ) else exp.Not(this=exp.Paren(this=done))


def _choice(*known: str) -> Rule:
    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, *known)
        among = branches(node)
        walk.one_family(node, among)
        first, *others = (instants(each, walk.go(each), among) for each in among)
        return rebuilt(node, walk, this=first, expressions=others)

    return rule


def _case(node: exp.Case, walk: Walk) -> exp.Expr:
    """case x when 1: the values it is compared with are of x's family."""
    walk.only(node, "this", "ifs", "default")
    walk.one_family(node, branches(node))
    if node.this:
        walk.one_family(node, [node.this, *(branch.this for branch in node.args["ifs"])])
    among = branches(node)
    ifs = [
        exp.If(this=walk.go(b.this), true=instants(b.args["true"], walk.go(b.args["true"]), among))
        for b in node.args["ifs"]
    ]
    default = node.args.get("default")
    if default is not None:
        default = instants(default, walk.go(default), among)
    return exp.Case(this=walk.go(node.this) if node.this else None, ifs=ifs, default=default)


def _if(node: exp.If, walk: Walk) -> exp.Expr:
    """if(x, a, b); the branches of a CASE come to `_case`."""
    return _case(exp.Case(ifs=[node], default=node.args.get("false")), walk)


def _nullif(node: exp.Nullif, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression")
    walk.one_family(node, [node.this, node.expression])
    return call("nullif", walk.go(node.this), walk.go(node.expression))


def _anonymous(node: exp.Anonymous, walk: Walk) -> exp.Expr:
    """Functions that sqlglot has no class for."""
    name, given = node.name.lower(), node.expressions
    if name == "error" and len(given) == 1:
        return call("raise_error", walk.go(given[0]))
    if name == _SALT and len(given) == 1 and isinstance(given[0], exp.Literal):
        walk.parameters.add(given[0].name)
        return cast(exp.Placeholder(this=given[0].name), "string")
    raise walk.refused(node, f"{name}() has no translation to Spark")


RULES: Rules = {
    exp.Literal: _literal,
    exp.Identifier: _identifier,
    exp.Column: _column,
    exp.Boolean: same("this"),
    exp.Null: same(),
    exp.Star: same(),
    exp.Paren: same("this"),
    exp.And: same("this", "expression"),
    exp.Or: same("this", "expression"),
    exp.Not: same("this"),
    exp.Is: same("this", "expression"),
    exp.Exists: same("this"),
    exp.If: _if,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _comparison),
    exp.NullSafeEQ: _distinct_from,
    exp.NullSafeNEQ: _distinct_from,
    exp.Between: _between,
    exp.In: _in,
    exp.Case: _case,
    exp.Coalesce: _choice("this", "expressions"),
    exp.Greatest: _choice("this", "expressions", "ignore_nulls"),
    exp.Least: _choice("this", "expressions", "ignore_nulls"),
    exp.Nullif: _nullif,
    exp.Anonymous: _anonymous,
}
