"""A parent changed: does what this model reads of it differ?

Room:  act. Imports compiled, contents, engine, fingerprint, lineage, nodes, past, plan,
       quoting, reads, state.
In:    relations as they were and as they are now, lineage.  Out: "spared" with its reason, or not.

Asked while a build runs. When a table is built again, its old and its new rows are compared on
exactly the columns that each of its readers reads, through views too. A reader is spared only when
all of this holds: it saw the table as it was before this build; its own SQL names no column that
the table gained or lost; the rows of its columns are the same. Whatever is not certain is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from retention_pipeline.compiled import Compiled
from retention_pipeline.contents import Difference, compare
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.fingerprint import VOLATILE, digest
from retention_pipeline.nodes import KEEPS_HISTORY, Materialized, Relation
from retention_pipeline.past import NodeState
from retention_pipeline.plan import data_parents
from retention_pipeline.quoting import literal
from retention_pipeline.reads import NAMES, Reads, from_text, to_text
from retention_pipeline.state import read_reads, write_reads

if TYPE_CHECKING:
    from retention_pipeline.lineage import Lineage

_WORD = re.compile(r"\w+")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Change:
    """A node built in this run: the data version that it had, and what stayed of its content."""

    before: str
    difference: Difference | None = None
    same_logic: bool = False


class Impact:
    """Used by the worker threads of one run. `now` grows while it goes on."""

    def __init__(
        self,
        compiled: Compiled,
        columns: Mapping[str, Iterable[str]],
        engine: Engine,
        before: Mapping[str, NodeState],
        now: Mapping[str, NodeState],
        all_is_built: bool = False,
    ) -> None:
        self.compiled, self.columns, self.engine = compiled, columns, engine
        self.before, self.now, self.all_is_built = before, now, all_is_built
        self.changes: dict[str, Change] = {}
        self._reads: dict[str, Reads | None] = {}
        self._new: dict[str, str] = {}
        self._lock = RLock()

    # -- what was built -----------------------------------------------------------------------
    def is_same(self, uid: str, old: Relation, new: Relation) -> bool:
        """True when nothing differs; else what stayed is noted for the node's readers."""
        found = compare(self.engine, old, new, lambda: self.wanted(uid))
        if found is not None:
            self.changes[uid] = Change(self.before[uid].data_version, found)
        return found is None

    def note_view(self, uid: str, logic: str, parents: Mapping[str, str]) -> None:
        """A view is about to be made again: compare what it gives with what it will give.

        Where its SQL is the same, its readers look through it. Where it is not, old and new are
        compared over the same parents.
        """
        last, model = self.before.get(uid), self.compiled.models[uid]
        if last is None or VOLATILE in (logic, last.logic):
            return
        if logic == last.logic:
            self.changes[uid] = Change(last.data_version, same_logic=True)
        elif dict(last.parents) == dict(parents) and last.relation == model.relation:
            fresh = Relation(model.relation.schema, f"{model.relation.name}__building")
            try:
                with self.engine.rolled_back():
                    self.engine.query(f"create or replace view {fresh} as\n{model.sql}")
                    found = compare(self.engine, model.relation, fresh, lambda: self.wanted(uid))
            except EngineFault:
                return  # the old view no longer works: nothing is known of its rows
            self.changes[uid] = Change(last.data_version, found or _nothing(self.wanted(uid)))

    def note_rows(self, uid: str, gone: Relation, come: Relation) -> None:
        """Of a table made by key: its rows that are no longer there, and those that are new."""
        found = compare(self.engine, gone, come, lambda: self.wanted(uid))
        difference = found or Difference(names=frozenset(), is_reordered=False)
        self.changes[uid] = Change(self.before[uid].data_version, difference)

    def note_more(self, uid: str) -> None:
        """Of a table that got more rows: nothing that is read of it stayed."""
        change = Change(self.before[uid].data_version, Difference(is_reordered=False))
        self.changes[uid] = change

    # -- who is spared ------------------------------------------------------------------------
    def spared(self, uid: str, changed: Iterable[str]) -> str:
        """Why a model stays although these parents changed; '' when it must be built."""
        with self._lock:
            reads = self.reads(uid)
            if reads is None:
                return ""
            by_node, said = self._by_parent(reads), []
            for parent in sorted(changed):
                if not self._stayed(parent, by_node.get(parent, frozenset()), uid):
                    return ""
                said.append(f"{parent.rsplit('.', 1)[-1]}{self._named(parent)}")
            return f"reads none of the changed columns of {', '.join(said)}"

    def stayed(self, uid: str, parent: str) -> bool:
        """True when what a model reads of a changed parent is what it read before."""
        with self._lock:
            reads = self.reads(uid)
            if reads is None:
                return False
            columns = self._by_parent(reads).get(parent, frozenset())
            return self._stayed(parent, columns, uid)

    def _stayed(self, parent: str, columns: frozenset[str], reader: str) -> bool:
        """True when the rows of these columns are those that `reader` saw last."""
        change, seen = self.changes.get(parent), self.before[reader].parents.get(parent)
        if change is None or change.before != seen:
            return False
        if change.same_logic:
            return self._stayed_below(parent, columns)
        found = change.difference
        if found is None or self._says(reader, found.names):
            return False
        if NAMES in columns and found.is_reordered:
            return False
        return columns - {NAMES} in found.kept

    def _stayed_below(self, view: str, columns: frozenset[str]) -> bool:
        """The same through a view: of its own parents, what these columns come from."""
        reads, last, now = self.reads(view), self.before[view].parents, self.now[view].parents
        if reads is None or last.keys() != now.keys():
            return False
        needed = self._by_parent(reads, columns)
        return all(
            self._stayed(parent, needed.get(parent, frozenset()), view)
            for parent, version in now.items()
            if version != last[parent]
        )

    def _named(self, parent: str) -> str:
        """' (b, c)' for the columns that changed, looked for below views."""
        change = self.changes[parent]
        names = list(change.difference.columns) if change.difference else []
        shown = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
        return f" ({shown})" if names else ""

    # -- who reads what -----------------------------------------------------------------------
    def wanted(self, uid: str) -> set[frozenset[str]]:
        """The sets of this node's columns that models read, through views too."""
        if self.all_is_built:
            return set()
        with self._lock:
            return {columns - {NAMES} for columns in self._wanted(uid)}

    def _wanted(self, uid: str) -> set[frozenset[str]]:
        found: set[frozenset[str]] = set()
        for child in self._readers.get(uid, ()):
            reads = self.reads(child)
            if reads is None:
                continue
            found.add(self._by_parent(reads).get(uid, frozenset()))
            if self.compiled.models[child].materialized is Materialized.VIEW:
                for outputs in self._wanted(child):
                    found.add(self._by_parent(reads, outputs).get(uid, frozenset()))
        return found

    @cached_property
    def _readers(self) -> dict[str, list[str]]:
        """Node -> the models that read its data, ephemeral ones looked through."""
        found: dict[str, list[str]] = {}
        for uid, model in self.compiled.models.items():
            if model.materialized is not Materialized.EPHEMERAL:
                for parent in data_parents(self.compiled, uid):
                    found.setdefault(parent, []).append(uid)
        return found

    def _by_parent(
        self, reads: Reads, outputs: Iterable[str] | None = None
    ) -> dict[str, frozenset[str]]:
        """Reads by the node whose data it is: a source that a seed fills is that seed."""
        found: dict[str, frozenset[str]] = {}
        for node, columns in reads.by_node(outputs).items():
            parent = self.compiled.seed_behind.get(node, node)
            found[parent] = found.get(parent, frozenset()) | columns
        return found

    def reads(self, uid: str) -> Reads | None:
        """What a model reads, from the last build's notes when they still hold.

        None for what its query alone does not decide: history is read too, and may be all of it.
        """
        if self.compiled.models[uid].materialized in KEEPS_HISTORY:
            return None
        if uid not in self._reads:
            key = self._key(uid)
            text = self._known.get(key)
            if text is None:
                text = self._new[key] = to_text(self._lineage.reads(uid))
            self._reads[uid] = from_text(text)
        return self._reads[uid]

    def _says(self, uid: str, names: Iterable[str]) -> bool:
        """True when a model's SQL has one of these names anywhere, if only in a comment."""
        sql = self.compiled.models[uid].sql.lower()
        words = set(_WORD.findall(sql))
        return any(
            name in words if _WORD.fullmatch(name) else name.replace('"', '""') in sql
            for name in names
        )

    def _key(self, uid: str) -> str:
        """All that lineage looks at: the SQL, and the columns of the model and of what it names.

        as_of is another one every day, and a text like any other: no column depends on it.
        """
        sql, as_of = self.compiled.models[uid].sql, self.compiled.project.vars.get("as_of")
        if as_of is not None:
            sql = sql.replace(literal(str(as_of)), literal("<as_of>"))
        named = [
            (node, str(self.compiled.relations[node]), list(self.columns.get(node, ())))
            for node in (uid, *sorted(self._near(uid)))
        ]
        return digest(self._reader, sql, named)

    @cached_property
    def _reader(self) -> str:
        """Who read it: what another parser, or another text of our own, found is not believed."""
        here = Path(__file__).parent
        files = [here / "lineage.py", *sorted((here / "columns").glob("*.py"))]
        return digest(version("sqlglot"), [file.read_text(encoding="utf-8") for file in files])

    def _near(self, uid: str) -> set[str]:
        """The nodes whose relations its SQL may name."""
        found: set[str] = set()
        for parent in self.compiled.graph.parents(uid):
            model = self.compiled.models.get(parent)
            if model is not None and model.materialized is Materialized.EPHEMERAL:
                found |= self._near(parent)
            else:
                found.add(parent)
        return found

    @cached_property
    def _lineage(self) -> Lineage:
        from retention_pipeline.lineage import Lineage  # brings the SQL parser

        return Lineage(self.compiled, self.columns)

    @cached_property
    def _known(self) -> dict[str, str]:
        return read_reads(self.engine)

    def keep(self) -> None:
        """Note for the next build what was found out in this one."""
        if self._new:
            current = {self._key(uid) for uid in self.compiled.models}
            write_reads(self.engine, self._new, self._known.keys() - current)


def _nothing(wanted: set[frozenset[str]]) -> Difference:
    """A view whose SQL differs and whose content does not."""
    return Difference(kept=frozenset(wanted), is_reordered=False)
