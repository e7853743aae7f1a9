"""Must this node be built again? Decided from fingerprints only, the same way for plan and run.

Room:  plan. Imports fingerprint, nodes, past.
In:    what the node is made of now, what it was made of last time.  Out: Verdict with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from retention_pipeline.fingerprint import VOLATILE
from retention_pipeline.nodes import Relation
from retention_pipeline.past import NodeState


class Need(StrEnum):
    """What is to be done with a node. MAYBE: build if a parent that is built now changes."""

    BUILD = "build"
    MAYBE = "maybe"
    REUSE = "reuse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A need and the reason, in words for the user."""

    need: Need
    reason: str


def judge_node(
    logic: str,
    relation: Relation,
    parents: Mapping[str, str | None],
    last: NodeState | None,
    existing: Mapping[Relation, str],
    *,
    full_refresh: bool = False,
) -> Verdict:
    """`parents`: data version by unique id, None while a parent may still change in this run."""
    if full_refresh:
        return Verdict(Need.BUILD, "--full-refresh")
    if last is None:
        return Verdict(Need.BUILD, "not built yet" if relation not in existing else "not known")
    if relation not in existing:
        return Verdict(Need.BUILD, "its relation is gone")
    if logic == VOLATILE:
        return Verdict(Need.BUILD, "reads files, chance or time by itself")
    if logic != last.logic:
        return Verdict(Need.BUILD, "its SQL or config changed")
    if parents.keys() != last.parents.keys():
        return Verdict(Need.BUILD, "it reads other tables than before")
    changed = sorted(u for u, v in parents.items() if v is not None and v != last.parents[u])
    if changed:
        return Verdict(Need.BUILD, f"{_names(changed)} changed")
    open_ones = sorted(uid for uid, version in parents.items() if version is None)
    if open_ones:
        return Verdict(Need.MAYBE, f"if {_names(open_ones)} changes")
    return Verdict(Need.REUSE, "nothing it reads changed")


def _names(uids: list[str]) -> str:
    names = [uid.split(".", 2)[-1] for uid in uids]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
