"""What differs between the marts of two databases: rows by primary key, columns, types.

Room:  act. Imports engine, nodes, quoting, publishing.values.
In:    two sides (files, or the engine's own database) and the key of each mart.  Out: Diff.

One full join per mart, done by the database; equal data versions are believed and not read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retention_pipeline.engine import Engine, EngineFault
from retention_pipeline.errors import EngineError, Location
from retention_pipeline.nodes import MARTS
from retention_pipeline.publishing.values import META_TABLES
from retention_pipeline.quoting import literal, quote, relation

_WHOLE = {"tinyint", "smallint", "integer", "bigint", "hugeint"}
_NUMERIC = {*_WHOLE, *(f"u{word}" for word in _WHOLE), "float", "double", "decimal"}
_MOMENTS = ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two databases. Without a path it is the engine's own.

    `versions`: mart -> data version, where they are known; a published file tells them itself.
    """

    label: str
    path: Path | None = None
    versions: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """How one column differs over the rows that both sides have. Sizes are None for texts."""

    name: str
    rows: int
    max_absolute: float | None = None
    max_relative: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One differing row by its key; `values` are column -> (left, right) of a changed row."""

    kind: str  # added, removed or changed
    key: Mapping[str, str | None]
    values: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MartDiff:
    """One mart on both sides. `note` says why rows could not be matched by a key.

    Without a key `added` and `removed` count rows of the multisets and `changed` is None.
    """

    name: str
    left_rows: int | None  # None: the mart is not on that side
    right_rows: int | None
    key: Sequence[str] = ()
    added: int = 0
    removed: int = 0
    changed: int | None = 0
    columns: Sequence[ColumnChange] = ()
    columns_added: Mapping[str, str] = field(default_factory=dict)
    columns_removed: Mapping[str, str] = field(default_factory=dict)
    types_changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    samples: Sequence[Sample] = ()
    note: str = ""

    @property
    def is_same(self) -> bool:
        """True when a reader sees no difference."""
        both = self.left_rows is not None and self.right_rows is not None
        return both and not (
            self.added
            or self.removed
            or self.changed
            or self.columns_added
            or self.columns_removed
            or self.types_changed
        )


@dataclass(frozen=True, slots=True)
class Diff:
    """All marts of both sides, by name."""

    left: str
    right: str
    marts: Sequence[MartDiff]

    @property
    def is_same(self) -> bool:
        """True when nothing differs."""
        return all(mart.is_same for mart in self.marts)


def diff(
    engine: Engine,
    left: Side,
    right: Side,
    keys: Mapping[str, Sequence[str]],
    samples: int = 5,
    marts: Sequence[str] | None = None,
) -> Diff:
    """Compare the marts of `left` (before) and `right` (after).

    `keys`: mart -> primary key columns. `marts`: look at these only. Raises EngineError when a file
    cannot be read.
    """
    with _open(engine, left, "diff_left") as one, _open(engine, right, "diff_right") as two:
        names = sorted(one.tables.keys() | two.tables.keys())
        chosen = [name for name in names if marts is None or name in marts]
        found = [
            _diff_mart(engine, name, one, two, tuple(keys.get(name, ())), samples)
            for name in chosen
        ]
    return Diff(left.label, right.label, found)


# -- the two sides ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Opened:
    catalog: str
    tables: Mapping[str, Mapping[str, str]]  # mart -> column -> type
    versions: Mapping[str, str]

    def relation(self, name: str) -> str:
        return f"{quote(self.catalog)}.{relation(MARTS, name)}"


@contextlib.contextmanager
def _open(engine: Engine, side: Side, alias: str) -> Iterator[_Opened]:
    if side.path is None:
        catalog = str(engine.query("select current_database()")[0][0])
        yield _look(engine, catalog, side)
        return
    if not side.path.is_file():
        raise EngineError("there is no such file to compare", at=Location(side.path))
    try:
        engine.query(f"attach {literal(str(side.path.resolve()))} as {quote(alias)} (read_only)")
    except EngineFault as fault:
        raise EngineError(f"cannot be compared: {fault.message}", at=Location(side.path)) from None
    try:
        yield _look(engine, alias, side)
    finally:
        engine.query(f"detach {quote(alias)}")


def _look(engine: Engine, catalog: str, side: Side) -> _Opened:
    here = f"database_name = {literal(catalog)} and schema_name = {literal(MARTS)}"
    tables: dict[str, dict[str, str]] = {}
    for name, column, kind in engine.query(
        f"select table_name, column_name, data_type from duckdb_columns() where {here}"
        " and not internal order by table_name, column_index"
    ):
        tables.setdefault(str(name), {})[str(column)] = str(kind).lower()
    versions: Mapping[str, str] = side.versions or {}
    if side.versions is None and "published_tables" in tables:
        meta = f"{quote(catalog)}.{relation(MARTS, 'published_tables')}"
        versions = dict(engine.query(f"select table_name, data_version from {meta}"))
    marts = {name: columns for name, columns in tables.items() if name not in META_TABLES}
    return _Opened(catalog, marts, versions)


# -- one mart -----------------------------------------------------------------------------------
def _diff_mart(
    engine: Engine, name: str, left: _Opened, right: _Opened, key: Sequence[str], samples: int
) -> MartDiff:
    here, there = left.tables.get(name), right.tables.get(name)
    if here is None or there is None:
        rows = [None if name not in s.tables else _count(engine, s, name) for s in (left, right)]
        return MartDiff(
            name, rows[0], rows[1], key, note=f"only in {'right' if here is None else 'left'}"
        )
    version = left.versions.get(name)
    if version is not None and version == right.versions.get(name) and here == there:
        rows_of = _count(engine, left, name)
        return MartDiff(name, rows_of, rows_of, key)
    base = MartDiff(
        name,
        _count(engine, left, name),
        _count(engine, right, name),
        key,
        columns_added={c: t for c, t in there.items() if c not in here},
        columns_removed={c: t for c, t in here.items() if c not in there},
        types_changed={c: (t, there[c]) for c, t in here.items() if there.get(c, t) != t},
    )
    why = _why_not_by_key(key, here, there)
    if not why:
        matched = _by_key(engine, base, left, right, samples)
        if matched is not None:
            return matched
        why = f"{', '.join(key)} is not unique"
    return _as_multisets(engine, base, left, right, why)


def _count(engine: Engine, side: _Opened, name: str) -> int:
    return int(engine.query(f"select count(*) from {side.relation(name)}")[0][0])


def _why_not_by_key(key: Sequence[str], here: Mapping[str, str], there: Mapping[str, str]) -> str:
    if not key:
        return "no primary key"
    for column in key:
        if column not in here or column not in there:
            return f"the key column {column} is on one side only"
    return ""


def _kind(type_: str) -> str:
    """numeric, moment or the type itself: what may be compared without a cast to text."""
    word = type_.split("(")[0].split(" ")[0]
    if word in _NUMERIC:
        return "numeric"
    return "moment" if word in _MOMENTS else type_


def _pair(column: str, left: str, right: str) -> tuple[str, str]:
    """The two sides of a column, made comparable where the type changed."""
    one, two = f"l.{quote(column)}", f"r.{quote(column)}"
    if _kind(left) != _kind(right):
        return f"cast({one} as varchar)", f"cast({two} as varchar)"
    return one, two


def _by_key(
    engine: Engine, base: MartDiff, left: _Opened, right: _Opened, samples: int
) -> MartDiff | None:
    """Match rows by the key; None when the key is not unique."""
    here, there = left.tables[base.name], right.tables[base.name]
    compared = [c for c in here if c in there and c not in base.key]
    pairs = {c: _pair(c, here[c], there[c]) for c in compared}
    numeric = [c for c in compared if _kind(here[c]) == _kind(there[c]) == "numeric"]
    sql = _join_sql(base, left, right, pairs, numeric, samples)
    row = engine.query(sql)[0]
    lefts, rights, both, changed, added_keys, removed_keys, changed_rows = row[:7]
    if lefts != base.left_rows or rights != base.right_rows:
        return None
    counts = row[7 : 7 + len(compared)]
    sizes = row[7 + len(compared) :]
    size_of = {c: (sizes[2 * n], sizes[2 * n + 1]) for n, c in enumerate(numeric)}
    columns = [
        ColumnChange(column, int(count), *size_of.get(column, (None, None)))
        for column, count in zip(compared, counts, strict=True)
        if count
    ]
    found = [Sample("removed", dict(zip(base.key, k, strict=True))) for k in removed_keys or ()]
    found += [Sample("added", dict(zip(base.key, k, strict=True))) for k in added_keys or ()]
    found += [_changed_sample(base.key, compared, values) for values in changed_rows or ()]
    return _with(base, int(rights - both), int(lefts - both), int(changed), columns, found)


def _join_sql(
    base: MartDiff,
    left: _Opened,
    right: _Opened,
    pairs: Mapping[str, tuple[str, str]],
    numeric: Sequence[str],
    samples: int,
) -> str:
    """One full join of the two sides: counts, sizes and samples at once."""
    here, there = left.tables[base.name], right.tables[base.name]
    keys = {c: _pair(c, here[c], there[c]) for c in base.key}
    on = " and ".join(f"{one} is not distinct from {two}" for one, two in keys.values())
    is_changed = " or ".join(f"{a} is distinct from {b}" for a, b in pairs.values()) or "false"
    shown = {c: [f"cast({side}.{quote(c)} as varchar)" for side in "lr"] for c in (*keys, *pairs)}
    left_key = f"row({', '.join(f'l.{quote(c)}' for c in keys)})"
    right_key = f"row({', '.join(f'r.{quote(c)}' for c in keys)})"
    left_text = f"row({', '.join(shown[c][0] for c in keys)})"
    right_text = f"row({', '.join(shown[c][1] for c in keys)})"
    everything = ", ".join(text for c in (*keys, *pairs) for text in shown[c])
    was_changed = f"in_l and in_r and ({is_changed})"
    first = max(samples, 1)
    picks = [
        "count(in_l)",
        "count(in_r)",
        "count(*) filter (where in_l and in_r)",
        f"count(*) filter (where {was_changed})",
        f"arg_min({right_text}, {right_key}, {first}) filter (where in_l is null)",
        f"arg_min({left_text}, {left_key}, {first}) filter (where in_r is null)",
        f"arg_min(row({everything}), {left_key}, {first}) filter (where {was_changed})",
    ]
    picks += [
        f"count(*) filter (where in_l and in_r and {a} is distinct from {b})"
        for a, b in pairs.values()
    ]
    for column in numeric:
        one, two = (f"cast({side}.{quote(column)} as double)" for side in "lr")
        finite = f"isfinite({one}) and isfinite({two})"
        picks.append(f"max(abs({two} - {one})) filter (where {finite})")
        picks.append(f"max(abs({two} - {one}) / abs({one})) filter (where {finite} and {one} <> 0)")
    sides = [
        f"(select *, true as in_{word} from {side.relation(base.name)}) as {word}"
        for word, side in (("l", left), ("r", right))
    ]
    return f"select {', '.join(picks)} from {sides[0]} full join {sides[1]} on {on}"


def _changed_sample(
    key: Sequence[str], compared: Sequence[str], values: Sequence[str | None]
) -> Sample:
    """`values`: left and right of every key and compared column, in turn."""
    pairs = list(zip(values[::2], values[1::2], strict=True))
    keys = {column: pair[0] for column, pair in zip(key, pairs, strict=False)}
    rest = zip(compared, pairs[len(key) :], strict=True)
    return Sample("changed", keys, {c: pair for c, pair in rest if pair[0] != pair[1]})


def _as_multisets(
    engine: Engine, base: MartDiff, left: _Opened, right: _Opened, why: str
) -> MartDiff:
    """Count rows that one side has more often than the other, over the columns of both."""
    here, there = left.tables[base.name], right.tables[base.name]
    common = [c for c in here if c in there]
    if not common:
        return _with(
            base,
            base.right_rows or 0,
            base.left_rows or 0,
            None,
            (),
            (),
            f"{why}; no column in common",
        )
    picks = {
        side: ", ".join(_pair(c, here[c], there[c])[n] for c in common)
        for n, side in enumerate("lr")
    }
    one = f"select {picks['l']} from {left.relation(base.name)} as l"
    two = f"select {picks['r']} from {right.relation(base.name)} as r"
    counts = [
        int(engine.query(f"select count(*) from (({a}) except all ({b})) as d")[0][0])
        for a, b in ((two, one), (one, two))
    ]
    note = f"{why}: whole rows are counted"
    return _with(base, counts[0], counts[1], None, (), (), note)


def _with(
    base: MartDiff,
    added: int,
    removed: int,
    changed: int | None,
    columns: Sequence[ColumnChange],
    samples: Sequence[Sample],
    note: str = "",
) -> MartDiff:
    return MartDiff(
        base.name,
        base.left_rows,
        base.right_rows,
        base.key,
        added,
        removed,
        changed,
        tuple(columns),
        base.columns_added,
        base.columns_removed,
        base.types_changed,
        tuple(samples),
        note,
    )
