"""What may be spent is set aside before a call, and an answer's scores make one value."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from broker.runs.budget import Budget, at_most, paid
from broker.runs.judging import Judged, answer_of, judge_by_rule, verdict_row
from broker.runs.lag import Lag
from broker.runs.snapshot import offer_json, offer_of, price_then
from broker.scorers import Score
from broker.suites import Sample, ScorerSpec
from broker.types import CallError, ChatRequest, Message, Params, Provider, Timing, TokenPrice
from tests.dbtools import OFFER, answered, failed, started

ONE = Decimal(1)
PRICE = TokenPrice(Decimal(2), Decimal(10), source="test")


def test_what_fits_is_reserved_and_the_rest_is_not() -> None:
    async def reserve() -> list[bool]:
        budget = Budget(Decimal("2.5"), Decimal("0.5"))
        first = [await budget.reserve(ONE), await budget.reserve(ONE)]
        await budget.settle(ONE, ONE)
        await budget.settle(ONE, ONE)
        return [*first, await budget.reserve(ONE)]

    assert asyncio.run(reserve()) == [True, True, False]


def test_one_waits_for_what_others_may_leave() -> None:
    async def reserve() -> tuple[bool, bool, Decimal]:
        budget = Budget(ONE, Decimal(0))
        await budget.reserve(ONE)
        waiting = asyncio.create_task(budget.reserve(Decimal("0.6")))
        await asyncio.sleep(0)
        waited = not waiting.done()
        await budget.settle(ONE, Decimal("0.4"))
        return waited, await waiting, budget.spent + budget.reserved

    assert asyncio.run(reserve()) == (True, True, ONE)


def test_a_cheap_call_does_not_overtake_a_dear_one() -> None:
    async def reserve() -> list[str]:
        budget, done = Budget(ONE, Decimal(0)), list[str]()

        async def one(name: str, amount: Decimal) -> None:
            if await budget.reserve(amount):
                done.append(name)

        await budget.reserve(Decimal("0.5"))
        tasks = [asyncio.create_task(one("dear", ONE)), asyncio.create_task(one("cheap", Decimal("0.1")))]
        await asyncio.sleep(0.01)
        await budget.settle(Decimal("0.5"), Decimal(0))
        await asyncio.sleep(0.01)
        await budget.settle(ONE, Decimal(0))
        await asyncio.gather(*tasks)
        return done

    assert asyncio.run(reserve()) == ["dear", "cheap"]


def test_without_a_limit_everything_fits() -> None:
    async def reserve() -> bool:
        return await Budget(None, Decimal(0)).reserve(Decimal(10**9))

    assert asyncio.run(reserve())


@pytest.mark.parametrize(
    ("text", "params", "default", "tokens_out"),
    [("x" * 400, Params(max_tokens=100), None, 100), ("", Params(), 50, 50), ("", Params(), None, 8192)],
)
def test_a_call_costs_at_most(text: str, params: Params, default: int | None, tokens_out: int) -> None:
    offer = replace(OFFER, defaults=Params(max_tokens=default))
    request = ChatRequest((Message("user", text),), params)
    tokens_in = len(text) // 2 + 16
    assert at_most(PRICE, offer, request) == (2 * tokens_in + Decimal(10) * tokens_out) / 1_000_000
    assert at_most(None, offer, request) is None
    assert at_most(TokenPrice(Decimal(2), None), offer, request) is None


def test_a_written_cache_may_cost_more_than_fresh_input() -> None:
    request = ChatRequest((Message("user", ""),), Params(max_tokens=1))
    dear = replace(PRICE, cache_write_mtok=Decimal(4))
    assert at_most(dear, OFFER, request) == Decimal(4 * 16 + 10) / 1_000_000


@pytest.mark.parametrize(
    ("kind", "status", "ttft_ms", "is_free"),
    [
        ("rate_limited", 429, None, True),
        ("connect", None, None, True),
        ("server_error", 500, None, True),
        ("first_token_timeout", None, None, False),
        ("total_timeout", None, 3.0, False),
        ("truncated", None, 3.0, False),
        ("server_error", None, 3.0, False),
    ],
)
def test_a_failure_is_paid_unless_the_call_was_refused(
    kind: str, status: int | None, ttft_ms: float | None, is_free: bool
) -> None:
    error = CallError(kind, "no", status)
    call = replace(failed(started()), error=error, timing=Timing(ttft_ms=ttft_ms))
    assert paid(call, ONE) == (0 if is_free else ONE)


def test_an_answer_costs_what_it_costs() -> None:
    answer = answered(started())
    assert answer.cost is not None
    assert paid(answer, ONE) == answer.cost.total
    assert paid(replace(answer, cost=None), ONE) == ONE
    assert paid(replace(answer, cost=None), None) is None


# Offers as a run keeps them


def test_an_offer_comes_back_with_the_price_of_then() -> None:
    now = started().started_at
    full = replace(OFFER, price=PRICE, context_window=4096, note="n", settings={"a": "b"}, known_as="k")
    row = Provider("acme", "Acme", "openai", "http://127.0.0.1/v1")
    stored = offer_json(full, row, now)
    assert (offer_of(stored), price_then(stored), stored["platform"]) == (full, PRICE, "Acme")
    unpriced = offer_json(OFFER, row, now)
    assert (offer_of(unpriced), price_then(unpriced)) == (OFFER, None)


# What scores make


def judged(*scores: tuple[float | None, bool | None, float]) -> dict[str, object]:
    found = enumerate(scores)
    return verdict_row(
        [Judged(ScorerSpec("s", weight=w), 1, Score(v, p, "", f"e{i}")) for i, (v, p, w) in found]
    )


@pytest.mark.parametrize(
    ("scores", "value", "passed", "explanation"),
    [
        ([(1.0, True, 1.0)], 1.0, True, "e0"),
        ([(1.0, True, 1.0), (0.0, False, 3.0)], 0.25, False, "e1"),
        ([(0.5, True, 1.0), (1.0, True, 1.0)], 0.75, True, "e0"),
        ([(1.0, True, 1.0), (None, None, 1.0)], 1.0, True, "e0"),  # what is not judged does not count
        ([(1.0, True, 1.0), (0.0, False, 0.0)], 1.0, True, "e0"),  # weight 0: only measured
        ([(0.3, None, 1.0)], 0.3, None, "e0"),
        ([(None, None, 1.0)], None, None, "e0"),
        ([], None, None, None),
    ],
)
def test_scores_make_one_value(
    scores: list[tuple[float | None, bool | None, float]], value: float, passed: bool, explanation: str
) -> None:
    row = judged(*scores)
    assert (row["value"], row["passed"], row["explanation"]) == (value, passed, explanation)


def test_scores_are_kept_with_their_versions() -> None:
    specs = (ScorerSpec("exact", metric="verbatim"), ScorerSpec("rubric", {"rubric": "r"}))
    answer = answer_of(answered(started(), "Bern"))
    found = judge_by_rule(specs, "answered", answer, Sample("1", "?", ("Bern",)))
    (score,) = verdict_row(found)["scores"]
    assert (score["scorer"], score["name"], score["value"], score["passed"]) == (
        "verbatim",
        "exact",
        1.0,
        True,
    )
    assert score["version"] >= 1


def test_what_is_no_answer_is_not_judged() -> None:
    answer = answer_of(answered(started(), "Ber"))
    assert judge_by_rule((ScorerSpec("exact"),), "truncated", answer, Sample("1", "?", ("Bern",))) == []


def test_a_scorer_that_cannot_judge_says_so() -> None:
    answer = answer_of(answered(started(), "Bern"))
    (found,) = judge_by_rule((ScorerSpec("exact"),), "answered", answer, Sample("1", "?"))
    assert (found.score.value, found.score.passed) == (None, None)
    assert found.score.explanation.startswith("Cannot be judged")


# Lag


@pytest.mark.parametrize(
    ("late_ms", "p95_ms"),
    [
        ([], None),
        ([0.1], 0.25),
        ([1.0] * 19 + [50.0], 1.25),
        ([1.0] * 18 + [50.0] * 2, 50.25),
        ([9999.0], 200.25),
    ],
)
def test_the_lag_of_nineteen_in_twenty(late_ms: list[float], p95_ms: float | None) -> None:
    lag = Lag()
    for late in late_ms:
        lag.add(late)
    assert lag.p95_ms == p95_ms
