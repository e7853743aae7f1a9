"""Write the working database anew: dropped and replaced rows leave their bytes in its free blocks.

Room:  act. Imports engine, errors, publishing.disk, quoting. Touches the disk.
In:    an open Engine, then its closed file.  Out: the same tables in a file without a past.

In two steps, because a file may not be replaced while its own process has it open: closing a second
handle on it would drop the lock on the first.
"""

from __future__ import annotations

import errno
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.publishing.disk import building_path, discard, flush, log_of, reason_of
from retention_pipeline.quoting import literal, quote

_ALIAS = "pipeline_compacted"


def write_compact(engine: Engine, path: Path, last: str) -> Path:
    """Copy every table and view into a new file beside the database; `last` runs on the copy.

    Raises EngineError; the database is then as it was.
    """
    building = building_path(path)
    discard(building)
    name = str(engine.query("select current_database()")[0][0])
    try:
        engine.query(f"attach {literal(str(building))} as {quote(_ALIAS)}")
        try:
            engine.query(f"copy from database {quote(name)} to {quote(_ALIAS)}")
            engine.query(last.replace("{database}", quote(_ALIAS)))
            engine.query(f"checkpoint {quote(_ALIAS)}")
        finally:
            engine.query(f"detach {quote(_ALIAS)}")
    except (EngineFault, OSError) as error:
        discard(building)
        text = error.message if isinstance(error, EngineFault) else reason_of(error)
        raise EngineError(
            f"the erased rows are gone, but not yet their bytes in the working database: {text}",
            at=Location(path),
            fix="the next build tries again",
        ) from None
    return building


def swap_compact(building: Path, path: Path) -> None:
    """Put the copy in the place of the closed database. Raises EngineError; it is then as it was."""
    try:
        if log_of(path).exists():
            raise OSError(errno.EBUSY, "something was written meanwhile", str(log_of(path)))
        building.chmod(path.stat().st_mode)
        flush(building)
        building.replace(path)
        flush(path.parent)
    except OSError as error:
        discard(building)
        raise EngineError(
            f"the working database could not be replaced: {reason_of(error)}",
            at=Location(path),
            fix="the next build tries again",
        ) from None
