"""Can the whole project run on Spark? Every model and data test translated, every fault at its line.

Room:  compile. Imports cache, compiled, errors, walk.
In:    Compiled, the types of every relation.  Out: statements by unique id; ErrorGroup of
UnportableError, one a query, each with the user's file and line and what to write there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from retention_pipeline.compiled import Compiled
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.translate import Columns, Translated
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.errors import ErrorGroup, Location, UnportableError

Types = Mapping[str, Columns]
"""unique id -> {column: type}, as the binder found them."""


def translate_all(
    compiled: Compiled, types: Types, translations: Translations
) -> dict[str, Translated]:
    """Every model that has SQL, and every data test. Raises what is not portable, all of it at once."""
    done: dict[str, Translated] = {}
    errors: list[UnportableError] = []
    for uid, sql, columns in _queries(compiled, types):
        try:
            done[uid] = translations.translate(sql, columns)
        except Refused as refused:
            errors.append(unportable(refused, _place(compiled, uid, refused.line)))
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)
    translations.save()
    return done


def tables_of(compiled: Compiled, types: Types) -> dict[tuple[str, str], Columns]:
    """The relations that queries may read, by schema and name."""
    return {
        (relation.schema, relation.name): types[uid]
        for uid, relation in compiled.relations.items()
        if uid in types
    }


def unportable(refused: Refused, at: Location) -> UnportableError:
    """The error for the user."""
    return UnportableError(f"not portable to Spark: {refused.message}", at=at, fix=refused.fix)


def _queries(compiled: Compiled, types: Types) -> Iterator[tuple[str, str, Columns | None]]:
    for uid, model in compiled.models.items():
        if not model.is_open:
            yield uid, model.sql, types.get(uid)
    for uid, test in compiled.tests.items():
        if not test.introspective:
            yield uid, test.sql, None


def _place(compiled: Compiled, uid: str, line: int | None) -> Location:
    model = compiled.models.get(uid)
    if model is not None:
        return model.place(compiled.project, line)
    return compiled.tests[uid].place(line)
