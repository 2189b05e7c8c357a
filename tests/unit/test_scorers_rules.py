"""What holds for every scorer: threshold, negation, limits, outcomes, hostile answers, documentation."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broker.errors import BY_KIND, ConfigError
from broker.scorers import SCORERS, SLOW, Answer, check, judge, scorer
from broker.scorers.outcomes import judges, outcome_of
from broker.suites import Sample, ScorerSpec
from broker.types import CallError, ChatRequest, Completion, FinishReason, Offer, Outcome, Status
from tests import wordnet
from tests.scorers_page import page

DOCS = Path(__file__).parents[2] / "docs" / "scorers.md"
NEEDED: dict[str, dict[str, Any]] = {
    "regex": {"pattern": r"(\w+\s?)+[.!]"},
    "label": {"labels": ["7", "other"]},
    "latency": {"max_ms": 100},
    "cost": {"max_usd": 0.01},
}
TARGETS = {
    "choice": "B",
    "json-fields": '{"a": 1}',
    "tool-call": '{"name": "f", "arguments": {}}',
}


def sample_for(name: str) -> Sample:
    return Sample("1", "q", (TARGETS.get(name, "7"),))


@pytest.mark.parametrize(
    ("threshold", "negate", "value", "passed"),
    [
        (None, False, 0.5, False),
        (0.5, False, 0.5, True),
        (0.51, False, 0.5, False),
        (0.5, True, 0.5, False),
        (0.6, True, 0.5, True),
        (None, True, 0.5, True),
    ],
)
def test_threshold_and_negation(threshold: float | None, negate: bool, value: float, passed: bool) -> None:
    spec = ScorerSpec("includes", {"mode": "all"}, threshold=threshold, negate=negate)
    score = judge(spec, Answer("a"), Sample("1", "q", ("a", "b")))
    assert (score.value, score.passed) == (value, passed)
    assert score.explanation.startswith("Must not hold: ") is negate


def test_a_negated_score_is_right_where_the_rule_does_not_hold() -> None:
    score = judge(ScorerSpec("includes", negate=True), Answer("fine"), Sample("1", "q", ("password",)))
    assert (score.value, score.passed) == (1, True)


def test_a_threshold_is_met_despite_rounding() -> None:
    spec = ScorerSpec("token-f1", threshold=2 / 3)
    assert judge(spec, Answer("b c"), Sample("1", "q", ("b",))).passed


@pytest.mark.parametrize("negate", [True, False])
@pytest.mark.parametrize("name", ["latency", "cost"])
def test_what_is_not_known_is_not_judged(name: str, negate: bool) -> None:
    spec = ScorerSpec(name, NEEDED[name], threshold=0.5, negate=negate)
    score = judge(spec, Answer("x"), sample_for(name))
    assert (score.value, score.passed) == (None, None)
    assert "not known" in score.explanation


@pytest.mark.parametrize(("ms", "usd", "passed"), [(100, 0.01, True), (100.1, 0.0101, False), (0, 0, True)])
def test_limits(ms: float, usd: float, passed: bool) -> None:
    answer = Answer("x", total_ms=ms, cost_usd=usd)
    assert judge(ScorerSpec("latency", {"max_ms": 100}), answer, sample_for("latency")).passed is passed
    assert judge(ScorerSpec("cost", {"max_usd": 0.01}), answer, sample_for("cost")).passed is passed


@pytest.mark.parametrize("threshold", [-0.1, 1.1, 5, float("nan")])
def test_a_threshold_is_a_share(threshold: float) -> None:
    with pytest.raises(ConfigError, match="threshold"):
        check(ScorerSpec("levenshtein", threshold=threshold), sample_for("levenshtein"))


def test_names_and_settings_that_do_not_exist() -> None:
    with pytest.raises(ConfigError, match="exact, includes"):
        check(ScorerSpec("excat"), sample_for("exact"))
    with pytest.raises(ConfigError, match="ignore_caps"):
        check(ScorerSpec("exact", {"ignore_caps": True}), sample_for("exact"))


@pytest.fixture(scope="module")
def synonyms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A dictionary for the scorer that needs one."""
    root = tmp_path_factory.mktemp("nltk")
    wordnet.put(root)
    with wordnet.only_here(root):
        yield


