"""Aggregates and windows.

Room:  compile. May touch: sqlglot. Imports kinds, numbers, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind
from retention_pipeline.engines.spark.rewrites.numbers import as_double, numbers_only
from retention_pipeline.engines.spark.walk import (
    Rule,
    Rules,
    Walk,
    bare,
    call,
    cast,
    name_of,
    number,
    rebuilt,
    same,
    text,
)


def _count(node: exp.Count, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "big_int")
    inner = node.this
    several = isinstance(inner, exp.Distinct) and (
        len(inner.expressions) != 1 or isinstance(inner.expressions[0], exp.Tuple)
    )
    if several:
        raise walk.refused(
            node, "count(distinct) of several", "count them in a CTE of distinct rows"
        )
    return exp.Count(this=walk.go(inner) if inner else exp.Star(), big_int=True)


def _summed(node: exp.Sum, walk: Walk) -> exp.Expr:
    """A sum of integers is a HUGEINT in DuckDB, a BIGINT in Spark: an overflow is an error."""
    walk.only(node, "this")
    inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if walk.kind(inner) is Kind.BOOLEAN and inner is node.this:
        return exp.Sum(this=cast(walk.go(inner), "int"))
    numbers_only(node, [inner], walk)
    return rebuilt(node, walk)


def _counted_if(node: exp.CountIf, walk: Walk) -> exp.Expr:
    """count_if(x) is a sum in DuckDB: NULL where no x is known."""
    walk.only(node, "this")
    if walk.kind(node.this) is not Kind.BOOLEAN:
        raise walk.refused(node, "count_if() of no boolean", "compare it")
    return exp.Sum(this=cast(walk.go(node.this), "int"))


def _average(node: exp.Avg, walk: Walk) -> exp.Expr:
    """DuckDB's average is a double; of exact numbers it is the exact sum, divided once."""
    walk.only(node, "this")
    (kind,) = numbers_only(node, [node.this], walk)
    if kind is Kind.DOUBLE:
        return exp.Avg(this=walk.go(node.this))
    if isinstance(node.parent, (exp.Window, exp.Filter)):
        raise walk.refused(node, f"avg() over of {kind.value}", "avg(cast(x as double))")
    done = walk.go(node.this)
    total, counted = cast(exp.Sum(this=done), "double"), exp.Count(this=done.copy())
    below = call("nullif", counted, number(0))
    return exp.Paren(this=exp.Div(this=total, expression=below))


def _quantile(node: exp.Expr, walk: Walk) -> exp.Expr:
    """quantile_cont(x, p) and median(x): linear between neighbours, on both. Of decimals it is one."""
    walk.only(node, "this", "expression")
    if Kind.DECIMAL in numbers_only(node, [node.this], walk):
        raise walk.refused(
            node, "a quantile of decimals", "percentile_of(x, 0.9), or cast to double"
        )
    share = bare(node.expression) if node.args.get("expression") else number("0.5")
    if not isinstance(share, exp.Literal):
        raise walk.refused(node, "a quantile that is no literal", "percentile_of(x, 0.9)")
    return call("percentile", as_double(node.this, walk), number(share.name))


def _listed(node: exp.GroupConcat, walk: Walk) -> exp.Expr:
    """string_agg(x, ', ' order by k): the order must be said."""
    walk.only(node, "this", "separator")
    ordered = node.this
    if not isinstance(ordered, exp.Order):
        raise walk.refused(node, "string_agg() without an order", "string_agg(x, ',' order by k)")
    separator = node.args.get("separator") or text(",")
    if not isinstance(separator, exp.Literal):
        raise walk.refused(node, "a separator that is no literal", "string_agg(x, ',' order by k)")
    if walk.kind(ordered.this) is not Kind.TEXT:
        raise walk.refused(node, "string_agg() of no text", "cast it to varchar")
    order = exp.Order(expressions=walk.all(ordered.expressions))
    inner = call("listagg", walk.go(ordered.this), text(separator.name))
    return exp.WithinGroup(this=inner, expression=order)


def _of_booleans(name: str) -> Rule:
    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this")
        if walk.kind(node.this) not in (Kind.BOOLEAN, Kind.NULL):
            raise walk.refused(node, f"{name}() of no boolean", "compare it")
        return call(name, walk.go(node.this))

    return rule


def _deviation(name: str) -> Rule:
    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this")
        numbers_only(node, [node.this], walk)
        return call(name, as_double(node.this, walk))

    return rule


