"""Relations and columns as templates handle them: dbt's `api.Relation` and `api.Column`.

Room:  compile. Imports nodes, quoting.
In:    names and types.  Out: TemplateRelation, whose text is the relation's SQL; TemplateColumn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retention_pipeline.nodes import Relation
from retention_pipeline.quoting import quote, relation

_FIELD = re.compile(r'("(?:[^"]|"")*"|\S+)\s+(.*)\Z', re.DOTALL)
_WHOLE = {"tinyint", "smallint", "integer", "bigint", "hugeint", "short", "int", "signed", "long"}
_WHOLE |= {"int1", "int2", "int4", "int8", "utinyint", "usmallint", "uinteger", "ubigint"}
_FLOATS = {"real", "float", "float4", "float8", "double"}
_TEXTS = {"text", "character varying", "character", "varchar"}
_TYPES = {"STRING": "TEXT", "FLOAT": "FLOAT", "INTEGER": "INT", "TIMESTAMP": "TIMESTAMP"}


@dataclass(frozen=True)
class TemplateRelation:
    """A relation with the names that dbt gives to its parts. The database is known, not written."""

    database: str | None
    schema: str | None
    identifier: str | None
    type: str | None = None
    text: str = ""  # what is written instead of the names: a file, the CTE of an ephemeral model
    limited: bool = False  # --empty: no rows of it

    @classmethod
    def of(cls, found: Relation, database: str, kind: str | None = None) -> TemplateRelation:
        """What templates get of a relation of ours."""
        text = str(found) if found.database else found.text
        return cls(found.database or database, found.schema, found.name, kind, text)

    @classmethod
    def create(
        cls,
        database: str | None = None,
        schema: str | None = None,
        identifier: str | None = None,
        type: str | None = None,  # noqa: A002 - dbt's word
        **_: Any,
    ) -> TemplateRelation:
        """dbt's constructor."""
        return cls(database, schema, identifier, type)

    @staticmethod
    def add_ephemeral_prefix(name: str) -> str:
        """dbt's name for the CTE of an ephemeral model."""
        return f"__dbt__cte__{name}"

    @property
    def name(self) -> str | None:
        return self.identifier

    @property
    def table(self) -> str | None:
        return self.identifier

    @property
    def full_name(self) -> str:
        """All names with the database's, which the SQL of a relation leaves out."""
        return ".".join(
            [quote(self.database), str(self)] if self.database and not self.text else [str(self)]
        )

    @property
    def is_view(self) -> bool:
        return self.type == "view"

    @property
    def is_table(self) -> bool:
        return self.type == "table"

    @property
    def is_cte(self) -> bool:
        return self.type == "cte"

    def include(
        self,
        database: bool | None = None,
        schema: bool | None = None,
        identifier: bool | None = None,
    ) -> TemplateRelation:
        """The relation without the parts that are False."""
        return replace(
            self,
            database=None if database is False else self.database,
            schema=None if schema is False else self.schema,
            identifier=None if identifier is False else self.identifier,
        )

    def quote(self, **_: Any) -> TemplateRelation:
        """Names are always quoted: DuckDB does not mind."""
        return self

    def incorporate(self, path: Any = None, **more: Any) -> TemplateRelation:
        """The relation with other parts."""
        parts = {**dict(path or {}), **{k: v for k, v in more.items() if k == "type"}}
        return replace(self, **{k: v for k, v in parts.items() if k in _PARTS})

    def without_identifier(self) -> TemplateRelation:
        return replace(self, identifier=None)

    def information_schema(self, view: str | None = None) -> TemplateRelation:
        return TemplateRelation(self.database, "information_schema", view)

    def render(self) -> str:
        return str(self)

    # -- dbt's packages tell relations by what they are as mappings ----------------------------
    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in _KEYS else default

    def __getitem__(self, key: str) -> Any:
        if key == "metadata":
            return {"type": "DuckDBRelation"}
        if key not in _KEYS:
            raise KeyError(key)
        return {
            "database": self.database,
            "schema": self.schema,
            "identifier": self.identifier,
        }.get(key, self.type)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)

    def __str__(self) -> str:
        if self.text:
            return self.text
        names = [name for name in (self.schema, self.identifier) if name]
        return ".".join(quote(name) for name in names) if len(names) < 2 else relation(*names)

    def __html__(self) -> str:
        return str(self)


