"""YAML text -> plain values that remember their lines.

Room:  read. Imports errors, nodes. Alone may touch: yaml.
In:    one file's text.  Out: YamlMap / YamlList / scalars; dates stay text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from retention_pipeline.errors import (
    Location,
    ProjectError,
    UnknownKeyError,
    YamlSyntaxError,
    did_you_mean,
)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# 2024-06-01 must stay the text that the user wrote: variables are pasted into SQL.
_AS_TEXT = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"}
_DEEPEST = 100


class YamlMap(dict[str, Any]):
    """A mapping with the line of each key and the file it came from."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path = path
        self.line = line
        self.key_lines: dict[str, int] = {}

    def at(self, key: str | None = None) -> Location:
        """Where `key`, or the mapping itself, stands."""
        return Location(self.path, self.key_lines.get(key, self.line) if key else self.line)

    def check_keys(self, known: frozenset[str], what: str) -> None:
        """Raise UnknownKeyError for the first key that is not in `known`."""
        for key in self:
            if key not in known:
                fix = did_you_mean(key, known) or f"known keys: {', '.join(sorted(known))}"
                raise UnknownKeyError(f"unknown key '{key}' in {what}", at=self.at(key), fix=fix)


class YamlList(list[Any]):
    """A list with the line of each item."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path = path
        self.line = line
        self.item_lines: list[int] = []

    def at(self, index: int) -> Location:
        return Location(self.path, self.item_lines[index])


def parse_yaml(text: str, path: Path) -> Any:
    """Parse one document.

    Raises YamlSyntaxError for text that is not YAML or holds a key twice, ProjectError for
    values too deep to be a project file.
    """
    try:
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            return None if node is None else _value(loader, node, path, 0)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlSyntaxError(
            f"not valid YAML: {error.problem or error.context}",
            at=Location(path, mark.line + 1 if mark else None),
            fix="check indentation, quotes and colons on this line and the one above",
        ) from None
    except yaml.reader.ReaderError:
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else None
        named = f" {found[0]!a}" if found else ""
        raise YamlSyntaxError(
            f"not valid YAML: the control character{named} is not allowed",
            at=Location(path, line),
            fix="remove it, or write it as an escape in double quotes",
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlSyntaxError(f"not valid YAML: {error}", at=Location(path)) from None


def _value(loader: Any, node: yaml.Node, path: Path, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ProjectError("nested too deep", at=Location(path, node.start_mark.line + 1))
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, depth)
    if isinstance(node, yaml.SequenceNode):
        items = YamlList(path, line)
        for child in node.value:
            items.append(_value(loader, child, path, depth + 1))
            items.item_lines.append(child.start_mark.line + 1)
        return items
    if node.tag in _AS_TEXT:
        return node.value
    return loader.construct_object(node)


def _mapping(loader: Any, node: yaml.MappingNode, path: Path, depth: int) -> YamlMap:
    loader.flatten_mapping(node)
    result = YamlMap(path, node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlSyntaxError("a key must be plain text", at=Location(path, line))
        key = str(key_node.value)
        if key in result:
            raise YamlSyntaxError(
                f"the key '{key}' stands twice in one mapping",
                at=Location(path, line),
                fix=f"the first is on line {result.key_lines[key]}; keep one",
            )
        result[key] = _value(loader, value_node, path, depth + 1)
        result.key_lines[key] = line
    return result


def dump_yaml(value: Any, sort_keys: bool) -> str | None:
    """A value as YAML text; None for what YAML cannot hold."""
    try:
        return str(yaml.safe_dump(plain(value), sort_keys=sort_keys, allow_unicode=True))
    except yaml.YAMLError:
        return None


def plain(value: Any) -> Any:
    """The same value as ordinary dicts and lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def expect_map(value: Any, what: str, at: Location) -> YamlMap:
    """`value` as a mapping, or a ProjectError that says what was wanted."""
    if isinstance(value, YamlMap):
        return value
    raise ProjectError(
        f"{what} must be a mapping (key: value), not {_kind(value)}", at=at, fix="check the indent"
    )


def expect_list(value: Any, what: str, at: Location) -> YamlList:
    """`value` as a list, or a ProjectError; nothing at all counts as an empty list."""
    if isinstance(value, YamlList):
        return value
    if value is None:
        return YamlList(Path(str(at.path)), at.line or 1)
    raise ProjectError(
        f"{what} must be a list (- item), not {_kind(value)}", at=at, fix="put '- ' before each"
    )


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"the value {value!r}"
