"""Must this node be built again? Decided from fingerprints only, the same way for plan and run.

Room:  plan. Imports fingerprint, nodes, past.
In:    what the node is made of now, what it was made of last time.  Out: Verdict with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from retention_pipeline.fingerprint import VOLATILE
from retention_pipeline.nodes import Relation
from retention_pipeline.past import NodeState

_OWN = {
    "source": "its files or its contract changed",
    "seed": "its file or its types changed",
}


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
    spared: Callable[[list[str]], str] | None = None,
) -> Verdict:
    """`parents`: data version by unique id, None while a parent may still change in this run.

    `spared(changed parents)`: why the node stays all the same, '' when it does not.
    """
    if full_refresh:
        return Verdict(Need.BUILD, "--full-refresh")
    if last is None:
        return Verdict(Need.BUILD, "not built yet" if relation not in existing else "not known")
    own = _own_reason(logic, relation, last, existing)
    if own:
        return Verdict(Need.BUILD, own)
    if parents.keys() != last.parents.keys():
        return Verdict(Need.BUILD, "it reads other tables than before")
    changed = sorted(u for u, v in parents.items() if v is not None and v != last.parents[u])
    open_ones = sorted(uid for uid, version in parents.items() if version is None)
    reason = spared(changed) if spared is not None and changed and not open_ones else ""
    if reason:
        return Verdict(Need.REUSE, reason)
    if changed:
        return Verdict(Need.BUILD, f"{_names(changed)} changed")
    if open_ones:
        return Verdict(Need.MAYBE, f"if what it reads of {_names(open_ones)} changes")
    return Verdict(Need.REUSE, "nothing it reads changed")


def _own_reason(
    logic: str, relation: Relation, last: NodeState, existing: Mapping[Relation, str]
) -> str:
    """Why a node must be built whatever its parents are; '' when nothing of its own says so."""
    if relation != last.relation:
        return f"it was {last.relation} before"
    if relation not in existing:
        return "its relation is gone"
    if logic == VOLATILE:
        return "reads files, chance or time by itself"
    if logic != last.logic:
        return _OWN.get(last.kind, "its SQL or config changed")
    return ""


def _names(uids: list[str]) -> str:
    names = [uid.split(".", 2)[-1] for uid in uids]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
