"""One model to make: what a materialization gets, and the protocol that all of them keep.

Room:  act. Imports compiled, engine, errors, nodes.
In:    -  Out: Work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from retention_pipeline.compiled import CompiledModel
from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import Location
from retention_pipeline.nodes import Materialized, Relation
from retention_pipeline.project import Project

IsSame = Callable[[Relation, Relation], bool]


@dataclass(frozen=True, slots=True)
class Touched:
    """What of a model is to be made again. `keys`: a query of its keys in the columns key0, key1, ...

    `sql` is the model's own over the `views`, which hold the rows that are needed for these keys.
    `delta`: where the rows that differ are kept for others; `note(gone, come)` is told of them.
    """

    key: tuple[str, ...]
    keys: str
    views: Mapping[str, str]
    sql: str
    lines: tuple[int, ...]
    delta: Relation | None
    note: Callable[[Relation, Relation], None]


@dataclass(frozen=True, slots=True)
class Work:
    """`was`: 'table' or 'view' when the relation exists as that. `rebuild`: history is not kept.

    `is_same(old, new)`: whether nothing differs; None when the old one is not to be compared.
    """

    engine: Engine
    model: CompiledModel
    project: Project
    was: str | None
    rebuild: bool
    is_same: IsSame | None = None
    is_new: bool = False  # nothing is remembered of it
    named: Mapping[str, Relation] = field(default_factory=dict)  # what ref() and source() may say
    touched: Touched | None = None  # what of it differs, where that is known

    @property
    def is_one_statement(self) -> bool:
        """True for a new table or view with nothing around it: it needs no transaction, and no row
        of the state to be changed with it."""
        model = self.model
        is_plain = model.materialized in (Materialized.TABLE, Materialized.VIEW)
        more = model.hooks or model.checks or model.model.is_python
        return self.is_new and is_plain and not more and self.was is None

    @property
    def relation(self) -> Relation:
        return self.model.relation

    @property
    def at(self) -> Location:
        """The model's own file."""
        return self.model.place(self.project, None)

    def fault(self, message: str, fix: str | None = None) -> EngineFault:
        """What went wrong, at the model's file."""
        return EngineFault(message, fix, None, self.at)

    def query(self, sql: str) -> int:
        """Run a statement of ours: what the engine says of it is about the model as a whole.

        Gives the number of rows that it wrote.
        """
        try:
            rows = self.engine.query(sql)
        except EngineFault as fault:
            raise self.fault(fault.message, fault.fix) from None
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def rows(self) -> int:
        """How many rows the relation has now."""
        return int(self.engine.query(f"select count(*) from {self.relation}")[0][0])
