"""Events -> a table on a terminal that shows what runs now, with the lines of the report above it.

Room:  tell. Imports events, report; rich, which typer brings along.
In:    events, some from worker threads.  Out: a terminal. NO_COLOR is heeded by rich.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from retention_pipeline.events import Event, Finished, Results, Started, Status
from retention_pipeline.report import TextReport

_STYLES = {
    "ok": "green",
    "reused": "dim",
    "skipped": "dim",
    "warn": "yellow",
    "note": "yellow",
    "failed": "bold red",
}
_MOST = 12  # rows: a terminal is not high


class LiveReport:
    """A text report, and below it the running steps while a run goes."""

    def __init__(
        self, hide: Callable[[str], str], *, quiet: bool, again: str, console: Console | None = None
    ) -> None:
        """`hide` takes secrets out of a line."""
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.hide = hide
        self.text = TextReport(self.say, quiet=quiet, again=again)
        self.running: dict[str, tuple[Started, float]] = {}
        self.done = dict.fromkeys(Status, 0)
        self.live = Live(
            get_renderable=self._table, console=self.console, transient=True, refresh_per_second=6
        )

    def __enter__(self) -> LiveReport:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def say(self, line: str) -> None:
        """One line above the table, its first word coloured by what it says."""
        text = Text(self.hide(line))
        word = line.partition(" ")[0]
        if word in _STYLES:
            text.stylize(_STYLES[word], 0, len(word))
        self.console.print(text, soft_wrap=True)

    def listen(self, event: Event) -> None:
        """Take note of what begins and ends."""
        if isinstance(event, Started):
            self.running[event.unique_id] = (event, time.monotonic())
        elif isinstance(event, Finished):
            self.running.pop(event.result.unique_id, None)
            self.done[event.result.status] += 1
        self.text.listen(event)

    def finish(self, results: Results) -> None:
        """The report at the end."""
        self.text.finish(results)

    def _table(self) -> Any:
        now, table = time.monotonic(), Table.grid(padding=(0, 2))
        counts = ", ".join(f"{count} {status}" for status, count in self.done.items() if count)
        steps = list(self.running.values())
        table.add_row(Text("running", style="bold"), Text(counts or "starting"), "")
        for step, began in steps[:_MOST]:
            table.add_row(step.kind, Text(step.name), f"{now - began:.1f} s")
        if len(steps) > _MOST:
            table.add_row("", f"and {len(steps) - _MOST} more", "")
        return table