_PARTS = frozenset({"database", "schema", "identifier", "type"})
_KEYS = ("metadata", "database", "schema", "identifier", "type")
Mapping.register(TemplateRelation)


@dataclass(frozen=True)
class TemplateColumn:
    """A column and its type, under dbt's names; it answers what dbt-duckdb's answers."""

    column: str
    dtype: str
    char_size: int | None = None
    numeric_precision: Any = None
    numeric_scale: Any = None

    @classmethod
    def create(cls, name: str, label_or_dtype: str) -> TemplateColumn:
        return cls(name, cls.translate_type(label_or_dtype))

    @staticmethod
    def translate_type(dtype: str) -> str:
        """dbt's word for a type -> the database's."""
        return _TYPES.get(str(dtype).upper(), str(dtype))

    @property
    def name(self) -> str:
        return self.column

    @property
    def quoted(self) -> str:
        return quote(self.column)

    @property
    def data_type(self) -> str:
        """The type with its size, as dbt writes it: a text has one, whatever the database says."""
        if self.is_string():
            return self.string_type(self.string_size())
        if self.is_numeric():
            return self.numeric_type(self.dtype, self.numeric_precision, self.numeric_scale)
        return self.dtype

    @property
    def fields(self) -> list[TemplateColumn]:
        """The fields of a struct."""
        return [
            TemplateColumn(*_FIELD.match(part.strip()).groups())  # type: ignore[union-attr]
            for part in _parts(self.dtype[len("struct(") : -1] if self.is_struct() else "")
        ]

    def flatten(self) -> list[TemplateColumn]:
        """A struct as its innermost fields, `pair.first`; any other column as itself."""
        if not self.is_struct():
            return [self]
        inner = [found for field in self.fields for found in field.flatten()]
        return [replace(found, column=f"{self.column}.{found.column}") for found in inner]

    def is_struct(self) -> bool:
        return self.dtype.lower().startswith("struct(")

    def is_string(self) -> bool:
        return self.dtype.lower() in _TEXTS

    def is_integer(self) -> bool:
        return self.dtype.lower() in _WHOLE

    def is_float(self) -> bool:
        return self.dtype.lower() in _FLOATS

    def is_numeric(self) -> bool:
        """Not a decimal with its digits, which is what DuckDB's are: as in dbt-duckdb."""
        return self.dtype.lower() in ("decimal", "numeric")

    def is_number(self) -> bool:
        return self.is_integer() or self.is_float() or self.is_numeric()

    def string_size(self) -> int:
        return 256 if self.dtype == "text" else self.char_size or 256

    def can_expand_to(self, other: TemplateColumn) -> bool:
        return self.is_string() and other.is_string() and other.string_size() > self.string_size()

    def literal(self, value: Any) -> str:
        return f"{value}::{self.data_type}"

    @staticmethod
    def string_type(size: int) -> str:
        return f"character varying({size})"

    @staticmethod
    def numeric_type(dtype: str, precision: Any, scale: Any) -> str:
        return dtype if precision is None or scale is None else f"{dtype}({precision},{scale})"

    def __str__(self) -> str:
        return f"<Column {self.column} ({self.data_type})>"


def _parts(inside: str) -> list[str]:
    """What commas part, but for those in brackets.

    >>> _parts("a DECIMAL(18,4), b STRUCT(c INTEGER, d DATE)")
    ['a DECIMAL(18,4)', ' b STRUCT(c INTEGER, d DATE)']
    """
    parts, depth = [""], 0
    for letter in inside:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]
