from pathlib import Path
from typing import Any

import pytest

from retention_pipeline.errors import Location, ProjectError, UnknownKeyError, YamlSyntaxError
from retention_pipeline.yaml_lines import (
    YamlList,
    YamlMap,
    expect_list,
    expect_map,
    parse_yaml,
    plain,
)

PATH = Path("m.yml")


def parse(text: str) -> Any:
    return parse_yaml(text, PATH)


def test_keys_and_items_know_their_lines() -> None:
    top = parse("a: 1\nb:\n  - x\n  - y: 2\n    z: 3\n")
    assert top.at("a") == Location(PATH, 1)
    assert top.at("b") == Location(PATH, 2)
    assert top["b"].at(1) == Location(PATH, 4)
    assert top["b"][1].at("z") == Location(PATH, 5)
    assert plain(top) == {"a": 1, "b": ["x", {"y": 2, "z": 3}]}
    assert type(plain(top)) is dict


def test_dates_stay_the_text_that_was_written() -> None:
    assert parse("a: 2024-06-01")["a"] == "2024-06-01"
    assert parse("a: 2024-06-01 12:00:00")["a"] == "2024-06-01 12:00:00"


def test_anchors_and_merges_work() -> None:
    assert plain(parse("a: &x {p: 1}\nb: {<<: *x, q: 2}")) == {"a": {"p": 1}, "b": {"p": 1, "q": 2}}


def test_nothing_is_none() -> None:
    assert parse("") is None
    assert parse("# only a comment") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2", 2),
        ("a: 1\n b: 2", 2),
        ("a: 'x", 1),
        ("a: \tb: c", 1),
        ("%", 1),
        ("a: 1\nb: \x01", 2),
    ],
)
def test_bad_yaml_names_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlSyntaxError) as error:
        parse(text)
    assert error.value.at
    assert error.value.at.path == PATH
    assert abs((error.value.at.line or 0) - line) <= 1
    assert str(error.value).startswith("m.yml:")


def test_a_key_twice_is_an_error_with_both_lines() -> None:
    with pytest.raises(YamlSyntaxError, match="'a' stands twice") as error:
        parse("a: 1\nb: 2\na: 3")
    assert error.value.at == Location(PATH, 3)
    assert "line 1" in str(error.value.fix)


def test_a_key_that_is_a_list_is_an_error() -> None:
    with pytest.raises(YamlSyntaxError, match="plain text"):
        parse("[1, 2]: x")


def test_no_tag_makes_an_object() -> None:
    assert parse("a: !!python/object/apply:os.system ['true']") == {"a": ["true"]}
    with pytest.raises(YamlSyntaxError):
        parse("a: !!python/name:os.system x")


def test_depth_has_an_end() -> None:
    with pytest.raises(ProjectError, match="too deep"):
        parse("[" * 200 + "]" * 200)


def test_two_documents_are_an_error() -> None:
    with pytest.raises(YamlSyntaxError):
        parse("a: 1\n---\nb: 2")


def test_an_unknown_key_names_its_line_and_the_nearest_word() -> None:
    with pytest.raises(UnknownKeyError, match="unknown key 'descripton' in a model") as error:
        parse("name: x\ndescripton: y").check_keys(frozenset({"name", "description"}), "a model")
    assert error.value.at == Location(PATH, 2)
    assert error.value.fix == "did you mean 'description'?"


def test_expect_map_and_list() -> None:
    at = Location(PATH, 7)
    assert isinstance(expect_map(parse("a: 1"), "x", at), YamlMap)
    assert isinstance(expect_list(parse("- 1"), "x", at), YamlList)
    assert expect_list(None, "x", at) == []
    with pytest.raises(ProjectError, match=r"x must be a mapping .* not a list"):
        expect_map(parse("- 1"), "x", at)
    with pytest.raises(ProjectError, match=r"x must be a list .* not the value 'a'"):
        expect_list("a", "x", at)
