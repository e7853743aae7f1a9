"""The output of profiles.yml that marts are published to: a PostgreSQL database.

Room:  plan. Imports errors, profile, project.
In:    Project, the name of an output.  Out: PostgresTarget; CommandError with its line.

dbt's own words for such an output. A password is never written there: it is `{{ env_var(...) }}`,
or not given, and then libpq looks where it always looks (PGPASSWORD, ~/.pgpass).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retention_pipeline.errors import CommandError, Location
from retention_pipeline.profile import read_other
from retention_pipeline.project import Project

_WORDS = {
    "host": "host",
    "port": "port",
    "user": "user",
    "pass": "password",
    "password": "password",
    "dbname": "dbname",
    "database": "dbname",
    "sslmode": "sslmode",
    "sslrootcert": "sslrootcert",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "connect_timeout": "connect_timeout",
}
_OTHERS = {"type", "schema", "threads"}
_LONGEST = 40  # of 63: what is at work and what goes has a longer name for a moment
EXAMPLE = (
    "postgres: {type: postgres, host: db.example.org, user: publisher, dbname: bi,"
    " schema: marts, password: \"{{ env_var('DBT_ENV_SECRET_PG_PASSWORD') }}\"}"
)


@dataclass(frozen=True, slots=True)
class PostgresTarget:
    """Where to connect, and the schema to replace. `secret` is never shown."""

    name: str
    schema: str
    where: Mapping[str, str]
    secret: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The place in words, without the password."""
        host, port = self.where.get("host", "localhost"), self.where.get("port", "5432")
        return f"postgres://{host}:{port}/{self.where.get('dbname', '')} schema {self.schema}"


def read_postgres(project: Project, name: str) -> PostgresTarget:
    """Read and check it. Raises CommandError when it is not there or makes no sense."""
    found = read_other(project.profiles, project.target.profile_name, name, project.environ)
    if found is None:
        raise CommandError(
            f"--to {name}: the profile '{project.target.profile_name}' has no such output",
            at=Location(project.place(project.profiles)),
            fix=f"add below outputs:  {EXAMPLE}",
        )
    values, written, at = found
    at = Location(project.place(project.profiles), at.line)
    if values.get("type") != "postgres":
        kind = values.get("type")
        raise CommandError(f"--to {name}: its type is '{kind}'", at=at, fix="use type: postgres")
    unknown = sorted(values.keys() - _WORDS.keys() - _OTHERS)
    if unknown:
        fix = f"known are {', '.join(sorted(_WORDS.keys() | _OTHERS))}"
        raise CommandError(f"'{unknown[0]}' means nothing in a postgres output", at=at, fix=fix)
    _check_password(written, at)
    where = {
        _WORDS[key]: str(v) for key, v in values.items() if key in _WORDS and v not in ("", None)
    }
    if "dbname" not in where:
        raise CommandError("a postgres output needs a dbname", at=at, fix="dbname: bi")
    return PostgresTarget(name, _schema(values, at), where, where.pop("password", ""))


def _check_password(written: Mapping[str, Any], at: Location) -> None:
    for key in ("pass", "password"):
        text = str(written.get(key) or "")
        if text and "env_var(" not in text:
            raise CommandError(
                "a password is written in profiles.yml",
                at=at,
                fix=f"{key}: \"{{{{ env_var('DBT_ENV_SECRET_PG_PASSWORD') }}}}\", or leave it out for ~/.pgpass",
            )


def _schema(values: Mapping[str, Any], at: Location) -> str:
    schema = str(values.get("schema") or "marts")
    if schema.startswith("pg_") or schema in ("public", "information_schema"):
        raise CommandError(
            f"the schema '{schema}' would be replaced as a whole", at=at, fix="schema: marts"
        )
    if len(schema.encode()) > _LONGEST:
        raise CommandError(f"the schema '{schema}' has too long a name", at=at, fix="schema: marts")
    return schema
