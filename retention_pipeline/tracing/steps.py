"""One compiled query -> single steps: a selection, a grouping or a union each, in order.

Room:  compile. Imports nothing of ours. May touch: sqlglot.
In:    SQL (DuckDB), the columns of the tables it reads.  Out: Steps; Untraceable with the reason.

`qualify` and `over` are made a selection above, grouped windows a grouping below, `distinct` a
grouping over all columns, so that what is left has one simple rule each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.eliminate_subqueries import eliminate_subqueries
from sqlglot.optimizer.qualify import qualify

KEEP = "__keep"
_LEFT = ("LEFT", "FULL", "RIGHT")
_HIDDEN_SIDE = ("SEMI", "ANTI")
_WRAPPERS = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


class Untraceable(Exception):  # noqa: N818 - an answer, not a fault
    """The query holds something that cannot be walked backwards; the text says what."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table of FROM. `relation`: SQL of a table, or a step's name; None for VALUES and the like.

    `is_inner`: every row of the step has a row of its own of it.
    """

    alias: str
    relation: str | None
    is_inner: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One SELECT over `sources`, or, with `branches`, their union. Names of steps are unique."""

    name: str
    label: str
    columns: tuple[str, ...]
    select: exp.Select | None = None
    sources: tuple[Source, ...] = ()
    branches: tuple[str, ...] = ()

    @property
    def is_grouped(self) -> bool:
        select = self.select
        return select is not None and (
            select.args.get("group") is not None or _has_aggregate(select)
        )

    def output(self, column: str) -> exp.Expr:
        """The expression behind a column of a SELECT."""
        assert self.select is not None
        found: exp.Expr = self.select.expressions[self.columns.index(column)].unalias()
        return found

    def group_keys(self) -> list[exp.Expr]:
        """What a grouped SELECT groups by."""
        group = self.select.args.get("group") if self.select is not None else None
        return list(group.expressions) if group is not None else []


def columns_in(node: exp.Expr) -> Iterator[tuple[str, str]]:
    """(alias, column) of every column that an expression names."""
    for column in node.find_all(exp.Column):
        yield column.table, column.name


def is_window_function(node: exp.Expr) -> bool:
    """True for the function of `function over (...)`."""
    around = node.parent
    while isinstance(around, _WRAPPERS):
        around = around.parent
    return isinstance(around, exp.Window)


def aggregates_in(node: exp.Expr) -> Iterator[exp.Expr]:
    """Aggregates that are no windows; with their FILTER where they have one."""
    for found in node.find_all(exp.AggFunc):
        around = found.find_ancestor(exp.AggFunc)
        if is_window_function(found) or (around is not None and not is_window_function(around)):
            continue
        outer: exp.Expr = found
        while isinstance(outer.parent, _WRAPPERS):
            outer = outer.parent
        yield outer


def _has_aggregate(select: exp.Select) -> bool:
    return any(next(aggregates_in(each), None) is not None for each in select.expressions)


