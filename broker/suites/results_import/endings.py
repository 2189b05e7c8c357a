"""What came of an answer that another tool recorded: by why it ended, else by the words of its error."""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from broker.errors import CONTENT_FILTER
from broker.types import Outcome

# As OpenAI, Anthropic, Gemini and Bedrock say it, and promptfoo and Inspect (`stop_reason`, `limit`) after
# them.
_REASONS: Mapping[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "max_output_tokens": "truncated",
    "model_length": "truncated",
    "model_context_window_exceeded": "truncated",
    "token": "truncated",
    "context": "truncated",
    "content_filter": "filtered",
    "content_filtered": "filtered",
    "guardrail_intervened": "filtered",
    "safety": "filtered",
    "refusal": "refused",
    "time": "timeout",
    "working": "timeout",
}
_TIMEOUT = re.compile(r"time[ds]?[ _-]?out", re.IGNORECASE)
_MARKS = frozenset({"kind", "timings"})  # what our own exports say of every run


def ended(reason: object = None, error: str = "") -> Outcome | None:
    """The outcome; `None` for an answer that ended as it should, or of which nothing is known."""
    if error:
        return (
            "timeout" if _TIMEOUT.search(error) else "filtered" if CONTENT_FILTER.search(error) else "error"
        )
    return _REASONS.get(re.sub(r"[\W_]+", "_", reason).lower()) if isinstance(reason, str) else None


def as_exported(of_run: Mapping[str, Any], outcome: object) -> Outcome | None:
    """The outcome that an export of ours names; `None` where what is told `of_run` shows that it is none."""
    ours = of_run.keys() >= _MARKS and outcome in get_args(Outcome)
    return cast(Outcome, outcome) if ours else None
