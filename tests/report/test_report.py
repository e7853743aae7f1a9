"""`pipeline report`: its numbers are the marts', what is missing is said, nothing leaves the page."""

from __future__ import annotations

import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline.reporting import page as page_module
from tests.conftest import Outcome, Shop
from tests.report import published_file as marts
from tests.report.checks import DERIVED, check_table, triangle
from tests.report.pages import Page

pytest.importorskip("vl_convert", reason="the extra `report` is not installed")


@pytest.fixture(scope="session")
def page(text: str) -> Page:
    return Page(text)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are drawn elsewhere; here words and tables count."""
    monkeypatch.setattr(page_module, "draw", lambda _spec, _name: "<svg></svg>")


@pytest.fixture
def told(shop: Shop, undrawn: None) -> Any:
    """The page of some marts, by the command."""

    def tell(rows: Any, *argv: str) -> tuple[Outcome, Page]:
        marts.write(shop.published, {**marts.build(), **rows})
        done = shop.run("report", "--out", "report.html", *argv)
        written = shop.root / "report.html"
        return done, Page(written.read_text() if written.exists() else "")

    return tell


def rows_of(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()


# -- numbers --------------------------------------------------------------------------------------
def test_every_row_of_every_table_is_in_its_mart(page: Page, file: Path) -> None:
    names = [table for table in page.all_tables if table.mart and table.name not in DERIVED]
    with duckdb.connect(str(file), read_only=True) as con:
        checked = {table.name: check_table(con, table) for table in names}
    assert checked["mrr-movements-reporting-usd"] == 6
    assert checked["campaigns"] == 2
    assert len(checked) > 20
    assert all(checked.values())
    assert set(page.tables) >= DERIVED - {"curve-event"}


def test_mrr_is_the_worked_example(page: Page) -> None:
    """Closing MRR of the metric definitions: 305, 428, 473, 373, 388, and 398 in the month that runs."""
    rows = page.tables["mrr-movements-reporting-usd"].records()
    assert [Decimal(str(row["closing_mrr"])) for row in rows] == [305, 428, 473, 373, 388, 398]
    retention = page.tables["retention-1m-reporting-usd"].records()
    assert [row["month"] for row in retention] == marts.MONTHS[1:]
    assert [round(float(row["nrr"]), 6) if row["nrr"] else None for row in retention] == [
        1.04918,
        1,
        0.788584,
        0.932976,
        None,
    ]


def tile(page: Page, source: str) -> str:
    found = [a["data-v"] for a in page.named("p") if a.get("data-source") == source]
    assert len(found) == 1
    return str(found[0])


def test_tiles_show_the_last_complete_period(page: Page) -> None:
    assert Decimal(tile(page, "mrr_waterfall.closing_mrr")) == 388
    assert float(tile(page, "revenue_retention.nrr")) == 348 / 373
    assert float(tile(page, "revenue_retention.grr")) == 338 / 373
    assert float(tile(page, "logo_churn.customer_churn_rate")) == 0.1
    assert float(tile(page, "new_vs_returning.returning_customer_rate")) == 24 / 40
    assert float(tile(page, "nps.nps")) == 10
    for words in (
        "USD 388 end of May 2024 , complete; Jun 2024 still runs ▲ +4.0% on Apr 2024",
        "93.3% May 2024 , complete; Jun 2024 still runs ▲ +14.4 points on Apr 2024",
        "+10 Q1 2024 , complete; Q2 2024 still runs unchanged +0.0".replace(" +0.0", ""),
        "± 51, 10 answers",
    ):
        assert words in page.text


@pytest.mark.parametrize(
    ("name", "mart", "key", "column", "counted"),
    [
        (
            "retention-order",
            "cohort_retention",
            "cohort_start",
            "retention_rate",
            "retained_n_period",
        ),
        ("cohort-revenue", "cohort_revenue", "cohort_month", "cumulative_ltv", "net_revenue"),
        ("mrr-cohorts-reporting-usd", "mrr_cohorts", "cohort_month", "net_mrr_retention", "mrr"),
    ],
)
def test_triangles_are_the_cohort_marts(
    page: Page, file: Path, name: str, mart: str, key: str, column: str, counted: str
) -> None:
    partial = f"{column}_partial" if mart != "cohort_revenue" else column
    expected = {
        (str(cohort), period): (value if complete else running, count, complete)
        for cohort, period, value, running, count, complete in rows_of(
            file,
            f"select {key}, period_number, {column}, {partial}, {counted}, is_complete from marts.{mart}",
        )
    }
    shown, counts = triangle(page.tables[name]), triangle(page.tables[f"{name}-counts"])
    assert shown.keys() == counts.keys() == expected.keys()
    for place, (value, count, complete) in expected.items():
        assert Decimal(str(shown[place].value)) == Decimal(str(value))
        assert Decimal(str(counts[place].value)) == Decimal(str(count))
        assert ("incomplete" in shown[place].classes) is not complete
    assert Counter(complete for *_, complete in expected.values()) == {True: 15, False: 6}


def test_what_is_cut_off_on_the_left_is_marked(page: Page) -> None:
    table = page.tables["retention-order"]
    assert table.row_classes[1:] == ["censored", *[""] * 5]
    assert "marks the first month of history" in page.text
    assert "Hatched cells are periods that are not over." in page.text


def test_pooled_curve_adds_complete_cells_of_true_cohorts(page: Page) -> None:
    """By hand: cohorts of 41, 42, 43, 44 (January is cut off on the left, June not over).

    Month 0: all 170 of 170. Month 1: 41 // 2 + 42 // 2 + 43 // 2 = 62 of 126, one more each ever after: 65.
    Month 2: 41 // 3 + 42 // 3 = 27 of 83, 29 ever after. Month 3: 41 // 4 = 10 of 41, 11.
    """
    rows = page.tables["curve-order"].records()
    assert [
        [row["period_number"], row["eligible_size"], row["retained_n_period_eligible"]]
        for row in rows
    ] == [
        ["0", "170", "170"],
        ["1", "126", "62"],
        ["2", "83", "27"],
        ["3", "41", "10"],
    ]
    assert [row["retained_rolling_eligible"] for row in rows] == ["170", "65", "29", "11"]
    assert float(str(rows[1]["rate"])) == 62 / 126
    assert float(str(rows[3]["rolling"])) == 11 / 41


def test_segments_are_counted_from_the_last_snapshot(page: Page) -> None:
    """4 + 1 Champions at 51.25, 3 + 1 At Risk at 41, 6 + 1 Lost and 1 + 1 New Customers at 10.25, a prospect."""
    rows = {row["segment"]: row for row in page.tables["rfm-segments"].records()}
    assert {name: row["customers"] for name, row in rows.items()} == {
        "Champions": "5",
        "At Risk": "4",
        "Lost": "7",
        "New Customers": "2",
        "Prospects": "1",
    }
    assert Decimal(str(rows["Champions"]["revenue"])) == Decimal("256.25")
    total = 256.25 + 164 + 71.75 + 20.5
    assert float(str(rows["Lost"]["revenue_share"])) == pytest.approx(71.75 / total, abs=1e-12)
    cells = {
        (row["r"], row["fm"]): row["customers"] for row in page.tables["rfm-grid-data"].records()
    }
    assert cells == {("5", "5"): "5", ("2", "4"): "4", ("1", "1"): "7", ("5", "1"): "2"}
    grid = page.tables["rfm-grid"]
    assert [cell.text for cell in grid.rows[1]][1:] == ["0", "0", "0", "0", "5Champions"]


def test_other_sums(page: Page) -> None:
    stages = {row["stage"]: row for row in page.tables["lifecycle-stages"].records()}
    assert {name: row["customers"] for name, row in stages.items()} == {
        "active": "5",
        "at_risk": "3",
        "prospect": "1",
    }
    assert Decimal(str(stages["at_risk"]["net_revenue"])) == Decimal("12.5") * (5 + 6 + 7)
    signs = {row["signal"]: row for row in page.tables["warning-signs"].records()}
    assert (signs["logins_down"]["customers"], signs["logins_down"]["accounts"]) == ("2", "1")
    fresh = {row["mart"]: row["days_before"] for row in page.tables["freshness"].records()}
    assert fresh == {"fct_orders": "1", "fct_mrr_movements": "5"}


def test_null_is_a_word_and_zero_a_number(page: Page) -> None:
    churn = page.tables["churn-rate"].body
    assert [row[-1].text for row in churn] == [
        "0.0%",
        "0.0%",
        "10.0%",
        "0.0%",
        "10.0%",
        "incomplete",
    ]
    effects = {row[0].text: row[8].text for row in page.tables["campaigns"].body}
    assert effects["To everybody"] == "no base"
    assert [row[-1].text for row in page.tables["mrr-movements-reporting-usd"].body] == [
        "no base",
        "no base",
        "2.50",
        "no base",
        "no base",
        "incomplete",
    ]


# -- the page -------------------------------------------------------------------------------------
def test_charts_are_drawn_with_their_numbers_as_tips(page: Page) -> None:
    for tip in (
        "May 2024, By failed payment: 1",
        "May 2024: 93.3%",
        "Jun 2024: 102.6% so far",
        "day 92: 70.0% are still subscribed (95%: 61.0% to 75.0%)",
        "New: USD 0.00",
        "Churn: −USD 35.00",
    ):
        assert page.tips.count(tip) >= 2, f"{tip}: wide and narrow"
    assert "Jan 2024, month 0" not in page.tips


def test_charts_are_named_described_and_have_their_data(page: Page) -> None:
    figures = page.named("figure")
    assert len(figures) == 14
    charts = [a for a in page.named("div") if "chart" in a.get("class", "").split()]
    assert len(charts) == 2 * len(figures)
    for chart in charts:
        assert chart["role"] == "img"
        assert chart["aria-labelledby"] in page.ids
        assert chart["aria-describedby"] in page.ids
    for figure in figures:
        assert page.tables[figure["id"].removeprefix("show-")].body
    assert page.ids
    assert max(Counter(page.ids).values()) == 1
    for table in page.all_tables:
        assert table.caption
        assert all(cell.attributes.get("scope") == "col" for cell in table.rows[0])
        assert all(row[0].attributes.get("scope") == "row" for row in table.body)


def test_every_chart_names_a_mart_and_columns_that_exist(text: str) -> None:
    contracts = marts.contracts() | {
        name: dict.fromkeys(re.findall(r"(\w+) \w+(?:,|$)", columns))
        for name, columns in marts._EXTRA.items()  # noqa: SLF001
    }
    sources = re.findall(
        r'<p class="source">(?:<span.*?</span>)?(?:Source: )?<code>(.*?)</code>', text
    )
    assert len(sources) > 30
    for source in sources:
        mart = ""
        for word in re.split(r", | … | ÷ ", source):
            before, _, column = word.rpartition(".")
            mart = before or mart
            assert column in contracts[mart], f"{source}: {mart} has no {column}"


def test_the_page_needs_nothing_else(page: Page, text: str) -> None:
    assert len(text) < 1_500_000
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "data", "poster"):
            target = attributes.get(name, "#")
            assert target.startswith("#") or target == "data:,", f"<{tag} {name}={target}>"
            if target.startswith("#") and len(target) > 1:
                assert target[1:] in page.ids
    assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org)", text)
    policy = next(a["content"] for a in page.named("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_words_of_the_marts_are_words(page: Page, text: str) -> None:
    assert len(page.named("script")) == 1
    assert f"Spring {marts.NASTY}" in page.text
    assert text.count("alert(") == text.count("&lt;script&gt;alert(")


def test_nobody_is_named(text: str) -> None:
    assert "whom-nobody-may-see" not in text


def test_warnings_failing_checks_and_changed_policies_stand_first(page: Page) -> None:
    assert "1 of 2 checks add up. Those that do not stand first." in page.text
    assert [row["is_ok"] for row in page.tables["reconciliation"].records()] == ["false", "true"]
    assert "1 of 3 switches differ from the default: pause_policy." in page.text
    assert page.tables["test-warnings"].records()[0]["failures"] == "2"


# -- what is missing ------------------------------------------------------------------------------
def test_orders_only(told: Any) -> None:
    done, page = told({**marts.orders(), **marts.proofs()})
    assert done.code == 0, done.text
    assert (
        "Not shown: MRR and its movements, NRR and GRR (mrr_waterfall, revenue_retention have no rows;"
        " it takes subscriptions); customers lost (logo_churn has no rows; it takes subscriptions or orders)."
    ) in page.text
    assert "Not shown: mrr_waterfall has no rows; it takes subscriptions." in page.text  # its tile
    assert {"retention-order", "rfm-segments", "repeat-ladder"} <= set(page.tables)
    assert not any("mrr" in name for name in page.tables)


def test_subscriptions_only(told: Any) -> None:
    done, page = told({**marts.subscriptions(), **marts.proofs()})
    assert done.code == 0, done.text
    assert "Not shown: RFM (rfm_segments has no rows; it takes orders)." in page.text
    assert (
        "repeat ladder, time between orders (repeat_purchase_ladder, interpurchase_time have no rows;"
        " it takes orders)."
    ) in page.text
    assert {"mrr-waterfall-reporting-usd", "logo-churn", "survival-churn"} <= set(page.tables)
    missing = [a["id"] for a in page.named("section") if a.get("class") == "missing"]
    assert missing == [
        "segments",
        "repeat",
        "lifecycle",
        "activation",
        "nps",
        "campaigns",
        "accounts",
        "warnings",
    ]


def test_nothing_at_all(told: Any) -> None:
    done, page = told({})
    assert done.code == 0, done.text
    assert page.text.count("Not shown: ") == 20
    assert page.all_tables == []


def test_several_currencies_and_none_to_report_in(told: Any) -> None:
    rows = marts.subscriptions()
    native = [
        {**row, "view": "native", "currency": currency}
        for currency in ("EUR", "USD")
        for row in rows["mrr_waterfall"]
    ]
    _, page = told({"mrr_waterfall": native})
    tables = [name for name in page.tables if name.startswith("mrr-waterfall")]
    assert tables == ["mrr-waterfall-native-eur", "mrr-waterfall-native-usd"]
    assert "EUR 388" in page.text
    assert "USD 388" in page.text


def test_a_first_month_without_a_base(told: Any) -> None:
    rows = marts.subscriptions()
    _, page = told({name: given[:1] for name, given in rows.items()})
    assert "revenue_retention" in page.text


# -- an earlier day -------------------------------------------------------------------------------
def test_an_earlier_day_shows_periods_that_ended_by_then(told: Any) -> None:
    done, page = told(marts.everything(), "--as-of", "2024-05-01")
    assert done.code == 0, done.text
    assert "as of 2024-05-01" in done.out
    assert [row["month"] for row in page.tables["logo-churn"].records()] == marts.MONTHS[:4]
    cells = triangle(page.tables["retention-order"])
    assert max(cells) == ("2024-04-01", 0)
    assert ("2024-01-01", 4) not in cells
    assert "rolling" not in page.tables["curve-order"].columns
    assert "Not shown: campaigns (campaign_performance is known for 2024-06-15 only)." in page.text
    assert "Cut at 1 May 2024 by --as-of" in page.text
    assert {"policies", "reconciliation"} <= set(page.tables)


def test_the_day_of_the_build_is_no_cut(told: Any) -> None:
    done, page = told(marts.everything(), "--as-of", marts.AS_OF)
    assert done.code == 0
    assert "Cut at" not in page.text
    assert "campaigns" in page.tables


def test_on_the_elapsed_clock_cohorts_are_not_cut(told: Any) -> None:
    rows = marts.everything()
    rows["metric_policies"][1]["value"] = "elapsed"
    _, page = told(rows, "--as-of", "2024-05-01")
    assert "retention-order" not in page.tables


# -- the command ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["--as-of", "2024-07-01"],
            "--as-of 2024-07-01 is later than the build: it knows facts before",
        ),
        (["--as-of", "yesterday"], "--as-of 'yesterday' is no day"),
        (["--out", "."], "--out '.' is no place for a file"),
        (["--out", "no/such/report.html"], "--out: there is no folder 'no/such'"),
        (["--out", "warehouse/retention.duckdb"], "would replace a database"),
    ],
)
def test_what_makes_no_sense_is_refused(
    shop: Shop, undrawn: None, argv: list[str], said: str
) -> None:
    marts.write(shop.published, marts.build())
    before = shop.published.read_bytes()
    done = shop.run("report", *argv)
    assert done.code == 2
    assert said in done.err
    assert shop.published.read_bytes() == before
    assert not (shop.root / "warehouse/report.html").exists()


def test_nothing_published_yet(shop: Shop) -> None:
    done = shop.run("report")
    assert done.code == 2
    assert "RP401 nothing is published yet" in done.err
    assert "fix: pipeline build" in done.err


def test_a_file_of_another_kind(shop: Shop) -> None:
    shop.published.parent.mkdir()
    duckdb.connect(str(shop.published)).close()
    done = shop.run("report")
    assert done.code == 2
    assert "this is no file that pipeline published" in done.err


def test_without_the_extra_it_says_what_to_install(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts.write(shop.published, marts.build())
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = shop.run("report")
    assert done.code == 2
    assert 'fix: pip install "retention_pipeline[report]"' in done.err


def test_it_stands_beside_the_published_file_and_reads_nothing_else(
    shop: Shop, undrawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    opened: list[str] = []
    monkeypatch.setattr("typer.launch", lambda url: opened.append(url))
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url))
    marts.write(shop.published, marts.everything())
    before = shop.published.read_bytes()
    done = shop.run("report", "--open")
    written = shop.root / "warehouse/report.html"
    assert done.code == 0, done.text
    assert re.fullmatch(
        r"wrote .*report\.html \(\d+ kB, as of 2024-06-15, build bbbbbbbb\)\n", done.out
    )
    assert opened == [written.resolve().as_uri()]
    assert shop.published.read_bytes() == before
    assert sorted(path.name for path in shop.published.parent.iterdir()) == [
        "report.html",
        "retention.duckdb",
    ]


def test_without_any_base_it_still_says_what_there_is(told: Any) -> None:
    """Every rate, mean and score NULL, as on the first day of a shop."""
    kinds = marts.contracts()
    rows = {
        mart: [
            {
                name: None if kinds.get(mart, {}).get(name) == "double" else value
                for name, value in row.items()
            }
            for row in given
        ]
        for mart, given in marts.everything().items()
    }
    done, page = told(rows)
    assert done.code == 0, done.text
    assert "no base" in page.text
    assert "None" not in page.text
    assert "nan" not in page.text.split()
