"""Each offer of a run with its figures and how well they are known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from broker.results import FAILED, Cell, Measure, RunResults, resamples
from broker.stats import Estimate
from broker.stats.bootstrap import mean
from broker.stats.clusters import by_sample
from broker.stats.percentiles import percentile
from broker.stats.proportions import share
from broker.stats.unit_cost import per_right

_UNKNOWN = Estimate(None, None, None, 0, "unknown")


@dataclass(frozen=True, slots=True)
class Waits:
    """A waiting time in milliseconds: what half of the calls stay below, and 95 of 100."""

    p50: Estimate
    p95: Estimate


@dataclass(frozen=True, slots=True)
class Standing:
    """One offer. `asked` and `answered` count cells; `right` of them passed.

    `accuracy` is of the judged answers, `accuracy_of_asked` of all that was asked: failures of any kind count
    as not right there. Answers that were not judged, or not to the end (`unjudged`), are in neither. `score`
    is the mean score of what was judged. Costs are of the offer's own calls, `judge_cost` of the judge's;
    they are unknown where a price is, and calls that failed without a bill are left out. Times are `None` for
    imported answers; a call that timed out took longer than any other, those that failed otherwise or
    (unless asked for) were `retried` are left out of them.
    `outcomes` and `errors` count cells by what came of them and by kind of failure.
    """

    offer: str
    label: str
    kind: str
    asked: int
    answered: int
    unjudged: int
    right: int
    accuracy: Estimate
    accuracy_of_asked: Estimate
    score: Estimate
    cost_per_1000: Estimate
    cost_per_right: Estimate
    cost: Decimal | None
    judge_cost: Decimal | None
    ttft: Waits | None
    ttfa: Waits | None
    total: Waits | None
    tokens_per_s: Estimate | None
    retried: int
    outcomes: Mapping[str, int]
    errors: Mapping[str, int]
    timings_reliable: bool


def leaderboard(run: RunResults, *, with_retried: bool = False) -> list[Standing]:
    """Every offer of the run, the best first: by accuracy (by score where nothing passes or fails)."""
    standings = [standing(run, offer, with_retried=with_retried) for offer in run.offers]
    return sorted(standings, key=lambda one: _rank(quality(one, run.measure)))


def quality(standing: Standing, measure: Measure) -> Estimate:
    """What an offer is ranked by."""
    return standing.accuracy if measure == "passed" else standing.score


def standing(run: RunResults, offer: str, *, with_retried: bool = False) -> Standing:
    """One offer's figures."""
    cells = run.cells[offer]
    answered = [cell for cell in cells if cell.outcome == "answered"]
    cost, cost_per_1000, cost_per_right = _costs(run, cells)
    timed = timed_cells(run, offer, with_retried=with_retried)
    here = run.kind == "measured"
    return Standing(
        offer=offer,
        label=run.labels[offer],
        kind=run.kind,
        asked=len(cells),
        answered=len(answered),
        unjudged=sum(_is_unjudged(cell, run.measure) for cell in cells),
        right=sum(cell.passed is True for cell in cells),
        accuracy=_share(run, run.by_sample(offer, "passed")),
        accuracy_of_asked=of_asked(run, offer, "passed"),
        score=_share(run, run.by_sample(offer, "score")),
        cost_per_1000=cost_per_1000,
        cost_per_right=cost_per_right,
        cost=cost,
        judge_cost=_judge_cost(run, cells),
        ttft=_waits(run, timed, "ttft_ms") if here else None,
        ttfa=_waits(run, timed, "ttfa_ms") if here else None,
        total=_waits(run, timed, "total_ms") if here else None,
        tokens_per_s=_percentile(run, timed, "output_tokens_per_s", 0.5) if here else None,
        retried=sum(cell.retried for cell in cells),
        outcomes=dict(Counter(cell.outcome for cell in cells)),
        errors=dict(Counter(cell.error_kind for cell in cells if cell.error_kind)),
        timings_reliable=run.timings_reliable,
    )


def timed_cells(run: RunResults, offer: str, *, with_retried: bool = False) -> tuple[Cell, ...]:
    """The cells whose times count: answered in any way or timed out, at the first try unless asked for."""
    counted = (cell for cell in run.cells[offer] if cell.timed_out or cell.outcome not in FAILED)
    return tuple(cell for cell in counted if with_retried or not cell.retried)


def _rank(quality: Estimate) -> float:
    return 1.0 if quality.value is None else -quality.value


def _is_unjudged(cell: Cell, measure: Measure) -> bool:
    return cell.outcome == "answered" and cell.measured(measure) is None


def of_asked(run: RunResults, offer: str, measure: Measure | None = None) -> Estimate:
    """Accuracy, or the score, by the run's measure, where everything counts that could have been right.

    Failures of any kind are worth nothing. Unknown where nothing was measured.
    """
    wanted, cells = measure or run.measure, run.cells[offer]
    if not any(cell.measured(wanted) is not None for cell in cells):
        return _UNKNOWN
    counted = (cell for cell in cells if not _is_unjudged(cell, wanted))
    return _share(run, by_sample((cell.sample, cell.measured(wanted) or 0.0) for cell in counted))


def _share(run: RunResults, means: Mapping[str, float]) -> Estimate:
    """The mean over samples of what their epochs come to."""
    return share(list(means.values()), run.clusters_of(list(means)))


def _costs(run: RunResults, cells: Sequence[Cell]) -> tuple[Decimal | None, Estimate, Estimate]:
    """The total, per 1,000 tasks and per right answer; all unknown where one price is.

    Nobody knows whether an unjudged answer is right: the last leaves out what it cost.
    """
    billed = tuple(cell for cell in cells if cell.cost is not None or cell.outcome not in FAILED)
    total = _sum([cell.cost for cell in billed]) if all(c.cost is not None for c in billed) else None
    if total is None:
        return None, _UNKNOWN, _UNKNOWN
    judged = tuple(cell for cell in billed if not _is_unjudged(cell, "passed"))
    right = [float(cell.passed is True) for cell in judged]
    draws = resamples(len(billed))
    return (
        total,
        _scaled(mean(_paid(billed), run.units(billed), resamples=draws), 1000),
        per_right(_paid(judged), right, run.units(judged), resamples=draws),
    )


def _paid(cells: Sequence[Cell]) -> list[float]:
    return [float(cell.cost or 0) for cell in cells]


def _judge_cost(run: RunResults, cells: Sequence[Cell]) -> Decimal | None:
    """What the judge's calls cost; unknown where that of one is, and where there were none."""
    judged = (cell for cell in cells if cell.outcome == "answered" and cell.sample in run.judged_by_model)
    if any(cell.judge_cost is None for cell in judged):
        return None
    return _sum([cell.judge_cost for cell in cells])


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    """The estimate of so many times the quantity."""
    value, low, high = (
        None if one is None else one * factor for one in (estimate.value, estimate.low, estimate.high)
    )
    return Estimate(value, low, high, estimate.n, estimate.method)


def _waits(run: RunResults, cells: tuple[Cell, ...], name: str) -> Waits:
    return Waits(_percentile(run, cells, name, 0.5), _percentile(run, cells, name, 0.95))


def _percentile(run: RunResults, cells: tuple[Cell, ...], name: str, share: float) -> Estimate:
    known = [(cell, value) for cell in cells if (value := cell.clock(name)) is not None]
    return percentile([value for _, value in known], share, run.units(tuple(cell for cell, _ in known)))


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of what is known; `None` where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
