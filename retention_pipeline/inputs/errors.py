"""What can be wrong with a raw input; one class and code for each kind.

Room:  words. Imports: errors.
In:    a message, the user's file and line, a fix.  Out: InputError subclasses RP302 to RP315.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retention_pipeline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retention_pipeline.errors import Location
    from retention_pipeline.inputs.contract import BadValue


class InputsPathError(InputError):
    """`inputs_path` is missing, is no folder, or holds none of the known tables."""

    code = "RP302"


class MissingTableError(InputError):
    """A required table has no file."""

    code = "RP303"


class AmbiguousInputError(InputError):
    """A table could come from more than one place."""

    code = "RP304"


class UnreadableInputError(InputError):
    """A file cannot be opened, is cut off, or is not what its name says."""

    code = "RP305"


class EmptyInputError(InputError):
    """A file of 0 bytes where at least a header is needed."""

    code = "RP306"


class EncodingError(InputError):
    """A file that is not UTF-8 as a whole (single bad rows are bad rows)."""

    code = "RP307"


class MissingColumnError(InputError):
    """A required column is not in the header."""

    code = "RP308"


class DuplicateColumnError(InputError):
    """Two header names stand for the same column."""

    code = "RP309"


class BadRowsError(InputError):
    """Rows that break the contract; nothing was loaded. `examples` are the first of them."""

    code = "RP310"

    def __init__(
        self,
        message: str,
        *,
        examples: tuple[BadValue, ...],
        reasons: Mapping[str, int],
        at: Location | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(message, at=at, fix=fix)
        self.examples = examples
        self.reasons = dict(reasons)


class InputContractError(InputError):
    """The contract itself cannot be: a column twice, a type DuckDB does not know."""

    code = "RP311"


class SourceRelationError(InputError):
    """The table or expression that a source names cannot be read."""

    code = "RP312"


class SeedError(InputError):
    """A seed's header or column types cannot be used."""

    code = "RP313"


class UnknownInputError(InputError):
    """A file whose name is nearly, but not quite, that of an absent table."""

    code = "RP314"


class TooFewRowsError(InputError):
    """A table that is given has fewer rows than its contract wants (`min_rows`)."""

    code = "RP315"
