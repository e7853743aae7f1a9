"""Data tests look at the rows that changed, and say what they would say of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from retention_pipeline import touched_tests
from retention_pipeline.touched_tests import TouchedTests
from tests.conftest import Outcome, Shop

# `first` is made as a whole, `second` and `others` by the keys that changed there.
FIRST = """\
select range as id, case when range = 7 then {seven} else range end as y, 'a' as kind, {bad} as bad
from range(3000) where range <> {gone}
"""
SPEC = """\
models:
  - name: second
    config: {contract: {enforced: false}, meta: {by_key: {key: id, rows_of: {first: id}}}}
    data_tests:
      - primary_key: {name: keys, arguments: {columns: [id]}}
      - expression_is_true: {name: positive, arguments: {expression: "second.bad >= 0"}}
      - expression_is_true: {name: asks, arguments: {expression: "bad < (select 100)"}}
      - expression_is_true: {name: asks_shortly, arguments: {expression: "bad < (from range(100, 101))"}}
      - expression_is_true: {name: by_chance, arguments: {expression: "bad <= random()"}}
    columns:
      - {name: y, data_tests: [unique: {name: once}]}
      - {name: bad, data_tests: [not_null: {name: filled}]}
      - {name: kind, data_tests: [accepted_values: {name: kinds, arguments: {values: [a]}}]}
      - name: id
        data_tests: [relationships: {name: known, arguments: {to: ref('others'), field: id}}]
  - name: others
    config: {contract: {enforced: false}, meta: {by_key: {key: id, rows_of: {parents: id}}}}
    data_tests: [primary_key: {name: other_keys, arguments: {columns: [id]}}]
"""
SOUND = {"seven": "7", "bad": "0", "gone": "-1"}
TESTS = ("keys", "positive", "once", "filled", "kinds", "known")
# Queries in an expression may look at all rows; what chance or a clock decides may fail unchanged ones.


@pytest.fixture(autouse=True)
def _some_rows_are_many() -> Iterator[None]:
    with patch.object(touched_tests, "LARGE", 1000):
        yield


def project(shop: Shop, parents: str = "", **said: str) -> None:
    """`parents`: which ids `others` does not have."""
    shop.model("first", FIRST.format(**{**SOUND, **said}))
    shop.model("parents", f"select range as id from range(3000) where range not in (-1{parents})")
    shop.model("second", "select id, y, kind, bad from {{ ref('first') }}")
    shop.model("others", "select id from {{ ref('parents') }}")
    shop.write("models/free/others.yml", "")
    shop.write("models/free/second.yml", SPEC)


def build(shop: Shop, command: str = "build") -> tuple[Outcome, set[str]]:
    """What it printed, and the tests that looked at the changed rows only."""
    spared: set[str] = set()
    ask = TouchedTests.finds_nothing

    def asked(self: TouchedTests, uid: str) -> bool:
        found = ask(self, uid)
        if found:
            spared.add(self.compiled.tests[uid].test.name)
        return found

    with patch.object(TouchedTests, "finds_nothing", asked):
        done = shop.run(command, "-s", "first", "second", "parents", "others")
    return done, spared


def test_a_change_that_breaks_nothing_is_looked_at_alone(shop: Shop) -> None:
    project(shop)
    assert build(shop)[1] == set()  # nothing is known of it yet
    project(shop, seven="4000")
    done, spared = build(shop)
    assert (done.code, spared) == (0, {*TESTS})
    assert build(shop, "test")[1] == set()


@pytest.mark.parametrize(
    ("said", "test", "rows"),
    [
        ({"seven": "8"}, "once", 1),  # 7 and 8 have it now
        ({"bad": "case when range = 9 then -1 else 0 end"}, "positive", 1),
        ({"parents": ", 11, 12"}, "known", 2),  # no row of `second` changed
    ],
)
def test_what_a_change_breaks_is_found_and_found_again(
    shop: Shop, said: dict[str, str], test: str, rows: int
) -> None:
    project(shop)
    build(shop)
    project(shop, **said)
    done, spared = build(shop)
    assert done.code == 1, done.text
    assert test not in spared
    assert f"{rows} failing row" in done.text
    # the next change is elsewhere: the failure is still there
    project(shop, **{**said, "gone": "20"})
    done, spared = build(shop)
    assert done.code == 1, done.text
    assert test not in spared
    # mended: a test that failed looks at all rows
    project(shop)
    done, spared = build(shop)
    assert (done.code, test in spared) == (0, False), done.text


def test_all_rows_are_looked_at_when_the_test_is_another(shop: Shop) -> None:
    project(shop)
    build(shop)
    project(shop, seven="4000")
    shop.edit("models/free/second.yml", "second.bad >= 0", "second.bad > -1")
    shop.edit(
        "models/free/second.yml",
        "unique: {name: once}",
        "unique: {name: once, config: {store_failures: true}}",
    )
    done, spared = build(shop)
    assert (done.code, spared) == (0, {*TESTS} - {"positive", "once"}), done.text
    done, spared = build(shop, "test")
    assert (done.code, spared) == (0, set())
