"""The worked example by the rules of four other tools, each number worked out by hand.

C4 (docs/metrics/subscriptions.md shows its customers) and four customers for the switches that it has
no story for:

    c15   20 a month from 02-01, past due from 04-20, never ended
    c16   15 a month from 01-10, on a free plan from 05-05
    c17   40 a month from 02-01, half price to 06-01 by a repeating discount
    c18   10 a month from 03-01, billed by use

The project's own policies are the defaults. USD, opening -> closing:

    Jan   50 + new 255 (C4) + 15 (c16)                                              = 320
    Feb  320 + new 108 + 20 (c15) + 20 (c17), + expansion 15                        = 483
    Mar  483 + new 45, + expansion 30, - churn 30 (c3)                              = 528
    Apr  528 - contraction 60 (c4 pauses) - 40 (c14 drops an item)                  = 428
    May  428 + reactivation 40 (c3), + expansion 10 (c14), - contraction 15 (c16),
         - churn 35 (c11)                                                           = 428
    Jun  428 + expansion 60 (c4 resumes) + 20 (c17), - churn 50 (c12)               = 458

Customers: Jan 1 + 6 = 7, Feb + 6 = 13, Mar + 1 (c8) - 1 (c3) = 13, Apr 13, May + 1 (c3) - 1 (c11) = 13,
Jun - 1 (c12) = 12.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from tests.golden.cases import Rows, needs_golden
from tests.golden.cases_subscriptions import AS_OF, USD, subscriptions
from tests.properties.harness_mrr import build

pytestmark = needs_golden
Row = dict[str, object]
MONTHS = [date(2024, month, 1) for month in range(1, 7)]
JAN, FEB, MAR, APR, MAY, JUN = MONTHS


def traps() -> Rows:
    """C4 with c15 to c18; every discount of C4 is none."""
    rows = subscriptions()
    extra: list[dict[str, object]] = [
        item("c15", 20, "active", "2024-02-01", "2024-04-20"),
        item("c15", 20, "past_due", "2024-04-20", None),
        item("c16", 15, "active", "2024-01-10", "2024-05-05"),
        item("c16", 0, "free", "2024-05-05", None),
        item("c17", 40, "active", "2024-02-01", "2024-06-01")
        | {"discount_percent": 50, "discount_duration": "repeating"},
        item("c17", 40, "active", "2024-06-01", None),
        item("c18", 10, "active", "2024-03-01", None) | {"is_metered": True},
    ]
    return {**rows, "subscriptions": [*rows["subscriptions"], *extra]}


def item(
    customer: str, amount: int, status: str, valid_from: str, valid_to: str | None
) -> dict[str, object]:
    return {
        "subscription_id": f"s_{customer}",
        "subscription_item_id": f"s_{customer}",
        "customer_id": customer,
        "plan_id": "plan_x",
        "status": status,
        "currency": "USD",
        "unit_amount": amount,
        "quantity": 1,
        "interval_unit": "month",
        "interval_count": 1,
        "valid_from": f"{valid_from} 00:00:00",
        "valid_to": f"{valid_to} 00:00:00" if valid_to else None,
    }


@cache
def marts(vendor: str) -> dict[str, list[Row]]:
    """What a build `--as vendor` shows."""
    get = build(traps(), {"as_of": AS_OF, **USD, "policy_set": vendor})
    names = ("metric_policy_diff", "metric_policy_diff_customers", "mrr_waterfall", "logo_churn")
    return {name: get(name) for name in names}


def values(
    vendor: str, metric: str, column: str = "value", view: str = "native", currency: str = "USD"
) -> list[Decimal | None]:
    """January to June of one metric."""
    found = {
        row["month"]: row[column]
        for row in marts(vendor)["metric_policy_diff"]
        if (row["metric"], row["view"], row["currency"]) == (metric, view, currency)
    }
    return [None if found[month] is None else Decimal(str(found[month])) for month in MONTHS]


def counted(vendor: str, metric: str, column: str = "value") -> list[Decimal | None]:
    return values(vendor, metric, column, view="customers", currency="all")


def causing(vendor: str, metric: str, month: date, view: str = "native") -> dict[str, int]:
    """{customer: contribution} of one sum."""
    return {
        str(row["customer_id"]): int(Decimal(str(row["contribution"])))
        for row in marts(vendor)["metric_policy_diff_customers"]
        if (row["metric"], row["month"], row["view"]) == (metric, month, view)
    }


def close(found: list[Decimal | None], expected: list[Fraction | int]) -> bool:
    """Equal to 9 decimals; ratios have 10."""
    return all(
        one is not None and abs(Fraction(one) - other) < Fraction(1, 10**9)
        for one, other in zip(found, expected, strict=True)
    )


BUCKETS = (
    "opening_mrr",
    "new_mrr",
    "reactivation_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "closing_mrr",
)
CUSTOMERS = (
    "opening_customers",
    "new_customers",
    "reactivated_customers",
    "churned_customers",
    "closing_customers",
)

# the introduction of this module, a line a month: opening, new, reactivation, expansion,
# contraction, churn, closing | customers: opening, new, reactivated, churned, closing
OWN = """
      50 270  0  0   0  0 320 |  1 6 0 0  7
     320 148  0 15   0  0 483 |  7 6 0 0 13
     483  45  0 30   0 30 528 | 13 1 0 1 13
     528   0  0  0 100  0 428 | 13 0 0 0 13
     428   0 40 10  15 35 428 | 13 0 1 1 13
     428   0  0 80   0 50 458 | 13 0 0 1 12
