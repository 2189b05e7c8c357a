"""Columns about what runs found, measured or imported: quality and what tasks cost."""

from collections.abc import Callable
from functools import partial

from broker.comparison import Evidence, SuiteResult
from broker.comparison.grounds import origin_of, runs_of
from broker.comparison_export.columns import (
    LIMITS,
    NOTHING,
    ORIGIN,
    Column,
    Kind,
    Line,
    Told,
    estimated,
)
from broker.stats import Estimate

NOT_RUN = "not run"


def _over_suites(line: Line, read: Callable[[Evidence], Estimate | None]) -> Told:
    """A figure over the chosen suites; it is as old as the oldest run behind it."""
    return estimated(read(line.evidence), *runs_of(line.evidence.results))


def _elsewhere(line: Line) -> Told:
    found = line.evidence.elsewhere
    return estimated(found[1], found[0]) if found else NOTHING


QUALITY = (
    Column(
        "quality_share",
        "share",
        "Quality over all chosen suites by their weights, 0 to 1: right answers, or the mean score.",
        partial(_over_suites, read=lambda one: one.quality),
        (*LIMITS, *ORIGIN),
    ),
    Column(
        "quality_origin",
        "text",
        "measured here, imported, both, or unknown.",
        lambda line: origin_of(line.evidence.results),
    ),
    Column(
        "suites_missing",
        "text",
        "Chosen suites that it was not asked: quality is unknown then.",
        lambda line: ", ".join(line.evidence.missing) or None,
    ),
    Column(
        "quality_elsewhere_share",
        "share",
        "Borrowed: the quality of the same weights behind another door, never its own.",
        _elsewhere,
        LIMITS,
    ),
    Column(
        "quality_elsewhere_offer",
        "text",
        "That other offer.",
        lambda line: _elsewhere(line).source,
    ),
    Column(
        "cost_per_1000_tasks_usd",
        "usd",
        "What 1,000 of these tasks cost when measured.",
        partial(_over_suites, read=lambda one: one.per_1000),
        (*LIMITS, *ORIGIN),
    ),
)


def suite_columns(suite: str) -> tuple[Column, ...]:
    """What came of one suite."""
    ran = (
        Column(f"suite:{suite}:{header}", kind, about, partial(_of_suite, suite=suite, read=read), parts)
        for header, kind, about, read, parts in _OF_SUITE
    )
    honest = (
        Column(f"suite:{suite}:{header}", kind, about, partial(_honest, suite=suite, name=name), parts)
        for header, kind, about, name, parts in _HONEST
    )
    return (*ran, *honest)


def _honest(line: Line, suite: str, name: str) -> Told:
    """What a finished task costs, and which place that is."""
    told = line.shortlist.gathered.honesty.get(suite)
    found = told and told.of(line.evidence.id)
    if not found:
        return NOTHING
    value: Estimate | int = getattr(found, name)
    return estimated(value) if isinstance(value, Estimate) else Told(value)


_HONEST: tuple[tuple[str, Kind, str, str, tuple[str, ...]], ...] = (
    ("price_rank", "count", "Its place by list price of this suite's mix of tokens.", "price_rank", ()),
    ("finished_task_rank", "count", "Its place by what a finished task costs.", "cost_rank", ()),
    (
        "finished_task_usd",
        "usd",
        "What a finished task cost: a right answer, or an answer where nothing is right or wrong.",
        "cost",
        LIMITS,
    ),
)


def _of_suite(line: Line, suite: str, read: Callable[[SuiteResult], Told]) -> Told:
    found = next((result for result in line.evidence.results if result.suite == suite), None)
    if found is None:
        return Told(NOT_RUN) if read is _suite_origin else NOTHING
    return read(found)


def _suite_origin(result: SuiteResult) -> Told:
    return _said(result, result.origin)


def _said(result: SuiteResult, found: Estimate | str | int) -> Told:
    source = f"{result.run} ({result.run_id})"
    if isinstance(found, Estimate):
        return estimated(found, source, result.ended_at)
    return Told(found, source=source, as_of=result.ended_at)


_Read = Callable[[SuiteResult], Told]
_OF_SUITE: tuple[tuple[str, Kind, str, _Read, tuple[str, ...]], ...] = (
    ("quality_share", "share", "Its quality there, 0 to 1.", lambda one: _said(one, one.quality), LIMITS),
    (
        "measure",
        "text",
        "passed: the share of right answers; score: the mean score.",
        lambda one: _said(one, one.measure),
        (),
    ),
    ("origin", "text", "measured, imported, or not run.", _suite_origin, ()),
    (
        "cost_per_1000_tasks_usd",
        "usd",
        "What 1,000 of its tasks cost.",
        lambda one: _said(one, one.cost_per_1000),
        LIMITS,
    ),
    (
        "cost_per_right_usd",
        "usd",
        "What a right answer cost, wrong ones paid for.",
        lambda one: _said(one, one.cost_per_right),
        LIMITS,
    ),
    ("asked", "count", "Samples asked.", lambda one: _said(one, one.asked), ()),
    ("answered", "count", "Of those, answered.", lambda one: _said(one, one.answered), ()),
    ("version", "count", "The version of the suite.", lambda one: _said(one, one.version), ()),
    ("run", "text", "The run's name and id.", lambda one: _said(one, f"{one.run} ({one.run_id})"), ()),
    ("ended_at", "day", "When the run ended, UTC.", lambda one: Told(one.ended_at), ()),
)
