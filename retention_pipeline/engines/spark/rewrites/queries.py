"""Queries: selects, joins, unions, CTEs, values.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES; marked and names_of, which name the relations read.
"""

from __future__ import annotations

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind
from retention_pipeline.engines.spark.walk import Rules, Walk, bare, rebuilt, same

OPEN, CLOSE = "\ue000", "\ue001"  # private use: no SQL holds them
_KEEP = "_keep"
_SELECT = (
    *("expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit"),
    *("distinct", "with_", "windows", "offset"),
)


def _select(node: exp.Select, walk: Walk) -> exp.Expr:
    walk.only(node, *_SELECT)
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise walk.refused(node, "distinct on", "qualify row_number() over (...) = 1")
    limit = node.args.get("limit")
    if limit is not None and not node.args.get("order") and not _is_zero(limit):
        raise walk.refused(node, "limit without an order", "order by a unique key")
    if node.args.get("qualify"):
        return _qualified(node, walk)
    return rebuilt(node, walk, windows=None, distinct=exp.Distinct() if distinct else None)


def _is_zero(limit: exp.Expr) -> bool:
    """No rows are the same rows in any order."""
    count = limit.args.get("expression")
    return isinstance(count, exp.Literal) and count.name == "0"


def _qualified(node: exp.Select, walk: Walk) -> exp.Expr:
    """QUALIFY: the condition as one more column of the select, and a select around it.

    What is selected is named by then, so the outer select needs nothing of what is inside.
    """
    for clause in ("order", "limit", "offset"):
        if node.args.get(clause):
            raise walk.refused(
                node, f"qualify with {clause}", "order the rows in a query around it"
            )
    keep = exp.alias_(exp.Paren(this=walk.go(node.args["qualify"].this)), _KEEP, quoted=True)
    inner = rebuilt(node, walk, windows=None, qualify=None, distinct=None, with_=None)
    inner.set("expressions", [*inner.expressions, keep])
    outer = [
        exp.column(exp.to_identifier(each.alias_or_name, quoted=True)) for each in node.selects
    ]
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("_qualified")))
    with_ = node.args.get("with_")
    return exp.Select(
        expressions=outer,
        from_=exp.From(this=source),
        where=exp.Where(this=exp.column(exp.to_identifier(_KEEP, quoted=True))),
        distinct=exp.Distinct() if node.args.get("distinct") else None,
        with_=walk.go(with_) if with_ else None,
    )


def _group(node: exp.Group, walk: Walk) -> exp.Expr:
    """GROUP BY, `all` written out: what is selected and holds no aggregate."""
    walk.only(node, "expressions", "grouping_sets", "rollup", "cube", "all")
    select = node.parent
    if not node.args.get("all") or not isinstance(select, exp.Select):
        return rebuilt(node, walk)
    keys = [each.unalias() for each in select.selects if not _has_aggregate(each)]
    return exp.Group(expressions=walk.all([key for key in keys if not _is_constant(key)]))


def _has_aggregate(node: exp.Expr) -> bool:
    return any(
        isinstance(each, exp.AggFunc) and not isinstance(each.parent, exp.Window)
        for each in node.find_all(exp.AggFunc)
    )


def _is_constant(node: exp.Expr) -> bool:
    """A literal as a key would be the number of a column."""
    return isinstance(bare(node), (exp.Literal, exp.Null, exp.Boolean))


def _table(node: exp.Table, walk: Walk) -> exp.Expr:
    """A relation by a mark that stands for whatever its version is called, or a CTE."""
    walk.only(node, "this", "db", "alias")
    if not isinstance(node.this, exp.Identifier):
        raise walk.refused(node, "a table function", "date_spine() for days; a source for files")
    alias = walk.go(node.args["alias"]) if node.args.get("alias") else None
    name = f"{OPEN}{node.db}.{node.name}{CLOSE}" if node.db else node.name
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias)


def _join(node: exp.Join, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "kind", "side", "on")
    kind, side = str(node.args.get("kind") or "").upper(), str(node.args.get("side") or "").upper()
    if kind not in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"):
        raise walk.refused(node, f"a join of kind {kind.lower()}", "inner, left, full, semi, anti")
    if not isinstance(node.this, (exp.Table, exp.Subquery, exp.Values)):
        raise walk.refused(node, "a lateral join", "a join, or row_number() over the joined rows")
    return rebuilt(node, walk, side="LEFT" if kind in ("SEMI", "ANTI") else side)


def _set_operation(node: exp.SetOperation, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression", "distinct", "with_", "order", "limit")
    left, right = node.left, node.right
    if not isinstance(left, exp.Query) or not isinstance(right, exp.Query):
        raise walk.refused(node, "a union of something else than queries", "select ... union all")
    if len(left.selects) != len(right.selects):
        raise walk.refused(node, "a union of different numbers of columns", "name them")
    for one, other in zip(left.selects, right.selects, strict=True):
        walk.one_family(node, [one.unalias(), other.unalias()])
    return rebuilt(node, walk)


def _values(node: exp.Values, walk: Walk) -> exp.Expr:
    """(values (...), ...) as t(a, b): each column of one family."""
    walk.only(node, "expressions", "alias")
    rows = [row.expressions for row in node.expressions]
    for column in zip(*rows, strict=True):
        walk.one_family(node, [each for each in column if walk.kind(each) is not Kind.NULL])
    return rebuilt(node, walk)


def _with(node: exp.With, walk: Walk) -> exp.Expr:
    walk.only(node, "expressions", "recursive")
    return rebuilt(node, walk)


RULES: Rules = {
    exp.Select: _select,
    exp.Union: _set_operation,
    exp.Except: _set_operation,
    exp.Intersect: _set_operation,
    exp.Subquery: same("this", "alias", "with_"),
    exp.With: _with,
    exp.CTE: same("this", "alias"),
    exp.TableAlias: same("this", "columns"),
    exp.Table: _table,
    exp.From: same("this"),
    exp.Join: _join,
    exp.Where: same("this"),
    exp.Having: same("this"),
    exp.Group: _group,
    exp.GroupingSets: same("expressions"),
    exp.Rollup: same("expressions"),
    exp.Cube: same("expressions"),
    exp.Order: same("expressions"),
    exp.Ordered: same("this", "desc", "nulls_first"),
    exp.Limit: same("expression"),
    exp.Offset: same("expression"),
    exp.Alias: same("this", "alias"),
    exp.Tuple: same("expressions"),
    exp.Values: _values,
}
