"""Where personal data may be: tags that survive, hashes without a salt, and who reads them."""

from __future__ import annotations

from functools import cache

import pytest

from retention_pipeline.compiled import CompiledModel
from retention_pipeline.lineage import Place
from retention_pipeline.nodes import Materialized
from retention_pipeline.pii import check_pii, declared, spread
from tests.sample import compiled, lineage

PEOPLE = {"customer_id", "user_id"}
FREE_TEXT = {"survey_responses.comment", "cancel_flow_sessions.reason_text"}
ALWAYS_DIRECT = FREE_TEXT | {
    "customers.email",
    "customers.phone",
    "customers.full_name",
    "orders.email",
}


@cache
def by_name() -> dict[str, CompiledModel]:
    return {model.model.name: model for model in compiled().models.values()}


def _source_column(place: Place) -> str:
    return f"{place.node.split('.')[-1]}.{place.column}"


def test_no_model_is_opaque() -> None:
    """These rules, and builds that skip readers of unchanged columns, rest on certain lineage."""
    opaque = {uid: why for uid in compiled().models if (why := lineage().why_opaque(uid))}
    assert opaque == {}


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
    """Beside the id of a person; a country that groups many people tells nobody apart."""
    tagged = declared(compiled(), "quasi")
    sources = {place for place in tagged if place.node in compiled().sources}
    silent = [
        f"{name}.{column.name}"
        for name, model in sorted(by_name().items())
        if model.relation.schema == layer and PEOPLE & {c.name for c in model.model.columns}
        for column in model.model.columns
        if (place := Place(model.unique_id, column.name)) not in tagged
        and any(way.is_copy and of in sources for of, way in lineage().origins(place).items())
    ]
    assert not silent


def test_hashes_without_a_salt_are_stored_in_the_export_only() -> None:
    place = Place(by_name()["stg_ad_identifiers"].unique_id, "identifier")
    reached = {step.into.node for step in lineage().trail(place, up=False)}
    tables = {
        compiled().models[uid].model.name
        for uid in reached
        if compiled().models[uid].materialized is Materialized.TABLE
    }
    assert tables == {"audience_export"}
