from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.attach import attach_tests, singular_test, unit_test
from retention_pipeline.attach import test_config as read_config
from retention_pipeline.errors import Location, ProjectError
from retention_pipeline.nodes import Severity
from retention_pipeline.spec_nodes import FixtureSpec, UnitTestSpec
from retention_pipeline.spec_nodes import TestSpec as Spec

AT = Location("m.yml", 3)


def spec(kind: str, column: str | None = None, **more: Any) -> Spec:
    return Spec(kind, more.pop("arguments", {}), more, None, column, "", AT)


def names(*specs: Spec) -> list[str]:
    return [test.name for test in attach_tests(specs, "orders", "model.p.orders", "p")]


def test_names_are_dbts() -> None:
    assert names(spec("unique", "id")) == ["unique_orders_id"]
    assert names(spec("accepted_values", "status", arguments={"values": ["paid", "open"]})) == [
        "accepted_values_orders_status__paid__open"
    ]
    assert names(spec("relationships", "c", arguments={"to": "ref('x')", "field": "id"})) == [
        "relationships_orders_c__id__ref_x_"
    ]


def test_long_names_have_a_short_one_that_stays_apart() -> None:
    specs = [spec("expression_is_true", arguments={"expression": "a" * 80 + last}) for last in "12"]
    one, two = attach_tests(specs, "orders", "model.p.orders", "p")
    assert one.alias != two.alias
    assert max(len(one.alias), len(two.alias)) <= 63
    assert len(one.name) > 80


@pytest.mark.parametrize(
    ("label", "test", "uid"),
    [
        ("a", spec("unique", "id"), "unique_a_id.f6a5f640da"),
        ("raw.t", spec("not_null", "id"), "source_not_null_raw_t_id.e00a82bbac"),
        ("a", spec("dbt_utils.at_least_one", "id"), "dbt_utils_at_least_one_a_id.06542064a7"),
        (
            "a",
            spec("accepted_values", "s", arguments={"values": ["x y", 1, True], "quote": False}),
            "accepted_values_a_s__False__x_y__1__True.544e90a44d",
        ),
        ("a", spec("t", arguments={"deep": {"k": [1, {"z": 2, "a": None}]}}), "t_a__1_z_2_a_None_.059a0a6142"),
    ],
)  # fmt: skip
def test_ids_are_dbts(label: str, test: Spec, uid: str) -> None:
    """The ids that dbt-core 1.11.16 gave to these tests of a project named p."""
    (found,) = attach_tests([test], label, "model.p.a", "p")
    assert found.unique_id == f"test.p.{uid}"


def test_equal_tests_get_names_of_their_own() -> None:
    assert len(set(names(spec("unique", "id"), spec("unique", "id"), spec("unique", "id")))) == 3


def test_a_switched_off_test_is_gone() -> None:
    assert names(spec("unique", "id", enabled=False)) == []


def test_config_is_read() -> None:
    config = read_config(
        {"severity": "WARN", "warn_if": ">5", "limit": 3, "where": "x", "tags": "t", "store_failures": True}, AT
    )  # fmt: skip
    assert config.severity is Severity.WARN
    assert (config.warn_if, config.error_if, config.limit) == (">5", "!= 0", 3)
    assert (config.where, config.tags, config.store_failures) == ("x", ("t",), True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"severity": "loud"}, "severity 'loud' is unknown"),
        ({"warn_if": "many"}, "warn_if: 'many' is not a comparison"),
        ({"error_if": "> 1; drop table x"}, "is not a comparison"),
        ({"limit": 0}, "limit: 0"),
        ({"limit": "ten"}, "limit: 'ten'"),
        ({"limit": True}, "limit: True"),
    ],
)
def test_bad_config_names_the_test(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ProjectError) as error:
        read_config(values, AT)
    assert words in str(error.value)
    assert error.value.at == AT


def test_a_singular_test_is_named_by_its_file() -> None:
    test = singular_test(
        Path("tests/data/assert_x.sql"), "select 1", "p", Path("tests/data/assert_x.sql")
    )
    assert (test.name, test.unique_id, test.kind) == ("assert_x", "test.p.assert_x", None)


def unit(root: Path, **expect: Any) -> Any:
    fixture = FixtureSpec(
        "", expect.pop("format", "dict"), expect.get("rows"), expect.get("fixture"), AT
    )
    return unit_test(UnitTestSpec("u", "a", "", (), fixture, {}, {}, AT), "p", root)


def test_fixture_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "tests/fixtures").mkdir(parents=True)
    (tmp_path / "tests/fixtures/rows.csv").write_text("x\n1\n")
    assert unit(tmp_path, format="csv", fixture="rows").expect.rows == "x\n1\n"


def test_a_missing_fixture_file_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no fixture file rows\.csv") as error:
        unit(tmp_path, format="csv", fixture="rows")
    assert str(tmp_path / "tests/fixtures/rows.csv") in str(error.value.fix)


def test_rows_must_suit_their_format(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="format dict must be a list"):
        unit(tmp_path, rows="x\n1")
    with pytest.raises(ProjectError, match="format csv must be text"):
        unit(tmp_path, format="csv", rows=[{"x": 1}])
