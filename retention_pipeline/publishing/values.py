"""What is published and how it ended.

Room:  act. Imports errors, nodes.
In:    facts that the caller knows.  Out: frozen values; stable hashes of what they say.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from retention_pipeline.errors import EngineError
from retention_pipeline.nodes import Relation

META_TABLES = ("build_info", "test_results", "published_tables")
_BUILD_ID = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Mart:
    """One table to publish. `data_version` changes exactly when its content does."""

    name: str
    relation: Relation
    data_version: str
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # name -> description

    @property
    def description_version(self) -> str:
        """Changes when a description does."""
        texts = sorted((name, text.strip()) for name, text in self.columns.items() if text.strip())
        return digest([self.description.strip(), texts])


@dataclass(frozen=True, slots=True)
class TestRow:
    """The result of one test, as the published file tells it."""

    __test__ = False  # not a test class for pytest

    name: str
    kind: str
    status: str
    failures: int | None = None
    message: str = ""
    model: str | None = None


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Which build this is. `tests` are all tests of the project with their last results."""

    build_id: str
    as_of: str
    built_at: datetime | None = None
    git_revision: str | None = None
    project: str = ""
    duckdb_version: str = ""
    package_version: str = ""
    tests: Sequence[TestRow] = ()

    @property
    def tests_version(self) -> str:
        """Changes when a test comes, goes or ends differently."""
        rows = sorted(
            [t.name, t.kind, t.status, t.failures or 0, t.model or ""] for t in self.tests
        )
        return digest(rows)

    @property
    def test_summary(self) -> dict[str, int]:
        """Status -> how many tests."""
        counts: dict[str, int] = {}
        for test in self.tests:
            counts[test.status] = counts.get(test.status, 0) + 1
        return dict(sorted(counts.items()))


class How(StrEnum):
    """What publish() did."""

    FRESH = "fresh"  # every mart written to a new file
    INCREMENTAL = "incremental"  # the last file copied, what differs replaced
    CURRENT = "current"  # nothing differs: nothing done
    REFUSED = "refused"  # exactly what was rolled back


@dataclass(frozen=True, slots=True)
class Publication:
    """How a call of publish() ended. `reason` says why nothing was published."""

    path: str
    how: How
    tables: int
    written: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    size: int = 0
    reason: str = ""

    @property
    def is_published(self) -> bool:
        """True when a new file is in place."""
        return self.how in (How.FRESH, How.INCREMENTAL)


def digest(value: object) -> str:
    """A short stable hash of plain values.

    >>> digest([1, "a"]) == digest([1, "a"]) != digest([1, "b"])
    True
    """
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def content_fingerprint(versions: Mapping[str, str]) -> str:
    """One hash of mart -> data version."""
    return digest(sorted(versions.items()))


def check_marts(marts: Sequence[Mart], info: BuildInfo) -> None:
    """Raise EngineError for what cannot be published: no mart, a name twice, a name of ours."""
    names = [mart.name.lower() for mart in marts]
    if not names:
        raise EngineError("not published: there is no mart, no table in the schema marts")
    for name in names:
        if name in META_TABLES:
            raise EngineError(
                f"not published: the mart '{name}' has the name of a table that publishing adds",
                fix=f"rename the model; {', '.join(META_TABLES)} are taken",
            )
        if names.count(name) > 1:
            raise EngineError(f"not published: two marts are called '{name}'")
    if not _BUILD_ID.match(info.build_id):
        raise EngineError(f"not published: '{info.build_id}' is no build id")
