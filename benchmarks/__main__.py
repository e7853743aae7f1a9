"""`python -m benchmarks [PART ...] [--large] [--rows N ...] [--json] [--record]`: the suite.

Prints a line for each figure as it is measured; exit code 1 when a limit is not kept. --record
writes the figures, with date, machine and versions, into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Asked, Figure, Part
from benchmarks.recording import machine, record, table
from benchmarks.suite import PARTS

LARGE = (10_000_000, 100_000_000)


def main() -> int:
    """Run the parts that are asked for; all of them where none is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [part.name for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}")
    parser.add_argument(
        "--large", action="store_true", help="10M and 100M rows: hours, 60 GB of disk"
    )
    parser.add_argument("--rows", type=int, action="append", help="order lines; repeatable")
    parser.add_argument(
        "--times", type=int, default=3, help="runs of short commands; medians are shown"
    )
    parser.add_argument(
        "--memory", default="4GiB", help="memory_limit of DuckDB at the large sizes"
    )
    parser.add_argument("--folder", type=Path, help="where the data goes, removed at the end")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--record", action="store_true", help="write into benchmarks/README.md")
    said = parser.parse_args()
    if unknown := sorted(set(said.parts) - set(names)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(names)}")
    # a stopped run ends its commands and takes its files away
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows = tuple(said.rows or (LARGE if said.large else (1_000_000,)))
    parts = [part for part in PARTS if not said.parts or part.name in said.parts]
    found: dict[str, list[Figure]] = {}
    if said.folder is not None:
        said.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=said.folder) as folder:
        asked = Asked(Path(folder), rows, said.times, said.large, said.memory)
        for part in parts:
            found[part.name] = list(run(part, asked, is_quiet=said.json))
            if said.record:
                record(part, found[part.name], asked)
    if said.json:
        said_figures = {name: [asdict(f) for f in figures] for name, figures in found.items()}
        print(json.dumps({"machine": machine(), "parts": said_figures}, indent=1))
    failed = [
        figure.name for figures in found.values() for figure in figures if figure.verdict == "FAIL"
    ]
    for name in failed:
        print(f"FAIL  {name}", file=sys.stderr)
    return int(bool(failed))


def run(part: Part, asked: Asked, *, is_quiet: bool) -> list[Figure]:
    """One part, told as it goes; a part that cannot run here says why."""
    reason = part.missing()
    if reason:
        print(f"\n{part.title}: skipped, {reason}", file=sys.stderr)
        return []
    print(f"\n{part.title}", file=sys.stderr)
    figures = []
    for figure in part.run(asked):
        figures.append(figure)
        if not is_quiet:
            print(table([figure], head=False), flush=True)
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
