"""Raw inputs: find the files of each contract, load them whole or say what is wrong with them.

Room:  act. The public names of the room; the rest of the package imports from here.
In:    contracts from models/raw/*.yml, where inputs lie.  Out: tables in the schema `raw`, reports.

    contract   the nouns               batches   SQL that reads a file
    locate     which file              casts     SQL that types a value
    opening    is it readable          load      the quick pass, the write
    match      header -> columns       staging   everything that is wrong
    rows       line by line            seed      tables without a contract
"""

from retention_pipeline.inputs.contract import (
    ABSENT,
    BadValue,
    Format,
    InputColumn,
    InputContract,
    LoadReport,
    OnBadRows,
    Origin,
)
from retention_pipeline.inputs.errors import BadRowsError
from retention_pipeline.inputs.load import adopt, load, prepare
from retention_pipeline.inputs.locate import Located, locate
from retention_pipeline.inputs.seed import load_seed

__all__ = [
    "ABSENT",
    "BadRowsError",
    "BadValue",
    "Format",
    "InputColumn",
    "InputContract",
    "LoadReport",
    "Located",
    "OnBadRows",
    "Origin",
    "adopt",
    "load",
    "load_seed",
    "locate",
    "prepare",
]
