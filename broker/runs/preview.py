"""What a run will ask, use and cost, and what it can show, before it is started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import combinations
from math import sqrt
from statistics import fmean, stdev
from typing import Literal

from sqlalchemy.orm import Session

from broker.judge import conflict_of
from broker.pricing import price_at
from broker.runs import Order
from broker.runs.asking import request_of
from broker.runs.budget import at_most, input_at_most, output_at_most
from broker.runs.model_judge import Judge, by_model, costs_at_most
from broker.runs.plan import chosen
from broker.runs.snapshot import priced
from broker.suites import Sample, Suite
from broker.suites.store import load_suite
from broker.types import ChatRequest, Offer, Provider, TokenPrice
from db import benchmark_queries as queries

Basis = Literal["history", "prompt length"]

PILOT = 10  # samples: a run limited to so many makes the next preview one from history
_ENOUGH = 5  # answers that make a history
_NOTHING = Decimal(0)
_DISCORDANCE = 0.25  # share of samples that one of two offers alone passes, where nothing is known


@dataclass(frozen=True, slots=True)
class Range:
    """From about what to about what: of a mean's 95 % interval, or of what is possible at all."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one offer's part of the run will use; `cost` in US dollars, `None` where a price is unknown.

    `basis` is `history` where `answers` of the same suite by the same offer are on record.
    """

    offer: str
    calls: int
    input_tokens: Range
    output_tokens: Range
    cost: Range | None
    basis: Basis
    answers: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A run as it will be. `judging` is the judge's cost in US dollars, `None` where unknown or none.

    `detectable` is the smallest difference of two offers' pass rates (0 to 1) that so many samples show in
    four cases of five, `None` where they show none. `warnings` are sentences.
    """

    calls: int
    samples: int
    offers: tuple[Estimate, ...]
    judging: Range | None
    detectable: float | None
    warnings: tuple[str, ...]

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
    prices = {offer.id: price_at(providers[offer.provider], offer, 0, now) for offer in order.offers}
    estimates = tuple(
        _estimate(session, suite, offer, prices[offer.id], requests * order.epochs) for offer in order.offers
    )
    return Preview(
        calls=len(requests) * order.epochs * len(order.offers),
        samples=len(asked),
        offers=estimates,
        judging=_judging(suite, asked, requests, order, providers),
        detectable=_detectable(session, suite, order, len(asked)),
        warnings=(*_warnings(order, prices, requests), *_unjudged(suite, order, asked)),
    )


def _estimate(
    session: Session, suite: Suite, offer: Offer, price: TokenPrice | None, requests: Sequence[ChatRequest]
) -> Estimate:
    rows = session.execute(queries.used(suite.name, offer.id)).all()
    known = [(i, o) for i, o in rows if i is not None and o is not None]
    calls = len(requests)
    if len(known) >= _ENOUGH:
        inputs, outputs = _scaled([i for i, _ in known], calls), _scaled([o for _, o in known], calls)
        basis: Basis = "history"
    else:
        most = sum(map(input_at_most, requests))
        inputs = Range(most / 4, most)
        outputs, basis = Range(calls, sum(output_at_most(offer, one) for one in requests)), "prompt length"
    return Estimate(offer.id, calls, inputs, outputs, _cost(price, inputs, outputs), basis, len(known))


def _scaled(counts: Sequence[int], calls: int) -> Range:
    """The sum over so many calls, by the normal interval of the mean."""
    mean, reach = fmean(counts), 1.96 * stdev(counts) / sqrt(len(counts))
    return Range(max(0.0, mean - reach) * calls, (mean + reach) * calls)


def _cost(price: TokenPrice | None, inputs: Range, outputs: Range) -> Range | None:
    low = priced(price, round(inputs.low), round(outputs.low))
    high = priced(price, round(inputs.high), round(outputs.high))
    return None if low is None or high is None else Range(float(low), float(high))


def _judging(
    suite: Suite,
    asked: Sequence[Sample],
    requests: Sequence[ChatRequest],
    order: Order,
    providers: Mapping[str, Provider],
) -> Range | None:
    """The judge's cost: from what a shortest reply to a shortest answer costs, to the longest of both."""
    if order.judge is None:
        return None
    price = price_at(providers[order.judge.provider], order.judge, 0, datetime.now(UTC))
    judge, most = Judge(order.judge, price), Decimal(0)
    for offer in order.offers:
        for sample, request in zip(asked, requests, strict=True):
            specs = by_model(sample.scorers or suite.scorers)
            one = costs_at_most(judge, specs, (offer, request), sample)
            if one is None:
                return None
            most += one * order.epochs
    return Range(0, float(most))


def _detectable(session: Session, suite: Suite, order: Order, samples: int) -> float | None:
    from broker.stats.planning import detectable_difference, discordance

    found = (session.execute(queries.passes(suite.name, offer.id)).one() for offer in order.offers)
    rates = [passed / count for count, passed in found if count >= _ENOUGH]
    expected = max((discordance(a, b) for a, b in combinations(rates, 2)), default=0.0)
    return detectable_difference(samples, expected or _DISCORDANCE)


def _warnings(
    order: Order, prices: Mapping[str, TokenPrice | None], requests: Sequence[ChatRequest]
) -> list[str]:
    said = [f"The price of {offer} is not known." for offer, price in prices.items() if price is None]
    conflict = order.judge and conflict_of(order.judge, order.offers)
    tight = order.budget is not None and _tight(order, order.budget, prices, requests)
    return [*said, *(told for told in (conflict, tight) if told)]


def _unjudged(suite: Suite, order: Order, asked: Sequence[Sample]) -> list[str]:
    """A sentence where rules alone will say what passes, though a model should be asked as well."""
    left = [sample.id for sample in asked if by_model(sample.scorers or suite.scorers)]
    if order.judge is not None or not left:
        return []
    return [
        f"Without a judge, {len(left):,} of {len(asked):,} samples are scored by their rules alone: what a "
        "model should judge is left out, and what passes is less than the whole."
    ]


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
