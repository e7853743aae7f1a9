"""Sessions of a Spark Connect server: one a thread, all with the same settings.

Room:  act. Imports engine, errors. Alone may touch: pyspark, the thin Connect client.
In:    sc://host:port, settings; a token from the environment.  Out: Arrow tables; EngineFault with the
line of the SQL it is about, EngineError when there is no server.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from retention_pipeline.engine import EngineFault
from retention_pipeline.errors import EngineError, Location, hide_secrets
from retention_pipeline.spark_target import TOKEN_ENV

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.analyzer.maxIterations": "1000",  # a recursion that is written out is deep
}
"""What the translation counts on. `allowPrecisionLoss` off: a product keeps all its digits."""
_RULES = "spark.sql.optimizer.excludedRules"
_BROKEN_RULE = "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases"
_LINE = re.compile(r"\(line (\d+), pos \d+\)|== SQL \(line (\d+), position \d+\)")
_SHORT = 600
_PORT = 15002  # Spark's own default
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the server is. `is_shared`: one session for all threads, for a catalog of its own.

    An address with `session_id=` names such a session: it was there before us, and stays.

    `location`: the folder or address below which each schema keeps its tables; the server's own else.
    """

    url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    is_shared: bool = False
    location: str = ""

    @property
    def is_named(self) -> bool:
        return "session_id=" in self.url

    def address(self, environ: Mapping[str, str]) -> str:
        """The address with the token of the environment, which is never shown or stored."""
        token = environ.get(TOKEN_ENV)
        if not token or "token=" in self.url:
            return self.url
        return (
            f"{self.url.rstrip('/')}/;token={token}"
            if "/;" not in self.url
            else (f"{self.url};token={token}")
        )


class Sessions:
    """The sessions of one server."""

    def __init__(self, remote: Remote, environ: Mapping[str, str] | None = None) -> None:
        self.remote, self.environ = remote, dict(os.environ if environ is None else environ)
        self._lock = threading.Lock()
        self._local = threading.local()
        self._open: list[Any] = []
        self.session  # noqa: B018 - fails now when there is no server

    @property
    def session(self) -> Any:
        """This thread's session."""
        found = getattr(self._local, "session", None)
        if found is None:
            with self._lock:
                is_one = self.remote.is_shared or self.remote.is_named
                is_first = not (is_one and self._open)
                found = self._connect() if is_first else self._open[0]
                if is_first:
                    self._open.append(found)
            self._local.session = found
        return found

    def _connect(self) -> Any:
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError:
            raise EngineError(
                "the target is Spark, and its client is not installed",
                fix="pip install 'retention_pipeline[spark]'",
            ) from None
        self._knock()
        try:
            builder = SparkSession.builder.remote(self.remote.address(self.environ))
            session = builder.create()
            for name, value in settings_of(self.remote).items():
                session.conf.set(name, value)
        except (PySparkException, OSError, ValueError) as error:
            text = hide_secrets(_first_line(error), self.environ)
            raise _no_server(self.remote, text) from None
        return session

    def _knock(self) -> None:
        """Is anybody there at all? The client itself would try again for ten minutes."""
        place = urlsplit(self.remote.url)
        try:
            with socket.create_connection((place.hostname or "", place.port or _PORT), _PATIENCE):
                return
        except OSError as error:
            raise _no_server(self.remote, str(error)) from None

    def frame(self, sql: str, parameters: Mapping[str, str] | None = None) -> Any:
        """A DataFrame of a query, of which nothing runs yet."""
        with faults(self.environ):
            return (
                self.session.sql(sql, args=dict(parameters))
                if parameters
                else (self.session.sql(sql))
            )

    def fetch(self, sql: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The rows of a query."""
        with faults(self.environ):
            return self.frame(sql, parameters).toArrow()

    @property
    def version(self) -> str:
        """The server's own."""
        with faults(self.environ):
            return str(self.session.version)

    def name(self, frame: Any, name: str) -> None:
        """Let this thread's statements read a DataFrame by a name."""
        with faults(self.environ):
            frame.createOrReplaceTempView(name)

    def unname(self, name: str) -> None:
        with faults(self.environ):
            self.session.catalog.dropTempView(name)

    def interrupt(self) -> None:
        """Stop what every session is running; each gets an EngineFault."""
        with self._lock:
            for session in self._open:
                with contextlib.suppress(EngineFault), faults(self.environ):
                    session.interruptAll()

    def given(self, rows: Any) -> Any:
        """A DataFrame of rows that are given."""
        with faults(self.environ):
            return self.session.createDataFrame(rows)

    def close(self) -> None:
        with self._lock:
            for session in self._open:
                with contextlib.suppress(EngineFault), faults(self.environ):
                    # the server may be gone already; a session with a name outlives us
                    (session.client.close if self.remote.is_named else session.stop)()
            self._open.clear()
            self._local = threading.local()


def _no_server(remote: Remote, text: str) -> EngineError:
    return EngineError(
        f"no Spark Connect server answers: {text}",
        at=Location(remote.url.partition("/;")[0]),
        fix="start one, or mend `remote` of the target in profiles.yml",
    )


def settings_of(remote: Remote) -> dict[str, str]:
    """What a session is told: the target's own settings, then what the translation counts on.

    Spark 4.3.0 makes an invalid plan of a window over a union when it removes aliases that change
    nothing (PLAN_VALIDATION_FAILED_RULE_IN_BATCH): that rule of its optimizer is left out.
    """
    given = dict(remote.settings)
    rules = [rule for rule in given.pop(_RULES, "").split(",") if rule]
    return {**given, **SETTINGS, _RULES: ",".join(sorted({*rules, _BROKEN_RULE}))}


@contextlib.contextmanager
def faults(environ: Mapping[str, str]) -> Iterator[None]:
    """Turn what the client raises into EngineFault."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise read_fault(hide_secrets(str(error), environ)) from None


def read_fault(text: str) -> EngineFault:
    """Take a message of Spark apart: what happened, and the line of the SQL.

    >>> read_fault("[DIVIDE_BY_ZERO] Division by zero.\\n== SQL (line 3, position 8) ==\\na/b").line
    3
    """
    found = _LINE.search(text)
    line = int(found[1] or found[2]) if found else None
    message = text.split("JVM stacktrace")[0].split("\n== SQL")[0].strip()
    return EngineFault(message[:_SHORT], None, line)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0][:_SHORT]
