"""What to write instead of what Spark does not have, or has with another meaning.

Room:  compile. Imports nothing of ours.
In:    the word of a construct.  Out: FIXES, its portable form.
"""

from __future__ import annotations

_LISTS = "a CTE with one row an element; string_agg(x, ',' order by k) for a text"
_DAYS = "date_diff('day', a, b) of dates, or a macro of the project"
_LAST = "qualify row_number() over (partition by ... order by ...) = 1"

FIXES = {
    **dict.fromkeys(("array_agg", "list", "array", "bracket", "slice", "unnest"), _LISTS),
    **dict.fromkeys(("list_sort", "len", "list_distinct", "flatten", "array_size"), _LISTS),
    **dict.fromkeys(("arg_max", "arg_min", "max_by", "min_by", "first", "last"), _LAST),
    **dict.fromkeys(("date_sub", "age", "date_add", "time_bucket"), _DAYS),
    **dict.fromkeys(("struct", "map", "struct_extract"), "columns of their own, in staging"),
    **dict.fromkeys(("pivot", "columns"), "sum(x) filter (where k = '...') a column"),
    "intdiv": "floor(a / nullif(b, 0))",
    "quantile": "percentile_of(x, 0.9)",
    "percentile_disc": "percentile_of(x, 0.9)",
    "mode": _LAST,
    "to_days": "n * interval 1 day",
    "to_months": "n * interval 1 month",
    "dow": "a macro of the project",
    "day_of_week": "a macro of the project",
    "printf": "casts to varchar and ||",
    "format": "casts to varchar and ||",
    "concat": "a || b, with coalesce for what may be null",
    "concat_ws": "a || ',' || b, with coalesce for what may be null",
    "lateral": "a join",
    "cast": "a type of SPEC: varchar, bigint, decimal(18, 4), double, boolean, date, timestamp",
}
