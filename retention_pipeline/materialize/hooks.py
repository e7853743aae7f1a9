"""Statements around a model or around a whole run, as the config writes them.

Room:  compile. Imports errors.
In:    values of pre_hook, post_hook, on-run-start, on-run-end.  Out: Hook, before and after rendering.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retention_pipeline.errors import CompileError, Location


@dataclass(frozen=True, slots=True)
class Hook:
    """One statement, or several. `inside`: in the transaction that makes the model."""

    sql: str
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Hooks:
    """What runs before and after a model is made."""

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.before or self.after)


NO_HOOKS = Hooks()


def render_hooks(config: Mapping[str, Any], render: Callable[[str], str], at: Location) -> Hooks:
    """The hooks of a model's config. Raises CompileError for what is no hook."""
    return Hooks(
        *(tuple(rendered(config.get(name) or (), render, at)) for name in ("pre_hook", "post_hook"))
    )


def rendered(hooks: Iterable[Any], render: Callable[[str], str], at: Location) -> Iterable[Hook]:
    """Each hook as SQL; those that render to nothing do nothing."""
    for hook in hooks:
        text, inside = hook, True
        if isinstance(hook, Mapping):
            text, inside = hook.get("sql"), hook.get("transaction", True) is not False
        if not isinstance(text, str):
            raise CompileError(
                f"a hook must be SQL, this one is {hook!r}",
                at=at,
                fix='write "SQL", or {sql: "SQL", transaction: false}',
            )
        sql = render(text).strip()
        if sql.startswith("{"):  # what before_begin(), after_commit() and in_transaction() give
            sql, inside = _unpacked(sql, inside)
        if sql:
            yield Hook(sql, inside)


def _unpacked(text: str, inside: bool) -> tuple[str, bool]:
    try:
        found = json.loads(text)
        return str(found["sql"]).strip(), bool(found.get("transaction", True))
    except (ValueError, KeyError, TypeError, AttributeError):
        return text, inside


def hook_config(sql: str, inside: bool) -> str:
    """What dbt's before_begin() and its like hand over."""
    return json.dumps({"sql": sql, "transaction": inside})
