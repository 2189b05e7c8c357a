"""What is no answer elsewhere is no wrong answer here: cut, filtered, refused, timed out, failed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from broker.benchmark_export import FORMATS
from broker.results.leaderboard import standing
from broker.results.load import load_run
from broker.runs.imported import keep_imported, scored
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.results_import import read_results
from broker.suites.results_import.endings import ended
from broker.suites.results_import.report import ImportedAnswer, ImportedResults
from broker.types import Outcome
from db.session import Database
from tests.dbtools import fresh_database
from tests.resulttools import keep_run, suite_of

OUTCOMES: tuple[str, ...] = get_args(Outcome)
ASKED = "What is 2 + 2?"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def one_sample() -> Suite:
    return suite_of(Sample("s0", ASKED, ("4",)), scorers=(ScorerSpec("exact"),))


@pytest.mark.parametrize(
    ("reason", "error", "outcome"),
    [
        ("stop", "", None),
        (None, "", None),
        ("length", "", "truncated"),
        ("MAX_TOKENS", "", "truncated"),  # as Gemini writes it
        ("max_output_tokens", "", "truncated"),
        ("model_length", "", "truncated"),
        ("content_filter", "", "filtered"),
        ("content-filter", "", "filtered"),
        ("SAFETY", "", "filtered"),
        ("refusal", "", "refused"),
        ("time", "", "timeout"),
        ("length", "Request timed out after 300000 ms", "timeout"),
        (None, "ReadTimeout", "timeout"),
        (None, "httpx.ConnectTimeout: ", "timeout"),
        (None, "400 … triggering Azure OpenAI's content management policy", "filtered"),
        (None, "API error: 429", "error"),
        ({"type": "length"}, "", None),
    ],
)
def test_how_other_tools_say_that_an_answer_ended(reason: object, error: str, outcome: str | None) -> None:
    assert ended(reason, error) == outcome


def promptfoo(response: dict[str, Any], **more: Any) -> bytes:
    result = {"provider": {"id": "m"}, "prompt": {"raw": ASKED}, "vars": {}, "success": False, "score": 0}
    return json.dumps({"results": {"results": [{**result, "response": response, **more}]}}).encode()


def inspect(choice: dict[str, Any], **more: Any) -> bytes:
    sample = {"id": "s0", "epoch": 1, "input": ASKED, "output": {"choices": [choice]}, **more}
    return json.dumps({"eval": {"model": "m"}, "samples": [sample]}).encode()


def openai(sample: dict[str, Any]) -> bytes:
    known = {"input": [{"role": "user", "content": ASKED}], "model": "m"}
    return json.dumps({"datasource_item": {}, "results": [], "sample": known | sample}).encode()


SAID = {"message": {"role": "assistant", "content": "The sum of"}}
TURN = {"output": [{"role": "assistant", "content": "The sum of"}]}
FILES = [
    ("r.json", promptfoo({"output": "The sum of", "finishReason": "length"}), "truncated"),
    ("r.json", promptfoo({"output": "", "finishReason": "content_filter"}), "filtered"),
    ("r.json", promptfoo({"output": "That I leave to you.", "isRefusal": True}), "refused"),
    ("r.json", promptfoo({"error": "Request timed out after 9 ms"}), "timeout"),
    ("r.json", promptfoo({"output": "", "error": "Request timed out after 9 ms"}), "timeout"),
    ("r.json", promptfoo({"output": None, "finishReason": "content_filter"}), "filtered"),
    ("r.json", promptfoo({"output": ""}, error="Expected 4"), "answered"),
    ("r.json", promptfoo({"output": "5"}, error="Expected 4"), "answered"),  # an assertion's, no call's
    ("r.json", inspect(SAID | {"stop_reason": "max_tokens"}), "truncated"),
    ("r.json", inspect(SAID | {"stop_reason": "content_filter"}), "filtered"),
    ("r.json", inspect(SAID | {"stop_reason": "stop"}), "answered"),
    ("r.json", inspect(SAID, limit={"type": "time", "limit": 60}), "timeout"),
    ("r.json", inspect(SAID, error={"message": "TimeoutError()"}), "timeout"),
    ("r.json", inspect(SAID, metadata={"outcome": "refused"}), "answered"),  # of the data, not of the call
    ("r.jsonl", openai(TURN | {"finish_reason": "length"}), "truncated"),
    ("r.jsonl", openai(TURN | {"finish_reason": "content_filter"}), "filtered"),
    ("r.jsonl", openai(TURN | {"finish_reason": "stop"}), "answered"),
    ("r.jsonl", openai({"output": [], "error": {"message": "timed out"}}), "timeout"),
]


@pytest.mark.parametrize(("name", "data", "outcome"), FILES)
def test_only_what_ended_as_it_should_can_be_wrong(name: str, data: bytes, outcome: str) -> None:
    suite = one_sample()
    _, [cell] = scored(suite, read_results(name, data, suite))
    assert cell["outcome"] == outcome
    assert cell["passed"] is (False if outcome == "answered" else None)


def all_outcomes(database: Database) -> str:
    """A run with a sample of every outcome: an answer that is wrong, and words wherever there may be some."""
    suite = suite_of(*(Sample(name, f"{name}?", ("4",)) for name in OUTCOMES), scorers=(ScorerSpec("exact"),))
    silent = ("error", "timeout", "stopped")
    cells = [
        {"offer": "m", "sample": name, "outcome": name, "text": None if name in silent else "The sum of"}
        | ({"passed": False, "value": 0.0} if name == "answered" else {})
        for name in OUTCOMES
    ]
    return keep_run(database, suite, cells)


@pytest.mark.parametrize("form", ["promptfoo", "inspect", "csv"])
def test_every_outcome_survives_our_own_files(database: Database, form: str) -> None:
    run_id = all_outcomes(database)
    with database.reader() as session:
        data = b"".join(FORMATS[form].write(session, run_id, None))
        before = load_run(session, run_id)
    suite = suite_of(*(Sample(name, f"{name}?", ("4",)) for name in OUTCOMES), scorers=(ScorerSpec("exact"),))
    found = read_results(f"run{FORMATS[form].suffix}", data, suite)
    assert found.unmatched == ()
    cells = scored(suite, found)
    with database.writer() as session:
        again = keep_imported(session, cells, found, before.suite_id, name="again")
    with database.reader() as session:
        after = load_run(session, again)
    assert {cell.sample: cell.outcome for (row,) in [after.cells.values()] for cell in row} == {
        name: name for name in OUTCOMES
    }
    (offer,) = after.offers
    then, now = standing(before, "m"), standing(after, offer)
    assert (now.asked, now.answered, now.accuracy.n, now.accuracy_of_asked.n) == (
        then.asked,
        then.answered,
        then.accuracy.n,
        then.accuracy_of_asked.n,
    )


def test_an_answer_whose_words_are_gone_is_no_wrong_one() -> None:
    suite = one_sample()
    gone = ImportedAnswer("m", "s0", 1, "", error="no output", outcome="answered")
    _, [cell] = scored(suite, ImportedResults("f", (gone,), (), (), ""))
    assert (cell["outcome"], cell["passed"]) == ("error", None)