"""
VENDORS = {
    # MRR ends with the request: c12 asked on 5 March, so 50 leave then and not in June. A pause
    # changes nothing (c4). Everything inside the month counts: c6 in April. A repeating discount
    # does not lower MRR: c17 is 40 from February. MRR of zero is churn: c16 in May.
    "stripe": """
      50 270  0  0   0  0 320 |  1 6 0 0  7
     320 168  0 15   0  0 503 |  7 6 0 0 13
     503  45  0 30   0 80 498 | 13 1 0 2 12
     498  25  0  0  40 25 458 | 12 0 0 0 12
     458   0 40 10   0 50 458 | 12 0 1 2 11
     458   0  0  0   0  0 458 | 11 0 0 0 11
    """,
    # A paused subscription goes on (c4); every movement counts (c6). The rest is as in the project.
    "chartmogul": """
      50 270  0  0   0  0 320 |  1 6 0 0  7
     320 148  0 15   0  0 483 |  7 6 0 0 13
     483  45  0 30   0 30 528 | 13 1 0 1 13
     528  25  0  0  40 25 488 | 13 0 0 0 13
     488   0 40 10  15 35 488 | 13 0 1 1 13
     488   0  0 20   0 50 458 | 13 0 0 1 12
    """,
    # MRR lasts to the end of the billing cycle. c6 (3 April, cancelled on the 25th) is paid to 3 May:
    # new in April, churn in May. c14's item of 40 (periods begin on the 5th) lasts from 30 April to
    # 5 May: no contraction in April; in May 40 + 15 become 25, contraction 30 and no expansion. c3
    # (15 January to 15 March) and c12 (a year) end with a period. c11 did not cancel but failed to
    # pay. Use is MRR: c18 from March.
    "profitwell": """
      50 270  0  0   0  0 320 |  1 6 0 0  7
     320 148  0 15   0  0 483 |  7 6 0 0 13
     483  55  0 30   0 30 538 | 13 2 0 1 14
     538  25  0  0  60  0 503 | 14 1 0 0 15
     503   0 40  0  45 60 438 | 15 0 1 2 14
     438   0  0 80   0 50 468 | 14 0 0 1 13
    """,
    # 30 days past due are churn: c15 on 20 April + 30 days = 20 May (c11's 30 days end on 12 May, the
    # day it ended anyway). A free plan is churn: c16. Every movement counts: c6.
    "baremetrics": """
      50 270  0  0   0  0 320 |  1 6 0 0  7
     320 148  0 15   0  0 483 |  7 6 0 0 13
     483  45  0 30   0 30 528 | 13 1 0 1 13
     528  25  0  0 100 25 428 | 13 0 0 0 13
     428   0 40 10   0 70 408 | 13 0 1 3 11
     408   0  0 80   0 50 438 | 11 0 0 1 10
    """,
}


# a build costs a second and a half: one of the four tools every time
VENDOR = pytest.mark.parametrize(
    "vendor",
    [v if v == "stripe" else pytest.param(v, marks=pytest.mark.slow) for v in VENDORS],
)


def parse(table: str) -> list[tuple[list[Decimal], list[Decimal]]]:
    sides = [line.split("|") for line in table.strip().splitlines()]
    return [([Decimal(w) for w in a.split()], [Decimal(w) for w in b.split()]) for a, b in sides]


@VENDOR
def test_the_waterfall_and_the_customers(vendor: str) -> None:
    for column, table in (("value", VENDORS[vendor]), ("own_value", OWN)):
        lines = parse(table)
        for index, metric in enumerate(BUCKETS):
            assert values(vendor, metric, column) == [m[index] for m, _ in lines], (column, metric)
        for index, metric in enumerate(CUSTOMERS):
            assert counted(vendor, metric, column) == [c[index] for _, c in lines], (column, metric)


@VENDOR
def test_the_marts_hold_the_numbers_of_the_vendor(vendor: str) -> None:
    shown = {
        row["month"]: row
        for row in marts(vendor)["mrr_waterfall"]
        if row["view"] == "native" and row["currency"] == "USD"
    }
    logos = {
        row["month"]: row for row in marts(vendor)["logo_churn"] if row["segment_type"] == "all"
    }
    for month, (money, customers) in zip(MONTHS, parse(VENDORS[vendor]), strict=True):
        assert [shown[month][name] for name in BUCKETS] == money, month
        assert [logos[month][name] for name in CUSTOMERS] == customers, month


@VENDOR
def test_customers_add_up_to_every_difference(vendor: str) -> None:
    for row in marts(vendor)["metric_policy_diff"]:
        if row["numerator_metric"] is None and row["view"] != "reporting":
            parts = [
                Decimal(str(part["contribution"]))
                for part in marts(vendor)["metric_policy_diff_customers"]
                if all(part[key] == row[key] for key in ("metric", "month", "view", "currency"))
            ]
            assert sum(parts) == row["delta"], row
            assert len(parts) == row["customers_causing"], row


def test_who_makes_the_difference_to_stripe() -> None:
    assert causing("stripe", "closing_mrr", FEB) == {"c17": 20}
    assert causing("stripe", "closing_mrr", MAR) == {"c12": -50, "c17": 20}
    assert causing("stripe", "closing_mrr", APR) == {"c12": -50, "c17": 20, "c4": 60}
    assert causing("stripe", "closing_mrr", JUN) == {}
    assert causing("stripe", "contraction_mrr", APR) == {"c4": -60}
    assert causing("stripe", "churned_mrr", APR) == {"c6": 25}
    assert causing("stripe", "churned_mrr", MAY) == {"c16": 15}
    assert causing("stripe", "churned_mrr", JUN) == {"c12": -50}
    assert causing("stripe", "churned_customers", MAR, "customers") == {"c12": 1}


@pytest.mark.slow
def test_who_makes_the_difference_to_profitwell() -> None:
    assert causing("profitwell", "closing_mrr", APR) == {"c14": 40, "c18": 10, "c6": 25}
    assert causing("profitwell", "churned_customers", MAY, "customers") == {"c6": 1}


@pytest.mark.slow
def test_who_makes_the_difference_to_the_others() -> None:
    assert causing("chartmogul", "closing_mrr", APR) == {"c4": 60}
    assert causing("baremetrics", "closing_mrr", MAY) == {"c15": -20}
    assert causing("baremetrics", "involuntary_churned_mrr", MAY) == {"c15": 20}
    assert causing("baremetrics", "gained_mrr", MAY) == {"c3": -40}


def test_rates_of_stripe() -> None:
    """Churned over those at the start and the new ones: March 2/(13 + 1), May 2/12; own 1/13."""
    churn = counted("stripe", "customer_churn_rate")
    assert close(churn, [0, 0, Fraction(2, 14), 0, Fraction(2, 12), 0])
    assert churn == counted("stripe", "churn_rate_stripe")
    own = counted("stripe", "customer_churn_rate", "own_value")
    assert close(own, [0, 0, Fraction(1, 13), 0, Fraction(1, 13), Fraction(1, 13)])
    # March (503 + 30 - 80)/503; April, month end to month end, (498 - 40)/498; May (458 + 10 - 50)/458
    nrr = values("stripe", "nrr")[2:]
    assert close(nrr, [Fraction(453, 503), Fraction(458, 498), Fraction(418, 458), 1])


def test_exchange_rates_have_a_line_of_their_own() -> None:
    """c5's 100 EUR (70 from May) at 1.10, 1.08, 1.07, 1.08, 1.07; the project's own rate is 1.10."""
    assert values("stripe", "fx_mrr", view="reporting") == [0, 0, -2, -1, 1, Decimal("-0.7")]
    assert values("stripe", "fx_mrr", "own_value", view="reporting") == [0] * 6
    # March in dollars: own 528 + 110; Stripe 498 + 108
    assert values("stripe", "closing_mrr", "own_value", "reporting")[2] == 638
    assert values("stripe", "closing_mrr", "value", "reporting")[2] == 606
    found = causing("stripe", "closing_mrr", MAR, "reporting")
    assert found == {"c12": -50, "c17": 20, "c5": -2}


@pytest.mark.slow
def test_rates_of_chartmogul() -> None:
    """May: NRR (488 + 10 - 15 - 35)/488; with c3's return of 40 net churn is 0. fx as at Stripe."""
    assert close(values("chartmogul", "nrr")[4:5], [Fraction(448, 488)])
    assert values("chartmogul", "net_mrr_churn_rate_incl_reactivation")[4] == 0
    assert values("chartmogul", "fx_mrr", view="reporting") == [0, 0, -2, -1, 1, Decimal("-0.7")]


@pytest.mark.slow
def test_quick_ratio_of_baremetrics_leaves_reactivation_out() -> None:
    """April 25/(100 + 25), May 10/70; own 0/100 and (40 + 10)/(15 + 35)."""
    ratio = values("baremetrics", "quick_ratio")[3:]
    assert close(ratio, [Fraction(25, 125), Fraction(10, 70), Fraction(80, 50)])
    own = values("baremetrics", "quick_ratio", "own_value")[3:]
    assert close(own, [0, 1, Fraction(80, 50)])
