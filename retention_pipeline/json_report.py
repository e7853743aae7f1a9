"""Events and results -> JSON, one object a line (--log-format json).

Room:  tell. Imports events, report.
In:    events while a run goes, Results at its end.  Out: lines through one function.

Each line is {"info": {"name", "level", "msg", "ts"}, "data": {...}}, as dbt's are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from retention_pipeline.events import Event, Finished, Notice, Results, Started, Status, StepResult
from retention_pipeline.report import again_command, step_line, verdict

_LEVELS = {Status.FAILED: "error", Status.WARN: "warn"}


class JsonReport:
    """`say` prints one line; `clock` gives the time that stands in it."""

    def __init__(
        self, say: Callable[[str], None], clock: Callable[[], datetime], *, again: str = ""
    ) -> None:
        self.say, self.clock, self.again = say, clock, again

    def listen(self, event: Event) -> None:
        """One line for each event."""
        if isinstance(event, Notice):
            self._tell("Note", "warn", event.text, {})
        elif isinstance(event, Started):
            text = f"start {event.kind} {event.name}"
            self._tell("NodeStart", "debug", text, asdict(event))
        elif isinstance(event, Finished):
            step = event.result
            self._tell(
                "NodeFinished", _LEVELS.get(step.status, "info"), step_line(step), _data(step)
            )

    def finish(self, results: Results) -> None:
        """The verdict, with a command for everything that failed."""
        counts = {str(s): sum(step.status is s for step in results.steps) for s in Status}
        bad = [step for step in results.steps if step.status is Status.FAILED]
        again = [again_command(step, results.command, self.again) for step in bad]
        published = None if results.published is None else asdict(results.published)
        data = {
            "command": results.command,
            "ok": results.ok,
            "counts": counts,
            "seconds": round(results.seconds, 3),
            "interrupted": results.interrupted,
            "trouble": results.trouble,
            "published": published,
            "again": again,
        }
        self._tell("RunFinished", "info" if results.ok else "error", verdict(results), data)

    def _tell(self, name: str, level: str, text: str, data: dict[str, Any]) -> None:
        self.say(json_line(name, level, text, data, self.clock()))


def json_line(name: str, level: str, text: str, data: dict[str, Any], moment: datetime) -> str:
    """One line of the log."""
    info = {"name": name, "level": level, "msg": text}
    info["ts"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"info": info, "data": data}, default=str)


def _data(step: StepResult) -> dict[str, Any]:
    """All that is known of a step."""
    found = {key: value for key, value in asdict(step).items() if value not in (None, "")}
    if step.at is not None:
        found["at"] = {"file": str(step.at.path), "line": step.at.line}
    return found | {"seconds": round(step.seconds, 4)}
