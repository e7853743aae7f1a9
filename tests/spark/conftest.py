"""Servers that the slow tests ask: Sail in this process, and a real Spark where there is one.

RETENTION_SPARK_REMOTE=sc://host:port names a Spark Connect server that may be written to;
RETENTION_SPARK_HOME an installed Spark, of which one is started.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention_pipeline.engine import Engine
from retention_pipeline.engines.spark.session import Remote, Sessions
from tests.spark.pairs import ROWS, SALT
from tests.spark.server import HOME_ENV, spark_server

REMOTE_ENV = "RETENTION_SPARK_REMOTE"


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """One session of a Sail server: its catalog lives in the session."""
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    server_module = pytest.importorskip(
        "pysail.spark", reason="the extra 'spark-test' is not installed"
    )
    server = server_module.SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    tables = tmp_path_factory.mktemp("sail").as_uri()
    sessions = _connected(Remote(f"sc://{host}:{port}", is_shared=True, location=tables))
    yield sessions
    sessions.close()
    server.stop()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    """Apache Spark: behind the address of the environment, or started for these tests."""
    pytest.importorskip("pyspark", reason="the extra 'spark' is not installed")
    remote, home = os.environ.get(REMOTE_ENV), os.environ.get(HOME_ENV)
    if not remote and not home:
        pytest.skip(f"neither {REMOTE_ENV} nor {HOME_ENV} names an Apache Spark")
    with contextlib.ExitStack() as stack:
        if not remote:
            folder = tmp_path_factory.mktemp("spark")
            remote = stack.enter_context(spark_server(Path(str(home)), folder))
        sessions = _connected(Remote(remote))
        stack.callback(sessions.close)
        yield sessions


def _connected(remote: Remote) -> Sessions:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark's own, of what it imports
        return Sessions(remote)


@pytest.fixture(scope="session")
def duck() -> Iterator[Engine]:
    with Engine(":memory:", variables={"salt": SALT}) as engine:
        engine.query("create schema raw")
        engine.query(f"create table raw.t as {ROWS}")
        yield engine
