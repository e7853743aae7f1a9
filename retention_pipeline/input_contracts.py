"""A source of the project that declares `input_contract` -> the contract that the loader holds rows to.

Room:  act. Imports inputs, nodes.
In:    Source.  Out: InputContract; InputContractError for a setting that makes no sense.
"""

from __future__ import annotations

from typing import Any

from retention_pipeline.inputs import InputColumn, InputContract, Intervals
from retention_pipeline.inputs.errors import InputContractError
from retention_pipeline.nodes import Source


def input_contract(source: Source) -> InputContract:
    """The loader's view of a source that declares `input_contract`."""
    return InputContract(
        source=source.source,
        table=source.table,
        schema=source.schema,
        identifier=source.identifier,
        columns=tuple(
            InputColumn(
                name=column.name,
                data_type=column.data_type or "varchar",
                required=bool(column.meta.get("required")),
                aliases=_texts(column.meta.get("aliases")),
                accepted_values=_texts(column.meta.get("accepted_values")),
                minimum=_text(column.meta.get("minimum")),
                maximum=_text(column.meta.get("maximum")),
                pattern=_text(column.meta.get("pattern")),
                pattern_name=_text(column.meta.get("pattern_name")) or "",
            )
            for column in source.columns
        ),
        key=_texts(source.meta.get("key")),
        required=bool(source.meta.get("required")),
        min_rows=_min_rows(source),
        required_unless=_texts(source.meta.get("required_unless")),
        files=_texts(source.meta.get("files")),
        at=source.at,
        intervals=_intervals(source.meta.get("intervals")),
    )


def _min_rows(source: Source) -> int:
    value = source.meta.get("min_rows", 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputContractError(
            f"min_rows of source '{source.source}.{source.table}' is {value!r},"
            " which is no whole number from 0",
            at=source.at,
        )
    return value


def _intervals(value: Any) -> Intervals | None:
    if not isinstance(value, dict):
        return None
    return Intervals(_texts(value.get("of")), str(value.get("from")), str(value.get("to")))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)
