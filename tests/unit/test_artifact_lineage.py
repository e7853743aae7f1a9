"""Column lineage out of dbt's own artifacts, without a project."""

from __future__ import annotations

from typing import Any

from retention_pipeline.artifact_lineage import read_lineage
from retention_pipeline.docs_site import Documents, make_page, page_data


def node(name: str, kind: str = "model", **more: Any) -> dict[str, Any]:
    found = {
        "resource_type": kind,
        "name": name,
        "schema": "main",
        "alias": name,
        "relation_name": f'"dev"."main"."{name}"',
        "fqn": ["jaffle", "marts", name],
        "depends_on": {"nodes": []},
        "columns": {},
    }
    return found | more


ORDERS = node(
    "orders",
    "source",
    source_name="shop",
    original_file_path="models/sources.yml",
    columns={"id": {}, "amount": {"description": "What was paid."}},
)
REVENUE = node(
    "revenue",
    columns={"id": {}, "total": {}, "big": {}},
    depends_on={"nodes": ["source.jaffle.shop.orders"]},
    compiled_code="select id, sum(amount) as total, max(case when amount > 9 then 1 end) as big"
    ' from "dev"."main"."orders" group by id',
)
MANIFEST = {
    "metadata": {"project_name": "jaffle"},
    "sources": {"source.jaffle.shop.orders": ORDERS},
    "nodes": {"model.jaffle.revenue": REVENUE},
}


def test_columns_come_from_the_compiled_sql() -> None:
    found = read_lineage(MANIFEST, {}, {}).columns["model.jaffle.revenue"]
    origin = "source.jaffle.shop.orders"
    assert [(o[0], o[1], o[2]) for o in found["total"]] == [(origin, "amount", True)]
    assert [(o[0], o[1], o[2]) for o in found["big"]] == [(origin, "amount", False)]


def test_what_is_not_certain_says_why() -> None:
    odd = REVENUE | {"compiled_code": 'select * from "main"."unknown"'}
    found = read_lineage(MANIFEST | {"nodes": {"model.jaffle.revenue": odd}}, {}, {})
    assert not found.columns
    assert "unknown" in found.opaque["model.jaffle.revenue"]


def test_what_was_read_once_is_kept() -> None:
    first = read_lineage(MANIFEST, {}, {})
    (key,) = first.kept
    again = read_lineage(MANIFEST, {}, {key: {"id": [["x", "y", True, ""]]}})
    assert again.columns["model.jaffle.revenue"]["id"][0][:2] == ("x", "y")


def test_the_page_of_a_plain_dbt_project() -> None:
    results = {
        "results": [
            {"unique_id": "model.jaffle.revenue", "status": "success", "execution_time": 0.5}
        ]
    }
    fresh = {
        "results": [
            {
                "unique_id": "source.jaffle.shop.orders",
                "status": "warn",
                "max_loaded_at": "2026-01-02T03:04:05Z",
            }
        ]
    }
    documents = Documents(
        MANIFEST, results=results, sources=fresh, lineage=read_lineage(MANIFEST, {}, {})
    )
    source, model = page_data(documents)["nodes"]
    assert (source["name"], source["layer"], source["fresh"]["status"]) == (
        "shop.orders",
        "raw",
        "warn",
    )
    assert (model["layer"], model["up"], model["status"]) == ("marts", [0], "success")
    assert model["columns"][1]["from"] == [[0, "amount", 1]]
    page = make_page(documents)
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
