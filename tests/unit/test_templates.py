"""Which parts of a prompt are variables, and what filling them leaves alone."""

import time

import pytest

from broker.templates import fill, variables

VARIABLES = [
    ("", ()),
    ("no variable", ()),
    ("{{name}}", ("name",)),
    ("{{ name }} and {{\tother\n}}", ("name", "other")),
    ("{{b}} {{a}} {{b}}", ("b", "a")),
    ("{{two words}} {{with-dash}} {{_x1}}", ("two words", "with-dash", "_x1")),
    ("{{Größe}} {{名前}}", ("Größe", "名前")),
    ("{{a}}{{b}}", ("a", "b")),
    ("{{{name}}}", ("name",)),
    ("{ {name} } {name} {{name} {name}}", ()),
    ("{{}} {{ }} {{1st}} {{-x}} {{a.b}} {{a|upper}} {{#each x}} {{x('y')}}", ()),
    ('{"json": {"a": {"b": 1}}}', ()),
    ("${{ secrets.KEY }} \\frac{{1}}{{2}}", ()),
    ("{{a\nb}}", ()),
    (f"{{{{{'x' * 61}}}}}", ("x" * 61,)),
    (f"{{{{{'x' * 62}}}}}", ()),
]


@pytest.mark.parametrize(("text", "names"), VARIABLES)
def test_the_variables_of_a_text(text: str, names: tuple[str, ...]) -> None:
    assert variables(text) == names


def test_several_texts_are_one_list() -> None:
    assert variables("{{a}} {{b}}", None, "", "{{c}} {{a}}") == ("a", "b", "c")
    assert variables() == ()


@pytest.mark.parametrize(("text", "_"), VARIABLES)
def test_a_text_without_values_stays_as_it_is(text: str, _: object) -> None:
    assert fill(text, {}) == text


@pytest.mark.parametrize(("text", "names"), VARIABLES)
def test_a_filled_text_has_no_variables_left(text: str, names: tuple[str, ...]) -> None:
    assert variables(fill(text, dict.fromkeys(names, "value"))) == ()


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Dear {{name}}, {{ name }}!", {"name": "Ada"}, "Dear Ada, Ada!"),
        ("{{a}}{{b}}", {"a": "1"}, "1{{b}}"),
        ("{{a}}", {"a": ""}, ""),
        ("{{a}}", {"A": "1"}, "{{a}}"),
        ("{{a}}", {"a": "{{b}}", "b": "never"}, "{{b}}"),
        ("{{a}}", {"a": r"\1 \g<0> \n $5"}, r"\1 \g<0> \n $5"),
        ("{{two words}}", {"two words": "line 1\nline 2"}, "line 1\nline 2"),
        ("no variable", {"a": "1"}, "no variable"),
        ("{{{a}}}", {"a": "1"}, "{1}"),
    ],
)
def test_filling(text: str, values: dict[str, str], filled: str) -> None:
    assert fill(text, values) == filled


@pytest.mark.parametrize(
    "text", ["{{a" + " " * 50_000, "{{" * 50_000, "{{a" * 50_000, "{{" + " " * 50_000 + "1}}"]
)
def test_a_long_text_without_an_end_is_read_quickly(text: str) -> None:
    start = time.perf_counter()
    assert variables(text) == ()
    assert time.perf_counter() - start < 0.5
