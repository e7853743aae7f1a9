"""The postgres output of profiles.yml: what is read, what is refused."""

from __future__ import annotations

import pytest

from tests.conftest import Shop

OUTPUT = "\n    bi: {{type: postgres, dbname: bi, {}}}\n"


def refused(shop: Shop, output: str, name: str = "bi") -> str:
    profiles = shop.root / "profiles.yml"
    profiles.write_text(profiles.read_text().rstrip() + output)
    done = shop.run("publish", "--to", name)
    assert done.code == 2, done.text
    return done.err


def test_no_such_output(built: Shop) -> None:
    text = refused(built, "\n")
    assert "profiles.yml" in text
    assert "the profile 'shop' has no such output" in text
    assert "type: postgres" in text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("password: hunter2", "a password is written in profiles.yml"),
        ("schema: public", "would be replaced as a whole"),
        ("hots: db", "'hots' means nothing in a postgres output"),
    ],
)
def test_what_makes_no_sense(built: Shop, written: str, said: str) -> None:
    text = refused(built, OUTPUT.format(written))
    assert said in text
    assert "profiles.yml:" in text
    assert "hunter2" not in text


def test_another_type(built: Shop) -> None:
    assert "its type is 'duckdb'" in refused(built, "\n", "dev")
