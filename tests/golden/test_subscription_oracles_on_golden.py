"""The subscription oracles give the worked examples' numbers before they judge the models."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

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
from tests.properties import oracle_dunning
from tests.properties.oracle_mrr import (
    MOVEMENTS,
    Book,
    customer_months,
    moves,
    read_book,
    waterfall,
    waterfall_reported,
)
from tests.properties.oracle_mrr_rates import logos, one_month, over_months, quick_ratio

pytestmark = needs_golden


def book(**variables: object) -> Book:
    return read_book(subscriptions(), {"as_of": AS_OF, **CONSTANT, **variables})


def only(book: Book, customer: str) -> Book:
    spans = {key: spans for key, spans in book.spans.items() if key[0] == customer}
    return Book(book.policies, spans, book.rates)


def test_waterfall_in_its_own_currency() -> None:
    for row in read("expected", "mrr_waterfall_native"):
        line = waterfall(book(), row["currency"])[date.fromisoformat(row["month"])]
        assert line.opening == Decimal(row["opening"])
        assert line.closing == Decimal(row["closing"]) == line.explained
        for name in MOVEMENTS:
            assert line.buckets[name] == Decimal(row[name]), (row["month"], name)


def test_rates_in_usd() -> None:
    lines = waterfall(book(), "USD")
    for row in read("expected", "mrr_rates_usd"):
        line = lines[date.fromisoformat(row["month"])]
        rates = one_month(line)
        assert same(rates.nrr, row["nrr"])
        assert same(rates.grr, row["grr"])
        assert same(rates.net_churn, row["net_mrr_churn_rate"])
        assert same(rates.gross_churn, row["gross_mrr_churn_rate"])
        assert same(rates.net_churn_with_reactivation, row["net_mrr_churn_rate_incl_reactivation"])
        assert same(quick_ratio(line), row["quick_ratio"])


def test_customers_of_all_currencies() -> None:
    found = logos(book())
    for row in read("expected", "logo_rollforward"):
        line = found[date.fromisoformat(row["month"])]
        counts = [line.opening, line.new, line.reactivated, line.churned, line.closing]
        names = ("opening", "new", "reactivated", "churned", "closing")
        assert counts == [int(row[name]) for name in names]
        assert same(line.churn_rate, row["churn_rate"])
        assert same(line.retention_rate, row["retention_rate"])
        assert same(line.net_loss_rate, row["naive_article_churn"])


def test_from_january_to_june() -> None:
    cells = [cell for cell in customer_months(book()) if cell.currency == "USD"]
    (row,) = read("expected", "nrr_cohort_jan_to_jun")
    found = over_months(cells, date(2024, 6, 1), 5)
    assert found is not None
    assert found.base == Decimal(row["base_mrr"])
    assert found.current == Decimal(row["current_mrr"])
    assert found.capped == Decimal(row["retained_capped"])
    assert same(found.nrr, row["nrr"])
    assert same(found.grr, row["grr"])


def test_one_customer_at_the_rates_of_each_month() -> None:
    lines = waterfall_reported(only(book(**SPOT), "c5"))
    expected = read("expected", "mrr_fx_spot_c5")
    assert [str(month) for month in lines] == [row["month"] for row in expected]
    for row in expected:
        line = lines[date.fromisoformat(row["month"])]
        for name, value in row.items():
            if name != "month":
                assert line[name] == Fraction(value), (row["month"], name)


def test_the_same_customer_at_one_rate() -> None:
    """SPEC C4: 110, 110, 110, 77, 77 and a contraction of 33."""
    lines = list(waterfall_reported(only(book(), "c5")).values())
    assert [line["closing"] for line in lines] == [110, 110, 110, 77, 77]
    assert [line["contraction"] for line in lines] == [0, 0, 0, 33, 0]


def test_every_event_of_the_gross_view() -> None:
    """SPEC C4: April has 25 new and 25 churned; the price of half an hour collapses to nothing."""
    lines = waterfall(book(intra_month_policy="gross"), "USD")
    april = lines[date(2024, 4, 1)]
    assert april.buckets["new"] == 25
    assert april.buckets["churn"] == 25
    assert all(line.explained == line.closing for line in lines.values())
    assert [move.change for move in moves(book()) if move.customer == "c7"] == [20]
    uncollapsed = moves(book(movement_collapse_minutes=0))
    assert [move.change for move in uncollapsed if move.customer == "c7"] == [20, 70, -70]


def test_prices_become_monthly() -> None:
    found = read_book(normalisation(), {"as_of": AS_OF}).spans
    for row in read("expected", "mrr_normalisation"):
        (span,) = found[row["case_id"], "USD"]
        assert same(span.mrr, row["mrr"])


def test_dunning() -> None:
    rows, variables = dunning(), {"as_of": DUNNING_AS_OF}
    found = oracle_dunning.dunned(rows, variables)
    (row,) = read("expected", "dunning")
    invoices = oracle_dunning.attempted(rows, variables)
    counts = {
        outcome: sum(invoice.outcome == outcome for invoice in found)
        for outcome in ("recovered", "lost", "in_progress", "voided")
    }
    assert counts == {outcome: int(row[outcome]) for outcome in counts}
    assert [invoices, len(found)] == [int(row["invoices"]), int(row["entered_dunning"])]
    recovered = [invoice for invoice in found if invoice.outcome == "recovered"]
    decided = [invoice for invoice in found if invoice.outcome in {"recovered", "lost"}]
    assert same(Fraction(len(recovered), len(decided)), row["recovery_rate"])
    amounts = [sum(invoice.amount for invoice in some) for some in (recovered, decided)]
    assert same(Fraction(amounts[0]) / Fraction(amounts[1]), row["amount_recovery_rate"])
    assert same(Fraction(len(found), invoices), row["failure_rate"])
    days = [invoice.days_to_recover or 0 for invoice in recovered]
    assert same(Fraction(sum(days)) / len(days), row["avg_days_to_recover"])
