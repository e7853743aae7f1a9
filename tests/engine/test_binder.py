"""Faults that only the database's own binder sees, at the user's file and line."""

import duckdb
import pytest

from retention_pipeline.api import Options, compile_
from retention_pipeline.binder import Types, bind
from retention_pipeline.errors import PipelineError
from tests.conftest import Shop

MODEL = "models/marts/customer_orders.sql"
YML = "models/marts/customer_orders.yml"


def types(shop: Shop) -> Types:
    return bind(compile_(Options(project_dir=shop.root, environ={})))


def fault(shop: Shop) -> str:
    with pytest.raises(PipelineError) as error:
        types(shop)
    return str(error.value)


def test_every_node_gets_its_types(shop: Shop) -> None:
    found = types(shop)
    assert found["model.shop.customer_orders"] == {
        "customer_id": "varchar",
        "orders": "bigint",
        "revenue": "decimal(18,4)",
        "revenue_per_order": "double",
    }
    assert found["seed.shop.countries"] == {"code": "varchar", "name": "varchar"}
    assert found["source.shop.raw.orders"]["ordered_at"] == "timestamp"
    assert not shop.working.exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("sum(amount)", "sum(amuont)", 6, '"amuont" not found'),
        ("count(*) as orders", "cuont(*) as orders", 6, "cuont"),
        ("revenue / orders", "revenue + 'x' || date '2024-01-01' + 1.5", 16, ""),
        ("where customer_id is not null", "where", 9, "syntax error"),
        ("group by customer_id", "", 6, "GROUP BY"),
        ("from counted", "from cuonted", 17, "cuonted"),
        ("cast(orders as bigint)", "cast(orders as bigintt)", 14, "bigintt"),
    ],
)
def test_sql_faults_have_the_line_of_the_model(
    shop: Shop, old: str, new: str, line: int, words: str
) -> None:
    shop.edit(MODEL, old, new)
    text = fault(shop)
    assert words in text
    assert text.startswith((f"{MODEL}:{line}: RP206", f"{MODEL}:{line}: RP205"))


OUTSIDE = """
sources:
  - name: erp
    schema: erp
    tables: [{name: stock}]
"""


def test_a_source_is_what_the_database_says(shop: Shop) -> None:
    """Nobody says its types; before there is a database only the words of the SQL are looked at."""
    shop.write("models/free/erp.yml", OUTSIDE)
    shop.model("stock", "select\n  amuont\nfrom {{ source('erp', 'stock') }}")
    assert "model.shop.stock" not in types(shop)
    shop.working.parent.mkdir()
    with duckdb.connect(str(shop.working)) as con:
        con.execute(
            "create schema erp; create table erp.stock as select 2.5::decimal(9, 2) as amount"
        )
    assert fault(shop).startswith("models/free/stock.sql:2: RP206")
    shop.model("stock", "select\n  amount\nfrom {{ source('erp', 'stock') }}")
    assert types(shop)["model.shop.stock"] == {"amount": "decimal(9,2)"}
    shop.model("stock", "select\n  amount,\nfrom from {{ source('erp', 'stock') }}")
    shop.working.unlink()
    assert fault(shop).startswith("models/free/stock.sql:3: RP206 Parser Error")


def test_a_schema_with_the_name_of_the_database(shop: Shop) -> None:
    shop.edit("profiles.yml", "build.duckdb", "marts.duckdb")
    assert "the schema 'marts' has the name of the database" in fault(shop)


def test_a_source_that_is_a_seed_has_its_columns(shop: Shop) -> None:
    relation = compile_(Options(project_dir=shop.root, environ={})).relations["seed.shop.countries"]
    table = "{name: c, identifier: countries}"
    shop.write(
        "models/free/erp.yml",
        f"sources: [{{name: erp, schema: {relation.schema}, tables: [{table}]}}]",
    )
    shop.model("there", "select code from {{ source('erp', 'c') }}")
    assert types(shop)["model.shop.there"] == {"code": "varchar"}


def test_the_line_is_right_below_comments_loops_and_macros(shop: Shop) -> None:
    shop.write("macros/wide.sql", "{% macro wide() %}\n  1 as a,\n  2 as b,\n{% endmacro %}")
    shop.model(
        "tall",
        "{# one\n two #}\nselect\n    {{ wide() }}\n    {% for i in range(3) %}\n"
        "    {{ i }} as c{{ i }},\n    {% endfor %}\n    nope as d\n",
    )
    assert fault(shop).startswith("models/free/tall.sql:8: RP206")


def test_a_fault_inside_a_macro_is_told_at_its_call(shop: Shop) -> None:
    shop.write("macros/bad.sql", "{% macro bad() %}\n nope as a{% endmacro %}")
    shop.model("calls", "select\n  1 as x,\n  {{ bad() }}\n")
    assert fault(shop).startswith("models/free/calls.sql:3: RP206")


