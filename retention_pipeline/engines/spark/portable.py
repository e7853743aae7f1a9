"""Can the whole project run on Spark? Every model and data test translated, every fault at its line.

Room:  compile. Imports cache, compiled, errors, materialize, nodes, project,
       test_sql, walk.
In:    Compiled, the types of every relation.  Out: statements by unique id; ErrorGroup of
UnportableError, one a query, each with the user's file and line and what to write there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.translate import Columns, Translated
from retention_pipeline.engines.spark.walk import Refused
from retention_pipeline.errors import ErrorGroup, Location, UnportableError
from retention_pipeline.materialize.incremental_settings import Merge, read_incremental
from retention_pipeline.nodes import Materialized
from retention_pipeline.project import Project
from retention_pipeline.test_sql import CompiledTest

_NO_HOOK = "leave it empty there: {% if target.name != '...' %} ... {% endif %}"
_BEFORE = 2  # lines in front of a data test's own SQL

Types = Mapping[str, Columns]
"""unique id -> {column: type}, as the binder found them."""


def translate_all(
    compiled: Compiled, types: Types, translations: Translations
) -> dict[str, Translated]:
    """Every model that has SQL, and every data test. Raises what is not portable, all of it at once."""
    done: dict[str, Translated] = {}
    errors: list[UnportableError] = list(_impossible(compiled))
    for uid, sql, columns, at in _queries(compiled, types):
        try:
            done.setdefault(uid, translations.translate(sql, columns))
        except Refused as refused:
            errors.append(unportable(refused, at(refused.line)))
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


def _has_merge_settings(model: CompiledModel, project: Project) -> bool:
    if model.materialized is not Materialized.INCREMENTAL:
        return False
    return read_incremental(model.config, model.place(project, None)).merge != Merge()


def _queries(
    compiled: Compiled, types: Types
) -> Iterator[tuple[str, str, Columns | None, Callable[[int | None], Location]]]:
    project = compiled.project
    for uid, model in compiled.models.items():
        if model.is_open or model.materialized is Materialized.EPHEMERAL:
            continue
        yield uid, model.sql, _own_types(model, types), partial(model.place, project)
        more = model.increment
        if more is not None:
            yield uid, more.sql, types.get(uid), partial(_place_of, model, project, more.lines)
    for uid, test in compiled.tests.items():
        if not test.introspective:
            yield uid, test.count_sql, None, partial(_place_of_test, test)


def _own_types(model: CompiledModel, types: Types) -> Columns | None:
    """A snapshot's table has columns that its query has not."""
    return None if model.materialized is Materialized.SNAPSHOT else types.get(model.unique_id)


def _place_of(
    model: CompiledModel, project: Project, lines: tuple[int, ...], line: int | None
) -> Location:
    return model.place(project, line, lines)


def _place_of_test(test: CompiledTest, line: int | None) -> Location:
    return test.place(None if line is None else line - _BEFORE)


def _impossible(compiled: Compiled) -> Iterator[UnportableError]:
    """What a model asks for besides its SQL, and what there is no way to do on the server."""
    project = compiled.project
    for model in compiled.models.values():
        for is_asked, what, fix in (
            (model.model.is_python, "a Python model runs in this process", "write it in SQL"),
            (
                model.materialized is Materialized.EXTERNAL,
                "an external model writes a file of this machine",
                "make it a table, and export it from there",
            ),
            (
                bool(model.hooks),
                "a hook is SQL of its own, which is not translated",
                _NO_HOOK,
            ),
            (
                _has_merge_settings(model, project),
                "a new version is written as a whole, merge_* settings change some of it",
                "leave them out, or use delete+insert with the columns made in the query",
            ),
        ):
            if is_asked:
                at = model.place(project, None)
                yield UnportableError(f"not possible on Spark: {what}", at=at, fix=fix)
    if any(project.run_hooks.values()):
        at = Location(project.place(project.root / "dbt_project.yml"))
        yield UnportableError(
            "not possible on Spark: on-run-start and on-run-end are SQL of their own",
            at=at,
            fix=_NO_HOOK,
        )
