"""Events and results -> lines on a terminal.

Room:  tell. Imports events. Only this module and `cli` print.
In:    events while a run goes, Results at its end.  Out: text through one function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from retention_pipeline.events import (
    Event,
    Finished,
    Notice,
    Published,
    Results,
    Status,
    StepResult,
)
from retention_pipeline.freshness import Need
from retention_pipeline.plan import Plan

if TYPE_CHECKING:
    from retention_pipeline.publishing.postgres import SentToPostgres

# A data test that passed says nothing: there are hundreds.
_QUIET = frozenset({"data test", "unit test"})
_KINDS = ("source", "seed", "unit test", "model", "snapshot", "data test", "hook")
_NEXT = (
    (
        "cohort_retention",
        "select cohort_label, period_number, cohort_size, retained_n_period, retention_rate from marts.cohort_retention"
        " where cohort_grain = 'month' and dimension = 'all' order by 1, 2",
    ),
    (
        "repeat_purchase_ladder",
        "select order_number, window_days, customers_reached, p_next_raw, p_next_km from marts.repeat_purchase_ladder"
        " where segment_type = 'all' order by 1, 2",
    ),
    (
        "rfm_segments",
        "select segment, count(*) as customers, sum(monetary) as revenue from marts.rfm_segments"
        " where is_current group by segment order by 2 desc",
    ),
)


class TextReport:
    """Plain lines. `say` prints one line; give it a list's append to collect them."""

    def __init__(self, say: Callable[[str], None], *, quiet: bool = False, again: str = "") -> None:
        """`again`: flags that a command needs to do the same once more."""
        self.say, self.quiet, self.again = say, quiet, again

    def listen(self, event: Event) -> None:
        """Print what is worth a line while the run goes."""
        if isinstance(event, Notice):
            self.say(f"note     {event.text}")
        elif isinstance(event, Finished) and self._is_worth(event.result):
            self.say(step_line(event.result))

    def _is_worth(self, result: StepResult) -> bool:
        if result.status in (Status.FAILED, Status.WARN):
            return True
        return not self.quiet and result.kind not in _QUIET

    def show(self, results: Results) -> None:
        """The whole report of a run that has ended, as if it went by."""
        for step in results.steps:
            self.listen(Finished(step))
        self.finish(results)

    def finish(self, results: Results) -> None:
        """The faults again with their places, the table of counts, where the marts are."""
        bad = [s for s in results.steps if s.status in (Status.FAILED, Status.WARN)]
        if bad:
            self.say("")
            for step in bad:
                for line in fault_lines(step, results.command, self.again):
                    self.say(line)
        if results.steps and not self.quiet:
            self.say("")
            for line in summary_table(results.steps):
                self.say(line)
        self.say("")
        self.say(verdict(results))
        if results.trouble:
            self.say(results.trouble)
        self._where(results)

    def _where(self, results: Results) -> None:
        published = results.published
        if published is None:
            return
        for line in published_lines(published):
            self.say(line)
        built = {s.name for s in results.steps if s.kind == "model"}
        queries = [sql for mart, sql in _NEXT if mart in built]
        if queries and not (
            self.quiet or published.reason or published.is_current or published.left
        ):
            self.say("")
            self.say("try next:")
            for sql in queries:
                self.say(f'  pipeline show --limit 20 --inline "{sql}"')


def published_lines(published: Published) -> list[str]:
    """Where the marts are, or why they are not."""
    if published.reason:
        return [f"not published: {published.reason}"]
    if published.is_current:
        lines = [f"nothing to publish: {published.path} is up to date"]
    else:
        count = f"{published.tables} marts ({published.written} changed)"
        lines = [f"published {count}: {published.path}"]
    return [*lines, f"but not everywhere: {published.left}"] if published.left else lines


def sent_line(sent: SentToPostgres) -> str:
    """What went to PostgreSQL."""
    if sent.is_current:
        return f"nothing to publish: {sent.place} is up to date"
    left = f"; {sent.left}" if sent.left else ""
    return f"published {sent.tables} tables ({sent.rows:,} rows): {sent.place}{left}"


def step_line(result: StepResult) -> str:
    """One step that ended, on one line."""
    words = [f"{result.status:<8}", f"{result.kind:<9}", result.name]
    if result.rows is not None:
        words.append(f"{result.rows:,} rows")
    if result.message:
        words.append(f"({result.message.splitlines()[0]})")
    if result.status is not Status.SKIPPED:
        words.append(f"{result.seconds:.2f} s")
    return " ".join(words)


def again_command(step: StepResult, command: str, flags: str = "") -> str:
    """What does this step once more."""
    if step.kind == "hook":
        return f"pipeline {command}{flags}"
    word = "test" if step.kind in _QUIET else "snapshot" if command == "snapshot" else "build"
    prefix = "source:" if step.kind == "source" else ""
    return f"pipeline {word} --select {prefix}{step.name}{flags}"


def fault_lines(step: StepResult, command: str, flags: str = "") -> list[str]:
    """A step that failed or warns: where, what, the first failing rows, how to see it again."""
    word = "warning" if step.status is Status.WARN else "failed"
    place = f"{step.at}: " if step.at else ""
    lines = [f"{place}{step.kind} {step.name} {word}: {step.message}"]
    lines += [
        f"  {line.strip()}" if not line.startswith(" ") else line
        for line in step.detail.splitlines()
    ]
    if step.fix:
        lines.append(f"  fix: {step.fix}")
    lines.append(f"  again: {again_command(step, command, flags)}")
    return lines


def summary_table(steps: Sequence[StepResult]) -> list[str]:
    """Counts by kind and status, columns that are all zero left out."""
    statuses = [s for s in Status if any(step.status is s for step in steps)]
    rows = [["", *map(str, statuses), "seconds"]]
    for kind in _KINDS:
        mine = [step for step in steps if step.kind == kind]
        if mine:
            counts = [str(sum(s.status is status for s in mine)) for status in statuses]
            rows.append([f"{kind}s", *counts, f"{sum(s.seconds for s in mine):.2f}"])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]


def verdict(results: Results) -> str:
    """How it ended, in one line."""
    if results.interrupted:
        return f"interrupted after {results.seconds:.1f} s; what was built stays, nothing was published"
    failed = sum(s.status is Status.FAILED for s in results.steps)
    if failed:
        skipped = sum(s.status is Status.SKIPPED for s in results.steps)
        return f"{failed} failed, {skipped} skipped, in {results.seconds:.1f} s"
    if not results.steps:
        return "nothing to do: nothing is selected"
    return f"all {len(results.steps)} steps ok in {results.seconds:.1f} s"


def plan_lines(plan: Plan) -> list[str]:
    """One line a relation with its reason, tests counted, orphans named."""
    lines = [
        f"{'keep' if node.keeps_history else 'drop':<8} {node.relation} ({node.unique_id} is gone)"
        for node in plan.orphans
    ]
    steps = [s for s in plan.steps if str(s.kind) not in _QUIET]
    lines += [f"{s.verdict.need:<8} {s.kind:<9} {s.name} ({s.verdict.reason})" for s in steps]
    counts = {need: sum(s.verdict.need is need for s in steps) for need in Need}
    tests = len(plan.steps) - len(steps)
    total = ", ".join(f"{count} {need}" for need, count in counts.items() if count)
    return [*lines, "", f"{total or 'nothing to do'}; {tests} tests run if what they test changes"]
