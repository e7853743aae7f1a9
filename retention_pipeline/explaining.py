"""One cell of a mart -> the rows behind it, model by model up to the raw tables, each step proven.

Room:  act. Imports compiler, engine, nodes, quoting, tracing.
In:    Compiled, an open working database (nothing is written but temporary tables).
Out:   Explained: counts and rows of every relation on the way, and every statement that was run.

The proof: each step is computed again from the listed rows of the sources that it was followed to.
What then differs from the row in question is named, model by model; nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.quoting import quote
from retention_pipeline.tracing.follow import Followed, follow
from retention_pipeline.tracing.script import back, back_branches, either, identity, made
from retention_pipeline.tracing.steps import Step, Untraceable, read_steps

PEOPLE = ("customer_id", "user_id", "account_id", "entity_id")
_FLOATS = ("DOUBLE", "FLOAT")
_NONE = "select 0 as id where false"


@dataclass(frozen=True, slots=True)
class Behind:
    """Rows of one relation that the cell was made of; `table` holds them while the engine is open."""

    uid: str
    name: str
    kind: str
    rows: int
    columns: tuple[str, ...]  # what of it matters
    table: str
    parents: tuple[str, ...] = ()


@dataclass
class Explained:
    """The way from a cell up. `unproven`: model -> what is not certain about the rows above it."""

    behind: dict[str, Behind] = field(default_factory=dict)
    unproven: dict[str, str] = field(default_factory=dict)
    compared: list[str] = field(default_factory=list)  # models whose ranks look at other rows too
    stopped: list[str] = field(default_factory=list)  # models whose .yml says `explain: stop`
    declared: list[str] = field(default_factory=list)  # columns whose rows the .yml names
    script: list[str] = field(default_factory=list)


@dataclass
class _Wanted:
    """What is asked of one relation by those below it."""

    columns: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)  # temporary tables of rowids


class Explainer:
    """Walks up from one row; used once. Its temporary tables stay until `forget`."""

    def __init__(self, compiled: Compiled, engine: Engine) -> None:
        self.compiled, self.engine = compiled, engine
        self.found = Explained()
        self.wanted: dict[str, _Wanted] = {}
        self.uids = {str(relation): uid for uid, relation in compiled.relations.items()}
        self.schema = self._schema()
        self.kinds = {str(name): kind for name, kind in engine.relations().items()}
        self.copies: dict[str, str] = {}
        self.made: list[str] = []

    def explain(self, uid: str, column: str, where: str) -> Explained:
        """Everything behind `column` of the rows of a model that satisfy `where`."""
        table = self._table(str(self.compiled.relations[uid]))
        self._ids(uid, {column}, [f"select rowid as id from {table} where {where}"], uid)
        for node in reversed(self.compiled.graph.order()):
            if node in self.wanted:
                self._node(node)
        return self.found

    def _schema(self) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = {}
        for schema, table, column, kind in self.engine.query(
            "select schema_name, table_name, column_name, data_type from duckdb_columns()"
            " where database_name = current_database() and not internal"
            " order by schema_name, table_name, column_index"
        ):
            found.setdefault(schema, {}).setdefault(table, {})[column] = kind
        return found

    def _schema_of(self, uid: str) -> dict[str, dict[str, dict[str, str]]]:
        """The columns of what a model's SQL may name."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for parent in self.compiled.graph.ancestors(uid):
            relation = self.compiled.relations.get(parent)
            if relation is not None and relation.name in self.schema.get(relation.schema, {}):
                columns = self.schema[relation.schema][relation.name]
                found.setdefault(relation.schema, {})[relation.name] = columns
        return found

    # -- statements ---------------------------------------------------------------------------
    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        self.found.script.append(sql)
        return self.engine.query(sql)

    def forget(self) -> None:
        """Drop the temporary tables, those of the rows too."""
        for table in self.made:
            self.engine.query(f"drop table if exists {table}")

    def _make(self, table: str, sql: str) -> int:
        self.made.append(table)
        return int(self._run(f"create temp table {table} as\n{sql}")[0][0])

    def _table(self, relation: str) -> str:
        """A relation as a table that has rowids: a view is copied first."""
        if self.kinds.get(relation) != "view":
            return relation
        if relation not in self.copies:
            self.copies[relation] = quote("view__" + relation.replace('"', "").replace(".", "__"))
            self._make(self.copies[relation], f"select * from {relation}")
        return self.copies[relation]

    def _ids(self, uid: str, columns: Iterable[str], queries: list[str], by: str) -> None:
        wanted = self.wanted.setdefault(uid, _Wanted())
        wanted.columns.update(columns)
        name = quote(f"ids__{_name(uid)}__{len(wanted.ids)}")
        self.found.script.append(f"-- {_name(by)} was made of these rows of {_name(uid)}")
        self._make(name, either(queries))
        wanted.ids.append(name)

    # -- nodes --------------------------------------------------------------------------------
    def _node(self, uid: str) -> None:
        wanted = self.wanted[uid]
        relation = str(self.compiled.relations[uid])
        source, table = self._table(relation), quote(f"rows__{_name(uid)}")
        ids = either(f"select id from {each}" for each in wanted.ids)
        count = self._make(table, f"select * from {source} where rowid in ({ids})")
        model = self.compiled.models.get(uid)
        parents: tuple[str, ...] = ()
        said = said_of(self.compiled, uid)
        if said.stops:
            self.found.stopped.append(_name(uid))
        elif count and model is not None:
            try:
                columns = wanted.columns - said.rows.keys()
                parents = self._said(uid, said, wanted.columns & said.rows.keys(), table)
                if columns or not parents:
                    parents += self._model(uid, frozenset(columns), table, count)
            except Untraceable as reason:
                self.found.unproven[_name(uid)] = f"not followed further: {reason}"
            except EngineFault as fault:
                self.found.unproven[_name(uid)] = f"not followed further: {fault.message}"
        known = self.engine.columns(self.compiled.relations[uid])
        shown = tuple(name for name in known if name in wanted.columns)
        kind = "model" if model is not None else "raw"
        self.found.behind[uid] = Behind(uid, _name(uid), kind, count, shown, table, parents)

    def _model(self, uid: str, columns: frozenset[str], rows: str, count: int) -> tuple[str, ...]:
        name = _name(uid)
        steps = read_steps(self.compiled.models[uid].sql, name, self._schema_of(uid))
        walk = _Walk(steps, columns)
        for step in steps:
            self._make(quote(step.name), made(step, walk.followed[step.name], self._at(walk)))
        last = steps[-1]
        if self._start(uid, last, rows) != count:
            self.found.unproven[name] = "its rows are not all found again in its own query"
        self._walk_back(walk)
        for number, (relation, queries) in enumerate(walk.above.items()):
            walk.found[relation] = quote(f"found__{name}__{number}")
            self._make(walk.found[relation], either(queries))
        self._prove(name, walk)
        found: dict[str, None] = {}
        for relation, table in walk.found.items():
            parent = self.uids.get(relation)
            if parent is None:
                continue
            if _name(parent) in said_of(self.compiled, uid).ignored:
                self.found.stopped.append(f"{name} of {_name(parent)}")
                continue
            self._ids(parent, walk.reached[relation], [f"select id from {table}"], uid)
            found[parent] = None
        for step in steps:
            self._run(f"drop table {quote(step.name)}")
            self._run(f"drop table if exists {quote('need__' + step.name)}")
        return tuple(found)

    def _said(self, uid: str, said: Said, columns: Iterable[str], rows: str) -> tuple[str, ...]:
        """The parents whose rows the .yml names for these columns."""
        parents: dict[str, None] = {}
        for column in sorted(columns):
            name, where = said.rows[column]
            parent = self.compiled.ids_by_name[name]
            table = self._table(str(self.compiled.relations[parent]))
            query = (
                f"select {name}.rowid as id from {table} as {name}"
                f" semi join {rows} as this on {where}"
            )
            self._ids(parent, set(), [query], uid)
            parents[parent] = None
            self.found.declared.append(f"{_name(uid)}.{column}")
        return tuple(parents)

    def _at(self, walk: _Walk, only: Mapping[str, str] | None = None) -> Any:
        """Where tables are; those of the aliases in `only` have but the rows of that query."""

        def at(relation: str, alias: str) -> str:
            table = quote(relation) if relation in walk.followed else self._table(relation)
            if only and alias in only:
                return f"(select *, rowid from {table} where rowid in ({only[alias]}))"
            return table

        return at

    def _start(self, uid: str, last: Step, rows: str) -> int:
        """The rows in question among those of the model's query, found by its key."""
        key = self._key(uid) or [
            column
            for column, kind in self.engine.columns(self.compiled.relations[uid]).items()
            if kind.upper() not in _FLOATS
        ]
        same = " and ".join(f"o.{quote(c)} is not distinct from r.{quote(c)}" for c in key)
        return self._make(
            quote("need__" + last.name),
            f"select o.rowid as id from {quote(last.name)} as o semi join {rows} as r on {same}",
        )

    def _key(self, uid: str) -> list[str]:
        return key_of(self.compiled, uid)

    def _walk_back(self, walk: _Walk) -> None:
        for step in reversed(walk.steps):
            need = quote("need__" + step.name)
            if step is not walk.steps[-1]:
                queries = walk.ids.get(step.name)
                if not queries:
                    continue
                self._make(need, either(queries))
                if not self._run(f"select count(*) from {need}")[0][0]:
                    continue
            table = quote(step.name)
            walk.reach(step)
            if step.branches:
                pairs = back_branches(step, table, need)
            else:
                pairs = back(step, walk.followed[step.name], table, need, self._at(walk))
            for relation, query in pairs:
                (walk.ids if relation in walk.followed else walk.above).setdefault(
                    relation, []
                ).append(query)

    # -- the proof ----------------------------------------------------------------------------
    def _prove(self, name: str, walk: _Walk) -> None:
        wrong = []
        for step in walk.steps:
            followed = walk.followed[step.name]
            if followed.compares:
                self.found.compared.append(name)
            elif not step.branches and walk.is_needed(step) and not self._is_proven(walk, step):
                wrong.append(step.label)
        if wrong:
            steps = ", ".join(dict.fromkeys(wrong))
            self.found.unproven.setdefault(
                name, f"from these rows alone {steps} comes out otherwise"
            )

    def _is_proven(self, walk: _Walk, step: Step) -> bool:
        """Compute the step again from the rows that were found; the rows in question must come out."""
        only = {}
        edges = walk.followed[step.name].edges
        # beside a window a source that the window does not add up is what its rows hang on
        framed = {edge.source for edge in edges if edge.window is not None}
        for edge in (e for e in edges if not framed or e.source in framed):
            relation = edge.source.relation
            assert relation is not None
            need = walk.found.get(relation, quote("need__" + relation))
            is_found = relation in walk.found or bool(walk.ids.get(relation))
            only[edge.source.alias] = f"select id from {need}" if is_found else _NONE
        asked = [c for c in step.columns if c in walk.columns[step.name]]
        if not only or not asked:
            return True
        table, need = quote(step.name), quote("need__" + step.name)
        kinds = {row[0]: str(row[1]) for row in self.engine.query(f"describe {table}")}
        parts = [*identity(step), *asked]
        shown = ", ".join(
            f"round({quote(c)}, 6) as {quote(c)}" if kinds[c] in _FLOATS else quote(c)
            for c in parts
        )
        again = made(step, walk.followed[step.name], self._at(walk, only))
        some = " or ".join(
            f"coalesce(try_cast(cast({quote(c)} as varchar) as double),"
            f" case when {quote(c)} is not null then 1 end, 0) <> 0"
            for c in asked
        )
        # a group that nothing was brought to is gone when it is made again of nothing
        empty = f"where {some}" if step.is_grouped else ""
        self.found.script.append(
            f"-- the same from these rows alone: no row differs in {step.label}"
        )
        differing = self._run(
            f"select count(*) from (select {shown} from {table}"
            f" where rowid in (select id from {need})\nexcept\n"
            f"select {shown} from (\n{again}\n)) as differing {empty}"
        )
        return bool(differing[0][0] == 0)


