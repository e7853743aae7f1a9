"""Where an earlier run has its tables: what --defer reads and `pipeline clone` copies.

Room:  act. Imports compiled, engine, errors, manifest, nodes, previous, salt, state.
In:    Compiled, the folder of dbt's artifacts (ours or dbt's own), an Engine.
Out:   relations there, readable under a name of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.errors import SALT_ENV, CommandError, Location
from retention_pipeline.manifest import DATABASE_PATH
from retention_pipeline.nodes import Relation
from retention_pipeline.previous import read_artifact
from retention_pipeline.quoting import literal, relation
from retention_pipeline.salt import VARIABLE, SaltMark

DATABASE = "earlier"
"""The name under which the other database is attached."""


class Elsewhere:
    """The relations of an earlier run, by unique id; `database` is empty when it used ours."""

    def __init__(self, compiled: Compiled, folder: Path | None, engine: Engine) -> None:
        """Raises CommandError when there is no such run, EngineError when it cannot be read."""
        if folder is None:
            raise CommandError("where is the earlier run?", fix="add --state DIR")
        self.compiled, self.folder, self.engine = compiled, folder, engine
        self.document = read_artifact(folder / "manifest.json")
        path = self._path()
        self.database = "" if _is_same(path, engine.path) else DATABASE
        if self.database:
            engine.attach(path, self.database)
        self.kinds = engine.relations(self.database)
        self.relations = {uid: r for uid, r in self._relations() if r in self.kinds}
        if not self.relations:
            raise CommandError(
                "nothing that the earlier run built is there",
                at=Location(path),
                fix=f"put its database at {self.folder / path.name}",
            )
        self._check_salt()

    def _relations(self) -> Iterator[tuple[str, Relation]]:
        for uid, node in {**self.document["nodes"], **self.document["sources"]}.items():
            name = node.get("alias") or node.get("identifier") or node.get("name")
            if node.get("relation_name") and uid in self.compiled.relations:
                yield uid, Relation(str(node["schema"]), str(name), self.database)

    def _path(self) -> Path:
        """The database's file: beside the artifacts, or where it was when they were written."""
        name = next((n["database"] for n in self.document["nodes"].values() if "database" in n), "")
        noted = (self.document["metadata"].get("env") or {}).get(DATABASE_PATH)
        places = [self.folder / f"{name}.duckdb"] + ([Path(noted)] if noted else [])
        own = Path(self.compiled.project.target.path)
        if not noted and own.stem == name:  # dbt says no path: it is the database of this target
            places.append(own)
        for place in places:
            if place.is_file():
                return place
        raise CommandError(
            f"the database '{name}' of the earlier run is not there",
            at=Location(self.folder / "manifest.json"),
            fix=f"put its file at {places[0]}",
        )

    def _check_salt(self) -> None:
        """Hashes made with another salt join with nothing: that would be wrong numbers."""
        salt = self.engine.variables.get(VARIABLE)
        text = self.note("salt")
        mark = SaltMark.read(text) if text else None
        if salt is not None and mark is not None and not mark.fits(salt):
            raise CommandError(
                "the earlier run hashed identifiers with another salt",
                at=Location(self.folder / "manifest.json"),
                fix=f"set {SALT_ENV} to the salt that it had",
            )

    def note(self, name: str) -> str:
        """What that database noted under a name; '' for nothing."""
        table = Relation("pipeline_state", "notes", self.database)
        if table not in self.kinds:
            return ""
        rows = self.engine.query(f"select value from {table} where name = {literal(name)}")
        return str(rows[0][0]) if rows else ""

    def state(self, table: str) -> str | None:
        """One of the tables in which a build remembers; None for a database of dbt."""
        found = Relation("pipeline_state", table, self.database)
        return relation("pipeline_state", table, self.database) if found in self.kinds else None

    def other_vars(self) -> dict[str, Any]:
        """Vars that had another value then: name -> that value. Empty when that is not known."""
        try:
            document = read_artifact(self.folder / "run_results.json")
        except CommandError:
            return {}
        then, now = document.get("args", {}).get("vars") or {}, self.compiled.project.vars
        return {n: v for n, v in then.items() if n in now and str(now[n]) != str(v)}


def _is_same(path: Path, own: str) -> bool:
    return own != ":memory:" and Path(own).exists() and path.resolve() == Path(own).resolve()
