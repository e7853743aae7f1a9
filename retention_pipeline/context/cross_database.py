"""dbt's cross-database macros, for DuckDB: what `dbt.dateadd(...)` and its like write.

Room:  compile. Imports nothing of ours.
In:    pieces of SQL.  Out: SQL. A project or package may put its own in their place by dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_TYPES = {
    "string": "TEXT",
    "timestamp": "TIMESTAMP",
    "float": "FLOAT",
    "numeric": "numeric(28,6)",
    "bigint": "bigint",
    "int": "INT",
    "boolean": "BOOLEAN",
}


_CLOCKS = (
    "current_timestamp",
    "current_timestamp_backcompat",
    "current_timestamp_in_utc_backcompat",
    "snapshot_get_time",
)


def _word(text: Any) -> str:
    return str(text).strip().strip("'\"").lower()


def dateadd(datepart: str, interval: Any, from_date_or_timestamp: str) -> str:
    return f"date_add({from_date_or_timestamp}, interval ({interval}) {_word(datepart)})"


def datediff(first_date: str, second_date: str, datepart: str) -> str:
    return f"date_diff('{_word(datepart)}', cast({first_date} as timestamp), cast({second_date} as timestamp))"


def date_trunc(datepart: str, date: str) -> str:
    return f"date_trunc('{_word(datepart)}', {date})"


def last_day(date: str, datepart: str) -> str:
    part = _word(datepart)
    if part == "quarter":
        return f"cast(date_trunc('quarter', {date}) + interval 3 month - interval 1 day as date)"
    return f"cast(date_trunc('{part}', {date}) + interval 1 {part} - interval 1 day as date)"


def date_spine(datepart: str, start_date: str, end_date: str) -> str:
    part = _word(datepart)
    step = f"interval 1 {part}"
    return (
        f"select cast(moment as timestamp) as date_{part}\nfrom (select unnest(generate_series("
        f"cast({start_date} as timestamp), cast({end_date} as timestamp), {step})) as moment) as spine\n"
        f"where moment < cast({end_date} as timestamp)"
    )


def date_(year: Any, month: Any, day: Any) -> str:
    return f"make_date({year}, {month}, {day})"


def concat(fields: Sequence[Any]) -> str:
    return " || ".join(str(field) for field in fields)


def hash_(field: str) -> str:
    return f"md5(cast({field} as TEXT))"


def length(expression: str) -> str:
    return f"length({expression})"


def position(substring_text: str, string_text: str) -> str:
    return f"position({substring_text} in {string_text})"


def replace(field: str, old_chars: str, new_chars: str) -> str:
    return f"replace({field}, {old_chars}, {new_chars})"


def right(string_text: str, length_expression: Any) -> str:
    return f"right({string_text}, {length_expression})"


def split_part(string_text: str, delimiter_text: str, part_number: Any) -> str:
    return f"split_part({string_text}, {delimiter_text}, {part_number})"


def safe_cast(field: str, type: str) -> str:  # noqa: A002 - dbt's word
    return f"try_cast({field} as {type})"


def cast(field: str, type: str) -> str:  # noqa: A002 - dbt's word
    return f"cast({field} as {type})"


def cast_bool_to_text(field: str) -> str:
    return f"cast({field} as TEXT)"


def string_literal(value: Any) -> str:
    """A relation is written out with its database, as in dbt: models take such texts apart."""
    return f"'{getattr(value, 'full_name', value)}'"


def escape_single_quotes(expression: Any) -> str:
    return str(expression).replace("'", "''")


def listagg(
    measure: str,
    delimiter_text: str = "','",
    order_by_clause: str | None = None,
    limit_num: int | None = None,
) -> str:
    order = f" {order_by_clause}" if order_by_clause else ""
    if limit_num:
        return f"list_aggr((array_agg({measure}{order}))[1:{limit_num}], 'string_agg', {delimiter_text})"
    return f"string_agg({measure}, {delimiter_text}{order})"


def bool_or(expression: str) -> str:
    return f"bool_or({expression})"


def any_value(expression: str) -> str:
    return f"arbitrary({expression})"


def array_construct(inputs: Sequence[Any] = (), data_type: str = "integer") -> str:
    if not inputs:
        return f"cast([] as {data_type}[])"
    return f"[{', '.join(str(item) for item in inputs)}]"


def array_append(array: str, new_element: Any) -> str:
    return f"list_append({array}, {new_element})"


def array_concat(array_1: str, array_2: str) -> str:
    return f"list_concat({array_1}, {array_2})"


def get_powers_of_two(upper_bound: int) -> int:
    return max(1, (int(upper_bound) - 1).bit_length())


def generate_series(upper_bound: int) -> str:
    return f"select unnest(range(1, {int(upper_bound)} + 1)) as generated_number"


def _type(kind: str) -> Callable[[], str]:
    return lambda: _TYPES[kind]


CROSS_DATABASE: dict[str, Callable[..., Any]] = {
    **{f.__name__.rstrip("_"): f for f in (
        dateadd, datediff, date_trunc, last_day, date_spine, date_, concat, hash_, length, position, replace,
        right, split_part, safe_cast, cast, cast_bool_to_text, string_literal, escape_single_quotes, listagg,
        bool_or, any_value, array_construct, array_append, array_concat, get_powers_of_two, generate_series,
    )},
    **{f"type_{kind}": _type(kind) for kind in _TYPES},
    **{name: lambda: "now()" for name in _CLOCKS},
    "except": lambda: "except",
    "intersect": lambda: "intersect",
}  # fmt: skip
"""Name of the macro -> what writes it."""
