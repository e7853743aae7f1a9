"""The keys that properties files may have.

Room:  read. Imports nothing.
In:    nothing.  Out: sets of words.
"""

from __future__ import annotations

# Sections of dbt that are accepted and left alone: they describe, they build nothing here.
DESCRIPTIVE = {"version", "macros", "analyses", "groups", "metrics"}
DESCRIPTIVE |= {"semantic_models", "saved_queries", "functions", "anchors"}
# What the semantic layer and dbt's other engine write beside a model and its columns.
_OF_MODELS = ["time_spine", "semantic_model", "metrics", "agg_time_dimension", "primary_entity"]
_OF_MODELS += ["derived_semantics", "static_analysis_off_reason"]
_OF_COLUMNS = ["granularity", "dimension", "entity", "policy_tags"]
NODES = {"models", "seeds", "sources", "snapshots", "unit_tests", "data_tests", "exposures"}
FILE = frozenset(NODES | DESCRIPTIVE)
NODE = frozenset(
    [
        "name",
        "description",
        "config",
        "columns",
        "data_tests",
        "tests",
        "docs",
        "meta",
        "tags",
        "access",
        "group",
        "versions",
        "latest_version",
        "constraints",
        "deprecation_date",
        *_OF_MODELS,
    ]
)
COLUMN = frozenset(
    [
        "name",
        "description",
        "data_type",
        "data_tests",
        "tests",
        "config",
        "meta",
        "tags",
        "constraints",
        "quote",
        "docs",
        *_OF_COLUMNS,
    ]
)
SOURCE = frozenset(
    [
        "name",
        "description",
        "schema",
        "database",
        "config",
        "meta",
        "tags",
        "tables",
        "loader",
        "freshness",
        "loaded_at_field",
        "loaded_at_query",
        "quoting",
        "overrides",
    ]
)
TABLE = frozenset(
    [
        "name",
        "description",
        "identifier",
        "config",
        "meta",
        "tags",
        "columns",
        "data_tests",
        "tests",
        "loader",
        "freshness",
        "loaded_at_field",
        "loaded_at_query",
        "quoting",
        "external",
        "docs",
    ]
)
UNIT = frozenset(
    ["name", "description", "model", "given", "expect", "overrides", "config", "versions"]
)
FIXTURE = frozenset(["input", "format", "rows", "fixture"])
TEST_CONFIG = frozenset(
    [
        "severity",
        "where",
        "limit",
        "warn_if",
        "error_if",
        "fail_calc",
        "store_failures",
        "store_failures_as",
        "enabled",
        "tags",
        "meta",
        "name",
        "schema",
        "alias",
        "group",
    ]
)
TEST_RESERVED = frozenset({"arguments", "config", "name", "description", "test_name"})
