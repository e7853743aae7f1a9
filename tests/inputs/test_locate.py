"""Finding the file of each table: names, formats, folders, slips."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.errors import InputError
from retention_pipeline.inputs import ABSENT, Format, InputColumn, InputContract
from retention_pipeline.inputs.errors import (
    AmbiguousInputError,
    InputsPathError,
    MissingTableError,
    UnknownInputError,
    UnreadableInputError,
)
from retention_pipeline.inputs.locating import SUFFIXES, Located, locate


def contract(table: str, *files: str, required: bool = False) -> InputContract:
    columns = (InputColumn("id", "varchar"),)
    return InputContract(
        "raw", table, "raw", f"raw_{table}", columns, required=required, files=files
    )


CONTRACTS = (contract("orders", required=True), contract("customers"), contract("order_lines"))


def folder_with(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "in"
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n")
    return folder


def find(tmp_path: Path, *names: str) -> Located:
    return locate(CONTRACTS, folder_with(tmp_path, *names), {}, tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("stem", ["orders", "Orders", "ORDERS"])
def test_a_table_is_found_by_its_name_in_any_format_and_case(
    tmp_path: Path, stem: str, suffix: str
) -> None:
    located = find(tmp_path, stem + suffix)
    origin = located.origins["raw.orders"]
    assert origin.files == (tmp_path / "in" / (stem + suffix),)
    assert origin.format is SUFFIXES[suffix]
    assert located.origins["raw.customers"] == ABSENT
    assert located.unused == ()


def test_a_folder_of_files_is_one_table_in_the_order_of_names(tmp_path: Path) -> None:
    located = find(tmp_path, "orders/b.csv", "orders/a.csv.gz", "orders/_SUCCESS", "orders/.x")
    origin = located.origins["raw.orders"]
    assert [path.name for path in origin.files] == ["a.csv.gz", "b.csv"]
    assert origin.format is Format.CSV
    assert str(origin).endswith("orders (2 files)")


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    located = find(tmp_path, "orders.parquet/part-00000.snappy.parquet", "orders.parquet/_SUCCESS")
    assert [path.name for path in located.origins["raw.orders"].files] == [
        "part-00000.snappy.parquet"
    ]


def test_no_inputs_path_means_everything_optional_is_absent(tmp_path: Path) -> None:
    located = locate(CONTRACTS[1:], None, {}, tmp_path)
    assert set(located.origins.values()) == {ABSENT}


def test_the_first_stem_that_is_there_wins(tmp_path: Path) -> None:
    lines = contract("lines", "online_retail", "online_retail_raw")
    folder = folder_with(tmp_path, "online_retail_raw.csv")
    assert not locate([lines], folder, {}, tmp_path).origins["raw.lines"].absent
    (folder / "Online_Retail.parquet").touch()
    located = locate([lines], folder, {}, tmp_path)
    assert located.origins["raw.lines"].files[0].name == "Online_Retail.parquet"
    assert [path.name for path in located.unused] == ["online_retail_raw.csv"]


def test_unknown_files_are_told(tmp_path: Path) -> None:
    located = find(tmp_path, "orders.csv", "weather.csv", "readme.txt")
    assert [path.name for path in located.unused] == ["weather.csv"]


@pytest.mark.parametrize(
    "names",
    [
        ("orders.csv", "orders.parquet"),
        ("Orders.csv", "orders.csv"),
        ("orders.csv", "orders/a.csv"),
    ],
)
def test_one_table_in_two_places_is_an_error_that_names_both(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    with pytest.raises(AmbiguousInputError, match="there 2 times") as caught:
        find(tmp_path, *names)
    assert all(name.split("/")[0] in str(caught.value) for name in names)


def test_a_folder_of_two_formats_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AmbiguousInputError, match=r"mixes formats: a\.csv and b\.parquet"):
        find(tmp_path, "orders/a.csv", "orders/b.parquet")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("orders/notes.txt",), "not a kind of file that can be read"),
        (("orders/2024/a.csv",), "is a folder"),
        (("orders/_delta_log/0.json", "orders/a.parquet"), "Delta Lake"),
        (("orders.csv/_a.csv",), "the folder holds no files"),
    ],
)
def test_folders_that_are_not_plain_are_refused(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises((UnreadableInputError, InputsPathError), match=message):
        find(tmp_path, *names)


def test_an_empty_folder_for_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in" / "orders").mkdir(parents=True)
    with pytest.raises(UnreadableInputError, match="holds no files"):
        locate(CONTRACTS, tmp_path / "in", {}, tmp_path)


def test_a_missing_inputs_path(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    with pytest.raises(InputsPathError, match="does not exist") as caught:
        locate(CONTRACTS, tmp_path / "export", {}, tmp_path)
    assert caught.value.fix == "did you mean 'exports'?"


def test_inputs_path_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").touch()
    with pytest.raises(InputsPathError, match="is a file, not a folder"):
        locate(CONTRACTS, tmp_path / "orders.csv", {}, tmp_path)


def test_a_folder_without_any_known_table_lists_the_names(tmp_path: Path) -> None:
    with pytest.raises(InputsPathError, match=r"holds none of the known .*weather\.csv") as caught:
        find(tmp_path, "weather.csv")
    assert "customers, order_lines, orders" in str(caught.value.fix)
    assert ".csv.gz" in str(caught.value.fix)


@pytest.mark.parametrize("name", ["order.csv", "oders.csv", "Order-s.parquet"])
def test_a_slip_in_a_required_name_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownInputError, match="'orders' is absent") as caught:
        find(tmp_path, name, "customers.csv")
    assert "did you mean 'orders'?" in str(caught.value)


def test_a_slip_in_an_optional_name_does_not_become_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(UnknownInputError, match="'customers' is absent"):
        find(tmp_path, "orders.csv", "customer.csv")


def test_required_tables_that_are_missing_are_all_listed(tmp_path: Path) -> None:
    contracts = [contract("orders", required=True), contract("plans", "plan_list", required=True)]
    folder = folder_with(tmp_path, "customers.csv")
    with pytest.raises(MissingTableError, match="required tables orders, plans") as caught:
        locate([*contracts, contract("customers")], folder, {}, tmp_path)
    assert "plans comes as plan_list" in str(caught.value.fix)


@pytest.mark.parametrize("key", ["orders", "raw.orders"])
@pytest.mark.parametrize("place", ["in/x y's.csv", "in/*.csv", "{}/in/x y's.csv"])
def test_a_location_of_a_single_table(tmp_path: Path, key: str, place: str) -> None:
    folder_with(tmp_path, "x y's.csv")
    located = locate(CONTRACTS, None, {key: place.format(tmp_path)}, tmp_path)
    assert located.origins["raw.orders"].files == (tmp_path / "in" / "x y's.csv",)


def test_a_location_wins_over_inputs_path(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "orders.csv", "other.parquet")
    located = locate(CONTRACTS, folder, {"orders": "in/other.parquet"}, tmp_path)
    assert located.origins["raw.orders"].files[0].name == "other.parquet"


@pytest.mark.parametrize(
    ("locations", "message"),
    [
        ({"ordrs": "in/a.csv"}, "did you mean 'orders'?"),
        ({"orders": "in/b.csv"}, "does not exist"),
        ({"orders": "in/*.parquet"}, "does not exist"),
    ],
)
def test_a_location_that_cannot_be(tmp_path: Path, locations: dict[str, str], message: str) -> None:
    folder_with(tmp_path, "a.csv")
    with pytest.raises(InputError) as caught:
        locate(CONTRACTS, None, locations, tmp_path)
    assert message in str(caught.value)


def test_a_required_table_may_be_absent_when_another_stands_in(tmp_path: Path) -> None:
    """Orders are the least a shop must bring, unless it brings subscriptions."""
    columns = (InputColumn("id", "varchar"),)
    orders = InputContract(
        "raw",
        "orders",
        "raw",
        "raw_orders",
        columns,
        required=True,
        required_unless=("subscriptions",),
    )
    both = (orders, contract("subscriptions"), contract("customers"))
    located = locate(both, folder_with(tmp_path, "subscriptions.csv"), {}, tmp_path)
    assert located.origins["raw.orders"] == ABSENT
    (tmp_path / "in" / "subscriptions.csv").unlink()
    (tmp_path / "in" / "customers.csv").write_text("id\n")
    with pytest.raises(MissingTableError, match="orders"):
        locate(both, tmp_path / "in", {}, tmp_path)
