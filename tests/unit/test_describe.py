"""doc() in descriptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention_pipeline.describe import fill_docs
from retention_pipeline.errors import ProjectError
from retention_pipeline.specs import read_specs

TEXT = """
models:
  - name: orders
    description: "{{ doc('order') }} Valid ones only."
    columns:
      - {name: id, description: "{{ doc('key') }}"}
"""


def test_a_docs_block_takes_the_place_of_its_call() -> None:
    specs = read_specs(TEXT, Path("models/m.yml"))
    fill_docs(specs, {"order": "One order.", "key": "Its key."})
    assert specs.models[0].description == "One order. Valid ones only."
    assert specs.models[0].columns[0].description == "Its key."


def test_an_unknown_block_is_told_with_its_place() -> None:
    specs = read_specs(TEXT, Path("models/m.yml"))
    with pytest.raises(ProjectError, match="doc") as caught:
        fill_docs(specs, {"order": "One order.", "keys": "Its key."})
    assert caught.value.fix == "did you mean 'keys'?"
    assert str(caught.value.at) == "models/m.yml:6"
