"""The statements that make a step's rows, each with where it came from, and that walk back.

Room:  compile. Imports tracing.follow, tracing.steps. May touch: sqlglot.
In:    Step, Followed.  Out: SQL (DuckDB).

A step is made as a table that has, beside its columns, the rowid of each source (`__row_0`) and
what its windows and groups need. A source's table is said by `at`: relation -> SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from sqlglot import exp

from retention_pipeline.quoting import quote
from retention_pipeline.tracing.follow import Edge, Followed, Via
from retention_pipeline.tracing.steps import Source, Step

At: TypeAlias = Callable[[str, str], str]
"""(relation, alias) -> the SQL of a table or a subquery; alias '' inside an expression."""

_BRANCH, _ROW = "__branch", "__row"


def made(step: Step, followed: Followed, at: At) -> str:
    """The query of a step with all that is needed to walk back."""
    if step.branches:
        return _made_union(step, at)
    assert step.select is not None
    select = step.select.copy()
    for name, node in _hidden(step, followed):
        select.append("expressions", exp.alias_(node, name, quoted=True))
    return _placed(select, step, at)


def _made_union(step: Step, at: At) -> str:
    names = ", ".join(quote(name) for name in step.columns)
    return "\nunion all\n".join(
        f"select {names}, {number} as {_BRANCH}, rowid as {_ROW} from {at(branch, '')}"
        for number, branch in enumerate(step.branches)
    )


def identity(step: Step) -> list[str]:
    """The hidden columns that say which row of a step this is, whatever its values."""
    if step.branches:
        return [_BRANCH, _ROW]
    if step.is_grouped:
        return [f"__key_{i}" for i in range(len(step.group_keys()))]
    return [row_name(step, source) for source in step.sources if source.relation]


def row_name(step: Step, source: Source) -> str:
    """The hidden column with a source's rowid."""
    return f"__row_{step.sources.index(source)}"


def _hidden(step: Step, followed: Followed) -> Iterator[tuple[str, exp.Expr]]:
    if step.is_grouped:
        yield from _hidden_of_group(step, followed)
        return
    for source in step.sources:
        if source.relation:
            yield row_name(step, source), _rowid(source)
    for e, edge in enumerate(followed.edges):
        if edge.via is Via.NEIGHBOUR:
            yield f"__near_{e}", _neighbour(edge)
        elif edge.via is Via.FRAME:
            yield from _framed(e, edge)


def _hidden_of_group(step: Step, followed: Followed) -> Iterator[tuple[str, exp.Expr]]:
    for i, key in enumerate(step.group_keys()):
        yield f"__key_{i}", key.copy()
    for e, edge in enumerate(followed.edges):
        for v, (_, result) in enumerate(edge.values):
            if result:
                yield f"__res_{e}_{v}", _parsed(result)
        if edge.keeps_group:
            brought = " or ".join(f"({value}) is not null" for value, _ in edge.values)
            yield f"__any_{e}", _parsed(f"count(case when {brought} then 1 end)")


def _rowid(source: Source) -> exp.Expr:
    return exp.column("rowid", table=exp.to_identifier(source.alias, quoted=True))


def _parsed(text: str) -> exp.Expr:
    return exp.maybe_parse(text, dialect="duckdb")


def _neighbour(edge: Edge) -> exp.Expr:
    """lag(x) over (...) of the rowid; where nulls are ignored, of rows that have a value."""
    assert edge.window is not None
    window = edge.window.copy()
    function = window.this
    ignores = isinstance(function, exp.IgnoreNulls)
    while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
        function = function.this
    if function.args.get("default") is not None:
        function.set("default", None)
    argument, row = function.this, _rowid(edge.source)
    if ignores:
        row = exp.case().when(argument.is_(exp.null()).not_(), row)
    argument.replace(row)
    return window


def _framed(e: int, edge: Edge) -> Iterator[tuple[str, exp.Expr]]:
    window = edge.window
    assert window is not None
    for i, part in enumerate(window.args.get("partition_by") or ()):
        yield f"__part_{e}_{i}", part.copy()
    if window.args.get("order") is not None:
        ranked = window.copy()
        ranked.set("this", exp.Anonymous(this="rank"))
        ranked.set("spec", None)
        yield f"__rank_{e}", ranked
    value, result = edge.values[0]
    yield f"__val_{e}", _parsed(value)
    if result:
        yield f"__res_{e}", _parsed(result)


def _placed(select: exp.Select, step: Step, at: At) -> str:
    """The text of a query with its tables where `at` says they are."""
    known = {source.alias for source in step.sources if source.relation}
    tops = set()
    from_ = select.args.get("from_")
    for holder in ([from_] if from_ is not None else []) + list(select.args.get("joins") or ()):
        if isinstance(holder.this, exp.Table):
            tops.add(id(holder.this))
    spots: dict[str, str] = {}
    for table in list(select.find_all(exp.Table)):
        if isinstance(table.this, exp.Func) or not table.name or table.name.startswith("@"):
            continue
        alias = table.alias_or_name if id(table) in tops and table.alias_or_name in known else ""
        spot = f"@{len(spots)}@"
        spots[spot] = at(table.name, alias)
        table.set("this", exp.to_identifier(spot, quoted=True))
    text = select.sql(dialect="duckdb", pretty=True)
    for spot, sql in spots.items():
        text = text.replace(f'"{spot}"', sql)
    return text


