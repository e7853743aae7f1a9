import pytest

from retention_pipeline.errors import SelectionError
from retention_pipeline.graph import Graph
from retention_pipeline.selection import Indirect, evaluate, read_words, select
from retention_pipeline.selection_methods import Card

#   raw.orders -> stg_orders -> int_orders -> mart_a -> mart_c
#                                         \-> mart_b
NEEDS = {
    "raw.orders": (),
    "stg_orders": ("raw.orders",),
    "int_orders": ("stg_orders",),
    "mart_a": ("int_orders",),
    "mart_b": ("int_orders",),
    "mart_c": ("mart_a",),
}
GRAPH = Graph({name: frozenset(needs) for name, needs in NEEDS.items()})


def _card(name: str, folder: str, *tags: str, materialized: str = "table") -> Card:
    fqn = ("p", *folder.split("/"), name)
    path = f"models/{folder}/{name}.sql"
    config = {"materialized": materialized, "enabled": True}
    return Card(name, name, fqn, path, "model", tags, config)


CARDS = {
    card.unique_id: card
    for card in [
        Card("raw.orders", "raw.orders", ("p", "raw", "orders"), "models/raw.yml", "source", ("in",)),
        _card("stg_orders", "staging", "daily", materialized="view"),
        _card("int_orders", "intermediate", "daily"),
        _card("mart_a", "marts/x", "weekly"),
        _card("mart_b", "marts/y", "daily", "weekly"),
        _card("mart_c", "marts/y"),
    ]
}  # fmt: skip


def chosen(*include: str, exclude: tuple[str, ...] = ()) -> str:
    """Names that were selected, short: the order of the graph."""
    found = select(GRAPH, CARDS, include, exclude)
    return " ".join(name for name in NEEDS if name in found)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("mart_a", "mart_a"),
        ("name:mart_a", "mart_a"),
        ("fqn:mart_a", "mart_a"),
        ("+mart_a", "raw.orders stg_orders int_orders mart_a"),
        ("mart_a+", "mart_a mart_c"),
        ("+mart_a+", "raw.orders stg_orders int_orders mart_a mart_c"),
        ("2+mart_a", "stg_orders int_orders mart_a"),
        ("0+mart_a", "mart_a"),
        ("stg_orders+1", "stg_orders int_orders"),
        ("stg_orders+3", "stg_orders int_orders mart_a mart_b mart_c"),
        ("1+int_orders+1", "stg_orders int_orders mart_a mart_b"),
        ("tag:daily", "stg_orders int_orders mart_b"),
        ("tag:dai*", "stg_orders int_orders mart_b"),
        ("1+tag:weekly", "int_orders mart_a mart_b"),
        ("path:models/marts", "mart_a mart_b mart_c"),
        ("path:models/marts/", "mart_a mart_b mart_c"),
        ("path:models/marts/y/mart_b.sql", "mart_b"),
        ("path:models/*/stg*.sql", "stg_orders"),
        ("models/marts/x", "mart_a"),
        ("source:raw.orders", "raw.orders"),
        ("source:raw", "raw.orders"),
        ("source:raw.orders+1", "raw.orders stg_orders"),
        ("config.materialized:view", "stg_orders"),
        ("config.materialized:TABLE", "int_orders mart_a mart_b mart_c"),
        ("resource_type:source", "raw.orders"),
        ("mart_*", "mart_a mart_b mart_c"),
        ("*_orders", "stg_orders int_orders"),
        ("p.marts.y", "mart_b mart_c"),
        ("marts.y", "mart_b mart_c"),
        ("mart_a mart_b", "mart_a mart_b"),
        ("tag:daily,tag:weekly", "mart_b"),
        ("tag:daily,+mart_b", "stg_orders int_orders mart_b"),
        ("tag:weekly,path:models/marts/x stg_orders", "stg_orders mart_a"),
        ("@mart_a", "raw.orders stg_orders int_orders mart_a mart_c"),
        ("file:mart_a.sql", "mart_a"),
        ("file:mart_?", "mart_a mart_b mart_c"),
        ("mart_a.sql", "mart_a"),
        ("source:p.raw.orders", "raw.orders"),
        ("source:*.orders", "raw.orders"),
        ("package:p,tag:in", "raw.orders"),
        ("package:this,mart_a", "mart_a"),
        ("config.materialized:view,config.enabled:true", "stg_orders"),
        ("path:models/**/mart_b.sql", "mart_b"),
        ("path:models/*/x", "mart_a"),
        ("p.marts.*.mart_?", "mart_a mart_b mart_c"),
    ],
)
def test_the_grammar(selector: str, names: str) -> None:
    assert chosen(selector) == names


def test_no_selector_is_everything() -> None:
    assert chosen() == " ".join(NEEDS)


