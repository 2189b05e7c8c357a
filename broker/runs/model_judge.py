"""Scores given by a model: ordinary recorded calls with the purpose `judge`, at a cost of their own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from broker.judge import VERSION, judge_request, read_grade
from broker.judge_scales import JUDGED
from broker.runs.budget import at_most, output_at_most, paid
from broker.runs.judging import Judged
from broker.scorers import ruled, unjudged
from broker.suites import Sample, ScorerSpec, Suite
from broker.types import ChatRequest, Completion, Offer, TokenPrice

PURPOSE = "judge"
LONGEST = 2048  # tokens of a judge's reply, its reasoning included, where its offer does not say

Ask = Callable[[Offer, ChatRequest], Awaitable[Completion]]


@dataclass(frozen=True, slots=True)
class Judge:
    """The offer that judges, and its price when the run was made."""

    offer: Offer
    price: TokenPrice | None


@dataclass(frozen=True, slots=True)
class Graded:
    """What a judge found and what that cost: known, and paid at most; `cost` is `None` where no judge was
    asked, and where one call's cost is unknown. `stopped`: the run was, before the judge was done.
    """

    judged: tuple[Judged, ...] = ()
    cost: Decimal | None = None
    spent: Decimal = Decimal(0)
    stopped: bool = False


def by_model(specs: Sequence[ScorerSpec]) -> tuple[ScorerSpec, ...]:
    """Those specs that take a judge."""
    return tuple(spec for spec in specs if spec.name in JUDGED)


def only_by_model(suite: Suite) -> tuple[str, ...]:
    """The samples that nothing but a judge can score."""
    asked = ((sample.id, sample.scorers or suite.scorers) for sample in suite.samples)
    return tuple(key for key, specs in asked if specs and len(by_model(specs)) == len(specs))


def check(spec: ScorerSpec, sample: Sample) -> None:
    """Raise the `ConfigError` that judging an answer to this sample would."""
    judge_request(spec, (), "", sample)


def costs_at_most(
    judge: Judge, specs: Sequence[ScorerSpec], asked: tuple[Offer, ChatRequest], sample: Sample
) -> Decimal | None:
    """What judging the longest answer to a request may cost, in US dollars; `None` where that is unknown."""
    offer, request = asked
    total, price = Decimal(0), judge.price
    for spec in specs:
        reply = at_most(price, judge.offer, judge_request_of(judge.offer, spec, request, "", sample))
        if reply is None or price is None or price.input_mtok is None:
            return None
        total += reply + price.input_mtok * output_at_most(offer, request) / 1_000_000
    return total


async def grade(
    judge: Judge, specs: Sequence[ScorerSpec], answered: tuple[ChatRequest, str], sample: Sample, ask: Ask
) -> Graded:
    """Have the answer to a request judged by each spec, one after the other; a judge that fails leaves it
    unjudged.
    """
    judged, spent = list[Judged](), Decimal(0)
    costs = list[Decimal | None]()
    for spec in specs:
        request = judge_request_of(judge.offer, spec, *answered, sample)
        reply = await ask(judge.offer, request)
        if reply.status == "running":  # stopped before it began
            return Graded(tuple(judged), _total(costs), spent, stopped=True)
        costs.append(paid(reply, None))
        spent += paid(reply, at_most(judge.price, judge.offer, request)) or 0
        if reply.status == "stopped":
            return Graded(tuple(judged), _total(costs), spent, stopped=True)
        judged.append(_read(spec, reply))
    return Graded(tuple(judged), _total(costs), spent)


def judge_request_of(
    judge: Offer, spec: ScorerSpec, request: ChatRequest, answer: str, sample: Sample
) -> ChatRequest:
    """What to ask this judge about the answer to a request, its reply bounded."""
    asked = judge_request(spec, request.messages, answer, sample)
    longest = judge.defaults.max_tokens or LONGEST
    return replace(asked, params=replace(asked.params, max_tokens=longest))


def _total(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if costs and len(known) == len(costs) else None


def _read(spec: ScorerSpec, reply: Completion) -> Judged:
    if reply.error is not None:
        return Judged(spec, VERSION, unjudged(f"The judge could not be asked: {reply.error.message}"))
    return Judged(spec, VERSION, ruled(read_grade(spec, reply.text), spec))
