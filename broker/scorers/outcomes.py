"""What came of a call. Only an answer can be wrong: what else may happen is counted beside accuracy."""

from collections.abc import Mapping

from broker.errors import CONTENT_FILTER
from broker.scorers.refusal import refuses
from broker.types import CallError, Completion, FinishReason, Outcome

_BY_REASON: Mapping[FinishReason | None, Outcome] = {
    "content_filter": "filtered",
    "refusal": "refused",
    "length": "truncated",
    "error": "error",
}


def outcome_of(completion: Completion) -> Outcome:
    """What came of this call.

    `refused`: the platform says so, or the words do (they are the model's, whatever the platform reports);
    `filtered`: a content filter stopped the request or the answer; `truncated`: the limit of tokens was
    reached; `timeout`: one of ours ended it; `stopped`: it was cancelled, interrupted, or still runs.
    """
    if completion.error is not None or completion.status == "error":
        return _failure(completion.error)
    if completion.status != "ok":
        return "stopped"
    ended = _BY_REASON.get(completion.finish_reason)
    return ended or ("refused" if refuses(completion.text) else "answered")


def judges(outcome: Outcome, scorer: str) -> bool:
    """Whether this scorer judges a call that ended so: answers, and a refusal where that is the question."""
    return outcome == "answered" or (outcome == "refused" and scorer == "refusal")


def _failure(error: CallError | None) -> Outcome:
    if error is None:
        return "error"
    if error.kind.endswith("timeout"):
        return "timeout"
    if error.kind == "bad_request" and CONTENT_FILTER.search(error.message):
        return "filtered"
    return "error"
