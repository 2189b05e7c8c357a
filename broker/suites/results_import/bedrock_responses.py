"""Prompts with the answers of one or more models, as Bedrock's evaluations take them: `modelResponses`."""

from collections.abc import Iterator, Mapping
from typing import Any

from broker.suites.importers.report import Row, Source
from broker.suites.importers.values import items, table, text
from broker.suites.results_import.asked import asked_text
from broker.suites.results_import.report import NO_ANSWER, Found

NAME = "bedrock responses"


def matches(source: Source) -> bool:
    """Whether rows have `modelResponses`."""
    return "modelResponses" in source.columns


def answers(source: Source) -> Iterator[Found]:
    """An answer a response; a row without any is one that none of the file's models answered."""
    models = dict.fromkeys(_model(response) for row in source.rows for response in _responses(row))
    for row in source.rows:
        asked = asked_text(row.values.get("prompt"))
        said = [(_model(response), text(response.get("response"))) for response in _responses(row)]
        for model, answer in said or [(model, "") for model in models]:
            error = "" if answer.strip() else NO_ANSWER
            yield Found(row.number, model, answer, input=asked, error=error)


def _responses(row: Row) -> Iterator[Mapping[str, Any]]:
    return map(table, items(row.values.get("modelResponses")))


def _model(response: Mapping[str, Any]) -> str:
    return text(response.get("modelIdentifier")) or "unknown model"
