"""Random rows through the real project: written as files, loaded by contract, built on demand.

The project is compiled once for every set of vars; all builds share one in-memory database, whose
tables each build replaces. `build` gives a function from a model's name to its rows, which builds
the model and what it needs, and nothing else.
"""

from __future__ import annotations

import atexit
import csv
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from retention_pipeline import api
from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.loads import Loader
from retention_pipeline.nodes import Materialized
from tests.properties.oracle_customers import SALT

Get = Callable[[str], list[dict[str, object]]]
CHECKOUT = Path(__file__).resolve().parents[2]
REQUIRED = {
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
def compiled(variables: str) -> Compiled:
    """The project with these vars (as JSON); its reference seeds are loaded."""
    options = api.Options(
        project_dir=CHECKOUT,
        vars=json.loads(variables) | {"inputs_path": str(folder())},
        environ=dict(os.environ),
    )
    done = api.compile_(options)
    relations = done.relations.values()
    engine().ensure_schemas(relation.schema for relation in relations)
    load_seeds(done)
    return done


def write_files(rows: Mapping[str, Sequence[Mapping[str, object]]], place: Path) -> None:
    """One CSV file a table; an empty table has a header only."""
    place.mkdir(parents=True, exist_ok=True)
    for table, required in REQUIRED.items():
        found = rows.get(table, ())
        columns = list(dict.fromkeys([*required, *(name for row in found for name in row)]))
        with (place / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(found)


def load_seeds(done: Compiled) -> None:
    """Reference seeds do not depend on vars: the first compiled project brings them."""
    known = {str(relation) for relation in engine().relations()}
    loader = Loader(done)
    for uid in done.seeds:
        if str(done.relations[uid]) not in known:
            loader.load(uid, engine())


def build(
    rows: Mapping[str, Sequence[Mapping[str, object]]], variables: Mapping[str, object]
) -> Get:
    """Load the rows with these vars; the models are built when they are asked for."""
    done = compiled(json.dumps(dict(variables), sort_keys=True, default=str))
    write_files(rows, folder())
    loader = Loader(done)
    for uid in loader.contracts:
        loader.load(uid, engine())
    built: set[str] = set()

    def make(uid: str) -> None:
        if uid in built or uid not in done.models:
            return
        built.add(uid)
        model = done.models[uid]
        for need in sorted(model.needs):
            make(need)
        if model.materialized is not Materialized.EPHEMERAL:
            word = "view" if model.materialized is Materialized.VIEW else "table"
            engine().build(model.relation, model.materialized, model.sql, word)

    def get(name: str) -> list[dict[str, object]]:
        (uid,) = (uid for uid in done.models if uid.endswith(f".{name}"))
        make(uid)
        columns, found = engine().table(f"select * from {done.models[uid].relation}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    return get
