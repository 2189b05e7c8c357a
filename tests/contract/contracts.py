"""What the makers publish about their requests, as functions that list what is wrong with one.

OpenAI's OpenAPI document, Google's protocol buffers, botocore's service model and the types of Anthropic's
SDK; strictly, so that a field nobody knows is wrong.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from broker.providers import Encoded
from broker.types import Provider

SPEC = Path(__file__).parents[3] / "shared" / "contracts" / "specs" / "openai.openapi.json"
LEVELS = {"MINIMAL", "LOW", "MEDIUM", "HIGH"}


def wrong(row: Provider, encoded: Encoded) -> list[str]:
    """What the published contract of its dialect says against a request, as it travels."""
    body = json.loads(json.dumps(encoded.body))
    match encoded.dialect:
        case "openai":
            return wrong_openai(body)
        case "responses":
            return openai_problems("CreateResponse", body)
        case "gemini":
            return wrong_gemini(body)
        case "anthropic":
            return wrong_anthropic(body)
        case "bedrock":
            return wrong_bedrock({**body, "modelId": "m"})
        case other:
            raise AssertionError(f"no contract for {other}")


def without_own_names(row: Provider) -> Provider:
    """The row without what is its platform's own and in no contract of OpenAI's."""
    return replace(row, renames={}, takes=frozenset()) if row.dialect == "openai" else row


def wrong_openai(body: dict[str, Any]) -> list[str]:
    """`CreateChatCompletionRequest`, and the parts in which the document allows anything."""
    parts = {
        "CreateChatCompletionRequest": body,
        "ChatCompletionStreamOptions": body.get("stream_options", {}),
    }
    if "response_format" in body:
        parts["ResponseFormatJsonSchema"] = body["response_format"]
    return [problem for name, part in parts.items() for problem in openai_problems(name, part)]


def openai_problems(name: str, value: Any) -> list[str]:
    """What is wrong with a value of a named schema, unknown keys included."""
    from jsonschema import Draft202012Validator

    schema = {"$ref": f"urn:openai#/components/schemas/{name}", "unevaluatedProperties": False}
    return [error.message for error in Draft202012Validator(schema, registry=_registry()).iter_errors(value)]


@cache
def _registry() -> Any:
    if not SPEC.is_file():
        pytest.skip("no OpenAPI document: ../shared/contracts is absent")
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    document = _drawn_together(json.loads(SPEC.read_text("utf-8")))
    return Registry().with_resource("urn:openai", Resource(contents=document, specification=DRAFT202012))


def _drawn_together(node: Any) -> Any:
    """OpenAPI's `nullable`, `oneOf` and `discriminator` in terms that a JSON Schema validator knows."""
    if isinstance(node, list):
        return [_drawn_together(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _drawn_together(value) for key, value in node.items() if key != "discriminator"}
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    return {"anyOf": [node, {"type": "null"}]} if node.pop("nullable", None) is True else node


def wrong_gemini(body: dict[str, Any]) -> list[str]:
    """Google's own parser: an unknown field or a wrong type."""
    types = pytest.importorskip("google.ai.generativelanguage_v1beta.types")
    from google.protobuf import json_format

    thinking = body.get("generationConfig", {}).get("thinkingConfig", {})
    fields = {field.json_name for field in types.ThinkingConfig.pb().DESCRIPTOR.fields}
    if "thinkingLevel" in thinking and "thinkingLevel" not in fields:  # younger than the published package
        assert thinking.pop("thinkingLevel") in LEVELS
    return _raised(lambda: json_format.ParseDict(body, types.GenerateContentRequest.pb()()))


def wrong_anthropic(body: dict[str, Any]) -> list[str]:
    """The SDK's types, which are those of the newest version: sampling is the older one's."""
    in_cloud = {"model": "in the path"} if body.pop("anthropic_version", None) else {}
    body = {name: value for name, value in body.items() if name not in {"temperature", "top_p"}} | in_cloud
    read: list[Any] = []
    problems = _raised(lambda: read.append(_materialised(_anthropic_types().validate_python(body))))
    return problems or ([] if read == [body] else ["it holds fields that the types do not know"])


@cache
def _anthropic_types() -> Any:
    params = pytest.importorskip("anthropic.types.message_create_params")
    pydantic = pytest.importorskip("pydantic")
    return pydantic.TypeAdapter(params.MessageCreateParamsStreaming)


def _materialised(value: Any) -> Any:
    """The validated value with its lazy iterators read to the end, so that nothing stays unchecked."""
    if isinstance(value, dict):
        return {key: _materialised(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [_materialised(item) for item in value]


def wrong_bedrock(params: dict[str, Any]) -> list[str]:
    """botocore's validator over the parameters of ConverseStream."""
    shape = _converse_stream()
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(params, shape)
    return report.generate_report().splitlines() if report.has_errors() else []


@cache
def _converse_stream() -> Any:
    session = pytest.importorskip("botocore.session")
    service = session.get_session().get_service_model("bedrock-runtime")
    return service.operation_model("ConverseStream").input_shape


def _raised(action: Callable[[], object]) -> list[str]:
    try:
        action()
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return []
