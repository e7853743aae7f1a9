"""The examples in docstrings are true."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "plain",
        "quoting",
        "scan",
        "sql",
        "columns",
        "row_hashes",
        "reads",
        "sql_text",
        "upkeep",
        "faults",
    ],
)
def test_examples(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"retention_pipeline.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
