"""The nouns of a project, frozen: what the files say before anything is rendered.

Room:  words. Imports errors.
In:    values that `read` found.  Out: Model, Seed, Source, DataTest, UnitTest, Exposure and their parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from retention_pipeline.errors import Location
from retention_pipeline.quoting import relation

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
"""What YAML can hold. Dates are kept as the text that was written."""

Config: TypeAlias = Mapping[str, Value]


class Kind(StrEnum):
    """dbt's resource types that this runner knows."""

    MODEL = "model"
    SNAPSHOT = "snapshot"
    SEED = "seed"
    SOURCE = "source"
    DATA_TEST = "test"
    UNIT_TEST = "unit_test"
    EXPOSURE = "exposure"


class Materialized(StrEnum):
    """How a model becomes a relation."""

    VIEW = "view"
    TABLE = "table"
    EPHEMERAL = "ephemeral"
    INCREMENTAL = "incremental"
    EXTERNAL = "external"
    SNAPSHOT = "snapshot"


MARTS = "marts"
"""The schema whose relations are published."""

KEEPS_HISTORY = frozenset({Materialized.INCREMENTAL, Materialized.SNAPSHOT})
"""What is there decides what will be there: such a relation cannot be made again from its parents."""


class Severity(StrEnum):
    """What a failing data test means for the build."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view by its full name; as text it is quoted SQL.

    `database` is empty for what is ours; it names one that is attached while a build goes on.
    """

    schema: str
    name: str
    database: str = ""
    text: str = ""  # SQL that stands for it: what lies outside the database has no name in it

    @property
    def identifier(self) -> str:
        """dbt's word for the name."""
        return self.name

    @property
    def table(self) -> str:
        """dbt's other word for the name."""
        return self.name

    def __str__(self) -> str:
        return self.text or relation(self.schema, self.name, self.database)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a .yml describes it. `data_type` is None where the file is silent."""

    name: str
    data_type: str | None = None
    description: str = ""
    meta: Config = field(default_factory=dict)
    at: Location | None = None
    constraints: tuple[Config, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One .sql file with what its .yml and dbt_project.yml say about it."""

    name: str
    path: Path
    text: str
    fqn: tuple[str, ...]
    config: Config
    columns: tuple[Column, ...] = ()
    description: str = ""
    spec_at: Location | None = None
    kind: Kind = Kind.MODEL
    constraints: tuple[Config, ...] = ()
    is_latest: bool = False  # of several versions: the one that ref() without a version means

    @property
    def unique_id(self) -> str:
        return f"{self.kind}.{self.fqn[0]}.{self.name}"

    @property
    def compiled_path(self) -> Path:
        """Where its SQL is written: one file may hold several snapshots."""
        return self.path if self.kind is Kind.MODEL else self.path.with_name(f"{self.name}.sql")

    @property
    def is_python(self) -> bool:
        """True for models/**/*.py."""
        return self.path.suffix == ".py"


@dataclass(frozen=True, slots=True)
class Seed:
    """One .csv file of the project."""

    name: str
    path: Path
    fqn: tuple[str, ...]
    config: Config
    columns: tuple[Column, ...] = ()
    description: str = ""
    spec_at: Location | None = None

    @property
    def unique_id(self) -> str:
        return f"seed.{self.fqn[0]}.{self.name}"

    @property
    def column_types(self) -> dict[str, str]:
        """Declared types: `config.column_types` first, then the columns' `data_type`."""
        types = {c.name: c.data_type for c in self.columns if c.data_type}
        configured = self.config.get("column_types")
        if isinstance(configured, Mapping):
            types.update({str(k): str(v) for k, v in configured.items()})
        return types


@dataclass(frozen=True, slots=True)
class Source:
    """One table that comes from outside. `is_contract`: the runner realises it before models run."""

    source: str
    table: str
    schema: str
    identifier: str
    package: str
    columns: tuple[Column, ...]
    meta: Config
    tags: tuple[str, ...]
    description: str
    at: Location
    location: str = ""  # SQL that reads it from outside the database
    freshness: Config = field(default_factory=dict)  # how old it may be; see source_freshness

    @property
    def unique_id(self) -> str:
        return f"source.{self.package}.{self.source}.{self.table}"

    @property
    def name(self) -> str:
        return f"{self.source}.{self.table}"

    @property
    def fqn(self) -> tuple[str, ...]:
        return (self.package, self.source, self.table)

    @property
    def is_contract(self) -> bool:
        return bool(self.meta.get("input_contract"))

    @property
    def relation(self) -> Relation:
        return Relation(self.schema, self.identifier, text=self.location)


@dataclass(frozen=True, slots=True)
class TestConfig:
    """How a data test is judged. `where` and `limit` narrow what is looked at."""

    severity: Severity = Severity.ERROR
    where: str | None = None
    limit: int | None = None
    warn_if: str = "!= 0"
    error_if: str = "!= 0"
    fail_calc: str = "count(*)"
    store_failures: bool = False
    store_failures_as: str = "table"
    schema: str | None = None  # where failures are kept
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataTest:
    """A generic test on a node (`kind` and `arguments`) or a singular .sql file (`text`).

    `alias` is the name that is short enough for a file or a table.
    """

    name: str
    alias: str
    unique_id: str
    fqn: tuple[str, ...]
    config: TestConfig
    at: Location
    settings: Config = field(default_factory=dict)  # of its .yml, as written
    project_settings: Config = field(default_factory=dict)  # of dbt_project.yml
    kind: str | None = None
    attached_to: str | None = None  # unique id of the tested node
    column: str | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    text: str = ""
    path: Path | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Fixture:
    """Rows of a unit test: `input` is the ref()/source() text, empty for the expectation."""

    input: str
    format: str
    rows: Value
    at: Location


@dataclass(frozen=True, slots=True)
class UnitTest:
    """Given these rows, the model must give those."""

    name: str
    unique_id: str
    fqn: tuple[str, ...]
    model: str
    given: tuple[Fixture, ...]
    expect: Fixture
    override_vars: Mapping[str, Value]
    override_macros: Mapping[str, Value]
    override_env_vars: Mapping[str, Value]
    tags: tuple[str, ...]
    at: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something outside that reads models: a dashboard. `reads` are (ref | source, name)."""

    package: str
    name: str
    type: str
    reads: tuple[tuple[str, str], ...]
    owner: Config
    tags: tuple[str, ...]
    meta: Config
    description: str
    texts: Mapping[str, str]  # label, maturity, url, where given
    at: Location

    @property
    def unique_id(self) -> str:
        return f"exposure.{self.package}.{self.name}"


Node: TypeAlias = Model | Seed | Source | DataTest | UnitTest
