"""What the flags that select nodes do, on the small shop."""

import json

import pytest

from tests.conftest import Shop

EXPOSURES = """\
exposures:
  - name: board
    type: dashboard
    label: The board
    owner: {name: Ann, email: ann@example.org}
    depends_on: [ref('customer_orders'), "source('raw', 'orders')"]
    config: {tags: [bi]}
"""

SELECTORS = """\
selectors:
  - name: marts_only
    definition:
      union:
        - path: models/marts
        - exclude: [{method: test_type, value: unit}]
  - name: above
    description: What customer_orders needs.
    definition: {method: fqn, value: customer_orders, parents: true, indirect_selection: empty}
  - name: tables_of_marts
    definition:
      intersection:
        - {method: selector, value: marts_only}
        - "config.materialized:table"
"""


def names(shop: Shop, *words: str) -> list[str]:
    done = shop.run("ls", *words)
    assert done.code == 0, done.text
    return sorted(done.out.split())


def test_ls_shows_the_tests_of_what_is_selected(shop: Shop) -> None:
    assert names(shop, "-s", "country_orders") == [
        "country_orders",
        "test:primary_key_country_orders_country",
    ]
    assert names(shop, "-s", "country_orders", "--indirect-selection", "empty") == [
        "country_orders"
    ]
    assert names(shop, "-s", "country_orders", "--resource-type", "model") == ["country_orders"]
    assert names(shop, "-s", "country_orders", "--exclude-resource-type", "model") == [
        "test:primary_key_country_orders_country"
    ]


VERSIONS = """
models:
  - name: dim
    latest_version: 2
    access: public
    group: finance
    config: {contract: {enforced: false}}
    versions: [{v: 1}, {v: 2}, {v: 3}]
"""


def test_versions_access_and_groups(shop: Shop) -> None:
    shop.write("models/free/dim.yml", VERSIONS)
    for number in (1, 2, 3):
        shop.write(f"models/free/dim_v{number}.sql", f"select {number} as a")
    only = ("--resource-type", "model")
    assert names(shop, "-s", "version:latest", *only) == ["dim.v2"]
    assert names(shop, "-s", "version:old", *only) == ["dim.v1"]
    assert names(shop, "-s", "version:prerelease", *only) == ["dim.v3"]
    others = ["country_orders", "customer_orders", "stg_orders"]
    assert names(shop, "-s", "version:none", *only) == others
    assert names(shop, "-s", "access:public", *only) == ["dim.v1", "dim.v2", "dim.v3"]
    assert names(shop, "-s", "access:protected", *only) == others
    assert names(shop, "-s", "group:finance", *only) == ["dim.v1", "dim.v2", "dim.v3"]
    done = shop.run("ls", "-s", "version:newest")
    assert (done.code, "there is no 'newest'" in done.err) == (2, True)


def test_ls_outputs(shop: Shop) -> None:
    one = ("-s", "country_orders source:raw", "--indirect-selection", "empty")
    assert names(shop, *one, "--output", "path") == [
        "models/marts/country_orders.sql",
        "models/raw/sources.yml",
    ]
    assert names(shop, *one, "--output", "selector") == [
        "shop.marts.country_orders",
        "source:shop.raw.orders",
    ]
    lines = shop.run("ls", *one, "--output", "json").out.splitlines()
    found = {node["unique_id"]: node for node in map(json.loads, lines)}
    model = found["model.shop.country_orders"]
    assert model["original_file_path"] == "models/marts/country_orders.sql"
    assert model["depends_on"] == {"nodes": ["model.shop.stg_orders"]}
    assert (model["config"]["materialized"], model["tags"]) == ("table", ["weekly"])
    assert found["source.shop.raw.orders"]["name"] == "orders"
    keys = ("--resource-type", "model", "--output", "json", "--output-keys", "name schema")
    assert json.loads(shop.run("ls", "-s", "country_orders", *keys).out) == {
        "name": "country_orders",
        "schema": "marts",
    }
    assert "did you mean 'json'?" in shop.run("ls", "--output", "jsn").err
    assert "did you mean 'schema'?" in shop.run("ls", "--output-keys", "shema").err


