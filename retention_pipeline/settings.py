"""Vars of the command line and the edge's clock -> the vars that a project is compiled with.

Room:  plan. Imports errors, yaml_lines.
In:    the text of --vars, the declared vars, today's date by time zone.  Out: checked values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retention_pipeline.errors import CommandError, PipelineError, did_you_mean
from retention_pipeline.yaml_lines import parse_yaml, plain

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?\Z")


def parse_vars(text: str | None, flag: str = "--vars") -> dict[str, Any]:
    """--vars, or another flag, as YAML or JSON. Raises CommandError."""
    if not text:
        return {}
    try:
        value = plain(parse_yaml(text, Path(flag)))
    except PipelineError as error:
        raise CommandError(
            f"{flag} is not YAML: {error.message}", fix="write it like '{as_of: 2026-01-01}'"
        ) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CommandError(f"{flag} must be a mapping", fix="write it like '{as_of: 2026-01-01}'")
    return value


def with_as_of(
    given: Mapping[str, Any], declared: Mapping[str, Any], today: Callable[[ZoneInfo], date]
) -> dict[str, Any]:
    """`given` with `as_of` made sure of when the project has that var.

    On the user's own inputs it defaults to the start of today in the reporting time zone; on the
    sample it stays null and the models take sample_as_of. Raises CommandError for what is no date.
    """
    values = dict(given)
    merged = {**declared, **given}
    zone = _zone(merged.get("reporting_timezone", "UTC"))
    if "as_of" not in merged:
        return values
    if merged["as_of"] is not None:
        check_moment("as_of", merged["as_of"])
    elif any(merged.get(name) for name in ("inputs_path", "input_locations", "adapters")):
        values["as_of"] = today(zone).isoformat()
    return values


def check_moment(name: str, value: Any) -> None:
    """Raise CommandError unless `value` is a date or a timestamp without zone."""
    text = str(value)
    try:
        if not _MOMENT.match(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"var {name} is '{text}', which is no date",
            fix=f"write {name}: 2026-01-31 or {name}: '2026-01-31 12:00:00'",
        ) from None


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from zoneinfo import available_timezones

        raise CommandError(
            f"var reporting_timezone is '{value}', which is no time zone",
            fix=did_you_mean(str(value), available_timezones()) or "for example Europe/Berlin",
        ) from None
