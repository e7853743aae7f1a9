"""Rewrite the raw tables: erased people get surrogate ids, and what says who they are goes.

Room:  act. Imports compiled, engine, erasure.persons, nodes, quoting.
In:    Compiled, an Engine.  Out: which tables changed.

Amounts, dates and the links between rows stay, under the surrogate that the models give the person
too: every total is what it was. Which columns name a person is said by their names (customer_id,
..._customer_id, user_id, anonymous_id), which say who they are by `pii` in the contract.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from retention_pipeline.compiled import Compiled
from retention_pipeline.engine import Engine
from retention_pipeline.erasure.persons import expression, resolved
from retention_pipeline.erasure.requests import REQUESTS, Request
from retention_pipeline.nodes import Column, Relation, Source
from retention_pipeline.quoting import literal, quote
from retention_pipeline.salt import VARIABLE

PEOPLE, ADDRESSES, DEVICES, WORDS = (
    f'temp."__erased_{name}"' for name in ("people", "addresses", "devices", "words")
)
_PERSON = re.compile(r"(?:\w+_)?customer_id\Z|user_id\Z")
_DEVICE = "anonymous_id"
_REJECTS = Relation("raw", "rejected_rows")
# Events of which nothing but the person is left: the rows go.
_DROPPED = frozenset({"consent", "preferences"})


_TEMPORARY = """select '"' || table_name || '"' from duckdb_tables() where temporary"""


@dataclass(frozen=True, slots=True)
class Table:
    """A raw table as its contract describes it."""

    uid: str
    relation: Relation
    source: Source

    def named(self, pattern: re.Pattern[str]) -> list[str]:
        return [c.name for c in self.source.columns if pattern.match(c.name)]

    @property
    def personal(self) -> list[Column]:
        return [c for c in self.source.columns if c.meta.get("pii")]

    @property
    def names_people(self) -> bool:
        return bool(self.named(_PERSON)) or any(
            c.name in (_DEVICE, "email") for c in self.source.columns
        )


def tables(compiled: Compiled) -> dict[str, Table]:
    """Node that is loaded -> its raw table, of every contract that names people."""
    found = {}
    for uid, source in compiled.sources.items():
        node = compiled.seed_behind.get(uid, uid)
        table = Table(node, compiled.relations[uid], source)
        if source.is_contract and table.names_people:
            found[node] = table
    return found


@dataclass
class Purge:
    """One pass over the raw tables: find, rewrite, close."""

    compiled: Compiled
    engine: Engine
    own: Sequence[Request]
    people: int = 0
    changed: set[str] = field(default_factory=set)
    surrogates: list[str] = field(default_factory=list)  # new ids in the raw tables, sorted

    def find(self) -> None:
        """Who is meant: everybody whom a completed request names, and all that are one person with them.

        Not inside a transaction: DuckDB does not commit one that makes and drops a schema.
        """
        there = self.engine.relations()
        self.tables = [t for t in tables(self.compiled).values() if t.relation in there]
        self.by_name = {t.source.table: t for t in self.tables}
        self._add_own_requests()
        if not self._asked():
            return
        with resolved(self.compiled, self.engine) as resolution:
            self._find_people(resolution)
        self.people = int(self.engine.query(f"select count(distinct person) from {PEOPLE}")[0][0])

    def rewrite(self) -> None:
        """Forget them. To be run inside a transaction."""
        if not self.people:
            return
        self._find_addresses()
        self._find_devices()
        if _REJECTS in self.engine.relations():
            self._scrub_rejects()
        self._rewrite()

    def mark(self) -> str:
        """Changes when anybody, or anything that tells who they are, was not erased the last time.

        To be asked after `rewrite`. A keyed digest: without the salt no guess can be tried on it.
        '' without a salt.
        """
        salt = self.engine.variables.get(VARIABLE)
        if not self.people or salt is None:
            return ""
        there = {name for (name,) in self.engine.query(_TEMPORARY)}
        names = [name for name in (PEOPLE, ADDRESSES, DEVICES, WORDS) if _bare(name) in there]
        rows = [sorted(map(repr, self.engine.query(f"from {name}"))) for name in names]
        return hmac.new(salt.encode(), repr(rows).encode(), "sha256").hexdigest()

    def close(self) -> None:
        """Drop the temporary tables: they hold who was erased."""
        for name in (PEOPLE, ADDRESSES, DEVICES, WORDS):
            self.engine.query(f"drop table if exists {name}")

    # -- who ------------------------------------------------------------------------------------
    def _add_own_requests(self) -> None:
        table = self.by_name.get(REQUESTS)
        if table is None or not self.own:
            return
        rows = ", ".join(
            f"({literal(r.request_id)}, {literal(r.customer_id)}, {literal(r.requested_at)},"
            f" nullif({literal(r.completed_at)}, ''))"
            for r in self.own
        )
        self._change(
            table,
            f"insert into {table.relation} (request_id, customer_id, requested_at, completed_at)"
            f" select id, customer, cast(asked as timestamp), cast(done as timestamp)"
            f" from (values {rows}) as own(id, customer, asked, done)"
            f" where id not in (select request_id from {table.relation})",
        )

    def _asked(self) -> bool:
        table = self.by_name.get(REQUESTS)
        if table is None:
            return False
        sql = f"select count(*) from {table.relation} where completed_at is not null"
        return bool(self.engine.query(sql)[0][0])

    def _find_people(self, resolution: Relation) -> None:
        """Old id -> new id. Accounts keep an id each, so that they stay rows of their own."""
        requests = self.by_name[REQUESTS].relation
        accounts = self.by_name.get("customers")
        account = (
            "select null, null where false"
            if accounts is None
            else (
                f"select customer_id, max(erased_at) from {accounts.relation} group by customer_id"
            )
        )
        known = expression(self.compiled, "{{ erased_id('gone.old_id') }}")
        self.engine.query(
            f"create or replace temp table {_bare(PEOPLE)} as"
            f" with accounts(account_id, erased_at) as ({account}),"
            f" requested as (select distinct customer_id from {requests} where completed_at is not null),"
            " gone as ("
            "   select r.source_customer_id as old_id, r.customer_id as person, r.is_canonical"
            f"  from {resolution} as r left join accounts on r.source_customer_id = account_id"
            "   where r.resolution_rule = 'erased' and (erased_at is null"
            "     or r.source_customer_id in (select customer_id from requested))"
            "   union all"
            "   select customer_id, null, true from requested"
            f"  where customer_id not in (select source_customer_id from {resolution}))"
            f" select old_id, coalesce(person, {known}) as person, is_canonical,"
            f"   case when account_id is null then coalesce(person, {known}) else {known} end as new_id"
            " from gone left join accounts on old_id = account_id where left(old_id, 7) <> 'erased_'"
        )
        found = self.engine.query(f"select distinct new_id from {PEOPLE} order by 1")
        self.surrogates = [str(row[0]) for row in found]

    def _find_addresses(self) -> None:
        """Salted hashes of the e-mail addresses that were theirs; `guest` where guests are resolved by it."""
        parts = [
            f"select substr(old_id, 7) as hash, person as guest from {PEOPLE}"
            " where left(old_id, 6) = 'email_'"
        ]
        accounts, seen = self.by_name.get("customers"), self.by_name.get("customer_identities")
        if accounts is not None:
            email = expression(self.compiled, "{{ hash_identifier('email') }}")
            parts.append(
                f"select {email}, null from {accounts.relation} join {PEOPLE} on customer_id = old_id"
            )
        if seen is not None:
            value = expression(self.compiled, "{{ salted_hash('lower(trim(identity_value))') }}")
            parts.append(
                f"select {value}, null from {seen.relation} join {PEOPLE} on customer_id = old_id"
                " where identity_type = 'email_hash'"
            )
        self.engine.query(
            f"create or replace temp table {_bare(ADDRESSES)} as select hash, min(guest) as guest"
            f" from ({' union all '.join(parts)}) where hash is not null group by hash"
        )

    def _find_devices(self) -> None:
        """Cookies, devices and ids of other systems that were seen on them -> surrogates."""
        parts = ["select null as old_id where false"]
        seen = self.by_name.get("customer_identities")
        if seen is not None:
            parts.append(
                f"select identity_value from {seen.relation} join {PEOPLE} on customer_id = old_id"
                " where identity_type not in ('email_hash', 'phone_hash')"
            )
        for table in self.tables:
            if any(column.name == _DEVICE for column in table.source.columns):
                parts += [
                    f"select {_DEVICE} from {table.relation} join {PEOPLE} on {quote(person)} = old_id"
                    for person in table.named(_PERSON)
                ]
        new_id = expression(self.compiled, "{{ erased_id('old_id') }}")
        self.engine.query(
            f"create or replace temp table {_bare(DEVICES)} as select distinct old_id, {new_id} as new_id"
            f" from ({' union all '.join(parts)}) where old_id is not null"
        )

    # -- what -----------------------------------------------------------------------------------
    def _rewrite(self) -> None:
        for table in self.tables:
            people = table.named(_PERSON)
            if table.source.table in _DROPPED:
                self._change(
                    table,
                    f"delete from {table.relation} where customer_id in (select old_id from {PEOPLE})",
                )
                continue
            if table.source.table == "orders":
                self._orders(table)
            if table.source.table == "customers":
                self._accounts(table)
            if table.source.table == "customer_identities":
                self._identities(table)
            self._blank(table, people)
            for column in people:
                self._rename(table, column, PEOPLE)
            if any(column.name == _DEVICE for column in table.source.columns):
                self._rename(table, _DEVICE, DEVICES)

    def _orders(self, table: Table) -> None:
        """Guest orders under one of their addresses are theirs; the address goes everywhere."""
        email = expression(self.compiled, "{{ hash_identifier('email') }}")
        self._change(
            table,
            f"update {table.relation} as o set customer_id = coalesce(o.customer_id, a.guest), email = null"
            f" from {ADDRESSES} as a where o.email is not null and {email} = a.hash",
        )

    def _accounts(self, table: Table) -> None:
        """The accounts of one person stay one person."""
        self._change(
            table,
            f"update {table.relation} as c set merged_into_customer_id ="
            f" case when p.is_canonical then null else p.person end"
            f" from {PEOPLE} as p where c.customer_id = p.old_id",
        )

    def _identities(self, table: Table) -> None:
        self._change(
            table,
            f"delete from {table.relation} where identity_type in ('email_hash', 'phone_hash')"
            f" and customer_id in (select old_id from {PEOPLE})",
        )
        self._rename(table, "identity_value", DEVICES)

    def _blank(self, table: Table, people: Sequence[str]) -> None:
        """Empty what says who they are, in the rows that name them."""
        columns = [c for c in table.personal if c.name not in (_DEVICE, "identity_value")]
        if not columns or not people:
            return
        cells = ", ".join(
            f"{quote(c.name)} = {literal('erased') if c.meta.get('required') else 'null'}"
            for c in columns
        )
        owned = f"{quote(people[0])} in (select old_id from {PEOPLE})"
        self._change(table, f"update {table.relation} set {cells} where {owned}")

    def _rename(self, table: Table, column: str, to: str) -> None:
        self._change(
            table,
            f"update {table.relation} as t set {quote(column)} = m.new_id from {to} as m"
            f" where t.{quote(column)} = m.old_id",
        )

    def _scrub_rejects(self) -> None:
        """Rows that were refused hold everything that they were delivered with."""
        parts = [f"select old_id as word from {PEOPLE}", f"select old_id from {DEVICES}"]
        for table in self.tables:
            owners = table.named(_PERSON)
            parts += [
                f"select cast({quote(c.name)} as varchar) from {table.relation} join {PEOPLE}"
                f" on {quote(owners[0])} = old_id"
                for c in table.personal
                if owners and c.meta.get("pii") == "direct"
            ]
        self.engine.query(
            f"create or replace temp table {_bare(WORDS)} as select distinct lower(trim(word)) as word"
            f" from ({' union all '.join(parts)}) where length(trim(word)) > 1"
        )
        self.engine.query(
            f"update {_REJECTS} as r set value = null, raw_row = null where exists (select 1 from {WORDS}"
            " where contains(lower(coalesce(r.raw_row, '') || ' ' || coalesce(r.value, '')), word))"
        )

    def _change(self, table: Table, sql: str) -> None:
        if int(self.engine.query(sql)[0][0]):
            self.changed.add(table.uid)


def _bare(name: str) -> str:
    return name.removeprefix("temp.")
