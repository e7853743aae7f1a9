"""The project of this checkout on its sample, compiled and bound once in a process."""

from __future__ import annotations

from functools import cache

from retention_pipeline.api import Options, compile_
from retention_pipeline.binder import bind
from retention_pipeline.compiled import Compiled
from retention_pipeline.lineage import Lineage
from tests.conftest import CHECKOUT


@cache
def compiled() -> Compiled:
    """The tables of the contract themselves, no adapter."""
    return compile_(Options(project_dir=CHECKOUT, environ={}))


@cache
def lineage() -> Lineage:
    """Of every column, over what the binder says of them."""
    return Lineage(compiled(), bind(compiled()))
