"""What cannot run on Spark is told before anything runs, at the user's file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.api import Options, compile_
from retention_pipeline.binder import bind
from retention_pipeline.engines.spark.cache import Translations
from retention_pipeline.engines.spark.portable import tables_of, translate_all
from retention_pipeline.errors import ErrorGroup, UnportableError
from tests.conftest import write_project

YML = """models:
  - name: odd
    description: Not portable.
    columns:
      - {name: a, data_type: integer, description: One.}
      - {name: b, data_type: integer, description: Half of seven.}
"""


def test_every_fault_has_its_line_and_its_fix(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    write_project(root)
    (root / "models" / "odd.yml").write_text(YML, encoding="utf-8")
    odd = "-- odd\nselect\n    1 as a,\n    {{ '7' }} // 2 as b\n"
    (root / "models" / "odd.sql").write_text(odd, encoding="utf-8")
    compiled = compile_(Options(project_dir=root, environ={}))
    types = bind(compiled)
    with pytest.raises((UnportableError, ErrorGroup)) as found:
        translate_all(compiled, types, Translations(tables_of(compiled, types)))
    assert str(found.value).splitlines()[:2] == [
        f"{root}/models/odd.sql:4: RP211 not portable to Spark: intdiv has no translation to Spark",
        "  fix: floor(a / nullif(b, 0))",
    ]
