"""A step and the columns in question -> which rows of its sources they were made of.

Room:  compile. Imports tracing.steps. May touch: sqlglot.
In:    Step, columns.  Out: Edges: the source, its columns that matter, and how its rows are found.

A row is behind a value when the value was computed from it: it was added, counted, chosen, joined
for one of its columns. What only decided whether a row exists (a calendar, a filter) is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sqlglot import exp

from retention_pipeline.tracing.steps import Source, Step, aggregates_in, columns_in

_NEIGHBOURS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.PercentRank, exp.CumeDist)
_ENTITY = ("_id", "_hash", "email", "identifier")


class Via(Enum):
    """How a step's rows lead to the rows of a source."""

    ROW = "row"  # the row that it was joined from
    GROUP = "group"  # the rows of its group
    BRANCH = "branch"  # the row of a branch of a union
    NEIGHBOUR = "neighbour"  # the row that lag, lead, first_value or last_value chose
    FRAME = "frame"  # the rows of a window


@dataclass(frozen=True)
class Edge:
    """`columns` of `source` matter. `values`: SQL that is not null (for sums: not 0) where a row
    counts, each with the result that it must equal or '' (minima and maxima)."""

    source: Source
    columns: frozenset[str]
    via: Via
    values: tuple[tuple[str, str], ...] = ()
    window: exp.Window | None = None
    keeps_group: bool = False  # the group itself matters, also one that nothing was brought to


@dataclass
class Followed:
    """The edges of one step. `compares`: its ranks look at rows which are not listed."""

    edges: list[Edge] = field(default_factory=list)
    compares: bool = False


def follow(step: Step, columns: frozenset[str]) -> Followed:
    """The edges out of `columns` of a SELECT; no columns: the rows themselves are counted."""
    wanted = [step.output(column) for column in step.columns if column in columns]
    if step.is_grouped:
        return _grouped(step, wanted)
    return _chosen(step, wanted, is_row=any(name.endswith(_ENTITY) for name in columns))


def _edge_columns(source: Source, nodes: Iterable[exp.Expr]) -> frozenset[str]:
    found = (pair for node in nodes for pair in columns_in(node))
    return frozenset(column for alias, column in found if alias == source.alias)


def _named(sources: Iterable[Source], nodes: Iterable[exp.Expr]) -> list[Source]:
    aliases = {alias for node in nodes for alias, _ in columns_in(node)}
    return [source for source in sources if source.relation and source.alias in aliases]


def _counted(step: Step) -> list[Source]:
    """The sources whose rows are counted by count(*); of a full join whichever has a row."""
    known = [source for source in step.sources if source.relation]
    return [source for source in known if source.is_inner] or known


# -- groupings --------------------------------------------------------------------------------
def _grouped(step: Step, wanted: list[exp.Expr]) -> Followed:
    aggregates = [found for node in wanted for found in aggregates_in(node)]
    keys = [node for node in wanted if next(aggregates_in(node), None) is None]
    found = Followed()
    for source in step.sources:
        if source.relation is None:
            continue
        own = [each for each in aggregates if _is_about(source, each, step)]
        in_keys = source in _named(step.sources, keys)
        is_counted = not aggregates and not _named(step.sources, keys) and source in _counted(step)
        if not (own or in_keys or is_counted):
            continue
        values = () if not own else tuple(_value(each) for each in own)
        group = step.group_keys() if not aggregates else []
        columns = _edge_columns(source, [*own, *keys, *group])
        keeps = bool(values) and any(next(columns_in(node), None) for node in keys)
        found.edges.append(Edge(source, columns, Via.GROUP, values, keeps_group=keeps))
    return found


def _is_about(source: Source, aggregate: exp.Expr, step: Step) -> bool:
    named = _named(step.sources, [aggregate])
    inside = [each for each in named if each in _named(step.sources, [_argument(aggregate)])]
    return source in named or (not inside and source in _counted(step))


def _function(aggregate: exp.Expr) -> exp.Expr:
    while isinstance(aggregate, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        aggregate = aggregate.this
    return aggregate


def _argument(aggregate: exp.Expr) -> exp.Expr:
    node = aggregate
    while isinstance(node, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        if isinstance(node, exp.WithinGroup):
            inside: exp.Expr = node.expression
            return inside
        node = node.this
    argument = node.this
    return argument if isinstance(argument, exp.Expr) else node


def _value(aggregate: exp.Expr) -> tuple[str, str]:
    """(what a row brings, the result that it must equal)."""
    function, result = _function(aggregate), ""
    argument = function.this
    if isinstance(function, (exp.PercentileCont, exp.PercentileDisc)):
        brought = _argument(aggregate).find(exp.Column)
        text = "true" if brought is None else brought.sql(dialect="duckdb")
    elif isinstance(argument, exp.Star) or argument is None:
        text = "true"
    else:
        if isinstance(argument, exp.Distinct):
            argument = argument.expressions[0]
        text = argument.sql(dialect="duckdb")
        if isinstance(function, exp.Sum):
            text = f"nullif({text}, 0)"
        elif isinstance(function, (exp.Min, exp.Max)) and not function.expressions:
            result = function.sql(dialect="duckdb")
    if result and function is not aggregate:
        result = aggregate.sql(dialect="duckdb")
    around = aggregate
    while isinstance(around, (exp.Filter, exp.WithinGroup)):
        if isinstance(around, exp.Filter):
            text = f"case when {around.expression.this.sql(dialect='duckdb')} then {text} end"
        around = around.this
    return text, result


# -- selections -------------------------------------------------------------------------------
def _chosen(step: Step, wanted: list[exp.Expr], *, is_row: bool) -> Followed:
    """`is_row`: an identifier is wanted. It stands for the row, though a join may have brought it."""
    found = Followed()
    windows = [window for node in wanted for window in node.find_all(exp.Window)]
    plain = [_without_windows(node) for node in wanted]
    sources = _named(step.sources, plain) or ([] if windows else _counted(step))
    if is_row:
        sources = list(dict.fromkeys([*sources, *_counted(step)]))
    for source in sources:
        found.edges.append(Edge(source, _edge_columns(source, plain), Via.ROW))
    for window in windows:
        _add_window(found, step, window)
    return found


def _without_windows(node: exp.Expr) -> exp.Expr:
    def cut(part: exp.Expr) -> exp.Expr:
        return exp.null() if isinstance(part, exp.Window) else part

    return node.copy().transform(cut)


def _add_window(found: Followed, step: Step, window: exp.Window) -> None:
    function = _function(window.this)
    partition = [
        part for part in window.args.get("partition_by") or () if isinstance(part, exp.Expr)
    ]
    order = window.args.get("order")
    if isinstance(function, _RANKS):
        nodes = [order] if order is not None else []
        is_own = any(name.endswith(_ENTITY) for part in partition for _, name in columns_in(part))
        found.compares |= not is_own
        via = Via.FRAME if is_own else Via.ROW
        for source in _named(step.sources, nodes):
            columns = _edge_columns(source, nodes)
            found.edges.append(Edge(source, columns, via, (("true", ""),), window))
        return
    nodes = [window.this]
    via = Via.NEIGHBOUR if isinstance(function, _NEIGHBOURS) else Via.FRAME
    value = ("true", "") if via is Via.NEIGHBOUR else _value(window.this)
    if value[1]:
        value = (value[0], window.sql(dialect="duckdb"))
    for source in _named(step.sources, nodes) or _counted(step):
        found.edges.append(Edge(source, _edge_columns(source, nodes), via, (value,), window))
