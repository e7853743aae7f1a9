"""Recursion with a bound, written out: Spark allows no window in it, and Sail no recursion.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    a tree, qualified and annotated.  Out: the tree with `r_0`, `r_1`, ... instead of a recursive `r`.

The bound is proven, not guessed: a column that is 0 at the start, one more in each step, and compared
with a number in the step's WHERE. What has no such column stays a recursion.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind, kind_of
from retention_pipeline.engines.spark.walk import Refused, bare, line_of

_MOST = 64


def unrolled(tree: exp.Expr) -> exp.Expr:
    """The tree without the recursions that have a bound; changes it in place."""
    for with_ in list(tree.find_all(exp.With)):
        if with_.args.get("recursive"):
            written = [part for cte in with_.expressions for part in _written(cte)]
            is_left = any(_reads_itself(cte) for cte in written)
            with_.set("expressions", written)
            with_.set("recursive", is_left)
    return tree


def _reads_itself(cte: exp.CTE) -> bool:
    return any(not t.db and t.name == cte.alias for t in cte.this.find_all(exp.Table))


def _written(cte: exp.CTE) -> Iterator[exp.CTE]:
    """The CTE, or one CTE a step and their union under its name."""
    union = cte.this
    bound = _bound(cte) if _reads_itself(cte) and isinstance(union, exp.Union) else None
    if bound is None:
        yield cte
        return
    _check_types(union)
    name, names = cte.alias, [each.alias_or_name for each in union.selects]
    types = [each.unalias().type for each in union.left.selects]
    yield _named(_numbered(name, 0), union.left.copy())
    for step in range(1, bound + 1):
        query = union.right.copy()
        for table in query.find_all(exp.Table):
            if not table.db and table.name == name:
                table.set("this", exp.to_identifier(_numbered(name, step - 1)))
        for each, called in zip(query.selects, names, strict=True):
            if each.alias_or_name != called:
                each.replace(exp.alias_(each.unalias().copy(), called))
        yield _named(_numbered(name, step), query)
    yield _named(name, _all(name, names, types, bound))


def _numbered(name: str, step: int) -> str:
    return f"{name}__{step}"


def _named(name: str, query: exp.Expr) -> exp.CTE:
    return exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))


def _all(name: str, columns: list[str], types: list[exp.DataType | None], bound: int) -> exp.Expr:
    """union all of the steps."""
    whole: exp.Expr | None = None
    for step in range(bound + 1):
        table = _numbered(name, step)
        source = exp.Table(
            this=exp.to_identifier(table), alias=exp.TableAlias(this=exp.to_identifier(table))
        )
        selected = [exp.alias_(exp.column(c, table=table), c) for c in columns]
        for each, kind in zip(selected, types, strict=True):
            each.this.type = kind
        part = exp.Select(expressions=selected, from_=exp.From(this=source))
        whole = part if whole is None else exp.Union(this=whole, expression=part, distinct=False)
    assert whole is not None
    return whole


def _bound(cte: exp.CTE) -> int | None:
    """How many steps there can be; None when the SQL does not say it."""
    union = cte.this
    start, step = union.left, union.right
    is_plain = not union.args.get("distinct") and not cte.args["alias"].args.get("columns")
    if not is_plain or not isinstance(start, exp.Select) or not isinstance(step, exp.Select):
        return None
    read = [t for t in step.find_all(exp.Table) if not t.db and t.name == cte.alias]
    if len(read) != 1:
        return None
    for index, first in enumerate(start.selects):
        value = bare(first.unalias())
        if not isinstance(value, exp.Literal) or not value.name.isdigit():
            continue
        column = first.alias_or_name
        if not _is_one_more(step.selects[index].unalias(), column):
            continue
        if not _is_passed_on(step, column):
            continue
        limits = list(_limits(read[0], column))
        if limits and 0 < min(limits) - int(value.name) <= _MOST:
            return min(limits) - int(value.name)
    return None


def _is_passed_on(step: exp.Select, column: str) -> bool:
    """True when no query inside the step makes something else of the column."""
    inner = [
        each
        for select in step.find_all(exp.Select)
        if select is not step
        for each in select.selects
    ]
    same_name = [each.unalias() for each in inner if each.alias_or_name == column]
    return all(isinstance(each, exp.Column) and each.name == column for each in same_name)


def _is_one_more(node: exp.Expr, column: str) -> bool:
    node = bare(node)
    return (
        isinstance(node, exp.Add)
        and isinstance(node.this, exp.Column)
        and node.this.name == column
        and isinstance(node.expression, exp.Literal)
        and node.expression.name == "1"
    )


def _limits(read: exp.Table, column: str) -> Iterator[int]:
    """The numbers that the column stays below, in the WHERE of the query that reads the step before."""
    select = read.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None:
        return
    condition = bare(where.this)
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        each = bare(part)
        if not isinstance(each, (exp.LT, exp.LTE)) or not isinstance(each.this, exp.Column):
            continue
        is_its_own = each.this.name == column and each.this.table == read.alias_or_name
        limit = each.expression
        if is_its_own and isinstance(limit, exp.Literal) and limit.name.isdigit():
            yield int(limit.name) + isinstance(each, exp.LTE)


def _check_types(union: exp.Union) -> None:
    """DuckDB casts every step to the types of the start; written out nobody does."""
    for first, other in zip(union.left.selects, union.right.selects, strict=True):
        kinds = kind_of(first.unalias()), kind_of(other.unalias())
        same = first.type == other.type or Kind.DECIMAL not in kinds
        if kinds[0] is not kinds[1] or not same or Kind.UNKNOWN in kinds:
            raise Refused(
                f"recursion changes the type of {first.alias_or_name}",
                "cast it to one type in both parts",
                line_of(first),
            )
