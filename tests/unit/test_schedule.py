"""Steps come out after everything they stand behind, and in the plan's order where that is free."""

from hypothesis import given
from hypothesis import strategies as st

from retention_pipeline.freshness import Need, Verdict
from retention_pipeline.plan import Step, StepKind
from retention_pipeline.schedule import Schedule


def steps(after: list[frozenset[int]]) -> list[Step]:
    verdict = Verdict(Need.BUILD, "not built yet")
    return [
        Step(f"s{i}", f"s{i}", StepKind.MODEL, frozenset(f"s{j}" for j in behind), verdict)
        for i, behind in enumerate(after)
    ]


@st.composite
def acyclic(draw: st.DrawFn) -> list[frozenset[int]]:
    count = draw(st.integers(0, 8))
    return [draw(st.frozensets(st.integers(0, i - 1))) if i else frozenset() for i in range(count)]


@given(
    acyclic(),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_every_step_comes_once_and_after_its_forerunners(
    after: list[frozenset[int]], chance: object, hands: int, most: int, groups: int
) -> None:
    def group(step: Step) -> str | None:
        number = int(step.unique_id[1:]) % groups
        return str(number) if number else None

    schedule = Schedule(steps(after), group)
    running: list[Step] = []
    done: list[str] = []
    while schedule or running:
        assert len(schedule.left()) + len(running) + len(done) == len(after)
        while len(running) < hands and (handed := schedule.next(most)):
            assert len(handed) <= most
            assert len({group(step) for step in handed}) == 1
            assert group(handed[0]) is not None or len(handed) == 1
            assert all(step.after <= set(done) for step in handed)
            running += handed
        ended = running.pop(chance.randrange(len(running)))  # type: ignore[attr-defined]
        done.append(ended.unique_id)
        schedule.done(ended.unique_id)
    assert sorted(done) == sorted(f"s{i}" for i in range(len(after)))
    assert schedule.next() == []


def test_the_plan_decides_between_steps_that_could_start() -> None:
    schedule = Schedule(steps([frozenset(), frozenset(), frozenset({0})]))
    schedule.done("s0")
    assert [step.unique_id for (step,) in iter(schedule.next, [])] == ["s0", "s1", "s2"]


def test_a_group_is_handed_out_together_as_far_as_it_is_ready() -> None:
    schedule = Schedule(
        steps([frozenset(), frozenset(), frozenset(), frozenset({1})]), lambda _: "t"
    )
    assert [step.unique_id for step in schedule.next(2)] == ["s0", "s1"]
    assert [step.unique_id for step in schedule.next(2)] == ["s2"]
    assert schedule.next(2) == []
    schedule.done("s1")
    assert [step.unique_id for step in schedule.next(2)] == ["s3"]
