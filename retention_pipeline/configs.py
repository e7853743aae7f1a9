"""How configs from several places become one, by dbt's rules.

Room:  read. Imports nothing of ours.
In:    keys and values, from the outside in.  Out: one mapping.
"""

from __future__ import annotations

from typing import Any

HOOKS = frozenset({"pre_hook", "post_hook"})


def config_name(key: str) -> str:
    """The name of a setting as it is kept: `+pre-hook` is `pre_hook`."""
    name = key.lstrip("+")
    hook = name.replace("-", "_")
    return hook if hook in HOOKS else name


def merge_config(merged: dict[str, Any], key: str, value: Any) -> None:
    """dbt's rule: tags and hooks add up, meta merges, everything else is replaced."""
    key = config_name(key)
    if key == "tags":
        more = [value] if isinstance(value, str) else list(value or [])
        merged["tags"] = list(dict.fromkeys([*merged.get("tags", []), *more]))
    elif key in HOOKS:
        hooks = value if isinstance(value, (list, tuple)) else [value]
        merged[key] = [*merged.get(key, []), *(hook for hook in hooks if hook)]
    elif key in ("meta", "contract") and isinstance(value, dict):
        merged[key] = {**(merged.get(key) or {}), **value}
    else:
        merged[key] = value
