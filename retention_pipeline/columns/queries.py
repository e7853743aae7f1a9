"""A query -> its columns and what decides its rows: CTEs, joins, unions, stars, windows.

Room:  compile. Imports columns.expressions, columns.names, columns.values, reads. May touch: sqlglot.
In:    a parsed query, the column names of tables.  Out: Scope, or OpaqueQuery.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from retention_pipeline.columns.expressions import Expressions, expressions_of, only
from retention_pipeline.columns.names import Env, Scope, Source, once, renamed
from retention_pipeline.columns.values import (
    ColumnsOf,
    Leaf,
    OpaqueQuery,
    OutColumn,
    Way,
    all_of,
    each_once,
    joined,
    leaves_of,
)
from retention_pipeline.reads import NAMES, ROWS

_WORD = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\w+", re.DOTALL)
_HARD_TO_READ = ("/*", "\\", "$")
_SELECT = {"expressions", "from_", "joins", "where", "group", "having", "qualify", "windows"}
_SELECT |= {"with_", "distinct", "order", "limit", "offset"}
_SET = {"with_", "this", "expression", "distinct", "order", "limit", "offset"}
_TABLE = {"this", "db", "alias", "joins"}
_JOIN = {"this", "on", "using", "side", "kind", "method"}
_DROPS_RIGHT = ("SEMI", "ANTI")


class Reader(Expressions):
    """Reads one query; used once."""

    def __init__(self, columns_of: ColumnsOf) -> None:
        self.columns_of = columns_of
        self.tables: dict[tuple[str, str], Scope] = {}

    def unseen(self, sql: str, tree: exp.Expr) -> frozenset[Leaf]:
        """Columns that the text names and the tree does not, as if they decided every row.

        Guards against what a parser drops, and against words that are also functions.
        """
        if any(mark in sql for mark in _HARD_TO_READ):
            words = set(re.findall(r"\w+", sql.lower()))
        else:
            words = {m[0].lower() for m in _WORD.finditer(sql) if m[0][0] not in "-'"}
        words -= {node.name.lower() for node in tree.find_all(exp.Identifier)}
        return frozenset(
            leaf
            for scope in self.tables.values()
            for leaf in leaves_of(scope.columns)
            if leaf.column in words
        )

    # -- queries ------------------------------------------------------------------------------
    def query(self, node: exp.Expr, outer: Env) -> Scope:
        env = Env(outer)
        with_ = node.args.get("with_")
        if with_ is not None:
            self._ctes(with_, env)
        if isinstance(node, exp.Select):
            return self._select(node, env)
        if isinstance(node, exp.SetOperation):
            return self._set(node, env)
        if isinstance(node, exp.Subquery):
            only(node, {"this", "with_"})
            return self.query(node.this, env)
        if isinstance(node, exp.Values):
            only(node, {"expressions"})
            return self._values(node, env)
        raise OpaqueQuery(f"a query of kind {type(node).__name__}")

    def _ctes(self, with_: exp.Expr, env: Env) -> None:
        """Each is read when it is first used: one that nobody reads decides nothing."""
        only(with_, {"expressions", "recursive"})
        for cte in with_.expressions:
            only(cte, {"this", "alias", "materialized"})
            name = cte.alias.lower()
            names_itself = any(
                table.name.lower() == name and not table.db
                for table in cte.this.find_all(exp.Table)
            )
            is_ring = bool(with_.args.get("recursive")) and names_itself
            before = Env(env.outer, dict(env.ctes))  # it sees those in front of it
            env.ctes[name] = once(self._cte(cte, before, is_ring))

    def _cte(self, cte: exp.Expr, env: Env, is_ring: bool) -> Callable[[], Scope]:
        def read() -> Scope:
            if is_ring:
                return self._ring(cte, env)
            return renamed(self.query(cte.this, env), cte.args.get("alias"))

        return read

    def _ring(self, cte: exp.Expr, env: Env) -> Scope:
        """A recursive CTE: everything that it reads may reach each of its columns."""
        if not isinstance(cte.this, exp.Union) or cte.this.args.get("with_"):
            raise OpaqueQuery("a recursive CTE of another form than a union")
        only(cte.this, {"this", "expression", "distinct"})
        start = renamed(self.query(cte.this.this, env), cte.args.get("alias"))
        inner = Env(env, {cte.alias.lower(): lambda: start})
        step = self.query(cte.this.expression, inner)
        leaves = start.rows | step.rows | start.shape | step.shape
        leaves |= leaves_of([*start.columns, *step.columns])
        ways = dict.fromkeys(leaves, Way())
        return Scope([OutColumn(c.name, ways, (cte.this,)) for c in start.columns], leaves)

    def _set(self, node: exp.SetOperation, env: Env) -> Scope:
        """UNION and the like: columns meet by position, so NAMES decide behind a star."""
        only(node, _SET)
        left, right = self.query(node.this, env), self.query(node.expression, env)
        if len(left.columns) != len(right.columns):
            raise OpaqueQuery("a union of different widths")
        columns = [
            OutColumn(one.name, joined(one.ways, other.ways), each_once(one.made_by, other.made_by))
            for one, other in zip(left.columns, right.columns, strict=True)
        ]
        rows = left.rows | right.rows | left.shape | right.shape
        keeps_all = isinstance(node, exp.Union) and node.args.get("distinct") is False
        if not keeps_all or any(node.args.get(key) for key in ("order", "limit", "offset")):
            rows |= leaves_of(columns)
        return Scope(columns, rows)

    def _values(self, node: exp.Expr, env: Env) -> Scope:
        rows = [
            row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions
        ]
        if len({len(row) for row in rows}) != 1:
            raise OpaqueQuery("VALUES of different widths")
        columns = [
            OutColumn(f"col{i}", all_of(self.value(cell, env) for cell in cells))
            for i, cells in enumerate(zip(*rows, strict=True))
        ]
        return Scope(columns, frozenset(leaves_of(columns)))

    # -- select -------------------------------------------------------------------------------
    def _select(self, node: exp.Select, env: Env) -> Scope:
        only(node, _SELECT)
        rows: set[Leaf] = set()
        from_ = node.args.get("from_")
        if from_ is not None:
            only(from_, {"this"})
            rows |= self._from(from_.this, env)
        for join in node.args.get("joins") or ():
            rows |= self._join(join, env)
        scope = self._projections(node, env)
        for key in ("where", "having", "qualify"):
            if node.args.get(key) is not None:
                rows |= self.value(node.args[key].this, env).keys()
        for window in node.args.get("windows") or ():
            rows |= self.parts(window, env).keys()
        rows |= self._grouped(node.args.get("group"), scope, env)
        rows |= self._ordered(node, scope, env)
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            rows |= self.value(distinct.args["on"], env).keys()
        elif distinct is not None or any(e.find(exp.Explode, exp.Unnest) for e in node.expressions):
            rows |= leaves_of(scope.columns)
        scope.rows = frozenset(rows)
        return scope

    def _grouped(self, group: exp.Expr | None, scope: Scope, env: Env) -> set[Leaf]:
        if group is None:
            return set()
        only(group, {"expressions", "all"})
        rows = leaves_of(scope.columns) if group.args.get("all") else set()
        for each in group.expressions:
            rows |= self._by_name_or_position(each, scope, env)
        return rows

    def _ordered(self, node: exp.Expr, scope: Scope, env: Env) -> set[Leaf]:
        rows: set[Leaf] = set()
        order = node.args.get("order")
        for each in order.expressions if order is not None else ():
            rows |= self._by_name_or_position(each.this, scope, env)
        for key in ("limit", "offset"):
            if node.args.get(key) is not None:
                only(node.args[key], {"expression"})
                rows |= self.value(node.args[key].expression, env).keys()
        return rows

    def _by_name_or_position(self, node: exp.Expr, scope: Scope, env: Env) -> set[Leaf]:
        """`1` is the first column, ALL is every column."""
        if isinstance(node, exp.Literal) and not node.is_string:
            index = int(node.name) - 1
            if not 0 <= index < len(scope.columns):
                raise OpaqueQuery("a position that is not there")
            return {*scope.columns[index].ways, *scope.shape}
        if isinstance(node, exp.Var):
            return {*leaves_of(scope.columns), *scope.shape}
        return set(self.value(node, env))

    def _projections(self, node: exp.Select, env: Env) -> Scope:
        """The columns of a SELECT; each may be named by those after it."""
        scope = Scope([], frozenset())
        for each in node.expressions:
            if isinstance(each, exp.Star) or isinstance(each.this, exp.Star):
                self._star(each, env, scope)
            else:
                scope.columns.append(self._projection(each, env))
            env.aliases = {c.name.lower(): c for c in scope.columns if c.name}
        return scope

    def _projection(self, node: exp.Expr, env: Env) -> OutColumn:
        inner = node.unalias()
        bare = inner
        while isinstance(bare, (exp.Paren, exp.Cast)):
            bare = bare.this
        made = each_once(
            *(
                column.made_by
                for ref in bare.find_all(exp.Column)
                for source in env.sources
                if ref.table.lower() in ("", source.name)
                for column in source.scope.find(ref.name.lower())
            )
        )
        if not isinstance(bare, exp.Column):
            made = each_once((inner,), made)
        return OutColumn(node.alias_or_name, self.value(inner, env), made)

    def _star(self, node: exp.Expr, env: Env, into: Scope) -> None:
        """`*` or `table.*`, with EXCLUDE and REPLACE."""
        star = node if isinstance(node, exp.Star) else node.this
        if star is not node and not isinstance(node, exp.Column):
            into.columns.append(self._projection(node, env))  # count(*) and the like
            return
        only(star, {"except_", "replace"})
        table = node.table.lower() if isinstance(node, exp.Column) else ""
        sources = [s for s in env.sources if not table or s.name == table]
        if not sources or node.args.get("db"):
            raise OpaqueQuery(f"{table or 'a'}.* of no table")
        dropped = {each.name.lower() for each in star.args.get("except_") or ()}
        replaced = {each.alias.lower(): each for each in star.args.get("replace") or ()}
        merged = set() if table else {name for source in sources for name in source.merged}
        for source in sources:
            into.shape |= source.scope.shape
            for column in source.scope.columns:
                name = column.name.lower()
                if name in dropped or (not table and name in source.merged):
                    continue
                if name in replaced:
                    column = self._projection(replaced[name], env)
                elif name in merged:
                    column = OutColumn(column.name, env.named(name), column.made_by)
                into.columns.append(column)

    # -- from ---------------------------------------------------------------------------------
    def _from(self, node: exp.Expr, env: Env) -> frozenset[Leaf]:
        """Put a table of FROM into `env`; gives what decides its rows."""
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Func):
            return self._table(node, env)
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            only(node, {"this"})  # (a join b), without a name of its own
            return self._from(node.this, env)
        alias = node.args.get("alias")
        if isinstance(node, exp.Lateral):
            only(node, {"this", "alias"})
            node = node.this
        scope = self._derived(node, env)
        name = alias.name.lower() if alias is not None else ""
        env.sources.append(Source(name, "", renamed(scope, alias)))
        return env.sources[-1].scope.rows

    def _derived(self, node: exp.Expr, env: Env) -> Scope:
        """A subquery, VALUES or a function in FROM; it may name the tables before it."""
        inner = Env(env)
        if isinstance(node, exp.Subquery):
            only(node, {"this", "alias"})
            return self.query(node.this, inner)
        if isinstance(node, exp.Values):
            only(node, {"expressions", "alias"})
            return self._values(node, inner)
        function = node.this if isinstance(node, exp.Table) else node
        if isinstance(node, exp.Table):
            only(node, {"this", "alias"})
        if not isinstance(function, (exp.GenerateSeries, exp.Unnest)):
            raise OpaqueQuery(f"{type(function).__name__} in FROM")
        alias = node.args.get("alias")
        if alias is None or len(alias.columns) != 1 or node.args.get("offset"):
            raise OpaqueQuery("a function in FROM whose column has no name")
        parts = [value for key, value in function.args.items() if key not in ("alias", "offset")]
        ways = all_of(self.value(each, inner) for each in expressions_of(parts))
        return Scope([OutColumn("", ways, (function,))], frozenset(ways))

    def _table(self, node: exp.Table, env: Env) -> frozenset[Leaf]:
        only(node, _TABLE)
        name, schema = node.name.lower(), node.db.lower()
        alias = node.args.get("alias")
        cte = None if schema else env.cte(name)
        scope = renamed(self._base(schema, name) if cte is None else cte(), alias)
        known_as = alias.name.lower() if alias is not None and alias.name else name
        env.sources.append(Source(known_as, schema, scope))
        rows = set(scope.rows)
        for join in node.args.get("joins") or ():
            rows |= self._join(join, env)
        return frozenset(rows)

    def _base(self, schema: str, name: str) -> Scope:
        key = (schema, name)
        if key not in self.tables:
            names = self.columns_of(schema, name)
            if names is None:
                raise OpaqueQuery(f"the columns of {schema}.{name} are not known")
            columns = [OutColumn(n, {Leaf(schema, name, n.lower()): Way()}) for n in names]
            rows, shape = Leaf(schema, name, ROWS), Leaf(schema, name, NAMES)
            self.tables[key] = Scope(columns, frozenset({rows}), frozenset({shape}))
        return self.tables[key]

    def _join(self, node: exp.Expr, env: Env) -> set[Leaf]:
        only(node, _JOIN)
        if node.args.get("method") not in (None, "", "ASOF"):
            raise OpaqueQuery(f"{node.args['method']} join")
        before = len(env.sources)
        rows = set(self._from(node.this, env))
        using = [name.name.lower() for name in node.args.get("using") or ()]
        for name in using:
            rows |= env.named(name).keys()
        if node.args.get("on") is not None:
            rows |= self.value(node.args["on"], env).keys()
        if str(node.args.get("kind") or "").upper() in _DROPS_RIGHT:
            del env.sources[before:]
        for source in env.sources[before:]:
            source.merged |= set(using)
        return rows
