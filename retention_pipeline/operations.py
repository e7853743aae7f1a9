"""`pipeline run-operation MACRO`: one macro, with the working database to ask and to change.

Room:  edge. Imports api, compiled, engine, errors, lock, turn, warehouse.
In:    Options, the macro's name and arguments.  Out: what it prints, on the way; what it returns.

Every statement commits by itself, unless the macro begins a transaction: then its own `commit` does,
and without one nothing has happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from retention_pipeline.api import Options, compile_
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.errors import CommandError, Location, PipelineError, did_you_mean
from retention_pipeline.lock import held
from retention_pipeline.turn import Answers
from retention_pipeline.warehouse import open_warehouse


class _Operation(Answers):
    """The database that answers the macro, and a voice."""

    def __init__(self, engine: Engine, tell: Callable[[str], None]) -> None:
        super().__init__(engine)
        self.tell = tell


def run_operation(
    options: Options,
    macro: str,
    arguments: Mapping[str, Any],
    tell: Callable[[str], None],
    wait: float = 0.0,
) -> None:
    """Run it. Raises CommandError for an unknown macro, OperationError for what goes wrong in it."""
    compiled = compile_(options)
    macro = _full_name(macro, compiled.renderer.macro_files)
    for name in arguments:
        if not name.isidentifier():
            raise CommandError(f"--args: '{name}' is no name of an argument")
    with held(compiled.project.target.path, "", wait), open_warehouse(compiled) as engine:
        try:
            _render(compiled, macro, arguments, _Operation(engine, tell))
        except PipelineError as error:
            raise OperationError(error.message, at=error.at, fix=error.fix) from None


def _full_name(macro: str, known: Collection[str]) -> str:
    """The macro of the project, else that of the one package that has it."""
    found = [macro] if macro in known else [k for k in known if k.rpartition(".")[2] == macro]
    if not found:
        raise CommandError(f"there is no macro '{macro}'", fix=did_you_mean(macro, known))
    if len(found) > 1:
        which = ", ".join(sorted(found))
        raise CommandError(f"several packages have a macro '{macro}'", fix=f"say which: {which}")
    return found[0]


class OperationError(PipelineError):
    """The macro failed: something may have been done before."""

    code = "RP403"


def _render(
    compiled: Compiled, macro: str, arguments: Mapping[str, Any], database: _Operation
) -> None:
    relations = {card.name: compiled.relations.get(uid) for uid, card in compiled.cards.items()}
    words = ", ".join(f"{name}=arguments[{json.dumps(name)}]" for name in arguments)
    package, _, name = macro.rpartition(".")
    call = f"{package}.{name}" if package else name
    compiled.renderer.render(
        f"{{% do {call}({words}) %}}",
        Location(compiled.renderer.macro_files[macro]),
        this=None,
        resolve_ref=relations.get,
        resolve_source=relations.get,
        names=(relations, relations),
        extra={"arguments": dict(arguments)},
        database=database,
    )
