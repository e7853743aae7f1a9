"""The subscription inputs of the worked examples as canonical rows."""

from __future__ import annotations

from tests.golden.cases import Rows, read

AS_OF = "2024-07-01"
DUNNING_AS_OF = "2024-04-01"
# month-end rates only: the last one is older than a week before the next comes
USD: dict[str, object] = {"reporting_currency": "USD", "fx_max_gap_days": 31}
CONSTANT: dict[str, object] = {**USD, "fx_policy": "constant", "fx_constant_date": "2024-02-01"}
SPOT: dict[str, object] = {**USD, "fx_policy": "spot"}
ASKED = {"s12": "2024-03-05 00:00:00"}  # SPEC C4: "cancel asked 03-05"


def fx_rates() -> list[dict[str, object]]:
    """inputs/fx_rates.csv: the rate of a month's last day."""
    return [
        {
            "rate_date": row["month_end"],
            "from_currency": row["currency"],
            "to_currency": "USD",
            "rate": row["rate_to_usd"],
        }
        for row in read("inputs", "fx_rates")
    ]


def subscriptions() -> Rows:
    """inputs/subscription_intervals.csv: one item each; an end reason stands on the last interval."""
    rows: list[dict[str, object]] = []
    for number, row in enumerate(read("inputs", "subscription_intervals")):
        columns = dict(row)
        reason = columns.pop("end_reason")
        rows.append(
            {
                **columns,
                "plan_id": f"plan_{number}",
                "subscription_item_id": row["subscription_id"],
                "cancel_requested_at": ASKED.get(row["subscription_id"]),
                "ended_at": row["valid_to"] if reason else None,
                "end_type": reason or None,
            }
        )
    return {"subscriptions": rows, "fx_rates": fx_rates()}


def normalisation() -> Rows:
    """inputs/mrr_normalisation.csv: each case a customer who pays from 2024-01-01."""
    return {
        "subscriptions": [
            {
                "subscription_id": row["case_id"],
                "subscription_item_id": row["case_id"],
                "customer_id": row["case_id"],
                "status": "active",
                "currency": "USD",
                "unit_amount": row["unit_amount"],
                "quantity": row["quantity"],
                "interval_unit": row["interval_unit"],
                "interval_count": row["interval_count"],
                "discount_percent": row["discount_percent"],
                "valid_from": "2024-01-01 00:00:00",
            }
            for row in read("inputs", "mrr_normalisation")
        ]
    }


def dunning() -> Rows:
    """inputs/dunning_invoices.csv and payment_attempts.csv: one customer per invoice."""
    attempts = read("inputs", "payment_attempts")
    issued: dict[str, dict[str, str]] = {}
    for row in attempts:
        issued.setdefault(row["invoice_id"], row)
    return {
        "invoices": [
            {
                "invoice_id": row["invoice_id"],
                "customer_id": f"customer_{row['invoice_id']}",
                "issued_at": f"{issued[row['invoice_id']]['attempted_at']} 00:00:00",
                "currency": "USD",
                "total": issued[row["invoice_id"]]["amount"],
                "amount_paid": issued[row["invoice_id"]]["amount"]
                if row["final_status"] == "paid"
                else 0,
                "status": row["final_status"],
                "closed_at": f"{row['closed_at']} 00:00:00" if row["closed_at"] else None,
            }
            for row in read("inputs", "dunning_invoices")
        ],
        "payment_attempts": [
            {
                "attempt_id": f"{row['invoice_id']}_{row['attempt_number']}",
                "invoice_id": row["invoice_id"],
                "customer_id": f"customer_{row['invoice_id']}",
                "attempt_number": row["attempt_number"],
                "attempted_at": f"{row['attempted_at']} 00:00:00",
                "amount": row["amount"],
                "currency": "USD",
                "succeeded": row["succeeded"],
                "trigger": row["trigger"],
            }
            for row in attempts
        ],
    }