class _Walk:
    """The steps of one model: what of each matters, and where its rows came from."""

    def __init__(self, steps: list[Step], columns: frozenset[str]) -> None:
        self.steps = steps
        self.columns: dict[str, set[str]] = {steps[-1].name: set(columns)}
        self.followed: dict[str, Followed] = {}
        self.ids: dict[str, list[str]] = {}
        self.above: dict[str, list[str]] = {}
        self.found: dict[str, str] = {}  # a table above -> the temporary table of its rowids
        self.reached: dict[str, set[str]] = {}  # columns of tables above that rows really led to
        for step in reversed(steps):
            self.followed[step.name] = self._follow(step)
        self.followed = {step.name: self.followed[step.name] for step in steps}

    def _follow(self, step: Step) -> Followed:
        if step.name not in self.columns:
            return Followed()
        columns = self.columns[step.name]
        if step.branches:
            by_name = {each.name: each for each in self.steps}
            for branch in step.branches:
                pairs = zip(step.columns, by_name[branch].columns, strict=True)
                self.columns.setdefault(branch, set()).update(b for s, b in pairs if s in columns)
            return Followed()
        followed = follow(step, frozenset(columns))
        for edge in followed.edges:
            assert edge.source.relation is not None
            self.columns.setdefault(edge.source.relation, set()).update(edge.columns)
        return followed

    def reach(self, step: Step) -> None:
        """Rows of a step matter: so do these columns of what is above it."""
        for edge in self.followed[step.name].edges:
            assert edge.source.relation is not None
            self.reached.setdefault(edge.source.relation, set()).update(edge.columns)

    def is_needed(self, step: Step) -> bool:
        """True when rows of the step were found to matter."""
        return step is self.steps[-1] or bool(self.ids.get(step.name))