def test_several_texts_are_a_union() -> None:
    assert chosen("mart_a", "mart_b") == "mart_a mart_b"


def test_exclude_takes_away() -> None:
    assert chosen("tag:daily", exclude=("mart_b",)) == "stg_orders int_orders"
    assert chosen(exclude=("int_orders+", "source:raw.orders")) == "stg_orders"


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("mart_aa", "did you mean 'mart_a'?"),
        ("tag:dayly", "did you mean 'daily'?"),
        ("path:models/nope", "matches nothing"),
        ("source:nope", "matches nothing"),
        ("config.materialized:nope", "matches nothing"),
        ("tga:daily", "unknown selector method 'tga'"),
        ("tag:daily,mart_a", "no node is in all of its parts"),
        ("+", "cannot read the selector '+'"),
        ("mart_a,", "cannot read the selector ''"),
        ("tag:", "cannot read the selector 'tag:'"),
        ("@mart_a+", "@ says + at the end already"),
        ("mart_aa", "also near: mart_b, mart_c"),
        ("resource_type:modle", "did you mean 'model'?"),
        ("test_type:generik", "did you mean 'generic'?"),
        ("state:modified", "add --state DIR"),
    ],
)
def test_a_selector_that_means_nothing_is_an_error(selector: str, words: str) -> None:
    with pytest.raises(SelectionError) as error:
        chosen(selector)
    assert words in str(error.value)


def test_one_part_of_a_union_that_matches_nothing_is_an_error_too() -> None:
    with pytest.raises(SelectionError, match="'nope' matches nothing"):
        chosen("mart_a nope")


# Tests of the graph above: of one model, of two, of one and its source; one unit test.
TESTED = {
    **NEEDS,
    "unique_a": ("mart_a",),
    "a_is_in_int": ("int_orders", "mart_a"),
    "int_is_in_raw": ("int_orders", "raw.orders"),
    "unit_a": ("mart_a",),
}
TESTED_GRAPH = Graph({name: frozenset(needs) for name, needs in TESTED.items()})
TESTED_CARDS = CARDS | {
    name: Card(name, name, ("p", name), "models/m.yml", kind, test_type=of, test_name=name[:6])
    for name, kind, of in [
        ("unique_a", "test", "generic"),
        ("a_is_in_int", "test", "singular"),
        ("int_is_in_raw", "test", "generic"),
        ("unit_a", "unit_test", "unit"),
    ]
}


@pytest.mark.parametrize(
    ("indirect", "include", "exclude", "tests"),
    [
        ("eager", "mart_a", "", "unique_a a_is_in_int unit_a"),
        ("cautious", "mart_a", "", "unique_a unit_a"),
        ("buildable", "mart_a", "", "unique_a a_is_in_int unit_a"),
        ("empty", "mart_a", "", ""),
        ("eager", "int_orders", "", "a_is_in_int int_is_in_raw"),
        ("cautious", "int_orders", "", ""),
        ("buildable", "int_orders", "", "int_is_in_raw"),
        ("cautious", "int_orders mart_a", "", "unique_a a_is_in_int unit_a"),
        ("eager", "mart_a", "int_orders", "unique_a unit_a"),
        ("eager", "mart_a", "test_type:unit", "unique_a a_is_in_int"),
        ("eager", "mart_a,test_name:unique", "", "unique_a"),
        ("eager", "mart_a,test_type:data", "", "unique_a a_is_in_int"),
        ("eager", "unit_test:unit_a", "", "unit_a"),
        ("eager", "", "mart_a int_orders", ""),
        ("empty", "", "mart_a int_orders", "unique_a a_is_in_int int_is_in_raw unit_a"),
    ],
)
def test_tests_follow_what_they_test(indirect: str, include: str, exclude: str, tests: str) -> None:
    """As dbt's --indirect-selection does; worked out from its four definitions."""
    found = evaluate(
        TESTED_GRAPH,
        TESTED_CARDS,
        read_words([include]),
        read_words([exclude]),
        Indirect(indirect),
    )
    names = [name for name in TESTED if name in found.ids and name not in NEEDS]
    assert " ".join(names) == tests


def test_what_compares_with_an_earlier_state_may_match_nothing() -> None:
    asked = []

    def compare(method: str, value: str, uid: str) -> bool:
        asked.append((method, value, uid))
        return uid == "mart_b"

    def chosen(text: str) -> frozenset[str]:
        words = read_words([text])
        return evaluate(GRAPH, CARDS, words, None, Indirect.EAGER, compare).ids

    assert chosen("state:modified") == {"mart_b"}
    assert ("state", "modified", "mart_a") in asked
    assert chosen("1+result:error") == {"mart_b", "int_orders"}
    assert chosen("state:new,mart_a") == frozenset()
