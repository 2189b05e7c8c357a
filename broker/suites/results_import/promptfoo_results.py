"""promptfoo's results (`promptfoo eval --output results.json` or `.jsonl`)."""

from collections.abc import Iterator, Mapping
from typing import Any

from broker.suites.importers.report import Row, Source
from broker.suites.importers.values import items, table, text
from broker.suites.results_import.asked import asked_text
from broker.suites.results_import.report import Found

NAME = "promptfoo results"
_FOREIGN = ("success", "score", "namedScores", "latencyMs", "cost")


def matches(source: Source) -> bool:
    """Whether there is a list of results with prompt and provider."""
    return any({"prompt", "provider"} <= row.values.keys() for row in _rows(source)[:1])


def answers(source: Source) -> Iterator[Found]:
    """An answer a result; the prompt in a result is the one that was sent."""
    for row in _rows(source):
        yield _found(row.number, row.values)


def _rows(source: Source) -> list[Row]:
    results = table(source.document).get("results")
    listed = items(results) or items(table(results).get("results"))
    if listed:
        return [Row(i, table(entry)) for i, entry in enumerate(listed, 1)]
    return [row for row in source.rows if "response" in row.values]


def _found(number: int, result: Mapping[str, Any]) -> Found:
    provider = table(result.get("provider"))
    response = table(result.get("response"))
    variables = table(result.get("vars")) or table(table(result.get("testCase")).get("vars"))
    prompt = table(result.get("prompt")).get("raw", result.get("prompt"))
    foreign = {key: result[key] for key in _FOREIGN if result.get(key) is not None}
    if reason := table(result.get("gradingResult")).get("reason"):
        foreign["reason"] = reason
    answered = response.get("output") is not None
    return Found(
        number,
        text(provider.get("label") or provider.get("id") or result.get("provider")) or "unknown model",
        text(response.get("output")),
        input=asked_text(prompt),
        variables={k: text(v) for k, v in variables.items() if not k.startswith("__")},
        error="" if answered else text(result.get("error") or response.get("error")) or "no output",
        foreign=foreign,
    )
