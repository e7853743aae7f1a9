"""Templates with nothing of Jinja but `{{ ref('x') }}` and `{{ source('x', 'y') }}`: most of dbt's.

Room:  compile. Imports nothing.
In:    a template.  Out: its SQL, without compiling a Jinja template for it; None when there is more.
"""

from __future__ import annotations

import re
from collections.abc import Callable

CALLS = frozenset({"ref", "source"})
_NAME = r"""(?:'[\w.]+'|"[\w.]+")"""
_CALL = re.compile(
    rf"(?<!\{{)\{{\{{[ \t]*(ref|source)\([ \t]*({_NAME}(?:[ \t]*,[ \t]*{_NAME})*)[ \t]*\)[ \t]*\}}\}}"
)
_WORD = re.compile(r"[\w.]+")


def fill_in(text: str, call: Callable[[str, list[str], int], str]) -> str | None:
    """The text with `call(name, arguments, line)` in the place of each call.

    >>> fill_in("select * from {{ ref('a') }}", lambda name, words, line: f"{name}-{words[0]}-{line}")
    'select * from ref-a-1'
    >>> fill_in("{% if x %}select 1{% endif %}", lambda *_: "") is None
    True
    """
    if "{%" in text or "{#" in text or "\r" in text or "{{" in _CALL.sub("", text):
        return None

    def one(match: re.Match[str]) -> str:
        line = text.count("\n", 0, match.start()) + 1
        return call(match[1], _WORD.findall(match[2]), line)

    return _CALL.sub(one, text)
