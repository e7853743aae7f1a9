"""What the .yml files say about personal data.

Room:  compile. Imports compiled, nodes.
In:    Compiled.  Out: the described columns; a digest that changes with anything the check looks at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from retention_pipeline import __version__
from retention_pipeline.compiled import Compiled
from retention_pipeline.nodes import Column

REVIEWED = "pii_reviewed"


def described(compiled: Compiled) -> Iterator[tuple[str, tuple[Column, ...]]]:
    """Unique id and columns of every source, model and seed; a seed behind a source is the source."""
    for uid, source in compiled.sources.items():
        yield uid, source.columns
    for uid, seed in compiled.seeds.items():
        if uid not in compiled.seed_behind.values():
            yield uid, seed.columns
    for uid, model in compiled.models.items():
        yield uid, model.model.columns


def has_direct(compiled: Compiled) -> bool:
    """True when anything is tagged as direct personal data."""
    return any(c.meta.get("pii") == "direct" for _, columns in described(compiled) for c in columns)


def described_names(compiled: Compiled) -> dict[str, tuple[str, ...]] | None:
    """Node -> names of its described columns; None when a model below personal data describes none."""
    found = {uid: tuple(c.name for c in columns) for uid, columns in described(compiled) if columns}
    for uid in compiled.seed_behind:
        found.setdefault(compiled.seed_behind[uid], found.get(uid, ()))
    tagged = [
        uid for uid, columns in described(compiled) if any(c.meta.get("pii") for c in columns)
    ]
    below = {child for uid in tagged for child in compiled.graph.descendants(uid)}
    return None if below & compiled.models.keys() - found.keys() else found


def meta_of(config: Mapping[str, object]) -> Mapping[str, object]:
    """`config.meta`."""
    meta = config.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def pii_digest(compiled: Compiled) -> str:
    """Changes whenever the check could find something else."""
    said = sorted(
        (uid, column.name, str(column.meta.get("pii")), str(column.meta.get(REVIEWED)))
        for uid, columns in described(compiled)
        for column in columns
    )
    read = sorted(
        (uid, model.relation.schema, str(meta_of(model.config).get(REVIEWED)), model.sql)
        for uid, model in compiled.models.items()
    )
    return hashlib.sha256(repr((__version__, said, read)).encode()).hexdigest()
