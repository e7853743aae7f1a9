"""Value, audiences and payback of the worked examples, built from raw rows."""

from __future__ import annotations

from decimal import Decimal

from tests.golden.cases import AS_OF, Rows, needs_golden, order, orders, read, same
from tests.properties.harness_programmes import build

pytestmark = needs_golden
# channel: customers, spend, margin per customer up to month 0, 1, 2, 3 (SPEC C10)
ACQUIRED = {"search": (100, 3000, (12, 20, 27, 33)), "social": (50, 2500, (15, 21, 25, 27))}


def test_historic_clv() -> None:
    """Costs of 40% of what was kept give the example's margin of 60%."""
    rows = orders()
    rows["order_lines"] = [
        {
            "order_line_id": f"l_{row['order_id']}",
            "order_id": row["order_id"],
            "product_id": "thing",
            "quantity": 1,
            "unit_price": row["subtotal_amount"],
            "unit_cost": (
                Decimal(str(row["subtotal_amount"])) - Decimal(str(row["refunded_amount"]))
            )
            * Decimal("0.4"),
        }
        for row in rows["orders"]
    ]
    customers = {row["customer_id"]: row for row in build(rows, {"as_of": AS_OF})("clv")}
    expected = read("expected", "clv_historic")
    assert sorted(map(str, customers)) == sorted(row["customer_id"] for row in expected)
    for row in expected:
        for ours, theirs in {
            "orders": "orders",
            "historic_clv": "net_revenue",
            "historic_margin_clv": "gross_margin_60",
            "aov": "aov_net",
            "first_order_revenue": "first_order_net",
            "repeat_order_revenue": "repeat_net",
        }.items():
            assert same(customers[row["customer_id"]][ours], row[theirs]), (row, ours)
    values = [Decimal(str(row["historic_clv"])) for row in customers.values()]
    assert (sum(values), sum(values) / len(values)) == (621, Decimal("103.5"))
    firsts = sum(Decimal(str(row["first_order_revenue"])) for row in customers.values())
    assert same(firsts / 6, "57.5")
    assert same((sum(values) - firsts) / 7, "39.428571")


def test_audiences_of_a_shop_are_its_stages() -> None:
    found = {
        row["customer_id"]: (row["recency_days"], row["audience"])
        for row in build(orders(), {"as_of": "2024-05-15"})("lifecycle_audiences")
    }
    assert found == {
        row["customer_id"]: (int(row["recency_days"]), row["stage"])
        for row in read("expected", "lifecycle_stage")
    }


def acquired() -> Rows:
    """Everybody starts in January and orders once a month; goods cost nothing."""
    rows: Rows = {"customers": [], "orders": [], "order_lines": [], "marketing_spend": []}
    for channel, (customers, spend, margins) in ACQUIRED.items():
        rows["marketing_spend"].append(
            {"spend_date": "2024-01-15", "channel": channel, "amount": spend, "currency": "USD"}
        )
        for number in range(customers):
            name = f"{channel}_{number}"
            rows["customers"].append(
                {"customer_id": name, "created_at": "2024-01-01", "acquisition_channel": channel}
            )
            for month, before in enumerate((0, *margins[:-1])):
                order_id, amount = f"{name}_{month}", margins[month] - before
                rows["orders"].append(order(order_id, name, f"2024-0{month + 1}-05", amount))
                rows["order_lines"].append(
                    {
                        "order_line_id": order_id,
                        "order_id": order_id,
                        "product_id": "thing",
                        "quantity": 1,
                        "unit_price": amount,
                        "unit_cost": 0,
                    }
                )
    return rows


def test_cac_and_payback() -> None:
    get = build(acquired(), {"as_of": AS_OF})
    channels = {row["channel"]: row for row in get("acquisition_quality")}
    expected = read("expected", "cac_payback")
    assert sorted(map(str, channels)) == [row["channel"] for row in expected]
    for row in expected:
        found = channels[row["channel"]]
        assert same(found["cac"], row["cac"])
        assert same(found["ltv_to_date"], row["cum_margin_m3"])
        assert same(found["payback_month"], row["payback_month"])
        assert same(found["ltv_to_cac"], row["ltv_cac_m3"])
    # both channels together: 5500 for 150 customers who brought 100 x 33 + 50 x 27 = 4650
    last = max(get("cohort_revenue"), key=lambda row: int(str(row["period_number"])))
    assert abs(float(str(last["cac"])) - 5500 / 150) < 1e-4
    assert abs(float(str(last["ltv_to_cac"])) - 4650 / 5500) < 1e-9
