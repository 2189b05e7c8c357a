"""What a run that has ended comes to, worked out once: its leaderboard, its pairs, each sample's worth."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broker.results import Measure, RunResults
from broker.results.leaderboard import Standing, leaderboard, timed_cells
from broker.results.load import load_run
from broker.results.pairs import PairVerdict, pairs
from db.benchmarks import Run

_MOST = 64  # runs kept in this process


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

    `units` names what is no independent evidence (`RunResults.units`), `None` where all calls are.
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


def results_of(session: Session, run_id: str, mark: str | None) -> tuple[Summary, Samples]:
    """What a run comes to, kept in this process as long as its `mark` stays; `None` keeps nothing."""
    with _lock:
        if mark is not None and (run_id, mark) in _kept:
            _kept.move_to_end((run_id, mark))
            return _kept[run_id, mark]
    found = summarised(load_run(session, run_id))
    if mark is not None:
        with _lock:
            _kept[run_id, mark] = found
            if len(_kept) > _MOST:
                _kept.popitem(last=False)
    return found


def mark_of(run: Run) -> str | None:
    """Changes whenever a run that has ended may come to something else; `None` while it is under way."""
    return run.ended_at and f"{run.status} {run.ended_at.isoformat()}"


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
        tuple(cell.ttft_ms for cell in cells),
        tuple(cell.total_ms for cell in cells),
        tuple(cell.output_tokens_per_s for cell in cells),
        None if units is None else tuple(str(unit) for unit in units),
    )


_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str], tuple[Summary, Samples]] = OrderedDict()
