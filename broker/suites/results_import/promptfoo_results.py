"""promptfoo's results (`promptfoo eval --output results.json` or `.jsonl`)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from broker.suites.importers.report import Row, Source
from broker.suites.importers.values import items, number, table, text
from broker.suites.results_import.asked import asked_text
from broker.suites.results_import.endings import as_exported, ended
from broker.suites.results_import.report import Found

NAME = "promptfoo results"
_FOREIGN = ("success", "score", "namedScores", "latencyMs", "cost")


def matches(source: Source) -> bool:
    """Whether there is a list of results with prompt and provider."""
    first = next((row.values for row in _rows(source)), table(None))
    # A table of answers may have columns of these names: there a prompt is a text.
    return {"prompt", "provider"} <= first.keys() and bool(_listed(source) or table(first["prompt"]))


def answers(source: Source) -> Iterator[Found]:
    """An answer a result; the prompt in a result is the one that was sent."""
    rows = _rows(source)
    names = _names([_parts(row.values) for row in rows])
    for row in rows:
        yield _found(row.number, row.values, names[_parts(row.values)])


def _rows(source: Source) -> list[Row]:
    """The results of a document or, in JSON Lines, one a line."""
    return [Row(i, table(entry)) for i, entry in enumerate(_listed(source), 1)] or [*source.rows]


def _listed(source: Source) -> list[Any]:
    results = table(source.document).get("results")
    return items(results) or items(table(results).get("results"))


def _parts(result: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells models apart: the provider's label and id, and the prompt's label."""
    provider, prompt = table(result.get("provider")), table(result.get("prompt"))
    known = text(provider.get("id") or (result.get("provider") if not provider else None)) or "unknown model"
    return text(provider.get("label")) or known, known, text(prompt.get("label") or prompt.get("display"))


def _names(found: list[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """A name for each: the label, with the id or the prompt only where it would mean several."""
    pairs = {(label, known) for label, known, _ in found}
    shared = {label for label, n in Counter(label for label, _ in pairs).items() if n > 1}
    several = len({prompt for _, _, prompt in found} - {""}) > 1
    return {
        (label, known, prompt): (f"{label} ({known})" if label in shared else label)
        + (f" · {prompt}" if several and prompt else "")
        for label, known, prompt in found
    }


def _found(place: int, result: Mapping[str, Any], model: str) -> Found:
    response, metadata = table(result.get("response")), table(result.get("metadata"))
    variables = table(result.get("vars")) or table(table(result.get("testCase")).get("vars"))
    prompt = table(result.get("prompt")).get("raw", result.get("prompt"))
    foreign = {key: result[key] for key in _FOREIGN if result.get(key) is not None}
    if reason := table(result.get("gradingResult")).get("reason"):
        foreign["reason"] = reason
    said = response.get("output")
    answered = said is not None and (said != "" or not response.get("error"))
    # Beside an output, `error` is why an assertion failed.
    failed = "" if answered else text(response.get("error") or result.get("error"))
    reason = "refusal" if response.get("isRefusal") is True else response.get("finishReason")
    epoch = number(metadata.get("epoch"))
    return Found(
        place,
        model,
        text(response.get("output")),
        id=text(metadata.get("sample")),  # sample and epoch as our own exports have them
        input=asked_text(prompt),
        variables={k: text(v) for k, v in variables.items() if not k.startswith("__")},
        epoch=int(epoch) if epoch and epoch >= 1 else None,
        error=failed or ("" if answered else "no output"),
        outcome=as_exported(metadata, metadata.get("outcome")) or ended(reason, failed),
        foreign=foreign,
    )
