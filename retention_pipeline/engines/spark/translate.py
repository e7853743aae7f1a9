"""DuckDB SQL -> Spark SQL that gives the same rows, or an error that says what to write instead.

Room:  compile. Imports fixes, kinds, rewrites, walk. May touch: sqlglot.
In:    a query, the types of the relations it may read, those of its result.
Out:   Translated; Refused. Pure: no Spark, no DuckDB.

The query is parsed, every name resolved, every expression given its type, and then each node goes
through the rule of its class. A node without a rule, or with an argument that its rule does not
know, is refused: what nobody has compared on both engines is not sent to one of them.
"""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from retention_pipeline.engines.spark.fixes import FIXES
from retention_pipeline.engines.spark.kinds import METADATA, Kind, kind_of, kind_of_type
from retention_pipeline.engines.spark.rewrites import (
    aggregates,
    casts,
    expressions,
    numbers,
    queries,
    recursion,
    texts,
    times,
)
from retention_pipeline.engines.spark.walk import Refused, Rule, Walk, cast, line_of

Tables = Mapping[tuple[str, str], Mapping[str, str]]
"""(schema, name) -> {column: type}, types as DuckDB writes them."""
Columns = Mapping[str, str]
_SUBJECTS = (expressions, numbers, casts, times, texts, aggregates, queries)
RULES: dict[type[exp.Expr], Rule] = {
    known: rule for subject in _SUBJECTS for known, rule in subject.RULES.items()
}


_MARK = re.compile(f"`{queries.OPEN}([^{queries.CLOSE}]*){queries.CLOSE}`")
_RESULT = "_result"


@dataclass(frozen=True, slots=True)
class Translated:
    """Spark SQL with a mark for each relation, so that versions can have names of their own.

    `reads`: 'schema.name' of each. `parameters`: session variables that are given as arguments.
    """

    marked: str
    reads: frozenset[str]
    parameters: frozenset[str]

    def text(self, names: Mapping[str, str] | None = None) -> str:
        """The statement; `names` gives what stands for a relation on Spark, in SQL; its own name else."""
        names = names or {}
        return _MARK.sub(lambda found: names.get(found[1]) or _quoted(found[1]), self.marked)


def _quoted(name: str) -> str:
    """A dotted name, quoted part by part."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))


class Translator:
    """The relations of a project, read once for all its queries."""

    def __init__(self, tables: Tables) -> None:
        nested: dict[str, Any] = {}
        for (schema, name), columns in tables.items():
            nested.setdefault(schema.lower(), {})[name.lower()] = {
                column.lower(): kind for column, kind in columns.items()
            }
        self.tables = tables
        self.schema = MappingSchema(nested, dialect="duckdb", normalize=False)

    def translate(self, sql: str, columns: Columns | None = None) -> Translated:
        """Raises Refused. `columns`: name -> DuckDB type of the result, which it then has on Spark.

        >>> people = Translator({("raw", "people"): {"born": "date"}})
        >>> people.translate('select born + 7 as later from raw.people').text()
        'SELECT DATE_ADD(`people`.`born`, 7) AS `later` FROM `raw`.`people` AS `people`'
        """
        with _no_collection():
            return self._translated(sql, columns)

    def _translated(self, sql: str, columns: Columns | None) -> Translated:
        walk = Walk(RULES, FIXES)
        try:
            typed = self._typed(sql)
            if columns is not None:
                _check_kinds(typed, columns)
            done = walk.go(typed)
            if columns is not None:
                done = _as_declared(done, columns)
            marked = _printed(done)
        except (SqlglotError, RecursionError) as error:
            text = " ".join(str(error).split())[:200]
            raise Refused(f"sqlglot: {text}", "write it in the portable subset") from None
        reads = frozenset(_MARK.findall(marked))
        return Translated(marked, reads, frozenset(walk.parameters))

    def _typed(self, sql: str) -> exp.Expr:
        tree = qualify(
            sqlglot.parse_one(sql, read="duckdb"),
            schema=self.schema,
            dialect="duckdb",
            quote_identifiers=False,
            identify=False,
            validate_qualify_columns=True,
        )
        typed = annotate_types(
            tree, schema=self.schema, dialect="duckdb", expression_metadata=METADATA
        )
        return recursion.unrolled(typed)


def _printed(done: exp.Expr) -> str:
    """The text alone. sqlglot's `generate` would first move CTEs that stand inside others to the top,

    where two of one name meet; the rules have done all there is to do. So its own rewriting of each
    SELECT and CAST is left out as well: it looks through the whole query below each of them.
    """
    level = sqlglot.ErrorLevel.IMMEDIATE
    generator = Dialect.get_or_raise("spark").generator(unsupported_level=level)
    with contextlib.suppress(AttributeError):  # a sqlglot without it prints the same, later
        generator._dispatch = {**generator._dispatch, **_PLAINLY}  # noqa: SLF001
    return str(generator.sql(done))


def _select_sql(generator: Any, node: exp.Expr) -> str:
    return str(generator.select_sql(node))


def _cast_sql(generator: Any, node: exp.Expr) -> str:
    return f"CAST({generator.sql(node, 'this')} AS {generator.sql(node, 'to')})"


_PLAINLY: dict[Any, Any] = {exp.Select: _select_sql, exp.Cast: _cast_sql}


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: it would look at every node again and again, a third of the cost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_kinds(typed: exp.Expr, columns: Columns) -> None:
    """What sqlglot takes a column for must be what DuckDB's binder says: else rules went astray."""
    selects = typed.selects if isinstance(typed, exp.Query) else []
    for select, (name, kind) in zip(selects, columns.items(), strict=False):
        understood, declared = kind_of(select.unalias()), kind_of_type(kind)
        if understood not in (declared, Kind.NULL, Kind.UNKNOWN):
            raise Refused(
                f"{name} is understood as {understood.value}, DuckDB makes {declared.value} of it",
                f"cast it: cast(... as {kind})",
                line_of(select),
            )


def _as_declared(done: exp.Expr, columns: Columns) -> exp.Expr:
    """The result with exactly these types: what the engines infer on the way may differ."""
    selected = [each.alias_or_name for each in done.selects] if isinstance(done, exp.Query) else []
    if [name.lower() for name in selected] != [name.lower() for name in columns]:
        raise Refused(
            f"the columns are {', '.join(selected)}, not {', '.join(columns)}", "name the columns"
        )
    casted: list[exp.Expr] = []
    for name, kind in columns.items():
        to = casts.spark_type(kind)
        if to is None:
            raise Refused(f"the column {name} is {kind}, which Spark has not", "another type")
        column = exp.column(exp.to_identifier(name.lower(), quoted=True))
        casted.append(exp.alias_(cast(column, to), exp.to_identifier(name, quoted=True)))
    source = exp.Subquery(this=done, alias=exp.TableAlias(this=exp.to_identifier(_RESULT)))
    return exp.Select(expressions=casted, from_=exp.From(this=source))
