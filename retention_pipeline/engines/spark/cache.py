"""Translations that are made once: by the text, the types that it reads, and the translator itself.

Room:  compile. Imports translate, walk. Writes one file, where it is told to.
In:    queries, the types of the relations.  Out: Translated, from the file when nothing changed.

A refusal is not kept: it is mended or it ends the command. No secret is in a translation: variables of
the session are parameters in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from retention_pipeline.engines.spark.translate import Columns, Tables, Translated, Translator

FORMAT = 1
_HERE = Path(__file__).parent
_DECIDE = ("fixes.py", "kinds.py", "translate.py", "walk.py")  # and the rewrites


class Translations:
    """A translator with a memory. `path`: where it is kept; `save` writes what this run used."""

    def __init__(self, tables: Tables, path: Path | None = None) -> None:
        self.tables, self.path = tables, path
        self._digests = {name: _digest(list(columns.items())) for name, columns in tables.items()}
        self._kept = _read(path)
        self._used: dict[str, dict[str, Any]] = {}
        self._translator: Translator | None = None

    def translate(self, sql: str, columns: Columns | None = None) -> Translated:
        """Raises Refused."""
        key = self.key(sql, columns)
        kept = self._used.get(key) or self._kept.get(key)
        if kept is None:
            done = self._made().translate(sql, columns)
            kept = {
                "marked": done.marked,
                "reads": sorted(done.reads),
                "parameters": sorted(done.parameters),
            }
        self._used[key] = kept
        return Translated(kept["marked"], frozenset(kept["reads"]), frozenset(kept["parameters"]))

    def key(self, sql: str, columns: Columns | None = None) -> str:
        """What decides a translation. Every relation whose name occurs in the text counts."""
        low = sql.lower()
        read = sorted((n, d) for n, d in self._digests.items() if n[1].lower() in low)
        wanted = None if columns is None else list(columns.items())
        return _digest([FORMAT, translator_digest(), sql, wanted, read])

    def _made(self) -> Translator:
        if self._translator is None:
            self._translator = Translator(self.tables)
        return self._translator

    def save(self) -> None:
        """Write what was used, whole or not at all."""
        if self.path is None or self._used.keys() == self._kept.keys():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.writing")
        fresh.write_text(json.dumps(self._used), encoding="utf-8")
        fresh.replace(self.path)


def _read(path: Path | None) -> Mapping[str, dict[str, Any]]:
    if path is None:
        return {}
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@cache
def translator_digest() -> str:
    """sqlglot's version and the text of every rule."""
    files = [*(_HERE / name for name in _DECIDE), *sorted((_HERE / "rewrites").glob("*.py"))]
    texts = [path.read_text(encoding="utf-8") for path in files]
    return _digest([version("sqlglot"), *texts])