# -- backwards --------------------------------------------------------------------------------
def back(
    step: Step, followed: Followed, table: str, need: str, at: At
) -> Iterator[tuple[str, str]]:
    """(relation, query of its rowids) for each edge of a SELECT. `need`: table of the step's ids."""
    chosen = f"from {table} as o where o.rowid in (select id from {need})"
    for e, edge in enumerate(followed.edges):
        assert edge.source.relation is not None
        if edge.via is Via.GROUP:
            yield edge.source.relation, _back_group(step, e, edge, table, need, at)
            continue
        own = row_name(step, edge.source)
        if edge.via is Via.FRAME:
            yield edge.source.relation, _back_frame(e, edge, own, table, chosen)
        near = f"__near_{e}" if edge.via is Via.NEIGHBOUR else own
        yield (
            edge.source.relation,
            f"select o.{near} as id {chosen} and o.{near} is not null",
        )
        if edge.via is Via.NEIGHBOUR:
            yield edge.source.relation, f"select o.{own} as id {chosen} and o.{own} is not null"


def back_branches(step: Step, table: str, need: str) -> Iterator[tuple[str, str]]:
    """The same for a union."""
    for number, branch in enumerate(step.branches):
        yield (
            branch,
            f"select o.{_ROW} as id from {table} as o"
            f" where o.rowid in (select id from {need}) and o.{_BRANCH} = {number}",
        )


def _back_group(step: Step, e: int, edge: Edge, table: str, need: str, at: At) -> str:
    assert step.select is not None
    select = step.select.copy()
    for part in ("group", "having", "order", "distinct"):
        select.set(part, None)
    select.set("expressions", [exp.alias_(_rowid(edge.source), "id", quoted=True)])
    select.set("distinct", exp.Distinct())
    on = [
        f"{_text(key)} is not distinct from o.__key_{i}" for i, key in enumerate(step.group_keys())
    ]
    counts = []
    for v, (value, result) in enumerate(edge.values):
        same = f" and ({value}) is not distinct from o.__res_{e}_{v}" if result else ""
        counts.append(f"(({value}) is not null{same})")
    if edge.keeps_group:
        counts.append(f"o.__any_{e} = 0")
    if counts:
        on.append(f"({' or '.join(counts)})")
    select = select.join(
        _needed(),
        on=_parsed(" and ".join(on) or "true"),
        join_type="inner",
    )
    select = select.where(_parsed(f"{_text(_rowid(edge.source))} is not null"))
    text = _placed(select, step, at)
    return text.replace(
        '"@needed@"',
        f"(select * from {table} where rowid in (select id from {need}))",
    )


def _needed() -> exp.Table:
    alias = exp.TableAlias(this=exp.to_identifier("o"))
    return exp.Table(this=exp.to_identifier("@needed@", quoted=True), alias=alias)


def _text(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb")


def _back_frame(e: int, edge: Edge, own: str, table: str, chosen: str) -> str:
    """Rows of the same partition, in the frame, that bring a value."""
    window = edge.window
    assert window is not None
    parts = [f"__part_{e}_{i}" for i, _ in enumerate(window.args.get("partition_by") or ())]
    wanted = [f"o.{part} as {part}" for part in parts]
    on = [f"p.{part} is not distinct from w.{part}" for part in parts]
    group = [f"o.{part}" for part in parts]
    if edge.values[0][1]:
        wanted.append(f"o.__res_{e} as __res")
        group.append(f"o.__res_{e}")
        on.append(f"p.__val_{e} is not distinct from w.__res")
    side = _side(window)
    if side:
        extreme = "max" if side == "<=" else "min"
        wanted.append(f"{extreme}(o.__rank_{e}) as __rank")
        on.append(f"p.__rank_{e} {side} w.__rank")
    else:
        wanted.append("count(*) as rows")
    grouped = f" group by {', '.join(group)}" if group else ""
    return (
        f"select p.{own} as id from {table} as p"
        f" inner join (select {', '.join(wanted)} {chosen}{grouped}) as w on {' and '.join(on) or 'true'}"
        f" where p.{own} is not null and p.__val_{e} is not null"
    )


def _side(window: exp.Window) -> str:
    """'<=' for frames that end at the row, '>=' for those that begin there, '' for both sides."""
    if window.args.get("order") is None:
        return ""
    spec = window.args.get("spec")
    if spec is None:
        return "<="
    start, end = str(spec.args.get("start") or ""), str(spec.args.get("end") or "CURRENT ROW")
    start_side, end_side = spec.args.get("start_side"), spec.args.get("end_side")
    if end == "CURRENT ROW" or end_side == "PRECEDING":
        return "<="
    if start == "CURRENT ROW" or start_side == "FOLLOWING":
        return ">="
    return ""


def either(queries: Iterable[str]) -> str:
    """Ids found on any way, each once."""
    return "select distinct id from (\n" + "\nunion all\n".join(queries) + "\n)"
