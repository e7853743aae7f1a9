"""What a changed parent leaves alone: readers of columns that did not change; and whom it does not.

That the tables are those of a build from nothing is shown in tests/properties/test_incremental.py.
"""

from __future__ import annotations

import shutil

import pytest

from retention_pipeline.api import Flags, Options, dry_run, execute
from retention_pipeline.contents import compare
from retention_pipeline.engine import Engine
from retention_pipeline.nodes import Relation
from retention_pipeline.plan import Command
from tests.conftest import Shop
from tests.project_files import STG_ORDERS

PARENT = "select * from (values (1, 'x', 1.5), (2, 'y', 2.5)) as v(a, b, c)"


def build(shop: Shop, *include: str, full_refresh: bool = False, as_of: str = "") -> dict[str, str]:
    """Model -> why it stayed; 'built' for those that were built."""
    said = {"as_of": as_of} if as_of else {}
    options = Options(project_dir=shop.root, environ={}, vars=said)
    flags = Flags(publish=False, full_refresh=full_refresh)
    results = execute(Command.BUILD, options, include, flags=flags)
    assert results.ok
    return {
        s.name: s.message if s.status == "reused" else "built"
        for s in results.steps
        if s.kind in ("model", "seed")
    }


@pytest.fixture
def bare(shop: Shop) -> Shop:
    """The mini project without its tests and marts: it builds in 50 ms."""
    for name in ("models/marts", "tests", "macros/tests"):
        shutil.rmtree(shop.root / name)
    shop.model("stg_orders", STG_ORDERS, folder="staging")
    shop.edit("seeds/seeds.yml", ", data_tests: [unique]", "")
    return shop


@pytest.fixture
def lone(shop: Shop) -> Shop:
    """No models and no seeds at all."""
    for name in ("models", "seeds", "tests", "macros/tests"):
        shutil.rmtree(shop.root / name)
    return shop


@pytest.fixture
def family(lone: Shop) -> Shop:
    """`parent` with columns a, b, c, and children that read some of them."""
    lone.model("parent", PARENT)
    lone.model("of_a", "select a from {{ ref('parent') }}")
    lone.model("of_ab", "with p as (select * from {{ ref('parent') }}) select a, b from p")
    lone.model("of_none", "select count(*) as n from {{ ref('parent') }}")
    lone.model("of_all", "select * from {{ ref('parent') }}")
    lone.model("where_c", "select a from {{ ref('parent') }} where c > 2")
    lone.model("opaque", "select columns('a') from {{ ref('parent') }}")
    build(lone)
    return lone


def spared(found: dict[str, str], *names: str) -> None:
    """Exactly these children of `parent` stayed."""
    children = ("of_a", "of_ab", "of_none", "of_all", "where_c", "opaque")
    stayed = {name for name in children if found[name] != "built"}
    assert stayed == set(names), found


# each is the parent after the one before: the children that stay, and the columns that are named
EDITS = [
    (PARENT.replace("*", "*, 7 as d"), "of_a of_ab of_none where_c", " (d)"),
    (PARENT, "of_a of_ab of_none where_c", " (d)"),
    (PARENT.replace("'y'", "'z'"), "of_a of_none where_c", " (b)"),
    # every column has the same values, but b's belong to other rows
    ("select * from (values (1, 'z', 1.5), (2, 'x', 2.5)) as v(a, b, c)", "of_a of_none where_c", ""),
    # c decides the rows of one child, and b changes too
    (PARENT.replace("2.5", "0.5"), "of_a of_none", " (b, c)"),
    # another number of rows
    (PARENT + " union all select 2, 'y', 2.5", "", ""),
    (PARENT, "", ""),
    # another type, another order of the columns
    (PARENT.replace("*", "* replace (a::bigint as a)"), "of_none", " (a)"),
    (PARENT.replace("*", "c, b, a::bigint as a"), "of_a of_ab of_none where_c", ""),
]  # fmt: skip


