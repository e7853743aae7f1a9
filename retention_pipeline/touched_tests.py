"""Data tests that found nothing in the table of before: only rows that are new can fail them now.

Room:  act. Imports compiled, engine, events, fingerprint, keyed, ledger, materialize, nodes, screening, test_sql.
In:    the id of a data test.  Out: True when it is known to find nothing.

A test of single rows looks at the new rows, a test of keys at the rows whose key a new row has, one
of relationships at the new rows and at those whose parent went. That is enough only when the same
test found nothing in exactly the data of before this build, and which rows differ is known. All
other tests, and those that find something here, are left to their own query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import ROW_GROUP, Engine, EngineFault
from retention_pipeline.events import Status
from retention_pipeline.fingerprint import VOLATILE
from retention_pipeline.keyed import Keyed
from retention_pipeline.ledger import Ledger
from retention_pipeline.materialize.by_key import kinds
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.quoting import quote
from retention_pipeline.screening import condition_of
from retention_pipeline.test_sql import CompiledTest

LARGE = ROW_GROUP  # rows of a table of which it is worth to look at some
_QUERY = re.compile(r"\bselect\b|\(\s*from\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Looks:
    """What fails a test: a `condition` of a row, a `key` that is there twice, or one that is not among the
    `field` of a `parent`. `null_fails`: a key that is NULL in any part fails too."""

    condition: str = ""
    key: tuple[str, ...] = ()
    null_fails: bool = False
    parent: str = ""
    field: str = ""


class TouchedTests:
    """The data tests of one run. Each is asked for when what it reads has ended."""

    def __init__(self, compiled: Compiled, engine: Engine, ledger: Ledger, keyed: Keyed) -> None:
        self.compiled, self.engine, self.ledger, self.keyed = compiled, engine, ledger, keyed

    def finds_nothing(self, uid: str) -> bool:
        """True when a look at what changed shows it."""
        test, ledger = self.compiled.tests[uid], self.ledger
        table, last = test.test.attached_to or "", ledger.state.tests.get(uid)
        if ledger.retest or ledger.full_refresh or ledger.empty or last is None:
            return False
        if (last.status, last.failures) != (Status.OK, 0) or not self._is_large(table):
            return False
        before = {n: s.data_version for n in ledger.tested(uid) if (s := ledger.state.nodes.get(n))}
        print_ = ledger.test_fingerprint(uid, before)
        if print_ == VOLATILE or last.fingerprint != print_:  # a clock can fail what did not change
            return False
        looks = looks_of(test, self.compiled)
        changed = {n: v for n, v in before.items() if ledger.nodes[n].data_version != v}
        if looks is None or not changed:
            return False
        views: dict[str, str] = {}
        parts = [self._part(node, table, looks, seen, views) for node, seen in changed.items()]
        asked = [part for part in parts if part is not None]
        return len(asked) == len(parts) and self._is_empty(asked, views)

    def _is_large(self, table: str) -> bool:
        node = self.ledger.nodes.get(self.keyed.base(table)) if table else None
        return node is not None and (node.rows or 0) >= LARGE

    def _part(
        self, node: str, table: str, looks: Looks, seen: str, views: dict[str, str]
    ) -> str | None:
        """A query of what the changes of one node fail; None when they are not known."""
        relation = self.compiled.relations[table]
        if node != table:
            if str(self.compiled.relations.get(node)) != looks.parent:
                return None  # it is read through something else
            gone = self.keyed.lost_rows(node, seen)
            return gone and _orphans(_sharing(relation, looks.key, gone, (looks.field,)), looks)
        new = self.keyed.new_rows(node, seen, views)
        if new is None:
            return None
        if looks.condition:
            return f"select 1 from {new} as {quote(relation.name)} where {looks.condition}"
        if looks.parent:
            return _orphans(f"select {looks.key[0]} as key0 from {new}", looks)
        model = self.compiled.models.get(node)
        if model is None or model.materialized is not Materialized.VIEW:
            return _twice(_sharing(relation, looks.key, new, looks.key), new, looks)
        if {*looks.key} != {*self.keyed.promises[node].key}:
            return None
        return _twice(f"select {_keys(looks.key)} from {new}", new, looks)

    def _is_empty(self, parts: Iterable[str], views: Mapping[str, str]) -> bool:
        """True when no part has a row; what cannot run is told by the test itself."""
        query = f"select count(*) from ({' union all '.join(parts)})"
        try:
            with self._made(views, query):
                found = self.engine.query(query)
        except EngineFault:
            return False
        return found == [(0,)]

    @contextmanager
    def _made(self, views: Mapping[str, str], reader: str) -> Iterator[None]:
        made: dict[str, str] = {}
        try:
            for view, kind in kinds(views, [reader]).items():
                self.engine.query(f"create or replace temp {kind} {quote(view)} as {views[view]}")
                made[view] = kind
            yield
        finally:
            for view, kind in reversed([*made.items()]):
                self.engine.query(f"drop {kind} temp.{quote(view)}")


def looks_of(test: CompiledTest, compiled: Compiled) -> Looks | None:
    """What fails a test; None for any other query. The text decides, not the name of the test."""
    table = test.test.attached_to or ""
    relation = compiled.relations.get(table)
    if relation is None or test.introspective or test.config.store_failures:
        return None
    if test.config.fail_calc != "count(*)":
        return None
    if test.needs == {table}:
        condition = condition_of(test, relation)
        if condition is not None:
            return None if _QUERY.search(condition) else Looks(condition)
        return _key_of(test, relation)
    return _relationship_of(test, table, compiled)


def _key_of(test: CompiledTest, relation: Relation) -> Looks | None:
    """Of primary_key and unique."""
    sql, column, columns = _plain(test.sql), test.test.column, test.test.arguments.get("columns")
    if column and sql == (
        f"select {column} as unique_field, count(*) as n_records from {relation}"
        f" where {column} is not null group by {column} having count(*) > 1"
    ):
        return Looks(key=(column,))
    if isinstance(columns, list) and all(isinstance(c, str) for c in columns):
        key = tuple(str(c) for c in columns)
        listed, null = ", ".join(key), " ".join(f"or {c} is null" for c in key)
        if key and sql == (
            f"select {listed}, count(*) as copies from {relation}"
            f" group by {listed} having count(*) > 1 {null}"
        ):
            return Looks(key=key, null_fails=True)
    return None


def _relationship_of(test: CompiledTest, table: str, compiled: Compiled) -> Looks | None:
    others, field = test.needs - {table}, test.test.arguments.get("field")
    column = test.test.column
    if len(others) != 1 or not isinstance(field, str) or table not in test.needs:
        return None
    child, parent = compiled.relations[table], compiled.relations.get(*others)
    if column and _plain(test.sql) == (
        f"select child.{column} as from_field from (select * from {child} where {column} is not null)"
        f" as child left join {parent} as parent on child.{column} = parent.{field}"
        f" where parent.{field} is null"
    ):
        return Looks(key=(column,), parent=str(parent), field=field)
    return None


def _plain(sql: str) -> str:
    """Words with one blank between them."""
    return " ".join(sql.split())


def _keys(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} as key{n}" for n, column in enumerate(columns))


def _sharing(table: Relation, key: tuple[str, ...], rows: str, there: tuple[str, ...]) -> str:
    """The keys of all rows of a table that have the key of one of the others."""
    met = " and ".join(f"t.key{n} = r.key{n}" for n in range(len(key)))
    return (
        f"select t.* from (select {_keys(key)} from {table}) as t"
        f" semi join (select {_keys(there)} from {rows}) as r on {met}"
    )


def _twice(keys: str, new: str, looks: Looks) -> str:
    listed = ", ".join(f"key{n}" for n in range(len(looks.key)))
    text = f"select 1 from ({keys}) where key0 is not null group by {listed} having count(*) > 1"
    if not looks.null_fails:
        return text
    null = " or ".join(f"{column} is null" for column in looks.key)
    return f"{text} union all select 1 from {new} where {null}"


def _orphans(keys: str, looks: Looks) -> str:
    return (
        f"select 1 from ({keys}) as c anti join (select {looks.field} as key0 from {looks.parent}) as p"
        " on c.key0 = p.key0 where c.key0 is not null"
    )
