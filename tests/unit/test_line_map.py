from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from retention_pipeline.line_map import LineMarks, read_marks


def through(text: str, name: str = "marked:a") -> tuple[str, tuple[int, ...]]:
    env = Environment(extensions=[LineMarks], keep_trailing_newline=True)
    code = env.compile(env.parse(text, name, name), name, name)
    return read_marks(env.template_class.from_code(env, code, env.globals).render())


@given(st.text(st.sampled_from("ab \n,()'"), max_size=60))
def test_plain_text_keeps_its_text_and_its_lines(text: str) -> None:
    clean, lines = through(text)
    assert clean == text
    assert lines == tuple(range(1, text.count("\n") + 2))


def test_other_templates_are_left_alone() -> None:
    assert through("a\nb", "macros/m.sql") == ("a\nb", (1, 1))


def test_trimmed_blocks_keep_the_numbers() -> None:
    text = "a\n{%- if true -%}\n  b\n{%- endif %}\nc"
    assert through(text) == ("ab\nc", (3, 5))


def test_a_line_without_a_mark_belongs_to_the_one_before() -> None:
    assert read_marks("\ue0004\ue001a\nb\n\ue0007\ue001c") == ("a\nb\nc", (4, 4, 7))
