"""What the settings take as JSON, and what they say of what they do not take."""

import json
from typing import Any

import pytest

from broker.types import Tool
from pages._definitions import schema_of, tools_of

NOTHING: dict[str, Any] = {"type": "object"}
WEATHER = {"name": "get_weather", "description": "Weather in a city.", "parameters": NOTHING}


def test_a_schema() -> None:
    assert schema_of('{"type": "object"}') == ({"type": "object"}, "")
    assert schema_of(" \n") == (None, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"type": }', "Line 1, column 10"),
        ("[]", "A schema is a JSON object"),
        ("null", "A schema is a JSON object"),
        ('{"type": "person"}', "'person' is not valid"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_schema(text: str, says: str) -> None:
    schema, problem = schema_of(text)
    assert schema is None
    assert says in problem


def test_tools() -> None:
    text = json.dumps([WEATHER, {**WEATHER, "name": "other"}])
    expected = tuple(Tool(name, "Weather in a city.", NOTHING) for name in ("get_weather", "other"))
    assert tools_of(text) == (expected, "")
    assert tools_of("") == tools_of("[]") == ((), "")


@pytest.mark.parametrize(
    ("tools", "says"),
    [
        (WEATHER, "Tools are a JSON array"),
        (None, "Tools are a JSON array"),
        (["get_weather"], "Tool 1: it must be an object"),
        ([WEATHER, {"name": "x"}], "Tool 2: it must be an object of a name, a description and parameters"),
        ([{**WEATHER, "strict": True}], "nothing else"),
        ([{**WEATHER, "name": "get weather"}], "Tool 1: its name must be up to 64 letters"),
        ([{**WEATHER, "name": "x" * 65}], "its name"),
        ([{**WEATHER, "description": " "}], "its description"),
        ([{**WEATHER, "parameters": {}}], "its parameters must be a JSON schema"),
        ([{**WEATHER, "parameters": {"type": "string"}}], "its parameters"),
        ([{**WEATHER, "parameters": {"type": "object", "required": "x"}}], "Tool 1: 'x' is not"),
        ([WEATHER, WEATHER], "Two tools have the name get_weather"),
    ],
)
def test_what_are_no_tools(tools: object, says: str) -> None:
    found, problem = tools_of(json.dumps(tools))
    assert found == ()
    assert says in problem
