from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.errors import CycleError
from retention_pipeline.graph import Graph

Needs = dict[str, frozenset[str]]


@st.composite
def dags(draw: st.DrawFn) -> Needs:
    """Any graph whose edges point to earlier names, its keys shuffled."""
    names = [f"n{i}" for i in range(draw(st.integers(0, 12)))]
    needs = {
        name: draw(st.frozensets(st.sampled_from(names[:i]))) if i else frozenset[str]()
        for i, name in enumerate(names)
    }
    return {name: needs[name] for name in draw(st.permutations(names))}


def reach(start: str, needs: Needs) -> set[str]:
    """All that `start` needs, the slow way."""
    found: set[str] = set()
    for parent in needs[start]:
        found |= {parent} | reach(parent, needs)
    return found


@given(dags())
def test_a_name_comes_after_everything_it_needs(needs: Needs) -> None:
    order = Graph(needs).order()
    assert sorted(order) == sorted(needs)
    for i, name in enumerate(order):
        assert needs[name] <= set(order[:i])


@given(dags())
def test_the_order_does_not_depend_on_the_order_of_the_files(needs: Needs) -> None:
    assert Graph(needs).order() == Graph(dict(sorted(needs.items()))).order()


@given(dags())
def test_ancestors_and_descendants_mirror_each_other(needs: Needs) -> None:
    graph = Graph(needs)
    for name in needs:
        assert graph.ancestors(name) == reach(name, needs)
        assert graph.parents(name) == needs[name]
        assert graph.descendants(name) == {n for n in needs if name in graph.ancestors(n)}
        assert graph.children(name) == {n for n in needs if name in needs[n]}


@given(dags(), st.data())
def test_a_ring_is_told_as_a_path_that_exists(needs: Needs, data: st.DataObject) -> None:
    edges = [(child, parent) for child in needs for parent in {child, *reach(child, needs)}]
    if not edges:
        return
    child, parent = data.draw(st.sampled_from(edges))
    broken = needs | {parent: needs[parent] | {child}}  # what is needed now needs its reader
    with pytest.raises(CycleError) as error:
        Graph(broken).order()
    ring = error.value.message.rsplit(": ", 1)[-1].split(" -> ")
    assert ring[0] == ring[-1]
    assert all(later in broken[name] for name, later in pairwise(ring))
    assert len(set(ring)) == len(ring) - 1


def test_depth_limits_the_reach() -> None:
    graph = Graph({"a": frozenset(), "b": frozenset("a"), "c": frozenset("b"), "d": frozenset("c")})
    assert graph.ancestors("d", 2) == {"c", "b"}
    assert graph.descendants("a", 1) == {"b"}
    assert graph.ancestors("d", 0) == frozenset()


def test_a_ring_starts_with_its_first_name() -> None:
    needs = {"model.p.c": frozenset({"model.p.b"}), "model.p.b": frozenset({"model.p.a"})}
    with pytest.raises(CycleError, match=r"ring: a -> c -> b -> a\n"):
        Graph(needs | {"model.p.a": frozenset({"model.p.c"})}).order()
