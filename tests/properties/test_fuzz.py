"""Whatever the files hold, the program ends with an exit code of its own: never a traceback, never 3.

The mini project with one of its files bent: YAML whose values were swapped for others, templates and
SQL with pieces cut out and put in, and plain noise.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from retention_pipeline.cli import run_main
from retention_pipeline.flags import BUG
from tests.conftest import write_project
from tests.project_files import FILES
from tests.properties.fuzz_words import JINJA, ODD, SQL, WORDS

YAML_FILES = sorted(path for path in FILES if path.endswith(".yml"))
TEMPLATES = sorted(path for path in FILES if path.endswith(".sql"))
COMMANDS = [("compile",), ("build", "--no-publish"), ("ls",), ("plan",)]

# -- what is put in -----------------------------------------------------------------------------
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=True),
    st.sampled_from(WORDS),
    st.text(max_size=8),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), scalars), inner, max_size=3),
    ),
    max_leaves=6,
)
pieces = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from([*ODD, *JINJA, *SQL])),
    min_size=1,
    max_size=4,
)


# -- how it is bent -----------------------------------------------------------------------------
def cut(text: str, edits: list[tuple[float, int, str]]) -> str:
    """`text` with pieces taken out and others put in their place."""
    for share, length, new in edits:
        at = int(share * len(text))
        text = text[:at] + new + text[at + length :]
    return text


def _places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    if isinstance(value, dict):
        found += [p for key, item in value.items() for p in _places(item, (*here, key))]
    elif isinstance(value, list):
        found += [p for i, item in enumerate(value) for p in _places(item, (*here, i))]
    return found


def _put(value: Any, place: tuple[Any, ...], new: Any, word: Any) -> Any:
    """The document with `new` at `place`; where `word` is given, under that key beside it."""
    if not place:
        return new
    head, *rest = place
    if not rest and word is not None and isinstance(value, dict):
        return {**value, word: new}
    if isinstance(value, dict):
        return {k: _put(v, tuple(rest), new, word) if k == head else v for k, v in value.items()}
    return [_put(v, tuple(rest), new, word) if i == head else v for i, v in enumerate(value)]


def bent(path: str, share: float, new: Any, word: Any) -> str:
    """A YAML file of the mini project with one of its values replaced, or one key more."""
    document = yaml.safe_load(FILES[path])
    places = _places(document)
    done = _put(document, places[int(share * (len(places) - 1))], new, word)
    return str(yaml.safe_dump(done, sort_keys=False, allow_unicode=True))


def ends_well(files: dict[str, str], argv: tuple[str, ...]) -> None:
    """Run one command on the mini project with these files in it."""
    told = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        root = Path(folder)
        write_project(root)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = run_main(list(argv))
    text = told.getvalue()
    assert code != BUG, text + _bug(text)
    assert "Traceback" not in text
    if code == 2:
        assert "RP" in text


def _bug(text: str) -> str:
    name = text.rpartition("the traceback is in ")[2].strip()
    return Path(name).read_text() if name and os.path.isfile(name) else ""  # noqa: PTH113


# -- what was found before -------------------------------------------------------------------------
SHORT = FILES["models/marts/customer_orders.yml"].replace(
    "        customer_id,orders,revenue,revenue_per_order\n        ann,2,3",
    "        orders,revenue,revenue_per_order\n        ann,2,3",
)
NO_MAPPING = FILES["models/raw/sources.yml"].replace("meta:", "meta: 5 #", 1)
FOUND: dict[str, str | dict[str, str]] = {
    "meta that is no mapping": {"models/raw/sources.yml": NO_MAPPING},
    "contract that is no mapping": "{{ config(contract='x') }} select 1 as a",
    "a row of a unit test with more values than columns": {
        "models/marts/customer_orders.yml": SHORT
    },
    "break outside a loop": "{% break %} select 1 as a",
    "return outside a macro": "{{ return(1) }} select 1 as a",
    "tags that are no texts": "{{ config(tags={'a': 1}) }} select 1 as a",
    "a key that JSON cannot hold": "{{ config(meta={'a': [{(1, 2): 3}]}) }} select 1 as a",
    "an object that YAML cannot hold": "select '{{ toyaml(var) }}' as a",
    "text that is no YAML": "select '{{ fromyaml('a: [') }}' as a",
}


@pytest.mark.parametrize("what", FOUND)
def test_faults_found_before(what: str) -> None:
    found = FOUND[what]
    files = found if isinstance(found, dict) else {"models/free/noise.sql": found}
    ends_well(files, ("compile",))


# -- the properties -----------------------------------------------------------------------------
@given(
    st.sampled_from(YAML_FILES),
    st.floats(0, 1),
    values,
    st.none() | st.sampled_from(WORDS),
    st.sampled_from(COMMANDS),
)
def test_yaml_of_another_shape(
    path: str, share: float, new: Any, word: Any, argv: tuple[str, ...]
) -> None:
    ends_well({path: bent(path, share, new, word)}, argv)


@given(st.sampled_from(YAML_FILES), pieces, st.sampled_from(COMMANDS))
def test_yaml_that_is_cut(path: str, edits: list[tuple[float, int, str]], argv: tuple[str]) -> None:
    ends_well({path: cut(FILES[path], edits)}, argv)


@given(st.sampled_from(TEMPLATES), pieces, st.sampled_from(COMMANDS))
def test_templates_that_are_cut(
    path: str, edits: list[tuple[float, int, str]], argv: tuple[str, ...]
) -> None:
    ends_well({path: cut(FILES[path], edits)}, argv)


@given(
    st.sampled_from(["models/marts/country_orders.sql", "macros/macros.sql", "tests/data/t.sql"]),
    st.lists(st.sampled_from([*ODD, *JINJA, *SQL]), max_size=8),
    st.sampled_from(COMMANDS),
)
def test_templates_of_noise(path: str, parts: list[str], argv: tuple[str, ...]) -> None:
    ends_well({path: " ".join(parts)}, argv)


@given(st.lists(st.sampled_from(SQL), max_size=8), st.sampled_from(["view", "table", "ephemeral"]))
def test_sql_of_noise(parts: list[str], materialized: str) -> None:
    text = f"{{{{ config(materialized='{materialized}', contract={{'enforced': false}}) }}}}\n"
    ends_well({"models/free/noise.sql": text + " ".join(parts)}, ("build", "--no-publish"))


@given(st.text(max_size=30), st.sampled_from(["--vars", "--select", "--exclude", "--target"]))
@example("{as_of: [1]}", "--vars")
def test_words_of_the_command_line(text: str, flag: str) -> None:
    ends_well({}, ("compile" if flag != "--exclude" else "ls", f"{flag}={text}"))