def test_what_stays_below_a_changed_parent(family: Shop) -> None:
    for sql, stayed, columns in EDITS:
        family.model("parent", sql)
        found = build(family)
        spared(found, *stayed.split())
        if stayed:
            assert found["of_none"] == f"reads none of the changed columns of parent{columns}"
    assert set(build(family).values()) == {"nothing it reads changed"}
    family.model("parent", PARENT)
    plan = dry_run(Options(project_dir=family.root, environ={}))
    (verdict,) = (s.verdict for s in plan.steps if s.name == "of_a")
    assert (str(verdict.need), verdict.reason) == ("maybe", "if what it reads of parent changes")
    assert set(build(family, full_refresh=True).values()) == {"built"}


def test_another_order_of_columns_counts_in_an_empty_table_too(lone: Shop) -> None:
    lone.model("parent", "select 1 as a, 2 as b where false")
    lone.model("child", "select * from {{ ref('parent') }} union all select 1, 2")
    build(lone)
    lone.model("parent", "select 2 as b, 1 as a where false")
    assert build(lone)["child"] == "built"


def test_a_gained_column_that_a_reader_names_is_read(lone: Shop) -> None:
    """`d` and `d e` were aliases; now they are the parent's columns, which go first."""
    lone.model("parent", "select 1 as a")
    lone.model("child", "select a as d, d + 1 as e from {{ ref('parent') }}")
    lone.model("spaced", 'select a as "d e", "d e" + 1 as e from {{ ref(\'parent\') }}')
    lone.model("other", "select 5 as k")
    lone.model(
        "within",
        "select (select max(a) from {{ ref('parent') }} where k = 5) as m from {{ ref('other') }}",
    )
    build(lone)
    lone.model("parent", 'select 1 as a, 10 as d, 6 as k, 20 as "d e"')
    build(lone)
    assert lone.query("select e from main.child") == [(11,)]
    assert lone.query("select e from main.spaced") == [(21,)]
    assert lone.query("select m from main.within") == [(None,)]


def test_the_case_of_a_columns_name_goes_on_to_its_readers(lone: Shop) -> None:
    lone.model("parent", "select 1 as total, 2 as b")
    lone.model("child", "select total from {{ ref('parent') }}")
    lone.model("other", "select b from {{ ref('parent') }}")
    build(lone)
    lone.model("parent", "select 1 as Total, 2 as b")
    found = build(lone)
    assert (found["child"], found["other"] != "built") == ("built", True)
    columns = "select column_name from duckdb_columns() where table_name = 'child'"
    assert lone.query(columns) == [("Total",)]


def test_zero_and_minus_zero_differ(lone: Shop) -> None:
    lone.model("parent", "select 0.0::double as a, interval '1 month' as b, 1 as c")
    lone.model(
        "child", "select cast(a as varchar) as a, cast(b as varchar) as b from {{ ref('parent') }}"
    )
    build(lone)
    lone.model("parent", "select -0.0::double as a, interval '1 month' as b, 1 as c")
    assert build(lone)["child"] == "built"
    lone.model("parent", "select -0.0::double as a, interval '30 days' as b, 1 as c")
    assert build(lone)["child"] == "built"
    lone.model("parent", "select -0.0::double as a, interval '30 days' as b, 2 as c")
    assert build(lone)["child"] == "reads none of the changed columns of parent (c)"


# -- views, seeds, inputs -----------------------------------------------------------------------
def test_views_are_looked_through(bare: Shop) -> None:
    bare.model(
        "country_orders", "select country, count(*) as n from {{ ref('stg_orders') }} group by 1"
    )
    bare.model(
        "customer_orders",
        "select customer_id, sum(amount) as s from {{ ref('stg_orders') }} group by 1",
    )
    build(bare)
    bare.edit("seeds/raw_orders.csv", "20.00,FR", "20.00,DE")
    found = build(bare)
    assert found["stg_orders"] == "built"
    assert found["country_orders"] == "built"
    assert found["customer_orders"] == "reads none of the changed columns of stg_orders"


