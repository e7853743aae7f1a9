"""Days, instants and intervals. An instant is a TIMESTAMP_NTZ; the session's time zone is UTC.

Room:  compile. May touch: sqlglot. Imports kinds, walk.
In:    nodes of typed DuckDB SQL.  Out: RULES; moved, for sums of a time and a number or interval.
"""

from __future__ import annotations

from sqlglot import exp

from retention_pipeline.engines.spark.kinds import Kind, has_interval
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

_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_DAYS = {"DAY": 1, "WEEK": 7}
_SECONDS = {"HOUR", "MINUTE", "SECOND"}
_FRACTIONS = {"MILLISECOND": "0.001", "MICROSECOND": "0.000001"}
_BOUNDARIES = {"HOUR": 3600, "MINUTE": 60, "SECOND": 1}
_TRUNCATED = {"YEAR", "QUARTER", "MONTH", "WEEK"}
_FORMATS = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss"}
_LAST_SAFE_DAY = 28
_SET_BACK = (60, 30)  # minutes by which clocks are set back
_MICROS = 1000000


def moved(node: exp.Binary, walk: Walk) -> exp.Expr | None:
    """day + 7, instant - interval 1 month, ...; None when neither side is a time."""
    this, other = node.this, node.expression
    if has_interval(this) and not has_interval(other) and isinstance(node, exp.Add):
        this, other = other, this
    kinds = walk.kind(this), Kind.INTERVAL if has_interval(other) else walk.kind(other)
    if isinstance(node, exp.Add) and kinds[1].is_time and kinds[0] is Kind.INTEGER:
        this, other, kinds = other, this, (kinds[1], kinds[0])
    if not kinds[0].is_time and not kinds[1].is_time:
        return None
    is_back = isinstance(node, exp.Sub)
    if kinds[1] is Kind.INTERVAL and kinds[0].is_time:
        return _by_interval(node, this, other, is_back, walk)
    if kinds == (Kind.DATE, Kind.INTEGER):
        return call("date_sub" if is_back else "date_add", walk.go(this), _as_int(other, walk))
    raise walk.refused(
        node,
        f"{type(node).__name__.lower()} of {kinds[0].value} and {kinds[1].value}",
        "date_diff('day', a, b) between dates; epoch(b) - epoch(a) for seconds",
    )


def _as_int(node: exp.Expr, walk: Walk) -> exp.Expr:
    literal = bare(node)
    done = walk.go(node)
    return done if isinstance(literal, exp.Literal) else cast(done, "int")


def _by_interval(
    node: exp.Binary, time: exp.Expr, interval: exp.Expr, is_back: bool, walk: Walk
) -> exp.Expr:
    count, unit = _steps(interval, walk)
    if is_back:
        count = exp.Neg(this=parens(count))
    is_day = walk.kind(time) is Kind.DATE
    done = walk.go(time)
    if unit in _MONTHS and is_day:
        return _instant(call("add_months", done, _times(count, _MONTHS[unit])))
    if unit in _DAYS and is_day:
        return _instant(call("date_add", done, _times(count, _DAYS[unit])))
    at = _instant(done) if is_day else done
    return exp.Paren(this=exp.Add(this=parens(at), expression=_interval(node, count, unit, walk)))


def _interval(node: exp.Expr, count: exp.Expr, unit: str, walk: Walk) -> exp.Expr:
    if unit in _MONTHS:
        return call("make_ym_interval", number(0), _times(count, _MONTHS[unit]))
    if unit in _DAYS:
        return call("make_dt_interval", _times(count, _DAYS[unit]))
    if unit in _SECONDS:
        before = {"HOUR": [0], "MINUTE": [0, 0], "SECOND": [0, 0, 0]}[unit]
        return call("make_dt_interval", *(number(n) for n in before), count)
    if unit in _FRACTIONS:
        seconds = exp.Mul(this=parens(count), expression=number(_FRACTIONS[unit]))
        return call(
            "make_dt_interval", number(0), number(0), number(0), cast(seconds, "decimal(18, 6)")
        )
    raise walk.refused(node, f"an interval of {unit.lower()}", "day, week, month, quarter, year")


