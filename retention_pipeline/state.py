"""The last good build, as the working database remembers it.

Room:  act. Imports engine, identity, nodes, past, quoting, salt.
In:    an Engine.  Out: State; statements that are committed together with the tables they describe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.identity import FileNote, from_dict
from retention_pipeline.nodes import Relation
from retention_pipeline.past import NodeState, State, TestState
from retention_pipeline.quoting import literal, relation
from retention_pipeline.salt import VARIABLE, SaltMark

SCHEMA = "pipeline_state"
ERASED = "erasure done"  # the note of the last time that people were taken out of the raw tables
NODES = relation(SCHEMA, "nodes")
TESTS = relation(SCHEMA, "tests")
FILES = relation(SCHEMA, "files")
READS = relation(SCHEMA, "reads")
NOTES = relation(SCHEMA, "notes")
_TABLES = (
    f"create table if not exists {NODES} (unique_id varchar, relation_schema varchar,"
    " relation_name varchar, kind varchar, logic varchar, data_version varchar, parents varchar,"
    " row_count bigint, build_id varchar)",
    f"create table if not exists {TESTS} (unique_id varchar primary key, name varchar, kind varchar,"
    " fingerprint varchar, status varchar, failures bigint, message varchar, detail varchar,"
    " build_id varchar)",
    f"create table if not exists {FILES} (path varchar primary key, note varchar)",
    f"create table if not exists {READS} (key varchar primary key, reads varchar)",
    f"create table if not exists {NOTES} (name varchar primary key, value varchar)",
)


def read_state(engine: Engine) -> State:
    """What the database remembers. A state that cannot be read counts as none: all is built anew."""
    try:
        nodes = engine.query(f"select * from {NODES}")
        files = engine.query(f"select path, note from {FILES}")
        return State(
            nodes={
                r[0]: NodeState(
                    r[0], Relation(r[1], r[2]), r[3], r[4], r[5], json.loads(r[6]), r[7], r[8]
                )
                for r in nodes
            },
            tests=read_tests(engine),
            files={path: from_dict(json.loads(text)) for path, text in files},
        )
    except (EngineFault, ValueError, KeyError, TypeError):
        return State()


def read_tests(engine: Engine) -> dict[str, TestState]:
    """How each test ended last; nothing where that cannot be read: they are not known then."""
    try:
        return {row[0]: TestState(*row) for row in engine.query(f"select * from {TESTS}")}
    except (EngineFault, TypeError):
        return {}


def prepare_state(engine: Engine) -> None:
    """Make the state tables; those of another form are dropped, which means a full build."""
    engine.ensure_schemas([SCHEMA])
    for statement in _TABLES:
        engine.query(statement)
    for table, width in ((NODES, 9), (TESTS, 9), (FILES, 2), (READS, 2)):
        if len(engine.query(f"describe {table}")) != width:
            engine.query(f"drop table {table}")
            for statement in _TABLES:
                engine.query(statement)


def read_note(engine: Engine, name: str) -> str:
    """What was noted under a name; '' for nothing."""
    try:
        rows = engine.query(f"select value from {NOTES} where name = {literal(name)}")
    except EngineFault:
        return ""
    return str(rows[0][0]) if rows else ""


def read_notes(engine: Engine, prefix: str) -> dict[str, str]:
    """All notes whose name begins so."""
    try:
        rows = engine.query(f"select * from {NOTES} where starts_with(name, {literal(prefix)})")
    except EngineFault:
        return {}
    return dict(rows)


def note_statement(name: str, value: str) -> str:
    """Note a value under a name; '' forgets it."""
    if not value:
        return f"delete from {NOTES} where name = {literal(name)}"
    return f"insert or replace into {NOTES} values ({literal(name)}, {literal(value)})"


def read_salt_id(engine: Engine) -> str:
    """The id of the salt that the database's hashes were made with, if it is this one; else ''."""
    salt, text = engine.variables.get(VARIABLE), read_note(engine, "salt")
    mark = SaltMark.read(text) if text else None
    return mark.mark_id if mark is not None and salt is not None and mark.fits(salt) else ""


