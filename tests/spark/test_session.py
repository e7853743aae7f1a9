"""Addresses, secrets and messages, without a server."""

from __future__ import annotations

import pytest

from retention_pipeline.engines.spark.session import (
    SETTINGS,
    Remote,
    Sessions,
    read_fault,
    settings_of,
)
from retention_pipeline.errors import EngineError
from retention_pipeline.spark_target import TOKEN_ENV


def test_a_token_comes_from_the_environment_only() -> None:
    environ = {TOKEN_ENV: "s3cret"}
    assert Remote("sc://host:443").address({}) == "sc://host:443"
    assert Remote("sc://host:443").address(environ) == "sc://host:443/;token=s3cret"
    assert (
        Remote("sc://host:443/;use_ssl=true").address(environ)
        == "sc://host:443/;use_ssl=true;token=s3cret"
    )
    assert "s3cret" not in repr(Remote("sc://host:443"))


def test_what_the_translation_counts_on_cannot_be_set_otherwise() -> None:
    rules = "spark.sql.optimizer.excludedRules"
    given = {"spark.sql.ansi.enabled": "false", "spark.sql.shuffle.partitions": "8", rules: "a.B"}
    told = settings_of(Remote("sc://host", given))
    assert SETTINGS.items() <= told.items()
    assert told["spark.sql.shuffle.partitions"] == "8"
    assert told[rules].split(",")[0] == "a.B"
    assert told[rules].endswith(".RemoveRedundantAliases")


def test_a_message_tells_the_line_of_the_sql() -> None:
    fault = read_fault(
        "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide`. SQLSTATE: 22012\n"
        "== SQL (line 3, position 8) ==\nselect a / b\n       ^^^^^\n\nJVM stacktrace:\norg.apache..."
    )
    assert (fault.line, fault.message) == (
        3,
        "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide`. SQLSTATE: 22012",
    )
    assert read_fault("[PARSE_SYNTAX_ERROR] near 'x'.(line 2, pos 5)").line == 2
    assert read_fault("something else").line is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_server_is_told_with_its_address() -> None:
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    with pytest.raises(EngineError, match="no Spark Connect server answers") as found:
        Sessions(Remote("sc://127.0.0.1:1"), {TOKEN_ENV: "s3cret-token"})
    assert "127.0.0.1:1" in str(found.value)
    assert "s3cret-token" not in str(found.value)
