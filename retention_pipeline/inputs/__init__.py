"""Raw inputs: find the files of each contract, load them whole or say what is wrong with them.

Room:  act. The public names of the room. Those that need DuckDB are imported at first use, so that
       a build that changes nothing can find its inputs without paying for it.
In:    contracts from models/raw/*.yml, where inputs lie.  Out: tables in the schema `raw`, reports.

    contract   the nouns               batches   SQL that reads a file
    locating   which file              casts     SQL that types a value
    opening    is it readable          loading   the quick pass, the write
    match      header -> columns       staging   everything that is wrong
    rows       line by line            seed      tables without a contract
"""

from importlib import import_module
from typing import TYPE_CHECKING

from retention_pipeline.inputs.contract import (
    ABSENT,
    ADDED,
    BadValue,
    Format,
    InputColumn,
    InputContract,
    Intervals,
    LoadReport,
    OnBadRows,
    Origin,
)
from retention_pipeline.inputs.errors import BadRowsError
from retention_pipeline.inputs.locating import Located, is_address, locate

if TYPE_CHECKING:
    from retention_pipeline.inputs.loading import adopt, append, load, prepare
    from retention_pipeline.inputs.seed import load_seed, seed_types

__all__ = [
    "ABSENT",
    "ADDED",
    "BadRowsError",
    "BadValue",
    "Format",
    "InputColumn",
    "InputContract",
    "Intervals",
    "LoadReport",
    "Located",
    "OnBadRows",
    "Origin",
    "adopt",
    "append",
    "is_address",
    "load",
    "load_seed",
    "locate",
    "prepare",
    "seed_types",
]

_AT_FIRST_USE = {
    "adopt": "retention_pipeline.inputs.loading",
    "append": "retention_pipeline.inputs.loading",
    "load": "retention_pipeline.inputs.loading",
    "load_seed": "retention_pipeline.inputs.seed",
    "seed_types": "retention_pipeline.inputs.seed",
    "prepare": "retention_pipeline.inputs.loading",
}


def __getattr__(name: str) -> object:
    if name not in _AT_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_AT_FIRST_USE[name]), name)
