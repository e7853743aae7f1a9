"""Reading a folder. The mini project of tests/project_files.py is on disk; no engine is touched."""

import pytest

from retention_pipeline.configs import merge_config
from retention_pipeline.errors import ErrorGroup, PipelineError
from retention_pipeline.project import Project, load
from tests.conftest import Shop


def read(shop: Shop, **cli_vars: object) -> Project:
    return load(shop.root, environ={}, cli_vars=cli_vars)


def fault(shop: Shop) -> str:
    with pytest.raises(PipelineError) as error:
        read(shop)
    return str(error.value)


def test_everything_is_found_and_named(shop: Shop) -> None:
    project = read(shop)
    assert [m.unique_id for m in project.models] == [
        "model.shop.country_orders",
        "model.shop.customer_orders",
        "model.shop.stg_orders",
    ]
    assert [s.unique_id for s in project.seeds] == ["seed.shop.countries", "seed.shop.raw_orders"]
    assert [s.unique_id for s in project.sources] == ["source.shop.raw.orders"]
    assert [u.name for u in project.unit_tests] == ["orders_without_a_customer_are_left_out"]
    names = [t.name for t in project.data_tests]
    assert "assert_revenue_is_not_negative" in names
    assert "relationships_stg_orders_country__code__ref_countries_" in names
    assert len(names) == len(set(names)) == 9


def test_config_comes_from_the_outside_in(shop: Shop) -> None:
    configs = {m.name: m.config for m in read(shop).models}
    assert configs["stg_orders"] == {
        "contract": {"enforced": True},
        "materialized": "view",
        "schema": "staging",
        "tags": ["daily"],
    }
    assert configs["customer_orders"]["materialized"] == "table"


def test_config_may_read_vars(shop: Shop) -> None:
    shop.edit(
        "dbt_project.yml", "+materialized: view", "+materialized: \"{{ var('how', 'view') }}\""
    )
    assert read(shop).models[2].config["materialized"] == "view"
    assert read(shop, how="table").models[2].config["materialized"] == "table"


def test_tags_add_up_and_meta_merges() -> None:
    merged: dict[str, object] = {}
    for key, value in [
        ("tags", "a"), ("tags", ["b", "a"]), ("meta", {"x": 1}), ("meta", {"y": 2}),
        ("contract", {"enforced": True}), ("contract", {"alias_types": False}), ("schema", "s"), ("schema", "t"),
    ]:  # fmt: skip
        merge_config(merged, key, value)
    assert merged == {
        "tags": ["a", "b"],
        "meta": {"x": 1, "y": 2},
        "contract": {"enforced": True, "alias_types": False},
        "schema": "t",
    }


def test_vars_of_the_command_line_win(shop: Shop) -> None:
    project = read(shop, revenue_basis="gross")
    assert project.vars["revenue_basis"] == "gross"
    assert "revenue_basis" in project.declared_vars


def test_hidden_folders_are_not_read(shop: Shop) -> None:
    shop.write("models/.ipynb_checkpoints/stg_orders.sql", "select 1")
    assert len(read(shop).models) == 3


def test_a_byte_order_mark_is_no_text(shop: Shop) -> None:
    shop.write("models/marts/bom.sql", b"\xef\xbb\xbfselect 1 as x")
    assert next(m.text for m in read(shop).models if m.name == "bom") == "select 1 as x"


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("models/x/stg_orders.sql", "select 1", "two nodes are named 'stg_orders'"),
        ("models/x/countries.sql", "select 1", "two nodes are named 'countries'"),
        ("models/x.yml", "models: [{name: stg_order}]", "did you mean 'stg_orders'?"),
        ("models/x.yml", "models: [{name: stg_orders}]", "model 'stg_orders' is described twice"),
        ("models/x.yml", "seeds: [{name: nope}]", "no nope.csv"),
        ("models/x.yml", "unit_tests: [{name: u, model: nope, expect: {}}]", "unknown model 'nope'"),
        ("models/x.yml", "sources: [{name: raw, tables: [{name: orders}]}]", "two nodes are named 'raw.orders'"),
        ("models/x.yml", "modles: []", "models/x.yml:1: RP103"),
        ("models/x.sql", b"a\nb\xff", "x.sql:2: RP101 not UTF-8 text"),
        ("models/x.yml", b"\n\nb\xff", "x.yml:3: RP101 not UTF-8 text"),
        ("macros/x.sql", b"\xff", "x.sql:1: RP101 not UTF-8 text"),
        ("models/x.sql", b"a\nb\x00", "x.sql:2: RP101 holds a NUL byte"),
        ("dbt_project.yml", "name: shop\nmodel-path: [x]", "dbt_project.yml:2: RP103 unknown key 'model-path'"),
        ("dbt_project.yml", "name: my shop", "'name' must be letters"),
        ("dbt_project.yml", "- name", "must be a mapping"),
        ("dbt_project.yml", "", "must be a mapping"),
        ("dbt_project.yml", "name: shop\nvars: [1]", "dbt_project.yml:2: RP101 vars must be a mapping"),
        ("dbt_project.yml", "name: shop\nprofile: shp", "did you mean 'shop'?"),
        ("dbt_project.yml", "name: shop\nmodel-paths: models", "'model-paths' must be a list"),
    ],
)  # fmt: skip
def test_faults_name_file_and_line(shop: Shop, path: str, text: str | bytes, words: str) -> None:
    shop.write(path, text)
    assert words in fault(shop)


def test_several_bad_files_are_told_at_once(shop: Shop) -> None:
    shop.write("models/x.yml", "modles: []")
    shop.write("models/y.yml", "a: [")
    with pytest.raises(ErrorGroup) as error:
        read(shop)
    assert "models/x.yml:1" in str(error.value)
    assert "models/y.yml" in str(error.value)


def test_a_folder_without_a_project(shop: Shop) -> None:
    (shop.root / "dbt_project.yml").unlink()
    assert "pipeline init DIR" in fault(shop)
