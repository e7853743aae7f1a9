"""The one place where names and texts become SQL.

Room:  words. Imports nothing of ours.
In:    a Python string.  Out: an SQL identifier or literal that cannot break out.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def quote(name: str) -> str:
    """An SQL identifier, always quoted.

    >>> quote('a"b')
    '"a""b"'
    """
    if "\0" in name:
        raise ValueError("a name cannot hold a NUL byte")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal.

    >>> literal("it's")
    "'it''s'"
    """
    if "\0" in text:
        raise ValueError("a text literal cannot hold a NUL byte")
    return "'" + text.replace("'", "''") + "'"


def relation(schema: str, name: str, database: str = "") -> str:
    """`schema.name`, or `database.schema.name`, quoted part by part.

    >>> relation("marts", "cohort_retention")
    '"marts"."cohort_retention"'
    """
    full = f"{quote(schema)}.{quote(name)}"
    return f"{quote(database)}.{full}" if database else full


def is_plain(name: str) -> bool:
    """True for names that need no quotes and hold nothing surprising."""
    return _PLAIN.match(name) is not None
