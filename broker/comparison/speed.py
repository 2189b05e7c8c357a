"""How fast an offer answered: in the runs that a comparison rests on, else in all calls."""

from collections.abc import Iterable, Sequence
from math import inf

from broker.comparison import Speed
from broker.comparison.memo import Memo
from broker.comparison.suites import Found
from broker.results.summary import Timed
from broker.stats.percentiles import percentile, percentile_of_counts
from db.rollups import Counts

_kept = Memo[Speed | None](4096)  # they depend on nothing that is asked of a page


def speed_in_runs(found: Iterable[Found]) -> Speed | None:
    """Percentiles over the calls of all these runs, each counting alike; `None` where none has times.

    A call that timed out took longer than any other.
    """
    measured = [one for one in found if one.result.origin == "measured"]
    return _kept.get(tuple(one.key for one in measured), lambda: _pooled(measured))


def _pooled(measured: Sequence[Found]) -> Speed | None:
    timed = [one.samples.timed[one.offer] for one in measured]
    ttft, total, rate = (_known(timed, column) for column in ("ttft", "total", "rate"))
    if not total[0]:
        return None
    return Speed(
        origin="runs",
        ttft_p50=percentile(ttft[0], 0.5, ttft[1]),
        ttft_p95=percentile(ttft[0], 0.95, ttft[1]),
        total_p50=percentile(total[0], 0.5, total[1]),
        total_p95=percentile(total[0], 0.95, total[1]),
        tokens_per_s=percentile(rate[0], 0.5, rate[1]) if rate[0] else None,
        reliable=all(one.run.reliable for one in measured),
        timed_out=total[0].count(inf),
    )


def speed_in_calls(ttft: Counts, total: Counts) -> Speed | None:
    """Percentiles of all recorded calls that ended well, less than 2 % off; `None` where there are none."""
    if not total:
        return None
    return Speed(
        origin="calls",
        ttft_p50=percentile_of_counts(ttft, 0.5),
        ttft_p95=percentile_of_counts(ttft, 0.95),
        total_p50=percentile_of_counts(total, 0.5),
        total_p95=percentile_of_counts(total, 0.95),
        tokens_per_s=None,
        reliable=None,
    )


def _known(timed: Sequence[Timed], column: str) -> tuple[list[float], list[str] | None]:
    """The known values of a column, and their units where any two of them are no independent evidence."""
    values: list[float] = []
    units: list[str] = []
    for run, one in enumerate(timed):
        each = one.units or map(str, range(len(one.total)))
        pairs = zip(getattr(one, column), each, strict=True)
        known = [(value, unit) for value, unit in pairs if value is not None]
        values += [value for value, _ in known]
        units += [f"{run} {unit}" for _, unit in known]
    return values, units if any(one.units for one in timed) else None
