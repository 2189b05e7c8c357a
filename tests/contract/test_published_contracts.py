"""Our requests checked with what the makers publish.

OpenAI's OpenAPI document, Google's protocol buffers, and the types of Anthropic's SDK; strictly, so that a
field nobody knows fails.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broker.providers import encode
from broker.providers.registry import REGISTRY
from broker.types import ChatRequest, Message, Offer, Params, Provider

SPEC = Path(__file__).parents[3] / "shared" / "contracts" / "specs" / "openai.openapi.json"
ROWS = {row.id: row for row in REGISTRY}
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
TURNS = (
    Message("system", "Be brief."),
    Message("system", "Be kind."),
    Message("user", "One"),
    Message("assistant", "1"),
    Message("user", "2"),
)
FULL = Params(
    temperature=0.0,
    top_p=1.0,
    max_tokens=2048,
    stop=("END", "###"),
    seed=0,
    json_schema=SCHEMA,
)
REQUESTS = {
    "plain": ChatRequest((Message("user", "Hello"),)),
    "two turns in a row": ChatRequest((Message("user", "Hello"), Message("user", "again"))),
    "conversation": ChatRequest(TURNS),
    "everything": ChatRequest(TURNS, FULL),
    "minimal": ChatRequest(TURNS, replace(FULL, reasoning_effort="minimal")),
    "low": ChatRequest(TURNS, replace(FULL, reasoning_effort="low")),
    "medium": ChatRequest(TURNS, replace(FULL, reasoning_effort="medium")),
    "high": ChatRequest(TURNS, replace(FULL, max_tokens=None, reasoning_effort="high")),
}
each_request = pytest.mark.parametrize("request_name", REQUESTS)


def sent(row: Provider, model: str, request_name: str) -> dict[str, Any]:
    """The body as it travels: through JSON and back."""
    body = encode(row, Offer(row.id, model, model, "Maker", model), REQUESTS[request_name]).body
    return json.loads(json.dumps(body))


def drawn_together(node: Any) -> Any:
    """OpenAPI's `nullable`, `oneOf` and `discriminator` in terms that a JSON Schema validator knows."""
    if isinstance(node, list):
        return [drawn_together(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: drawn_together(value) for key, value in node.items() if key != "discriminator"}
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    return {"anyOf": [node, {"type": "null"}]} if node.pop("nullable", None) is True else node


@pytest.fixture(scope="module")
def openai_validator() -> Any:
    """A function that lists what is wrong with a value of a named schema, unknown keys included."""
    if not SPEC.is_file():
        pytest.skip("no OpenAPI document: ../shared/contracts is absent")
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    document = drawn_together(json.loads(SPEC.read_text("utf-8")))
    registry = Registry().with_resource("urn:openai", Resource(contents=document, specification=DRAFT202012))

    def wrong(name: str, value: Any) -> list[str]:
        schema = {"$ref": f"urn:openai#/components/schemas/{name}", "unevaluatedProperties": False}
        return [error.message for error in Draft202012Validator(schema, registry=registry).iter_errors(value)]

    return wrong


@each_request
@pytest.mark.parametrize(
    ("row", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-5"),
        ("openai", "gpt-6-luna"),
        ("ollama", "qwen3"),
        ("local", "m"),
    ],
)
def test_openai(openai_validator: Any, row: str, model: str, request_name: str) -> None:
    body = sent(ROWS[row], model, request_name)
    assert openai_validator("CreateChatCompletionRequest", body) == []
    assert openai_validator("ChatCompletionStreamOptions", body["stream_options"]) == []
    if "response_format" in body:
        assert openai_validator("ResponseFormatJsonSchema", body["response_format"]) == []


def test_the_openai_check_can_fail(openai_validator: Any) -> None:
    body = sent(ROWS["openai"], "gpt-4o-mini", "everything")
    for change in ({"random_seed": 1}, {"temperature": 3}, {"stop": 5}, {"reasoning_effort": "huge"}):
        assert openai_validator("CreateChatCompletionRequest", {**body, **change})
    assert openai_validator("ChatCompletionStreamOptions", {"usage": True})
    assert openai_validator(
        "ResponseFormatJsonSchema", {"type": "json_schema", "json_schema": {"strict": True}}
    )


LEVELS = {"MINIMAL", "LOW", "MEDIUM", "HIGH"}


def parsed_by_google(body: dict[str, Any]) -> None:
    """Raises when a field is unknown or of the wrong type."""
    types = pytest.importorskip("google.ai.generativelanguage_v1beta.types")
    from google.protobuf import json_format

    thinking = body.get("generationConfig", {}).get("thinkingConfig", {})
    fields = {field.json_name for field in types.ThinkingConfig.pb().DESCRIPTOR.fields}
    if "thinkingLevel" in thinking and "thinkingLevel" not in fields:  # younger than the published package
        assert thinking.pop("thinkingLevel") in LEVELS
    json_format.ParseDict(body, types.GenerateContentRequest.pb()())


@each_request
@pytest.mark.parametrize(
    "model", ["gemini-2.0-flash", "gemini-2.5-flash", "gemini-3-pro-preview", "gemini-4-argon"]
)
def test_gemini(model: str, request_name: str) -> None:
    parsed_by_google(sent(ROWS["gemini"], model, request_name))


def test_the_gemini_check_can_fail() -> None:
    body = sent(ROWS["gemini"], "gemini-2.5-flash", "everything")
    for change in ({"top_k_": 1}, {"generationConfig": {"thinkingLevel": "LOW"}}, {"contents": {"role": 1}}):
        with pytest.raises(Exception, match=r"Failed to parse|no field named"):
            parsed_by_google({**body, **change})


OLD, NEW = "2023-06-01", "2026-10-21"


def materialised(value: Any) -> Any:
    """The validated value with its lazy iterators read to the end, so that nothing stays unchecked."""
    if isinstance(value, dict):
        return {key: materialised(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [materialised(item) for item in value]


def parsed_by_anthropic(body: dict[str, Any]) -> dict[str, Any]:
    """The body as the SDK's types read it: without what they do not know. Raises for a wrong type."""
    params = pytest.importorskip("anthropic.types.message_create_params")
    pydantic = pytest.importorskip("pydantic")
    return materialised(pydantic.TypeAdapter(params.MessageCreateParamsStreaming).validate_python(body))


@each_request
@pytest.mark.parametrize(
    "model", ["claude-sonnet-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-sonnet-5-5"]
)
@pytest.mark.parametrize("version", [OLD, NEW])
def test_anthropic(version: str, model: str, request_name: str) -> None:
    body = sent(replace(ROWS["anthropic"], settings={"version": version}), model, request_name)
    if version == OLD:  # the types are those of the new version, which has no sampling parameters
        body = {name: value for name, value in body.items() if name not in {"temperature", "top_p"}}
    assert parsed_by_anthropic(body) == body


def test_the_anthropic_check_can_fail() -> None:
    body = sent(ROWS["anthropic"], "claude-opus-4-6", "low")
    for change in ({"temperature": 0.5}, {"thinking": {"type": "adaptive", "depth": 3}}):
        assert parsed_by_anthropic({**body, **change}) != {**body, **change}
    for change in ({"max_tokens": None}, {"output_config": {"effort": "minimal"}}, {"system": 5}):
        with pytest.raises(ValueError, match="validation error"):
            parsed_by_anthropic({**body, **change})
