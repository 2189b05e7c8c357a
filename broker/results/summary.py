"""What a run that has ended comes to, worked out once: its leaderboard, its pairs, each sample's worth."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
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


def summary_of(session: Session, run_id: str) -> Summary:
    """The figures of a run; raises `LookupError` where there is none."""
    return _both(session, run_id)[0]


def samples_of(session: Session, run_id: str) -> Samples:
    """What its single samples are worth; raises `LookupError` where there is none."""
    return _both(session, run_id)[1]


def summarised(run: RunResults) -> tuple[Summary, Samples]:
    """Both, from the cells: some two seconds for 100,000 of them."""
    measure, offers = run.measure, tuple(run.offers)
    couples = tuple(pairs(run)) if len(offers) > 1 else ()
    values = {offer: run.by_sample(offer, measure) for offer in offers}
    timed = {offer: _timed(run, offer) for offer in offers} if run.kind == "measured" else {}
    summary = Summary(measure, run.timings_reliable, tuple(leaderboard(run)), couples)
    return summary, Samples(run.clusters, values, timed)


def mark_of(session: Session, run_id: str) -> str | None:
    """Changes whenever a run that has ended may come to something else; `None` while it is under way.

    Raises `LookupError` where there is none.
    """
    found = session.execute(select(Run.status, Run.ended_at).where(Run.id == run_id)).one_or_none()
    if found is None:
        raise LookupError(f"there is no run {run_id}")
    return found.ended_at and f"{found.status} {found.ended_at.isoformat()}"


def _timed(run: RunResults, offer: str) -> Timed:
    cells = timed_cells(run, offer)
    units = run.units(cells)
    return Timed(
        tuple(cell.ttft_ms for cell in cells),
        tuple(cell.total_ms for cell in cells),
        tuple(cell.output_tokens_per_s for cell in cells),
        None if units is None else tuple(str(unit) for unit in units),
    )


def _both(session: Session, run_id: str) -> tuple[Summary, Samples]:
    """Kept in this process as long as the run stays as it is."""
    mark = mark_of(session, run_id)
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


_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str], tuple[Summary, Samples]] = OrderedDict()
