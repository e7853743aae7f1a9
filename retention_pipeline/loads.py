"""Sources and seeds of the project -> tables of the raw schema.

Room:  act. Imports compiler, engine, errors, inputs, nodes.
In:    Compiled, an Engine.  Out: loaded relations, their row counts and what deserves a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from retention_pipeline.compiler import Compiled
from retention_pipeline.engine import Engine, faults
from retention_pipeline.errors import CommandError
from retention_pipeline.inputs import (
    Format,
    InputColumn,
    InputContract,
    LoadReport,
    OnBadRows,
    Origin,
    load,
    load_seed,
    locate,
    prepare,
)
from retention_pipeline.nodes import Source


class Loader:
    """Knows where each input comes from; found once, before the first load."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.notices: list[str] = []

    @cached_property
    def contracts(self) -> dict[str, InputContract]:
        """unique id -> contract of every contract source that an enabled model reads."""
        return {
            uid: input_contract(source)
            for uid, source in self.compiled.sources.items()
            if source.is_contract and self._is_read(uid)
        }

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """unique id -> where its rows are. Raises InputError kinds when that cannot be said."""
        project = self.compiled.project
        outside = {u: c for u, c in self.contracts.items() if u not in self.compiled.seed_behind}
        if not outside:
            return {}
        path = project.vars.get("inputs_path")
        locations = project.vars.get("input_locations") or {}
        if not isinstance(locations, Mapping):
            raise CommandError("var input_locations must map tables to files")
        found = locate(
            list(outside.values()),
            None if path is None else Path(str(path)),
            {str(k): str(v) for k, v in locations.items()},
            project.root,
        )
        if found.unused:
            names = ", ".join(sorted(p.name for p in found.unused))
            self.notices.append(f"not read, since no table asks for them: {names}")
        return {uid: found.origins[contract.name] for uid, contract in outside.items()}

    @property
    def on_bad_rows(self) -> OnBadRows:
        value = self.compiled.project.vars.get("on_bad_rows", "error")
        if value not in ("error", "quarantine"):
            raise CommandError(
                f"var on_bad_rows is '{value}'", fix="it must be error or quarantine"
            )
        return value  # type: ignore[no-any-return]

    def prepare(self, engine: Engine, schemas: Iterable[str]) -> None:
        """Create what several loads share, before any of them runs."""
        with faults():
            prepare(engine.cursor, schemas)

    def load(self, uid: str, engine: Engine) -> tuple[int, str]:
        """Load one source or seed in one transaction; gives its rows and a remark."""
        if uid in self.compiled.sources:
            return self._contract(uid, self.origins[uid], engine)
        seed = self.compiled.seeds[uid]
        path = self.compiled.project.root / seed.path
        behind = next((s for s, b in self.compiled.seed_behind.items() if b == uid), None)
        if behind is not None:
            source = self.compiled.sources[behind]
            origin = Origin(files=(path,), format=Format.CSV)
            return self._remember(load(engine.cursor, input_contract(source), origin))
        relation = self.compiled.relations[uid]
        with faults():
            report = load_seed(
                engine.cursor, relation.schema, relation.name, path, seed.column_types
            )
        return self._remember(report)

    def _contract(self, uid: str, origin: Origin, engine: Engine) -> tuple[int, str]:
        contract = self.contracts[uid]
        return self._remember(load(engine.cursor, contract, origin, on_bad_rows=self.on_bad_rows))

    def _remember(self, report: LoadReport) -> tuple[int, str]:
        if report.rows_rejected:
            self.notices.append(
                f"{report.source}: {report.rows_rejected:,} of {report.rows_read:,} rows are in"
                f" raw.rejected_rows ({_reasons(report)})"
            )
        if report.ignored_columns:
            shown = ", ".join(report.ignored_columns[:5])
            more = len(report.ignored_columns) - 5
            self.notices.append(
                f"{report.source}: columns outside the contract are not read: {shown}"
                + (f" and {more:,} more" if more > 0 else "")
            )
        return report.rows_loaded, "absent: empty" if report.origin.absent else ""

    def _is_read(self, uid: str) -> bool:
        return any(child in self.compiled.models for child in self.compiled.graph.children(uid))


def input_contract(source: Source) -> InputContract:
    """The loader's view of a source that declares `input_contract`."""
    return InputContract(
        source=source.source,
        table=source.table,
        schema=source.schema,
        identifier=source.identifier,
        columns=tuple(
            InputColumn(
                name=column.name,
                data_type=column.data_type or "varchar",
                required=bool(column.meta.get("required")),
                aliases=_texts(column.meta.get("aliases")),
                accepted_values=_texts(column.meta.get("accepted_values")),
            )
            for column in source.columns
        ),
        key=_texts(source.meta.get("key")),
        required=bool(source.meta.get("required")),
        files=_texts(source.meta.get("files")),
        at=source.at,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def _reasons(report: LoadReport) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in report.reasons.items())
