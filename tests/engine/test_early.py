"""Binding while rendering: nothing but time may change."""

import sys
import threading

import pytest

from retention_pipeline.api import Options, compile_, open_project
from retention_pipeline.binder import Types, bind
from retention_pipeline.compiled import CompiledModel
from retention_pipeline.compiler import compile_project
from retention_pipeline.early import Early
from retention_pipeline.errors import PipelineError
from retention_pipeline.graph import parents_first
from tests.conftest import CHECKOUT, Shop


def options(shop: Shop) -> Options:
    return Options(project_dir=shop.root, environ={})


def bound(shop: Shop, *, early: bool) -> Types:
    if not early:
        return bind(compile_(options(shop)))
    with Early() as ahead:
        compiled = compile_(options(shop), ahead)
        with ahead.settled(compiled) as binder:
            binder.models()
            binder.tests()
            return binder.types


def told(shop: Shop, *, early: bool) -> str:
    """All that is wrong with a project, as it is said."""
    with pytest.raises(PipelineError) as caught:
        bound(shop, early=early)
    return str(caught.value)


def test_the_sample_gets_the_same_types_and_most_models_early() -> None:
    whole = open_project(Options(project_dir=CHECKOUT, environ={}, vars={"as_of": "2026-01-31"}))
    with Early() as early:
        compiled = compile_project(whole, watcher=early)
        with early.settled(compiled) as binder:
            before = len(binder.made & compiled.models.keys())
            assert binder.models()
            binder.tests()
            types = binder.types
    assert before > 0.9 * len(compiled.models)
    plain = compile_project(whole)
    assert types == bind(plain)
    assert list(compiled.models) == list(plain.models)


@pytest.mark.parametrize(
    "broken",
    [
        {"z_first": "select no_such from {{ ref('one') }}"},
        {
            "a_late": "select missing from {{ ref('z_mid') }}",
            "z_mid": "select y from {{ ref('one') }}",
        },
        {"bad": "select * from {{ ref('nowhere') }}"},
        {"m1": "select 1 as x from {{ ref('m2') }}", "m2": "select 1 as x from {{ ref('m1') }}"},
        {
            "m1": "select {{ no_such_macro() }}",
            "m2": "select 1 +",
            "m3": "select {{ also_gone() }}",
        },
    ],
)
def test_faults_are_said_in_the_same_words_and_order(shop: Shop, broken: dict[str, str]) -> None:
    shop.model("one", "select 1 as x")
    for name, sql in broken.items():
        shop.model(name, sql)
    assert told(shop, early=True) == told(shop, early=False)


def test_every_kind_of_model_gets_the_same_types(shop: Shop) -> None:
    shop.model("one", "select 1 as x")
    shop.model(
        "pasted", "{{ config(materialized='ephemeral') }} select x + 1 as y from {{ ref('one') }}"
    )
    shop.model(
        "reads_pasted", "select y, 'a;b' as t from {{ ref('pasted') }} -- a comment; at the end"
    )
    shop.model(
        "added",
        "{{ config(materialized='incremental', unique_key='x') }} select x from {{ ref('one') }}"
        "{% if is_incremental() %} where x > (select max(x) from {{ this }}) {% endif %}",
    )
    shop.model("turned", "pivot {{ ref('one') }} on x using count(*)")
    shop.model("reads_turned", "select * from {{ ref('turned') }}")
    assert bound(shop, early=True) == bound(shop, early=False)


def test_neither_a_thread_nor_the_interval_stays(shop: Shop) -> None:
    shop.model("one", "select 1 as x")
    shop.model("two", "select {{ no_such_macro() }}")
    threads, interval = threading.active_count(), sys.getswitchinterval()
    with pytest.raises(PipelineError), Early() as early:
        compile_(options(shop), early)
    assert threading.active_count() == threads
    assert sys.getswitchinterval() == interval


def test_models_come_parents_first_whatever_their_names(shop: Shop) -> None:
    shop.model("a", "select * from {{ ref('b') }}")
    shop.model("b", 'select * from {{ ref( "c" ) }}')
    shop.model("c", "select 1 as x")
    seen: list[str] = []

    class Notes:
        def begins(self, known: object) -> None:
            seen.append("begins")

        def rendered(self, model: CompiledModel) -> None:
            seen.append(model.model.name)

    compile_(options(shop), Notes())
    ours = [name for name in seen if name in ("begins", "a", "b", "c")]
    assert ours == ["begins", "c", "b", "a"]


def test_a_ring_of_guesses_is_no_order() -> None:
    texts = {"a": "ref('b')", "b": "ref('a')", "c": ""}
    assert parents_first(texts) == ("a", "b", "c")
    assert parents_first({"a": "ref('a') ref('none')"}) == ("a",)
