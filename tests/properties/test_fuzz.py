"""Whatever the files hold, the program ends with an exit code of its own: never a traceback, never 3.

The mini project with one of its files bent: YAML whose values were swapped for others, templates and
SQL with pieces cut out and put in, and plain noise.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from retention_pipeline.cli import BUG, run_main
from tests.conftest import write_project
from tests.project_files import FILES

YAML_FILES = sorted(path for path in FILES if path.endswith(".yml"))
TEMPLATES = sorted(path for path in FILES if path.endswith(".sql"))
COMMANDS = [("compile",), ("build", "--no-publish"), ("ls",), ("plan",)]

# -- what is put in -----------------------------------------------------------------------------
ODD = [
    "", " ", "\t", "\n", "\r", "\0", "\ufeff", "\u2028", "\ue0001\ue001", "é", "🙂", "'", '"', "`", "\\", ";", "%", "$1", "-- ", "/*", "*/",
]  # fmt: skip
JINJA = [
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ ref('stg_orders') }}", "{{ ref('nope') }}", "{{ ref() }}", "{{ ref(1) }}", "{{ ref(none) }}",
    "{{ ref('a', 'b', 'c') }}", "{{ ref(['x']) }}", "{{ source('raw') }}", "{{ source('raw', 'orders', 'x') }}", "{{ source(1, 2) }}",
    "{{ this }}", "{{ this.database }}", "{{ target.nope }}", "{{ var('as_of') }}", "{{ var() }}", "{{ var(1) }}", "{{ var([]) }}", "{{ var({}) }}",
    "{{ env_var('HOME') }}", "{{ env_var() }}", "{{ env_var(1) }}", "{{ config(1) }}", "{{ config(materialized=1) }}", "{{ config(materialized='table') }}",
    "{{ config(materialized='ephemeral') }}", "{{ config(materialized=none) }}", "{{ config(tags=1) }}", "{{ config(tags={'a': 1}) }}", "{{ config(meta=1) }}",
    "{{ config(enabled='x') }}", "{{ config(enabled=false) }}", "{{ config(alias=1) }}", "{{ config(alias='') }}", "{{ config(schema=['x']) }}",
    "{{ config(contract=1) }}", "{{ config(['a']) }}", "{{ config({'a': 1}) }}", "{{ config(config) }}", "{{ config.get() }}", "{{ config.get('x', 1) }}",
    "{{ config.require('x') }}", "{% set x = [1, 2] %}", "{% set x %}", "{% endset %}", "{{ x }}", "{{ x[5] }}", "{% for i in range(3) %}",
    "{% for i in 5 %}", "{% endfor %}", "{% if x %}", "{% else %}", "{% endif %}", "{% macro m() %}", "{% macro as_of() %}", "{% endmacro %}", "{{ m() }}",
    "{{ m(m) }}", "{% test t(model) %}", "{% test t() %}", "{% endtest %}", "{% do 1 %}", "{% call m() %}", "{% endcall %}", "{% call statement('a') %}",
    "{% filter upper %}", "{% endfilter %}", "{% raw %}", "{% endraw %}", "{% snapshot s %}", "{% endsnapshot %}", "{% materialization x, default %}",
    "{% endmaterialization %}", "{% docs d %}", "{% enddocs %}", "{% break %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% block b %}",
    "{{ exceptions.raise_compiler_error('x') }}", "{{ exceptions.raise_compiler_error() }}", "{{ exceptions.warn('x') }}", "{{ exceptions.nope() }}",
    "{{ adapter.dispatch('as_of')() }}", "{{ adapter.dispatch(1)() }}", "{{ adapter.nope() }}", "{{ adapter.quote(1) }}", "{{ return(1) }}", "{{ return() }}",
    "{{ return(1, 2) }}", "{{ run_query('select 1') }}", "{{ tojson(var) }}", "{{ fromjson('{') }}", "{{ fromjson(1) }}", "{{ zip(1) }}", "{{ set(1) }}",
    "{{ set([{}]) }}", "{{ local_md5(1) }}", "{{ ''.__class__ }}", "{{ x.__init__ }}", "{{ 1 / 0 }}", "{{ 'a' * 9 }}", "{{ [] | first }}", "{{ none | length }}",
    "{{ 'x' | nope }}", "{{ 1 is nope }}", "{{ lipsum() }}", "{{ cycler() }}", "{{ namespace(1) }}", "{{ dict(1) }}", "{{ self }}", "{{ self.x() }}",
    "{{ loop }}", "{{ caller() }}", "{{ varargs }}", "{{ execute }}", "{{ is_incremental() }}", "{{ is_incremental(1) }}", "{{ log('x', info=true) }}", "{{ log() }}",
    "{{ print() }}", "{{ project_name }}", "{{ invocation_args_dict.vars }}", "{{ model }}", "{{ graph.nodes }}", "{{ modules.datetime.datetime.now() }}",
    "{{ '%d' % 'x' }}", "{{ '%*d' % (9, 1) }}", "{{ '{0.__class__}'.format(1) }}", "{{ 'é'.encode() }}", "{{ 1.5 | int }}", "{{ [3, 'a'] | sort }}", "{{ ref }}",
    "{{ ref.x }}", "{{ as_of }}", "{{ as_of(1, 2) }}", "{{ as_of(x=1) }}", "{{ range(10 ** 9) | list }}", "{{ 1 if }}", "{{ not }}", "{{ **x }}", "{{ f(**1) }}",
    "{{ 'a'.join(1) }}", "{{ ('a' ~ 1)[0] }}", "{{ true.real }}", "{% set a.b = 1 %}", "{% set x = namespace(a=1) %}{% set x.a = 2 %}", "{% with %}", "{%- -%}",
]  # fmt: skip
SQL = [
    "select", "select 1 as a", "select * from", "from", "where", "group by all", "order by 1", ",", "(", ")", "()", "*", "union all", "with a as (", "join", "on", "1",
    "1e999", "'x'", '"x"', "x.y.z", "null", "cast(x as", "::integer", "count(*)", "nope(1)", "now()", "current_date", "qualify", "over (", "limit 1", "limit 'x'",
    "values (1)", "pivot", "unnest([1])", "[1, 2]", "{'a': 1}", "lambda x: x", "x -> x", "{", "}", "?", "$x", ":x", "@x", "#", "insert into x values (1)", "drop table x",
    "create table x as select 1", "; select 2", "pragma x", "attach 'x'", "raise", "error('x')", "1/0", "cast('x' as integer)", "read_csv('nope.csv')",
    "marts.customer_orders", "'2024-01-01'::date", "interval", "exclude", "select distinct on (x)", "tablesample 10%", "asof join", "recursive", "information_schema.tables",
]  # fmt: skip
WORDS = sorted({
    "name", "version", "models", "seeds", "sources", "snapshots", "unit_tests", "exposures", "macros", "vars", "config", "columns", "data_tests", "tests", "tables", "meta",
    "tags", "description", "data_type", "contract", "enforced", "materialized", "table", "view", "ephemeral", "incremental", "snapshot", "external", "seed", "schema", "alias",
    "enabled", "unique_key", "strategy", "timestamp", "check", "check_cols", "updated_at", "all", "arguments", "to", "field", "values", "unique", "not_null",
    "accepted_values", "relationships", "severity", "error_if", "warn_if", "where", "limit", "fail_calc", "store_failures", "given", "expect", "input", "rows", "format",
    "csv", "sql", "dict", "fixture", "overrides", "ref('stg_orders')", "source('raw', 'orders')", "freshness", "loaded_at_field", "column_types", "quote_columns", "delimiter",
    "docs", "group", "access", "constraints", "versions", "latest_version", "+schema", "+tags", "+enabled", "+materialized", "on-run-start", "on-run-end", "pre_hook",
    "post-hook", "dispatch", "macro_namespace", "search_order", "model-paths", "target-path", "clean-targets", "packages-install-path", "type", "path", "threads", "outputs",
    "target", "duckdb", "settings", "attach", "extensions", "stg_orders", "customer_orders", "countries", "orders", "shop", "dev", "key", "required", "input_contract",
    "{{ var('x') }}", "{{ env_var('NOPE') }}", "{{ target.name }}", "{{", "2024-01-01", "1e3", "0x1f", "~", "<<", "!!python/object:x", "&a", "*a", "on", "off", "incremental_strategy",
    "merge", "append", "on_schema_change", "full_refresh", "hard_deletes", "relation", "owner", "depends_on", "public", "../..", "/etc", "main", ":memory:",
})  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=True),
    st.sampled_from(WORDS),
    st.text(max_size=8),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), scalars), inner, max_size=3),
    ),
    max_leaves=6,
)
pieces = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from([*ODD, *JINJA, *SQL])),
    min_size=1,
    max_size=4,
)


# -- how it is bent -----------------------------------------------------------------------------
def cut(text: str, edits: list[tuple[float, int, str]]) -> str:
    """`text` with pieces taken out and others put in their place."""
    for share, length, new in edits:
        at = int(share * len(text))
        text = text[:at] + new + text[at + length :]
    return text


def _places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    if isinstance(value, dict):
        found += [p for key, item in value.items() for p in _places(item, (*here, key))]
    elif isinstance(value, list):
        found += [p for i, item in enumerate(value) for p in _places(item, (*here, i))]
    return found


def _put(value: Any, place: tuple[Any, ...], new: Any, word: Any) -> Any:
    """The document with `new` at `place`; where `word` is given, under that key beside it."""
    if not place:
        return new
    head, *rest = place
    if not rest and word is not None and isinstance(value, dict):
        return {**value, word: new}
    if isinstance(value, dict):
        return {k: _put(v, tuple(rest), new, word) if k == head else v for k, v in value.items()}
    return [_put(v, tuple(rest), new, word) if i == head else v for i, v in enumerate(value)]


def bent(path: str, share: float, new: Any, word: Any) -> str:
    """A YAML file of the mini project with one of its values replaced, or one key more."""
    document = yaml.safe_load(FILES[path])
    places = _places(document)
    done = _put(document, places[int(share * (len(places) - 1))], new, word)
    return str(yaml.safe_dump(done, sort_keys=False, allow_unicode=True))


def ends_well(files: dict[str, str], argv: tuple[str, ...]) -> None:
    """Run one command on the mini project with these files in it."""
    told = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        root = Path(folder)
        write_project(root)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = run_main(list(argv))
    text = told.getvalue()
    assert code != BUG, text + _bug(text)
    assert "Traceback" not in text
    if code == 2:
        assert "RP" in text


def _bug(text: str) -> str:
    name = text.rpartition("the traceback is in ")[2].strip()
    return Path(name).read_text() if name and os.path.isfile(name) else ""  # noqa: PTH113


# -- the properties -----------------------------------------------------------------------------
@given(
    st.sampled_from(YAML_FILES),
    st.floats(0, 1),
    values,
    st.none() | st.sampled_from(WORDS),
    st.sampled_from(COMMANDS),
)
def test_yaml_of_another_shape(
    path: str, share: float, new: Any, word: Any, argv: tuple[str, ...]
) -> None:
    ends_well({path: bent(path, share, new, word)}, argv)


@given(st.sampled_from(YAML_FILES), pieces, st.sampled_from(COMMANDS))
def test_yaml_that_is_cut(path: str, edits: list[tuple[float, int, str]], argv: tuple[str]) -> None:
    ends_well({path: cut(FILES[path], edits)}, argv)


@given(st.sampled_from(TEMPLATES), pieces, st.sampled_from(COMMANDS))
def test_templates_that_are_cut(
    path: str, edits: list[tuple[float, int, str]], argv: tuple[str, ...]
) -> None:
    ends_well({path: cut(FILES[path], edits)}, argv)


@given(
    st.sampled_from(["models/marts/country_orders.sql", "macros/macros.sql", "tests/data/t.sql"]),
    st.lists(st.sampled_from([*ODD, *JINJA, *SQL]), max_size=8),
    st.sampled_from(COMMANDS),
)
def test_templates_of_noise(path: str, parts: list[str], argv: tuple[str, ...]) -> None:
    ends_well({path: " ".join(parts)}, argv)


@given(st.lists(st.sampled_from(SQL), max_size=8), st.sampled_from(["view", "table", "ephemeral"]))
def test_sql_of_noise(parts: list[str], materialized: str) -> None:
    text = f"{{{{ config(materialized='{materialized}', contract={{'enforced': false}}) }}}}\n"
    ends_well({"models/free/noise.sql": text + " ".join(parts)}, ("build", "--no-publish"))


@given(st.text(max_size=30), st.sampled_from(["--vars", "--select", "--exclude", "--target"]))
@example("{as_of: [1]}", "--vars")
def test_words_of_the_command_line(text: str, flag: str) -> None:
    ends_well({}, ("compile" if flag != "--exclude" else "ls", f"{flag}={text}"))
