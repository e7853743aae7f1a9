"""Texts: joined, cut, searched, hashed.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES.

Letters outside ASCII are the limit of lower() and upper(): a German sharp s becomes SS in Java.
"""

from __future__ import annotations

import re

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind
from retention_pipeline.engines.spark.walk import (
    Rule,
    Rules,
    Walk,
    bare,
    call,
    cast,
    number,
    parens,
    text,
)

_SHA256 = 256
_LAST_ASCII = 127
# what RE2 and Java's engine read alike: no look-around, no possessive, no \p, no flags
_PLAIN_PATTERN = re.compile(
    r"(?:[^\\()\[\]{}]|\\[dDsSwW.+*?^$|()\[\]{}\\/-]|\[(?:\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\&\[])*)\]"
    r"|\{\d+(?:,\d*)?\}|\((?!\?)|\(\?:|\))*\Z"
)
_CLASSES = {
    "[:space:]": r"\s",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "A-Za-z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
}


def _texts(node: exp.Expr, among: list[exp.Expr], walk: Walk) -> None:
    for each in among:
        kind = walk.kind(each)
        if kind not in (Kind.TEXT, Kind.NULL):
            raise walk.refused(node, f"a text function of {kind.value}", "cast it to varchar")


def _function(name: str, *arguments: str) -> Rule:
    """A function of texts that is the same on both; `arguments` in the order of Spark."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, *arguments)
        given = [node.args[a] for a in arguments if node.args.get(a) is not None]
        _texts(node, given, walk)
        return call(name, *walk.all(given))

    return rule


def _joined(node: exp.DPipe, walk: Walk) -> exp.Expr:
    """a || b; what is no text is cast, as DuckDB does it. NULL makes NULL on both."""
    walk.only(node, "this", "expression", "safe")
    parts = []
    for each in (node.this, node.expression):
        kind = walk.kind(each)
        if kind in (Kind.DOUBLE, Kind.INTERVAL):
            raise walk.refused(node, f"|| with {kind.value}", "cast it to a decimal first")
        done = walk.go(each)
        parts.append(parens(done) if kind is Kind.TEXT else cast(done, "string"))
    return exp.DPipe(this=parts[0], expression=parts[1])


def _trim(node: exp.Trim, walk: Walk) -> exp.Expr:
    """Spaces at both ends, or at one."""
    walk.only(node, "this", "position")
    _texts(node, [node.this], walk)
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""))
    return call(name or "trim", walk.go(node.this))


def _end(name: str) -> Rule:
    """left(x, n), right(x, n): a negative n means something only in DuckDB."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this", "expression")
        _texts(node, [node.this], walk)
        if not _is_positive(node.expression, least=0):
            raise walk.refused(node, f"{name}() of a length that is no literal", f"{name}(x, 3)")
        return call(name, walk.go(node.this), walk.go(node.expression))

    return rule


def _substring(node: exp.Substring, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "start", "length")
    _texts(node, [node.this], walk)
    start, length = node.args["start"], node.args.get("length")
    if length is not None and _is_one(start) and walk.kind(length) is Kind.INTEGER:
        wanted = cast(walk.go(length), "int")
        negative = exp.LT(this=wanted.copy(), expression=number(0))
        size = exp.Case(ifs=[exp.If(this=negative, true=number(0))], default=wanted)
        return call("substring", walk.go(node.this), number(1), size)
    if not _is_positive(start) or (length is not None and not _is_positive(length, least=0)):
        raise walk.refused(node, "substr() of places that are no literals", "substr(x, 1, 3)")
    return call("substring", *walk.all([node.this, start, *([length] if length else [])]))


def _is_one(node: exp.Expr) -> bool:
    """From the first letter on a negative length gives '' on both; DuckDB counts backwards else."""
    return isinstance(bare(node), exp.Literal) and bare(node).name == "1"


def _is_positive(node: exp.Expr, least: int = 1) -> bool:
    literal = bare(node)
    return (
        isinstance(literal, exp.Literal) and literal.name.isdigit() and int(literal.name) >= least
    )


def _length(node: exp.Length, walk: Walk) -> exp.Expr:
    walk.only(node, "this")
    _texts(node, [node.this], walk)
    return cast(call("char_length", walk.go(node.this)), "bigint")


