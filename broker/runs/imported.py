"""Runs of answers that were made elsewhere: scored here by the suite's rules, without times or costs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from broker.runs.judging import judge_by_rule, verdict_row
from broker.runs.plan import Cell
from broker.runs.rows import started_row
from broker.scorers import Answer
from broker.scorers.refusal import refuses
from broker.suites import Sample, Suite
from broker.suites.results_import.report import KIND, ImportedAnswer, ImportedResults
from broker.suites.store import File, keep_file
from broker.types import Outcome
from db.benchmark_changes import write_results
from db.benchmarks import Run
from db.models import new_id

Row = dict[str, Any]

FOREIGN = "elsewhere"  # the name under which another tool's judgement is kept
_BATCH = 1000
_QUOTED = 2000  # characters kept of what another tool said of an answer


def scored(suite: Suite, found: ImportedResults) -> tuple[str, list[Row]]:
    """The id of a run to be and its cells, scored; slow scorers take their time, so hold no session."""
    run_id, places = new_id(), {sample.id: i for i, sample in enumerate(suite.samples)}
    now = datetime.now(UTC)
    return run_id, [
        _cell(run_id, suite, answer, places[answer.sample_id]) | {"ended_at": now} for answer in found.answers
    ]


def keep_imported(
    session: Session,
    cells: tuple[str, list[Row]],
    found: ImportedResults,
    suite_id: str,
    *,
    name: str,
    user: str | None = None,
    file: File | None = None,
) -> str:
    """Keep what `scored` gave, and the file it was in, as a run that is done and imported for ever.

    Returns the run's id.
    """
    run_id, rows = cells
    if file:
        keep_file(session, file)
    run = Run(
        id=run_id,
        suite_id=suite_id,
        kind=KIND,
        name=name,
        user=user,
        status="done",
        offers=[_offer(model, found) for model in found.models],
        judge=None,
        epochs=found.epochs,
        params={},
        concurrency=1,
        seed=0,
        cell_count=len(rows),
        ended_at=datetime.now(UTC),
    )
    session.add(run)
    session.flush()
    for batch in _batches(rows):
        write_results(session, batch)
    return run_id


def _offer(model: str, found: ImportedResults) -> Row:
    """As `snapshot.offer_json`, with nothing known but the name and the file it stood in."""
    texts = dict.fromkeys(("maker", "note", "known_as", "dialect", "base_url"), "")
    return {
        "id": model,
        "provider": KIND,
        "model": model,
        "wire_model": model,
        "name": model,
        **texts,
        "defaults": {},
        "context_window": None,
        "settings": {},
        "own_price": None,
        "price": None,
        "platform": KIND,
        "file": {"format": found.format, "sha256": found.sha256},
    }


def _cell(run_id: str, suite: Suite, answer: ImportedAnswer, position: int) -> Row:
    sample = suite.samples[position]
    outcome = _outcome(answer)
    known = started_row(run_id, Cell(answer.model, position, answer.epoch - 1), sample.id, None)
    known |= {"status": "done", "outcome": outcome, "text": answer.text} | _verdict(
        suite, sample, answer, outcome
    )
    return known | ({"explanation": answer.error} if answer.error else {})


def _outcome(answer: ImportedAnswer) -> Outcome:
    if answer.error and answer.outcome in (None, "answered"):
        return "error"  # an answer whose words are not there cannot be judged
    return answer.outcome or ("refused" if refuses(answer.text) else "answered")


def _verdict(suite: Suite, sample: Sample, answer: ImportedAnswer, outcome: Outcome) -> Row:
    specs = sample.scorers or suite.scorers
    row = verdict_row(judge_by_rule(specs, outcome, Answer(answer.text), sample))
    return row | {"scores": [*(row["scores"] or ()), *_foreign(answer.foreign)] or None}


def _foreign(said: Mapping[str, Any]) -> Iterator[Row]:
    """What its makers made of an answer, to be read beside our scores; it counts for nothing."""
    if said:
        text = json.dumps(said, ensure_ascii=False, default=str)[:_QUOTED]
        unknown = dict.fromkeys(("value", "passed", "answer"))
        yield {
            "scorer": FOREIGN,
            "name": FOREIGN,
            "version": 0,
            **unknown,
            "explanation": text,
            "parts": {},
        }


def _batches(rows: list[Row]) -> Iterable[list[Row]]:
    return (rows[i : i + _BATCH] for i in range(0, len(rows), _BATCH))
