"""The SQL that turns one raw value into its contract's type, or says why it cannot be.

Room:  act (pure text). Imports: quoting, inputs.contract.
In:    a column name in SQL, the type it has, the type that is wanted.  Out: SQL expressions.

Three expressions for a value `x`: `cleaned` (edge blanks off, '' = NULL), `value` (the typed value;
NULL when x is bad), `reason` (why x is bad; looked at only where x is there and value is not).
None of them depends on the session's time zone.
"""

from __future__ import annotations

import re

from retention_pipeline.inputs.contract import InputColumn
from retention_pipeline.quoting import literal

TEXT = "VARCHAR"
SIGNED = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"})
INTEGERS = SIGNED | {f"U{name}" for name in SIGNED}
FLOATS = frozenset({"FLOAT", "DOUBLE"})
NESTED = re.compile(r"(STRUCT|MAP|UNION|VARIANT)\b|.*\]$", re.DOTALL)
# Types whose own text is what a reader would write.
TEXT_LIKE = re.compile(r"(VARCHAR|UUID|ENUM\(.*|JSON)$", re.DOTALL)
OTHER_SPELLINGS = {
    "TEXT": TEXT,
    "STRING": TEXT,
    "CHAR": TEXT,
    "INT": "INTEGER",
    "LONG": "BIGINT",
    "INT8": "BIGINT",
    "INT4": "INTEGER",
    "BOOL": "BOOLEAN",
    "FLOAT8": "DOUBLE",
    "REAL": "FLOAT",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
}

_EDGE = r"[\s\x{00A0}\x{FEFF}]+"
_DAY = r"\d{4}([-/])\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_OFFSET = r"(Z| ?UTC| ?[+-]\d{2}(:?\d{2})?)"
_MIDNIGHT = r"[ T]0?0:00(:00(\.0+)?)?(Z| ?UTC| ?[+-]00(:?00)?)?"
_WHOLE = r"[+-]?\d+(\.0*)?"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
JSON_NUMBER_CUT = " (a JSON number)"


def type_name(data_type: str) -> str:
    """DuckDB's own spelling, as far as it matters here: 'numeric(18,4)' -> 'DECIMAL(18,4)'."""
    name = re.sub(r"\s+", " ", data_type.strip().upper())
    name = re.sub(r"\s*([(),])\s*", r"\1", name)
    name = re.sub(r"^NUMERIC\b", "DECIMAL", name)
    name = re.sub(r"^VARCHAR\(\d+\)$", TEXT, name)
    if name == "DECIMAL":
        return "DECIMAL(18,3)"
    return OTHER_SPELLINGS.get(name, name)


def cleaned(x: str, raw_type: str) -> tuple[str, str]:
    """The expression without edge blanks, '' as NULL, and the type it has: text or a native one."""
    raw_type = type_name(raw_type)
    if raw_type == TEXT:
        return _stripped(x), TEXT
    if raw_type == "BLOB":
        # Bytes that are no UTF-8 stay visible as \xNN and fail in every type but text.
        return _stripped(f"coalesce(try(decode({x})), cast({x} as varchar))"), TEXT
    if NESTED.match(raw_type):
        return f"cast(to_json({x}) as varchar)", TEXT
    if TEXT_LIKE.match(raw_type):
        return _stripped(f"cast({x} as varchar)"), TEXT
    return x, raw_type


def _stripped(x: str) -> str:
    # The regular expression is the slow part: only values with a blank at an edge go through it.
    edged = (
        f"{x} < '!' or array_extract({x}, -1) < '!' or starts_with({x}, chr(160)) "
        f"or array_extract({x}, -1) = chr(160)"
    )
    bare = f"regexp_replace({x}, '^{_EDGE}|{_EDGE}$', '', 'g')"
    return f"nullif(case when {edged} then {bare} else {x} end, '')"


def value(column: InputColumn, x: str, raw_type: str) -> str:
    """The typed value; NULL when x does not cast or is not a value that the contract accepts."""
    wanted = type_name(column.data_type)
    typed = _from_text(wanted, x) if raw_type == TEXT else _from_native(wanted, x, raw_type)
    rules = " and ".join(rule for rule, _ in _rules(column, typed))
    if not rules:
        return f"cast({typed} as {wanted})"
    return f"cast(case when {rules} then {typed} end as {wanted})"


def _rules(column: InputColumn, typed: str) -> list[tuple[str, str]]:
    """What a typed value must be, and what is said of one that is not."""
    found = []
    if column.accepted_values:
        accepted = ", ".join(literal(text) for text in column.accepted_values)
        said = f"is not one of: {', '.join(column.accepted_values)}"
        found.append((f"cast({typed} as varchar) in ({accepted})", said))
    if column.minimum is not None:
        found.append((f"{typed} >= {column.minimum}", f"is below {column.minimum}"))
    if column.maximum is not None:
        found.append((f"{typed} <= {column.maximum}", f"is above {column.maximum}"))
    if column.pattern is not None:
        matches = f"regexp_full_match({typed}, {literal(column.pattern)})"
        found.append((matches, f"is not {column.pattern_name or column.pattern}"))
    return found


