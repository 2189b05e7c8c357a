"""A run in parts: by tag, by label, by price."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from sqlalchemy.orm import Session

from broker.results import Measure, RunResults, resamples
from broker.results.leaderboard import Standing, quality
from broker.stats import Estimate
from broker.stats.agreement import macro_f1
from broker.stats.proportions import share
from broker.suites import Sample
from broker.suites.store import load_suite
from db import benchmark_queries as queries
from db.benchmarks import Result

NO_LABEL = "(none)"


@dataclass(frozen=True, slots=True)
class TagStanding:
    """An offer on the samples with one tag; `n` of them were judged."""

    tag: str
    offer: str
    n: int
    quality: Estimate


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each label was given for each right one: `counts[right, given]`, `(none)` for no label."""

    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    macro_f1: Estimate


@dataclass(frozen=True, slots=True)
class Point:
    """An offer by what it costs and how good it is; none is both better and cheaper than a `frontier` one."""

    offer: str
    label: str
    cost_per_1000: Estimate
    quality: Estimate
    frontier: bool


def by_tag(run: RunResults) -> list[TagStanding]:
    """Every tag's judged samples by offer; tags in alphabetical order."""
    tags = sorted({tag for tags in run.tags.values() for tag in tags})
    values = {offer: run.by_sample(offer, run.measure) for offer in run.offers}
    return [_tagged(run, tag, offer, values[offer]) for tag in tags for offer in run.offers]


def points(standings: Sequence[Standing], measure: Measure) -> list[Point]:
    """Those offers whose price and quality are both known, the cheapest first."""
    found = [
        Point(one.offer, one.label, one.cost_per_1000, quality(one, measure), frontier=True)
        for one in standings
    ]
    known = [point for point in found if None not in (point.cost_per_1000.value, point.quality.value)]
    marks = undominated([(point.cost_per_1000.value or 0, point.quality.value or 0) for point in known])
    marked = [replace(point, frontier=mark) for point, mark in zip(known, marks, strict=True)]
    return sorted(marked, key=lambda point: (point.cost_per_1000.value or 0, point.label))


def undominated(points: Sequence[tuple[float, float]]) -> list[bool]:
    """For each cost and quality, whether none is no dearer and no worse, and in one of the two better."""
    best, frontier = -inf, set[tuple[float, float]]()
    for cost, value in sorted(set(points), key=lambda point: (point[0], -point[1])):
        if value > best:
            frontier.add((cost, value))
            best = value
    return [point in frontier for point in points]


def confusion(session: Session, run: RunResults, offer: str) -> Confusion | None:
    """The labels that an offer gave against the right ones; `None` where nothing is judged by `label`."""
    samples = {sample.id: sample for sample in load_suite(session, run.suite_id).samples}
    columns = (Result.sample_key, Result.scores)
    rows = session.execute(queries.results(run.id, offer).with_only_columns(*columns)).all()
    found = [
        (key, *_labels(samples[key], score))
        for key, scores in rows
        for score in scores or ()
        if score["name"] == "label"
    ]
    if not found:
        return None
    keys, right, given = map(list, zip(*found, strict=True))
    units = [run.clusters.get(key) or f"sample {key}" for key in keys]
    estimate = macro_f1(right, given, units, resamples=resamples(len(right)))
    labels = sorted({*right, *given} - {NO_LABEL})
    shown = (*labels, *([NO_LABEL] if NO_LABEL in given else []))
    return Confusion(shown, Counter(zip(right, given, strict=True)), estimate)


def _labels(sample: Sample, score: Mapping[str, Any]) -> tuple[str, str]:
    """The right label and the one given; of several right ones, the one that was."""
    given = score["answer"] or NO_LABEL
    return (given if score["value"] == 1 else sample.targets[0]), given


def _tagged(run: RunResults, tag: str, offer: str, values: Mapping[str, float]) -> TagStanding:
    keys = [key for key, tags in run.tags.items() if tag in tags and key in values]
    found = share([values[key] for key in keys], run.clusters_of(keys))
    return TagStanding(tag, offer, len(keys), found)