def test_a_fault_in_an_ephemeral_model_is_told_there_and_once(shop: Shop) -> None:
    for wrong in ("nope as x", "1 as x,,"):
        shop.model("eph", f"{{{{ config(materialized='ephemeral') }}}}\nselect\n  {wrong}\n")
        shop.model("reads", "select * from {{ ref('eph') }}")
        text = fault(shop)
        assert text.startswith("models/free/eph.sql:3: RP206")
        assert text.count("RP206") == 1


def test_the_line_is_right_in_a_reader_of_an_ephemeral_model(shop: Shop) -> None:
    shop.model("eph", "{{ config(materialized='ephemeral') }}\nselect\n  1 as x,\n 2 as y\n")
    shop.model(
        "reads", "-- one\nwith a as (select * from {{ ref('eph') }})\nselect\n  x,\n  z\nfrom a"
    )
    assert fault(shop).startswith("models/free/reads.sql:5: RP206")


def test_all_independent_faults_are_told_at_once(shop: Shop) -> None:
    shop.model("one", "select nope1")
    shop.model("two", "select nope2")
    shop.model("three", "select * from {{ ref('one') }}")
    text = fault(shop)
    assert "models/free/one.sql:1" in text
    assert "models/free/two.sql:1" in text
    assert "three.sql" not in text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("data_type: bigint", "data_type: integer", "orders is bigint in the SQL and integer in the .yml"),
        ("data_type: bigint, ", "", "orders has no data_type"),
        ("{name: revenue,", "{name: revenu,", "did you mean 'revenue'?"),
        ("      - {name: orders, data_type: bigint, description: Number of orders.}\n", "",
         "orders is in the SQL and not in the .yml"),
        ("data_type: bigint", "data_type: bigintt", f"{YML}:6: RP101 column orders"),
        ("data_type: bigint", 'data_type: "bigint)); drop schema raw cascade; --"', f"{YML}:6: RP101 column orders"),
    ],
)  # fmt: skip
def test_a_broken_contract_names_every_difference(
    shop: Shop, old: str, new: str, words: str
) -> None:
    shop.edit(YML, old, new)
    text = fault(shop)
    assert words in text
    assert f"{YML}:" in text
    assert "RP207" in text or "RP101" in text


@pytest.mark.parametrize("written", ["BIGINT", "int8", "long", "hugeint"])
def test_types_are_compared_by_what_they_are(shop: Shop, written: str) -> None:
    shop.edit(YML, "data_type: bigint", f"data_type: {written}")
    if written == "hugeint":
        assert "orders is bigint in the SQL and hugeint in the .yml" in fault(shop)
    else:
        assert types(shop)


def test_the_order_of_columns_is_free(shop: Shop) -> None:
    line = "      - {name: orders, data_type: bigint, description: Number of orders.}\n"
    shop.edit(YML, line, "")
    shop.edit(YML, "    columns:\n", "    columns:\n" + line)
    assert types(shop)


def test_a_seed_column_that_is_not_there(shop: Shop) -> None:
    shop.edit("seeds/seeds.yml", "{code: varchar,", "{cod: varchar,")
    text = fault(shop)
    assert "seeds/seeds.yml:2: RP101 the seed has no column 'cod'" in text
    assert "did you mean 'code'?" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"code,name\nDE,\xff\n", "seeds/countries.csv"),
        (b"", "seeds/countries.csv"),
        (b"code,name\n", None),
    ],
)
def test_a_seed_that_cannot_be_read(shop: Shop, content: bytes, words: str | None) -> None:
    shop.write("seeds/countries.csv", content)
    if words is None:
        assert types(shop)
    else:
        assert words in fault(shop)


@pytest.mark.parametrize("text", ["", "  \n", "-- nothing\n", "{# nothing #}"])
def test_a_model_without_sql(shop: Shop, text: str) -> None:
    shop.model("empty", text)
    assert "models/free/empty.sql: RP201 holds no SQL" in fault(shop)


@pytest.mark.parametrize(
    "text",
    ["select 1 as x;", "select 1 as x; ;\n", "select 1 as x -- end", "select 1 as x\n/* end */"],
)
def test_endings_that_are_fine(shop: Shop, text: str) -> None:
    shop.model("fine", text)
    assert types(shop)["model.shop.fine"] == {"x": "integer"}


@pytest.mark.parametrize(
    "text",
    [
        "select 1 as x; drop schema raw cascade",
        "select 1 as x) with no data; create table marts.y (x int); select (1",
        "drop schema raw cascade",
        "copy (select 1) to 'leak.csv'",
        "attach 'other.duckdb'",
        "insert into x values (1)",
    ],
)
def test_a_model_is_one_query(shop: Shop, text: str) -> None:
    shop.model("bad", text)
    assert "models/free/bad.sql" in fault(shop)
    assert not (shop.root / "leak.csv").exists()
