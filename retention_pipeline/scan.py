"""The tables that plain SQL names, found in one pass over its words; or nothing, when not certain.

Room:  compile. Imports nothing. No parser: it exists so that most models need none.
In:    rendered SQL.  Out: [(schema, name)] of FROM and JOIN, without CTEs; None for whatever is
not plain: commas between tables, FROM without SELECT, PIVOT, recursion, dollar quotes, ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

# Every character is in one of them, so that none is passed over.
_PIECES = re.compile(
    r"""--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\d[\w.]*|\s+|.""", re.DOTALL
)
_TOKEN = re.compile(
    r"""\s+|--[^\n]*"""
    r"""|(?P<quoted>"(?:[^"]|"")*")"""
    r"""|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<number>\d[\w.]*)"""
    r"""|(?P<mark>[^\w\s'"$\\`@#?{}\x80-\U0010ffff])"""
)
_STRANGE = frozenset(
    {"attach", "call", "copy", "create", "delete", "describe", "execute", "insert", "into"}
    | {"lateral", "pivot", "positional", "show", "summarize", "table"}
    | {"tablesample", "unpivot", "update", "use"}
)
_STRANGE_TABLES = _STRANGE | {"unnest"}
_ENDS_FROM = frozenset(
    {"where", "group", "having", "qualify", "order", "limit", "offset"}
    | {"union", "intersect", "except", "window"}
)
_STARTS_QUERY = frozenset({"select", "with", "values"})
_MATTER = _STRANGE | _ENDS_FROM | {"with", "recursive", "select", "from", "join"}
_TYPES = frozenset({"date", "timestamp", "interval", "time"})  # before a literal


class _Uncertain(Exception):  # noqa: N818 - never leaves this module
    """This SQL is for a parser."""


@dataclass(slots=True)
class _Frame:
    """What stands between two parentheses."""

    ctes: set[str] = field(default_factory=set)
    is_query: bool = False  # must begin as a query
    started: bool = False
    selected: bool = False
    in_from: bool = False
    in_with: bool = False  # a name of a CTE comes next
    cte: str = ""  # the CTE whose body comes next, or has just been read
    recursive: bool = False  # a CTE may read itself


@lru_cache(maxsize=2048)
def tables_named(
    sql: str, never: frozenset[str] = frozenset()
) -> frozenset[tuple[str, str]] | None:
    """Tables that `sql` reads by name, as they are written; None when that is not certain.

    Nor is it with a word of `never` in it, unless in a comment, a text or quotes.

    >>> tables_named('with a as (select 1 as x) select * from a join "marts"."b" as b on a.x = b.x')
    frozenset({('marts', 'b')})
    >>> tables_named("select * from a, b") is None
    True
    """
    try:
        tokens = _tokens(sql)
        if not never.isdisjoint(low for _, _, low in tokens):
            return None
        return _Scan(tokens).run()
    except (_Uncertain, IndexError):
        return None


_Token = tuple[str, str, str]
"""Kind, text, and a word in lower case; kind is word, name (quoted), text, number or the mark itself."""


def _tokens(sql: str) -> list[_Token]:
    pieces = _PIECES.findall(sql)
    tokens = list(map(_token, pieces))
    for token, following in zip(tokens, pieces[1:], strict=False):
        if token is None or following[:1] not in ("'", "*"):
            continue
        kind, text, low = token
        if following == "*":
            if text == "/":
                raise _Uncertain
        elif kind == "word" and low not in _TYPES:  # e'..', x'..'
            raise _Uncertain
    return [token for token in tokens if token is not None]


@lru_cache(maxsize=16384)
def _token(piece: str) -> _Token | None:
    """One piece of SQL; None for white space and comments."""
    match = _TOKEN.fullmatch(piece)
    if match is None:
        raise _Uncertain
    kind = match.lastgroup
    if kind == "quoted":
        return "name", piece[1:-1].replace('""', '"'), ""
    if kind == "word":
        return "word", piece, piece.lower()
    if kind == "mark":
        return piece, piece, ""
    return None if kind is None else (kind, piece, "")


