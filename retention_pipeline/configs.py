"""How configs from several places become one, by dbt's rules.

Room:  read. Imports errors.
In:    keys and values, from the outside in.  Out: one mapping.
"""

from __future__ import annotations

from typing import Any

from retention_pipeline.errors import Location, ProjectError

HOOKS = frozenset({"pre_hook", "post_hook"})
_MAPPINGS = {"meta": "{key: value}", "contract": "{enforced: true}"}


def config_name(key: str) -> str:
    """The name of a setting as it is kept: `+pre-hook` is `pre_hook`."""
    name = key.lstrip("+")
    hook = name.replace("-", "_")
    return hook if hook in HOOKS else name


def check_shape(key: str, value: Any, at: Location | None) -> None:
    """Raise ProjectError for tags that are no texts, meta and contract that are no mappings."""
    if value is None:
        return
    if key == "tags":
        more = [value] if isinstance(value, str) else value
        if not isinstance(more, (list, tuple)) or not all(isinstance(t, str) for t in more):
            fix = "write tags: [one, other]"
            raise ProjectError(f"tags must be a list of texts, not {value!r}", at=at, fix=fix)
    elif key in _MAPPINGS and not isinstance(value, dict):
        fix = f"write {key}: {_MAPPINGS[key]}"
        raise ProjectError(f"{key} must be a mapping, not {value!r}", at=at, fix=fix)


def merge_config(merged: dict[str, Any], key: str, value: Any, at: Location | None = None) -> None:
    """dbt's rule: tags and hooks add up, meta merges, everything else is replaced.

    Raises ProjectError at `at` for what has not the shape that it must have.
    """
    key = config_name(key)
    check_shape(key, value, at)
    if key == "tags":
        more = [value] if isinstance(value, str) else value or []
        merged["tags"] = list(dict.fromkeys([*merged.get("tags", []), *more]))
    elif key in HOOKS:
        hooks = value if isinstance(value, (list, tuple)) else [value]
        merged[key] = [*merged.get(key, []), *(hook for hook in hooks if hook)]
    elif key in _MAPPINGS and value is not None:
        merged[key] = {**(merged.get(key) or {}), **value}
    else:
        merged[key] = value
