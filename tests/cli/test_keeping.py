"""A project that did not change is not read again, and whatever changes is seen."""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retention_pipeline import api, keeping
from retention_pipeline.compiled import Compiled
from retention_pipeline.compiler import compile_project
from retention_pipeline.options import Options
from tests.conftest import CHECKOUT, Shop
from tests.engine.projects import copied

Opts = Callable[..., Options]
ENVIRON = {"DBT_ENV_SECRET_RETENTION_SALT": "a salt that is written nowhere"}


@pytest.fixture(autouse=True)
def old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as old enough to be vouched for."""
    monkeypatch.setattr(keeping, "SETTLED_NS", -(10**15))


@pytest.fixture
def options(shop: Shop) -> Opts:
    def make(**more: Any) -> Options:
        return replace(Options(project_dir=shop.root, environ=ENVIRON), **more)

    return make


def is_kept(options: Options) -> bool:
    keeper = keeping.Keeper.of(options)
    return keeper is not None and keeper.read() is not None


def values(compiled: Compiled) -> dict[str, Any]:
    return {f.name: getattr(compiled, f.name) for f in fields(compiled) if f.name != "made_by"}


def test_what_is_kept_is_what_compiling_gives(shop: Shop, options: Opts) -> None:
    shop.model("added", "{{ config(materialized='incremental') }} select 1 as x")
    shop.model("made", "")
    (shop.root / "models/free/made.sql").unlink()
    shop.write("models/free/made.py", "def model(dbt, session):\n    return dbt.ref('added')\n")
    made = api.compile_(options(threads=3))
    kept = api.compile_(options(threads=3))
    assert made.made_by is not None
    assert kept.made_by is None
    assert values(kept) == values(made)
    assert kept.cards == made.cards
    text = "{{ ref('stg_orders') }} {{ as_of() }} {{ graph.nodes | length }}"
    assert api.compile_inline(kept, text) == api.compile_inline(made, text)


PROJECTS = [
    path.name
    for path in sorted((CHECKOUT / "tests/dbt_projects").iterdir())
    if path.is_dir() and ((path / "dbt_packages").is_dir() or not (path / "packages.yml").exists())
]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_kind_of_node_can_be_kept(name: str, tmp_path: Path) -> None:
    project = Options(project_dir=copied(name, tmp_path).root, environ=ENVIRON)
    made, kept = api.compile_(project), api.compile_(project)
    assert kept.made_by is None
    assert values(kept) == values(made)


def test_the_first_build_keeps_it_though_it_draws_a_salt(shop: Shop, options: Opts) -> None:
    later: list[Callable[[], None]] = []
    api.compile_(options(), later=later)
    assert not is_kept(options())
    api.do_all(later)
    shop.write(".pipeline/salt", "drawn by the build that goes on now")
    assert is_kept(options())


def test_what_could_not_be_built_is_kept_too(shop: Shop, options: Opts) -> None:
    shop.model("bad", "select no_such from {{ ref('stg_orders') }}")
    assert shop.run("build").code == 2
    assert is_kept(replace(options(), environ=dict(os.environ)))


def test_commands_do_not_read_it_again(
    built: Shop, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (
        *(("show", "stg_orders"), ("plan",), ("test", "-q"), ("ls",), ("compile",)),
        *(("lineage", "customer_orders"), ("check",), ("build", "-q"), ("run", "-q")),
    )
    assert built.run("compile").code == 0
    first = [built.run(*argv).code for argv in words]
    monkeypatch.setattr(api, "load", None)
    monkeypatch.setattr(api, "compile_project", None)
    assert [built.run(*argv).code for argv in words] == first == [0] * len(words)


EDITS: dict[str, Callable[[Shop], object]] = {
    "a model": lambda s: s.edit("models/staging/stg_orders.sql", "as country", "as  country"),
    "a description": lambda s: s.edit("models/staging/stg_orders.yml", "Where.", "Whence."),
    "a macro": lambda s: s.write("macros/more.sql", "{% macro more() %}1{% endmacro %}"),
    "a generic test": lambda s: s.edit("macros/tests/primary_key.sql", "select", "select "),
    "a test": lambda s: s.write("tests/data/assert_one.sql", "select 1 where false"),
    "a fixture": lambda s: s.write("tests/fixtures/some.csv", "a\n1\n"),
    "a seed": lambda s: s.write("seeds/more.csv", "a\n1\n"),
    "a var": lambda s: s.edit("dbt_project.yml", "revenue_basis: net", "revenue_basis: gross"),
    "a schema": lambda s: s.edit("profiles.yml", "threads: 2", "threads: 2, schema: other"),
    "a new model": lambda s: s.model("new", "select 1 as x"),
    "a removed model": lambda s: (s.root / "models/free/kept.sql").unlink(),
    "a renamed model": lambda s: (s.root / "models/free/kept.sql").rename(
        s.root / "models/free/moved.sql"
    ),
    "a docs block": lambda s: s.write("models/words.md", "{% docs a %}b{% enddocs %}"),
    "a documents folder": lambda s: s.write("words/more.md", "{% docs c %}d{% enddocs %}"),
    "a list of packages": lambda s: s.write("packages.yml", "packages: []\n"),
    "a package": lambda s: s.write("dbt_packages/p/dbt_project.yml", "name: p\nversion: '1'\n"),
    "nothing seen but the content": lambda s: _same_size_and_time(s),
}


def _same_size_and_time(shop: Shop) -> None:
    path = shop.root / "models/staging/stg_orders.sql"
    was = path.stat()
    text = path.read_bytes()
    path.write_bytes(text.replace(b"as amount", b"as Amount"))
    assert path.read_bytes() != text
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_an_edit_is_seen(shop: Shop, options: Opts, edit: Callable[[Shop], object]) -> None:
    shop.model("kept", "select 1 as x")
    (shop.root / "models/free/kept.yml").unlink()
    shop.edit("dbt_project.yml", "+contract: {enforced: true}", "+contract: {enforced: false}")
    shop.write("words/some.md", "{% docs a_word %}b{% enddocs %}")
    shop.edit("dbt_project.yml", "model-paths", "docs-paths: [words]\nmodel-paths")
    api.compile_(options())
    assert is_kept(options())
    edit(shop)
    assert not is_kept(options())


def test_another_question_has_another_answer(
    shop: Shop, options: Opts, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.edit("profiles.yml", "    dev:", "    more: {type: duckdb, path: b.duckdb}\n    dev:")
    shop.model("asks", "select '{{ env_var('COUNTRY', 'DE') }}' as x")
    api.compile_(options())
    assert is_kept(options())
    assert is_kept(options(threads=7))
    assert not is_kept(options(vars={"revenue_basis": "gross"}))
    assert not is_kept(options(vars={"revenue_basis": True}))
    assert not is_kept(options(target="more"))
    assert not is_kept(options(environ={**ENVIRON, "COUNTRY": "FR"}))
    assert not is_kept(options(environ={}))  # other hashes, perhaps
    monkeypatch.setattr(keeping, "__version__", "99.0")
    assert not is_kept(options())


def test_another_current_folder_has_other_places_in_messages(
    shop: Shop, options: Opts, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.compile_(options())
    assert is_kept(options())
    monkeypatch.chdir(shop.root.parent)
    assert not is_kept(options())


def test_what_the_day_decides_holds_for_the_day(shop: Shop, options: Opts) -> None:
    """On inputs of one's own as_of is the start of today, unless it is given."""
    given = {"inputs_path": "inputs"}
    first = options(vars=given, today=lambda zone: date(2024, 6, 1))
    assert "2024-06-01" in api.compile_(first).model_named("stg_orders").sql
    assert is_kept(first)
    assert not is_kept(options(vars=given, today=lambda zone: date(2024, 6, 2)))
    given["as_of"] = "2024-05-05"
    api.compile_(options(vars=given, today=lambda zone: date(2024, 6, 1)))
    assert is_kept(options(vars=given, today=lambda zone: date(2024, 6, 2)))


