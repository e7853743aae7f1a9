"""Pictures of a page for the documents: python -m tests.report.screenshots PAGE.html FOLDER NAME [#part].

Writes NAME-light.png and NAME-dark.png: what a window of 1280 by 900 shows of the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import browser


def shoot(page: Path, folder: Path, name: str, part: str = "") -> list[Path]:
    """One picture in light and one in dark; `part` is the id to scroll to."""
    written = []
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        for scheme in ("light", "dark"):
            window.open(page, 1280, 900, scheme)
            if part:
                window.ask(
                    f"document.querySelector('{part}').scrollIntoView({{behavior: 'instant'}})"
                )
            written.append(folder / f"{name}-{scheme}.png")
            window.shoot(written[-1])
    return written


if __name__ == "__main__":
    for path in shoot(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:5]):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
