"""Prompts with the answers of one or more models, as Bedrock's evaluations take them: `modelResponses`."""

from collections.abc import Iterator

from broker.suites.importers.report import Source
from broker.suites.importers.values import items, table, text
from broker.suites.results_import.asked import asked_text
from broker.suites.results_import.report import Found

NAME = "bedrock responses"


def matches(source: Source) -> bool:
    """Whether rows have `modelResponses`."""
    return "modelResponses" in source.columns


def answers(source: Source) -> Iterator[Found]:
    """An answer a response."""
    for row in source.rows:
        asked = asked_text(row.values.get("prompt"))
        for response in map(table, items(row.values.get("modelResponses"))):
            model = text(response.get("modelIdentifier")) or "unknown model"
            yield Found(row.number, model, text(response.get("response")), input=asked)
