from pathlib import Path

import pytest

from retention_pipeline import errors
from retention_pipeline.errors import ErrorGroup, Location, PipelineError, did_you_mean


def test_a_location_reads_as_editors_like_it() -> None:
    assert str(Location("models/a.sql", 4)) == "models/a.sql:4"
    assert str(Location(Path("models/a.sql"))) == "models/a.sql"


def test_an_error_says_place_code_cause_and_fix() -> None:
    error = errors.UnknownReferenceError(
        "ref('x') matches nothing", at=Location("a.sql", 4), fix="did you mean 'y'?"
    )
    assert str(error) == "a.sql:4: RP203 ref('x') matches nothing\n  fix: did you mean 'y'?"


def test_place_and_fix_are_left_out_when_unknown() -> None:
    assert str(PipelineError("it broke")) == "RP000 it broke"


def test_a_group_shows_every_error() -> None:
    group = ErrorGroup([PipelineError("one"), PipelineError("two", fix="mend")])
    assert str(group) == "RP000 one\nRP000 two\n  fix: mend"


def test_every_kind_has_a_code_of_its_own() -> None:
    def kinds(cls: type[PipelineError]) -> list[type[PipelineError]]:
        return [cls, *(k for sub in cls.__subclasses__() for k in kinds(sub))]

    codes = [kind.code for kind in set(kinds(PipelineError))]  # one may have two parents
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("name", "known", "answer"),
    [
        ("stg_order", ["stg_orders", "x"], "did you mean 'stg_orders'?"),
        ("STG_ORDERS", ["stg_orders"], "did you mean 'stg_orders'?"),
        ("zzz", ["stg_orders"], None),
        ("a", [], None),
    ],
)
def test_did_you_mean(name: str, known: list[str], answer: str | None) -> None:
    assert did_you_mean(name, known) == answer
