"""Personal data column by column: what fails a build before anything runs, and what does not."""

from __future__ import annotations

import pytest

from tests.conftest import Shop

DIRECT = "{name: country, data_type: varchar, config: {meta: {pii: direct}}}"


@pytest.fixture
def tagged(shop: Shop) -> Shop:
    """The mini project with a direct column that no mart reads."""
    shop.edit("models/raw/sources.yml", "{name: country, data_type: varchar}", DIRECT)
    for name in ("country_orders",):
        for path in shop.root.rglob(f"{name}.*"):
            path.unlink()
    return shop


def free(shop: Shop, name: str, sql: str, meta: str = "", column: str = "") -> None:
    """A model below staging, with what its .yml says of itself and of its column x."""
    shop.write(f"models/free/{name}.sql", sql)
    shop.write(
        f"models/free/{name}.yml",
        f"models:\n  - name: {name}\n    config: {{contract: {{enforced: false}}, meta: {{{meta}}}}}\n"
        f"    columns:\n      - {{name: x, config: {{meta: {{{column}}}}}}}\n",
    )


SHOWN = "select country as x, count(*) as orders from {{ ref('stg_orders') }} group by country"
OPAQUE = "select columns('.*') from {{ ref('stg_orders') }}"


@pytest.mark.parametrize(
    "sql",
    [
        SHOWN,
        "select upper(trim(country)) as x from {{ ref('stg_orders') }}",
        "select md5(country) as x from {{ ref('stg_orders') }}",
        "select coalesce(sha256(country), country) as x from {{ ref('stg_orders') }}",
        "select max(country) over (order by order_id) as x from {{ ref('stg_orders') }}",
        "select o.x from (select left(country, 3) as x from {{ ref('stg_orders') }}) as o",
    ],
)
def test_a_column_that_shows_it_fails_before_anything_runs(tagged: Shop, sql: str) -> None:
    free(tagged, "shown", sql)
    done = tagged.run("build")
    assert done.code == 2
    assert "models/free/shown.yml:5: RP210 shown.x shows personal data" in done.err
    assert "it comes from raw.orders.country -> stg_orders.country without a hash" in done.err
    assert "hash_identifier" in done.err
    assert not (tagged.root / "warehouse/retention.duckdb").exists()
    assert tagged.run("compile").code == 2


@pytest.mark.parametrize(
    "sql",
    [
        "select sha256('salt' || lower(country)) as x from {{ ref('stg_orders') }}",
        "select count(distinct country) as x from {{ ref('stg_orders') }}",
        "select country is not null as x from {{ ref('stg_orders') }}",
        "select case when country = 'DE' then 1 end as x from {{ ref('stg_orders') }}",
        "select amount as x from {{ ref('stg_orders') }} where country = 'DE'",
    ],
)
def test_what_is_hashed_counted_or_only_decides_passes(tagged: Shop, sql: str) -> None:
    free(tagged, "fine", sql)
    assert tagged.run("compile").code == 0


def test_it_is_told_where_it_leaves_staging(tagged: Shop) -> None:
    free(tagged, "shown", SHOWN)
    free(tagged, "later", "select x || '!' as x from {{ ref('shown') }}")
    done = tagged.run("compile")
    assert done.err.count("RP210") == 1
    assert "shown.x" in done.err


def test_a_model_that_cannot_be_read_must_be_looked_at(tagged: Shop) -> None:
    free(tagged, "dark", OPAQUE)
    done = tagged.run("compile")
    assert done.code == 2
    assert "dark reads personal data (raw.orders.country -> stg_orders.country)" in done.err
    assert done.err.count("RP210") == 1
    free(tagged, "dark", OPAQUE, meta="pii_reviewed: drops country by name")
    assert tagged.run("compile").code == 0


def test_a_word_of_somebody_who_looked_lets_it_pass(tagged: Shop) -> None:
    free(tagged, "shown", SHOWN, column="pii_reviewed: groups of at least 100 people")
    assert tagged.run("compile").code == 0


def test_a_tag_below_staging_is_an_error_itself(tagged: Shop) -> None:
    free(tagged, "fine", "select 1 as x from {{ ref('stg_orders') }}", column="pii: direct")
    done = tagged.run("compile")
    assert done.code == 2
    assert "fine.x is outside staging and says that it is personal data" in done.err


def test_a_new_tag_is_found_by_a_build_that_has_nothing_else_to_do(tagged: Shop) -> None:
    tagged.edit("models/raw/sources.yml", DIRECT, "{name: country, data_type: varchar}")
    free(tagged, "shown", SHOWN)
    assert tagged.run("build").code == 0
    tagged.edit("models/raw/sources.yml", "{name: country, data_type: varchar}", DIRECT)
    assert tagged.run("build").code == 2
