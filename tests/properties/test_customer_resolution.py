"""int_customer_resolution: the groups and the names of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.compare import assert_rows
from tests.properties.harness import build
from tests.properties.oracle_orders import read_shop
from tests.properties.strategies import Case, shops


@given(shops(guest_policy=st.sampled_from(("resolve_by_email", "anonymous"))))
def test_every_source_has_its_canonical_customer_and_that_one_itself(case: Case) -> None:
    canonical = read_shop(case.rows, case.variables).canonical
    assert_rows(
        build(case.rows, case.variables)("int_customer_resolution"),
        ["source_customer_id"],
        {(source,): {"customer_id": customer} for source, customer in canonical.items()},
    )
    assert all(canonical[customer] == customer for customer in canonical.values())