def _steps(node: exp.Expr, walk: Walk) -> tuple[exp.Expr, str]:
    """How many of which unit an interval is: its own number times the factors around it."""
    node = bare(node)
    if isinstance(node, exp.Neg):
        count, unit = _steps(node.this, walk)
        return exp.Neg(this=parens(count)), unit
    if isinstance(node, exp.Mul):
        interval, factor = node.this, node.expression
        if not has_interval(interval):
            interval, factor = factor, interval
        if walk.kind(factor) is not Kind.INTEGER:
            raise walk.refused(node, "an interval times a fraction", "cast the factor to integer")
        count, unit = _steps(interval, walk)
        times = cast(walk.go(factor), "int")
        return (times if count == number(1) else exp.Mul(this=times, expression=count)), unit
    if not isinstance(node, exp.Interval) or not node.args.get("unit"):
        raise walk.refused(node, "an interval that is no sum of one unit", "n * interval 1 month")
    value = bare(node.this)
    unit = node.args["unit"].name.upper()
    if isinstance(value, exp.Literal):
        if not value.name.lstrip("-").isdigit():
            raise walk.refused(node, f"an interval of '{value.name}'", "whole numbers of one unit")
        return number(int(value.name)), unit
    if walk.kind(value) is not Kind.INTEGER:
        raise walk.refused(node, "an interval of a fraction", "cast the number to integer")
    return cast(walk.go(value), "int"), unit


def _times(count: exp.Expr, factor: int) -> exp.Expr:
    if factor == 1:
        return count
    return exp.Mul(this=number(factor), expression=parens(count))


def _instant(done: exp.Expr) -> exp.Expr:
    return cast(done, "timestamp_ntz")


def _diff(node: exp.DateDiff, walk: Walk) -> exp.Expr:
    """date_diff counts the boundaries between: days, months of the calendar, full hours."""
    walk.only(node, "this", "expression", "unit", "date_part_boundary")
    last, first, unit = node.this, node.expression, node.args["unit"].name.upper()
    kinds = walk.kind(first), walk.kind(last)
    if not all(kind.is_time for kind in kinds):
        raise walk.refused(node, f"date_diff of {kinds[0].value} and {kinds[1].value}", "cast both")
    if unit == "DAY":
        return cast(call("datediff", _day(last, walk), _day(first, walk)), "bigint")
    if unit in _MONTHS:
        return cast(_months_between(unit, _day(first, walk), _day(last, walk)), "bigint")
    if unit in _BOUNDARIES:
        per = number(_BOUNDARIES[unit] * _MICROS)
        whole = (
            call("floor", exp.Div(this=_micros(each, walk), expression=cast(per.copy(), "double")))
            for each in (last, first)
        )
        return cast(exp.Sub(this=next(whole), expression=next(whole)), "bigint")
    raise walk.refused(node, f"date_diff('{unit.lower()}')", "date_diff('day', a, b) / 7")


