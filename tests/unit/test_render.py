from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.errors import CompileError, Location, PipelineError, TemplateError
from retention_pipeline.nodes import Relation
from retention_pipeline.profile import Target
from retention_pipeline.project import MacroFile
from retention_pipeline.render import Rendered, Renderer

TARGET = Target("dev", "duckdb", "x/build.duckdb", "main", 1)
AT = Location("models/a.sql")
RELATIONS = {"b": Relation("marts", "b"), "raw.t": Relation("raw", "t")}


def render(
    text: str,
    macros: str | Mapping[str, str] = "",
    values: Mapping[str, Any] | None = None,
    **options: Any,
) -> Rendered:
    files = {"macros/m.sql": macros} if isinstance(macros, str) else macros
    found = tuple(MacroFile(Path(path), text) for path, text in files.items())
    renderer = Renderer(found, TARGET, values or {}, {"HOME": "/h"}, "p")
    return renderer.render(
        text,
        AT,
        this=Relation("marts", "a"),
        resolve_ref=RELATIONS.get,
        resolve_source=RELATIONS.get,
        names=(RELATIONS, RELATIONS),
        **options,
    )


def fault(text: str, macros: str | Mapping[str, str] = "") -> PipelineError:
    with pytest.raises(CompileError) as error:
        render(text, macros)
    return error.value


def test_ref_and_source_become_relations_and_are_noted() -> None:
    done = render("select * from {{ ref('b') }} join {{ source('raw', 't') }}")
    assert done.sql == 'select * from "marts"."b" join "raw"."t"'
    assert (done.refs, done.sources) == (("b",), ("raw.t",))


@given(
    st.lists(
        st.sampled_from(
            [
                "select ",
                "\n",
                "\n\n",
                "{{ ref('b') }}",
                '{{source( "raw" , "t" )}}',
                "}}",
                "{ ",
                "é",
            ]
        )
    ).map("".join)
)
def test_plain_calls_are_filled_in_as_jinja_does_it(text: str) -> None:
    plain, by_jinja = render(text + " "), render(text + " {# a comment is not plain #}")
    assert plain == by_jinja


def test_ref_with_a_package_takes_the_name() -> None:
    assert render("{{ ref('p', 'b') }}").refs == ("b",)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("{{ this }}", '"marts"."a"'),
        ("{{ this.schema }}.{{ this.identifier }}", "marts.a"),
        ("{{ target.name }} {{ target.type }} {{ target.schema }}", "dev duckdb main"),
        ("{{ env_var('HOME') }}", "/h"),
        ("{{ is_incremental() }}", "False"),
        ("{{ var('x', 3) }}", "3"),
        ("{{ var.has_var('x') }}", "False"),
        ("{{ [2, 1] | tojson if false else tojson([2, 1]) }}", "[2, 1]"),
        ("{{ adapter.quote('a\"b') }}", '"a""b"'),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{% for i in range(3) %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "02"),
        ("{% do [].append(1) %}{# gone #}x", "x"),
    ],
)  # fmt: skip
def test_what_templates_may_say(text: str, sql: str) -> None:
    assert render(text).sql == sql


def test_config_sets_and_merges() -> None:
    text = "{{ config(materialized='view', tags='a') }}{{ config({'meta': {'x': 1}}, tags=['b']) }}"
    done = render(
        text + "{{ config.get('materialized') }} {{ config.get('base') }}", base_config={"base": 7}
    )
    assert done.config == {"materialized": "view", "tags": ["a", "b"], "meta": {"x": 1}}
    assert done.sql.strip() == "view 7"


def test_macros_call_each_other_across_files_and_return_values() -> None:
    files = {
        "macros/a.sql": "{% macro outer(x) %}[{{ inner(x) }}]{% endmacro %}",
        "macros/b.sql": "{% macro inner(x) %}{{ return([x, x]) }}{% endmacro %}",
    }
    done = render("{{ outer(1) }} {{ inner(2)[0] }}", files)
    assert done.sql == "[[1, 1]] 2"
    assert done.macros == ("outer", "inner")


def test_macros_see_vars_and_dispatch() -> None:
    macros = """
        {% macro default__f() %}{{ var('v') }}{% endmacro %}
        {% macro f() %}{{ adapter.dispatch('f')() }}{% endmacro %}
    """
    done = render("{{ f() }}", macros, {"v": 5})
    assert (done.sql, done.vars_read) == ("5", ("v",))


def test_overrides_replace_vars_macros_and_the_environment() -> None:
    done = render(
        "{{ var('v') }} {{ f() }} {{ env_var('HOME') }} {{ is_incremental() }}",
        "{% macro f() %}no{% endmacro %}",
        {"v": 1},
        override_vars={"v": 2},
        override_macros={"f": "yes", "is_incremental": True},
        override_env={"HOME": "/x"},
    )
    assert done.sql == "2 yes /x True"


