"""What a run that has ended comes to, worked out once: its leaderboard, its pairs, each sample's worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.results import Measure, RunResults
from broker.results.leaderboard import Standing, leaderboard, timed_cells
from broker.results.pairs import PairVerdict, pairs
from db.benchmarks import Run


@dataclass(frozen=True, eq=False)
class Summary:
    """A run's leaderboard and its pairs, without a margin. `reliable`: its times are."""

    measure: Measure
    reliable: bool
    board: tuple[Standing, ...]
    pairs: tuple[PairVerdict, ...]


@dataclass(frozen=True, eq=False)
class Timed:
    """The calls of one offer whose times count, a column each: milliseconds, and tokens a second.

    A wait is `inf` where a time limit cut it off. `units` names what is no independent evidence
    (`RunResults.units`), `None` where all calls are.
    """

    ttft: tuple[float | None, ...]
    total: tuple[float | None, ...]
    rate: tuple[float | None, ...]
    units: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Samples:
    """By offer what each judged sample is worth, by the run's measure, and the times of its calls.

    `clusters` are those of the suite's samples. Imported answers have no times.
    """

    clusters: Mapping[str, str | None]
    values: Mapping[str, Mapping[str, float]]
    timed: Mapping[str, Timed]


def mark_of(run: Run) -> str | None:
    """Changes whenever a run that has ended may come to something else; `None` while it is under way."""
    return run.ended_at and f"{run.status} {run.ended_at} {run.regraded_at}"


def summarised(run: RunResults) -> tuple[Summary, Samples]:
    """Both, from the cells: some two seconds for 100,000 of them."""
    measure, offers = run.measure, tuple(run.offers)
    couples = tuple(pairs(run)) if len(offers) > 1 else ()
    values = {offer: run.by_sample(offer, measure) for offer in offers}
    timed = {offer: _timed(run, offer) for offer in offers} if run.kind == "measured" else {}
    summary = Summary(measure, run.timings_reliable, tuple(leaderboard(run)), couples)
    return summary, Samples(run.clusters, values, timed)


def _timed(run: RunResults, offer: str) -> Timed:
    cells = timed_cells(run, offer)
    units = run.units(cells)
    return Timed(
        tuple(cell.clock("ttft_ms") for cell in cells),
        tuple(cell.clock("total_ms") for cell in cells),
        tuple(cell.clock("output_tokens_per_s") for cell in cells),
        None if units is None else tuple(str(unit) for unit in units),
    )