def _months_between(unit: str, first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Years times the periods of a year, and the periods of the last year."""
    per_year = 12 // _MONTHS[unit]
    years = exp.Paren(this=exp.Sub(this=call("year", last), expression=call("year", first)))
    if per_year == 1:
        return years
    part = {4: "quarter", 12: "month"}[per_year]
    parts = exp.Sub(this=call(part, last.copy()), expression=call(part, first.copy()))
    return exp.Add(
        this=exp.Mul(this=years, expression=number(per_year)), expression=exp.Paren(this=parts)
    )


def _day(node: exp.Expr, walk: Walk) -> exp.Expr:
    done = walk.go(node)
    return done if walk.kind(node) is Kind.DATE else cast(done, "date")


def _micros(node: exp.Expr, walk: Walk) -> exp.Expr:
    return call("unix_micros", cast(walk.go(node), "timestamp"))


def _epoch(node: exp.TimeToUnix, walk: Walk) -> exp.Expr:
    walk.only(node, "this")
    if not walk.kind(node.this).is_time:
        raise walk.refused(node, "epoch() of no date or timestamp", "cast it to timestamp")
    return exp.Paren(
        this=exp.Div(this=cast(_micros(node.this, walk), "double"), expression=number("1e6"))
    )


def _truncated(node: exp.Expr, walk: Walk) -> exp.Expr:
    """date_trunc gives a TIMESTAMP, of a DATE too."""
    walk.only(node, "this", "unit")
    unit = node.args["unit"].name.upper()
    kind = walk.kind(node.this)
    done = walk.go(node.this)
    if not kind.is_time:
        raise walk.refused(node, f"date_trunc of {kind.value}", "cast it to date or timestamp")
    if unit == "DAY":
        return _instant(cast(done, "date"))
    if unit in _TRUNCATED:
        day = done if kind is Kind.DATE else cast(done, "date")
        return _instant(call("trunc", day, text(unit)))
    if unit in _SECONDS and kind is Kind.TIMESTAMP:
        return _instant(call("date_trunc", text(unit), cast(done, "timestamp")))
    raise walk.refused(node, f"date_trunc('{unit.lower()}')", "day, week, month, quarter or year")


def _part(name: str) -> Rule:
    """Parts of a day or an instant: BIGINT in DuckDB, INT in Spark."""

    def rule(node: exp.Expr, walk: Walk) -> exp.Expr:
        walk.only(node, "this")
        if not walk.kind(node.this).is_time:
            raise walk.refused(node, f"{name}() of no date or timestamp", "cast it to date")
        return cast(call(name, walk.go(node.this)), "bigint")

    return rule


def _last_day(node: exp.LastDay, walk: Walk) -> exp.Expr:
    walk.only(node, "this")
    return call("last_day", _day(node.this, walk))


def _made(node: exp.DateFromParts, walk: Walk) -> exp.Expr:
    walk.only(node, "year", "month", "day")
    parts = [cast(walk.go(node.args[name]), "int") for name in ("year", "month", "day")]
    return call("make_date", *parts)


def _formatted(node: exp.TimeToStr, walk: Walk) -> exp.Expr:
    """strftime with the letters that mean the same in every engine."""
    walk.only(node, "this", "format")
    pattern = node.args["format"]
    written = pattern.name if isinstance(pattern, exp.Literal) else "%?"
    parts = written.split("%")
    wanted = [f"%{part[:1]}" for part in parts[1:]]
    if any(each not in _FORMATS for each in wanted) or "'" in written:
        raise walk.refused(node, f"strftime with '{written}'", "only %Y %m %d %H %M %S")
    if not walk.kind(node.this).is_time:
        raise walk.refused(node, "strftime of no date or timestamp", "cast it to timestamp")
    letters = _as_is(parts[0])
    letters += "".join(_FORMATS[f"%{part[0]}"] + _as_is(part[1:]) for part in parts[1:])
    return call("date_format", cast(walk.go(node.this), "timestamp"), text(letters))


def _as_is(letters: str) -> str:
    """Text between the parts of a format: Java reads letters as parts unless they are quoted."""
    return f"'{letters}'" if any(letter.isalpha() for letter in letters) else letters


def _in_zone(node: exp.AtTimeZone, walk: Walk) -> exp.Expr:
    """(utc at time zone 'UTC') at time zone 'Europe/Berlin': the local time of an instant, or the way back."""
    inner = bare(node.this)
    zones = [inner.args["zone"], node.args["zone"]] if isinstance(inner, exp.AtTimeZone) else []
    if not zones or not all(isinstance(zone, exp.Literal) for zone in zones):
        raise walk.refused(
            node, "at time zone, once", "x at time zone 'UTC' at time zone 'Europe/Berlin'"
        )
    if walk.kind(inner.this) is not Kind.TIMESTAMP:
        raise walk.refused(node, "at time zone of no timestamp", "cast it to timestamp")
    if zones[1].name == "UTC" and zones[0].name != "UTC":
        return _to_utc(cast(walk.go(inner.this), "timestamp_ntz"), zones[0].name)
    if zones[0].name != "UTC":
        raise walk.refused(
            node, "from one local time to another", "x at time zone 'UTC' at time zone '...'"
        )
    return call("convert_timezone", text("UTC"), text(zones[1].name), walk.go(inner.this))


def _to_utc(local: exp.Expr, zone: str) -> exp.Expr:
    """The UTC time of a local one: where it is there twice the later of both, as DuckDB takes it.

    Spark takes the earlier one; what lies an hour, or half of one, after it is tried.
    """
    first = call("convert_timezone", text(zone), text("UTC"), local)
    ifs = []
    for minutes in _SET_BACK:
        step = exp.Interval(this=text(str(minutes)), unit=exp.Var(this="MINUTE"))
        later = exp.Add(this=first.copy(), expression=step)
        there = call("convert_timezone", text("UTC"), text(zone), later.copy())
        ifs.append(exp.If(this=exp.EQ(this=there, expression=local.copy()), true=later))
    return exp.Case(ifs=ifs, default=first)


def _series(node: exp.Explode, walk: Walk) -> exp.Expr:
    """unnest(generate_series(first, last, interval 1 month)) in a select list: instants.

    DuckDB adds the step again and again, Spark counts from the first: the same up to the 28th.
    """
    walk.only(node, "this")
    series = node.this
    if not isinstance(series, exp.GenerateSeries) or not series.args.get("step"):
        raise walk.refused(node, "unnest() of something else than a series of days", "date_spine()")
    walk.only(series, "start", "end", "step", "is_end_exclusive")
    first, last = series.args["start"], series.args["end"]
    if (walk.kind(first), walk.kind(last)) != (Kind.DATE, Kind.DATE):
        raise walk.refused(node, "a series of something else than dates", "cast both ends to date")
    count, unit = _steps(series.args["step"], walk)
    if count != number(1) or unit not in {**_MONTHS, **_DAYS}:
        raise walk.refused(node, "a series with steps of several units", "interval 1 month")
    start, end = walk.go(first), walk.go(last)
    size = {**_MONTHS, **_DAYS}[unit]
    word = "MONTH" if unit in _MONTHS else "DAY"
    step = exp.Interval(this=text(str(size)), unit=exp.Var(this=word))
    days = call("sequence", start, end, step)
    none = call("sequence", start.copy(), start.copy(), step.copy())
    empty = call("slice", none, number(1), number(0))
    ifs = [exp.If(this=exp.LTE(this=start.copy(), expression=end.copy()), true=days)]
    if unit in _MONTHS:
        late = exp.GT(this=call("day", start.copy()), expression=number(_LAST_SAFE_DAY))
        told = call("raise_error", text("a series of months starts after the 28th of a month"))
        ifs.insert(0, exp.If(this=late, true=cast(told, "array<date>")))
    found = cast(exp.Case(ifs=ifs, default=empty), "array<timestamp_ntz>")
    return call("explode", found)


RULES: Rules = {
    exp.DateDiff: _diff,
    exp.TimeToUnix: _epoch,
    exp.DateTrunc: _truncated,
    exp.TimestampTrunc: _truncated,
    exp.Year: _part("year"),
    exp.Quarter: _part("quarter"),
    exp.Month: _part("month"),
    exp.Day: _part("day"),
    exp.Hour: _part("hour"),
    exp.Minute: _part("minute"),
    exp.LastDay: _last_day,
    exp.DateFromParts: _made,
    exp.TimeToStr: _formatted,
    exp.AtTimeZone: _in_zone,
    exp.Explode: _series,
}