def read_steps(
    sql: str, model: str, schema: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> list[Step]:
    """The steps of a query; the last one is its result."""
    try:
        tree = qualify(
            sqlglot.parse_one(sql, dialect="duckdb"),
            schema=cast("dict[str, object]", schema),
            dialect="duckdb",
            validate_qualify_columns=False,
        )
        tree = eliminate_subqueries(tree)
    except (SqlglotError, RecursionError, AttributeError) as error:
        raise Untraceable(str(error).split("\n")[0]) from None
    return _Reader(model).read(tree)


class _Reader:
    """Collects the steps of one query; used once."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.steps: dict[str, Step] = {}
        self.meanings: dict[str, str] = {}  # CTE -> the step or the table that it is

    def read(self, tree: exp.Expr) -> list[Step]:
        with_ = tree.args.get("with_")
        if with_ is not None:
            if with_.recursive:
                raise Untraceable("a recursive query")
            for cte in with_.expressions:
                self.meanings[cte.alias] = self._query(cte.this, cte.alias, may_alias=True)
            tree.set("with_", None)
        last = self._query(tree, "", may_alias=False)
        return [*(step for name, step in self.steps.items() if name != last), self.steps[last]]

    def _query(
        self, node: exp.Expr, label: str, *, may_alias: bool, names: tuple[str, ...] = ()
    ) -> str:
        while isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            node = node.this
        if node.args.get("limit") or node.args.get("offset"):
            raise Untraceable("LIMIT")
        if isinstance(node, exp.Union):
            return self._union(node, label)
        if not isinstance(node, exp.Select):
            raise Untraceable(type(node).__name__.upper())
        for each, name in zip(node.expressions, names, strict=False):
            each.replace(exp.alias_(each.unalias().copy(), name, quoted=True))
        if may_alias and (plain := self._plain(node)):
            return plain
        return self._select(node, label)

    def _plain(self, node: exp.Select) -> str | None:
        """The table that an import CTE is: `select columns from table`, nothing else."""
        parts = {key for key, value in node.args.items() if value} - {"kind", "hint"}
        if parts != {"expressions", "from_"}:
            return None
        table = node.args["from_"].this
        same = all(
            isinstance(each.unalias(), exp.Column) and each.unalias().name == each.alias_or_name
            for each in node.expressions
        )
        if not same or not isinstance(table, exp.Table) or isinstance(table.this, exp.Func):
            return None
        return self._relation(table)

    def _relation(self, table: exp.Table) -> str:
        if not table.db:
            if table.name not in self.meanings:
                raise Untraceable(f"the table {table.name} is not known")
            return self.meanings[table.name]
        return exp.table_(table.name, db=table.db, quoted=True).sql(dialect="duckdb")

    # -- unions -------------------------------------------------------------------------------
    def _union(self, node: exp.Union, label: str) -> str:
        is_distinct = bool(node.args.get("distinct"))
        first, *others = _branches(node, is_distinct)
        names = [self._query(first, label, may_alias=False)]
        columns = self.steps[names[0]].columns
        names += [self._query(each, label, may_alias=False, names=columns) for each in others]
        made = self._add(label, columns, branches=tuple(names))
        return self._distinct(made, columns, label) if is_distinct else made

    def _distinct(self, below: str, columns: tuple[str, ...], label: str) -> str:
        keys = [exp.column(name, table="d", quoted=True) for name in columns]
        select = exp.select(*(exp.alias_(k, k.name, quoted=True) for k in keys))
        select = select.from_(exp.table_(below, quoted=True, alias="d")).group_by(*keys)
        return self._add(label, columns, select=select, sources=(Source("d", below, True),))

    # -- selects ------------------------------------------------------------------------------
    def _select(self, node: exp.Select, label: str) -> str:
        _expand_windows(node)
        columns = tuple(each.alias_or_name for each in node.expressions)
        if len(set(columns)) != len(columns):
            raise Untraceable("two columns of one name")
        if node.args.get("distinct"):
            if node.args["distinct"].args.get("on"):
                raise Untraceable("DISTINCT ON")
            node.set("distinct", None)
            return self._distinct(self._select(node, label), columns, label)
        if node.args.get("qualify"):
            return self._qualify(node, columns, label)
        is_grouped = node.args.get("group") is not None or _has_aggregate(node)
        if is_grouped and any(each.find(exp.Window) for each in node.expressions):
            return self._grouped_windows(node, label)
        node.set("order", None)
        return self._add(label, columns, select=node, sources=self._sources(node))

    def _qualify(self, node: exp.Select, columns: tuple[str, ...], label: str) -> str:
        condition = node.args["qualify"].this
        node.set("qualify", None)
        made = {each.alias_or_name: each.unalias() for each in node.expressions}
        for column in list(condition.find_all(exp.Column)):
            if not column.table and column.name in made:
                new = exp.paren(made[column.name].copy())
                if column is condition:
                    condition = new
                column.replace(new)
        node.append("expressions", exp.alias_(condition, KEEP, quoted=True))
        below = self._select(node, label)
        select = exp.select(
            *(exp.alias_(exp.column(c, table="q", quoted=True), c, quoted=True) for c in columns)
        )
        select = select.from_(exp.table_(below, quoted=True, alias="q"))
        select = select.where(exp.column(KEEP, table="q", quoted=True))
        return self._add(label, columns, select=select, sources=(Source("q", below, True),))

    def _grouped_windows(self, node: exp.Select, label: str) -> str:
        """The grouping below, with a column for each key and aggregate, and the windows above."""
        group = node.args.get("group")
        parts: dict[str, exp.Expr] = {}
        texts: dict[str, str] = {}

        def named(part: exp.Expr) -> exp.Expr:
            text = part.sql(dialect="duckdb")
            if text not in texts:
                texts[text] = f"part_{len(texts)}"
                parts[texts[text]] = part.copy()
            return exp.column(texts[text], table="g", quoted=True)

        keys = list(group.expressions) if group is not None else []
        for key in keys:
            named(key)
        known = {key.sql(dialect="duckdb") for key in keys}

        def lift(part: exp.Expr) -> exp.Expr:
            if part.sql(dialect="duckdb") in known or _is_aggregate_top(part):
                return named(part)
            return part

        outputs = [each.copy().transform(lift, copy=False) for each in node.expressions]
        for each in outputs:
            if any(column.table != "g" for column in each.find_all(exp.Column)):
                raise Untraceable("a window over what is not grouped")
        inner = node.copy()
        inner.set("expressions", [exp.alias_(p, n, quoted=True) for n, p in parts.items()])
        inner.set("order", None)
        below = self._add(label, tuple(parts), select=inner, sources=self._sources(inner))
        select = exp.select(*outputs).from_(exp.table_(below, quoted=True, alias="g"))
        columns = tuple(each.alias_or_name for each in node.expressions)
        return self._add(label, columns, select=select, sources=(Source("g", below, True),))

    def _sources(self, node: exp.Select) -> tuple[Source, ...]:
        from_ = node.args.get("from_")
        if from_ is None:
            return ()
        joins = node.args.get("joins") or []
        sides = [str(join.args.get("side") or "").upper() for join in joins]
        found = [self._source(from_.this, not {"RIGHT", "FULL"} & set(sides))]
        for join, side in zip(joins, sides, strict=True):
            if str(join.args.get("kind") or "").upper() in _HIDDEN_SIDE:
                self._mean_inside(join)
            else:
                found.append(self._source(join.this, side not in _LEFT))
        for key, part in node.args.items():
            if key not in ("from_", "joins"):
                for each in part if isinstance(part, list) else [part]:
                    if isinstance(each, exp.Expr):
                        self._mean_inside(each)
        for join in joins:
            if isinstance(join.args.get("on"), exp.Expr):
                self._mean_inside(join.args["on"])
        return tuple(found)

    def _source(self, node: exp.Expr, is_inner: bool) -> Source:
        alias = node.alias_or_name
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Func):
            if node.args.get("joins"):
                raise Untraceable("joins in brackets")
            relation = self._relation(node)
            node.set("db", None)
            node.set("this", exp.to_identifier(relation, quoted=True))  # `script` puts the table in
            node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
            return Source(alias, relation, is_inner and not self._is_single(relation))
        self._mean_inside(node)
        return Source(alias, None, is_inner)

    def _is_single(self, relation: str) -> bool:
        """One row about everything (a total, the first month): no row is made of it."""
        step = self.steps.get(relation)
        return step is not None and step.is_grouped and not step.group_keys()

    def _mean_inside(self, node: exp.Expr) -> None:
        """CTEs named inside an expression, a subquery or a hidden side of a join."""
        for table in list(node.find_all(exp.Table)):
            if not table.db and not isinstance(table.this, exp.Func) and table.name:
                if table.name in self.steps:
                    continue
                alias = table.alias_or_name
                relation = self._relation(table)
                table.set("this", exp.to_identifier(relation, quoted=True))
                table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))

    def _add(
        self,
        label: str,
        columns: tuple[str, ...],
        *,
        select: exp.Select | None = None,
        sources: tuple[Source, ...] = (),
        branches: tuple[str, ...] = (),
    ) -> str:
        base = f"{self.model}__{re.sub(r'[^a-z0-9_]+', '_', (label or 'result').lower())}"
        name, number = base, 1
        while name in self.steps:
            number += 1
            name = f"{base}_{number}"
        self.steps[name] = Step(name, label or "result", columns, select, sources, branches)
        return name


def _branches(node: exp.Expr, is_distinct: bool) -> list[exp.Expr]:
    if isinstance(node, exp.Union) and bool(node.args.get("distinct")) == is_distinct:
        return [*_branches(node.left, is_distinct), *_branches(node.right, is_distinct)]
    return [node]


def _is_aggregate_top(node: exp.Expr) -> bool:
    return any(found is node for found in aggregates_in(node))


def _expand_windows(select: exp.Select) -> None:
    """Write named windows where they are used."""
    named = {each.name: each for each in select.args.get("windows") or ()}
    select.set("windows", None)
    for window in select.find_all(exp.Window) if named else ():
        alias = window.args.get("alias")
        if alias is not None and alias.name in named:
            known = named[alias.name]
            for key in ("partition_by", "order", "spec"):
                if known.args.get(key) and not window.args.get(key):
                    value = known.args[key]
                    copied = [v.copy() for v in value] if isinstance(value, list) else value.copy()
                    window.set(key, copied)
            window.set("alias", None)
