"""Runs: a suite asked of offers, cell by cell, resumable whatever happens to the process.

`start` keeps a run, `execute` carries it out here, `background` carries out whatever is queued; `request`
asks a running one to pause, resume, cancel or retry from any process; `progress` says how far it is.
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
