"""Columns about what calls and votes tell: speed, use, what people preferred."""

from datetime import date, datetime
from functools import partial

from broker.comparison import Speed
from broker.comparison.grounds import CALLS, timed_in
from broker.comparison_export.columns import (
    LIMITS,
    NOTHING,
    ORIGIN,
    Column,
    Kind,
    Line,
    Told,
    Value,
    estimated,
)

VOTES = "votes in the playground"


def _speed(line: Line, name: str) -> Told:
    found: Speed | None = line.evidence.speed
    return NOTHING if found is None else estimated(getattr(found, name), *_timed(line))


def _speed_origin(speed: Speed) -> str:
    return "the chosen suites' runs" if speed.origin == "runs" else CALLS


def _timings(line: Line) -> str:
    speed = line.evidence.speed
    if speed is None or speed.reliable is None:
        return "unknown"
    return "reliable" if speed.reliable else "unreliable"


def _timed(line: Line) -> tuple[str | None, date | datetime | None]:
    speed = line.evidence.speed
    return (None, None) if speed is None else timed_in(line.evidence, speed, line.shortlist.gathered.at)


_SPEEDS: tuple[tuple[str, str, Kind, str], ...] = (
    ("ttft_p50_ms", "ttft_p50", "ms", "Until the first token, half of the calls at the most."),
    ("ttft_p95_ms", "ttft_p95", "ms", "Until the first token, 95 of 100 calls at the most."),
    ("total_p50_ms", "total_p50", "ms", "Until the whole answer, half of the calls at the most."),
    ("total_p95_ms", "total_p95", "ms", "Until the whole answer, 95 of 100 calls at the most."),
    ("output_tokens_per_s", "tokens_per_s", "tokens/s", "Tokens a second: the median of the calls."),
)
SPEED = (
    *(
        Column(header, kind, about, partial(_speed, name=name), LIMITS)
        for header, name, kind, about in _SPEEDS
    ),
    Column(
        "speed_origin",
        "text",
        "The calls that were timed: those of the chosen suites' runs, or all recorded ones.",
        lambda line: _speed_origin(speed) if (speed := line.evidence.speed) else "unknown",
    ),
    Column("speed_source", "text", "Those runs.", lambda line: _timed(line)[0]),
    Column(
        "speed_as_of",
        "day",
        "When the oldest of them ended, UTC; of all recorded calls the comparison's day.",
        lambda line: _timed(line)[1],
    ),
    Column(
        "timings",
        "text",
        "unreliable where this machine was too busy to stamp what arrived; unknown of all recorded calls.",
        _timings,
    ),
)


def _rating(line: Line) -> Told:
    found = line.evidence.rating
    if found is None:
        return NOTHING
    return Told(found.value, found.low, found.high, found.votes, VOTES, line.shortlist.gathered.at)


def _used(line: Line, name: str) -> Told:
    value: Value = getattr(line.evidence, name)
    return Told(value, source=CALLS, as_of=line.shortlist.gathered.at)


USE = (
    Column(
        "rating_elo",
        "Elo",
        "What people preferred in the playground; n counts votes. A limit is empty where votes set none. "
        "No scored quality.",
        _rating,
        (*LIMITS, *ORIGIN),
    ),
    Column("calls", "count", "Calls of it recorded here.", partial(_used, name="calls")),
    Column("spent_usd", "usd", "What those cost.", partial(_used, name="spent")),
)