def test_a_view_that_reads_none_of_it_stays_too(lone: Shop) -> None:
    lone.model("parent", PARENT)
    lone.model("view", "{{ config(materialized='view') }} select a, b from {{ ref('parent') }}")
    lone.model("child", "select a from {{ ref('view') }}")
    build(lone)
    lone.model("parent", PARENT.replace("2.5", "0.5"))
    found = build(lone)
    assert found["view"] == "reads none of the changed columns of parent (c)"
    assert found["child"] == "nothing it reads changed"


def test_a_view_that_gains_a_column_concerns_its_readers_only(bare: Shop) -> None:
    head = "{{ config(materialized='view') }}\n"
    bare.model("view", head + "select order_id, amount from {{ ref('stg_orders') }}")
    bare.model("child", "select sum(amount) as s from {{ ref('view') }}")
    bare.model("wide", "select * from {{ ref('view') }}")
    build(bare)
    bare.model("view", head + "select order_id, amount, country from {{ ref('stg_orders') }}")
    found = build(bare)
    assert found["child"] == "reads none of the changed columns of view (country)"
    assert found["wide"] == "built"
    bare.model(
        "view",
        head + "select order_id, amount, lower(country) as country from {{ ref('stg_orders') }}",
    )
    assert build(bare)["child"] == "reads none of the changed columns of view (country)"
    bare.model(
        "view",
        head + "select order_id, amount * 1.0 as amount, country from {{ ref('stg_orders') }}",
    )
    assert build(bare)["child"] == "built"


def test_a_view_that_changes_together_with_its_data_spares_nobody(lone: Shop) -> None:
    head = "{{ config(materialized='view') }}\n"
    lone.model("parent", PARENT)
    lone.model("view", head + "select a from {{ ref('parent') }}")
    lone.model("child", "select sum(a) as s from {{ ref('view') }}")
    build(lone)
    lone.model("parent", PARENT.replace("(1,", "(3,"))
    lone.model("view", head + "select a, b from {{ ref('parent') }}")
    assert build(lone)["child"] == "built"


def test_a_seed_of_the_same_rows_concerns_nobody(bare: Shop) -> None:
    build(bare)
    lines = (bare.root / "seeds/raw_orders.csv").read_text().splitlines()
    bare.write("seeds/raw_orders.csv", "\n".join([lines[0], *reversed(lines[1:])]))
    found = build(bare)
    assert found.pop("raw_orders") == "built"
    assert set(found.values()) == {"nothing it reads changed"}


def test_a_change_that_another_build_made_is_not_forgotten(family: Shop) -> None:
    """A reader that was left out saw an older table than the one that is compared."""
    family.model("parent", PARENT.replace("'y'", "'z'"))
    build(family, "parent")
    family.model("parent", PARENT.replace("'y'", "'z'").replace("2.5", "9.5"))
    spared(build(family))


