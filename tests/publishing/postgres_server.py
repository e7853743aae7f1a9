"""A PostgreSQL server of our own in a temporary folder, as a user that is not root.

In:    Debian's postgresql, or any other whose programs are found.  Out: host (a socket folder), port.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "a-word-nobody-prints"


@dataclass(frozen=True)
class Server:
    """Where it listens: a socket, no network."""

    host: str
    port: str
    user: str = "publisher"
    password: str = PASSWORD


def why_not() -> str:
    """Why no server can be started here; '' when one can."""
    if _programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and (_other_user() is None or shutil.which("runuser") is None):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def _other_user() -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Started, and stopped at the end with everything it wrote."""
    programs, folder = _programs(), Path(tempfile.mkdtemp(prefix="pipeline-pg-"))
    assert programs is not None
    other = _other_user() if os.geteuid() == 0 else None
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if other is not None:
        for path in (folder, secret):
            os.chown(path, other.pw_uid, other.pw_gid)

    def run(*words: str) -> None:
        start = ["runuser", "-u", other.pw_name, "--"] if other else []
        done = subprocess.run(
            [*start, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    data = str(folder / "data")
    control = str(programs / "pg_ctl")
    started = False
    try:
        run(
            *(str(programs / "initdb"), "-D", data, "-U", "publisher", "--pwfile", str(secret)),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
        )
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off -p 54321"
        run(control, "-D", data, "-l", str(folder / "log"), "-o", settings, "-w", "start")
        started = True
        yield Server(str(folder), "54321")
    finally:
        if started:
            run(control, "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
