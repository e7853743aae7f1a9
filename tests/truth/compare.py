"""Build the public data sets and print how our marts compare with others' results.

    python tests/truth/compare.py                     all cases
    python tests/truth/compare.py sample_v1 ...       these cases
    python tests/truth/compare.py sample_v1 --database FILE   a database that is already built

One line per comparison: cells compared, cells that differ, largest difference. Exit code 1 if any
cell differs or a build fails, 2 if the data is absent.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.truth import data
from tests.truth.activity_comparisons import ACTIVITY_COMPARISONS
from tests.truth.cases import CASES, BuildError, Case, build
from tests.truth.comparisons import COMPARISONS, Warehouse
from tests.truth.subscription_comparisons import SUBSCRIPTION_COMPARISONS

EVERY_COMPARISON = COMPARISONS | SUBSCRIPTION_COMPARISONS | ACTIVITY_COMPARISONS


def report(case: Case, shared: Path, database: Path) -> int:
    """Print the comparisons of one built case; returns how many cells differ."""
    warehouse = Warehouse(database)
    different = 0
    try:
        for name in case.comparisons:
            compared = EVERY_COMPARISON[name](warehouse, shared / "truth" / case.truth)
            differences = compared.differences
            different += len(differences)
            print(
                f"{'ok  ' if not differences else 'DIFF'} {case.name:20} {name:24}"
                f" {len(compared.expected):7,} cells, {len(differences):,} differ,"
                f" largest difference {compared.largest_difference:.2g}  [{case.truth}]"
            )
            for line in differences[:3]:
                print(f"     {line}")
    finally:
        warehouse.close()
    return different


def main(arguments: list[str] | None = None) -> int:
    """Run the named cases, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    names = [case.name for case in CASES]
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(names))
    parser.add_argument("--database", type=Path, help="compare this database instead of building")
    options = parser.parse_args(arguments)
    if unknown := set(options.cases) - set(names):
        parser.error(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    shared = data.folder()
    if shared is None:
        print(data.ABSENT)
        return 2
    different = 0
    for case in CASES:
        if options.cases and case.name not in options.cases:
            continue
        if options.database:
            different += report(case, shared, options.database)
            continue
        with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as workdir:
            try:
                different += report(case, shared, build(case, shared, Path(workdir)))
            except BuildError as error:
                print(f"FAIL {error}")
                different += 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
