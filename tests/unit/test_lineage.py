"""Columns through a small project: steps, origins, readers, what is opaque; the command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pytest

from retention_pipeline.api import Options
from retention_pipeline.api_lineage import open_lineage
from retention_pipeline.lineage import Lineage, Place
from retention_pipeline.reads import NAMES
from tests.conftest import Shop

STG, ORDERS = "model.shop.stg_orders", "source.shop.raw.orders"


def read(shop: Shop) -> Lineage:
    return open_lineage(Options(project_dir=shop.root, environ={}))


def plain(found: Mapping[str, Iterable[str]] | None) -> dict[str, set[str]]:
    assert found is not None
    return {node: set(columns) for node, columns in found.items()}


def model(name: str, column: str = "") -> Place:
    return Place(f"model.shop.{name}", column)


@pytest.fixture
def chain(shop: Shop) -> Shop:
    """raw.orders -> stg_orders -> hashed (ephemeral) -> people -> kept, and one opaque model."""
    shop.model(
        "hashed",
        "{{ config(materialized='ephemeral') }}\n"
        "select order_id, sha256(lower(trim(customer_id))) as h, customer_id, amount"
        " from {{ ref('stg_orders') }} where country = 'DE'",
    )
    shop.model("people", "select h, max(h) as newest, upper(customer_id) as loud, sum(amount) as paid"
               " from {{ ref('hashed') }} group by h, customer_id")  # fmt: skip
    shop.model(
        "kept",
        "with p as (select * from {{ ref('people') }}) select newest || '!' as x, loud from p",
    )
    shop.model("dark", "select columns('.*') from {{ ref('people') }}")
    return shop


def test_every_model_of_the_mini_project_is_read(shop: Shop) -> None:
    lineage = read(shop)
    assert {uid: lineage.why_opaque(uid) for uid in lineage.compiled.models} == dict.fromkeys(
        lineage.compiled.models, ""
    )


def test_columns_come_from_columns(shop: Shop) -> None:
    found = read(shop).column_lineage("model.shop.customer_orders")
    stg = {name: Place(STG, name) for name in ("customer_id", "amount")}
    assert found == {
        "customer_id": {stg["customer_id"]},
        "orders": frozenset(),
        "revenue": {stg["amount"]},
        "revenue_per_order": {stg["amount"]},
    }


def test_what_is_read_is_told_by_parent(shop: Shop) -> None:
    lineage = read(shop)
    assert plain(lineage.columns_read("model.shop.customer_orders")) == {
        STG: {"customer_id", "amount"}
    }
    assert plain(lineage.columns_read("model.shop.country_orders", ["orders"])) == {
        STG: {"country"}
    }
    assert plain(lineage.columns_read(STG, ["country"])) == {ORDERS: {"country", "ordered_at"}}
    assert plain(lineage.rows_read(STG)) == {ORDERS: {"ordered_at"}}


def test_names_of_columns_are_read_behind_a_star(shop: Shop) -> None:
    shop.model("wide", "select * from {{ ref('countries') }}")
    found = read(shop).columns_read("model.shop.wide")
    assert plain(found) == {"seed.shop.countries": {"code", "name", NAMES}}


def test_ephemeral_models_are_looked_through(chain: Shop) -> None:
    lineage = read(chain)
    assert plain(lineage.columns_read("model.shop.people")) == {
        STG: {"customer_id", "amount", "country"}
    }
    assert lineage.readers(STG) == sorted(
        f"model.shop.{name}" for name in ("country_orders", "customer_orders", "people")
    )


def test_a_value_is_followed_to_its_source(chain: Shop) -> None:
    lineage = read(chain)
    hashed = lineage.origins(model("people", "newest"))
    assert hashed[Place(ORDERS, "customer_id")].through == {"sha256", "lower", "trim"}
    assert not hashed[Place(ORDERS, "customer_id")].is_copy
    assert lineage.origins(model("kept", "loud"))[Place(ORDERS, "customer_id")].through == {"upper"}
    assert lineage.origins(model("kept", "x"))[Place(ORDERS, "customer_id")].through == {
        "sha256",
        "lower",
        "trim",
        "dpipe",
    }
    assert lineage.origins(Place(STG, "customer_id"))[Place(ORDERS, "customer_id")].is_copy


def test_steps_have_their_expressions(chain: Shop) -> None:
    (step,) = read(chain).steps_into(model("people", "newest"))
    assert step.of == Place(STG, "customer_id")
    assert step.expressions == ("MAX(h)", "SHA256(LOWER(TRIM(customer_id)))")
    assert not step.is_copy
    (step,) = read(chain).steps_into(Place(STG, "customer_id"))
    assert (step.expressions, step.is_copy) == ((), True)


def test_an_opaque_model_takes_everything_from_everywhere(chain: Shop) -> None:
    lineage = read(chain)
    assert lineage.why_opaque("model.shop.dark") == "Columns in an expression"
    assert lineage.columns_read("model.shop.dark") is None
    assert lineage.column_lineage("model.shop.dark") is None
    steps = lineage.steps_into(model("dark", "paid"))
    assert [step.of.column for step in steps] == ["h", "newest", "loud", "paid"]
    assert not any(step.is_certain or step.is_copy for step in steps)
    assert lineage.origins(model("dark", "paid"))[Place(ORDERS, "customer_id")].carries


def test_unlike_columns_make_a_model_opaque(shop: Shop) -> None:
    lineage = read(shop)
    wrong = Lineage(lineage.compiled, {**lineage.columns, STG: ["order_id"]})
    assert wrong.why_opaque(STG) == "its columns are not those that the database finds"


def test_a_column_is_followed_downwards(chain: Shop) -> None:
    lineage = read(chain)
    steps = lineage.trail(Place(ORDERS, "customer_id"), up=False)
    reached = {f"{s.into.node.rsplit('.', 1)[1]}.{s.into.column}" for s in steps if s.is_certain}
    assert reached == {
        "stg_orders.customer_id",
        "customer_orders.customer_id",
        "people.h",
        "people.newest",
        "people.loud",
        "kept.x",
        "kept.loud",
    }
    assert lineage.decides_rows_of(Place(STG, "country")) == [
        "model.shop.country_orders",
        "model.shop.people",
    ]


# -- the command --------------------------------------------------------------------------------
def test_the_command_shows_a_tree(chain: Shop) -> None:
    done = chain.run("lineage", "kept.x")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "kept.x",
            "  <- people.newest (newest || '!')",
            "    <- stg_orders.customer_id (MAX(h))",
            "      <- raw.orders.customer_id",
        ],
    )


def test_the_command_shows_a_node(shop: Shop) -> None:
    assert shop.run("lineage", "country_orders").out.splitlines() == [
        "country <- stg_orders.country",
        "",
        "rows decided by: stg_orders.country",
    ]
    lines = shop.run("lineage", "raw.orders", "--down").out.splitlines()
    assert "country -> stg_orders.country" in lines
    assert "ordered_at -> stg_orders.ordered_at, stg_orders.order_date" in lines
    assert (
        "decides the rows of: stg_orders"
        in shop.run("lineage", "raw.orders.ordered_at", "--down").out
    )


def test_the_command_says_what_is_not_certain(chain: Shop) -> None:
    out = chain.run("lineage", "dark.h").out
    assert "<- people.paid (perhaps)" in out
    assert "not certain: dark (Columns in an expression)" in out


def test_the_command_gives_json_and_mermaid(chain: Shop) -> None:
    found = json.loads(chain.run("lineage", "people.newest", "--format", "json").out)
    assert found["steps"][0] == {
        "into": {"node": "model.shop.people", "column": "newest"},
        "of": {"node": STG, "column": "customer_id"},
        "is_copy": False,
        "carries": True,
        "through": ["lower", "sha256", "trim"],
        "expressions": ["MAX(h)", "SHA256(LOWER(TRIM(customer_id)))"],
        "is_certain": True,
    }
    assert chain.run("lineage", "people.newest", "--format", "mermaid").out.splitlines() == [
        "flowchart LR",
        '  c0["stg_orders.customer_id"]',
        '  c1["people.newest"]',
        '  c2["raw.orders.customer_id"]',
        "  c0 -- lower sha256 trim --> c1",
        "  c2 --> c0",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("customer_ordes",), "no model, seed or source 'customer_ordes'\n  fix: did you mean 'customer_orders'?"),
        (("customer_orders.revenu",), "customer_orders has no column 'revenu'\n  fix: did you mean 'revenue'?"),
        (("raw.orders.zzz",), "fix: it has: order_id, customer_id, ordered_at, amount, country"),
        (("countries", "--format", "html"), "--format 'html' is unknown"),
    ],
)  # fmt: skip
def test_unknown_names_are_refused(shop: Shop, words: tuple[str, ...], message: str) -> None:
    done = shop.run("lineage", *words)
    assert done.code == 2
    assert message in done.err
