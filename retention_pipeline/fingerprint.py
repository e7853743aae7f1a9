"""What a node is made of, as a short text: equal texts mean that building again gives the same.

Room:  compile. Imports compiled, salt, sql_text.
In:    compiled SQL and config.  Out: digests. They may err towards "different", never towards "same".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.errors import Location
from retention_pipeline.materialize.by_key_settings import read_by_key
from retention_pipeline.nodes import KEEPS_HISTORY, Materialized
from retention_pipeline.quoting import literal
from retention_pipeline.salt import uses_salt, without_salt
from retention_pipeline.sql_text import canonical_text, is_volatile
from retention_pipeline.test_sql import CompiledTest

# Raised when the meaning of stored fingerprints changes: everything is built once more.
FORMAT = 1
VOLATILE = "volatile"
_AS_OF = " as of "
_SETTINGS = frozenset(
    {"unique_key", "incremental_strategy", "incremental_predicates", "predicates"}
    | {"on_schema_change", "strategy", "updated_at", "check_cols", "hard_deletes"}
    | {"invalidate_hard_deletes", "dbt_valid_to_current", "snapshot_meta_column_names"}
    | {"location", "format", "delimiter", "options"}
    | {"parquet_read_options", "csv_read_options", "json_read_options"}
)


def digest(*parts: Any) -> str:
    """A short digest of values that JSON can hold."""
    text = json.dumps(parts, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def model_logic(model: CompiledModel, compiled: Compiled, engine_version: str, salt_id: str) -> str:
    """The model without its parents' data: SQL, relation, materialization, engine and its settings.

    Comments, white space and the case of keywords change nothing. A model that reads files or asks
    for chance or time by itself is VOLATILE: it is built every time. `salt_id` stands for the salt.
    """
    if model.is_open:
        return VOLATILE
    sql = without_salt(model.sql)
    more = own_logic(model)
    if is_volatile(sql) or any(is_volatile(text) for text in more):
        return VOLATILE
    settings = dict(compiled.project.target.settings)
    text, by_key = canonical_text(sql), read_by_key(model.config, Location(model.model.path))
    as_of = compiled.project.vars.get("as_of") if by_key and by_key.as_of else None
    if as_of is not None:
        text = text.replace(literal(str(as_of)), literal("<as_of>"))
    found = digest(
        FORMAT,
        engine_version,
        settings,
        str(model.relation),
        str(model.materialized),
        text,
        *([repr(by_key)] if by_key else []),
        *([salt_id] if uses_salt(model.sql) else []),
        *([canonical_text(text) for text in more]),
    )
    return found if as_of is None else f"{found}{_AS_OF}{as_of}"


def moved_as_of(before: str, now: str) -> tuple[str, str] | None:
    """The as_of of two logics of one model; None when more than as_of differs. Both are '' for
    what does not depend on it, or does not say how."""
    (one, _, first), (other, _, second) = before.partition(_AS_OF), now.partition(_AS_OF)
    return (first, second) if one == other != VOLATILE else None


def own_logic(model: CompiledModel) -> list[str]:
    """What else decides the content of a model: its increment, the settings of how it is made."""
    hooks = [repr(model.hooks)] if model.hooks else []
    hooks += [repr(model.checks)] if model.checks else []
    if model.materialized not in (*KEEPS_HISTORY, Materialized.EXTERNAL):
        return hooks
    found = [without_salt(model.increment.sql)] if model.increment else []
    settings = [n for n in model.config if n in _SETTINGS]
    names = sorted([*settings, *(n for n in model.config if n.startswith("merge_"))])
    return [*hooks, *found, json.dumps([[n, model.config[n]] for n in names], default=str)]


def test_logic(
    test: CompiledTest, versions: Mapping[str, str], engine_version: str, salt_id: str
) -> str:
    """A data test with the versions of what it reads; VOLATILE when one of them is not known."""
    sql = without_salt(test.sql)
    if test.introspective or is_volatile(sql) or any(uid not in versions for uid in test.needs):
        return VOLATILE
    config = test.config
    judged = (config.severity, config.warn_if, config.error_if, config.fail_calc, config.limit)
    read = sorted((uid, versions[uid]) for uid in test.needs)
    salt = [salt_id] if uses_salt(test.sql) else []
    return digest(FORMAT, engine_version, sql, [str(j) for j in judged], read, *salt)
