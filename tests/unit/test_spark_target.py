"""An output of type spark in profiles.yml, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.errors import ProjectError
from retention_pipeline.profile import Target, read_target
from retention_pipeline.spark_target import Server

PROFILE = """\
shop:
  target: spark
  outputs:
    spark:
      type: spark
      remote: "{{ env_var('SPARK', 'sc://localhost:15002') }}"
"""


def _read(folder: Path, more: str = "", **environ: str) -> Target:
    path = folder / "profiles.yml"
    path.write_text(PROFILE + "".join(f"      {line}\n" for line in more.splitlines()))
    return read_target(path, "shop", None, environ, folder)


def test_what_a_target_of_spark_says(tmp_path: Path) -> None:
    target = _read(tmp_path)
    # templates write DuckDB's SQL, which is translated: that is their type
    assert (target.name, target.type, target.threads) == ("spark", "duckdb", 4)
    assert target.path == str(tmp_path / "warehouse/spark.duckdb")
    assert target.server == Server("sc://localhost:15002")
    more = "schema_prefix: shop_\ntable_format: delta\nlocation: s3://lake/shop/\nthreads: 8\n"
    more += "path: state/here.duckdb\nsettings: {spark.sql.shuffle.partitions: 64, spark.x: true}"
    target = _read(tmp_path, more, SPARK="sc://other:443/;use_ssl=true")
    assert target.path == str(tmp_path / "state/here.duckdb")
    assert target.server == Server(
        "sc://other:443/;use_ssl=true",
        format="delta",
        prefix="shop_",
        location="s3://lake/shop",
        settings={"spark.sql.shuffle.partitions": "64", "spark.x": "true"},
    )


@pytest.mark.parametrize(
    ("more", "spark", "said", "line"),
    [
        ("", "https://host", "remote is 'https://host'", 6),
        ("", "sc://host/;token=abc", "a token does not belong", 6),
        ("table_format: csv", "sc://h", "table_format 'csv' is unknown", 7),
        ("schema_prefix: a.b", "sc://h", "cannot begin a name", 7),
        ("host: h", "sc://h", "unknown key 'host'", 7),
        ("threads: 0", "sc://h", "threads: 0", 7),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(
    tmp_path: Path, more: str, spark: str, said: str, line: int
) -> None:
    with pytest.raises(ProjectError, match=said) as caught:
        _read(tmp_path, more, SPARK=spark)
    assert str(caught.value.at) == f"{tmp_path / 'profiles.yml'}:{line}"
    assert "abc" not in str(caught.value)
