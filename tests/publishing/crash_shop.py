"""A project whose marts say which generation they are of, so that a mixture shows.

Every table t0..t4 carries its generation `g` in each row, and so does the mart m0..m4 over it. The
mart `expected` says for each table the generation, the rows, the version of the SQL and which of
the two marts extra_a and extra_b there should be. A generation may be bad: one row is not ok, and a
test of error severity says so.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.conftest import CHECKOUT
from tests.project_files import MACROS

TABLES = 5

PROJECT = """\
name: crash
version: "1.0"
config-version: 2
profile: crash
model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
test-paths: [tests/data]
models:
  crash:
    staging: {+materialized: view, +schema: staging}
    intermediate: {+materialized: table, +schema: intermediate}
    marts: {+materialized: table, +schema: marts}
seeds:
  crash: {+schema: raw}
vars:
  as_of: null
  sample_as_of: "2024-06-01"
  reporting_timezone: UTC
  inputs_path: null
  input_locations: {}
  adapters: {}
  on_bad_rows: error
  keep_versions: 3
  publish: {parquet: {path: warehouse/parquet, keep_versions: 6}}
"""

PROFILES = """\
crash:
  target: dev
  outputs:
    dev: {type: duckdb, path: warehouse/build.duckdb, threads: 2}
"""

SOURCE = """\
      - name: t{k}
        identifier: raw_t{k}
        description: Table {k}.
        config: {{meta: {{key: [id], required: true}}}}
        columns:
          - {{name: id, data_type: bigint, description: Id., config: {{meta: {{required: true}}}}}}
          - {{name: g, data_type: bigint, description: Generation., config: {{meta: {{required: true}}}}}}
          - {{name: ok, data_type: boolean, description: Good., config: {{meta: {{required: true}}}}}}
"""

MODEL = """\
models:
  - name: {name}
    description: {text}
    columns:
{columns}
    data_tests:
{tests}
"""


@dataclass(frozen=True)
class Content:
    """What the marts should say. `bad`: the table with a bad row, if any."""

    tables: tuple[int, ...] = (1,) * TABLES
    code: int = 1
    extra: str = "a"
    bad: int | None = None

    def rows(self, k: int) -> int:
        return 40 + self.tables[k] % 7 * 300

    def edited(self, rng: random.Random) -> Content:
        """Another generation: some tables, now and then the SQL, a renamed mart, a bad row."""
        g = max(self.tables) + 1
        chosen = {k for k in range(TABLES) if rng.random() < 0.4} or {rng.randrange(TABLES)}
        return replace(
            self,
            tables=tuple(g if k in chosen else old for k, old in enumerate(self.tables)),
            code=self.code + (rng.random() < 0.3),
            extra=rng.choice("ab") if rng.random() < 0.3 else self.extra,
            bad=rng.choice(sorted(chosen)) if rng.random() < 0.15 else None,
        )

    def next(self) -> Content:
        """Everything of another generation."""
        return Content(
            tuple(g + 1 for g in self.tables), self.code + 1, "b" if self.extra == "a" else "a"
        )


@dataclass
class CrashShop:
    """The project on disk."""

    root: Path
    content: Content = field(default_factory=Content)

    def __post_init__(self) -> None:
        shutil.copytree(CHECKOUT / "macros/tests", self.root / "macros/tests")
        self._write("macros/macros.sql", MACROS)
        self._write("dbt_project.yml", PROJECT)
        self._write("profiles.yml", PROFILES)
        sources = "".join(SOURCE.format(k=k) for k in range(TABLES))
        head = (
            "sources:\n  - name: raw\n    schema: raw\n    config: {meta: {input_contract: true}}\n"
        )
        self._write("models/raw/sources.yml", f"{head}    tables:\n{sources}")
        for k in range(TABLES):
            self._write(f"models/staging/stg_t{k}.sql", self._staging(k))
            self._write(f"models/staging/stg_t{k}.yml", _yaml(f"stg_t{k}", ("id", "g", "ok")))
            columns = ("id", "g", "ok", "share", "code") if k == 0 else ("id", "g", "ok", "share")
            self._write(f"models/marts/m{k}.yml", _yaml(f"m{k}", columns))
        names = ("k", "g", "n")
        self._write("models/intermediate/int_all.sql", self._all())
        self._write("models/intermediate/int_all.yml", _yaml("int_all", names, key="k"))
        self._write(
            "models/marts/expected.yml", _yaml("expected", (*names, "code", "extra"), key="k")
        )
        self._write(
            "tests/data/assert_all_of_one_code.sql",
            "select m.code from {{ ref('m0') }} as m\n"
            "cross join (select max(code) as code from {{ ref('expected') }}) as e\n"
            "where m.code <> e.code\n",
        )
        self.put(self.content)

    def put(self, content: Content) -> None:
        """Edit the project so that a build gives `content`; only files that differ are written."""
        self.content = content
        for k, g in enumerate(content.tables):
            lines = [f"{i},{g},{content.bad != k or i != 7}" for i in range(content.rows(k))]
            self._write(f"seeds/raw_t{k}.csv", "id,g,ok\n" + "\n".join(lines) + "\n")
            more = f", {content.code} as code" if k == 0 else ""
            self._write(
                f"models/marts/m{k}.sql",
                f"-- One row is one id.\nselect id, g, ok, cast(id as double) / 7 as share{more}\n"
                f"from {{{{ ref('stg_t{k}') }}}}\n",
            )
        self._write(
            "models/marts/expected.sql",
            f"-- One row is one table.\nselect k, g, n, {content.code} as code, '{content.extra}' as extra\n"
            "from {{ ref('int_all') }}\n",
        )
        for letter in "ab":
            path = self.root / f"models/marts/extra_{letter}.sql"
            if letter == content.extra:
                self._write(path, "-- One row.\nselect count(*) as n from {{ ref('m1') }}\n")
                self._write(path.with_suffix(".yml"), _yaml(path.stem, ("n",), key="n"))
            else:
                path.unlink(missing_ok=True)
                path.with_suffix(".yml").unlink(missing_ok=True)

    def copy(self, root: Path) -> Path:
        """The project without anything that was built."""
        ignore = shutil.ignore_patterns("warehouse", "target", ".pipeline")
        shutil.copytree(self.root, root, ignore=ignore)
        return root

    @staticmethod
    def _staging(k: int) -> str:
        return f"-- One row is one id.\nselect id, g, ok from {{{{ source('raw', 't{k}') }}}}\n"

    @staticmethod
    def _all() -> str:
        counts = (
            f"select {k} as k, max(g) as g, count(*) as n from {{{{ ref('stg_t{k}') }}}}"
            for k in range(TABLES)
        )
        return "-- One row is one table.\n" + "\nunion all\n".join(counts) + "\n"

    def _write(self, path: str | Path, text: str) -> None:
        target = self.root / path
        if not target.exists() or target.read_text() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


def _yaml(name: str, columns: tuple[str, ...], key: str = "id") -> str:
    tests = [f"      - primary_key: {{arguments: {{columns: [{key}]}}}}"]
    if name.startswith("m"):
        tests.append('      - expression_is_true: {arguments: {expression: "ok"}}')
    lines = [f"      - {{name: {column}, description: The {column}.}}" for column in columns]
    text = f"One row is one {key}."
    return MODEL.format(name=name, text=text, columns="\n".join(lines), tests="\n".join(tests))
