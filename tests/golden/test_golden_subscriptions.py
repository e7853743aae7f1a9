"""Whole builds over the subscription inputs of the worked examples give their numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

from tests.golden.cases import needs_golden, read, same
from tests.golden.cases_subscriptions import (
    AS_OF,
    CONSTANT,
    DUNNING_AS_OF,
    SPOT,
    dunning,
    normalisation,
    subscriptions,
)
from tests.properties.harness import Get
from tests.properties.harness_mrr import build

pytestmark = needs_golden
Row = dict[str, object]
BUCKETS = {
    "opening": "opening_mrr",
    "new": "new_mrr",
    "reactivation": "reactivation_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churn": "churned_mrr",
    "fx": "fx_mrr",
    "closing": "closing_mrr",
}


def marts(**variables: object) -> Get:
    return build(subscriptions(), {"as_of": AS_OF, **CONSTANT, **variables})


def months(rows: list[Row], **wanted: object) -> dict[str, Row]:
    """{month: the row that has these values}; two such rows fail."""
    found: dict[str, Row] = {}
    for row in rows:
        if all(row[name] == value for name, value in wanted.items()):
            assert str(row["month"]) not in found, f"two rows of {row['month']}"
            found[str(row["month"])] = row
    return found


def numeric(row: Row, column: str) -> Decimal:
    return Decimal(str(row[column]))


def test_waterfall_in_its_own_currency() -> None:
    rows = marts()("mrr_waterfall")
    for row in read("expected", "mrr_waterfall_native"):
        line = months(rows, view="native", currency=row["currency"])[row["month"]]
        for theirs, ours in BUCKETS.items():
            assert numeric(line, ours) == Decimal(row.get(theirs, "0")), (row["month"], ours)


def test_rates_in_usd() -> None:
    get = marts()
    rates = months(
        get("revenue_retention"),
        view="native",
        currency="USD",
        retention_window="1m",
        segment_type="all",
    )
    lines = months(get("mrr_waterfall"), view="native", currency="USD")
    for row in read("expected", "mrr_rates_usd"):
        for column, value in row.items():
            if column == "quick_ratio":
                assert same(lines[row["month"]][column], value), row["month"]
            elif column != "month":
                assert same(rates[row["month"]][column], value), (row["month"], column)


def test_revenue_per_account_and_what_is_about_to_leave() -> None:
    """SPEC C4: June's ARPA is 398/8; c12 asked to cancel on 5 March and left on 20 June."""
    lines = months(marts()("mrr_waterfall"), view="native", currency="USD")
    assert same(lines["2024-06-01"]["arpa"], "49.75")
    leaving = {month: numeric(line, "scheduled_churn_mrr") for month, line in lines.items()}
    assert {month for month, mrr in leaving.items() if mrr} == {
        "2024-03-01",
        "2024-04-01",
        "2024-05-01",
    }
    assert leaving["2024-05-01"] == 50
    assert numeric(lines["2024-05-01"], "cmrr") == 338


def test_customers_of_all_currencies() -> None:
    rows = [row for row in marts()("logo_churn") if row["basis"] == "subscriptions"]
    lines = months(rows, segment_type="all")
    columns = {
        "opening": "opening_customers",
        "new": "new_customers",
        "reactivated": "reactivated_customers",
        "churned": "churned_customers",
        "closing": "closing_customers",
        "churn_rate": "customer_churn_rate",
        "retention_rate": "customer_retention_rate",
        "naive_article_churn": "net_customer_loss_rate",
    }
    for row in read("expected", "logo_rollforward"):
        for theirs, ours in columns.items():
            assert same(lines[row["month"]][ours], row[theirs]), (row["month"], ours)
    involuntary = {month: line["churned_customers_involuntary"] for month, line in lines.items()}
    assert {month for month, count in involuntary.items() if count} == {"2024-05-01"}


def test_from_january_to_june() -> None:
    """Five months are no window of the mart: the base's customers are added up here."""
    cells = [row for row in marts()("fct_mrr_customer_month") if row["currency"] == "USD"]
    of_month = {
        month: {r["customer_id"]: numeric(r, "mrr") for r in cells if r["month"] == month}
        for month in (date(2024, 1, 1), date(2024, 6, 1))
    }
    january, june = of_month.values()
    base = {customer: mrr for customer, mrr in january.items() if mrr > 0}
    current = sum(june[customer] for customer in base)
    capped = sum(min(june[customer], mrr) for customer, mrr in base.items())
    (row,) = read("expected", "nrr_cohort_jan_to_jun")
    assert sum(base.values()) == Decimal(row["base_mrr"])
    assert current == Decimal(row["current_mrr"])
    assert capped == Decimal(row["retained_capped"])


def only_c5() -> dict[str, list[Row]]:
    rows = subscriptions()
    rows["subscriptions"] = [row for row in rows["subscriptions"] if row["customer_id"] == "c5"]
    return rows


