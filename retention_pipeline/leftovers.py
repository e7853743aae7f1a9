"""What a killed build left where DuckDB puts what does not fit in memory: found and removed.

Room:  act. Imports engine, inputs.staging, publishing.disk.
In:    the working database, its lock held.  Out: nothing; the folder is as a clean end leaves it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from retention_pipeline.engine import Engine
from retention_pipeline.inputs.staging import FOLDER
from retention_pipeline.publishing.disk import is_alive


def sweep_spill(engine: Engine) -> None:
    """Remove spilled blocks and half-read inputs of builds that are no more.

    To be called before anything is spilled: DuckDB itself leaves them for ever. A folder that
    others may share (setting temp_directory) keeps what is not ours for certain.
    """
    ((found,),) = engine.query("select current_setting('temp_directory')")
    if engine.path == ":memory:" or not found:
        return
    folder = Path(str(found))
    is_ours = folder.absolute() == Path(f"{engine.path}.tmp").absolute()
    with contextlib.suppress(OSError):
        for left in folder.glob("duckdb_temp_*") if is_ours else ():
            left.unlink()
        for left in folder.glob(f"{FOLDER}*"):
            if _is_dead(left.name.removeprefix(FOLDER).partition("-")[0]):
                shutil.rmtree(left, ignore_errors=True)
        if is_ours:
            folder.rmdir()


def _is_dead(pid: str) -> bool:
    """Our own number counts as dead: in a container every build may have the same one."""
    return pid.isdigit() and (int(pid) == os.getpid() or not is_alive(int(pid)))
