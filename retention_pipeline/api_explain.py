"""From a cell to what is behind it, for the command line and for Python callers.

Room:  edge. Imports api, deliver, engine, explaining, pii_tags, targets, warehouse.
In:    'mart.column', the key of a row.  Out: Answer; CommandError for names and keys that are not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from retention_pipeline.api import compile_
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import CommandError, EngineError, Location, did_you_mean
from retention_pipeline.explain_report import Answer, Rows
from retention_pipeline.explaining import PEOPLE, Behind, Explained, Explainer, key_of
from retention_pipeline.options import Options
from retention_pipeline.pii_tags import described
from retention_pipeline.quoting import literal, quote
from retention_pipeline.targets import read_targets
from retention_pipeline.warehouse import open_warehouse

_SOME = 5


def explain(
    options: Options, name: str, key: Mapping[str, str | None], limit: int | None = 10
) -> Answer:
    """What a cell of a mart was made of. `key`: values as text, None for NULL; `limit`: rows shown
    of each raw table and customers, None for all."""
    compiled = compile_(options)
    model, column = _find(compiled, name)
    path = compiled.project.target.path
    if path != ":memory:" and not Path(path).exists():
        raise EngineError("nothing is built yet", at=Location(path), fix="pipeline build")
    with open_warehouse(compiled, read_only=True) as engine:
        return _Cell(compiled, engine, model, column, key).answer(limit)


def _find(compiled: Compiled, name: str) -> tuple[CompiledModel, str]:
    mart, _, column = name.rpartition(".")
    marts = {m.model.name: m for m in compiled.marts}
    if not mart:
        raise CommandError(
            f"'{name}' names no column", fix=f"write MART.COLUMN, for example {name}.customers"
        )
    if mart not in marts:
        models = {m.model.name for m in compiled.models.values()}
        fix = did_you_mean(mart, marts) or "pipeline ls -s path:models/marts"
        what = "is no mart"
        if mart in models:
            what = "is a model but no mart: it is not in the schema marts"
        raise CommandError(f"'{mart}' {what}", fix=fix)
    columns = {c.name.lower(): c.name for c in marts[mart].model.columns}
    if column.lower() not in columns:
        fix = did_you_mean(column, columns) or f"it has: {', '.join(columns.values())}"
        raise CommandError(f"{mart} has no column '{column}'", fix=fix)
    return marts[mart], columns[column.lower()]


class _Cell:
    """One row of a mart, looked up by its key."""

    def __init__(
        self,
        compiled: Compiled,
        engine: Engine,
        model: CompiledModel,
        column: str,
        key: Mapping[str, str | None],
    ) -> None:
        self.compiled, self.engine, self.model, self.column = compiled, engine, model, column
        self.name = model.model.name
        if model.relation not in engine.relations():
            raise EngineError(
                f"{self.name} is not built yet", fix=f"pipeline build -s +{self.name}"
            )
        self.types = engine.described(model.relation)
        self.keys = key_of(compiled, model.unique_id)
        self.given = self._known(key)

    def _known(self, key: Mapping[str, str | None]) -> dict[str, str | None]:
        names = {name.lower(): name for name in self.types}
        for name in key:
            if name.lower() not in names:
                fix = did_you_mean(name, names) or f"its key: {', '.join(self.keys)}"
                raise CommandError(f"--key {name}: {self.name} has no such column", fix=fix)
        return {names[name.lower()]: value for name, value in key.items()}

    def _is(self, column: str) -> str:
        value = self.given[column]
        if value is None:
            return f"{quote(column)} is null"
        return f"{quote(column)} = cast({literal(value)} as {self.types[column]})"

    def where(self) -> str:
        return " and ".join(self._is(column) for column in self.given) or "true"

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.query(sql)

    # -- the one row --------------------------------------------------------------------------
    def check(self) -> None:
        """Raise CommandError unless the key names exactly one row."""
        relation = self.model.relation
        try:
            count = self._query(f"select count(*) from {relation} where {self.where()}")[0][0]
        except EngineFault as fault:
            kinds = ", ".join(f"{column} is {self.types[column]}" for column in self.given)
            raise CommandError(f"--key: {fault.message}", fix=fault.fix or kinds) from None
        if count == 0:
            raise self._no_row()
        if count > 1:
            raise self._too_many(int(count))

    def _no_row(self) -> CommandError:
        for number, column in enumerate(self.given):
            so_far = " and ".join(self._is(c) for c in list(self.given)[: number + 1])
            found = self._query(f"select 1 from {self.model.relation} where {so_far} limit 1")
            if not found:
                before = " and ".join(self._is(c) for c in list(self.given)[:number]) or "true"
                some = self._some(column, before)
                fix = f"{column} is there as {some}" if some else f"{self.name} is empty"
                value = "null" if self.given[column] is None else self.given[column]
                return CommandError(f"no row of {self.name} has {column}={value}", fix=fix)
        return CommandError(f"no row of {self.name} has this key", fix="check the values")

    def _too_many(self, count: int) -> CommandError:
        missing = [c for c in self.keys if c not in self.given] or [
            c for c in self.types if c not in self.given
        ]
        names = ", ".join(quote(c) for c in missing)
        one = self._query(
            f"select {names} from {self.model.relation} where {self.where()} order by all limit 1"
        )[0]
        hints = [
            f"--key {column}={'null' if value is None else value}"
            for column, value in zip(missing, one, strict=True)
        ]
        return CommandError(
            f"{count} rows of {self.name} have this key; one is needed",
            fix=f"for example add {' '.join(hints)}",
        )

    def _some(self, column: str, where: str) -> str:
        rows = self._query(
            f"select distinct {quote(column)} as value from {self.model.relation}"
            f" where {where} order by value desc nulls last limit {_SOME}"
        )
        return ", ".join("null" if value is None else str(value) for (value,) in rows)

    # -- the answer ---------------------------------------------------------------------------
    def answer(self, limit: int | None) -> Answer:
        self.check()
        wanted = list(dict.fromkeys([*self.keys, *self.given, self.column]))
        names = ", ".join(quote(c) for c in wanted)
        row = self._query(f"select {names} from {self.model.relation} where {self.where()}")[0]
        cell = dict(zip(wanted, row, strict=True))
        explainer = Explainer(self.compiled, self.engine)
        found = explainer.explain(self.model.unique_id, self.column, self.where())
        kind, people, tables = self._people(found, limit)
        return Answer(
            mart=self.name,
            column=self.column,
            key={c: cell[c] for c in self.keys or self.given},
            value=cell[self.column],
            description=next(
                (c.description for c in self.model.model.columns if c.name == self.column), ""
            ),
            published=self._published(),
            behind=tuple(found.behind.values()),
            raw=tuple(
                self._raw(b, limit) for b in found.behind.values() if b.kind == "raw" and b.rows
            ),
            people_kind=kind,
            people=people,
            people_tables=tables,
            unproven=found.unproven,
            compared=tuple(dict.fromkeys(found.compared)),
            stopped=tuple(dict.fromkeys(found.stopped)),
            declared=tuple(dict.fromkeys(found.declared)),
            script=tuple(found.script),
        )

    def _published(self) -> tuple[Any, ...] | None:
        """The same cell for readers, None where it is not there or cannot be looked at."""
        path = read_targets(self.compiled.project).file
        if not path.exists():
            return None
        try:
            with Engine(str(path), read_only=True) as engine:
                rows = engine.query(
                    f"select {quote(self.column)} from {self.model.relation} where {self.where()}"
                )
        except (EngineError, EngineFault):
            return None
        return rows[0] if rows else ()

    def _people(
        self, found: Explained, limit: int | None
    ) -> tuple[str, Rows, tuple[tuple[str, int], ...]]:
        """The customers of the first relations upwards that know them; else users, else accounts."""
        for kind in PEOPLE:
            nearest = list(dict.fromkeys(self._nearest(found, self.model.unique_id, kind)))
            if nearest:
                each = [f"select {quote(kind)} from {b.table}" for b in nearest]
                all_of = " union all ".join(each)
                every = (
                    f"select distinct {quote(kind)} from ({all_of}) where {quote(kind)} is not null"
                )
                tables = tuple(
                    (
                        b.name,
                        int(
                            self._query(f"select count(distinct {quote(kind)}) from {b.table}")[0][
                                0
                            ]
                        ),
                    )
                    for b in nearest
                )
                return kind, self._rows(kind, every, limit), tables
        return "", Rows("", 0, (), ()), ()

    def _nearest(self, found: Explained, uid: str, kind: str) -> Sequence[Behind]:
        behind = found.behind.get(uid)
        if behind is None or not behind.rows or behind.kind == "raw":
            return []
        if kind in self.engine.columns(self.compiled.relations[uid]):
            return [behind]
        return [b for parent in behind.parents for b in self._nearest(found, parent, kind)]

    def _raw(self, behind: Behind, limit: int | None) -> Rows:
        """The rows of a raw table: what names them and what mattered, without personal data."""
        personal = {
            c.name
            for uid, columns in described(self.compiled)
            if uid == behind.uid
            for c in columns
            if c.meta.get("pii") == "direct"
        }
        columns = [
            name
            for name in self.engine.columns(self.compiled.relations[behind.uid])
            if name not in personal and (name in behind.columns or name.endswith("_id"))
        ]
        names = ", ".join(quote(c) for c in columns) or "count(*) as rows"
        return self._rows(behind.name, f"select {names} from {behind.table}", limit, behind.rows)

    def _rows(self, name: str, sql: str, limit: int | None, count: int | None = None) -> Rows:
        if count is None:
            count = int(self._query(f"select count(*) from ({sql})")[0][0])
        shown = f"{sql} order by all" + ("" if limit is None else f" limit {limit}")
        columns, rows = self.engine.table(shown)
        return Rows(name, count, tuple(columns), tuple(rows))
