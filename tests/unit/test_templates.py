from typing import Any

import pytest

from retention_pipeline.errors import Location, TemplateError
from retention_pipeline.templates import (
    docs_blocks,
    env_var_reader,
    environment,
    render_value,
    var_reader,
)

AT = Location("p.yml", 2)


def test_a_yaml_value_is_rendered_inside_out() -> None:
    names = {"var": {"a": 1}.get}
    value = {"x": ["{{ var('a') }}", "plain", 5], "on": "{{ var('a') == 1 }}", "n": "{{ none }}"}
    assert render_value(value, names, AT) == {"x": ["1", "plain", 5], "on": True, "n": None}


def test_a_yaml_value_that_cannot_be_rendered_names_its_line() -> None:
    with pytest.raises(TemplateError, match="'nope' is undefined") as error:
        render_value("{{ nope }}", {}, AT)
    assert error.value.at == AT


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''|attr('__class__') }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ f.__globals__ }}",
        "{{ f.__self__ }}",
        "{{ open('/etc/passwd') }}",
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as x %}",
        "{% extends '/etc/passwd' %}",
        "{{ range(1000000000) | list }}",
    ],
)
def test_the_sandbox_holds(text: str) -> None:
    with pytest.raises(TemplateError) as error:
        render_value(text + "{{ 1 }}", {"f": render_value}, AT)
    assert "root:" not in str(error.value)


def test_docs_blocks() -> None:
    assert docs_blocks("{% docs a %}\n one \n{% enddocs %} x {%- docs b -%}two{%- enddocs -%}") == {
        "a": "one",
        "b": "two",
    }


def test_the_test_tag_is_a_macro() -> None:
    text = "{% test t(model, x=1) %}select {{ model }} {{ x }}{% endtest %}"
    module: Any = environment().from_string(text).module
    assert module.test_t("m") == "select m 1"


def test_env_var() -> None:
    read = env_var_reader({"A": "1"}, lambda: AT)
    assert (read("A"), read("B", "x"), read("B", "")) == ("1", "x", "")
    with pytest.raises(TemplateError, match="environment variable B is not set") as error:
        read("B")
    assert error.value.at == AT


def test_var_gives_copies() -> None:
    values = {"a": [1], "n": None}
    read = var_reader(values, lambda: AT)
    read("a").append(2)
    assert values["a"] == [1]
    assert read("n", 5) is None
    assert read("b", 5) == 5
    with pytest.raises(TemplateError, match=r"var\('aa'\) is not set") as error:
        read("aa")
    assert error.value.fix == "did you mean 'a'?"