def guarded(column: InputColumn, x: str, raw_type: str) -> str:
    """The typed value, or an error that stops the statement: for the pass that hopes for the best.

    What is wrong is found out later, so the message of error() does not matter.
    """
    missing = f"error({literal(column.name)})" if column.required else "null"
    checked = f"coalesce({value(column, x, raw_type)}, error({literal(column.name)}))"
    return f"case when {x} is null then {missing} else {checked} end"


def _from_text(wanted: str, x: str) -> str:
    if wanted == TEXT:
        return f"case when not contains({x}, chr(0)) then {x} end"
    if wanted in INTEGERS:
        # try_cast alone rounds 1.5 and takes 1_000 and 0x10
        return f"case when {_like(x, _WHOLE)} then try_cast({x} as {wanted}) end"
    if wanted.startswith("DECIMAL"):
        return f"case when {_like(x, _NUMBER)} then try_cast({x} as {wanted}) end"
    if wanted in FLOATS:
        number = f"try_cast({x} as {wanted})"
        return f"case when {_like(x, _NUMBER)} and isfinite({number}) then {number} end"
    if wanted == "BOOLEAN":
        return (
            f"case when lower({x}) in ('true', 't', 'yes', 'y', '1') then true "
            f"when lower({x}) in ('false', 'f', 'no', 'n', '0') then false end"
        )
    if wanted == "DATE":
        # Only the day part is cast: 2024-05-01T00:00:00Z is a date, 10:30 on that day is not.
        day = f"try_cast(regexp_extract({x}, '^{_DAY}') as date)"
        return f"case when {_like(x, f'{_DAY}({_MIDNIGHT})?')} then {day} end"
    if wanted == "TIMESTAMP":
        return _timestamp_from_text(x)
    if wanted == "JSON":
        return f"case when json_valid({x}) then {x} end"
    return f"try_cast({x} as {wanted})"


def _timestamp_from_text(x: str) -> str:
    # A cast to TIMESTAMP ignores an offset, so those that have one go by TIMESTAMPTZ.
    # DuckDB wants no blank before the sign ("10:00:00 -0500" is how some shops export), and 1.5
    # wants seconds.
    tight = f"regexp_replace({x}, ' ([+-])', '\\1')"
    whole = f"regexp_replace({tight}, '([ T]\\d{{1,2}}:\\d{{2}})([Z+-]| ?U)', '\\1:00\\2')"
    instant = f"try_cast({whole} as timestamptz)"
    return (
        f"case when {_like(x, f'{_DAY}([ T]{_TIME})?')} then try_cast({x} as timestamp) "
        f"when {_like(x, f'{_DAY}[ T]{_TIME}{_OFFSET}')} then {instant} at time zone 'UTC' end"
    )


def _from_native(wanted: str, x: str, raw_type: str) -> str:
    """From a column that has a type of its own (Parquet, a table): NULL where types do not meet."""
    if wanted == raw_type and raw_type not in FLOATS and raw_type not in ("DATE", "TIMESTAMP"):
        return x
    if raw_type.startswith("TIMESTAMP") or raw_type == "DATE":
        return _from_moment(wanted, x, raw_type)
    if wanted == TEXT:
        return f"cast({x} as varchar)"
    if wanted == "JSON":
        return f"cast(to_json({x}) as varchar)"
    numeric = raw_type in INTEGERS | FLOATS or raw_type.startswith("DECIMAL")
    if numeric and (wanted in INTEGERS | FLOATS or wanted.startswith("DECIMAL")):
        checks = [f"isfinite({x})"] if raw_type in FLOATS else []
        if wanted in INTEGERS and raw_type not in INTEGERS:
            checks.append(f"{x} = trunc({x})")
        if wanted in FLOATS:
            checks.append(f"isfinite(try_cast({x} as {wanted}))")
        typed = f"try_cast({x} as {wanted})"
        return f"case when {' and '.join(checks)} then {typed} end" if checks else typed
    if wanted == "BOOLEAN" and numeric:
        return f"case {x} when 1 then true when 0 then false end"
    if wanted in ("DATE", "TIMESTAMP", "BOOLEAN") or numeric or raw_type == "BOOLEAN":
        return "null"
    return f"try_cast({x} as {wanted})"


def _from_moment(wanted: str, x: str, raw_type: str) -> str:
    zoned = raw_type == "TIMESTAMP WITH TIME ZONE"
    moment = f"({x} at time zone 'UTC')" if zoned else f"cast({x} as timestamp)"
    if wanted == "TIMESTAMP":
        return f"case when isfinite({moment}) then {moment} end"
    if wanted == "DATE":
        whole = f"isfinite({moment}) and {moment} = date_trunc('day', {moment})"
        return f"case when {whole} then cast({moment} as date) end"
    if wanted == TEXT:
        return f"cast({x if raw_type == 'DATE' else moment} as varchar)"
    if wanted == "TIMESTAMP WITH TIME ZONE":
        return x if zoned else f"({moment} at time zone 'UTC')"
    return "null"


