"""What depends on the model, checked with what the makers publish: efforts, and both Anthropic versions.

Each row's own request for each capability is in `test_rows`.
"""

from dataclasses import replace
from typing import Any

import pytest

from broker.providers import Encoded, encode
from broker.types import ChatRequest, Message, Params
from tests.contract import contracts
from tests.contract.capabilities import PERSON, ROWS, WEATHER, offer

EFFORTS = ("minimal", "low", "medium", "high")
MODELS = {
    "openai": ("gpt-4o-mini", "gpt-5", "gpt-5-pro", "gpt-6-luna", "o3-pro"),
    "gemini": ("gemini-2.0-flash", "gemini-2.5-flash", "gemini-3-pro-preview", "gemini-4-argon"),
    "anthropic": ("claude-sonnet-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-sonnet-5-5"),
    "bedrock": (
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-opus-4-7-v1:0",
        "us.amazon.nova-2-lite-v1:0",
        "openai.gpt-oss-120b-1:0",
    ),
    "ollama": ("qwen3",),
}
VERSIONS = ("2023-06-01", "2026-10-21")
TURNS = (
    Message("system", "Be brief."),
    Message("user", "Hello"),
    Message("user", "again"),
    Message("assistant", "1"),
    Message("user", "2"),
)
EVERYTHING = Params(
    temperature=0.0, top_p=1.0, max_tokens=4096, stop=("END", "###"), seed=0, json_schema=PERSON
)
ROWS_AND_MODELS = [
    pytest.param(replace(ROWS[row], settings={**ROWS[row].settings, **settings}), model, id="-".join(named))
    for row, models in MODELS.items()
    for model in models
    for settings in ([{"version": each} for each in VERSIONS] if row == "anthropic" else [{}])
    for named in [(row, model, *settings.values())]
]
each_model = pytest.mark.parametrize(("row", "model"), ROWS_AND_MODELS)


def wrong(row: Any, model: str, params: Params) -> list[str]:
    return contracts.wrong(row, encode(row, offer(row.id, model), ChatRequest(TURNS, params)))


@each_model
@pytest.mark.parametrize("effort", EFFORTS)
def test_efforts(row: Any, model: str, effort: Any) -> None:
    assert wrong(row, model, replace(EVERYTHING, reasoning_effort=effort)) == []
    assert wrong(row, model, Params(reasoning_effort=effort, tools=(WEATHER,))) == []


@each_model
def test_a_budget(row: Any, model: str) -> None:
    assert wrong(row, model, replace(EVERYTHING, reasoning_budget=2048)) == []


@each_model
def test_two_turns_in_a_row(row: Any, model: str) -> None:
    assert wrong(row, model, Params()) == []


# A validator that lets everything pass would prove nothing.
MISTAKES = [
    ("openai", {"random_seed": 1}),
    ("openai", {"temperature": 3}),
    ("openai", {"stop": 5}),
    ("openai", {"reasoning_effort": "huge"}),
    ("openai", {"stream_options": {"usage": True}}),
    ("openai", {"response_format": {"type": "json_schema", "json_schema": {"strict": True}}}),
    ("responses", {"max_tokens": 5}),
    ("responses", {"temperature": 3}),
    ("responses", {"input": [{"role": "nobody", "content": "x"}]}),
    ("gemini", {"top_k_": 1}),
    ("gemini", {"generationConfig": {"thinkingLevel": "LOW"}}),
    ("gemini", {"contents": {"role": 1}}),
    ("anthropic", {"max_tokens": None}),
    ("anthropic", {"output_config": {"effort": "minimal"}}),
    ("anthropic", {"system": 5}),
    ("anthropic", {"thinking": {"type": "adaptive", "depth": 3}}),
    ("anthropic", {"top_k": 5}),
    ("bedrock", {"maxTokens": 5}),
    ("bedrock", {"inferenceConfig": {"topP": "1"}}),
    ("bedrock", {"messages": [{"role": "user"}]}),
]


@pytest.mark.parametrize(("dialect", "mistake"), MISTAKES)
def test_the_checks_can_fail(dialect: str, mistake: dict[str, Any]) -> None:
    row, model = ("openai", "o3-pro") if dialect == "responses" else (dialect, MODELS[dialect][0])
    encoded = encode(ROWS[row], offer(row, model), ChatRequest(TURNS, EVERYTHING))
    assert (encoded.dialect, contracts.wrong(ROWS[row], encoded)) == (dialect, [])
    assert contracts.wrong(ROWS[row], Encoded("", {**encoded.body, **mistake}, dialect=dialect))
