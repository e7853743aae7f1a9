"""A Diff as text, JSON or Markdown (for a pull-request comment).

Room:  tell. Imports diff.
In:    a Diff.  Out: text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from retention_pipeline.diff import ColumnChange, Diff, MartDiff, Sample

_MOST_VALUES = 4


def as_text(diff: Diff) -> list[str]:
    """Lines for a terminal: one per mart that differs, details below it."""
    different = [mart for mart in diff.marts if not mart.is_same]
    lines = [f"{diff.left} -> {diff.right}: {_verdict(diff)}"]
    for mart in different:
        lines += ["", f"{mart.name}: {_summary(mart)}"]
        lines += [f"  {line}" for line in (*_schema(mart), *_columns(mart), *_samples(mart))]
    return lines


def as_json(diff: Diff) -> str:
    """Everything, for programs."""
    document = {
        "left": diff.left,
        "right": diff.right,
        "is_same": diff.is_same,
        "marts": [{**asdict(mart), "is_same": mart.is_same} for mart in diff.marts],
    }
    return json.dumps(document, indent=2, default=str)


def as_markdown(diff: Diff) -> str:
    """A comment for a pull request: a table of marts, details folded."""
    different = [mart for mart in diff.marts if not mart.is_same]
    lines = [f"### Marts: {_cell(diff.left)} → {_cell(diff.right)}", "", f"{_verdict(diff)}."]
    if not different:
        return "\n".join(lines) + "\n"
    lines += [
        "",
        "| mart | rows | added | removed | changed | columns |",
        "|---|--:|--:|--:|--:|---|",
    ]
    lines += [_row(mart) for mart in different]
    for mart in different:
        details = [*_schema(mart), *_columns(mart), *_samples(mart)]
        if details:
            lines += ["", f"<details><summary>{_cell(mart.name)}</summary>", ""]
            lines += [f"- {_cell(line)}" for line in details]
            lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _verdict(diff: Diff) -> str:
    different = sum(not mart.is_same for mart in diff.marts)
    if not different:
        return f"no difference in {len(diff.marts)} marts"
    return f"{different} of {len(diff.marts)} marts differ"


def _row(mart: MartDiff) -> str:
    changed = "" if mart.changed is None else f"{mart.changed:,}"
    names = [column.name for column in mart.columns]
    names += [f"+{name}" for name in mart.columns_added]
    names += [f"-{name}" for name in mart.columns_removed]
    names += [f"{name} (type)" for name in mart.types_changed if name not in names]
    cells = [_cell(mart.name), _rows(mart), f"{mart.added:,}", f"{mart.removed:,}", changed]
    return "| " + " | ".join([*cells, _cell(mart.note or ", ".join(names))]) + " |"


def _rows(mart: MartDiff) -> str:
    left, right = (f"{n:,}" if n is not None else "none" for n in (mart.left_rows, mart.right_rows))
    return left if left == right else f"{left} → {right}"


def _summary(mart: MartDiff) -> str:
    if mart.left_rows is None:
        return f"new mart, {mart.right_rows:,} rows"
    if mart.right_rows is None:
        return f"mart is gone ({mart.left_rows:,} rows)"
    counts = {"added": mart.added, "removed": mart.removed, "changed": mart.changed or 0}
    said = ", ".join(f"{n:,} {word}" for word, n in counts.items() if n)
    note = f" ({mart.note})" if mart.note else ""
    return f"{_rows(mart)} rows: {said or 'no row differs'}{note}"


def _schema(mart: MartDiff) -> list[str]:
    lines = [f"column {name} {kind} is new" for name, kind in mart.columns_added.items()]
    lines += [f"column {name} {kind} is gone" for name, kind in mart.columns_removed.items()]
    changes = mart.types_changed.items()
    return [*lines, *(f"column {name}: {old} is now {new}" for name, (old, new) in changes)]


def _columns(mart: MartDiff) -> Iterable[str]:
    ordered: Sequence[ColumnChange] = sorted(mart.columns, key=lambda c: (-c.rows, c.name))
    for column in ordered:
        sizes = []
        if column.max_absolute is not None:
            sizes.append(f"by at most {column.max_absolute:.6g}")
        if column.max_relative is not None:
            sizes.append(f"{100 * column.max_relative:.3g}%")
        size = f", {' or '.join(sizes)}" if sizes else ""
        noun = "row" if column.rows == 1 else "rows"
        yield f"{column.name} differs in {column.rows:,} {noun}{size}"


def _samples(mart: MartDiff) -> Iterable[str]:
    return (_sample(sample) for sample in mart.samples)


def _sample(sample: Sample) -> str:
    key = ", ".join(f"{name}={_shown(value)}" for name, value in sample.key.items())
    pairs = [f"{c} {_shown(a)} -> {_shown(b)}" for c, (a, b) in sample.values.items()]
    more = [f"and {len(pairs) - _MOST_VALUES} more"] if len(pairs) > _MOST_VALUES else []
    values = f": {', '.join([*pairs[:_MOST_VALUES], *more])}" if pairs else ""
    return f"{sample.kind} {key}{values}"


def _shown(value: str | None) -> str:
    return "NULL" if value is None else value


def _cell(text: str) -> str:
    """Text that cannot break a Markdown table or become HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(escaped.split())
