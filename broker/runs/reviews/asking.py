"""What a judge is asked of two answers, and what that may cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from broker.errors import ConfigError
from broker.judge import pair_requests
from broker.runs.asking import request_of
from broker.runs.budget import at_most
from broker.runs.model_judge import LONGEST, Judge, by_model
from broker.runs.reviews import CRITERIA
from broker.scorers.settings import expected
from broker.suites import Sample, Suite
from broker.templates import fill
from broker.types import ChatRequest, Params


@dataclass(frozen=True, slots=True)
class Asked:
    """Two answers to a sample of a suite that was asked with these parameters."""

    suite: Suite
    sample: Sample
    params: Params
    a: str
    b: str


def both_orders(judge: Judge, asked: Asked, criteria: str) -> tuple[ChatRequest, ChatRequest]:
    """What to ask the judge: with a in the first place, and with b there."""
    question = request_of(asked.suite, asked.sample, asked.params).messages
    told = fill(criteria or _own_criteria(asked), asked.sample.variables)
    one, two = pair_requests(question, asked.a, asked.b, told, _targets(asked.sample))
    return _bounded(judge, one), _bounded(judge, two)


def cost_at_most(judge: Judge, requests: Sequence[ChatRequest]) -> Decimal | None:
    """What these calls may cost, in US dollars; `None` where the price is unknown."""
    amounts = [at_most(judge.price, judge.offer, request) for request in requests]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _bounded(judge: Judge, request: ChatRequest) -> ChatRequest:
    longest = judge.offer.defaults.max_tokens or LONGEST
    return replace(request, params=replace(request.params, max_tokens=longest))


def _own_criteria(asked: Asked) -> str:
    """The rubrics of the sample; what generally makes an answer better where it has none."""
    specs = by_model(asked.sample.scorers or asked.suite.scorers)
    own = [spec.settings.get("rubric") or spec.settings.get("criterion") for spec in specs]
    return "\n\n".join(filter(None, own)) or CRITERIA


def _targets(sample: Sample) -> tuple[str, ...]:
    try:
        return expected(sample, {})
    except ConfigError:  # it has none
        return ()