def test_a_var_does_not_leak_from_one_template_to_the_next() -> None:
    renderer = Renderer((), TARGET, {"l": [1]}, {}, "p")
    for _ in range(2):
        done = renderer.render(
            "{% do var('l').append(2) %}{{ var('l') }}",
            AT,
            this=None,
            resolve_ref=RELATIONS.get,
            resolve_source=RELATIONS.get,
        )
        assert done.sql == "[1]"


# -- lines --------------------------------------------------------------------------------------
def lines(text: str, macros: str = "") -> list[tuple[str, int]]:
    done = render(text, macros)
    return list(zip(done.sql.split("\n"), done.lines, strict=True))


def test_a_line_knows_its_template_line() -> None:
    assert lines("a\n{# c\n c #}b\n{% if false %}\nx\n{% endif %}\nc") == [
        ("a", 1),
        ("b", 3),
        ("", 6),
        ("c", 7),
    ]


def test_what_a_macro_writes_carries_the_line_of_the_call() -> None:
    macros = "{% macro two() %}x\ny{% endmacro %}"
    assert lines("a\n{{ two() }}\nb", macros) == [("a", 1), ("x", 2), ("y", 2), ("b", 3)]


def test_loops_repeat_the_line_of_their_body() -> None:
    assert [n for _, n in lines("a\n{% for i in [1, 2] -%}\nx,\n{% endfor -%}\nb")] == [1, 3, 3, 5]


def test_captured_text_holds_no_marks() -> None:
    done = render("{% set x %}a\nb{% endset %}{{ x.split('\n') | length }}{{ x | upper }}")
    assert done.sql == "2A\nB"


# -- faults -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x\n{{ ref('bb') }}", 2, "did you mean 'b'?"),
        ("x\n\n{{ ref('zzzz') }}", 3, "create models/**/zzzz.sql"),
        ("x\n{{ source('raw', 'x') }}", 2, "source('raw', 'x') is not declared"),
        ("x\n{{ nope }}", 2, "'nope' is undefined"),
        ("x\n{{ nope() }}", 2, "'nope' is undefined"),
        ("x\n{{ 1 / 0 }}", 2, "division by zero"),
        ("x\n{% fro i in x %}", 2, "did you mean 'for'?"),
        ("x\n{% if a %}\ny", 3, "Unexpected end of template"),
        ("x\n{{ var('q') }}", 2, "var('q') is not set"),
        ("x\n{{ env_var('NOPE') }}", 2, "NOPE is not set"),
        ("x\n{{ exceptions.raise_compiler_error('no!') }}", 2, "no!"),
        ("x\n{{ config.require('k') }}", 2, "config 'k' is required"),
        ("x\n{% include 'y' %}", 2, "other files"),
        ("x\n{{ ''.__class__ }}", 2, "cannot reach the system"),
        ("x\n{{ ref() }}", 2, "ref('')"),
        ("x\n{{ adapter.dispatch('f')() }}", 2, "default__f"),
    ],
)
def test_a_fault_names_the_line_of_the_template(text: str, line: int, words: str) -> None:
    error = fault(text)
    assert words in str(error)
    assert error.at
    assert str(error.at.path) == "models/a.sql"
    assert abs((error.at.line or 0) - line) <= (1 if "Unexpected end" in words else 0)


def test_a_fault_inside_a_macro_names_the_macro_and_the_caller() -> None:
    error = fault("x\n{{ f() }}", "\n\n{% macro f() %}\n{{ nope }}\n{% endmacro %}")
    assert error.at == Location("macros/m.sql", 4)
    assert "called from models/a.sql:2" in error.message


def test_our_own_faults_inside_a_macro_name_the_line_of_the_call() -> None:
    error = fault("x\n{{ f() }}", "{% macro f() %}{{ ref('zzz') }}{% endmacro %}")
    assert error.at == Location("models/a.sql", 2)


@pytest.mark.parametrize("body", ["{{ f() }}", "{{ g() }}"])
def test_endless_recursion_is_a_fault_of_the_macro(body: str) -> None:
    macros = (
        f"{{% macro f() %}}\n{body}\n{{% endmacro %}}{{% macro g() %}}{{{{ f() }}}}{{% endmacro %}}"
    )
    error = fault("x\n{{ f() }}", macros)
    assert isinstance(error, TemplateError)
    assert "call each other without end" in str(error)
    assert "models/a.sql:2" in str(error)


def test_two_macros_of_one_name_are_a_fault() -> None:
    one = "{% macro f() %}{% endmacro %}"
    error = fault("x", {"macros/a.sql": one, "macros/b.sql": "\n" + one})
    assert "two macros are named 'f'" in str(error)
    assert error.at == Location(Path("macros/b.sql"), 2)


def test_a_macro_file_that_is_no_jinja_names_its_line() -> None:
    error = fault("x", "\n{% macro %}")
    assert error.at == Location("macros/m.sql", 2)


def test_a_brace_before_a_call_is_for_jinja() -> None:
    with pytest.raises(TemplateError):
        render("{{{ ref('b') }}")
