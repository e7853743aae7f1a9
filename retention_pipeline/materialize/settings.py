"""What the config of a model asks of its materialization, checked before anything runs.

Room:  compile. Imports errors, materialize, nodes, project.
In:    a model's config.  Out: Materialized; CompileError at the model's file.
"""

from __future__ import annotations

from retention_pipeline.errors import CompileError, Location, did_you_mean
from retention_pipeline.materialize.by_key_settings import read_by_key
from retention_pipeline.nodes import Config, Materialized, Model, Relation
from retention_pipeline.project import Project


def materialized_as(model: Model, project: Project) -> Materialized:
    """The materialization that a model's config names; `view` where it is silent."""
    if model.is_python:
        value = str(model.config.get("materialized") or Materialized.TABLE)
        if value != Materialized.TABLE:
            raise CompileError(
                f"a Python model is a table, it cannot be materialized '{value}'",
                at=Location(project.place(model.path)),
                fix="dbt.config(materialized='table')",
            )
        return Materialized.TABLE
    value = str(model.config.get("materialized", Materialized.VIEW))
    try:
        return Materialized(value)
    except ValueError:
        known = [str(m) for m in Materialized if m is not Materialized.SNAPSHOT]
        raise CompileError(
            f"materialized '{value}' is unknown",
            at=Location(project.place(model.path)),
            fix=did_you_mean(value, known) or f"use {', '.join(known)}",
        ) from None


def check_settings(model: Model, materialized: Materialized, project: Project) -> None:
    """Raise CompileError for settings of a materialization that make no sense."""
    if "meta" in model.config:
        read_by_key(model.config, Location(project.place(model.path)))
    if materialized is Materialized.INCREMENTAL:
        from retention_pipeline.materialize.incremental_settings import read_incremental

        read_incremental(model.config, Location(project.place(model.path)))
    if materialized is Materialized.EXTERNAL:
        from retention_pipeline.materialize.external_settings import read_external

        relation, at = Relation("", model.name), Location(project.place(model.path))
        read_external(model.config, relation, project.target, project.root, at)
    if materialized is Materialized.SNAPSHOT:
        from retention_pipeline.materialize.snapshot_settings import read_snapshot

        read_snapshot(model.config, Location(project.place(model.path)))


def rebuilds(config: Config, full_refresh: bool) -> bool:
    """True when a model is made anew: its own `full_refresh` decides before --full-refresh does."""
    own = config.get("full_refresh")
    return full_refresh if own is None else own is True or str(own).lower() == "true"
