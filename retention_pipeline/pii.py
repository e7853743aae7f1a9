"""No mart may show who somebody is: where personal data goes, column by column, until it is hashed.

Room:  compile. Imports compiled, errors, lineage, pii_tags.
In:    Lineage.  Out: PiiError for every column outside staging that direct personal data reaches.

A column is direct when its .yml says `pii: direct` (config.meta). What only counts or tests it, and
what passes sha256, is not: hashing is asked for by name, so that another function needs a word of
somebody who looked (`pii_reviewed: why` in the column's meta). A model that cannot be read with
certainty lets everything through; `pii_reviewed` in its own meta says that somebody read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from retention_pipeline.compiled import Compiled
from retention_pipeline.errors import ErrorGroup, Location, PiiError, PipelineError
from retention_pipeline.lineage import Lineage, Place, Step
from retention_pipeline.pii_tags import REVIEWED, described, meta_of

STAGING = "staging"
# Through these a value says no more who somebody is.
_SAFE = frozenset({"sha256", "count", "is"})


def check_pii(compiled: Compiled, columns: Mapping[str, Iterable[str]]) -> None:
    """Raise PiiError, or ErrorGroup of several; `columns` are those that the binder found."""
    roots = declared(compiled, "direct")
    if not roots:
        return
    errors = list(_errors(Lineage(compiled, columns), roots))
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)


def declared(compiled: Compiled, kind: str) -> dict[Place, Location | None]:
    """Columns whose .yml says that they are personal data of this kind, and where it says so."""
    found: dict[Place, Location | None] = {}
    for uid, columns in described(compiled):
        for column in columns:
            if column.meta.get("pii") == kind:
                found[Place(uid, column.name)] = column.at
    return found


def spread(
    lineage: Lineage, roots: Iterable[Place], safe: frozenset[str] = _SAFE
) -> dict[Place, Step]:
    """Every column that a root's value reaches unhashed, with the last step of one way to it."""
    reached: dict[Place, Step] = {}
    edge = list(roots)
    known = set(edge)
    while edge:
        for step in lineage.steps_from(edge.pop()):
            if step.into in known or not _carries(step, safe) or _is_reviewed(lineage, step.into):
                continue
            known.add(step.into)
            reached[step.into] = step
            edge.append(step.into)
    return reached


def _carries(step: Step, safe: frozenset[str]) -> bool:
    return not step.is_certain or (step.way.carries and not step.way.through & safe)


def _is_reviewed(lineage: Lineage, place: Place) -> bool:
    """True when somebody wrote why this is harmless."""
    model = lineage.compiled.models[place.node]
    if lineage.flow(place.node) is None:
        return bool(meta_of(model.config).get(REVIEWED))
    return any(c.name == place.column and c.meta.get(REVIEWED) for c in model.model.columns)


def _errors(lineage: Lineage, roots: Mapping[Place, Location | None]) -> Iterator[PipelineError]:
    compiled = lineage.compiled
    outside = {uid for uid, m in compiled.models.items() if m.relation.schema != STAGING}
    for place, at in sorted(roots.items()):
        if place.node in outside:
            yield PiiError(
                f"{_short(place)} is outside staging and says that it is personal data",
                at=at,
                fix="hash it in staging, or leave it out",
            )
    inside = {place: at for place, at in roots.items() if place.node not in outside}
    reached = spread(lineage, inside)
    told: set[str] = set()
    for place, step in sorted(reached.items()):
        if place.node not in outside or (step.of in reached and step.of.node in outside):
            continue  # told where it left staging
        reason = lineage.why_opaque(place.node)
        if reason and place.node in told:
            continue
        told.add(place.node)
        yield _error(compiled, place, _way(place, reached), reason)


def _way(place: Place, reached: Mapping[Place, Step]) -> list[Place]:
    """From the source down to the column."""
    found = [place]
    while found[0] in reached:
        found.insert(0, reached[found[0]].of)
    return found


def _error(compiled: Compiled, place: Place, way: list[Place], opaque: str) -> PiiError:
    model = compiled.models[place.node]
    came = " -> ".join(_short(each) for each in way[:-1])
    if opaque:
        return PiiError(
            f"{model.model.name} reads personal data ({came}), and what it makes of it cannot be told: {opaque}",
            at=model.place(compiled.project, None),
            fix=f"read hashed columns, write it plainly, or say in its config.meta why it is safe: {REVIEWED}: ...",
        )
    column = next((c for c in model.model.columns if c.name == place.column), None)
    return PiiError(
        f"{_short(place)} shows personal data: it comes from {came} without a hash",
        at=(column and column.at) or model.place(compiled.project, None),
        fix="hash it in staging (hash_identifier), leave it out, or say in the column's config.meta"
        f" why it is safe: {REVIEWED}: ...",
    )


def _short(place: Place) -> str:
    name = place.node.split(".", 2)[-1]
    return f"{name}.{place.column}"
