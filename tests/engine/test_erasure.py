"""Nothing of an erased customer is left: not in a row, not in a byte; and every total is what it was."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from retention_pipeline import run
from retention_pipeline.api import Options, execute
from retention_pipeline.cli import run_main
from retention_pipeline.events import Results
from retention_pipeline.plan import Command, Plan
from tests.conftest import CHECKOUT, Outcome, Shop
from tests.erasure_project import TRACES, files

TOTALS = "select sum(orders), sum(revenue), count(*) from marts.customer_orders"
SCORES = "select sum(score), max(visitors), count(*) from marts.scores"


def written(root: Path) -> Path:
    """The shop of people, on disk."""
    for path, text in files((CHECKOUT / "macros/identity.sql").read_text()).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built."""
    root = written(tmp_path_factory.mktemp("people") / "shop")
    assert execute(Command.BUILD, Options(project_dir=root, environ={})).ok
    return root


@pytest.fixture(scope="module")
def erased_once(tmp_path_factory: pytest.TempPathFactory, built_once: Path) -> Path:
    """The same after a request to erase Ann and the build that does it."""
    root = tmp_path_factory.mktemp("erased") / "shop"
    shutil.copytree(built_once, root, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert run_main(["erase", "--customer", "acct-ann-2"]) == 0
        assert run_main(["build", "--quiet"]) == 0
    return root


Open = Callable[[Path | None], Shop]


@pytest.fixture
def opened(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Open:
    """Makes the shop: a copy of a folder, or a new one."""

    def run(*argv: str) -> Outcome:
        capfd.readouterr()
        code = run_main(list(argv))
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    def make(source: Path | None) -> Shop:
        root = tmp_path / "shop"
        if source is None:
            written(root)
        else:
            shutil.copytree(source, root, symlinks=True)
        monkeypatch.chdir(root)
        return Shop(root, run)

    return make


@pytest.fixture
def people(opened: Open) -> Shop:
    """Nothing is built yet."""
    return opened(None)


@pytest.fixture
def built_people(opened: Open, built_once: Path) -> Shop:
    """All is built, nobody is to be erased."""
    return opened(built_once)


@pytest.fixture
def erased_people(opened: Open, erased_once: Path) -> Shop:
    """Ann is erased."""
    return opened(erased_once)


def left(shop: Shop) -> dict[str, list[str]]:
    """Files that hold a trace of Ann, but for the inputs and our list of requests."""
    found = {}
    for path in sorted(shop.root.rglob("*")):
        name = path.relative_to(shop.root).as_posix()
        if not path.is_file() or name.startswith("inputs/") or name == "erasures.csv":
            continue
        text = path.read_bytes().lower()
        traces = [trace for trace in TRACES if trace.encode() in text]
        if path.suffix == ".parquet":
            rows = duckdb.execute(f"select lower(cast(t as varchar)) from '{path}' as t").fetchall()
            traces += [trace for trace in TRACES if any(trace in row[0] for row in rows)]
        if traces:
            found[name] = traces
    return found


def ask(shop: Shop, customer: str = "acct-ann-2") -> Outcome:
    return shop.run("erase", "--customer", customer)


def test_nothing_is_left_and_totals_are_what_they_were(built_people: Shop) -> None:
    built_people.edit("inputs/orders.csv", "40.00", "44.00")  # a second version is published
    assert built_people.run("build").code == 0
    before = left(built_people)
    assert {Path(name).suffix for name in before} >= {".duckdb", ".parquet"}
    assert len([name for name in before if name.startswith("warehouse/versions/")]) == 1
    assert set(before["warehouse/build.duckdb"]) == set(TRACES)
    totals = [built_people.query(sql, published=True) for sql in (TOTALS, SCORES)]

    asked = ask(built_people)
    assert asked.code == 0
    assert "erase 3 customer ids of one person" in asked.out
    assert "take them out there" in asked.out
    done = built_people.run("build")
    assert done.code == 0
    assert "1 erased customer: only surrogates are left" in done.out
    assert left(built_people) == {}

    assert [built_people.query(sql, published=True) for sql in (TOTALS, SCORES)] == totals
    rows = built_people.query(
        "select * from marts.customer_orders order by revenue", published=True
    )
    assert [row[1:] for row in rows] == [(1, Decimal("44.0000")), (3, Decimal("60.0000"))]
    assert rows[1][0].startswith("erased_")
    assert built_people.query("select count(*), count(value) from raw.rejected_rows") == [(1, 0)]
    assert built_people.query("select customer_id from raw.raw_consent") == [("acct-bob-1",)]


def test_what_passed_and_did_not_change_is_not_tested_again(people: Shop) -> None:
    """Every load takes her out again; that alone is no reason to test what it did not change."""
    people.write(
        "tests/data/assert_scores.sql", "select * from {{ ref('scores') }} where score > 10"
    )
    people.write(
        "tests/data/assert_revenue.sql",
        "select * from {{ ref('customer_orders') }} where revenue < 0",
    )
    assert people.run("build").code == 0
    assert ask(people).code == 0
    assert people.run("build").code == 0
    people.edit("inputs/orders.csv", "40.00", "44.00")
    assert people.run("build").code == 0
    builds = dict(people.query("select name, build_id from pipeline_state.tests"))
    assert builds["assert_scores"] != builds["assert_revenue"]
    assert left(people) == {}


def kept(shop: Shop) -> int:
    """How many earlier versions are there."""
    return len(list((shop.root / "warehouse/versions").glob("*.duckdb")))


def test_ctrl_c_while_tables_are_loaded_for_it_ends_the_build(
    built_people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(built_people).code == 0
    original = run.run
    plans: list[int] = []

    def interrupted(plan: Plan, *given: Any, **named: Any) -> Results:
        plans.append(len(plan.steps))
        return replace(original(plan, *given, **named), interrupted=len(plans) == 1)

    monkeypatch.setattr("retention_pipeline.building.run", interrupted)
    done = built_people.run("build")
    assert done.code == 130, done.text
    assert len(plans) == 1
    monkeypatch.undo()
    monkeypatch.chdir(built_people.root)
    assert built_people.run("build").code == 0
    assert left(built_people) == {}


def test_versions_without_her_are_kept(erased_people: Shop) -> None:
    """They go when somebody is erased, not each time that her rows are loaded again."""
    assert kept(erased_people) == 0
    for old, new in (("40.00", "41.00"), ("41.00", "42.00")):
        erased_people.edit("inputs/orders.csv", old, new)
        assert erased_people.run("build").code == 0
        assert left(erased_people) == {}
    assert kept(erased_people) == 2


def test_versions_go_again_when_more_is_known_of_her(erased_people: Shop) -> None:
    erased_people.edit("inputs/orders.csv", "o4,", "o6,acct-ann-3,,7.00\no4,")
    assert erased_people.run("build").code == 0
    assert kept(erased_people) == 1
    another = "acct-ann-3,2024-03-01 00:00:00,ann.lee@mail.example,,\nacct-bob-1,"
    erased_people.edit("inputs/customers.csv", "acct-bob-1,", another)
    assert erased_people.run("build").code == 0
    assert left(erased_people) == {}
    assert kept(erased_people) == 0


def test_versions_go_again_when_she_had_come_back(erased_people: Shop) -> None:
    requests = (erased_people.root / "erasures.csv").read_text()
    (erased_people.root / "erasures.csv").unlink()
    erased_people.edit("inputs/orders.csv", "40.00", "41.00")
    assert erased_people.run("build").code == 0
    assert left(erased_people) != {}
    erased_people.write("erasures.csv", requests)
    assert erased_people.run("build").code == 0
    assert left(erased_people) == {}
    assert kept(erased_people) == 0


@pytest.mark.slow
def test_she_stays_erased_whatever_is_loaded_later(erased_people: Shop) -> None:
    surrogate = "select customer_id from marts.customer_orders where customer_id like 'erased%'"
    first = erased_people.query(surrogate)
    erased_people.edit(
        "inputs/orders.csv", "o4,", "o6,acct-ann-2,,5.00\no7,,ann.lee@mail.example,7.00\no4,"
    )
    done = erased_people.run("build")
    assert done.code == 0
    assert left(erased_people) == {}
    assert erased_people.query(surrogate) == first
    assert erased_people.query(
        f"select revenue from marts.customer_orders where customer_id = '{first[0][0]}'"
    ) == [(Decimal("72.0000"),)]
    assert "nothing to publish" in erased_people.run("build").out
    assert erased_people.run("build", "--full-refresh").code == 0
    assert left(erased_people) == {}
    assert erased_people.query(surrogate) == first


@pytest.mark.slow
def test_a_build_that_fails_owes_what_it_did_not_do(built_people: Shop) -> None:
    built_people.edit("inputs/orders.csv", "40.00", "44.00")
    assert built_people.run("build").code == 0
    assert ask(built_people).code == 0
    built_people.write("tests/data/assert_never.sql", "select * from {{ ref('customer_orders') }}")
    assert built_people.run("build").code == 1
    assert {Path(name).parts[1] for name in left(built_people)} == {
        "parquet",
        "retention.duckdb",
        "versions",
    }
    (built_people.root / "tests/data/assert_never.sql").unlink()
    assert built_people.run("build").code == 0
    assert left(built_people) == {}


@pytest.mark.slow
def test_a_table_of_requests_erases_too(built_people: Shop) -> None:
    built_people.write(
        "inputs/erasure_requests.csv",
        "request_id,customer_id,requested_at,completed_at\n"
        "r1,acct-ann-1,2024-05-01 00:00:00,2024-05-02 00:00:00\nr2,acct-bob-1,2024-05-01 00:00:00,\n",
    )
    assert built_people.run("build").code == 0
    assert left(built_people) == {}
    assert built_people.query(
        "select count(*) from marts.customer_orders where customer_id = 'acct-bob-1'"
    ) == [(1,)]


def test_requests_are_noted_once_and_only_for_people_who_are_known(people: Shop) -> None:
    assert "nothing is built yet" in ask(people).err
    assert people.run("build").code == 0
    unknown = ask(people, "acct-cat-1")
    assert unknown.code == 2
    assert "no customer of that id in the last build" in unknown.err
    assert not (people.root / "erasures.csv").exists()
    assert "noted in" in ask(people, "acct-ann-1").out
    path = people.root / "erasures.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    noted = path.read_text()
    assert noted.count("\n") == 4  # a header, two accounts, the guest
    assert "noted before" in ask(people, "acct-ann-2").out
    assert path.read_text() == noted
    assert people.run("build").code == 0
    (surrogate,) = people.query("select customer_id from marts.customer_orders where revenue = 60")[
        0
    ]
    assert "erased already" in ask(people, surrogate).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("request,customer\n", "erasures.csv:1: RP301 this is no file of erasure requests"),
        (
            "request_id,customer_id,requested_at,completed_at\nr1,,2024-01-01 00:00:00,\n",
            "erasures.csv:2: RP301 a request is not whole",
        ),
        (
            "request_id,customer_id,requested_at,completed_at\nr1,a,soon,\n",
            "erasures.csv:2: RP301 'soon' is no time",
        ),
    ],
)
def test_a_damaged_list_of_requests_stops_everything(people: Shop, text: str, said: str) -> None:
    people.write("erasures.csv", text)
    done = people.run("build")
    assert done.code == 2
    assert said in done.err


def test_the_salt_is_written_nowhere(people: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    salt = "pepper-that-nobody-knows-0123456789"
    monkeypatch.setenv("DBT_ENV_SECRET_RETENTION_SALT", salt)
    done = people.run("build")
    assert done.code == 0
    assert ask(people).code == 0
    again = people.run("build")
    assert salt not in done.text + again.text
    assert [
        path
        for path in people.root.rglob("*")
        if path.is_file() and salt.encode() in path.read_bytes()
    ] == []
    assert not (people.root / ".pipeline/salt").exists()


@pytest.mark.slow
def test_a_random_salt_is_kept_and_said(people: Shop) -> None:
    done = people.run("build")
    said = "DBT_ENV_SECRET_RETENTION_SALT is not set: identifiers are hashed with the random salt in .pipeline/salt"
    assert done.text.count(said) == 1
    path = people.root / ".pipeline/salt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    holders = [
        p.name
        for p in people.root.rglob("*")
        if p.is_file() and path.read_bytes().strip() in p.read_bytes()
    ]
    assert holders == ["salt"]


@pytest.mark.slow
def test_another_salt_makes_other_hashes_and_the_same_one_nothing(
    people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guests() -> list[tuple[object, ...]]:
        return people.query(
            "select source_customer_id from intermediate.resolution"
            " where source_customer_id like 'email%'"
        )

    assert people.run("build").code == 0
    first = guests()
    assert "nothing to publish" in people.run("build").out
    monkeypatch.setenv("DBT_ENV_SECRET_RETENTION_SALT", "another-salt-0123456789")
    assert people.run("build").code == 0
    assert guests() != first
    monkeypatch.setenv("DBT_ENV_SECRET_RETENTION_SALT", "short")
    done = people.run("build")
    assert done.code == 2
    assert "than 16 characters" in done.err


def test_tables_with_history_forget_too(people: Shop) -> None:
    """An incremental table is made anew once; a protected one stays, and that is said."""
    for name, more in (("seen", ""), ("protected", ", full_refresh=false")):
        people.write(
            f"models/marts/{name}.sql",
            f"{{{{ config(materialized='incremental', unique_key='order_id'{more}) }}}}\n"
            "select order_id, customer_id from {{ source('raw', 'orders') }}\n",
        )
    assert people.run("build").code == 0
    assert ask(people).code == 0
    done = people.run("build")
    assert done.code == 0
    assert '"marts"."seen" is made anew: it held people who are erased' in done.out
    assert '"marts"."protected" holds history that cannot be made again' in done.out
    names = people.query(
        "select distinct customer_id from marts.seen where customer_id like '%ann%'"
    )
    assert names == []
    people.edit("inputs/orders.csv", "o4,", "o9,acct-bob-1,,5.00\no4,")
    again = people.run("build")
    assert (again.code, "made anew" in again.out) == (0, False)


def test_who_is_erased_stays_so_after_loads_that_failed(erased_people: Shop) -> None:
    before = (erased_people.root / "inputs/orders.csv").read_text()
    erased_people.edit("inputs/orders.csv", "amount", "worth")  # a required column is gone
    assert erased_people.run("build").code == 1  # the other tables of people were loaded again
    erased_people.write("inputs/orders.csv", before)
    done = erased_people.run("build")
    assert done.code == 0, done.text
    assert left(erased_people) == {}


def test_who_is_erased_stays_so_after_an_end_between_loads_and_erasing(
    erased_people: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("retention_pipeline.erasure.steps.Erasure._purge", stopped)
        assert erased_people.run("build", "--full-refresh").code == 130
    done = erased_people.run("build")
    assert done.code == 0, done.text
    assert left(erased_people) == {}
