"""`{{ doc('name') }}` in descriptions -> the text of that `{% docs %}` block.

Room:  read. Imports errors, spec_nodes.
In:    Specs and the blocks of the Markdown files.  Out: Specs with plain descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from retention_pipeline.errors import Location, ProjectError, did_you_mean
from retention_pipeline.spec_nodes import NodeSpec, Specs

_DOC = re.compile(r"\{\{-?\s*doc\(\s*['\"](\w+)['\"]\s*\)\s*-?\}\}")


def fill_docs(specs: Specs, docs: Mapping[str, str]) -> None:
    """Replace every doc() call. Raises ProjectError for a block that no file has."""
    specs.models = [_node(spec, docs) for spec in specs.models]
    specs.seeds = [_node(spec, docs) for spec in specs.seeds]
    specs.tables = [replace(table, node=_node(table.node, docs)) for table in specs.tables]


def _node(spec: NodeSpec, docs: Mapping[str, str]) -> NodeSpec:
    columns = tuple(
        replace(c, description=_text(c.description, docs, c.at or spec.at))
        if "{{" in c.description
        else c
        for c in spec.columns
    )
    if "{{" not in spec.description:
        return replace(spec, columns=columns)
    return replace(spec, columns=columns, description=_text(spec.description, docs, spec.at))


def _text(text: str, docs: Mapping[str, str], at: Location) -> str:
    def block(match: re.Match[str]) -> str:
        if match[1] not in docs:
            raise ProjectError(
                f"doc('{match[1]}') names no docs block", at=at, fix=did_you_mean(match[1], docs)
            )
        return docs[match[1]]

    return _DOC.sub(block, text)
