"""Prompt templates: `{{name}}` stands for a value that is filled in before sending."""

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{\s*([^\W\d][\w -]{0,60}?)\s*\}\}")


def variables(*texts: str | None) -> tuple[str, ...]:
    """The names in order of first appearance, each once."""
    names = (match.group(1) for text in texts if text for match in _VARIABLE.finditer(text))
    return tuple(dict.fromkeys(names))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced; one without a value stays as it is.

    Values are put in as they are: a `{{name}}` inside a value is not filled again.
    """
    return _VARIABLE.sub(lambda match: values.get(match.group(1), match.group(0)), text)
