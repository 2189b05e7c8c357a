"""What the settings take as JSON: the schema of an answer, and tools."""

import json
from collections import Counter
from typing import Any

from broker.types import Tool
from pages import _format as fmt

_TOOL: dict[str, Any] = {
    "type": "object",
    "required": ["name", "description", "parameters"],
    "properties": {
        "name": {"type": "string", "pattern": r"^[A-Za-z0-9_-]{1,64}\Z"},
        "description": {"type": "string", "pattern": r"\S"},
        "parameters": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"const": "object"}},
        },
    },
    "additionalProperties": False,
}
_EXPECTED = {
    "": "an object of a name, a description and parameters, and nothing else",
    "name": "up to 64 letters, digits, _ and -",
    "description": "a text that says what the tool does",
    "parameters": 'a JSON schema with "type": "object"',
}


def schema_of(text: str) -> tuple[dict[str, Any] | None, str]:
    """The schema, and what is wrong with it."""
    if not text.strip():
        return None, ""
    schema, problem = _json(text)
    if problem:
        return None, problem
    if not isinstance(schema, dict):
        return None, "A schema is a JSON object."
    problem = _misfit(schema)
    return (None, problem) if problem else (schema, "")


def tools_of(text: str) -> tuple[tuple[Tool, ...], str]:
    """The tools of a JSON array, and what is wrong with it."""
    if not text.strip():
        return (), ""
    tools, problem = _json(text)
    if problem:
        return (), problem
    if not isinstance(tools, list):
        return (), "Tools are a JSON array of objects: [{…}]."
    for number, tool in enumerate(tools, 1):
        if problem := _tool_problem(tool):
            return (), f"Tool {number}: {problem}"
    repeated = [name for name, n in Counter(tool["name"] for tool in tools).items() if n > 1]
    if repeated:
        return (), f"Two tools have the name {repeated[0]}."
    return tuple(Tool(**tool) for tool in tools), ""


def _json(text: str) -> tuple[Any, str]:
    """The value, and what is wrong with the text."""
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"Line {error.lineno}, column {error.colno}: {error.msg}."
    except RecursionError:
        return None, "It is nested too deeply."


def _misfit(schema: dict[str, Any]) -> str:
    """Why this is no JSON schema, empty when it is one."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{fmt.short(error.message, 200)}."
    except RecursionError:
        return "It is nested too deeply."
    return ""


def _tool_problem(tool: Any) -> str:
    """Why this is no tool, empty when it is one."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(_TOOL)
    error = next(validator.iter_errors(tool), None)
    if error is None:
        return _misfit(tool["parameters"])
    part = next(iter(error.absolute_path), "")
    return f"{f'its {part}' if part else 'it'} must be {_EXPECTED[part]}."
