"""Apache Spark for the tests: a Connect server in local mode, started and stopped.

RETENTION_SPARK_HOME names the folder of an installed `pyspark` (the full one, with its jars, from an
environment of its own); a JVM must be on the path.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

HOME_ENV = "RETENTION_SPARK_HOME"
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_PATIENCE = 180.0


@contextlib.contextmanager
def spark_server(home: Path, folder: Path) -> Iterator[str]:
    """A server that keeps its tables in the folder; gives its address."""
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    command = [str(home / "bin" / "spark-submit"), "--class", _CLASS, "--master", "local[2]"]
    command += ["--driver-memory", "3g"]
    command += [word for item in settings.items() for word in ("--conf", "=".join(item))]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "spark-internal"],
            cwd=folder,
            env={**os.environ, "SPARK_HOME": str(home)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(port, server)
            yield f"sc://127.0.0.1:{port}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        return int(given.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended: see server.log"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.5)
    raise TimeoutError("no Spark Connect server after three minutes")
