"""What the playground says of answers, without a page or a database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from broker.playground import schema_misfit, strip
from broker.types import (
    ChatRequest,
    Completion,
    Cost,
    Message,
    Offer,
    Params,
    Timing,
    TokenPrice,
    ToolCall,
    Usage,
)

OFFER = Offer("acme", "m", "m", "Acme", "M")
PERSON = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}}


def answer(text: str = "two words", **more: Any) -> Completion:
    request = ChatRequest((Message("user", "?"),), more.pop("params", Params()))
    fields = {"status": "ok", "finish_reason": "stop", "text": text} | more
    return Completion("c", OFFER, request, started_at=datetime.now(UTC), **fields)


def cost(dollars: str) -> Cost:
    return Cost(Decimal(dollars), Decimal(0), Decimal(0), Decimal(0), TokenPrice())


def test_the_strip_names_the_least_and_ties_share() -> None:
    answers = [
        answer("one two three", timing=Timing(total_ms=30), cost=cost("0.2")),
        answer("one two", timing=Timing(total_ms=20), cost=cost("0.1")),
        answer("uno dos", timing=Timing(total_ms=40), cost=cost("0.1")),
    ]
    best = strip(answers)
    assert (best.fastest, best.cheapest, best.shortest) == ((1,), (1, 2), (1, 2))


def test_an_unknown_cost_might_be_the_least() -> None:
    answers = [
        answer(timing=Timing(total_ms=30), cost=cost("0.2")),
        answer(timing=Timing(total_ms=20)),
    ]
    assert strip(answers).cheapest == ()
    assert strip(answers).fastest == (1,)


@pytest.mark.parametrize(
    "other",
    [
        answer("cut", finish_reason="length", timing=Timing(total_ms=1)),
        answer("part", status="stopped", finish_reason=None, timing=Timing(total_ms=1)),
        answer("No.", finish_reason="refusal", timing=Timing(total_ms=1)),
        answer("  ", timing=Timing(total_ms=1)),
    ],
)
def test_only_complete_answers_compete(other: Completion) -> None:
    whole = answer(timing=Timing(total_ms=30))
    assert strip([whole, other]).fastest == ()
    assert strip([whole, other, answer(timing=Timing(total_ms=40))]).fastest == (0,)


def test_a_tool_call_is_a_whole_answer_without_words() -> None:
    called = answer(
        "", finish_reason="tool_calls", tool_calls=(ToolCall("1", "f", "{}"),), timing=Timing(total_ms=20)
    )
    best = strip([answer(timing=Timing(total_ms=30)), called])
    assert (best.fastest, best.shortest) == ((1,), ())
    assert schema_misfit(replace(called, request=ChatRequest((), Params(json_schema=PERSON)))) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"age": 31}', None),
        ('{"age": "31"}', "age: '31' is not of type 'integer'"),
        ("{}", "answer: 'age' is a required property"),
        ("She is 31.", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
    ],
)
def test_how_an_answer_breaks_its_schema(text: str, says: str | None) -> None:
    assert schema_misfit(answer(text, params=Params(json_schema=PERSON))) == says


@pytest.mark.parametrize("schema", [{"$ref": "#/$defs/nope"}, {"$ref": "#"}, {"pattern": "("}])
def test_a_schema_that_cannot_be_checked(schema: dict[str, Any]) -> None:
    said = schema_misfit(answer('"x"', params=Params(json_schema=schema)))
    assert said is not None
    assert "cannot be checked" in said


def test_a_schema_makes_the_server_fetch_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **kwargs: asked.append(args))
    said = schema_misfit(answer("{}", params=Params(json_schema={"$ref": "http://127.0.0.1:1/s.json"})))
    assert asked == []
    assert said is not None


def test_no_schema_or_no_whole_answer_is_no_misfit() -> None:
    assert schema_misfit(answer("x")) is None
    assert schema_misfit(answer("x", finish_reason="length", params=Params(json_schema=PERSON))) is None


RATES: list[tuple[str, Callable[[], Completion], float | None]] = [
    ("as counted", lambda: answer(usage=Usage(output_tokens=21), timing=_timed(1_000, 2_000)), 20.0),
    (
        "hidden reasoning does not count",
        lambda: answer(
            usage=Usage(output_tokens=2_021, reasoning_tokens=2_000), timing=_timed(20_000, 21_000)
        ),
        20.0,
    ),
    (
        "shown reasoning counts",
        lambda: answer(
            reasoning="Hm", usage=Usage(output_tokens=41, reasoning_tokens=20), timing=_timed(0, 2_000)
        ),
        20.0,
    ),
    ("all at once", lambda: answer(usage=Usage(output_tokens=500), timing=_timed(100, 120)), None),
    ("unknown", lambda: answer(timing=_timed(100, 2_000)), None),
]


def _timed(first: float, last: float) -> Timing:
    return Timing(ttft_ms=first, last_token_ms=last)


@pytest.mark.parametrize(("make", "rate"), [case[1:] for case in RATES], ids=[case[0] for case in RATES])
def test_tokens_a_second(make: Callable[[], Completion], rate: float | None) -> None:
    assert make().output_tokens_per_s == rate
