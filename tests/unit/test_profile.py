from pathlib import Path

import pytest

from retention_pipeline.errors import PipelineError, ProjectError
from retention_pipeline.profile import Target, find_profiles, read_target

GOOD = """\
shop:
  target: "{{ env_var('T', 'dev') }}"
  outputs:
    dev:
      {type: duckdb, path: "w/{{ env_var('NAME', 'build') }}.duckdb", threads: 3, schema: s,
       settings: {memory_limit: 1GB}}
    mem: {type: duckdb}
"""


def read(root: Path, text: str = GOOD, target: str | None = None, **environ: str) -> Target:
    (root / "profiles.yml").write_text(text)
    return read_target(root / "profiles.yml", "shop", target, environ, root)


def test_a_target(tmp_path: Path) -> None:
    target = read(tmp_path)
    assert (target.name, target.threads, target.schema) == ("dev", 3, "s")
    assert (target.path, target.database) == (str(tmp_path / "w/build.duckdb"), "build")
    assert target.settings == {"memory_limit": "1GB"}


def test_what_dbt_duckdb_takes_and_changes_nothing(tmp_path: Path) -> None:
    more = "extensions: [icu, parquet], config_options: {a: 1}, settings: {b: 2}, retries: {}, attach: []"
    target = read(tmp_path, f"shop: {{target: d, outputs: {{d: {{type: duckdb, {more}}}}}}}")
    assert target.settings == {"a": 1, "b": 2}


def test_the_environment_and_the_flag_choose(tmp_path: Path) -> None:
    assert read(tmp_path, NAME="other").database == "other"
    assert read(tmp_path, T="mem").name == "mem"
    memory = read(tmp_path, target="mem")
    assert (memory.path, memory.database, memory.threads) == (":memory:", "memory", 1)


@pytest.mark.parametrize("path", ["", "path: null, ", "path: '', "])
def test_no_path_is_memory(tmp_path: Path, path: str) -> None:
    text = f"shop: {{target: d, outputs: {{d: {{{path}type: duckdb}}}}}}"
    assert read(tmp_path, text).path == ":memory:"


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    text = "shop: {target: d, outputs: {d: {type: duckdb, path: /x/y.duckdb}}}"
    assert read(tmp_path, text).path == "/x/y.duckdb"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("other: {}", "no profile 'shop'"),
        ("shop: {target: dve, outputs: {dev: {type: duckdb}}}", "did you mean 'dev'?"),
        ("shop: {target: d, outputs: {d: {type: postgres}}}", "'postgres' is not supported"),
        ("shop: {target: d, outputs: {d: {}}}", "'' is not supported"),
        ("shop: {target: d, outputs: {d: {type: duckdb, threads: 0}}}", "threads: 0"),
        ("shop: {target: d, outputs: {d: {type: duckdb, threads: many}}}", "threads: 'many'"),
        ("shop: {target: d}", "'outputs' must be a mapping"),
        ("shop: 5", "the profile 'shop' must be a mapping"),
        ("- shop", "profiles.yml must be a mapping"),
        ("shop: {target: \"{{ env_var('NOPE') }}\"}", "'outputs' must be a mapping"),
        ("shop: {target: \"{{ env_var('NOPE') }}\", outputs: {d: {type: duckdb}}}", "NOPE is not set"),
        ("shop: [", "not valid YAML"),
        ("shop: {target: d, outputs: {d: {type: duckdb, settings: [1]}}}", "'settings' must be a mapping"),
        ("shop: {target: d, outputs: {d: {type: duckdb, shcema: x}}}", "did you mean 'schema'?"),
        ("shop: {target: d, outputs: {d: {type: duckdb, attach: [{path: x.db}]}}}", "a build has one database"),
        ("shop: {target: d, outputs: {d: {type: duckdb, extensions: [httpfs]}}}", "'httpfs' is no part of DuckDB"),
        ("shop: {target: d, outputs: {d: {type: duckdb, extensions: httpfs}}}", "'extensions' must be a list"),
        ("shop: {target: d, outputs: {d: {type: duckdb, path: a.CSV.gz}}}", "'a.CSV.gz' is the name of a data file"),
        ("shop: {target: d, outputs: {d: {type: duckdb, path: 'md:shop'}}}", "a database of md is not supported"),
    ],
)  # fmt: skip
def test_faults_name_the_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PipelineError) as error:
        read(tmp_path, text)
    assert words in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "profiles.yml"))


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_bytes(b"shop: \xff")
    with pytest.raises(ProjectError, match="not UTF-8"):
        read_target(tmp_path / "profiles.yml", "shop", None, {}, tmp_path)


def test_the_first_folder_wins_and_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(ProjectError, match=r"no profiles\.yml found"):
        find_profiles([tmp_path, tmp_path / "b"])
    (tmp_path / "b/profiles.yml").write_text("")
    assert find_profiles([tmp_path, tmp_path / "b"]) == tmp_path / "b/profiles.yml"
