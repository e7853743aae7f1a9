"""Finding inputs, as a build that changes nothing does, must not pay for DuckDB."""

from __future__ import annotations

import subprocess
import sys

from retention_pipeline import inputs


def test_locating_inputs_does_not_import_duckdb() -> None:
    code = (
        "import sys; from retention_pipeline.inputs import locate; "
        "sys.exit('duckdb' in sys.modules or 'pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_there() -> None:
    for name in inputs.__all__:
        assert getattr(inputs, name) is not None
    assert not hasattr(inputs, "lode")