def _window(node: exp.Window, walk: Walk) -> exp.Expr:
    """A window with what its name stands for: WINDOW clauses are written out."""
    walk.only(node, "this", "partition_by", "order", "spec", "alias", "over", "first")
    args = _written_out(node, walk)
    function = bare(node.this)
    inner = function.this if isinstance(function, exp.IgnoreNulls) else function
    if isinstance(inner, exp.Filter):
        raise walk.refused(
            node, "a filter over a window", "sum(case when ... then x end) over (...)"
        )
    if isinstance(inner, exp.RowNumber) and not args.get("order"):
        raise walk.refused(node, "row_number() without an order", "order by a unique key")
    if isinstance(inner, exp.Count) and isinstance(inner.this, exp.Distinct):
        raise walk.refused(node, "count(distinct) over a window", "count it in a CTE")
    spec = args.get("spec")
    return exp.Window(
        this=walk.go(node.this),
        partition_by=walk.all(args.get("partition_by") or []),
        order=walk.go(args["order"]) if args.get("order") else None,
        spec=walk.go(spec) if spec else None,
        over="OVER",
    )


def _written_out(node: exp.Window, walk: Walk) -> dict[str, Any]:
    args = {name: node.args.get(name) for name in ("partition_by", "order", "spec")}
    name = node.args.get("alias")
    if name is None:
        return args
    select = node.find_ancestor(exp.Select)
    named = select.args.get("windows") or [] if select else []
    for window in named:
        if window.name.lower() == name.name.lower():
            base = _written_out(window, walk)
            return {key: value or base[key] for key, value in args.items()}
    raise walk.refused(node, f"the window {name.name} is not defined", "window w as (...)")


def _frame(node: exp.WindowSpec, walk: Walk) -> exp.Expr:
    """rows between ...; range only over numbers or without an offset."""
    walk.only(node, "kind", "start", "start_side", "end", "end_side")
    ends = []
    for name in ("start", "end"):
        end = node.args.get(name)
        if isinstance(end, exp.Expr):
            if not isinstance(bare(end), exp.Literal):
                raise walk.refused(node, "a frame of something else than a number", "rows between")
            end = walk.go(end)
        ends.append(end)
    kind = str(node.args.get("kind") or "ROWS").upper()
    if kind not in ("ROWS", "RANGE"):
        raise walk.refused(node, f"a frame of {kind.lower()}", "rows between")
    return exp.WindowSpec(
        kind=kind,
        start=ends[0],
        start_side=node.args.get("start_side"),
        end=ends[1],
        end_side=node.args.get("end_side"),
    )


def _neighbour(node: exp.Expr, walk: Walk) -> exp.Expr:
    """lag, lead: the value that stands in for none is of the same family."""
    walk.only(node, "this", "offset", "default")
    default = node.args.get("default")
    if default is not None:
        walk.one_family(node, [node.this, default])
    given = [node.this, node.args.get("offset") or number(1), *([default] if default else [])]
    return call(name_of(node), *(walk.go(each) for each in given))


def _ignoring(node: exp.IgnoreNulls, walk: Walk) -> exp.Expr:
    walk.only(node, "this")
    if not isinstance(node.this, (exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead)):
        raise walk.refused(node, "ignore nulls of another function", "first_value or last_value")
    return exp.IgnoreNulls(this=walk.go(node.this))


def _named(name: str) -> Rule:
    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this")
        return call(name, *([walk.go(node.this)] if node.this else []))

    return rule


def _ranked(name: str) -> Rule:
    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node)
        return call(name)

    return rule


def _tiles(node: exp.Ntile, walk: Walk) -> exp.Expr:
    walk.only(node, "this")
    return call("ntile", walk.go(node.this))


RULES: Rules = {
    exp.Count: _count,
    exp.CountIf: _counted_if,
    exp.Sum: _summed,
    exp.Avg: _average,
    exp.Min: same("this"),
    exp.Max: same("this"),
    exp.Median: _quantile,
    exp.PercentileCont: _quantile,
    exp.GroupConcat: _listed,
    exp.LogicalOr: _of_booleans("bool_or"),
    exp.LogicalAnd: _of_booleans("bool_and"),
    exp.Stddev: _deviation("stddev_samp"),
    exp.StddevSamp: _deviation("stddev_samp"),
    exp.StddevPop: _deviation("stddev_pop"),
    exp.Variance: _deviation("var_samp"),
    exp.VariancePop: _deviation("var_pop"),
    exp.Filter: same("this", "expression"),
    exp.Distinct: same("expressions"),
    exp.Window: _window,
    exp.WindowSpec: _frame,
    exp.IgnoreNulls: _ignoring,
    exp.FirstValue: _named("first_value"),
    exp.LastValue: _named("last_value"),
    exp.Lag: _neighbour,
    exp.Lead: _neighbour,
    exp.RowNumber: _ranked("row_number"),
    exp.Rank: _ranked("rank"),
    exp.DenseRank: _ranked("dense_rank"),
    exp.PercentRank: _ranked("percent_rank"),
    exp.CumeDist: _ranked("cume_dist"),
    exp.Ntile: _tiles,
}
