"""How old sources are, and what their freshness says of it (dbt's rules).

Room:  act. Imports compiled, engine, nodes, source_freshness.
In:    Compiled, chosen sources, an Engine, the moment.  Out: an Age for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.nodes import Source
from retention_pipeline.source_freshness import Age, judge_age

_NEVER = datetime(1, 1, 1, tzinfo=UTC)  # dbt's moment for a table without rows


def source_ages(
    compiled: Compiled, chosen: Iterable[str], engine: Engine, now: datetime
) -> Iterator[Age]:
    """Ask each chosen source that has a freshness, in the order of their names."""
    for uid in sorted(set(chosen) & compiled.sources.keys()):
        source = compiled.sources[uid]
        if source.freshness:
            yield _age(source, engine, now)


def _age(source: Source, engine: Engine, now: datetime) -> Age:
    rule = source.freshness
    if "loaded_at_query" in rule:
        sql = str(rule["loaded_at_query"])
    elif "loaded_at_field" in rule:
        where = f" where {rule['filter']}" if rule.get("filter") else ""
        sql = f"select max({rule['loaded_at_field']}) as loaded_at from {source.relation}{where}"
    else:
        message = "freshness needs a loaded_at_field or loaded_at_query: DuckDB keeps no such time"
        return Age(source, "runtime error", source.at, message=message)
    try:
        loaded = _moment(engine.moment(sql))
    except EngineFault as fault:
        return Age(source, "runtime error", source.at, message=fault.message)
    return Age(source, judge_age(rule, now - loaded), source.at, loaded, now)


def _moment(value: datetime | None) -> datetime:
    """A moment in UTC."""
    return _NEVER if value is None else value.replace(tzinfo=UTC)
