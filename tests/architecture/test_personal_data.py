"""Where personal data may be: tags that survive, hashes without a salt, and who reads them."""

from __future__ import annotations

from functools import cache

import pytest

from retention_pipeline.binder import bind
from retention_pipeline.lineage import Lineage, Place
from retention_pipeline.pii import check_pii, declared, spread
from tests.architecture.test_models import by_name, compiled

HASHES_WITHOUT_SALT = "stg_ad_identifiers"
FREE_TEXT = {"survey_responses.comment", "cancel_flow_sessions.reason_text"}
ALWAYS_DIRECT = FREE_TEXT | {
    "customers.email",
    "customers.phone",
    "customers.full_name",
    "orders.email",
}


@cache
def lineage() -> Lineage:
    return Lineage(compiled(), bind(compiled()))


def _source_column(place: Place) -> str:
    return f"{place.node.split('.')[-1]}.{place.column}"


def test_no_mart_shows_personal_data() -> None:
    check_pii(compiled(), lineage().columns)


def test_the_contracts_say_what_is_direct() -> None:
    assert {_source_column(p) for p in declared(compiled(), "direct") if "source." in p.node} == (
        ALWAYS_DIRECT
    )


def test_nothing_outside_staging_comes_from_direct_data_but_by_a_hash() -> None:
    reached = spread(lineage(), declared(compiled(), "direct"))
    assert {compiled().models[place.node].relation.schema for place in reached} <= {"staging"}


@pytest.mark.parametrize("layer", ["intermediate", "marts"])
def test_a_copy_of_a_quasi_identifier_says_so(layer: str) -> None:
    tagged = declared(compiled(), "quasi")
    reached = [
        place
        for place, step in spread(lineage(), tagged).items()
        if step.is_copy and compiled().models[place.node].relation.schema == layer
    ]
    silent = [place for place in reached if place not in tagged]
    assert not [f"{p.node.split('.')[-1]}.{p.column}" for p in sorted(silent)]


def test_hashes_without_a_salt_live_in_the_export_only() -> None:
    uid = by_name()[HASHES_WITHOUT_SALT].unique_id
    readers = {compiled().models[reader].model.name for reader in lineage().readers(uid)}
    assert readers == {"audience_export", "audience_sizes"}
    place = Place(uid, "identifier")
    assert {step.into.node.split(".")[-1] for step in lineage().trail(place, up=False)} == {
        "audience_export"
    }
