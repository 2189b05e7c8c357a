"""What a run will ask, use and cost, and what it can show, before it is started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from broker.judge import conflict_of
from broker.pricing import price_at
from broker.runs import Order
from broker.runs.asking import request_of
from broker.runs.budget import at_most, output_at_most
from broker.runs.model_judge import by_model
from broker.runs.plan import chosen
from broker.runs.power import Power, power
from broker.runs.usage import Estimate, Range, estimate, judging, past
from broker.suites import Sample, Suite
from broker.suites.store import load_suite
from broker.templates import variables
from broker.types import ChatRequest, Provider, TokenPrice

PILOT = 10  # samples: a run limited to so many makes the next preview one from history
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Preview:
    """A run as it will be. `judging` is the judge's cost in US dollars, `None` where unknown or none.

    `power` says what difference of two offers so many samples can show. `warnings` are sentences.
    """

    calls: int
    samples: int
    offers: tuple[Estimate, ...]
    judging: Range | None
    power: Power
    warnings: tuple[str, ...]

    @property
    def detectable(self) -> float | None:
        """The smallest difference that shows, from 0 to 1; `None` where none does."""
        return self.power.difference

    @property
    def cost(self) -> Range | None:
        """The whole run in US dollars; `None` where a part of it is unknown."""
        parts = [estimate.cost for estimate in self.offers] + [self.judging or Range(0, 0)]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return Range(sum(part.low for part in known), sum(part.high for part in known))


def preview(session: Session, order: Order, providers: Mapping[str, Provider]) -> Preview:
    """What the run would be; raises `LookupError` without a suite."""
    suite, now = load_suite(session, order.suite_id), datetime.now(UTC)
    asked = [suite.samples[i] for i in chosen(len(suite.samples), order.limit)]
    requests = [request_of(suite, sample, order.params) for sample in asked]
    before = past(session, suite, order)
    prices = {offer.id: price_at(providers[offer.provider], offer, 0, now) for offer in order.offers}
    return Preview(
        calls=len(requests) * order.epochs * len(order.offers),
        samples=len(asked),
        offers=tuple(
            estimate(session, before, offer, prices[offer.id], (requests, order.epochs))
            for offer in order.offers
        ),
        judging=judging(session, before, list(zip(asked, requests, strict=True)), order, providers),
        power=power(session, suite, order, asked),
        warnings=(
            *_warnings(order, prices, requests),
            *_without_scorer(suite, asked),
            *_unjudged(suite, order, asked),
            *_unfilled(suite, asked),
        ),
    )


def _warnings(
    order: Order, prices: Mapping[str, TokenPrice | None], requests: Sequence[ChatRequest]
) -> list[str]:
    said = [f"The price of {offer} is not known." for offer, price in prices.items() if price is None]
    conflict = order.judge and conflict_of(order.judge, order.offers)
    tight = order.budget is not None and _tight(order, order.budget, prices, requests)
    return [*said, *(told for told in (conflict, tight) if told)]


def _without_scorer(suite: Suite, asked: Sequence[Sample]) -> list[str]:
    """A sentence where answers will be neither right nor wrong."""
    left = replace(suite, samples=tuple(asked)).unjudged
    if not left:
        return []
    return [
        f"Nothing judges the answers to {left:,} of {len(asked):,} samples: they are asked and paid for, and "
        "whether their answers are right stays unknown."
    ]


def _unjudged(suite: Suite, order: Order, asked: Sequence[Sample]) -> list[str]:
    """A sentence where rules alone will say what passes, though a model should be asked as well."""
    left = [sample.id for sample in asked if by_model(sample.scorers or suite.scorers)]
    if order.judge is not None or not left:
        return []
    return [
        f"Without a judge, {len(left):,} of {len(asked):,} samples are scored by their rules alone: what a "
        "model should judge is left out, and what passes is less than the whole."
    ]


def _unfilled(suite: Suite, asked: Sequence[Sample]) -> list[str]:
    """A sentence where a name in braces has no value, so that models would read the braces."""
    left = [names for sample in asked if (names := _names_without_value(suite, sample))]
    if not left:
        return []
    shown = ", ".join(
        f"{{{{{name}}}}}" for name in list(dict.fromkeys(n for names in left for n in names))[:5]
    )
    return [
        f"In {len(left):,} of {len(asked):,} samples {shown} has no value and is asked as it stands. Give it "
        "one in the samples' column “Variables”, or take the braces away."
    ]


def _names_without_value(suite: Suite, sample: Sample) -> list[str]:
    own = {*sample.variables, *(("choices",) if sample.choices else ())}
    texts = [sample.input] if isinstance(sample.input, str) else [turn.content for turn in sample.input]
    around = [name for name in variables(suite.system, suite.template) if name != "input"]
    return [name for name in (*around, *variables(*texts)) if name not in own]


def _tight(
    order: Order, budget: Decimal, prices: Mapping[str, TokenPrice | None], requests: Sequence[ChatRequest]
) -> str | None:
    """A sentence where a budget has no room for as many calls at once as are ordered; judging not counted."""
    calls = [(offer, request) for offer in order.offers for request in requests]
    amounts = [(at_most(prices[offer.id], offer, request), offer, request) for offer, request in calls]
    known = [(amount, output_at_most(offer, request)) for amount, offer, request in amounts if amount]
    dearest, longest = max(known, default=(_NOTHING, 0))
    if dearest * min(order.concurrency, len(calls) * order.epochs) <= budget:
        return None
    room = f"has room for {budget // dearest} at once" if dearest <= budget else "ends the run before it"
    return (
        f"A call sets up to ${dearest:.4f} aside, for {longest:,} tokens of answer: a budget of ${budget:f} "
        f"{room}. Lower “Most tokens in the answer” (--max-tokens), or raise the budget."
    )
