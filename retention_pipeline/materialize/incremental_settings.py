"""What the config of an incremental model asks for.

Room:  compile. Imports errors, nodes.
In:    a model's config.  Out: Incremental; CompileError at the model's file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from retention_pipeline.errors import CompileError, Location, did_you_mean
from retention_pipeline.nodes import Config

STRATEGIES = ("append", "delete+insert", "merge")
_ALIKE = {"default": "delete+insert", "delete_insert": "delete+insert"}
SCHEMA_CHANGES = ("fail", "append_new_columns", "sync_all_columns", "ignore")
_CLAUSES = ("when_matched", "when_not_matched")


@dataclass(frozen=True, slots=True)
class Merge:
    """The `merge_*` settings of dbt-duckdb."""

    on_using: tuple[str, ...] = ()
    update_columns: tuple[str, ...] = ()
    exclude_columns: tuple[str, ...] = ()
    set_expressions: Mapping[str, str] = field(default_factory=dict)
    update_condition: str = ""
    insert_condition: str = ""
    clauses: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incremental:
    """How new rows meet the rows that are there."""

    strategy: str
    unique_key: tuple[str, ...]
    predicates: tuple[str, ...]
    on_schema_change: str
    merge: Merge


def read_incremental(config: Config, at: Location) -> Incremental:
    """The settings of an incremental model. Raises CompileError for those that make no sense."""
    read = _Reader(config, at)
    strategy = str(config.get("incremental_strategy") or "default")
    strategy = _ALIKE.get(strategy, strategy)
    if strategy == "microbatch":
        read.refuse(
            "incremental_strategy 'microbatch' is not supported",
            "use delete+insert with the period as unique_key, or append",
        )
    read.one_of("incremental_strategy", strategy, STRATEGIES)
    change = str(config.get("on_schema_change") or SCHEMA_CHANGES[0])
    read.one_of("on_schema_change", change, SCHEMA_CHANGES)
    predicates = read.texts("predicates") or read.texts("incremental_predicates")
    key = read.texts("unique_key")
    merge = read.merge() if strategy == "merge" else Merge()
    return Incremental(strategy, key, predicates, change, merge)


@dataclass(frozen=True, slots=True)
class _Reader:
    config: Mapping[str, Any]
    at: Location

    def refuse(self, message: str, fix: str | None) -> NoReturn:
        raise CompileError(message, at=self.at, fix=fix)

    def one_of(self, name: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            fix = did_you_mean(value, known) or f"use {', '.join(known)}"
            self.refuse(f"{name} '{value}' is unknown", fix)

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.config.get(name)
        if value is None or value == "":
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            self.refuse(f"{name} must be a text or a list of texts, it is {value!r}", None)
        return tuple(str(v) for v in value)

    def text(self, name: str) -> str:
        value = self.config.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(f"{name} must be a text, it is {value!r}", None)
        return value or ""

    def merge(self) -> Merge:
        expressions = self.config.get("merge_update_set_expressions") or {}
        if not isinstance(expressions, Mapping):
            self.refuse("merge_update_set_expressions must map columns to expressions", None)
        found = Merge(
            self.texts("merge_on_using_columns"),
            self.texts("merge_update_columns"),
            self.texts("merge_exclude_columns"),
            {str(k): str(v) for k, v in expressions.items()},
            self.text("merge_update_condition"),
            self.text("merge_insert_condition"),
            self._clauses(),
        )
        if found.update_columns and found.exclude_columns:
            self.refuse(
                "merge_update_columns and merge_exclude_columns cannot both be set", "keep one"
            )
        basic = (found.update_columns, found.exclude_columns, found.set_expressions)
        if found.clauses and any((*basic, found.update_condition, found.insert_condition)):
            self.refuse(
                "merge_clauses replaces the other merge_* settings",
                "keep merge_clauses, or the others",
            )
        return found

    def _clauses(self) -> dict[str, tuple[Mapping[str, Any], ...]]:
        value = self.config.get("merge_clauses")
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not value or not set(value) <= set(_CLAUSES):
            self.refuse("merge_clauses must hold when_matched or when_not_matched", None)
        for name, clauses in value.items():
            good = isinstance(clauses, list) and clauses
            if not good or not all(isinstance(c, Mapping) for c in clauses):
                self.refuse(f"merge_clauses.{name} must be a list of mappings", None)
        return {str(name): tuple(clauses) for name, clauses in value.items()}
