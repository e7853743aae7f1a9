"""Macro files -> the macros in them, and which node or macro calls which.

Room:  compile. Imports project, templates.
In:    texts of templates.  Out: names; found by their calls, so rather one too many than too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retention_pipeline.project import MacroFile
from retention_pipeline.templates import TEST_PREFIX

_BLOCK = re.compile(
    r"{%-?\s*(macro|test)\s+(\w+)\s*\(.*?{%-?\s*end(?:macro|test)\s*-?%}", re.DOTALL
)
DOCS = {"show": True, "node_color": None}
_CALL = re.compile(r"\b(\w+)\s*\(")


@dataclass(frozen=True, slots=True)
class Macro:
    """One `{% macro %}` or `{% test %}`; a test's name has dbt's prefix."""

    name: str
    path: str
    text: str


def read_macros(files: Iterable[MacroFile]) -> dict[str, Macro]:
    """Name -> macro; of two with one name the later one, as in a run."""
    found = {}
    for file in files:
        for match in _BLOCK.finditer(file.text):
            name = TEST_PREFIX + match[2] if match[1] == "test" else match[2]
            found[name] = Macro(name, str(file.path), match[0])
    return found


def called(text: str, macros: Mapping[str, Macro]) -> list[str]:
    """Names of the macros that a template calls itself."""
    words = set(_CALL.findall(text))
    return sorted(word for word in words if word in macros)


def macro_id(package: str, name: str) -> str:
    return f"macro.{package}.{name}"


def macro_nodes(macros: Mapping[str, Macro], package: str) -> dict[str, dict[str, Any]]:
    """The macros as manifest.json has them."""
    return {
        macro_id(package, name): {
            "name": name,
            "resource_type": "macro",
            "package_name": package,
            "path": macro.path,
            "original_file_path": macro.path,
            "unique_id": macro_id(package, name),
            "macro_sql": macro.text,
            "depends_on": {"macros": [macro_id(package, n) for n in called(macro.text, macros)]},
            "description": "",
            "meta": {},
            "docs": DOCS,
            "patch_path": None,
            "arguments": [],
            "created_at": 0.0,
            "supported_languages": None,
        }
        for name, macro in macros.items()
    }
