"""Every setting of the project is declared, explained and documented, and every switch is shown."""

from __future__ import annotations

import re
from functools import cache

import pytest

from retention_pipeline.errors import PipelineError
from tests.architecture.test_models import compiled
from tests.conftest import CHECKOUT
from tests.unit.test_render import render

READ = re.compile(r"""(?:\bvar|\bpolicy)\(\s*["'](\w+)["']""")
SQL = [
    path
    for folder in ("models", "macros", "tests/data")
    for path in sorted((CHECKOUT / folder).rglob("*.sql"))
]


@cache
def declared() -> dict[str, str]:
    """{var: its line in dbt_project.yml}."""
    text = (CHECKOUT / "dbt_project.yml").read_text(encoding="utf-8")
    lines = text.split("\nvars:\n")[1].splitlines()
    return {line.split(":")[0].strip(): line for line in lines if re.match(r"  \w+:", line)}


@cache
def read() -> frozenset[str]:
    """The vars that SQL reads."""
    return frozenset(name for path in SQL for name in READ.findall(path.read_text("utf-8")))


@cache
def switches() -> dict[str, tuple[str, list[str]]]:
    """{switch: its default and what it may be}, from macros/policies.sql."""
    text = (CHECKOUT / "macros" / "policies.sql").read_text(encoding="utf-8")
    lines = re.findall(r'^ +"(\w+) \| (\w+) \| ([\w, ]+) \| ', text, re.MULTILINE)
    return {name: (default, allowed.split(", ")) for name, default, allowed in lines}


@cache
def documents() -> str:
    paths = [CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_what_sql_reads_is_declared() -> None:
    assert read() - set(declared()) == set()


@pytest.mark.parametrize("name", sorted(declared()))
def test_a_var_is_explained_and_documented(name: str) -> None:
    """By a comment on its line, or as a policy switch by the line that says what it decides."""
    assert "  # " in declared()[name] or name in switches()
    assert f"`{name}" in documents() or f"{name}:" in documents()


@pytest.mark.parametrize("name", sorted(switches()))
def test_a_switch_has_the_same_default_everywhere(name: str) -> None:
    """null in dbt_project.yml stands for a word that only the list knows (ever, first)."""
    default, allowed = switches()[name]
    value = declared()[name].split("#")[0].split(":", 1)[1].strip()
    assert value == default or (value == "null" and default in allowed)


@pytest.mark.parametrize("name", sorted(switches()))
def test_an_unknown_value_is_refused_with_those_allowed(name: str) -> None:
    files = [CHECKOUT / "macros" / f"{file}.sql" for file in ("policies", "policy_sets")]
    macros = "\n".join(path.read_text(encoding="utf-8") for path in files)
    with pytest.raises(PipelineError) as caught:
        render(f"{{{{ policy('{name}') }}}}", macros, {name: "sometimes"})
    allowed = ", ".join(switches()[name][1])
    assert f"var {name} is 'sometimes': it must be one of {allowed}" in str(caught.value)


def test_every_switch_is_read_through_its_check() -> None:
    """Only policy() knows what is allowed; var() of a switch would take anything."""
    plain = re.compile(r"""\bvar\(\s*["'](\w+)["']""")
    unchecked = {
        (path.name, name)
        for path in SQL
        for name in plain.findall(path.read_text("utf-8"))
        if name in switches()
    }
    assert not unchecked


def test_a_switch_has_a_unit_test_for_every_choice() -> None:
    """Models that read it are tested with each of its words, numbers with two at least."""
    pinned: dict[str, set[str]] = {name: set() for name in switches()}
    for unit_test in compiled().unit_tests.values():
        for name, value in unit_test.override_vars.items():
            if name in pinned:
                pinned[name].add("null" if value is None else str(value).lower())
    untried: dict[str, list[str]] = {}
    for name, (default, allowed) in switches().items():
        words = {word for word in allowed if word not in ("integer", "date")}
        tried = pinned[name] | ({default} if "null" in pinned[name] else set())
        if not words <= tried or len(tried) < 2:
            untried[name] = sorted(words - tried)
    assert not untried


def test_the_switches_are_those_that_are_published() -> None:
    """One row each, with its value."""
    published = compiled().models["model.retention_pipeline.metric_policies"].sql
    assert all(f"'{name}'" in published for name in switches())
