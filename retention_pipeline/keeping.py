"""A compiled project, kept for the next command that asks for the same one.

Room:  edge. Imports compiled, identity, noop, options, profile, project, watching and the values of
       both. Reads and writes .pipeline/.
In:    Options.  Out: Compiled, as compiling it anew would give it; None when that is not certain.

What is kept names every file, folder and environment variable that decided it. A file counts as the
same when its size, times and inode do, or else its content does. The rest of the question (folder,
vars, target, versions of what compiles) is the name under which it is kept.

Only values of our own kinds are read back: a folder that somebody else wrote can hold wrong text,
as its models can, and nothing that runs. No secret is kept: the target is read from the profile
again, and environment variables are compared by slow hashes.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path, PosixPath, WindowsPath
from typing import Any
from zoneinfo import ZoneInfo

from retention_pipeline import __version__, nodes
from retention_pipeline.compiled import Compiled, CompiledModel, Variant
from retention_pipeline.errors import Location, PipelineError
from retention_pipeline.graph import Graph
from retention_pipeline.identity import SETTLED_NS, FileNote, note
from retention_pipeline.materialize.constraints import Check
from retention_pipeline.materialize.hooks import Hook, Hooks
from retention_pipeline.noop import FOLDER, listing, same_environment, secret_digest
from retention_pipeline.options import Options
from retention_pipeline.profile import read_target
from retention_pipeline.project import MacroFile, Project
from retention_pipeline.test_sql import CompiledTest
from retention_pipeline.watching import Watched, watch
from retention_pipeline.yaml_lines import YamlList, YamlMap

FORMAT = 1
KEPT = 4  # one for each set of vars and each folder that asks
_PREFIX = "compiled-"
_LOADED_NS = time.time_ns()
_NOTES: dict[Path, FileNote] = {}
_NODES = (
    *(nodes.Column, nodes.DataTest, nodes.Exposure, nodes.Fixture, nodes.Kind, nodes.Materialized),
    *(nodes.Model, nodes.Relation, nodes.Seed, nodes.Severity, nodes.Source, nodes.TestConfig),
    nodes.UnitTest,
)
_KINDS = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        *_NODES,
        *(Check, CompiledModel, CompiledTest, Graph, Hook, Hooks, Location, MacroFile, Variant),
        *(YamlList, YamlMap, PosixPath, WindowsPath),
    )
}


class _Reader(pickle.Unpickler):
    """Makes values of these kinds, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        found = _KINDS.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return found