def test_exposures_are_selected_with_what_they_read(shop: Shop) -> None:
    shop.write("models/marts/board.yml", EXPOSURES)
    assert names(shop, "-s", "exposure:board") == ["exposure:board"]
    assert names(shop, "-s", "tag:bi") == ["exposure:board"]
    assert names(shop, "-s", "1+exposure:board", "--resource-type", "model") == ["customer_orders"]
    assert "exposure:board" in names(shop, "-s", "stg_orders+")
    assert shop.run("build").code == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ref('customer_orders')", "ref('customer_order')", "did you mean 'customer_orders'?"),
        ("ref('customer_orders')", "customer_orders", "board.yml:6: RP101 depends_on"),
        ("dashboard", "dashbord", "did you mean 'dashboard'?"),
        ("owner:", "woner:", "unknown key 'woner'"),
        ("    owner: {name: Ann, email: ann@example.org}\n", "", "has no owner"),
    ],
)
def test_a_wrong_exposure_is_an_error(shop: Shop, old: str, new: str, words: str) -> None:
    shop.write("models/marts/board.yml", EXPOSURES.replace(old, new))
    done = shop.run("ls")
    assert done.code == 2
    assert words in done.err


def test_named_selectors(shop: Shop) -> None:
    shop.write("selectors.yml", SELECTORS)
    marts = names(shop, "--selector", "marts_only")
    assert {"customer_orders", "country_orders"} < set(marts)
    assert not any(name.startswith(("unit_test:", "stg_")) for name in marts)
    assert names(shop, "--selector", "above") == [
        "customer_orders",
        "seed:raw_orders",
        "source:raw.orders",
        "stg_orders",
    ]
    both = names(shop, "--selector", "tables_of_marts")
    assert names(shop, "-s", "selector:tables_of_marts") == both
    assert {"customer_orders", "country_orders"} <= set(both)
    assert names(
        shop, "-s", "selector:tables_of_marts,country_orders", "--resource-type", "model"
    ) == ["country_orders"]


def test_the_default_selector_is_used_when_nothing_is_asked_for(shop: Shop) -> None:
    default = "name: above\n    default: \"{{ target.name == 'dev' }}\""
    shop.write("selectors.yml", SELECTORS.replace("name: above", default))
    assert "country_orders" not in names(shop)
    assert names(shop, "-s", "country_orders", "--resource-type", "model") == ["country_orders"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "--selector nope", "no selector is named 'nope'"),
        ("", "--selector abov", "did you mean 'above'?"),
        ("", "--selector above -s country_orders", "--selector stands alone"),
        ("", "-s +selector:above", "takes no + or @"),
        ("path: models/marts", "path: models/mart", "selectors.yml:5: RP502"),
        ("parents: true", "parent: true", "selectors.yml:9: RP103 unknown key 'parent'"),
        ("value: marts_only", "value: marts_onyl", "did you mean 'marts_only'?"),
        ("      union:", "      path: x\n      union:", "'union' stands alone, not beside path"),
        ("indirect_selection: empty", "indirect_selection: emty", "did you mean 'empty'?"),
        ("description: What", "default: true\n    descripton: What", "unknown key 'descripton'"),
    ],
)
def test_a_wrong_selector_is_an_error(shop: Shop, old: str, new: str, words: str) -> None:
    shop.write("selectors.yml", SELECTORS.replace(old, new, 1) if old else SELECTORS)
    flags = ["--selector", "marts_only"] if old else new.split()
    done = shop.run("build", *flags)
    assert done.code == 2
    assert words in done.err


def test_unknown_words_of_flags(shop: Shop) -> None:
    done = shop.run("ls", "-s", "country_orders", "--indirect-selection", "egaer")
    assert (done.code, "did you mean 'eager'?" in done.err) == (2, True)
    done = shop.run("ls", "--resource-type", "modle")
    assert (done.code, "did you mean 'model'?" in done.err) == (2, True)


def test_a_build_leaves_out_the_tests_of_what_is_excluded(shop: Shop) -> None:
    done = shop.run("build", "--no-publish", "--exclude", "country_orders")
    assert done.code == 0
    assert "country_orders" not in done.out
    assert "data tests   8 " in done.out  # nine, less the primary key of country_orders
