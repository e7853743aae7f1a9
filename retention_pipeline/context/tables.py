"""The answer to a question of a template, in the shape that dbt's templates expect (agate's).

Room:  compile. Imports nothing of ours. May touch: jinja2, for its undefined values.
In:    names of columns, rows.  Out: AnswerTable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jinja2 import ChainableUndefined


class Named(tuple[Any, ...]):
    """Values that are found by place and by name."""

    names: tuple[str, ...]

    def __new__(cls, values: Sequence[Any], names: Sequence[str]) -> Named:
        made = super().__new__(cls, values)
        made.names = tuple(names)
        return made

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(key)
            return tuple.__getitem__(self, self.names.index(key))
        return tuple.__getitem__(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self.names else default

    def keys(self) -> tuple[str, ...]:
        return self.names

    def values(self) -> tuple[Any, ...]:
        return tuple(self)

    def items(self) -> list[tuple[str, Any]]:
        return list(zip(self.names, self, strict=True))

    def dict(self) -> dict[str, Any]:
        return {name: value for name, value in self.items()}  # noqa: C416 - the class hides dict


class AnswerColumn(tuple[Any, ...]):
    """The values of one column."""

    name: str

    def __new__(cls, name: str, values: Sequence[Any]) -> AnswerColumn:
        made = super().__new__(cls, values)
        made.name = name
        return made

    def values(self) -> tuple[Any, ...]:
        return tuple(self)

    def values_distinct(self) -> set[Any]:
        return set(self)

    def values_without_nulls(self) -> tuple[Any, ...]:
        return tuple(value for value in self if value is not None)


class Nothing(ChainableUndefined):
    """The answer while nobody answers: whatever is asked of it is nothing again (as in dbt)."""

    __slots__ = ()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __len__(self) -> int:
        return 0


NOTHING = Nothing()


class AnswerTable:
    """Rows with named columns."""

    def __init__(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.column_names = tuple(names)
        self.rows = Named([Named(row, names) for row in rows], [str(i) for i in range(len(rows))])
        columns = [
            AnswerColumn(name, [row[i] for row in rows]) for i, name in enumerate(self.column_names)
        ]
        self.columns = Named(columns, names)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def print_table(self, *_: Any, **__: Any) -> None:
        """dbt prints; here a build is quiet."""
