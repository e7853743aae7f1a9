"""A data test -> the query whose rows are failures.

Room:  compile. Imports attach, ephemeral, errors, nodes, render.
In:    DataTest, the Renderer, relations.  Out: CompiledTest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from retention_pipeline.attach import test_config
from retention_pipeline.context.asking import Database
from retention_pipeline.ephemeral import cte_name, inject
from retention_pipeline.errors import Location, UnknownTestError, did_you_mean
from retention_pipeline.nodes import DataTest, Relation, TestConfig
from retention_pipeline.render import Rendered, Renderer
from retention_pipeline.templates import TEST_PREFIX

# dbt evaluates a text argument that is one of these calls.
_CALL = re.compile(
    r"\s*(?:\{\{)?\s*((?:ref|source|var|env_var)\s*\(.*\))\s*(?:\}\})?\s*\Z", re.DOTALL
)
_WHERE = "get_where_subquery"


@dataclass(frozen=True, slots=True)
class CompiledTest:
    """`sql` returns the failing rows; `needs` are the unique ids it reads."""

    test: DataTest
    sql: str
    config: TestConfig
    needs: frozenset[str]
    vars_read: tuple[str, ...]
    lines: tuple[int, ...] = ()
    introspective: bool = False  # its template asks the database: it has no SQL before its turn
    relation: Relation | None = None  # where its failures are kept

    @property
    def unique_id(self) -> str:
        return self.test.unique_id

    def place(self, line: int | None) -> Location:
        """Where line `line` of the SQL comes from; for a generic test, its entry in the .yml."""
        if self.test.kind is not None or line is None or not 1 <= line <= len(self.lines):
            return self.test.at
        return Location(self.test.at.path, self.lines[line - 1])

    @property
    def rows_sql(self) -> str:
        """The failing rows, `limit` respected."""
        limit = f"\nlimit {self.config.limit}" if self.config.limit is not None else ""
        return f"select * from (\n{self.sql}\n) as dbt_internal_test{limit}"

    @property
    def count_sql(self) -> str:
        """One number: what `warn_if` and `error_if` are compared with."""
        return f"select {self.config.fail_calc} as failures from (\n{self.rows_sql}\n) as dbt_internal_count"


def compile_test(
    test: DataTest,
    renderer: Renderer,
    relations: Mapping[str, Relation],
    ids: Mapping[str, str],
    source_ids: Mapping[str, str],
    ephemeral: Mapping[str, str],
    database: Database | None = None,
) -> CompiledTest | None:
    """Render one test; None when its own config() switches it off.

    Raises UnknownTestError, or CompileError kinds of the template.
    """

    def ref(name: str) -> Relation | str | None:
        uid = ids.get(name)
        if uid is None:
            return None
        return cte_name(name) if uid in ephemeral else relations.get(uid)

    def run(text: str, extra: Mapping[str, Any] | None = None) -> Rendered:
        return renderer.render(
            text,
            test.at,
            this=None,
            resolve_ref=ref,
            resolve_source=lambda name: relations.get(source_ids.get(name, "")),
            names=(ids, source_ids),
            base_config={**test.project_settings, **test.settings},
            extra=extra,
            package=test.fqn[0],
            database=database,
        )

    if test.kind is None:
        rendered = run(test.text)
        attached: frozenset[str] = frozenset()
    else:
        rendered = run(*_call(test, renderer, relations, ephemeral, run))
        attached = frozenset({test.attached_to}) if test.attached_to else frozenset()
    if rendered.config:  # its own, below that of the .yml, above that of the project
        settings = {**test.project_settings, **rendered.config, **test.settings}
        if settings.get("enabled", True) in (False, "false", "False"):
            return None
        test = replace(test, config=test_config(settings, test.at))
    needs = attached | {ids[r] for r in rendered.refs} | {source_ids[s] for s in rendered.sources}
    ctes = [(uid.rsplit(".", 1)[-1], sql) for uid, sql in ephemeral.items() if uid in needs]
    sql, lines = inject(rendered.sql.rstrip("; \n"), rendered.lines, ctes)
    return CompiledTest(
        test, sql, test.config, needs, rendered.vars_read, lines, rendered.introspective
    )


def _call(
    test: DataTest,
    renderer: Renderer,
    relations: Mapping[str, Relation],
    ephemeral: Mapping[str, str],
    run: Any,
) -> tuple[str, dict[str, Any]]:
    """The template that calls the test's macro, and the values it is called with."""
    space, _, kind = (test.kind or "").rpartition(".")
    own = f"{test.fqn[0]}.{TEST_PREFIX}{kind}"
    macro = f"{space}.{TEST_PREFIX}{kind}" if space else f"{TEST_PREFIX}{kind}"
    if not space and own in renderer.macro_files:
        macro = own
    if macro not in renderer.macro_files:
        known = [m.replace(TEST_PREFIX, "", 1) for m in renderer.macro_files if TEST_PREFIX in m]
        raise UnknownTestError(
            f"no data test is called '{test.kind}'",
            at=test.at,
            fix=did_you_mean(test.kind or "", known) or f"there are: {', '.join(sorted(known))}",
        )
    values: dict[str, Any] = {"_model": _model(test, renderer, relations, ephemeral, run)}
    words = ["model=_model"]
    if test.column is not None:
        values["_column"] = test.column
        words.append("column_name=_column")
    for key, value in test.arguments.items():
        call = _CALL.match(value) if isinstance(value, str) else None
        if not call and isinstance(value, str) and "{{" in value:
            value = run(value).sql
        values[f"_{key}"] = value
        words.append(f"{key}={call[1] if call else '_' + key}")
    return "{{ " + f"{macro}({', '.join(words)})" + " }}", values


def _model(
    test: DataTest,
    renderer: Renderer,
    relations: Mapping[str, Relation],
    ephemeral: Mapping[str, str],
    run: Any,
) -> Any:
    uid = test.attached_to or ""
    found = cte_name(uid.rsplit(".", 1)[-1]) if uid in ephemeral else relations[uid]
    relation = renderer.seen(found)
    if _WHERE in renderer.macro_files:  # the project's own: it may fill in a placeholder
        text = run("{{ %s(_relation) }}" % _WHERE, {"_relation": relation}).sql  # noqa: UP031
        return relation if text.strip() == str(relation) else text
    if test.config.where is None:
        return relation
    where = run(test.config.where).sql if "{{" in test.config.where else test.config.where
    return f"(select * from {relation} where {where}) as dbt_subquery"


def mentions(test: DataTest, names: set[str]) -> bool:
    """True when a test reads a model that is switched off: then the test is off too."""
    text = test.text + " ".join(str(value) for value in test.arguments.values())
    return any(f"'{name}'" in text or f'"{name}"' in text for name in names)
