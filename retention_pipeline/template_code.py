"""Template text -> what Jinja makes of it, once for a text however often a project is compiled.

Room:  compile. Imports line_map, templates. Touches: jinja2.
In:    text and the name it has in tracebacks.  Out: code; the macros that a file defines.

Code knows nothing of a project: names are looked up when it runs. So one environment, which renders
nothing, compiles for all. Nothing is kept on disk: code from a project's folder is not to be trusted.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from types import CodeType

from jinja2 import nodes

from retention_pipeline.line_map import LineMarks
from retention_pipeline.templates import MACRO_PREFIX, environment

_ENV = environment()
_ENV.add_extension(LineMarks)


@lru_cache(maxsize=4096)
def code_of(text: str, name: str) -> CodeType:
    """A template's code. Raises Jinja's TemplateSyntaxError."""
    return _ENV.compile(_ENV.parse(text, name, name), name, name)


class MacroText:
    """A file of macros. In its code they have the prefix, so that proxies can have their names."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._tree = _ENV.parse(text, name, name)
        macros = [node for node in self._tree.body if isinstance(node, nodes.Macro)]
        self.macros = [(node.name, node.lineno) for node in macros]
        for node in macros:
            node.name = MACRO_PREFIX + node.name

    @cached_property
    def code(self) -> CodeType:
        """Compiled at its first use."""
        return _ENV.compile(self._tree, self._name, self._name)


@lru_cache(maxsize=1024)
def macro_text(text: str, name: str) -> MacroText:
    """One file. Raises Jinja's TemplateSyntaxError."""
    return MacroText(text, name)
