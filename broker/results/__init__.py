"""What a run comes to: pure functions over its cells, which one read brings (`load.load_run`).

Shares go from 0 to 1, times are in milliseconds, money in US dollars; unknown is `None`. Answers that were
made elsewhere count for quality alone: they have no times.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import inf
from typing import Any, Literal

from broker.stats.clusters import Clusters, by_sample

Measure = Literal["passed", "score"]

_MOST_RESAMPLES, _LEAST_RESAMPLES = 1_999, 399
_DRAWS = 20_000_000  # that a bootstrap may take: about a second

FAILED = frozenset({"error", "timeout", "stopped"})  # outcomes that say nothing of the model


@dataclass(frozen=True, slots=True)
class Cell:
    """One finished cell without its words: what came of a sample asked of an offer.

    `value` and `passed` are `None` where nothing was judged: calls that failed, answers that no scorer could
    judge. Times are those of `Timing`; `retried` says that they include a second try.
    """

    offer: str
    sample: str
    epoch: int
    outcome: str
    value: float | None = None
    passed: bool | None = None
    cost: Decimal | None = None
    judge_cost: Decimal | None = None
    error_kind: str | None = None
    ttft_ms: float | None = None
    ttfa_ms: float | None = None
    total_ms: float | None = None
    output_tokens_per_s: float | None = None
    retried: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether our own time limit ended the call."""
        return self.outcome == "timeout"

    def clock(self, name: str) -> float | None:
        """A time or the rate, by the name of its field; `inf` for a wait that was cut off by a time limit."""
        known: float | None = getattr(self, name)
        if not self.timed_out:
            return known
        match name:
            case "output_tokens_per_s":
                return None
            case "total_ms":
                return inf
            case _:
                return inf if known is None else known

    def measured(self, measure: Measure) -> float | None:
        """What it is worth, 0 to 1: whether it passed, or its score."""
        passed = None if self.passed is None else float(self.passed)
        return passed if measure == "passed" else self.value


@dataclass(frozen=True)
class RunResults:
    """The finished cells of a run with what is needed to judge them.

    `offers` are the snapshots by id, in the order of the run; `tags` and `clusters` belong to the samples of
    the suite, in its order; `judged_by_model` are those samples whose answers a model judges.
    `timings_reliable` is false where this machine was too busy to stamp what arrived, where that is not known
    (`lag_p95_ms` is `None`), and for imported answers.
    """

    id: str
    name: str
    kind: Literal["measured", "imported"]
    status: str
    suite_id: str
    epochs: int
    timings_reliable: bool
    offers: Mapping[str, Mapping[str, Any]]
    clusters: Mapping[str, str | None]
    tags: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, tuple[Cell, ...]] = field(repr=False)
    lag_p95_ms: float | None = None
    judged_by_model: frozenset[str] = frozenset()

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """A name for each offer in tables and sentences: its id where two have the same name.

        Those of imported answers say so.
        """
        names = {offer: str(stored.get("name") or offer) for offer, stored in self.offers.items()}
        counts, origin = Counter(names.values()), " (imported)" if self.kind == "imported" else ""
        return {offer: (offer if counts[name] > 1 else name) + origin for offer, name in names.items()}

    @cached_property
    def measure(self) -> Measure:
        """What offers are compared by: passes, or scores where no scorer says what passes."""
        judged = any(cell.passed is not None for cells in self.cells.values() for cell in cells)
        return "passed" if judged else "score"

    @cached_property
    def judged(self) -> bool:
        """Whether any answer was judged."""
        return any(cell.measured(self.measure) is not None for row in self.cells.values() for cell in row)

    def units(self, cells: tuple[Cell, ...]) -> Clusters | None:
        """Which cells are no independent evidence: those of one cluster, epochs of one sample.

        `None` where all of them are independent.
        """
        if self.epochs == 1 and not any(self.clusters.values()):
            return None
        return [self.clusters.get(cell.sample) or f"sample {cell.sample}" for cell in cells]

    def clusters_of(self, samples: list[str]) -> Clusters | None:
        """The clusters of these samples; `None` where the suite has none."""
        return [self.clusters.get(key) for key in samples] if any(self.clusters.values()) else None

    def by_sample(self, offer: str, measure: Measure) -> Mapping[str, float]:
        """Each judged sample's mean over its epochs."""
        if (offer, measure) not in self._means:
            known = ((cell.sample, cell.measured(measure)) for cell in self.cells[offer])
            found = by_sample((sample, value) for sample, value in known if value is not None)
            self._means[offer, measure] = found
        return self._means[offer, measure]

    def costs_by_sample(self, offer: str) -> Mapping[str, float] | None:
        """Each answered sample's mean cost; `None` where a price is unknown."""
        if offer not in self._costs:
            answered = [cell for cell in self.cells[offer] if cell.outcome == "answered"]
            costs = [(cell.sample, float(cell.cost)) for cell in answered if cell.cost is not None]
            self._costs[offer] = by_sample(costs) if len(costs) == len(answered) else None
        return self._costs[offer]

    @cached_property
    def _means(self) -> dict[tuple[str, Measure], dict[str, float]]:
        return {}

    @cached_property
    def _costs(self) -> dict[str, dict[str, float] | None]:
        return {}


def resamples(n: int) -> int:
    """How many draws a bootstrap of n cells takes: fewer of many, whose intervals are narrow anyway."""
    return max(_LEAST_RESAMPLES, min(_MOST_RESAMPLES, _DRAWS // max(1, n)))