def test_one_customer_at_the_rates_of_each_month() -> None:
    lines = months(build(only_c5(), {"as_of": AS_OF, **SPOT})("mrr_waterfall"), view="reporting")
    expected = read("expected", "mrr_fx_spot_c5")
    assert sorted(lines) == [row["month"] for row in expected]
    for row in expected:
        for theirs, ours in BUCKETS.items():
            assert same(lines[row["month"]][ours], row.get(theirs, "0")), (row["month"], ours)


def test_one_customer_at_one_rate() -> None:
    """SPEC C4: 110, 110, 110, 77, 77 and a contraction of 33."""
    lines = months(
        build(only_c5(), {"as_of": AS_OF, **CONSTANT})("mrr_waterfall"), view="reporting"
    )
    shown = [lines[month] for month in sorted(lines)]
    assert [numeric(line, "closing_mrr") for line in shown] == [110, 110, 110, 77, 77]
    assert [numeric(line, "contraction_mrr") for line in shown] == [0, 0, 0, 33, 0]
    assert not any(numeric(line, "fx_mrr") for line in shown)


def test_every_event_of_the_gross_view() -> None:
    """SPEC C4: April has 25 new and 25 churned; the price of half an hour collapses to nothing."""
    get = marts(intra_month_policy="gross")
    april = months(get("mrr_waterfall"), view="native", currency="USD")["2024-04-01"]
    assert numeric(april, "new_mrr") == 25
    assert numeric(april, "churned_mrr") == 25
    assert numeric(april, "closing_mrr") == 373
    ledger = [row for row in get("fct_mrr_movements") if row["customer_id"] == "c7"]
    assert [numeric(row, "movement_amount") for row in ledger] == [20]


def test_prices_become_monthly() -> None:
    rows = build(normalisation(), {"as_of": AS_OF, "reporting_currency": "USD"})(
        "int_mrr_intervals"
    )
    found = {row["subscription_item_id"]: row["mrr"] for row in rows}
    for row in read("expected", "mrr_normalisation"):
        assert same(found[row["case_id"]], row["mrr"]), row["case_id"]


def test_dunning() -> None:
    get = build(dunning(), {"as_of": DUNNING_AS_OF, "reporting_currency": "USD"})
    rows = get("dunning")
    (expected,) = read("expected", "dunning")
    outcomes = [row["outcome"] for row in rows]
    counts = {name: outcomes.count(name) for name in ("recovered", "lost", "in_progress", "voided")}
    assert counts == {name: int(expected[name]) for name in counts}
    assert len(rows) == int(expected["entered_dunning"])
    by = {row["invoice_id"]: row["recovered_by"] for row in rows if row["outcome"] == "recovered"}
    assert by == {"i1": "retry", "i5": "card_update"}
    days = [float(str(row["days_to_recover"])) for row in rows if row["outcome"] == "recovered"]
    assert sorted(days) == [2, 3]
    (month,) = get("dunning_monthly")
    assert month["attempted_invoices"] == int(expected["invoices"])
    for column in ("recovery_rate", "amount_recovery_rate", "failure_rate", "avg_days_to_recover"):
        assert same(month[column], expected[column]), column


SURVIVORS = (1000, 869, 743, 653, 593, 551, 517, 491)  # SPEC C13


def survivors() -> dict[str, list[Row]]:
    """All of them come in January 2024; who leaves does so in the middle of a month."""
    leavers = [
        (f"2024-{2 + place:02}-15", before - after)
        for place, (before, after) in enumerate(pairwise(SURVIVORS))
    ]
    ends = [end for end, count in leavers for _ in range(count)]
    rows: list[Row] = [
        {
            "subscription_id": f"s{number}",
            "subscription_item_id": f"s{number}",
            "customer_id": f"c{number}",
            "status": "active",
            "currency": "USD",
            "unit_amount": "10",
            "quantity": "1",
            "interval_unit": "month",
            "interval_count": 1,
            "valid_from": "2024-01-10",
            "valid_to": ends[number] if number < len(ends) else None,
        }
        for number in range(SURVIVORS[0])
    ]
    return {"subscriptions": rows}


def test_how_long_subscribers_stay() -> None:
    """SPEC C13, published: alpha .668, beta 3.806."""
    get = build(survivors(), {"as_of": "2024-09-01"})
    models = {row["segment_type"]: row for row in get("subscriber_survival_models")}
    for kind in ("all", "cohort"):
        assert models[kind]["model_status"] == "fitted"
        assert round(float(str(models[kind]["alpha"])), 3) == 0.668
        assert round(float(str(models[kind]["beta"])), 3) == 3.806
    curve = {
        row["period_number"]: row
        for row in get("subscriber_survival")
        if row["segment_type"] == "all"
    }
    for month, count in enumerate(SURVIVORS):
        assert same(curve[month]["survival_rate"], str(count / SURVIVORS[0]))
    alpha, beta, left = 0.668, 3.806, 1.0
    for month in range(1, 61):
        left *= (beta + month - 1) / (alpha + beta + month - 1)
        assert abs(float(str(curve[month]["expected_survival_rate"])) - left) < 0.0005
