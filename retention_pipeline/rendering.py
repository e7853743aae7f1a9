"""A Project -> its Renderer: the macros of the files with our own generic tests below them.

Room:  compile. Imports node_view, nodes, project, render.
In:    Project, the relations that templates see (they may still be growing).  Out: Renderer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from retention_pipeline.node_view import GraphView, parents_of
from retention_pipeline.nodes import Relation
from retention_pipeline.project import MacroFile, Project
from retention_pipeline.render import Renderer

_BUILTIN = Path(__file__).with_name("builtin_tests.sql")


def renderer_of(project: Project, relations: Mapping[str, Relation]) -> Renderer:
    """Raises CompileError kinds for files of macros that cannot be read."""
    builtin = MacroFile(Path("<built-in tests>"), _BUILTIN.read_text(encoding="utf-8"))
    macros = (builtin, *(replace(m, path=project.place(m.path)) for m in project.macros))
    renderer = Renderer(
        macros,
        project.target,
        project.vars,
        project.environ,
        project.name,
        project.cli_vars,
        project.package_vars,
        project.dispatch,
    )
    renderer.graph(GraphView(project, relations), is_whole=False)
    return renderer


def show_whole(
    renderer: Renderer,
    project: Project,
    relations: Mapping[str, Relation],
    configs: Mapping[str, Mapping[str, Any]],
    needs: Mapping[str, Collection[str]],
) -> None:
    """Let templates that wait for their turn see the whole graph.

    `configs`: what the models' own config() calls came to. `needs`: what each node reads.
    """
    view = GraphView(project, relations, partial(parents_of, needs), configs)
    renderer.graph(view, is_whole=True)
