"""Runs: a suite asked of offers, cell by cell, resumable whatever happens to the process.

`preview.preview` says what an `Order` would cost, `start.start` keeps it as a run, `execute.execute` carries
that out here, `background.Background` whatever is queued; `progress.progress` says how far it is, and
`db.benchmark_changes.request` asks for a pause, the end or another try, from any process.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from broker.types import Offer, Params

PURPOSE = "benchmark"
DEFAULT_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: a version of a suite, of whom, how often, at what cost.

    `params` go before the suite's own. `limit` takes that many of the samples, the same ones in every run of
    this version. `budget` in US dollars bounds what may be spent, the judge's calls included.
    """

    suite_id: str
    offers: tuple[Offer, ...]
    epochs: int = 1
    limit: int | None = None
    params: Params = field(default_factory=Params)
    concurrency: int = DEFAULT_CONCURRENCY
    seed: int = 0
    budget: Decimal | None = None
    judge: Offer | None = None
    name: str = ""
    user: str | None = None
