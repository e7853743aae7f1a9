"""The page of `pipeline docs` in a real browser, opened from disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.docs_site import Documents, make_page
from tests.browser.chromium import Browser, browser, why_not
from tests.conftest import CHECKOUT, pipeline

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

ENTER, DOWN = "\ue007", "\ue015"
EVIL = "ends here </script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the page of the mini project, with a description that wants to be more."""
    root = tmp_path_factory.mktemp("docs") / "shop"
    shutil.copytree(built_once, root)
    spec = root / "models/marts/country_orders.yml"
    spec.write_text(
        spec.read_text().replace("One row is one country", f"One row is one country {EVIL}")
    )
    (root / "docs").mkdir()
    (root / "docs/metrics.md").write_text(METRICS)
    done = pipeline("docs", cwd=root)
    assert done.returncode == 0, done.stderr
    return (root / "target/docs/index.html").as_uri()


METRICS = """\
# Metrics

### customer_orders

Who ordered how much?

| column | meaning | formula |
|---|---|---|
| `revenue` | everything paid (turnover) | `sum(amount)` |
"""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def at(window: Browser, page: str) -> Iterator[Any]:
    """Go to a place of the page; at the end nothing was asked of the network, nothing complained."""
    window.resize(1280, 860)
    window.prefer("light")
    window.go("about:blank")
    window.complaints()
    window.requests()

    def go(place: str) -> Browser:
        window.go("about:blank")
        window.go(page + place)
        window.wait("!!document.querySelector('main h1')")
        return window

    yield go
    assert window.complaints() == []
    assert {address.split(":")[0] for address in window.requests()} <= {"file", "data"}


def text(window: Browser, selector: str) -> str:
    return str(window.ask(f"document.querySelector('{selector}').textContent"))


def test_every_page_opens(at: Any) -> None:
    for place in (
        "#/",
        "#/customer_orders",
        "#/stg_orders",
        "#/raw.orders",
        "#/countries",
        "#/graph",
    ):
        window = at(place)
        assert text(window, "main h1") != "Not here"
    assert text(at("#/nowhere"), "main h1") == "Not here"


def test_a_model_says_what_it_is(at: Any) -> None:
    window = at("#/customer_orders")
    said = text(window, "main")
    for words in (
        "One row is one customer who ordered.",
        "Who ordered how much?",
        "grain customer_id",
        "primary_key",
        "pass",
    ):
        assert words in said
    assert "everything paid (turnover)" in text(window, "#column-revenue")
    assert "sum(amount)" in text(window, "#column-revenue")
    window.run("[...document.querySelectorAll('[role=tab]')][1].click()")
    assert '"staging"."stg_orders"' in text(window, "pre")


def test_search_finds_by_name_column_and_metric(at: Any) -> None:
    window = at("#/")
    for words, found in (
        ("customer ord", "customer_orders"),
        ("turnover", "customer_orders.revenue"),
    ):
        window.press("/")
        window.run("document.getElementById('search').value = ''")
        window.press(words)
        window.wait("!document.getElementById('hits').hidden")
        assert text(window, "#hits [aria-selected=true] .name").strip() == found
    window.press(ENTER)
    window.wait("location.hash === '#/customer_orders/revenue'")
    window.press("/zzz")
    assert "Nothing has" in text(window, "#hits")


def test_lineage_of_a_column_is_lit(at: Any) -> None:
    window = at("#/customer_orders/revenue")
    assert text(window, "#column h2 code") == "revenue"
    lit = window.ask(
        "[...document.querySelectorAll('.graph .node.on')].map(n => n.dataset.node +"
        " ':' + [...n.querySelectorAll('.col')].map(c => c.textContent).join())"
    )
    assert sorted(lit) == [
        "customer_orders:revenue",
        "raw.orders:amount",
        "stg_orders:amount",
    ]
    assert window.ask("document.querySelectorAll('.graph .edge.on').length") == 2
    window.run(
        "document.querySelector('.graph .node[data-node=\"stg_orders\"]').dispatchEvent(new Event('click'))"
    )
    window.wait("location.hash === '#/stg_orders/amount'")
    window.run("history.back()")
    window.wait("document.querySelector('main h1').textContent === 'customer_orders'")