def _like(x: str, pattern: str) -> str:
    return f"regexp_full_match({x}, '{pattern}')"


def reason(column: InputColumn, x: str, raw_type: str) -> str:
    """Why a value that is there has no typed value; fixed texts, so that they can be counted."""
    wanted = type_name(column.data_type)
    why = _text_reason(wanted, x) if raw_type == TEXT else _native_reason(wanted, x, raw_type)
    typed = value(InputColumn(column.name, column.data_type), x, raw_type)
    broken = [f"when not {rule} then {literal(said)}" for rule, said in _rules(column, typed)]
    return f"case {' '.join(broken)} else {why} end" if broken else why


def _text_reason(wanted: str, x: str) -> str:
    name = wanted.lower()
    if wanted == TEXT:
        return "'holds a NUL character'"
    if wanted in INTEGERS:
        return _cases(
            _not_a(name),
            (_like(x, _WHOLE), f"is out of the range of {name}"),
            (_like(x, _NUMBER), "is not a whole number"),
            *_number_slips(x),
        )
    if wanted in FLOATS or wanted.startswith("DECIMAL"):
        return _cases(
            "is not a number",
            (f"ends_with({x}, {literal(JSON_NUMBER_CUT)})", _JSON_DIGITS),
            (_like(x, _NUMBER), _overflow(wanted)),
            *_number_slips(x),
        )
    if wanted == "BOOLEAN":
        return "'is none of true, false, t, f, yes, no, y, n, 1, 0'"
    if wanted in ("DATE", "TIMESTAMP"):
        shape = (
            "YYYY-MM-DD" if wanted == "DATE" else "YYYY-MM-DD HH:MM:SS, in UTC or with an offset"
        )
        slips = [
            (
                _like(x, r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*"),
                f"has no year in front; wanted is {shape}",
            ),
            (
                _like(x, rf"{_DAY}[ T]{_TIME} .*[A-Za-z].*"),
                f"ends in a zone name or AM/PM; wanted is {shape}",
            ),
            (_like(x, f"{_DAY}([ T]{_TIME}{_OFFSET}?)?"), "is not on the calendar or the clock"),
        ]
        if wanted == "DATE":
            day = f"try_cast(regexp_extract({x}, '^{_DAY}') as date) is not null"
            slips.insert(2, (f"{_like(x, f'{_DAY}[ T].*')} and {day}", "has a time of day"))
        return _cases(f"is not {shape}", *slips)
    if wanted == "JSON":
        return "'is not valid JSON'"
    return literal(_not_a(name))


def _not_a(name: str) -> str:
    return f"is not {'an' if name[0] in 'aeiou' else 'a'} {name}"


_JSON_DIGITS = (
    "is a JSON number with more digits than JSON readers keep; write it as text, in quotes"
)


def _number_slips(x: str) -> tuple[tuple[str, str], ...]:
    return (
        (_like(x, r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"), "has thousands separators"),
        (_like(x, r"[+-]?\d+,\d*"), "has a decimal comma"),
        (f"regexp_matches({x}, '\\p{{Sc}}|^[A-Za-z]{{3}} |[0-9] ?[A-Z]{{3}}$')", "has a currency"),
        (f"ends_with({x}, '%')", "has a percent sign"),
    )


def _overflow(wanted: str) -> str:
    size = re.match(r"DECIMAL\((\d+),(\d+)\)", wanted)
    if size is None:
        return f"is out of the range of {wanted.lower()}"
    whole = int(size[1]) - int(size[2])
    return f"overflows {wanted.lower()}: more than {whole} digits before the point"


def _native_reason(wanted: str, x: str, raw_type: str) -> str:
    name = wanted.lower()
    general = f"is of type {raw_type.lower()}, which does not become {name}"
    cases: list[tuple[str, str]] = []
    if raw_type in FLOATS:
        cases.append((f"not isfinite({x})", "is not a finite number"))
    if raw_type.startswith("TIMESTAMP") or raw_type == "DATE":
        cases.append((f"not isfinite(cast({x} as timestamp))", "is infinite"))
        if wanted == "DATE":
            general = "has a time of day"
    numeric = raw_type in INTEGERS | FLOATS or raw_type.startswith("DECIMAL")
    if numeric and wanted in INTEGERS:
        cases.append((f"{x} <> trunc({x})", "is not a whole number"))
        general = f"is out of the range of {name}"
    elif numeric and (wanted in FLOATS or wanted.startswith("DECIMAL")):
        general = _overflow(wanted)
    return _cases(general, *cases)


def _cases(otherwise: str, *cases: tuple[str, str]) -> str:
    whens = " ".join(f"when {test} then {literal(text)}" for test, text in cases)
    return f"case {whens} else {literal(otherwise)} end" if cases else literal(otherwise)
