"""The files in dbt's schemas: what they say, and that the tools of its ecosystem read them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_selecting import EXPOSURES
from tests.conftest import Shop

PRIMARY_KEY = "test.shop.primary_key_stg_orders_order_id.60830dbfc0"

MISSING = "the extra 'artifacts' is not installed"


def read(shop: Shop, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shop.root / "target" / f"{name}.json").read_text())
    return found


def test_the_manifest_says_what_the_project_is(shop: Shop) -> None:
    shop.write("models/marts/board.yml", EXPOSURES)
    assert shop.run("compile").code == 0
    document = read(shop, "manifest")
    assert document["metadata"]["dbt_schema_version"].endswith("/manifest/v12.json")
    model = document["nodes"]["model.shop.customer_orders"]
    assert model["depends_on"]["nodes"] == ["model.shop.stg_orders"]
    assert model["refs"] == [{"name": "stg_orders", "package": None, "version": None}]
    assert model["relation_name"] == '"build"."marts"."customer_orders"'
    assert (model["config"]["materialized"], model["contract"]["enforced"]) == ("table", True)
    assert model["columns"]["revenue"]["data_type"] == "decimal(18,4)"
    assert model["primary_key"] == ["customer_id"]
    assert model["raw_code"].startswith("-- One row is one customer")
    assert 'from "marts"' not in model["raw_code"]
    staging = document["nodes"]["model.shop.stg_orders"]
    assert staging["depends_on"]["macros"] == ["macro.shop.as_of"]
    assert staging["sources"] == [["raw", "orders"]]
    test = document["nodes"][PRIMARY_KEY]
    assert test["attached_node"] == "model.shop.stg_orders"
    assert test["test_metadata"]["name"] == "primary_key"
    assert document["exposures"]["exposure.shop.board"]["depends_on"]["nodes"] == [
        "model.shop.customer_orders",
        "source.shop.raw.orders",
    ]
    assert "exposure.shop.board" in document["child_map"]["model.shop.customer_orders"]


def test_the_catalog_says_what_is_built(built: Shop) -> None:
    assert built.run("docs", "generate").code == 0
    document = read(built, "catalog")
    node = document["nodes"]["model.shop.customer_orders"]
    assert node["metadata"]["type"] == "BASE TABLE"
    assert [(c["name"], c["type"]) for c in node["columns"].values()] == [
        ("customer_id", "VARCHAR"),
        ("orders", "BIGINT"),
        ("revenue", "DECIMAL(18,4)"),
        ("revenue_per_order", "DOUBLE"),
    ]
    assert document["nodes"]["model.shop.stg_orders"]["metadata"]["type"] == "VIEW"
    assert "source.shop.raw.orders" in document["sources"]


def test_docs_before_anything_is_built_is_an_error(shop: Shop) -> None:
    done = shop.run("docs", "generate")
    assert (done.code, "nothing is built yet" in done.err) == (2, True)


def test_run_results_use_dbts_words(built: Shop) -> None:
    built.edit("models/marts/customer_orders.yml", "orders > 0", "orders > 1")
    assert built.run("build").code == 1
    found = {r["unique_id"]: r["status"] for r in read(built, "run_results")["results"]}
    assert found["model.shop.customer_orders"] == "reused"
    assert found[PRIMARY_KEY] == "pass"
    failed = [uid for uid, status in found.items() if status == "fail"]
    assert [uid.split(".")[2][:35] for uid in failed] == ["expression_is_true_customer_orders_"]
    retried = built.run("retry")
    assert retried.code == 1
    assert "expression_is_true" in retried.out


def test_dbt_artifacts_parser_reads_them(built: Shop) -> None:
    parser = pytest.importorskip("dbt_artifacts_parser.parser", reason=MISSING)
    built.write("models/marts/board.yml", EXPOSURES)
    assert built.run("build").code == 0
    assert built.run("docs", "generate").code == 0
    manifest = parser.parse_manifest_v12(read(built, "manifest"))
    assert manifest.nodes["model.shop.customer_orders"].name == "customer_orders"
    results = parser.parse_run_results_v6(read(built, "run_results"))
    assert {str(r.status.value) for r in results.results} <= {"success", "reused", "pass"}
    assert "model.shop.stg_orders" in parser.parse_catalog_v1(read(built, "catalog")).nodes


def test_dbterd_draws_them(built: Shop, tmp_path: Path) -> None:
    pytest.importorskip("dbterd", reason=MISSING)
    assert built.run("docs", "generate").code == 0
    command = [sys.executable, "-m", "dbterd", "run", "-ad", str(built.root / "target")]
    command += ["-o", str(tmp_path), "-t", "mermaid"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    drawn = "".join(file.read_text() for file in tmp_path.glob("*.md"))
    assert "CUSTOMER_ORDERS" in drawn.upper()
    assert "revenue_per_order" in drawn