@dataclass(frozen=True)
class Keeper:
    """The place of one question's answer."""

    options: Options
    path: Path

    @classmethod
    def of(cls, options: Options) -> Keeper | None:
        """None for a question whose answer is not kept: another tool's rules move the target."""
        if options.vars.get("policy_set"):
            return None
        root = options.project_dir.resolve()
        question = [
            *(FORMAT, __version__, sys.version, sys.prefix, str(Path(__file__).parent)),
            *(str(root), str(Path.cwd()), str(Path.home())),
            *(str(options.profiles_dir), options.target, _exactly(options.vars)),
        ]
        name = hashlib.sha256(repr(question).encode()).hexdigest()[:16]
        return cls(options, root / FOLDER / f"{_PREFIX}{name}")

    def read(self) -> Compiled | None:
        """What was kept, if everything that decided it is as it was."""
        try:
            with self.path.open("rb") as file:
                if not self._is_current(json.loads(file.readline())):
                    return None
                content = _Reader(file).load()
            os.utime(self.path)
            return self._completed(content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, IndexError):
            return None
        except (pickle.UnpicklingError, PipelineError):
            return None

    def write(self, compiled: Compiled, began_ns: int, *, is_todays: bool) -> None:
        """Keep it, if its files can vouch for it. What goes wrong costs time only.

        `is_todays`: its vars depend on the date.
        """
        project = compiled.project
        own = (*(m.path for m in project.models), *(s.path for s in project.seeds))
        with suppress(OSError, pickle.PicklingError, TypeError, AttributeError, RecursionError):
            if not _were_settled(map(project.root.joinpath, own), began_ns):
                return
            watched = watch(project, _nearer_profiles(project, self.options), salt=False)
            if watched is None or watched.is_by_chance:
                return
            if _were_settled(watched.files, began_ns):
                record = self._record(watched, project, is_todays)
                # looked at again: nothing has changed while it was noted
                listed = (Path(f, name) for f, _, names in record["folders"] for name in names)
                if _were_settled((*watched.files, *listed), began_ns):
                    self._write(record, compiled)

    def _record(self, watched: Watched, project: Project, is_todays: bool) -> dict[str, Any]:
        nonce = os.urandom(16).hex()
        zone = str(project.vars.get("reporting_timezone", "UTC"))
        return {
            "folders": [[str(f), list(s), listing(f, s)] for f, s in watched.folders.items()],
            "files": {str(path): _noted(path) for path in watched.files},
            "absent": [str(path) for path in watched.absent],
            "nonce": nonce,
            "env": {n: secret_digest(project.environ.get(n), nonce) for n in watched.env},
            "day": [zone, str(project.vars["as_of"])] if is_todays else None,
        }

    def _write(self, record: Mapping[str, Any], compiled: Compiled) -> None:
        project = _fields(compiled.project, "environ", "target")
        profile = compiled.project.target.profile_name
        content = (project, profile, _fields(compiled, "project", "made_by"))
        text = json.dumps(record).encode() + b"\n" + pickle.dumps(content, protocol=5)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        for left in self.path.parent.glob(f".{_PREFIX}*"):
            left.unlink(missing_ok=True)  # by a command that was killed
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
                to.write(text)
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)
        forget(self.path.parent, KEPT)

    # -- is it current? -----------------------------------------------------------------------
    def _is_current(self, record: Mapping[str, Any]) -> bool:
        if record["day"] is not None and record["day"] != self._today(record["day"][0]):
            return False
        return (
            same_environment(record["env"], record["nonce"], self.options.environ)
            and not any(Path(path).exists() for path in record["absent"])
            and all(listing(Path(f), s) == names for f, s, names in record["folders"])
            and all(_is_same(path, known) for path, known in record["files"].items())
        )

    def _today(self, zone: str) -> list[str] | None:
        today: Callable[[ZoneInfo], Any] | None = self.options.today
        return None if today is None else [zone, today(ZoneInfo(zone)).isoformat()]

    def _completed(self, content: Any) -> Compiled:
        """With what is not kept: the environment, and the target, which may hold secrets."""
        values, profile, compiled = content
        options, root = self.options, values["root"]
        target = read_target(values["profiles"], profile, options.target, options.environ, root)
        if options.threads is not None:
            target = replace(target, threads=options.threads)
        project = Project(**values, environ=options.environ, target=target)
        return Compiled(**compiled, project=project, made_by=None)


def forget(folder: Path, keep: int = 0) -> None:
    """Remove what is kept in a `.pipeline`, but for the newest."""
    found = sorted(folder.glob(f"{_PREFIX}*"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in found[keep:]:
        path.unlink(missing_ok=True)


def _exactly(values: Mapping[str, Any]) -> str:
    """Vars as text that tells 1 from '1' and from true."""
    return repr(sorted(values.items()))


def _noted(path: Path) -> list[Any]:
    """What is true of a file now; one that this process noted before is read again if in doubt."""
    found = _NOTES[path] = note(path, _NOTES.get(path))
    return [getattr(found, name) for name in FileNote.__slots__]


def _is_same(path: str, known: Sequence[Any]) -> bool:
    before = FileNote(*known)
    return note(Path(path), before).digest == before.digest


def _were_settled(files: Iterable[Path], began_ns: int) -> bool:
    """True when no file can have changed since the project began to be read, nor code since it ran."""
    for path in files:
        stat, began = path.stat(), began_ns if path.suffix != ".py" else min(began_ns, _LOADED_NS)
        if max(stat.st_mtime_ns, stat.st_ctime_ns) >= began - SETTLED_NS:
            return False
    return True


def _nearer_profiles(project: Project, options: Options) -> list[Path]:
    """The file that would be read instead of the one that was, if it were there."""
    nearest = (options.profiles_dir or project.root) / "profiles.yml"
    return [] if nearest == project.profiles else [nearest]


def _fields(value: Any, *without: str) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name not in without}