# -- what is said, what is kept -----------------------------------------------------------------
def test_what_lineage_found_is_kept_for_the_next_build(
    family: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.model("parent", PARENT.replace("'y'", "'z'"))
    build(family)
    kept = family.query("select count(*) from pipeline_state.reads")
    assert kept == [(6,)]
    monkeypatch.setattr("retention_pipeline.lineage.Lineage.reads", None)  # not asked again
    family.model("parent", PARENT.replace("'y'", "'w'"))
    spared(build(family), "of_a", "of_none", "where_c")


def test_another_day_reads_the_same_columns(family: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model with as_of in its SQL has other SQL every day: what it reads is known still."""
    timed = "select a from {{ ref('parent') }} where '{{ var(\"as_of\") }}' > '2024'"
    family.model("timed", timed)
    for day, letter in (("2024-05-01", "y"), ("2024-05-02", "z")):
        family.model("parent", PARENT.replace("'y'", f"'{letter}'"))
        build(family, as_of=day)
    kept = family.query("select count(*) from pipeline_state.reads")
    monkeypatch.setattr("retention_pipeline.lineage.Lineage.reads", None)  # not asked again
    family.model("parent", PARENT.replace("'y'", "'w'"))
    found = build(family, as_of="2024-05-03")
    spared(found, "of_a", "of_none", "where_c")
    assert found["timed"] == "built"
    assert family.query("select count(*) from pipeline_state.reads") == kept == [(7,)]
    family.model("timed", timed.replace("2024'", "2023'"))
    family.model("parent", PARENT.replace("'y'", "'v'"))
    with pytest.raises(TypeError):
        build(family, as_of="2024-05-03")


def test_seeds_that_swap_their_names_are_loaded(bare: Shop) -> None:
    bare.write("seeds/one.csv", "x\n1\n")
    bare.write("seeds/two.csv", "x\n2\n")
    body = "seeds:\n  - {{name: one, config: {{alias: {}}}}}\n  - {{name: two, config: {{alias: {}}}}}\n"
    bare.write("seeds/more.yml", body.format("p", "q"))
    bare.model("sum_of_one", "select sum(x) as x from {{ ref('one') }}")
    build(bare)
    bare.write("seeds/more.yml", body.format("q", "p"))
    build(bare)
    assert bare.query("select x from raw.q") == [(1,)]


# -- the comparison itself ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("select 1 as a, 2 as b", "select 1 as a, 2 as b", None),
        ("select unnest([1, 2]) as a", "select unnest([2, 1]) as a", None),
        ("select unnest([1, 1, 2]) as a", "select unnest([1, 2, 2]) as a", ""),
        ("select null as a, 1 as b", "select 1 as a, null::integer as b", ""),
        ("select 1 as a, 2 as b", "select 2 as a, 1 as b", ""),
        ("select 1 as a, 2 as b", "select 1 as a, 3 as b", "a"),
        ("select 1 as a, 2 as b", "select 1::bigint as a, 2 as b", "b"),
        ("select 1 as a, 2 as b", "select 1 as A, 2 as b, 3 as c", "a b ab"),
        ("select 1 as a, 2 as b", "select 1 as a", "a"),
        ("select {'x': 0.0::double} as a, 2 as b", "select {'x': -0.0::double} as a, 2 as b", "b"),
        ("select ['a, b'] as a, 0.0::float as b", "select ['a', 'b'] as a, 0.0::float as b", "b"),
        ("select 'nan'::double as a, 1 as b", "select 'nan'::double as a, 2 as b", "a"),
        ("select 'v'::enum('double', 'v') as a, 1 as b", "select 'v'::enum('double', 'v') as a, 2 as b", "a"),
        ("select 'v'::enum('v') as a, 1 as b", "select 'V'::enum('V') as a, 1 as b", "b"),
        ("select {'x': 1} as a, 1 as b", "select {'X': 1} as a, 1 as b", "b"),
        ("select 1 as a, 2 as b", "select 1 as a, 2 as B", "a b ab"),
    ],
)  # fmt: skip
def test_contents(old: str, new: str, kept: str | None) -> None:
    one, other = Relation("main", "one"), Relation("main", "other")
    with Engine(":memory:") as engine:
        engine.query(f"create table one as {old}")
        engine.query(f"create table other as {new}")
        asked = [frozenset("a"), frozenset("b"), frozenset("ab")]
        found = compare(engine, one, other, lambda: asked)
        assert (found is None) == (kept is None)
        if found is not None and kept is not None:
            assert found.kept == {frozenset(names) for names in kept.split()}


# -- found by random edits ----------------------------------------------------------------------
def test_a_model_that_becomes_ephemeral_leaves_no_relation(lone: Shop) -> None:
    lone.model("parent", PARENT)
    lone.model("child", "{{ config(materialized='view') }} select a from {{ ref('parent') }}")
    lone.model("other", "select 1 as x")
    build(lone)
    lone.model("parent", "{{ config(materialized='ephemeral') }}" + PARENT)
    build(lone, "other")  # the view that reads it is not looked at: it must go on working
    assert lone.query("select count(*) from main.child") == [(2,)]
    build(lone)
    assert lone.query("select count(*) from main.child") == [(2,)]
    assert lone.query("select count(*) from duckdb_tables() where table_name = 'parent'") == [(0,)]
    lone.model("parent", PARENT)
    assert build(lone)["parent"] == "built"
