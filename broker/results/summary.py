"""What a run comes to, worked out once: its leaderboard, its pairs, and each sample's worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broker.results import Measure, RunResults
from broker.results.leaderboard import Standing, leaderboard
from broker.results.load import load_run
from broker.results.pairs import PairVerdict, pairs


@dataclass(frozen=True, eq=False)
class Timed:
    """The calls of one offer that count for times, column by column: milliseconds, tokens a second.

    `units` names what is no independent evidence (`RunResults.units`), `None` where all calls are.
    """

    ttft: tuple[float | None, ...]
    total: tuple[float | None, ...]
    rate: tuple[float | None, ...]
    units: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class Summary:
    """A run's leaderboard and pairs (without a margin), and by offer each judged sample's worth.

    `reliable`: this machine was not too busy to stamp times.
    """

    run_id: str
    measure: Measure
    board: tuple[Standing, ...]
    pairs: tuple[PairVerdict, ...]
    values: Mapping[str, Mapping[str, float]]
    timed: Mapping[str, Timed]
    clusters: Mapping[str, str | None]
    reliable: bool


def summary_of(session: Session, run_id: str) -> Summary:
    """The summary of a run that has ended; raises `LookupError` where there is none."""
    return summarised(load_run(session, run_id))


def summarised(run: RunResults) -> Summary:
    """Worked out from the cells."""
    from broker.results.leaderboard import timed_cells

    timed: dict[str, Timed] = {}
    for offer in run.offers if run.kind == "measured" else ():
        cells = timed_cells(run, offer)
        units = run.units(cells)
        timed[offer] = Timed(
            tuple(cell.ttft_ms for cell in cells),
            tuple(cell.total_ms for cell in cells),
            tuple(cell.output_tokens_per_s for cell in cells),
            None if units is None else tuple(str(unit) for unit in units),
        )
    return Summary(
        run.id,
        run.measure,
        tuple(leaderboard(run)),
        tuple(pairs(run)) if len(run.offers) > 1 else (),
        {offer: run.by_sample(offer, run.measure) for offer in run.offers},
        timed,
        run.clusters,
        run.timings_reliable,
    )
