"""Logs of Inspect in JSON: `eval.model` and `samples` with their `output`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from broker.suites.importers.report import Source
from broker.suites.importers.values import items, number, table, text
from broker.suites.results_import.asked import asked_text, said_text
from broker.suites.results_import.endings import as_exported, ended
from broker.suites.results_import.report import Found

NAME = "inspect log"


def matches(source: Source) -> bool:
    """Whether the document has an `eval` with a model, and samples."""
    document = table(source.document)
    return "model" in table(document.get("eval")) and bool(items(document.get("samples")))


def answers(source: Source) -> Iterator[Found]:
    """An answer a sample and epoch."""
    document = table(source.document)
    told = table(document.get("eval"))
    model, of_run = text(told.get("model")), table(told.get("metadata"))
    for place, entry in enumerate(items(document.get("samples")), 1):
        found = _found(place, model, table(entry))
        ours = as_exported(of_run, table(table(entry).get("metadata")).get("outcome"))
        yield replace(found, outcome=ours or found.outcome)


def _found(place: int, model: str, sample: Mapping[str, Any]) -> Found:
    output = table(sample.get("output"))
    choice = table(next(iter(items(output.get("choices"))), None))
    content = table(choice.get("message")).get("content", output.get("completion"))
    epoch = number(sample.get("epoch"))
    failed = text(table(sample.get("error")).get("message") or output.get("error"))
    limited = ended(table(sample.get("limit")).get("type"))
    return Found(
        place,
        model or "unknown model",
        said_text(content),
        id=text(sample.get("id")),
        input=asked_text(sample.get("input")),
        epoch=int(epoch) if epoch and epoch >= 1 else None,
        error=failed or ("" if content is not None else "no output"),
        outcome=ended(error=failed) or limited or ended(choice.get("stop_reason")),
        foreign={"scores": sample["scores"]} if sample.get("scores") else {},
    )
