"""Who is who: raw customers, identities and orders -> one canonical id per source id.

Two sources are the same person when one was merged into the other, or when they carry the
same e-mail or phone (compared trimmed, in lower case); connections chain. Facts from as_of on
are unknown. The canonical id is the earliest created customer of the group (ties: the smaller
id) among those that were not merged into another; a group without a customer record is named by
its own id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.properties.oracle_calendar import moment, to_local

Row = Mapping[str, object]
SALT = "the salt of properties"
"""What the harness gives to the database: ids of guests must not depend on a random salt."""


def text(value: object) -> str | None:
    """A raw cell as text; empty is None."""
    return None if value is None or value == "" else str(value)


def flag(value: object) -> bool:
    """A raw cell as a boolean; empty is False."""
    return value is True or str(value).lower() in {"true", "t", "1"}


def hashed(value: object) -> str | None:
    """The identifier as the warehouse keeps it."""
    cleaned = (text(value) or "").strip().lower()
    return salted(hashlib.sha256(cleaned.encode()).hexdigest()) if cleaned else None


def salted(text_: str) -> str:
    """SHA-256 of the salt and what follows it."""
    return hashlib.sha256((SALT + text_).encode()).hexdigest()


@dataclass(frozen=True)
class Sources:
    """The source ids known at as_of, and what ties them together."""

    created: dict[str, datetime]
    merged_away: frozenset[str]
    order_only: frozenset[str]
    guests: frozenset[str]
    links: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        return sorted({*self.created, *self.order_only, *self.guests})


def known_sources(
    rows: Mapping[str, Sequence[Row]], as_of: datetime, zone: str, by_email: bool
) -> Sources:
    """Everything that can be resolved at as_of."""

    def is_known(value: object) -> bool:
        at = moment(value)
        return at is None or to_local(at, zone) < as_of

    customers = [row for row in rows.get("customers", ()) if is_known(row["created_at"])]
    created = {str(row["customer_id"]): moment(row["created_at"]) for row in customers}
    orders = [row for row in rows.get("orders", ()) if is_known(row["ordered_at"])]
    buyers = {text(row.get("customer_id")) for row in orders} - {None}
    guest_hashes = {
        hashed(row.get("email")) for row in orders if text(row.get("customer_id")) is None
    } - {None}
    links: list[tuple[str, str]] = []
    for row in customers:
        source = str(row["customer_id"])
        target = text(row.get("merged_into_customer_id"))
        if target is not None:
            links.append((source, target))
        for kind in ("email", "phone"):
            value = hashed(row.get(kind))
            if value is not None:
                links.append((source, f"{kind}:{value}"))
    for row in rows.get("customer_identities", ()):
        kind = str(row["identity_type"]).removesuffix("_hash")
        if kind in {"email", "phone"} and is_known(row.get("first_seen_at")):
            links.append((str(row["customer_id"]), f"{kind}:{salted(str(row['identity_value']))}"))
    guests = frozenset(f"email_{value}" for value in guest_hashes) if by_email else frozenset()
    links += [(guest, f"email:{guest.removeprefix('email_')}") for guest in guests]
    return Sources(
        created={name: at for name, at in created.items() if at is not None},
        merged_away=frozenset(
            str(row["customer_id"]) for row in customers if text(row.get("merged_into_customer_id"))
        ),
        order_only=frozenset(str(name) for name in buyers if name not in created),
        guests=guests,
        links=tuple(links),
    )


def components(sources: Sources) -> list[set[str]]:
    """Groups of source ids, joined by repeating the links until nothing changes."""
    group = {name: name for name in sources.names}
    for pair in sources.links:
        for name in pair:
            group.setdefault(name, name)
    changed = True
    while changed:
        changed = False
        for one, other in sources.links:
            lower = min(group[one], group[other])
            for name in (one, other):
                if group[name] != lower:
                    group[name] = lower
                    changed = True
    known = set(sources.names)
    together: dict[str, set[str]] = {}
    for name, mark in group.items():
        if name in known:
            together.setdefault(mark, set()).add(name)
    return list(together.values())


def resolve(
    rows: Mapping[str, Sequence[Row]],
    as_of: datetime,
    zone: str = "UTC",
    guest_policy: str = "resolve_by_email",
) -> dict[str, str]:
    """Source id -> canonical id."""
    sources = known_sources(rows, as_of, zone, guest_policy == "resolve_by_email")
    canonical: dict[str, str] = {}
    for group in components(sources):
        records = sorted(
            (name for name in group if name in sources.created),
            key=lambda name: (name in sources.merged_away, sources.created[name], name),
        )
        others = sorted(group & sources.order_only) + sorted(group & sources.guests)
        canonical |= dict.fromkeys(group, (records + others)[0])
    return canonical
