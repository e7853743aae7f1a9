"""The waterfall of every month and currency, month ends against each other or event by event."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_mrr import build
from tests.properties.oracle_mrr import (
    MOVEMENTS,
    Book,
    Waterfall,
    customer_months,
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

VIEWS: tuple[dict[str, object], ...] = (
    {},
    {"intra_month_policy": "gross"},
    {"intra_month_policy": "gross", "movement_collapse_minutes": 0},
    {"intra_month_policy": "gross", "movement_collapse_minutes": 1, "reactivation_window_days": 45},
)
FX: tuple[dict[str, object], ...] = (
    {"fx_constant_date": "2024-02-10"},
    {"fx_policy": "spot"},
    {"fx_policy": "spot", "intra_month_policy": "gross"},
)
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


def assert_ledger(book: Book, rows: list[dict[str, object]]) -> None:
    """Every change, by instant; how changes at one instant are numbered is the model's affair."""
    got: dict[tuple[object, ...], Decimal] = {}
    for row in rows:
        key = (row["customer_id"], row["currency"], row["occurred_at"], row["movement_type"])
        got[key] = got.get(key, Decimal(0)) + Decimal(str(row["movement_amount"]))
    want = {(m.customer, m.currency, m.at, m.movement): m.change for m in moves(book)}
    assert got == want
    paid: dict[tuple[str, str], Decimal] = {}
    for move in moves(book):
        owner = (move.customer, move.currency)
        paid[owner] = paid.get(owner, Decimal(0)) + move.change
    last = {(cell.customer, cell.currency): cell.state.mrr for cell in customer_months(book)}
    assert paid == {owner: last[owner] for owner in paid}


def assert_scheduled(book: Book, rows: list[dict[str, object]]) -> None:
    """MRR of items whose customer has asked to leave, and what remains without it."""
    for row in rows:
        if row["view"] == "native":
            month = row["month"]
            assert isinstance(month, date)
            want = scheduled_churn(book, str(row["currency"]), month)
            got = Decimal(str(row["scheduled_churn_mrr"]))
            assert abs(Fraction(got) - want) <= Fraction(1, 1000), (month, row["currency"])
            assert row["cmrr"] == Decimal(str(row["closing_mrr"])) - got


@given(businesses(VIEWS))
def test_in_its_own_currency(case: Case) -> None:
    """The buckets, the ledger behind them, and what is about to leave."""
    book = read_book(case.rows, case.variables)
    get = build(case.rows, case.variables, ("mrr_waterfall", "fct_mrr_movements"))
    rows = get("mrr_waterfall")
    assert_ledger(book, get("fct_mrr_movements"))
    assert_scheduled(book, rows)
    assert_rows(
        [row for row in rows if row["view"] == "native"],
        ["month", "currency"],
        {
            (month, currency): shown(line)
            for currency in currencies(book)
            for month, line in waterfall(book, currency).items()
        },
    )


@given(businesses(FX))
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
