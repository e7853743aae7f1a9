"""What a killed or failed build left in and beside the working database: found and removed.

Room:  act. Imports engine, inputs.contract, publishing.disk, quoting, state.
In:    the working database, its lock held.  Out: nothing; the folder is as a clean end leaves it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.inputs.contract import FOLDER
from retention_pipeline.publishing.disk import is_alive, sweep
from retention_pipeline.quoting import relation
from retention_pipeline.state import SCHEMA

_WORTH_IT = 16 * 1024 * 1024


def sweep_spill(engine: Engine) -> None:
    """Remove files at work, spilled blocks and half-read inputs of builds that are no more.

    To be called before anything is spilled: DuckDB itself leaves them for ever. A folder that
    others may share (setting temp_directory) keeps what is not ours for certain.
    """
    if engine.path == ":memory:":
        return
    with contextlib.suppress(OSError):
        sweep(Path(engine.path).parent)
    ((found,),) = engine.query("select current_setting('temp_directory')")
    if not found:
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


def shrink(engine: Engine) -> None:
    """Give the disk back what a build that filled it left in the working database.

    DuckDB cuts a file at a checkpoint after a change, in another session than the one that failed.
    """
    ((size, free),) = engine.query(
        "select total_blocks * block_size, free_blocks * block_size from pragma_database_size()"
        " where database_name = current_database()"
    )
    if size < _WORTH_IT or free < size / 2:
        return
    change = relation(SCHEMA, "shrink")
    with contextlib.suppress(EngineFault):
        engine.query(f"create or replace table {change} as select 1 as one")
        engine.query(f"drop table {change}")
        engine.query("checkpoint")


def _is_dead(pid: str) -> bool:
    """Our own number counts as dead: in a container every build may have the same one."""
    return pid.isdigit() and (int(pid) == os.getpid() or not is_alive(int(pid)))
