"""Figures as a table, and into benchmarks/README.md between the marks of their part."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.clock import ROOT
from benchmarks.figures import HEAD, Asked, Figure, Part

README = ROOT / "benchmarks" / "README.md"
PACKAGES = ("duckdb", "sqlglot", "polars")


def table(figures: Sequence[Figure], *, head: bool = True) -> str:
    """A Markdown table."""
    lines = [figure.cells for figure in figures]
    rule = ("---", "--:", "--:", "---", "--:", "--:", "--:")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in ([HEAD, rule] if head else []) + lines)


def machine() -> str:
    """Where and when: date, processor, cores, memory, versions, load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))]
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}",
            _processor(),
            f"{os.cpu_count()} cores",
            f"{memory:.0f} GB",
            f"{platform.system()} {platform.release().split('-')[0]}",
            *versions,
            f"load {os.getloadavg()[0]:.1f}",
        ]
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join(found.group(1).split()) if found else platform.machine()


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def record(part: Part, figures: Sequence[Figure], asked: Asked, readme: Path = README) -> None:
    """Replace the part's table, or add one; a skipped part leaves the last one where it is."""
    if not figures:
        return
    sizes = ", ".join(f"{rows:,}" for rows in asked.rows)
    name = f"{part.name}-large" if asked.is_large else part.name
    text = f"{machine()}; rows asked: {sizes}.\n\n{table(figures)}"
    readme.write_text(
        between(readme.read_text(encoding="utf-8"), name, part.title, text), encoding="utf-8"
    )


def between(page: str, name: str, title: str, text: str) -> str:
    """The page with `text` between the marks of `name`; a new section at the end without them."""
    begin, end = f"<!-- figures: {name} -->", f"<!-- end: {name} -->"
    block = f"{begin}\n{text}\n{end}"
    if begin not in page:
        return f"{page.rstrip()}\n\n### {title}\n\n{block}\n"
    return page[: page.index(begin)] + block + page[page.index(end) + len(end) :]
