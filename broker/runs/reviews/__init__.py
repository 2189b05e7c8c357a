"""Reviews: a judge asked about the answers of a run that is over; the answers themselves stay as they are.

`pairs` sets offers against a baseline, each pair of answers judged in both orders; `answers` has those
answers graded that a run left to a model, imported ones among them. A review is a job like a run: it has
progress and a budget, and goes on after a crash without judging anything twice. `preview.preview` says what
an order would cost, `start.start` keeps it, `execute.execute` carries it out here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from broker.runs import DEFAULT_CONCURRENCY
from broker.types import Offer

Kind = Literal["pairs", "answers"]

CRITERIA = (
    "The better answer does what was asked, completely and without error. Between two that do, the clearer "
    "and shorter one is better."
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged: of a run, by whom, at what cost.

    For `pairs` the `offers` (ids; none: all others) are set against the `baseline`. `criteria` say what
    makes an answer better; without any, the sample's own rubric, else `CRITERIA`. `budget` in US dollars.
    """

    run_id: str
    judge: Offer
    kind: Kind = "pairs"
    baseline: str | None = None
    offers: tuple[str, ...] = ()
    criteria: str = ""
    concurrency: int = DEFAULT_CONCURRENCY
    budget: Decimal | None = None
    user: str | None = None


class Item(NamedTuple):
    """What is judged at once: the answers of `a` and `b` to a sample, or, with `b` empty, that of `a`."""

    a: str
    b: str
    position: int
    epoch: int
