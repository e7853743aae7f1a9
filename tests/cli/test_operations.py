"""`pipeline run-operation`: one macro that asks and changes the database."""

from __future__ import annotations

import pytest

from tests.conftest import Shop

MACROS = """\
{% macro grant(people, level="read") %}
  {% for person in people %}
    {% do run_query("insert into main.grants values ('" ~ person ~ "', '" ~ level ~ "')") %}
  {% endfor %}
  {% set found = run_query("select count(*) from main.grants") %}
  {% do log("grants: " ~ found.columns[0].values()[0], info=True) %}
  {% do log("nobody hears this") %}
{% endmacro %}

{% macro rename(name) %}
  {% call statement("ids", fetch_result=True) %} select order_id from {{ ref("stg_orders") }} order by 1 {% endcall %}
  {{ print(load_result("ids")["data"][0][0] ~ " " ~ name) }}
{% endmacro %}

{% macro change_of_mind() %}
  {% do run_query("begin") %}
  {% do run_query("delete from main.grants") %}
{% endmacro %}

{% macro no_table() %}{% do run_query("select * from main.nothing") %}{% endmacro %}
{% macro refuses() %}{{ exceptions.raise_compiler_error("not on Sundays") }}{% endmacro %}
"""


@pytest.fixture
def operations(built: Shop) -> Shop:
    built.write("macros/operations.sql", MACROS)
    sql = "create table main.grants (who varchar, what varchar)"
    built.write(
        "macros/setup.sql", f"{{% macro setup() %}}{{% do run_query('{sql}') %}}{{% endmacro %}}"
    )
    assert built.run("run-operation", "setup").code == 0
    return built


def test_a_macro_with_arguments(operations: Shop) -> None:
    done = operations.run("run-operation", "grant", "--args", "{people: [ann, bob], level: write}")
    assert (done.code, done.out, done.err) == (0, "grants: 2\n", "done: grant\n"), done.text
    assert operations.query("from main.grants order by all") == [("ann", "write"), ("bob", "write")]


def test_refs_and_statements(operations: Shop) -> None:
    done = operations.run("run-operation", "rename", "--args", "{name: x}")
    assert (done.code, done.out.splitlines()[0]) == (0, "o1 x"), done.text


def test_an_argument_that_the_macro_has_not(operations: Shop) -> None:
    done = operations.run("run-operation", "rename", "--args", "{nmae: x}")
    assert done.code == 1
    assert "macro 'rename' takes no keyword argument 'nmae'" in done.err


def test_what_is_not_committed_has_not_happened(operations: Shop) -> None:
    operations.run("run-operation", "grant", "--args", "{people: [ann]}")
    assert operations.run("run-operation", "change_of_mind").code == 0
    assert operations.query("from main.grants") == [("ann", "read")]


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["grnt"], 2, "did you mean 'grant'?"),
        (["grant", "--args", "[1]"], 2, "--args must be a mapping"),
        (["grant", "--args", "{a b: 1}"], 2, "'a b' is no name of an argument"),
        (["no_table"], 1, "macros/operations.sql:20: RP403"),
        (["refuses"], 1, "not on Sundays"),
    ],
)
def test_what_goes_wrong(operations: Shop, argv: list[str], code: int, words: str) -> None:
    done = operations.run("run-operation", *argv)
    assert (done.code, words in done.err) == (code, True), done.text


KIT = """\
{% macro lineage(model_name) %}
  {% for node in graph.nodes.values() | selectattr("name", "equalto", model_name) %}
    {{ print(node.config.materialized ~ " < " ~ node.depends_on.nodes | join(" ")) }}
  {% endfor %}
{% endmacro %}
{% macro again() %}{% endmacro %}
"""


@pytest.fixture
def with_packages(operations: Shop) -> Shop:
    for name in ("kit", "other"):
        operations.write(f"dbt_packages/{name}/dbt_project.yml", f"name: {name}\n")
    operations.write("dbt_packages/kit/macros/kit.sql", KIT)
    operations.write("dbt_packages/other/macros/o.sql", "{% macro again() %}{% endmacro %}")
    return operations


def test_a_macro_of_a_package_is_found_by_its_own_name(with_packages: Shop) -> None:
    """And sees the whole graph, with what each node reads: codegen asks for it."""
    for name in ("lineage", "kit.lineage"):
        done = with_packages.run(
            "--quiet", "run-operation", name, "--args", "{model_name: customer_orders}"
        )
        assert (done.code, done.err) == (0, ""), done.text
        assert done.out == "table < model.shop.stg_orders\n"


def test_a_name_that_several_packages_have(with_packages: Shop) -> None:
    done = with_packages.run("run-operation", "again")
    assert done.code == 2
    assert "several packages have a macro 'again'" in done.err
    assert "say which: kit.again, other.again" in done.err
