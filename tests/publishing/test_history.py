"""Earlier versions: kept, listed, put back, and not published again by accident."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from retention_pipeline.errors import CommandError, EngineError
from retention_pipeline.publishing import history
from retention_pipeline.publishing.history import list_versions, rollback
from retention_pipeline.publishing.values import How
from tests.publishing.shelf import Shelf, shelf
from tests.publishing.test_failures import full_disk


def orders(stock: Shelf, number: int) -> None:
    stock.put("customers", f"select 'ann' as customer_id, {number} as orders", f"v{number}")


@pytest.fixture(scope="session")
def five_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `five` starts from."""
    with shelf(tmp_path_factory.mktemp("five") / "warehouse") as made:
        for number in range(1, 6):
            orders(made, number)
            made.publish()
        return made.folder


@pytest.fixture
def five(stock: Shelf, five_once: Path) -> Shelf:
    """Five versions, b001 to b005, with 1 to 5 orders; three of them kept beside the live one."""
    shutil.copytree(five_once, stock.folder, dirs_exist_ok=True)
    orders(stock, 5)
    stock.builds = 5
    return stock


def live(stock: Shelf) -> tuple[object, ...]:
    return stock.read("select orders, build_id from marts.customers, marts.build_info")[0]


def test_the_newest_versions_are_kept(five: Shelf) -> None:
    names = sorted(path.name for path in (five.folder / "versions").iterdir())
    assert names == [f"retention-b00{n}.duckdb" for n in (2, 3, 4)]
    assert five.document["versions"] == ["b004", "b003", "b002"]
    assert five.read("select orders from marts.customers", five.folder / "versions" / names[0]) == [
        (2,)
    ]


def test_versions_are_listed_the_newest_first(five: Shelf) -> None:
    found = list_versions(five.path)
    assert [(v.build_id, v.is_live) for v in found] == [
        ("b005", True), ("b004", False), ("b003", False), ("b002", False),
    ]  # fmt: skip
    assert found[1].record.as_of == "2024-06-01"
    assert found[1].record.tables["customers"].rows == 1


def test_keeping_nothing(stock: Shelf) -> None:
    for number in range(3):
        orders(stock, number)
        stock.publish(keep=0)
    assert stock.files() == ["published.json", "retention.duckdb"]
    with pytest.raises(CommandError, match="no earlier version"):
        rollback(stock.path)


def test_keeping_less_than_before(five: Shelf) -> None:
    orders(five, 6)
    five.publish(keep=1)
    assert five.document["versions"] == ["b005"]


def test_rollback_puts_the_version_before_back(five: Shelf) -> None:
    done = rollback(five.path)
    assert (done.left, done.restored) == ("b005", "b004")
    assert live(five) == (4, "b004")
    document = five.document
    assert document["build_id"] == "b004"
    assert document["tables"]["customers"] == {
        "rows": 1, "data_version": "v4", "build_id": "b004",
        "description_version": document["tables"]["customers"]["description_version"],
    }  # fmt: skip
    assert [r["build_id"] for r in document["rolled_back_from"]] == ["b005"]
    assert rollback(five.path).restored == "b003"
    assert [r["build_id"] for r in five.document["rolled_back_from"]] == ["b005", "b004"]
    assert not list(five.folder.rglob("*.building*"))


def test_rollback_to_a_build_by_the_beginning_of_its_id(stock: Shelf) -> None:
    for number, build in enumerate(("aa1", "ab2", "c3")):
        orders(stock, number)
        stock.publish(build)
    with pytest.raises(CommandError, match=r"2 versions of retention\.duckdb begin with 'a'"):
        rollback(stock.path, "a")
    with pytest.raises(CommandError, match="no version") as error:
        rollback(stock.path, "zz")
    assert "aa1" in str(error.value)
    with pytest.raises(CommandError, match="is what is published now"):
        rollback(stock.path, "c3")
    assert rollback(stock.path, "aa").restored == "aa1"
    assert live(stock) == (0, "aa1")


def test_one_can_go_forward_again(five: Shelf) -> None:
    rollback(five.path, "b003")
    assert rollback(five.path, "b005").restored == "b005"
    assert live(five) == (5, "b005")
    assert five.document["rolled_back_from"] == []


def test_what_was_rolled_back_is_not_published_again(five: Shelf) -> None:
    rollback(five.path)
    before = five.path.read_bytes()
    done = five.publish()
    assert done.how is How.REFUSED
    assert "rolled back (build b005); change something or use --force" in done.reason
    five.as_of = "2024-06-02"
    assert five.publish().how is How.REFUSED
    assert five.path.read_bytes() == before


def test_anything_else_is_published_after_a_rollback(five: Shelf) -> None:
    rollback(five.path)
    orders(five, 6)
    assert five.publish().how is How.INCREMENTAL
    assert live(five)[0] == 6
    assert five.document["rolled_back_from"] == []
    orders(five, 5)
    assert five.publish().is_published


def test_force_publishes_what_was_rolled_back(five: Shelf) -> None:
    rollback(five.path)
    assert five.publish(force=True).is_published
    assert live(five)[0] == 5


def test_publishing_what_is_live_after_a_rollback_is_current(five: Shelf) -> None:
    rollback(five.path)
    orders(five, 4)
    assert five.publish().how is How.CURRENT


def test_readers_stay_where_they_are(five: Shelf) -> None:
    with duckdb.connect(str(five.path), read_only=True) as reader:
        assert reader.execute("select orders from marts.customers").fetchall() == [(5,)]
        rollback(five.path)
        assert reader.execute("select orders from marts.customers").fetchall() == [(5,)]
    assert live(five) == (4, "b004")


def test_a_rollback_after_a_rollback_and_a_build(five: Shelf) -> None:
    rollback(five.path, "b003")
    orders(five, 6)
    five.publish()
    assert list_versions(five.path)[0].build_id == five.document["build_id"]
    assert {"b005", "b004", "b003"} == set(five.document["versions"])


def test_an_unreadable_version_is_not_offered(five: Shelf) -> None:
    path = five.folder / "versions" / "retention-b004.duckdb"
    path.chmod(0o644)
    path.write_bytes(b"x" * 100)
    os.utime(path)
    assert rollback(five.path).restored == "b003"


def test_a_lost_published_file_can_be_restored(five: Shelf) -> None:
    five.path.unlink()
    assert rollback(five.path).restored == "b004"
    assert live(five) == (4, "b004")


@pytest.mark.parametrize("step", ["put_in_place", "link_or_copy", "flush"])
def test_a_failed_rollback_leaves_the_file(
    five: Shelf, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = five.path.read_bytes()
    monkeypatch.setattr(history, step, full_disk)
    with pytest.raises(EngineError, match="not rolled back: No space left"):
        rollback(five.path)
    assert five.path.read_bytes() == before


def test_where_links_are_not_to_be_had_versions_are_copies(
    stock: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", full_disk)
    for number in range(1, 4):
        orders(stock, number)
        stock.publish()
    kept = stock.folder / "versions" / "retention-b002.duckdb"
    assert kept.stat().st_nlink == 1
    assert rollback(stock.path).restored == "b002"
    assert live(stock) == (2, "b002")


def test_a_stranger_s_log_does_not_reach_the_restored_file(five: Shelf) -> None:
    Path(f"{five.path}.wal").write_bytes(b"not ours")
    rollback(five.path)
    assert live(five) == (4, "b004")
    assert Path(f"{five.path}.wal.orphan").exists()