def key_of(compiled: Compiled, uid: str) -> list[str]:
    """The columns of a node's primary_key test; none where it has none."""
    for test in compiled.tests.values():
        if test.test.attached_to == uid and test.test.kind == "primary_key":
            columns = test.test.arguments.get("columns")
            return [str(c) for c in columns] if isinstance(columns, list) else []
    return []


@dataclass(frozen=True, slots=True)
class Said:
    """What a model's .yml says about its rows, in `config.meta.explain`.

    `stop`: the rows above it are no part of any cell (a calendar is made of the first order, and no
    cell is about that order). `ignore`: the same for some parents. `rows`: column -> {of, where}, the
    rows of a parent behind a value, where the query (a running total) would name all of history.
    """

    stops: bool = False
    ignored: frozenset[str] = frozenset()
    rows: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def said_of(compiled: Compiled, uid: str) -> Said:
    """Read it; what makes no sense is not there."""
    model = compiled.models.get(uid)
    meta = model.config.get("meta") if model is not None else None
    said = meta.get("explain") if isinstance(meta, Mapping) else None
    if said == "stop":
        return Said(stops=True)
    if not isinstance(said, Mapping):
        return Said()
    rows = {
        str(column): (str(each.get("of")), str(each.get("where")))
        for column, each in (said.get("rows") or {}).items()
    }
    return Said(ignored=frozenset(map(str, said.get("ignore") or ())), rows=rows)


def _name(uid: str) -> str:
    return uid.split(".", 2)[-1]