class _Scan:
    """One walk over the tokens, with a frame for each open parenthesis."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.place = tokens, 0
        self.frames = [_Frame(is_query=True)]
        self.wanted = False  # a table comes next
        self.found: set[tuple[str, str]] = set()

    def run(self) -> frozenset[tuple[str, str]]:
        while self.place < len(self.tokens):
            kind, text, low = self.tokens[self.place]
            self.place += 1
            if low in _MATTER or kind in ("(", ")", ",") or self._is_watched:
                self._step(kind, text, low)
        if len(self.frames) != 1 or self.wanted or not self.frames[0].started:
            raise _Uncertain
        return frozenset(self.found)

    @property
    def _is_watched(self) -> bool:
        """True where every word counts; elsewhere most are passed over."""
        frame = self.frames[-1]
        return self.wanted or frame.in_with or not frame.started

    def _step(self, kind: str, text: str, low: str) -> None:
        frame = self.frames[-1]
        if frame.is_query and not frame.started and kind != "(" and low not in _STARTS_QUERY:
            raise _Uncertain
        opens_query = self.wanted or (frame.is_query and not frame.started)
        frame.started = True
        if frame.in_with:
            self._name_cte(frame, kind, text)
            self.frames.append(_Frame(is_query=True))
        elif kind == "(":
            frame.selected |= frame.is_query
            self.frames.append(_Frame(is_query=opens_query))
            self.wanted = False
        elif kind == ")":
            self.frames.pop()
            closed = self.frames[-1]
            if closed.cte:  # its body has just ended: it is known from here on
                closed.ctes.add(closed.cte)
        elif kind == ",":
            if frame.in_from:
                raise _Uncertain
            frame.in_with = bool(frame.cte)
        elif self.wanted:
            self._table(kind, text, low)
        elif low:
            self._word(low, frame)

    def _table(self, kind: str, text: str, low: str) -> None:
        if kind not in ("word", "name") or low in _STRANGE_TABLES or low in _STARTS_QUERY:
            raise _Uncertain
        self.wanted = False
        parts = [text]
        while self._next() == ".":
            kind, text, _ = self.tokens[self.place + 1]
            if kind not in ("word", "name"):
                raise _Uncertain
            parts.append(text)
            self.place += 2
        if self._next() == "(":
            return  # a table function
        if len(parts) > 2:
            raise _Uncertain
        schema, name = ("", parts[0]) if len(parts) == 1 else parts
        if schema or not any(name.lower() in frame.ctes for frame in self.frames):
            self.found.add((schema, name))

    def _next(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def _name_cte(self, frame: _Frame, kind: str, name: str) -> None:
        """Read `name as [not] [materialized] (`."""
        words = []
        while self._next() == "word":
            words.append(self.tokens[self.place][2])
            self.place += 1
        known = (["as"], ["as", "materialized"], ["as", "not", "materialized"])
        if kind not in ("word", "name") or self._next() != "(" or words not in known:
            raise _Uncertain
        self.place += 1
        frame.in_with, frame.cte = False, name.lower()
        if frame.recursive:
            frame.ctes.add(frame.cte)

    def _word_before(self, steps: int) -> str:
        """What stood so many tokens ago, the last one read being 1; in lower case."""
        return self.tokens[self.place - steps][1].lower() if self.place >= steps else ""

    def _word(self, low: str, frame: _Frame) -> None:
        before = self._word_before(2)
        if low in _STRANGE or low == "recursive":
            raise _Uncertain
        if low == "with":
            self._with(before, frame)
        elif low == "select":
            frame.selected, frame.in_from, frame.cte = True, False, ""
        elif low == "from":
            self._from(before, frame)
        elif low == "join":
            if not frame.in_from:
                raise _Uncertain
            self.wanted = True
        elif low in _ENDS_FROM:
            frame.in_from = False

    def _with(self, before: str, frame: _Frame) -> None:
        if frame.selected or before not in ("", "("):
            raise _Uncertain
        frame.in_with = True
        if self._next() == "word" and self.tokens[self.place][2] == "recursive":
            frame.recursive = True
            self.place += 1

    def _from(self, before: str, frame: _Frame) -> None:
        if before == "distinct" and self._word_before(3) in ("is", "not"):
            return  # the operator IS [NOT] DISTINCT FROM
        if not frame.selected or before in ("select", "distinct", "as", "."):
            raise _Uncertain
        self.wanted = frame.in_from = True
