"""Which rows of its parents changed, and so which keys of a model are to be made again.

Room:  act. Imports compiled, engine, fingerprint, impact, key_sql, ledger, materialize, nodes, plan, state.
In:    what ended in this run.  Out: Touched for a model that promises to be made by key.

A model is made by key only when all of this holds: its SQL is that of its table, but for an as_of
whose meaning it declares; each parent that changed did so in this run, from the very rows that the
table was made of; which rows differ is known; and the promise says which keys they touch. All else
is made as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engine import Engine
from retention_pipeline.errors import Location
from retention_pipeline.fingerprint import moved_as_of
from retention_pipeline.impact import Impact
from retention_pipeline.key_sql import Meeting, added, columns_of, keys_of, met, same
from retention_pipeline.ledger import Ledger
from retention_pipeline.materialize.by_key import IS_NEW, KEYS
from retention_pipeline.materialize.by_key_settings import THIS, ByKey, read_by_key
from retention_pipeline.materialize.work import Touched
from retention_pipeline.node_view import node_view
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.plan import data_parents
from retention_pipeline.quoting import literal, quote
from retention_pipeline.row_hashes import differing, row_hash
from retention_pipeline.state import SCHEMA

_PREFIX = "changed__"
_HASH = "__hash"
_FEW = 1000


class Keyed:
    """Used by the worker threads of one run, each for its own node."""

    def __init__(
        self,
        compiled: Compiled,
        engine: Engine,
        ledger: Ledger,
        impact: Impact,
        steps: Collection[str],
        tested: Collection[str] = (),
    ) -> None:
        self.compiled, self.engine, self.ledger, self.impact = compiled, engine, ledger, impact
        self.deltas: dict[str, Relation] = {}
        self.promises = {
            uid: promise
            for uid, model in compiled.models.items()
            if engine.makes_by_key
            and (promise := read_by_key(model.config, Location(model.model.path))) is not None
        }
        self._readers: dict[str, set[str]] = {}
        for uid in self.promises.keys() & set(steps):
            if self._moved(uid) is not None:
                for parent in self._behind(uid):
                    self._readers.setdefault(parent, set()).add(uid)
        self._tested = {self.base(uid) for uid in tested}

    # -- what changed -------------------------------------------------------------------------
    def wants(self, uid: str, *, are_known: bool = False) -> Relation | None:
        """Where the rows of a node that differ are to be kept; None when nobody asks for them.

        Data tests ask only where these rows need not be looked for: `are_known`.
        """
        if uid not in self._readers and not (are_known and uid in self._tested):
            return None
        at = self.compiled.relations[uid]
        return Relation(SCHEMA, f"{_PREFIX}{at.schema}__{at.name}")

    def judge(self, uid: str) -> Callable[[Relation, Relation], bool] | None:
        """How to compare a table that is there with its new content; None when there is none."""
        relation = self.compiled.relations[uid]
        if not self.ledger.is_known(uid) or self.ledger.existing[relation] != "table":
            return None

        def is_same(old: Relation, new: Relation) -> bool:
            same = self.impact.is_same(uid, old, new)
            if not same:
                self.keep(uid, old, new)
            return same

        return is_same

    def keep(self, uid: str, old: Relation, new: Relation) -> None:
        """Find the rows of a table that was made as a whole and is not the old one.

        Inside the transaction that replaces it.
        """
        delta = self.wants(uid)
        types = self.engine.described(new)
        if delta is None or [*types.items()] != [*self.engine.described(old).items()]:
            return
        mark = row_hash(types)
        table = quote(f"{_HASH}es")
        self.engine.query(
            f"create or replace temp table {table} as {differing(str(old), str(new), types, _HASH)}"
        )
        ((differ, rows),) = self.engine.query(
            f"select (select count(*) from {table}), (select count(*) from {new})"
        )
        if differ <= max(_FEW, rows // 3):
            sides = (
                f"select t.*, {said} as {quote(IS_NEW)} from {at} as t"
                f" semi join {table} as h on {mark} = h.{_HASH}"
                for at, said in ((old, "false"), (new, "true"))
            )
            self.engine.query(f"create or replace table {delta} as {' union all '.join(sides)}")
            self.deltas[uid] = delta
        self.engine.query(f"drop table {table}")

    def note_added(self, uid: str, rows: str) -> None:
        """A table got these rows and lost none. Inside the transaction that adds them."""
        self.impact.note_more(uid)
        delta = self.wants(uid, are_known=True)
        if delta is not None:
            self.engine.query(
                f"create or replace table {delta} as select *, true as {quote(IS_NEW)} from {rows}"
            )
            self.deltas[uid] = delta

    def close(self) -> None:
        """Drop what was kept: the next run has other changes."""
        self.deltas.clear()
        sweep_deltas(self.engine)

    def base(self, uid: str) -> str:
        """The table behind a view with a promise; any other node itself."""
        view = self._view(uid)
        return uid if view is None else view[1]

    def new_rows(self, uid: str, seen: str, views: dict[str, str]) -> str | None:
        """What reads the rows that a node has and its version `seen` had not, perhaps some more; None
        when they are not known. Of a view these are all rows of the keys of its promise. Adds to
        `views` what it needs.
        """
        change, view = self.impact.changes.get(uid), self._view(uid)
        if change is None or change.before != seen:
            return None
        if view is None:
            new = quote(IS_NEW)
            delta = self.deltas.get(uid)
            return f"(select * exclude ({new}) from {delta} where {new})" if delta else None
        promise, base = view
        name, last = self.compiled.models[uid].model.name, self.ledger.state.nodes[uid]
        below = self.new_rows(base, last.parents.get(base, ""), views)
        if below is None or not change.same_logic or self.compiled.ids_by_name.get(name) != uid:
            return None
        (keys,) = promise.rows_of.values()
        pairs = tuple(zip(promise.key, map(quote, keys), strict=True))
        return self._narrowed(name, Meeting(below, pairs), views)

    def lost_rows(self, uid: str, seen: str) -> str | None:
        """What reads the rows of a table that its version `seen` had and that went; None when they are
        not known."""
        change, delta = self.impact.changes.get(uid), self.deltas.get(uid)
        if change is None or change.before != seen or self._view(uid) is not None:
            return None
        return f"(select * from {delta} where not {quote(IS_NEW)})" if delta else None

    # -- who is made by key -------------------------------------------------------------------
    def touched(self, uid: str) -> Touched | None:
        """What of a model is to be made again; None when it is all of it."""
        promise, model = self.promises.get(uid), self.compiled.models[uid]
        moved = self._moved(uid)
        if promise is None or moved is None:
            return None
        before, now = self.ledger.state.nodes[uid].parents, self.ledger.parents(uid)
        if before.keys() != now.keys():
            return None
        changed = [p for p in now if now[p] != before[p] and not self.impact.stayed(uid, p)]
        names = {self._uid(name): name for name in promise.parents}
        parts: list[str] = []
        for parent in changed:
            name = names.get(parent)
            if name is None:
                return None
            rows = self._changes(parent, before[parent], columns_of(promise, name))
            if rows is None:
                return None
            parts.append(self._keys(uid, promise, name, rows))
        parts += self._passed(uid, promise, moved)
        views, instead = self._views(promise)
        text = self._rendered(model, instead)
        if text is None:
            return None
        nothing = f"select {keys_of(promise.key)} from {model.relation} limit 0"
        delta = self.wants(uid, are_known=True)

        def note(gone: Relation, come: Relation) -> None:
            self.impact.note_rows(uid, gone, come)
            if delta is not None:
                self.deltas[uid] = delta

        keys = " union all ".join(parts) or nothing
        return Touched(promise.key, keys, views, text[0], text[1], delta, note)

    def _moved(self, uid: str) -> tuple[str, str] | None:
        """as_of of the table and as_of now, '' and '' where that does not matter; None when the
        table is not there, or not made by this SQL."""
        ledger, model = self.ledger, self.compiled.models[uid]
        last = ledger.state.nodes.get(uid)
        if ledger.full_refresh or ledger.empty or last is None or not ledger.is_known(uid):
            return None
        is_plain = not (model.hooks or model.is_open or model.increment)
        if model.materialized is not Materialized.TABLE or not is_plain:
            return None
        if ledger.existing.get(model.relation) != "table" or uid in self.compiled.deferred:
            return None
        return moved_as_of(last.logic, ledger.logic(uid))

    def _uid(self, name: str) -> str:
        """The node whose data a name of ref() or source() stands for; '' when there is none."""
        uid = self.compiled.ids_by_name.get(name, "")
        return self.compiled.seed_behind.get(uid, uid)

    def _view(self, uid: str) -> tuple[ByKey, str] | None:
        """The promise of a view and its one parent."""
        model, promise = self.compiled.models.get(uid), self.promises.get(uid)
        if model is None or promise is None or model.materialized is not Materialized.VIEW:
            return None
        parents = data_parents(self.compiled, uid)
        named = [self._uid(name) for name in promise.rows_of]
        return (promise, named[0]) if parents == frozenset(named) and len(named) == 1 else None

    def _behind(self, uid: str) -> Iterator[str]:
        """The tables of which a model must know the rows that differ, through views too."""
        for name in self.promises[uid].parents:
            parent = self._uid(name)
            view = self._view(parent)
            yield parent if view is None else view[1]

    def _changes(self, uid: str, seen: str, columns: frozenset[str]) -> str | None:
        """A query of the rows of a parent that differ from those of its version `seen`, perhaps of
        some more; None when they are not known."""
        change = self.impact.changes.get(uid)
        if change is None or change.before != seen:
            return None
        view = self._view(uid)
        if view is None:
            is_table = uid not in self.compiled.models or (
                self.compiled.models[uid].materialized is Materialized.TABLE
            )
            return str(self.deltas[uid]) if is_table and uid in self.deltas else None
        promise, base = view
        below = None
        if change.same_logic and columns <= self._columns(base):
            last = self.ledger.state.nodes[uid].parents.get(base, "")
            below = self._changes(base, last, columns)
        if below is None:
            return None
        # all rows of these keys: which of them the view shows may have changed
        (key,) = promise.rows_of.values()
        return (
            f"(from {below} union all by name select t.* from {self.compiled.relations[base]} as t"
            f" semi join {below} as c on {same(key, 't', 'c')})"
        )

    # -- which keys, which rows ---------------------------------------------------------------
    def _keys(self, uid: str, promise: ByKey, name: str, rows: str) -> str:
        """The keys that some rows of a parent touch."""
        if name in promise.rows_of:
            return f"select {keys_of(promise.rows_of[name])} from {rows}"
        joined = promise.joined[name]
        if joined.to == THIS:
            key, to = promise.key, str(self.compiled.models[uid].relation)
        else:
            key, to = promise.rows_of[joined.to], str(self._relation(joined.to))
        on = ", ".join(f"({text}) as j{n}" for n, text in enumerate(joined.match.values()))
        met = " and ".join(f"t.j{n} = c.{quote(column)}" for n, column in enumerate(joined.match))
        return (
            f"select {', '.join(f't.key{n}' for n in range(len(key)))} from"
            f" (select {keys_of(key)}, {on} from {to}) as t semi join {rows} as c on {met}"
        )

    def _passed(self, uid: str, promise: ByKey, moved: tuple[str, str]) -> Iterator[str]:
        """The keys of rows that as_of has passed, in whatever direction."""
        first, second = (f"cast({literal(m)} as timestamp)" for m in moved)
        if moved[0] == moved[1]:
            return
        for name, column in promise.as_of.items():
            c = quote(column)
            rows = (
                f"(select * from {self._relation(name)} where {c} >= least({first}, {second})"
                f" and {c} < greatest({first}, {second}))"
            )
            yield self._keys(uid, promise, name, rows)

    def _views(self, promise: ByKey) -> tuple[dict[str, str], dict[str, str]]:
        """Temporary views of the rows that the keys need, and what stands for which parent."""
        views: dict[str, str] = {}
        instead: dict[str, str] = {}
        for name, columns in promise.rows_of.items():
            pairs = tuple((column, f"key{n}") for n, column in enumerate(columns))
            meeting = Meeting(str(KEYS), pairs)
            instead[name] = self._narrowed(name, meeting, views)
        for name, joined in promise.joined.items():
            if joined.to != THIS:
                meeting = Meeting(instead[joined.to], tuple(joined.match.items()))
                instead[name] = self._narrowed(name, meeting, views)
        return views, instead

    def _narrowed(self, name: str, meeting: Meeting, views: dict[str, str]) -> str:
        """Add a view of the rows of a parent that meet others; gives its name.

        Behind a view with a promise its own parent is narrowed: a window over all of it would cost
        as much as the whole model.
        """
        relation, view = self._relation(name), self._view(self._uid(name))
        source = str(relation)
        if view is not None and self._columns(view[1]).issuperset(c for c, _ in meeting.pairs):
            promise, base = view
            (called,), (key,) = promise.rows_of, promise.rows_of.values()
            table = self.compiled.relations[base]
            listed = ", ".join(f"t.{quote(k)}" for k in key)
            below = added(
                views,
                f"select b.* from {table} as b semi join"
                f" (select {listed} from {met(str(table), meeting)}) as m on {same(key, 'b', 'm')}",
            )
            text = self._rendered(self.compiled.models[self._uid(name)], {called: below})
            if text is not None:
                source = f"(\n{text[0]}\n)"
        return added(views, f"select t.* from {met(source, meeting)}")

    def _columns(self, uid: str) -> frozenset[str]:
        return frozenset(self.engine.described(self.compiled.relations[uid]))

    def _relation(self, name: str) -> Relation:
        return self.compiled.relations[self.compiled.ids_by_name[name]]

    def _rendered(
        self, model: CompiledModel, instead: Mapping[str, str]
    ) -> tuple[str, tuple[int, ...]] | None:
        """The SQL of a model that reads other relations; None when that cannot be said."""
        ids, relations = self.compiled.ids_by_name, self.compiled.relations
        for uid in model.needs:
            parent = self.compiled.models.get(uid)
            if parent is not None and parent.materialized is Materialized.EPHEMERAL:
                return None

        def resolve(name: str) -> Relation | str | None:
            return instead.get(name) or relations.get(ids.get(name, ""))

        rendered = self.compiled.renderer.render(
            model.model.text,
            Location(self.compiled.project.place(model.model.path)),
            this=model.relation,
            resolve_ref=resolve,
            resolve_source=resolve,
            names=(ids, ids),
            base_config=model.config,
            package=model.model.fqn[0],
            node=node_view(model.model, self.compiled.project, model.config, model.relation),
        )
        sql = rendered.sql.strip("\n").rstrip("; \n")
        start = len(rendered.sql) - len(rendered.sql.lstrip("\n"))
        return sql, rendered.lines[start:]


def sweep_deltas(engine: Engine) -> None:
    """Drop what this run, or one that was killed, kept of changed rows."""
    for (name,) in engine.query(
        f"select table_name from duckdb_tables() where schema_name = {literal(SCHEMA)}"
        f" and starts_with(table_name, {literal(_PREFIX)})"
        " and database_name = current_database()"
    ):
        engine.query(f"drop table {Relation(SCHEMA, str(name))}")