def test_a_file_written_again_with_the_same_words_is_the_same(shop: Shop, options: Opts) -> None:
    api.compile_(options())
    path = shop.root / "models/staging/stg_orders.sql"
    path.write_text(path.read_text())
    assert is_kept(options())


@pytest.mark.parametrize(
    "sql",
    [
        "select {{ [1, 2] | random }} as x",
        "select '{{ lipsum() }}' as x",
        "select {{ env_var('A' ~ 'B', 1) }} as x",
        "{{ config(pre_hook='select {{ [1, 2] | random }}') }} select 1 as x",
        "{% set ask = env_var %} select {{ ask('AB', 1) }} as x",
    ],
)
def test_what_may_come_out_otherwise_is_not_kept(shop: Shop, options: Opts, sql: str) -> None:
    shop.model("by_chance", sql)
    api.compile_(options())
    assert not is_kept(options())


def test_a_file_that_may_still_be_changing_is_not_vouched_for(
    options: Opts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    api.compile_(options())
    assert not is_kept(options())


def test_an_edit_while_it_is_compiled_is_seen(
    shop: Shop, options: Opts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read, then changed, then noted: what was noted is not what was read."""
    monkeypatch.setattr(keeping, "SETTLED_NS", 0)

    def slowly(project: Any, **more: Any) -> Compiled:
        shop.edit("models/staging/stg_orders.sql", "as country", "as  country")
        return compile_project(project, **more)

    monkeypatch.setattr(api, "compile_project", slowly)
    api.compile_(options())
    assert not is_kept(options())


def test_no_secret_is_kept_and_only_the_owner_reads_it(shop: Shop, options: Opts) -> None:
    shop.edit(
        "profiles.yml", "threads: 2", "threads: 2, settings: {custom_user_agent: very_secret}"
    )
    api.compile_(options(environ=ENVIRON | {"OTHER": "another secret"}))
    keeper = keeping.Keeper.of(options())
    assert keeper is not None
    content = keeper.path.read_bytes()
    for secret in (*ENVIRON.values(), "another secret", "very_secret"):
        assert secret.encode() not in content
    assert stat.S_IMODE(keeper.path.stat().st_mode) == 0o600
    assert api.compile_(options()).project.target.settings == {"custom_user_agent": "very_secret"}


class _Evil:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("touch broken_in",)


def test_a_file_of_others_runs_nothing(shop: Shop, options: Opts) -> None:
    api.compile_(options())
    keeper = keeping.Keeper.of(options())
    assert keeper is not None
    head, _, content = keeper.path.read_bytes().partition(b"\n")
    for bad in (pickle.dumps(_Evil()), content[:-50], b"", content[50:], pickle.dumps((1, 2, 3))):
        keeper.path.write_bytes(head + b"\n" + bad)
        assert not is_kept(options())
    keeper.path.write_bytes(b"{}\n" + content)
    assert not is_kept(options())
    assert not Path("broken_in").exists()
    assert api.compile_(options()).models  # and is written anew
    assert is_kept(options())


def test_what_a_killed_command_left_goes(shop: Shop, options: Opts) -> None:
    left = shop.write(".pipeline/.compiled-0123.99", "half")
    api.compile_(options())
    assert not left.exists()


def test_the_newest_are_kept_until_the_project_is_cleaned(shop: Shop, options: Opts) -> None:
    for basis in ("net", "gross", "a", "b", "c", "d"):
        api.compile_(options(vars={"revenue_basis": basis}))
    assert len(list((shop.root / ".pipeline").glob("compiled-*"))) == keeping.KEPT
    assert is_kept(options(vars={"revenue_basis": "d"}))
    assert shop.run("clean").code == 0
    assert not list((shop.root / ".pipeline").glob("compiled-*"))
