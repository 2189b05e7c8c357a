"""The model asked for the tool call of the target."""

import json
from collections.abc import Mapping
from typing import Any, cast

from broker.errors import ConfigError
from broker.scorers import Answer, Score
from broker.scorers.alike import Rules, alike
from broker.scorers.json_found import NoJson, whole
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import quoted
from broker.suites import Sample

VERSION = 1
PASSES = (
    'the tool of the target, `{"name": …, "arguments": {…}}`, is called with these arguments and no others; '
    "half the score is for the tool, half for the share of the arguments that are right"
)
SETTINGS: Mapping[str, str] = {"values": VALUES}
_RULES = Rules(exact_fields=True, ordered=True)


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """The best of the calls asked for, compared with the best of the targets."""
    wanted = [_target(text, sample) for text in expected(sample, settings)]
    if not answer.tool_calls:
        return Score(0.0, False, None, "The answer calls no tool.")
    scores = [_compared(name, found, call) for name, found in wanted for call in answer.tool_calls]
    return max(scores, key=lambda score: score.value or 0)


def _compared(name: str, wanted: dict[str, Any], call: tuple[str, str]) -> Score:
    called, written = call
    if called != name:
        return Score(0.0, False, called, f"The tool called is {quoted(called)}, not {quoted(name)}.")
    try:
        share = alike(wanted, whole(written or "{}"), _RULES)
    except NoJson:
        return Score(0.5, False, called, f"The arguments of {quoted(name)} are no valid JSON.")
    asked = json.dumps(wanted, ensure_ascii=False)
    told = "as expected" if share == 1 else f"with {quoted(written)}, not {quoted(asked)}"
    return Score((1 + share) / 2, share == 1, called, f"The tool {quoted(name)} is called {told}.")


def _target(text: str, sample: Sample) -> tuple[str, dict[str, Any]]:
    try:
        value = whole(text)
    except NoJson:
        value = None
    match value:
        case {"name": str(name), "arguments": dict()}:
            return name, cast("dict[str, Any]", value["arguments"])
        case _:
            raise ConfigError(f"sample {sample.id}: expected a tool call as its target, found {text[:60]!r}")
