"""What was asked, as files of results write it: a text, or a conversation."""

from typing import Any

from broker.suites.importers.json_file import loads
from broker.suites.importers.messages import conversation
from broker.suites.importers.values import items, table, text
from broker.suites.results_import.matching import spoken


def asked_text(value: Any) -> str:
    """One text for a question; of a conversation, also one written in JSON, all turns in order."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = loads(value)
        except (ValueError, RecursionError):
            return value
    turns = items(value)
    if not turns or not all("role" in table(turn) for turn in turns):
        return text(value)
    try:
        return spoken(conversation(turns))
    except ValueError:
        return text(value)


def said_text(value: Any) -> str:
    """The text of an answer: a text itself, or the text parts of a list of parts."""
    if isinstance(value, list):
        parts = [table(part).get("text") for part in items(value)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return text(value)
