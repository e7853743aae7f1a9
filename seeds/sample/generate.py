"""Write the synthetic sample shop beside this file, or check that it is what would be written.

python seeds/sample/generate.py          writes raw_*.csv and the table of stories in README.md
python seeds/sample/generate.py --check  writes nothing; exit code 1 when a file differs
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generator.files import build_files


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files on disk")
    is_check = parser.parse_args().check
    different = 0
    for path, content in build_files().items():
        old = path.read_bytes() if path.exists() else b""
        different += old != content
        if not is_check:
            path.write_bytes(content)
        sys.stdout.write(f"{'same' if old == content else 'DIFFERS'} {path.name} {len(content)}\n")
    return 1 if is_check and different else 0


if __name__ == "__main__":
    sys.exit(main())
