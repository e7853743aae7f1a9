"""Tables whose rows are intervals: those that end before they begin, and those that overlap.

Room:  act (pure text). Imports: quoting, inputs.contract.
In:    a contract, the columns of a table as SQL.  Out: FROM clauses of the rows that break the rule.

A row that was loaded again is a version of its key: only the newest version counts for overlaps.
"""

from __future__ import annotations

from collections.abc import Mapping

from retention_pipeline.inputs.contract import LOADED_AT, InputContract, Intervals
from retention_pipeline.quoting import literal, quote

NEVER = "'infinity'::timestamp"


def broken_sql(contract: InputContract, table: str) -> str:
    """A query with a row when the loaded table breaks the rule."""
    rule = contract.intervals
    if rule is None:
        return "select 1 where false"
    names = {column.name: quote(column.name) for column in contract.columns}
    sides = (turned(rule, names, table), overlapping(contract, rule, names, table))
    return " union all ".join(f"(select 1 {rows} limit 1)" for rows in sides)


def turned(rule: Intervals, names: Mapping[str, str], table: str) -> str:
    """Rows that end before they begin, or at once."""
    return f"from {table} where {names[rule.end]} <= {names[rule.start]}"


def overlapping(
    contract: InputContract, rule: Intervals, names: Mapping[str, str], table: str
) -> str:
    """Rows that begin before one that began earlier has ended, at `earlier_end`."""
    start, end = names[rule.start], f"coalesce({names[rule.end]}, {NEVER})"
    key = ", ".join(names[name] for name in contract.key)
    of = ", ".join(names[name] for name in rule.of)
    version = f"{names[LOADED_AT]} desc nulls last, " if LOADED_AT in names else ""
    newest = (
        f"select *, {end} as own_end from {table} where {start} < {end} "
        f"qualify row_number() over (partition by {key} order by {version}own_end desc) = 1"
    )
    return (
        f"from (select *, max(own_end) over (partition by {of} order by {start} "
        f"rows between unbounded preceding and 1 preceding) as earlier_end from ({newest})) "
        f"where {start} < earlier_end"
    )


def reasons(rule: Intervals) -> tuple[str, str]:
    """What is said of a row of each kind."""
    return f"is not after {rule.start}", f"lies in another interval of the {', '.join(rule.of)}"


def details(rule: Intervals, names: Mapping[str, str]) -> tuple[str, str]:
    """SQL text that follows: the instant that it collides with."""
    return (
        f"{literal(', ')} || cast({names[rule.start]} as varchar)",
        f"case when earlier_end = {NEVER} then {literal(', which is open')} "
        f"else {literal(', which ends ')} || cast(earlier_end as varchar) end",
    )