@pytest.mark.usefixtures("synonyms")
@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_keeps_its_contract(name: str) -> None:
    module = scorer(name)
    assert module.VERSION >= 1
    assert module.PASSES
    for text in ("", "7", "B", '{"a": 1}', "\x00\ud83d\u202e", "🦆" * 50):
        score = judge(ScorerSpec(name, NEEDED.get(name, {})), Answer(text), sample_for(name))
        assert score.value is None or 0 <= score.value <= 1
        assert score.explanation.endswith(".")
        assert score.explanation.isprintable()
        assert len(score.explanation) < 600


HOSTILE = {
    "words": "and so on " * 100_000,
    "one letter": "a" * 1_000_000,
    "digits": "1" * 1_000_000,
    "commas": "1,22," * 200_000,
    "numbers": "1 1/2 " * 170_000,
    "brackets": "[" * 1_000_000,
    "braces": '{"a":' * 200_000,
    "letters": "B) " * 330_000,
    "stars": "*" * 1_000_000,
    "spaces": " " * 1_000_000,
    "answers": "answer is " * 100_000,
    "fence": "```json\n" + "`" * 1_000_000,
    "Han": "東" * 1_000_000,
    "sorry": "I am sorry, but I " * 55_000,
    "boxes": "\\boxed{" * 140_000,
}


@pytest.mark.usefixtures("synonyms")
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", [name for name in SCORERS if name not in {"latency", "cost", "tool-call"}])
def test_a_megabyte_is_judged_soon(name: str, kind: str) -> None:
    spec, sample = ScorerSpec(name, NEEDED.get(name, {})), sample_for(name)
    check(spec, sample)
    answer = Answer(HOSTILE[kind])
    began = time.process_time()
    score = judge(spec, answer, sample)
    assert time.process_time() - began < 2  # seconds; the bound is wide since machines are busy
    assert len(score.explanation) < 600


def completion(
    status: Status = "ok",
    reason: FinishReason | None = "stop",
    error: CallError | None = None,
    text: str = "42",
) -> Completion:
    offer = Offer("p", "m", "m", "M", "M")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Completion("1", offer, ChatRequest(()), status, at, text, finish_reason=reason, error=error)


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (completion(), "answered"),
        (completion(reason=None), "answered"),
        (completion(reason="tool_calls"), "answered"),
        (completion(text=""), "answered"),
        (completion(reason="length"), "truncated"),
        (completion(reason="content_filter"), "filtered"),
        (completion(reason="refusal"), "refused"),
        (completion(reason="error"), "error"),
        (completion(text="I'm sorry, but I can't help with that."), "refused"),
        (completion("stopped", None), "stopped"),
        (completion("interrupted", None), "stopped"),
        (completion("running", None), "stopped"),
        (completion("error", None, None), "error"),
        (completion("error", None, CallError("total_timeout", "too long")), "timeout"),
        (completion("error", None, CallError("connect_timeout", "too long")), "timeout"),
        (completion("error", None, CallError("truncated", "broke off")), "error"),
        (completion("error", None, CallError("rate_limited", "429")), "error"),
        (completion("error", None, CallError("bad_request", "blocked by content_filter: hate")), "filtered"),
        (completion("error", None, CallError("bad_request", "the content management policy")), "filtered"),
        (completion("error", None, CallError("bad_request", "unknown field")), "error"),
    ],
)
def test_what_came_of_a_call(call: Completion, outcome: Outcome) -> None:
    assert outcome_of(call) == outcome


@pytest.mark.parametrize("kind", BY_KIND)
def test_no_failure_is_an_answer(kind: str) -> None:
    assert outcome_of(completion("error", None, CallError(kind, "x"))) in {"error", "timeout"}


def test_a_refusal_is_judged_only_where_that_is_the_question() -> None:
    assert judges("answered", "exact")
    assert judges("refused", "refusal")
    assert not judges("refused", "exact")
    assert not judges("truncated", "refusal")


def test_slow_scorers_exist() -> None:
    assert SLOW.issubset(SCORERS)


def test_the_documentation_lists_every_scorer() -> None:
    assert DOCS.read_text(encoding="utf-8") == page()
