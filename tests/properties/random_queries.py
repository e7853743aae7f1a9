"""Random queries over two small tables: CTEs, joins, unions, stars, windows, subqueries, aliases."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

TABLES = {"t": ("a", "b", "c"), "u": ("a", "d", "e")}
Names = tuple[str, ...]
_JOINS = ("join", "left join", "full join", "semi join", "anti join")
_SETS = ("union all", "union all", "union", "except", "intersect")


@dataclass
class From:
    """A FROM clause and what may be named behind it."""

    sql: str
    scope: list[tuple[str, str]]  # alias, column
    merged: set[str] = field(default_factory=set)


class Writer:
    """Writes one query."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.number = 0
        self.ctes: dict[str, Names] = {}

    def query(self) -> str:
        """A whole query, most often with CTEs."""
        texts = []
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            name = self._name("q")
            sql, columns = self._body()
            if self._chance(0.2):
                columns = tuple(self._name("k") for _ in columns)
                texts.append(f"{name}({', '.join(columns)}) as ({sql})")
            else:
                texts.append(f"{name} as ({sql})")
            self.ctes[name] = columns
        sql, _ = self._body()
        return f"with {', '.join(texts)} {sql}" if texts else sql

    def _name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    # -- queries ------------------------------------------------------------------------------
    def _body(self, depth: int = 0) -> tuple[str, Names]:
        if depth == 2 or not self._chance(0.2):
            return self._select([], depth)
        one, columns = self._select([], depth + 1)
        other, others = self._select([], depth + 1)
        width = min(len(columns), len(others))
        if len(columns) != len(others) or self._chance(0.3):
            one = f"select {', '.join(columns[:width])} from ({one}) as l"
            other = f"select {', '.join(others[:width])} from ({other}) as r"
        return f"({one}) {self.random.choice(_SETS)} ({other})", columns[:width]

    def _select(self, outer: list[str], depth: int) -> tuple[str, Names]:
        """`outer`: columns of the query around it."""
        clause = self._from(depth)
        refs = self._refs(clause)
        where = self._where(refs, outer, depth)
        names = [name for _, name in clause.scope]
        shape = self.random.random()
        if shape < 0.25 and len(set(names)) == len(names):
            return self._star(f"{clause.sql}{where}", names)
        items = [self._expression(refs, outer, depth) for _ in range(self.random.randint(1, 3))]
        tail = ""
        if shape < 0.5:
            items, tail = self._grouped(items, refs)
        elif shape < 0.65:
            items, tail = self._windows(items, refs)
        listed, named = self._named(items)
        distinct = "distinct " if self._chance(0.1) else ""
        return f"select {distinct}{listed} from {clause.sql}{where}{tail}", named

    def _star(self, source: str, names: list[str]) -> tuple[str, Names]:
        if len(names) > 1 and self._chance(0.4):
            return f"select * exclude ({names[0]}) from {source}", tuple(names[1:])
        return f"select * from {source}", tuple(names)

    def _grouped(self, items: list[str], refs: list[str]) -> tuple[list[str], str]:
        key = self.random.choice(refs)
        tail = self.random.choice([f" group by {key}", " group by 1", " group by all"])
        if self._chance(0.3):
            tail += f" having {self._aggregate(self.random.choice(refs))} > 1"
        return [key, *(self._aggregate(item) for item in items)], tail

    def _windows(self, items: list[str], refs: list[str]) -> tuple[list[str], str]:
        part, order = self.random.choice(refs), self.random.choice(refs)
        tail = f" qualify rank() over (order by {order}) < 4" if self._chance(0.3) else ""
        return [f"sum({item}) over (partition by {part} order by {order})" for item in items], tail

    def _named(self, items: list[str]) -> tuple[str, Names]:
        """Often under names that the tables have too; sometimes named again by a later column."""
        names = [
            self.random.choice("abcdemn") if self._chance(0.4) else self._name("v") for _ in items
        ]
        if len(set(names)) < len(names):
            names = [self._name("v") for _ in items]
        listed = [f"{item} as {name}" for item, name in zip(items, names, strict=True)]
        if self._chance(0.2):
            last = self._name("v")
            listed.append(f"{names[0]} + 1 as {last}")
            names.append(last)
        return ", ".join(listed), tuple(names)

    # -- parts --------------------------------------------------------------------------------
    def _from(self, depth: int) -> From:
        sql, alias, columns = self._source(depth)
        clause = From(sql, [(alias, name) for name in columns])
        if not self._chance(0.4):
            return clause
        more, other, added = self._source(depth)
        if other == alias:
            return clause
        kind = self.random.choice(_JOINS)
        shared = sorted({*columns} & {*added})
        if shared and self._chance(0.4):
            clause.merged = {self.random.choice(shared)}
            clause.sql += f" {kind} {more} using ({next(iter(clause.merged))})"
        else:
            on = f"{alias}.{self.random.choice(columns)} = {other}.{self.random.choice(added)}"
            clause.sql += f" {kind} {more} on {on}"
        if kind not in ("semi join", "anti join"):
            clause.scope += [(other, name) for name in added]
        return clause

    def _source(self, depth: int) -> tuple[str, str, Names]:
        """SQL, alias, columns."""
        if depth < 2 and self._chance(0.15):
            alias = self._name("s")
            sql, columns = self._body(depth + 1)
            return f"({sql}) as {alias}", alias, columns
        choice = self.random.choice([*TABLES, *self.ctes, *self.ctes])
        columns = TABLES.get(choice) or self.ctes[choice]
        table = f"s.{choice}" if choice in TABLES else choice
        if self._chance(0.6):
            alias = self._name("x")
            return f"{table} as {alias}", alias, columns
        return table, choice, columns

    def _refs(self, clause: From) -> list[str]:
        names = [name for _, name in clause.scope]
        return [
            name
            if (names.count(name) == 1 or name in clause.merged) and self._chance(0.7)
            else f"{alias}.{name}"
            for alias, name in clause.scope
        ]

    def _where(self, refs: list[str], outer: list[str], depth: int) -> str:
        if not self._chance(0.3):
            return ""
        if depth < 2 and self._chance(0.3):
            inner, names = self._select(refs, depth + 1)
            cut = f"select {names[0]} from ({inner}) as z"
            return f" where {self.random.choice(refs)} in ({cut})"
        return f" where {self._expression(refs, outer, depth)} > 1"

    def _expression(self, refs: list[str], outer: list[str], depth: int) -> str:
        one, other = self.random.choice([*refs, *outer]), self.random.choice([*refs, *outer])
        roll = self.random.random()
        if roll < 0.15:
            return f"{one} + coalesce({other}, 0)"
        if roll < 0.3:
            return f"case when {one} > 1 then {other} else 0 end"
        if roll < 0.4 and depth < 2:
            inner, names = self._select(refs, depth + 2)
            return f"(select max({names[0]}) from ({inner}) as z)"
        return f"cast({one} as bigint)" if roll < 0.6 else one

    def _aggregate(self, item: str) -> str:
        word = self.random.choice(["sum", "max", "min", "count"])
        if self._chance(0.2):
            return "count(*)"
        if self._chance(0.2):
            return f"{word}({item}) filter (where {item} > 1)"
        return f"{word}({item})"
