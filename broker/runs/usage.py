"""What a run will use and cost: from earlier answers where there are some, else from the prompts' length."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from statistics import fmean
from typing import Any, Literal

from sqlalchemy.orm import Session

from broker.pricing import price_at
from broker.runs import Order
from broker.runs.asking import merged, request_of
from broker.runs.budget import input_at_most, output_at_most
from broker.runs.model_judge import Judge, by_model, costs_at_most
from broker.runs.snapshot import offer_json, priced
from broker.stats.prediction import total
from broker.suites import Sample, Suite
from broker.types import ChatRequest, Offer, Params, Provider, TokenPrice
from db import suite_history as history
from db.shapes import params_of

Basis = Literal["history", "prompt length"]

ENOUGH = 5  # samples with an answer that make a history


@dataclass(frozen=True, slots=True)
class Range:
    """From about what to about what: a 95 % prediction interval, or what is possible at all."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one offer's part of the run will use; `cost` in US dollars, `None` where a price is unknown.

    `basis` is `history` where the same offer has given `answers` to this version of the suite with the same
    parameters: what it has read and written otherwise says nothing of this.
    """

    offer: str
    calls: int
    input_tokens: Range
    output_tokens: Range
    cost: Range | None
    basis: Basis
    answers: int


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier runs of this version of the suite with the same parameters: each with its judge's snapshot."""

    suite: Suite
    params: Params
    runs: Mapping[str, Mapping[str, Any] | None]

    def length(self, keys: Collection[str]) -> float:
        """The mean length of these samples' requests."""
        asked = [sample for sample in self.suite.samples if sample.id in keys]
        return _mean_length([request_of(self.suite, sample, self.params) for sample in asked])


def past(session: Session, suite: Suite, order: Order) -> Past:
    """Which earlier runs tell what this one will use."""
    wanted = merged(suite.params, order.params)
    rows = session.execute(history.runs(order.suite_id)).all()
    same = {run: judge for run, had, judge in rows if merged(suite.params, params_of(had)) == wanted}
    return Past(suite, order.params, same)


def estimate(
    session: Session,
    past: Past,
    offer: Offer,
    price: TokenPrice | None,
    asked: tuple[Sequence[ChatRequest], int],
) -> Estimate:
    """What an offer will use for these requests, each `asked` so many times.

    From what it used for other samples, the input in proportion to the length of the prompts.
    """
    requests, epochs = asked
    rows = session.execute(history.used(list(past.runs), offer.id)).all()
    known = [(key, i, o) for key, i, o in rows if i is not None and o is not None]
    keys = {key for key, _, _ in known}
    basis: Basis = "history" if len(keys) >= ENOUGH else "prompt length"
    if basis == "history":
        longer = _mean_length(requests) / (past.length(keys) or 1)
        inputs, outputs = [(key, i * longer) for key, i, _ in known], [(key, o) for key, _, o in known]
        low_high = ahead(inputs, len(requests), epochs), ahead(outputs, len(requests), epochs)
    else:
        most = epochs * sum(map(input_at_most, requests))
        longest = epochs * sum(output_at_most(offer, one) for one in requests)
        low_high = Range(most / 4, most), Range(epochs * len(requests), longest)
    calls, answers = epochs * len(requests), len(known)
    return Estimate(offer.id, calls, *low_high, _cost(price, *low_high), basis, answers)


def ahead(known: Sequence[tuple[str, float]], samples: int, epochs: int) -> Range:
    """The sum over so many samples, each asked so many times, from (sample, amount) of earlier answers.

    A sample's answers are averaged first: ten of one sample say nothing of the next.
    """
    by_sample: dict[str, list[float]] = {}
    for sample, amount in known:
        by_sample.setdefault(sample, []).append(amount)
    low, high = total([fmean(amounts) for amounts in by_sample.values()], samples)
    return Range(epochs * low, epochs * high)


def judging(
    session: Session,
    past: Past,
    asked: Sequence[tuple[Sample, ChatRequest]],
    order: Order,
    providers: Mapping[str, Provider],
) -> Range | None:
    """The judge's cost in US dollars, `None` where it is unknown or there is no judge.

    From what the same judge at the same price has cost in such earlier runs; else up to what the longest
    replies to the longest answers cost.
    """
    suite = past.suite
    if order.judge is None:
        return None
    provider, now = providers[order.judge.provider], datetime.now(UTC)
    judged = [(sample, request) for sample, request in asked if by_model(sample.scorers or suite.scorers)]
    snapshot = offer_json(order.judge, provider, now)
    same = [
        run
        for run, judge in past.runs.items()
        if judge and (judge["id"], judge["price"]) == (snapshot["id"], snapshot["price"])
    ]
    costs = session.execute(history.judge_costs(same))
    known = [(key, float(cost)) for key, cost in costs if cost is not None]
    if len({key for key, _ in known}) >= ENOUGH:
        return ahead(known, len(judged), order.epochs * len(order.offers))
    return _judging_at_most(suite, judged, order, price_at(provider, order.judge, 0, now))


def _mean_length(requests: Sequence[ChatRequest]) -> float:
    return fmean(map(input_at_most, requests)) if requests else 0.0


def _judging_at_most(
    suite: Suite, judged: Sequence[tuple[Sample, ChatRequest]], order: Order, price: TokenPrice | None
) -> Range | None:
    assert order.judge is not None
    judge, most = Judge(order.judge, price), Decimal(0)
    for offer in order.offers:
        for sample, request in judged:
            one = costs_at_most(judge, by_model(sample.scorers or suite.scorers), (offer, request), sample)
            if one is None:
                return None
            most += one * order.epochs
    return Range(0, float(most))


def _cost(price: TokenPrice | None, inputs: Range, outputs: Range) -> Range | None:
    low = priced(price, round(inputs.low), round(outputs.low))
    high = priced(price, round(inputs.high), round(outputs.high))
    return None if low is None or high is None else Range(float(low), float(high))
