"""Tools as OpenAI describes them, in chat completions and in Responses."""

from collections.abc import Callable
from typing import Any

from broker.types import Params, Tool


def tool_fields(params: Params, function: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The tools and which of them to call; empty without tools, since a choice among none is refused.

    `function` makes a tool of the dialect from a table of its name, description and parameters.
    """
    if not params.tools:
        return {}
    fields: dict[str, Any] = {"tools": [function(_described(tool)) for tool in params.tools]}
    match params.tool_choice:
        case None:
            return fields
        case "auto" | "none" | "required":
            return {**fields, "tool_choice": params.tool_choice}
        case name:
            return {**fields, "tool_choice": function({"name": name})}


def _described(tool: Tool) -> dict[str, Any]:
    description = {"description": tool.description} if tool.description else {}
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {},
        **tool.parameters,
    }  # OpenAI refuses fewer
    return {"name": tool.name, **description, "parameters": parameters}