def test_tables_sort(at: Any) -> None:
    window = at("#/customer_orders")
    names = (
        "[...document.querySelectorAll('#tests + .wide tbody tr')]"
        ".map(row => row.children[0].querySelector('b').textContent)"
    )
    before = window.ask(names)
    window.run("document.querySelector('#tests + .wide th button').click()")
    assert window.ask(names) == sorted(before)
    window.run("document.querySelector('#tests + .wide th button').click()")
    assert window.ask(names) == sorted(before, reverse=True)


def test_light_and_dark(at: Any, window: Browser) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    assert at("#/").ask(colour) == "rgb(255, 255, 255)"
    window.prefer("dark")
    window.wait("document.documentElement.dataset.theme === 'dark'")
    assert window.ask(colour) == "rgb(18, 21, 27)"
    window.run("document.getElementById('theme').click()")
    assert window.ask(colour) == "rgb(255, 255, 255)"
    window.run("localStorage.clear()")


@pytest.mark.parametrize(
    "place", ["#/", "#/customer_orders", "#/customer_orders/revenue", "#/graph"]
)
def test_a_phone_holds_it(at: Any, window: Browser, place: str) -> None:
    window.resize(390, 844)
    at(place)
    assert window.ask("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    window.run("document.getElementById('menu').click()")
    assert window.ask("getComputedStyle(document.getElementById('nav')).visibility") == "visible"
    window.run("document.getElementById('menu').click()")


def test_keys_alone_are_enough(at: Any) -> None:
    window = at("#/")
    window.press("/orders" + DOWN + ENTER)
    window.wait("document.querySelector('main h1').textContent !== 'shop'")
    window.run("document.querySelector('.colname').focus()")
    window.press(ENTER)
    window.wait("!!document.getElementById('column')")


def test_a_description_stays_text(at: Any) -> None:
    window = at("#/country_orders")
    assert window.ask("document.title") == "country_orders · shop"
    assert EVIL in text(window, "main")
    assert window.ask("document.images.length") == 0


def test_three_hundred_models_open_at_once(at: Any, tmp_path: Path, window: Browser) -> None:
    """Forty columns each, five parents each."""
    nodes = {}
    for number in range(320):
        uid = f"model.big.m{number}"
        nodes[uid] = {
            "resource_type": "model",
            "name": f"m{number}",
            "unique_id": uid,
            "fqn": ["big", "marts", f"d{number % 9}", f"m{number}"],
            "columns": {f"c{c}": {"description": "A column. " * 9} for c in range(40)},
            "depends_on": {
                "nodes": [f"model.big.m{p}" for p in range(max(0, number - 40), number, 8)]
            },
            "raw_code": "select 1\n" * 60,
            "compiled_code": "select 1\n" * 60,
        }
    path = tmp_path / "index.html"
    path.write_text(make_page(Documents({"metadata": {"project_name": "big"}, "nodes": nodes})))
    window.go(path.as_uri())
    for place in ("#/m160", "#/graph"):
        spent = window.run(
            f"const t = performance.now(); location.hash = '{place}'; route(); return performance.now() - t"
        )
        assert spent < 3000
    assert window.ask("document.querySelectorAll('.graph .node').length") == 320


@pytest.mark.slow
def test_the_page_of_this_project(at: Any, window: Browser) -> None:
    """The picture in the README is of this page; skipped where the sample is not built."""
    artifacts = CHECKOUT / "target"
    if not (artifacts / "manifest.json").is_file():
        pytest.skip("target/manifest.json is not there: pipeline docs writes it")
    done = pipeline("docs", "--artifacts", str(artifacts), cwd=CHECKOUT)
    assert done.returncode == 0, done.stderr
    window.go((artifacts / "docs/index.html").as_uri() + "#/cohort_retention/retention_rate")
    manifest = json.loads((artifacts / "manifest.json").read_text())
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    for node in models:
        window.run(f"location.hash = '#/{node['name']}'; route()")
        assert text(window, "main h1") == node["name"]
