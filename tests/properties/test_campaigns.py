"""Campaigns against their holdout, last touches, contacts; and the normal tail in SQL."""

from __future__ import annotations

import math
from statistics import NormalDist

import duckdb
import pytest
from hypothesis import given
from jinja2 import Environment

from tests.properties.compare import assert_rows
from tests.properties.harness import CHECKOUT
from tests.properties.harness_voice import build
from tests.properties.oracle_campaigns import attributed, contact_days, performance
from tests.properties.oracle_voice import Shop
from tests.properties.strategies import Case
from tests.properties.strategies_voice import campaigns

KEYS = ["campaign_id", "variant"]
MARTS = ("campaign_performance", "winback", "int_campaign_touches", "contact_calendar")
NAMES = {
    "treated_conversions": "treated_reactivated",
    "holdout_conversions": "holdout_reactivated",
    "conversion_rate_difference": "reactivation_rate_difference",
    "incremental_conversions": "incremental_reactivations",
}
NOT_IN_WINBACK = ("sent_customers", "clicked_customers", "incremental_orders")


@given(campaigns())
def test_campaigns_and_contacts(case: Case) -> None:
    shop, get = Shop(case.rows, case.variables), build(case.rows, case.variables, MARTS)
    assert_rows(get("campaign_performance"), KEYS, performance(shop, "purchase"))
    lapsed = {
        key: {
            NAMES.get(name, name): value
            for name, value in row.items()
            if name not in NOT_IN_WINBACK and not name.startswith("revenue_")
        }
        for key, row in performance(shop, "reactivation").items()
    }
    assert_rows(get("winback"), KEYS, lapsed)
    assert_rows(get("int_campaign_touches"), ["order_id"], attributed(shop))
    assert_rows(get("contact_calendar"), ["customer_id", "calendar_date"], contact_days(shop))


def two_sided(values: list[float]) -> list[float]:
    """The macro, over a column."""
    text = (CHECKOUT / "macros" / "statistics.sql").read_text(encoding="utf-8")
    macros = Environment(autoescape=False).from_string(text).module
    sql = macros.normal_two_sided_p("z")  # type: ignore[attr-defined]
    rows = ", ".join(f"({place}, {value!r}::double)" for place, value in enumerate(values))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {sql} from (values {rows}) as list(place, z) order by place"
        ).fetchall()
    return [row[0] for row in found]


Z = [step / 50 for step in range(1900)]  # 0 to 38: p down to 1e-315


def test_the_normal_tail_is_that_of_the_standard_library() -> None:
    for z, p in zip(Z, two_sided(Z), strict=True):
        assert math.isclose(p, 2 * (1 - NormalDist().cdf(z)), abs_tol=1e-14), z
        assert math.isclose(p, math.erfc(z / math.sqrt(2)), rel_tol=1e-8, abs_tol=1e-300), z


def test_the_normal_tail_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is an extra of the tests")
    for z, p in zip(Z, two_sided(Z), strict=True):
        assert math.isclose(p, 2 * stats.norm.sf(z), rel_tol=1e-8, abs_tol=1e-300), z
        assert math.isclose(p, stats.chi2.sf(z * z, 1), rel_tol=1e-8, abs_tol=1e-300), z


def test_two_proportions_are_those_of_statsmodels() -> None:
    """The oracle's textbook formulas (z with the pooled rate, interval with the own rates)."""
    proportion = pytest.importorskip(
        "statsmodels.stats.proportion", reason="statsmodels is an extra of the tests"
    )
    z, p = proportion.proportions_ztest([80, 12], [1000, 250])
    assert math.isclose(z, 1.7331126643691002, rel_tol=1e-12)  # of the models' unit test
    assert math.isclose(p, 0.08307564583048378, rel_tol=1e-12)
    low, high = proportion.confint_proportions_2indep(
        80, 1000, 12, 250, method="wald", alpha=2 * (1 - NormalDist().cdf(1.96))
    )
    assert math.isclose(low, 0.0006164888133912, rel_tol=1e-9)
    assert math.isclose(high, 0.0633835111866088, rel_tol=1e-9)
