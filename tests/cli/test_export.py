"""`pipeline export`: the platforms' files, who is left out, and nothing where it does not belong."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Shop

EMAILS = ["0" * 63 + "1", "0" * 63 + "2"]
PHONES = {"google": "a" * 64, "meta": "b" * 64}


@pytest.fixture
def marts(shop: Shop) -> Shop:
    """A published file with two audiences: three people may be exported, nobody of the other one."""
    shop.published.parent.mkdir()
    with duckdb.connect(str(shop.published)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.build_info as select '2024-06-01' as as_of")
        con.execute(
            "create table marts.audience_sizes as select * from (values"
            " ('remarketing', 'google', 9, 3, 4, 1, 1), ('remarketing', 'meta', 9, 3, 4, 1, 1),"
            " ('retargeting', 'google', 2, 0, 2, 0, 0), ('retargeting', 'meta', 2, 0, 2, 0, 0)) as t("
            "audience, platform, customers, exported_customers, without_consent_customers,"
            " erasure_asked_customers, without_identifier_customers)"
        )
        con.execute(
            "create table marts.audience_export"
            " (audience varchar, platform varchar, identifier_type varchar, identifier varchar)"
        )
        rows = [("remarketing", p, "phone", PHONES[p]) for p in PHONES]
        rows += [("remarketing", p, "email", e) for p in PHONES for e in reversed(EMAILS)]
        con.executemany("insert into marts.audience_export values (?, ?, ?, ?)", rows)
    return shop


def read(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("platform", "header"), [("google", ["Email", "Phone"]), ("meta", ["email", "phone"])]
)
def test_files_of_the_platforms(marts: Shop, platform: str, header: list[str]) -> None:
    done = marts.run("export", "remarketing", "--platform", platform, "--out", "list.csv")
    assert done.code == 0
    path = marts.root / "list.csv"
    assert read(path) == [header, [EMAILS[0], ""], [EMAILS[1], ""], ["", PHONES[platform]]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert done.out == (
        f"wrote 3 hashed identifiers of 3 customers to list.csv (remarketing for {platform}, as of 2024-06-01)\n"
        "left out of 9: 4 without ads_matching consent, 1 who ask to be erased, 1 without e-mail or phone\n"
    )


def test_a_plain_file_replaces_what_was_there(marts: Shop) -> None:
    marts.write("list.csv", "old")
    assert marts.run("export", "remarketing", "--platform", "csv", "--out", "list.csv").code == 0
    assert read(marts.root / "list.csv")[:2] == [
        ["audience", "identifier_type", "identifier_sha256"],
        ["remarketing", "email", EMAILS[0]],
    ]
    assert [path.name for path in marts.root.glob(".*building")] == []


def test_nobody_may_be_exported(marts: Shop) -> None:
    done = marts.run("export", "retargeting", "--platform", "meta", "--out", "list.csv")
    assert done.code == 0
    assert read(marts.root / "list.csv") == [["email", "phone"]]
    assert "wrote 0 hashed identifiers of 0 customers" in done.out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("remarkting", "--platform", "google", "--out", "x.csv"), "'remarketing'? There are: remarketing, retarg"),
        (("remarketing", "--platform", "tiktok", "--out", "x.csv"), "there are: google, meta, csv"),
        (("remarketing", "--platform", "google", "--out", "-"), "name a file"),
        (("remarketing", "--platform", "google", "--out", "/dev/stdout"), "name a file"),
        (("remarketing", "--platform", "google", "--out", "models"), "name a file"),
        (("remarketing", "--platform", "google", "--out", "no/x.csv"), "make it first"),
        (("remarketing", "--platform", "google"), "--out"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_writes_nothing(marts: Shop, argv: tuple[str, ...], said: str) -> None:
    done = marts.run("export", *argv)
    assert done.code == 2
    assert said in done.err
    assert EMAILS[0] not in done.text
    assert not list(marts.root.glob("*.csv"))


def test_nothing_is_published_yet(shop: Shop) -> None:
    done = shop.run("export", "remarketing", "--platform", "google", "--out", "x.csv")
    assert (done.code, "nothing is published yet" in done.err) == (2, True)
