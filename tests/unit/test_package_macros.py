"""What the macros of packages may do that a project's own may not, and what no template may."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.errors import ClockError, Location, PipelineError, TemplateError
from retention_pipeline.nodes import Relation
from retention_pipeline.profile import Target
from retention_pipeline.project import MacroFile
from retention_pipeline.render import Rendered, Renderer

TARGET = Target("dev", "duckdb", "x/build.duckdb", "main", 1)
AT = Location("models/a.sql")
KIT = """
{% macro _hidden(x) %}hidden {{ x }}{% endmacro %}
{% macro shown(x) %}{{ kit._hidden(x) }}{% endmacro %}
{% macro grouped(by) %}{% if by %}{% set columns = by | join(", ") %}{% endif %}[{{ columns }}]{% endmacro %}
{% macro stamp() %}{{ return(modules.datetime.datetime.now().strftime("%H:%M:%S")) }}{% endmacro %}
{% macro tell(text) %}{{ log(kit.stamp() ~ " + " ~ text, info=True) }}{% endmacro %}
"""


class Listener:
    """A database that says what it was asked, and hears what a macro prints."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told: list[str] = []

    def table(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        self.asked.append(" ".join(sql.split()))
        return ["x"], [(1,)]

    def tell(self, text: str) -> None:
        self.told.append(text)


def render(text: str, own: str = "", database: Listener | None = None) -> Rendered:
    files: Sequence[MacroFile] = (
        MacroFile(Path("kit.sql"), KIT, "kit"),
        MacroFile(Path("own.sql"), own, "p"),
    )
    relations: dict[str, Relation | str | None] = {
        "b": Relation("marts", "b"),
        "e": '"__dbt__cte__e"',
    }
    return Renderer(tuple(files), TARGET, {}, {}, "p").render(
        text,
        AT,
        this=Relation("marts", "a"),
        resolve_ref=relations.get,
        resolve_source=relations.get,
        database=database,
    )


def test_a_package_has_macros_whose_names_begin_with_an_underscore() -> None:
    assert render("{{ kit._hidden(1) }}, {{ kit.shown(2) }}").sql == "hidden 1, hidden 2"


@pytest.mark.parametrize(
    "text", ["kit.__class__", "kit.__dict__", "kit._no_such", "kit.shown.__globals__", "dbt._type"]
)
def test_nothing_else_with_an_underscore_is_reached(text: str) -> None:
    with pytest.raises(TemplateError):
        render("{{ %s }}" % text)  # noqa: UP031 - braces


def test_what_a_package_leaves_undefined_is_empty_and_in_the_project_it_is_an_error() -> None:
    assert render("{{ kit.grouped([]) }}{{ kit.grouped(['a', 'b']) }}").sql == "[][a, b]"
    own = KIT.replace("kit.", "p.")
    with pytest.raises(TemplateError, match="'columns' is undefined"):
        render("{{ grouped([]) }}", own)


def test_a_clock_may_be_logged() -> None:
    listener = Listener()
    done = render("{{ kit.tell('done') }}{% do log('at ' ~ kit.stamp(), true) %}x", "", listener)
    assert done.sql == "x"
    first, second = listener.told
    assert first[2] == first[5] == ":"
    assert first[8:] == " + done"
    assert second.startswith("at ")
    assert second.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "select '{{ kit.stamp() }}'",
        "select '{{ modules.datetime.datetime.now() }}'",
        "select '{{ ('a ' ~ kit.stamp())[2:4] }}'",
        "{{ config(alias='a_' ~ kit.stamp()) }}",
        "{% do run_query('select ' ~ kit.stamp()) %}",
        "{% if kit.stamp() == '12' %}x{% endif %}",
        "{{ kit.stamp() | int }}",
        "{{ kit.stamp().split(':')[0] }}",
        "{{ kit.stamp() | replace(':', '') }}",
        "{{ modules.datetime.datetime.now().year }}",
        "{{ modules.datetime.datetime.utcnow() - modules.datetime.timedelta(days=1) }}",
        "{{ modules.datetime.date.today() }}",
    ],
)
def test_a_clock_can_have_no_say_in_what_is_built(text: str) -> None:
    with pytest.raises(ClockError) as error:
        render(f"-- one\n{text}", "", Listener())
    assert error.value.at == Location("models/a.sql", 2)


def test_the_length_of_a_time_says_nothing() -> None:
    assert render("{{ kit.stamp() | length }}").sql == "8"


def test_the_text_of_a_relation_is_written_out_with_its_database() -> None:
    done = render("{{ dbt.string_literal(ref('b')) }} {{ ref('b') }} {{ dbt.string_literal(1) }}")
    assert done.sql == """'"build"."marts"."b"' "marts"."b" '1'"""


def test_a_package_tells_ephemeral_models_by_the_name_of_their_cte() -> None:
    text = "{{ ref('e').name.startswith(api.Relation.add_ephemeral_prefix('')) }} {{ ref('e').is_cte }} {{ ref('e') }}"
    assert render(text).sql == 'True True "__dbt__cte__e"'


@pytest.mark.parametrize("name", ["build", '"build"', "BUILD"])
def test_the_information_schema_of_the_database_is_the_one_there_is(name: str) -> None:
    listener = Listener()
    query = f"select 1 from {name}.information_schema.tables where x = 'build.y'"
    render(f"{{% do run_query({query!r}) %}}", "", listener)
    assert listener.asked == ["select 1 from information_schema.tables where x = 'build.y'"]


def test_an_error_of_a_package_begins_with_its_words() -> None:
    own = "{% macro no() %}{% do exceptions.raise_compiler_error('\n  Not so.\n') %}{% endmacro %}"
    with pytest.raises(PipelineError) as error:
        render("{{ no() }}", own)
    assert error.value.message == "Not so."


class View:
    """A graph of one node."""

    nodes = {"model.p.a": {"name": "a"}}  # noqa: RUF012 - as the real one
    sources: dict[str, Any] = {}  # noqa: RUF012


def test_who_asks_for_the_graph_before_it_is_whole_gets_its_turn() -> None:
    """What was not compiled yet had no parents: a template would have counted none."""
    renderer = Renderer((), TARGET, {}, {}, "p")
    text = "{{ graph.nodes | length }} {{ graph['nodes'] | length }} {{ 1 if execute }}"

    def rendered(text: str = text) -> Rendered:
        return renderer.render(
            text, AT, this=None, resolve_ref=lambda _: None, resolve_source=lambda _: None
        )

    renderer.graph(View(), is_whole=False)
    assert rendered().introspective
    assert rendered().sql.split() == ["0", "0"]
    renderer.graph(View(), is_whole=True)
    assert (rendered().introspective, rendered().sql) == (False, "1 1 1")
    with pytest.raises(TemplateError, match="no_such"):
        rendered("{{ graph.no_such }}")


def test_what_something_has_not_may_be_asked_for_and_not_written() -> None:
    text = "{% if x.a %}a{% endif %}{% if not x.b %}b{% endif %}{% if x.c == 'c' %}c{% endif %}"
    more = "{% for y in x.d %}d{% endfor %}{{ x.e | default('e') }}{{ 'f' if x.f != 'f' }}"
    assert render("{% set x = {} %}" + text + more).sql == "bef"
    for wrong in ("{{ x.a }}", "{{ x.a ~ 'b' }}", "{% if y %}{% endif %}", "{{ x.a + 1 }}"):
        with pytest.raises(TemplateError):
            render("{% set x = {} %}" + wrong)
