"""Which template line made each line of the rendered SQL.

Room:  compile. Imports nothing of ours. Touches jinja2's extension hook.
In:    a template's token stream, later its rendered text.  Out: clean text and one line number per line.

Before rendering, every line of template text gets an invisible mark with its number; after it the
marks are read and removed. What a macro wrote carries the line of the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no SQL holds them
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
# Text inside these blocks becomes a value that templates may split or compare: leave it alone.
_CAPTURING = {"set": "endset", "filter": "endfilter", "call": "endcall", "macro": "endmacro"}


class LineMarks(Extension):
    """Puts the marks in; used only by the environment that renders models and tests."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        if stream.filename is None or not stream.filename.startswith("marked:"):
            yield from stream
            return
        capturing: list[str] = []
        block: list[Token] = []
        for token in stream:
            if token.type == "block_begin":
                block = [token]
            elif token.type == "block_end":
                _follow(capturing, block)
                block = []
            elif block:
                block.append(token)
            elif token.type == "data" and not capturing:
                token = Token(token.lineno, "data", _marked(token.value, token.lineno))
            yield token


def _follow(capturing: list[str], block: list[Token]) -> None:
    words = [token.value for token in block[1:]]
    if not words:
        return
    if capturing and words[0] == capturing[-1]:
        capturing.pop()
    elif words[0] in _CAPTURING and not (words[0] == "set" and "=" in words):
        capturing.append(_CAPTURING[words[0]])


def _marked(text: str, line: int) -> str:
    parts = text.split("\n")
    marked = [f"{_OPEN}{line + i}{_CLOSE}{part}" for i, part in enumerate(parts)]
    return "\n".join(marked)


def read_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """Remove the marks; give the text and, for each of its lines, the template's line.

    A line with several marks counts as the last one that text follows; a line with none as the
    line before it.
    """
    clean: list[str] = []
    lines: list[int] = []
    current = 1
    for line in text.split("\n"):
        last = line.rfind(_OPEN)
        if last <= 0:  # no mark, or one at the start: nearly every line
            if last == 0:
                number, _, line = line[1:].partition(_CLOSE)
                current = int(number)
            clean.append(line)
            lines.append(current)
            continue
        _, *pieces = _MARK.split(line)
        marks = pieces[::2]
        said = [mark for mark, text in zip(marks, pieces[1::2], strict=True) if text.strip()]
        clean.append(_MARK.sub("", line))
        lines.append(int((said or marks or [current])[-1]))
        current = int(marks[-1]) if marks else current
    return "\n".join(clean), tuple(lines)