def settle_salt_id(engine: Engine) -> str:
    """The same, with a new mark for a new salt: everything hashed is then made again."""
    known, salt = read_salt_id(engine), engine.variables.get(VARIABLE)
    if known or salt is None:
        return known
    mark = SaltMark.of(salt)
    engine.query(note_statement("salt", str(mark)))
    return mark.mark_id


def node_statement(node: NodeState, *, is_known: bool) -> str:
    """Remember a node: run it in the transaction that makes the node's relation.

    One row a node is kept by hand (`is_known`: there is one): a primary key doubles the cost of
    building a small table.
    """
    values = ", ".join(
        [
            literal(node.unique_id),
            literal(node.relation.schema),
            literal(node.relation.name),
            literal(node.kind),
            literal(node.logic),
            literal(node.data_version),
            literal(json.dumps(dict(node.parents), sort_keys=True)),
            "null" if node.rows is None else str(node.rows),
            literal(node.build_id),
        ]
    )
    forget = f"{forget_statement(node.unique_id)};\n" if is_known else ""
    return f"{forget}insert into {NODES} values ({values})"


def add_nodes(engine: Engine, nodes: Iterable[NodeState]) -> None:
    """Remember nodes of which there is no row yet, in one statement."""
    kinds = [*["varchar"] * 7, "bigint", "varchar"]
    rows = [
        (
            n.unique_id,
            n.relation.schema,
            n.relation.name,
            n.kind,
            n.logic,
            n.data_version,
            json.dumps(dict(n.parents), sort_keys=True),
            n.rows,
            n.build_id,
        )
        for n in nodes
    ]
    engine.insert(NODES, kinds, rows)


def forget_statement(unique_id: str) -> str:
    """Forget a node: before its relation is changed by anything that may fail half-way."""
    return f"delete from {NODES} where unique_id = {literal(unique_id)}"


def write_tests(engine: Engine, tests: Iterable[TestState], gone: Iterable[str]) -> None:
    """Remember test results in one transaction; forget tests that no longer exist."""
    kinds = [*["varchar"] * 5, "bigint", *["varchar"] * 3]
    rows = [
        (
            t.unique_id,
            t.name,
            t.kind,
            t.fingerprint,
            t.status,
            t.failures,
            t.message,
            t.detail,
            t.build_id,
        )
        for t in tests
    ]
    names = ", ".join(literal(uid) for uid in gone)
    with engine.transaction():
        engine.insert(TESTS, kinds, rows, or_replace=True)
        if names:
            engine.query(f"delete from {TESTS} where unique_id in ({names})")


def write_files(engine: Engine, notes: Mapping[Path, FileNote]) -> None:
    """Remember which files were read, replacing all earlier notes of these paths."""
    if not notes:
        return
    rows = [(str(path), json.dumps(note.as_dict())) for path, note in notes.items()]
    with engine.transaction():
        engine.insert(FILES, ["varchar", "varchar"], rows, or_replace=True)


def write_nodes(engine: Engine, nodes: Iterable[NodeState]) -> None:
    """Remember nodes that were not built but looked at, in one transaction."""
    statements = [node_statement(node, is_known=True) for node in nodes]
    if statements:
        with engine.transaction():
            for statement in statements:
                engine.query(statement)


def read_reads(engine: Engine) -> dict[str, str]:
    """What lineage found out earlier: key of a model's SQL and columns -> text of its Reads."""
    return {str(key): str(text) for key, text in engine.query(f"select key, reads from {READS}")}


def write_reads(engine: Engine, new: Mapping[str, str], gone: Iterable[str]) -> None:
    """Note more of it, and forget what no model of the project asks for."""
    names = ", ".join(literal(key) for key in gone)
    with engine.transaction():
        engine.insert(READS, ["varchar", "varchar"], new.items(), or_replace=True)
        if names:
            engine.query(f"delete from {READS} where key in ({names})")


def orphans(state: State, alive: Iterable[str]) -> dict[str, NodeState]:
    """Remembered nodes that the project no longer has."""
    there = set(alive)
    return {uid: node for uid, node in state.nodes.items() if uid not in there}


def drop_orphan(engine: Engine, node: NodeState, kind: str | None) -> None:
    """Drop an orphan's relation, if it is still there, and forget it, in one transaction."""
    with engine.transaction():
        if kind is not None:
            engine.discard(node.relation, kind)
        engine.query(forget_statement(node.unique_id))
