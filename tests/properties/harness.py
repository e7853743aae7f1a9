"""Random rows through the real project: written as files, loaded by contract, built on demand.

What a mart needs is compiled once for every set of vars; all builds share one in-memory database, whose
tables each build replaces. `build` gives a function from a model's name to its rows, which builds
the model and what it needs, and nothing else.
"""

from __future__ import annotations

import atexit
import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from retention_pipeline import api
from retention_pipeline.compiled import Compiled, CompiledModel
from retention_pipeline.compiler import compile_project
from retention_pipeline.engine import Engine
from retention_pipeline.loads import Loader
from retention_pipeline.nodes import Materialized
from retention_pipeline.project import Project
from tests.properties.oracle_customers import SALT
from tests.properties.part import needs, readers_of_inputs, write_part

Rows = Mapping[str, Sequence[Mapping[str, object]]]
Tables = Mapping[str, Sequence[str]]  # table -> the columns that its file must have
Get = Callable[[str], list[dict[str, object]]]
_EMPTY = set[str]()  # tables of this process's database that were loaded from no file
CHECKOUT = Path(__file__).resolve().parents[2]
LOADING = ("adapters", "input_locations", "on_bad_rows")
"""The vars that decide what is loaded, and how."""
SHOP: Tables = {
    "customers": ("customer_id", "created_at"),
    "customer_identities": ("identity_type", "identity_value", "customer_id"),
    "orders": (
        "order_id",
        "customer_id",
        "ordered_at",
        "status",
        "currency",
        "subtotal_amount",
    ),
    "order_lines": ("order_line_id", "order_id", "product_id", "quantity", "unit_price"),
    "products": ("product_id", "name"),
    "refunds": ("refund_id", "order_id", "refunded_at", "amount"),
}


@cache
def folder() -> Path:
    """One folder for this process, gone at its end."""
    place = tempfile.TemporaryDirectory(prefix="random_shops_")
    atexit.register(place.cleanup)
    return Path(place.name)


@cache
def engine() -> Engine:
    """One database in memory for this process."""
    made = Engine(":memory:", {"threads": 1}, variables={"retention_salt": SALT})
    atexit.register(made.close)
    return made


@cache
def part(marts: tuple[str, ...]) -> Path:
    """The project with all that reads inputs, or with what these marts need."""
    root = folder() / "parts" / ("-".join(marts) or "inputs")
    write_part(root, needs(marts) if marts else readers_of_inputs(), loads=not marts)
    return root


@cache
def read(marts: tuple[str, ...]) -> Project:
    """That part as its files say it. No .yml of it asks for a var, so one reading does for all.

    Its macros have the names of the checkout's own: they become code once, not once for each part.
    """
    options = api.Options(
        project_dir=part(marts),
        vars={"inputs_path": str(folder()), "as_of": "2024-01-01"},
        environ=dict(os.environ),
    )
    done = api.open_project(options)
    macros = (replace(file, path=(done.root / file.path).resolve()) for file in done.macros)
    return replace(done, macros=tuple(macros))


@lru_cache(maxsize=300)  # each takes some hundred kilobytes
def compiled(variables: str, marts: tuple[str, ...]) -> Compiled:
    """That part with these vars (as JSON); its reference seeds are loaded."""
    project = read(marts)
    given = {**project.cli_vars, **json.loads(variables)}
    done = compile_project(replace(project, vars={**project.vars, **given}, cli_vars=given))
    relations = done.relations.values()
    engine().ensure_schemas(relation.schema for relation in relations)
    load_seeds(done)
    return done


def write_files(rows: Rows, place: Path) -> None:
    """The files of a shop, one CSV a table; an empty table has a header only."""
    place.mkdir(parents=True, exist_ok=True)
    for table, required in SHOP.items():
        write_file(place / f"{table}.csv", rows.get(table, ()), required)


def write_file(path: Path, rows: Sequence[Mapping[str, object]], required: Sequence[str]) -> None:
    columns = list(dict.fromkeys([*required, *(name for row in rows for name in row)]))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def written(rows: Rows, more: Tables) -> Iterator[None]:
    """The files of these rows are there; those beside the shop's go again, for they are optional."""
    write_files(rows, folder())
    optional = {folder() / f"{table}.csv": table for table in more if rows.get(table)}
    try:
        for path, table in optional.items():
            write_file(path, rows[table], more[table])
        yield
    finally:
        for path in optional:
            path.unlink(missing_ok=True)


def load_seeds(done: Compiled) -> None:
    """Reference seeds do not depend on vars: the first compiled project brings them."""
    known = {str(relation) for relation in engine().relations()}
    loader = Loader(done)
    for uid in done.seeds:
        if str(done.relations[uid]) not in known:
            loader.load(uid, engine())


def load_inputs(variables: Mapping[str, object]) -> None:
    """Load every table; one that has no file, and had none before, is empty already."""
    some = {name: variables[name] for name in LOADING if name in variables}
    given = json.dumps({"as_of": "2024-01-01"} | some, sort_keys=True, default=str)
    loader = Loader(compiled(given, ()))
    for uid, origin in loader.origins.items():
        if not (origin.absent and uid in _EMPTY):
            loader.load(uid, engine())
        (_EMPTY.add if origin.absent else _EMPTY.discard)(uid)


def build(
    rows: Rows,
    variables: Mapping[str, object],
    marts: tuple[str, ...] = (),
    more: Tables = MappingProxyType({}),
) -> Get:
    """Load the rows with these vars; the models are built when they are asked for.

    A test that asks for several marts names them: what they share is compiled once then.
    `more`: tables beside those of every shop.
    """
    given = json.dumps(dict(variables), sort_keys=True, default=str)
    with written(rows, more):
        load_inputs(variables)
    built: set[str] = set()

    def make(uid: str, models: Mapping[str, CompiledModel]) -> None:
        if uid in built or uid not in models:
            return
        built.add(uid)
        model = models[uid]
        for need in sorted(model.needs):
            make(need, models)
        if model.materialized is not Materialized.EPHEMERAL:
            word = "view" if model.materialized is Materialized.VIEW else "table"
            engine().build(model.relation, model.materialized, model.sql, word)

    def get(name: str) -> list[dict[str, object]]:
        models = compiled(given, marts if name in marts else (name,)).models
        (uid,) = (uid for uid in models if uid.endswith(f".{name}"))
        make(uid, models)
        columns, found = engine().table(f"select * from {models[uid].relation}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    return get
