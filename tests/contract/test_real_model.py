"""A real model on this machine through three dialects: the same weights have to give the same answers."""

import asyncio
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from jsonschema import validate

from broker import local
from broker.complete import Door, LiveCall, run_call
from broker.deadlines import Timeouts
from broker.transport import open_transport
from broker.types import CallContext, ChatRequest, Completion, Message, Params, Provider
from tests.contract.capabilities import PERSON, ROWS, offer
from tests.faults import on_loop

pytestmark = pytest.mark.local_model

PATIENT = Timeouts(connect=10, first_token=60, between_tokens=60, total=120)
QUESTION = ChatRequest(
    (Message("system", "You are a helpful assistant."), Message("user", "Name three colours.")),
    Params(temperature=0.0, max_tokens=24),
)
SLOTS = 4  # answers that the server generates at the same time


def live_call(request: ChatRequest) -> LiveCall:
    return LiveCall(offer("local", "smollm2-135m"), request, CallContext("test"), PATIENT)


@dataclass(frozen=True)
class Doors:
    """The one server as the platform of three rows."""

    address: str
    key: str

    def row(self, dialect: str) -> Provider:
        match dialect:
            case "anthropic":
                return replace(ROWS["anthropic"], base_url=self.address.removesuffix("/v1"), limits=())
            case "responses":
                # It ignores `text.format`, refuses logprobs and takes two parameters that OpenAI does not.
                drops, takes = frozenset({"json_schema", "logprobs"}), frozenset({"seed", "stop"})
                row = replace(ROWS["local"], id="r", dialect="responses", drops=drops, takes=takes)
            case _:
                row = ROWS["local"]
        return replace(row, base_url=self.address)

    async def carry_out(self, dialect: str, call: LiveCall) -> Completion:
        transport = open_transport()

        async def open_door(_: str) -> Door:
            return Door(self.row(dialect), transport, self.key)

        try:
            return await run_call(call, open_door)
        finally:
            await transport.aclose()


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    endpoint = local.endpoint(60)
    yield Doors(endpoint.base_url, endpoint.key)
    local.stop()


DIALECTS = ("openai", "responses", "anthropic")


def ask(doors: Doors, dialect: str, request: ChatRequest = QUESTION, **params: object) -> Completion:
    asked = replace(request, params=replace(request.params, **params))  # type: ignore[arg-type]
    completion = on_loop(doors.carry_out(dialect, live_call(asked)))
    assert (completion.status, completion.error) == ("ok", None)
    return completion


def test_three_dialects_give_one_answer(doors: Doors) -> None:
    answers = [ask(doors, dialect) for dialect in DIALECTS]
    assert len(answers[0].text) > 10
    assert {answer.text for answer in answers} == {answers[0].text}
    assert {answer.finish_reason for answer in answers} == {"stop"}
    assert {answer.served_model for answer in answers} == {answers[0].offer.wire_model}
    usages = [(answer.usage.input_tokens, answer.usage.output_tokens) for answer in answers]
    assert len(set(usages)) == 1
    assert all(count for count in usages[0])


def test_the_same_seed_gives_the_same_text(doors: Doors) -> None:
    texts = [ask(doors, name, temperature=1.0, seed=7).text for name in ("openai", "responses", "openai")]
    assert len(set(texts)) == 1
    assert ask(doors, "openai", temperature=1.0, seed=8).text != texts[0]
    assert ask(doors, "anthropic", seed=7).dropped == ("seed",)  # its makers have no such parameter


def test_a_cut_answer_says_so(doors: Doors) -> None:
    ends = {dialect: ask(doors, dialect, max_tokens=4) for dialect in DIALECTS}
    assert {answer.usage.output_tokens for answer in ends.values()} == {4}
    # Through Responses, llama.cpp calls every answer complete.
    told = {dialect: answer.finish_reason for dialect, answer in ends.items()}
    assert told == {"openai": "length", "responses": "stop", "anthropic": "length"}


def test_a_stop_sequence_ends_the_answer(doors: Doors) -> None:
    whole = ask(doors, "openai").text
    word = whole.split()[3]
    for dialect in DIALECTS:
        assert ask(doors, dialect, stop=(f" {word}",)).text == whole.partition(f" {word}")[0]


def test_a_schema_is_obeyed(doors: Doors) -> None:
    answer = ask(doors, "openai", max_tokens=200, json_schema=PERSON)
    validate(json.loads(answer.text), PERSON)
    told = ask(doors, "responses", max_tokens=16, json_schema=PERSON)
    assert (told.adapted, told.dropped) == (("json_schema",), ())
    assert told.usage.input_tokens > answer.usage.input_tokens + 20  # the schema is in the prompt


def test_log_probabilities(doors: Doors) -> None:
    answer = ask(doors, "openai", logprobs=3)
    # The end of the answer is a token too, which has no text.
    assert "".join(token.token for token in answer.logprobs) == answer.text
    assert 0 <= answer.usage.output_tokens - len(answer.logprobs) <= 1
    for token in answer.logprobs:
        likeliest = [logprob for _, logprob in token.top]
        assert len(likeliest) == 3
        assert likeliest == sorted(likeliest, reverse=True)
        assert sum(map(math.exp, likeliest)) <= 1.0001
        assert (token.token, token.logprob) == token.top[0]  # at temperature 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stopped_answer_frees_its_place(doors: Doors, dialect: str) -> None:
    poem = Message("user", "Write a poem with a hundred lines.")  # at temperature 0 it never ends
    endless = ChatRequest((poem,), Params(temperature=0.0, max_tokens=3000))

    async def stop_all() -> tuple[list[Completion], Completion]:
        calls = [live_call(endless) for _ in range(SLOTS)]
        running = [asyncio.create_task(doors.carry_out(dialect, call)) for call in calls]
        async with asyncio.timeout(60):
            while not all(call.fold and call.snapshot().text for call in calls):
                await asyncio.sleep(0.01)
        for call, task in zip(calls, running, strict=True):
            call.on_cancel = task.cancel
            call.cancel()
        stopped = await asyncio.gather(*running)
        return stopped, await doors.carry_out(dialect, live_call(QUESTION))

    stopped, after = on_loop(stop_all())
    assert [(each.status, each.finish_reason) for each in stopped] == [("stopped", None)] * SLOTS
    assert all(each.text for each in stopped)
    assert after.status == "ok"
    assert after.timing.ttft_ms is not None
    assert after.timing.ttft_ms < 10_000  # 3,000 tokens in each place take a minute and more
