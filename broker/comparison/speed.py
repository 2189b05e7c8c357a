"""How fast an offer answered in the runs that a comparison rests on."""

from collections.abc import Iterable

from broker.comparison import Speed
from broker.comparison.suites import Found
from broker.results.summary import Timed
from broker.stats import Estimate
from broker.stats.percentiles import percentile


def speed_in_runs(found: Iterable[Found]) -> Speed | None:
    """Percentiles over the calls of all these runs, each counting alike; `None` where none has times."""
    measured = [one for one in found if one.result.origin == "measured"]
    timed = {one.result.run_id: one.samples.timed[one.offer] for one in measured}
    total = _known(timed, "total")
    if not total[0]:
        return None
    ttft, rate = _known(timed, "ttft"), _known(timed, "rate")
    return Speed(
        origin="runs",
        ttft_p50=percentile(ttft[0], 0.5, ttft[1]),
        ttft_p95=percentile(ttft[0], 0.95, ttft[1]),
        total_p50=percentile(total[0], 0.5, total[1]),
        total_p95=percentile(total[0], 0.95, total[1]),
        tokens_per_s=_rate(*rate),
        reliable=all(one.run.reliable for one in measured),
    )


def _rate(values: list[float], units: list[str] | None) -> Estimate | None:
    return percentile(values, 0.5, units) if values else None


def _known(timed: dict[str, Timed], column: str) -> tuple[list[float], list[str] | None]:
    """The known values of a column, and their units where any two of them are no independent evidence."""
    values: list[float] = []
    units: list[str] = []
    for run, one in timed.items():
        each = one.units or (f"call {i}" for i in range(len(one.total)))
        rows = [
            (value, unit) for value, unit in zip(getattr(one, column), each, strict=True) if value is not None
        ]
        values += [value for value, _ in rows]
        units += [f"{run} {unit}" for _, unit in rows]
    return values, units if any(one.units for one in timed.values()) else None
