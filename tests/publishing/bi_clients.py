"""Do BI clients read what we publish? Not a pytest file: it installs clients.

`python -m tests.publishing.bi_clients FILE` runs every block of docs/bi.md that names a client, each
in an environment of its own. Exit code 1 when one cannot read the file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/bi.md"
_BLOCK = re.compile(r"<!-- client: (.+?) \| (.+?) -->\n```python\n(.*?)```", re.DOTALL)
_FILE = "warehouse/retention.duckdb"


@dataclass(frozen=True)
class Client:
    """A block of the document: what to install, what to run."""

    name: str
    requirements: tuple[str, ...]
    code: str


def clients() -> Iterator[Client]:
    """Those that the document shows."""
    for name, wanted, code in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        yield Client(name, tuple(wanted.split()), code)


def run(client: Client, file: Path, folder: Path) -> tuple[bool, str]:
    """Whether it read the file, and what it said last."""
    home = folder / re.sub(r"\W+", "-", client.name)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", *client.requirements]
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    subprocess.run(install, check=True)
    code = client.code.replace(_FILE, str(file))
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    said = done.stdout.strip() or (done.stderr.strip().splitlines() or ["nothing"])[-1]
    return done.returncode == 0, said


def main() -> int:
    """Print one line per client; gives the exit code."""
    file = Path(sys.argv[1]).resolve()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        for client in clients():
            works, said = run(client, file, Path(name))
            print(f"{client.name}: {'ok  ' if works else 'FAIL'} {said}", flush=True)
            failed += not works
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
