"""The waterfall of every month and currency, month ends against each other or event by event."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import (
    MOVEMENTS,
    Book,
    Waterfall,
    daily,
    moves,
    read_book,
    scheduled_churn,
    waterfall,
    waterfall_reported,
)
from tests.properties.oracle_mrr_rates import divide, quick_ratio
from tests.properties.strategies import Case
from tests.properties.strategies_mrr import businesses

VIEWS = {
    "intra_month_policy": st.sampled_from(("net", "gross")),
    "movement_collapse_minutes": st.sampled_from((0, 1, 60)),
    "reactivation_window_days": st.sampled_from((None, None, 0, 45)),
}
FX = {
    "fx_policy": st.sampled_from(("constant", "spot")),
    "fx_constant_date": st.sampled_from((None, "2024-02-10")),
}
CENT = Decimal("0.01")


def bucket(name: str) -> str:
    return "churned_mrr" if name == "churn" else f"{name}_mrr"


def shown(line: Waterfall) -> dict[str, object]:
    buckets = {bucket(name): amount for name, amount in line.buckets.items()}
    return buckets | {
        "opening_mrr": line.opening,
        "closing_mrr": line.closing,
        "net_new_mrr": line.closing - line.opening,
        "fx_mrr": Decimal(0),
        "arr": 12 * line.closing,
        "arpa": divide(line.closing, line.paying),
        "paying_customers": line.paying,
        "quick_ratio": quick_ratio(line) if line.is_complete else None,
        "quick_ratio_partial": quick_ratio(line),
        "is_complete": line.is_complete,
    }


def currencies(book: Book) -> list[str]:
    return sorted({currency for _, currency in book.spans})


@given(businesses(**VIEWS))
def test_in_its_own_currency(case: Case) -> None:
    book = read_book(case.rows, case.variables)
    rows = build(case.rows, case.variables)("mrr_waterfall")
    assert_rows(
        [row for row in rows if row["view"] == "native"],
        ["month", "currency"],
        {
            (month, currency): shown(line)
            for currency in currencies(book)
            for month, line in waterfall(book, currency).items()
        },
    )


@given(businesses(**FX, **VIEWS))
def test_in_the_reporting_currency(case: Case) -> None:
    """To the cent: each amount is rounded on its own."""
    book = read_book(case.rows, case.variables)
    rows = build(case.rows, case.variables)("mrr_waterfall")
    reported = {row["month"]: row for row in rows if row["view"] == "reporting"}
    want = waterfall_reported(book)
    assert sorted(map(str, reported)) == sorted(map(str, want))
    for month, line in want.items():
        for name in ("opening", *MOVEMENTS, "fx", "closing"):
            got = Decimal(str(reported[month][bucket(name)]))
            exact = Decimal(line[name].numerator) / Decimal(line[name].denominator)
            assert abs(got - exact) <= CENT, f"{month} {name}: got {got}, want {exact}"


@given(businesses(**VIEWS))
def test_every_change_is_in_the_ledger(case: Case) -> None:
    """Sums by instant: how changes at one instant are numbered is the model's affair."""
    book = read_book(case.rows, case.variables)
    got: dict[tuple[object, ...], Decimal] = {}
    for row in build(case.rows, case.variables)("fct_mrr_movements"):
        key = (row["customer_id"], row["currency"], row["occurred_at"], row["movement_type"])
        got[key] = got.get(key, Decimal(0)) + Decimal(str(row["movement_amount"]))
    want = {(m.customer, m.currency, m.at, m.movement): m.change for m in moves(book)}
    assert got == want


@given(businesses(**VIEWS))
def test_the_ledger_adds_up_to_the_state(case: Case) -> None:
    """The sum of all movements of a customer is what the customer pays at as_of."""
    get = build(case.rows, case.variables)
    paid: dict[tuple[object, object], Decimal] = {}
    for row in get("fct_mrr_movements"):
        assert isinstance(row["occurred_at"], datetime)
        key = (row["customer_id"], row["currency"])
        paid[key] = paid.get(key, Decimal(0)) + Decimal(str(row["movement_amount"]))
    last: dict[tuple[object, object], tuple[object, Decimal]] = {}
    for row in get("fct_mrr_customer_month"):
        assert isinstance(row["month"], date)
        key = (row["customer_id"], row["currency"])
        found = (row["month"], Decimal(str(row["mrr"])))
        last[key] = max(last.get(key, found), found, key=lambda pair: str(pair[0]))
    assert {key: mrr for key, mrr in paid.items() if mrr} == {
        key: mrr for key, (_, mrr) in last.items() if mrr
    }


@given(businesses())
def test_what_is_about_to_leave(case: Case) -> None:
    book = read_book(case.rows, case.variables)
    for row in build(case.rows, case.variables)("mrr_waterfall"):
        if row["view"] == "native":
            month = row["month"]
            assert isinstance(month, date)
            want = scheduled_churn(book, str(row["currency"]), month)
            got = Fraction(Decimal(str(row["scheduled_churn_mrr"])))
            assert abs(got - want) <= Fraction(1, 1000), (month, row["currency"], got, want)
            assert row["cmrr"] == Decimal(str(row["closing_mrr"])) - Decimal(
                str(row["scheduled_churn_mrr"])
            )


@given(businesses())
def test_every_day(case: Case) -> None:
    book = read_book(case.rows, case.variables)
    assert_rows(
        build(case.rows, case.variables)("mrr_daily"),
        ["date", "currency"],
        {
            (day, currency): {
                "closing_mrr": state.closing,
                "paying_customers": state.paying,
                "subscribers": state.subscribers,
            }
            for currency in currencies(book)
            for day, state in daily(book, currency).items()
        },
    )