def _replaced(node: exp.Replace, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression", "replacement")
    given = [node.this, node.expression, node.args["replacement"]]
    _texts(node, given, walk)
    return call("replace", *walk.all(given))


def _letter(node: exp.Chr, walk: Walk) -> exp.Expr:
    walk.only(node, "expressions")
    code = bare(node.expressions[0])
    if len(node.expressions) != 1 or not _is_positive(code) or int(code.name) > _LAST_ASCII:
        raise walk.refused(node, "chr() of another code than 1 to 127", "write the letter itself")
    return call("chr", walk.go(code))


def _like(node: exp.Binary, walk: Walk) -> exp.Expr:
    r"""a like b: DuckDB has no escape letter unless told, Spark's is the backslash."""
    walk.only(node, "this", "expression", "negate")
    _texts(node, [node.this, node.expression], walk)
    pattern = bare(node.expression)
    if isinstance(pattern, exp.Literal):
        done: exp.Expr = text(pattern.name.replace("\\", "\\\\"))
    else:
        done = call("replace", walk.go(pattern), text("\\"), text("\\\\"))
    found = type(node)(this=parens(walk.go(node.this)), expression=done)
    return exp.Not(this=exp.Paren(this=found)) if node.args.get("negate") else found


def _pattern(node: exp.Expr, given: exp.Expr, walk: Walk) -> exp.Expr:
    """A regular expression that both engines read alike."""
    literal = bare(given)
    if not isinstance(literal, exp.Literal):
        raise walk.refused(node, "a regular expression that is no literal", "write it as a literal")
    pattern = literal.name
    for name, letters in _CLASSES.items():
        pattern = pattern.replace(name, letters)
    if not _PLAIN_PATTERN.match(pattern) or "[:" in pattern:
        raise walk.refused(
            node, f"the regular expression '{literal.name}'", "classes, groups, repeats, ^ and $"
        )
    if pattern.endswith("$"):
        pattern = pattern[:-1] + "\\z"  # in Java a $ also stands before a last line end
    return text(pattern)


def _matches(node: exp.RegexpLike, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "expression")
    _texts(node, [node.this], walk)
    return call("regexp_like", walk.go(node.this), _pattern(node, node.expression, walk))


def _all_replaced(node: exp.RegexpReplace, walk: Walk) -> exp.Expr:
    """regexp_replace(x, pattern, by, 'g'): all of them; without 'g' DuckDB replaces the first."""
    walk.only(node, "this", "expression", "replacement", "modifiers", "single_replace")
    modifiers = node.args.get("modifiers")
    if modifiers is None or modifiers.name != "g":
        raise walk.refused(
            node, "regexp_replace() without 'g'", "regexp_replace(x, '...', '', 'g')"
        )
    by = bare(node.args["replacement"])
    if not isinstance(by, exp.Literal) or "$" in by.name or "\\" in by.name:
        raise walk.refused(node, "regexp_replace() by something else than plain text", "plain text")
    _texts(node, [node.this], walk)
    pattern = _pattern(node, node.expression, walk)
    return call("regexp_replace", walk.go(node.this), pattern, text(by.name))


def _extracted(node: exp.RegexpExtract, walk: Walk) -> exp.Expr:
    """regexp_extract(x, pattern, group): '' where nothing matches, on both."""
    walk.only(node, "this", "expression", "group", "null_if_pos_overflow")  # of a position
    group = node.args.get("group")
    if not isinstance(group, exp.Literal) or not group.name.isdigit():
        raise walk.refused(
            node, "regexp_extract() without the number of a group", "regexp_extract(x, '...', 1)"
        )
    _texts(node, [node.this], walk)
    pattern = _pattern(node, node.expression, walk)
    return call("regexp_extract", walk.go(node.this), pattern, number(int(group.name)))


def _hash(node: exp.SHA2, walk: Walk) -> exp.Expr:
    walk.only(node, "this", "length")
    length = node.args.get("length")
    if length is not None and length.name != str(_SHA256):
        raise walk.refused(node, "sha2 of another length", "sha256(x)")
    _texts(node, [node.this], walk)
    return call("sha2", walk.go(node.this), number(_SHA256))


def _json_text(node: exp.JSONExtractScalar, walk: Walk) -> exp.Expr:
    """A field of a JSON object as text: numbers are written differently, so only to be read as one."""
    walk.only(node, "this", "expression", "only_json_types", "scalar_only")
    if (
        not isinstance(node.parent, (exp.Cast, exp.TryCast))
        or "DECIMAL" not in node.parent.to.sql()
    ):
        raise walk.refused(
            node, "a field of JSON as text", "cast it to a decimal, or read it in staging"
        )
    path = node.expression
    written = (
        text(path.sql(dialect="duckdb").strip("'")) if isinstance(path, exp.JSONPath) else None
    )
    return call("get_json_object", walk.go(node.this), written or walk.go(path))


RULES: Rules = {
    exp.DPipe: _joined,
    exp.Trim: _trim,
    exp.Lower: _function("lower", "this"),
    exp.Upper: _function("upper", "this"),
    exp.MD5: _function("md5", "this"),
    exp.Left: _end("left"),
    exp.Right: _end("right"),
    exp.Substring: _substring,
    exp.Length: _length,
    exp.Replace: _replaced,
    exp.Chr: _letter,
    exp.Like: _like,
    exp.ILike: _like,
    exp.RegexpLike: _matches,
    exp.RegexpReplace: _all_replaced,
    exp.RegexpExtract: _extracted,
    exp.SHA2: _hash,
    exp.JSONExtractScalar: _json_text,
}
