"""docs/bi.md: its blocks are there for every client, and name only marts and columns that exist."""

from __future__ import annotations

import re

import pytest

from tests.architecture.test_models import compiled
from tests.publishing.bi_clients import Client, clients

FOUND = list(clients())


def test_every_client_of_the_promise_has_a_block() -> None:
    named = " ".join(client.name for client in FOUND)
    for word in ("Superset", "Harlequin", "pandas", "polars", "DuckDB CLI", "Parquet"):
        assert word in named


@pytest.mark.parametrize("client", FOUND, ids=lambda c: c.name)
def test_a_block_is_python_and_names_marts(client: Client) -> None:
    compile(client.code, client.name, "exec")
    models = {m.model.name: m.model for m in compiled().models.values()}
    named = set(re.findall(r"marts\.(\w+)", client.code))
    assert named <= models.keys() | {"build_info"}
    known = {column.name for name in named for column in models[name].columns}
    used = re.findall(r"select (\w+(?:, \w+)+)", client.code)
    assert {c for text in used for c in text.split(", ")} - {"table_name", "comment"} <= known
