"""Whole builds over the survey and holdout examples give their numbers."""

from __future__ import annotations

from tests.golden.cases import needs_golden, read, same
from tests.properties.harness_voice import build

pytestmark = needs_golden
Row = dict[str, object]


def surveys() -> list[Row]:
    """inputs/nps_responses.csv: NPS only, nothing is known about when it was sent."""
    return [
        {
            "response_id": row["response_id"],
            "customer_id": row["customer_id"],
            "survey_type": "nps",
            "score": row["score"],
            "responded_at": row["responded_at"],
        }
        for row in read("inputs", "nps_responses")
    ]


def test_nps_of_the_quarter_and_of_june() -> None:
    """p1's first answer lies in May: the quarter takes the later one, as June does."""
    get = build({"survey_responses": surveys()}, {"as_of": "2024-07-01"})
    (expected,) = read("expected", "nps")
    rows = [row for row in get("nps") if row["segment_type"] == "all"]
    for grain, start in (("quarter", "2024-04-01"), ("month", "2024-06-01")):
        (cell,) = [r for r in rows if r["grain"] == grain and str(r["period_start"]) == start]
        for column, value in expected.items():
            assert same(cell[column], value), (grain, column)
        assert cell["invalid_answers"] == 2


def holdout() -> dict[str, list[Row]]:
    """SPEC C9 as rows: so many customers in each arm, so many of them with one order."""
    (numbers,) = read("expected", "holdout")
    members: list[Row] = []
    orders: list[Row] = []
    for arm, size, converted in (
        ("t", numbers["treated"], numbers["treated_conv"]),
        ("h", numbers["control"], numbers["control_conv"]),
    ):
        for place in range(int(size)):
            members.append(
                {
                    "campaign_id": "k1",
                    "customer_id": f"{arm}{place}",
                    "assigned_at": "2024-03-01 08:00:00",
                    "is_holdout": arm == "h",
                }
            )
        orders += [
            {
                "order_id": f"o{arm}{place}",
                "customer_id": f"{arm}{place}",
                "ordered_at": "2024-03-30 08:00:00",
                "status": "paid",
                "currency": "USD",
                "subtotal_amount": 10,
            }
            for place in range(int(converted))
        ]
    campaign: Row = {"campaign_id": "k1", "channel": "email", "holdout_share": "0.2"}
    return {"campaigns": [campaign], "campaign_members": members, "orders": orders}


def test_a_campaign_against_its_holdout() -> None:
    get = build(holdout(), {"as_of": "2024-07-01"})
    (row,) = get("campaign_performance")
    (expected,) = read("expected", "holdout")
    columns = {
        "treated": "treated_customers",
        "treated_conv": "treated_conversions",
        "control": "holdout_customers",
        "control_conv": "holdout_conversions",
        "treated_rate": "treated_conversion_rate",
        "control_rate": "holdout_conversion_rate",
        "abs_lift": "conversion_rate_difference",
        "rel_lift": "relative_lift",
        "incremental_conversions": "incremental_conversions",
        "z": "z_score",
        "ci_low": "difference_ci_low",
        "ci_high": "difference_ci_high",
    }
    assert columns.keys() == expected.keys()
    for theirs, ours in columns.items():
        assert same(row[ours], expected[theirs]), theirs
    assert row["comparison_status"] == "ok"
    assert row["sample_ratio_p_value"] == 1  # exactly as planned
