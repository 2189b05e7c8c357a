"""Scorers of JSON answers: validity, schemas, fields with partial credit, tool calls."""

import json
import time
from typing import Any

import pytest

from broker.errors import ConfigError
from broker.scorers import Answer, Score, judge
from broker.suites import Sample, ScorerSpec

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number"}, "id": {"type": "string", "pattern": "^INV-[0-9]+$"}},
    "required": ["total"],
    "additionalProperties": False,
}


def scored(name: str, text: str, *targets: object, **settings: Any) -> Score:
    written = tuple(target if isinstance(target, str) else json.dumps(target) for target in targets)
    return judge(ScorerSpec(name, settings), Answer(text), Sample("1", "q", written))


@pytest.mark.parametrize(
    ("text", "settings", "right"),
    [
        ('{"a": 1}', {}, True),
        (" [1, 2]\n", {}, True),
        ('"text"', {}, True),
        ("{'a': 1}", {}, False),
        ('{"a": 1,}', {}, False),
        ('{"a": NaN}', {}, False),
        ("", {}, False),
        ('```json\n{"a": 1}\n```', {}, True),
        ('```\n{"a": 1}```', {}, True),
        ('```json\n{"a": 1}\n```', {"strict": True}, False),
        ('Here: {"a": 1}', {}, False),
        ("9" * 5_000, {}, False),  # Python reads no number of so many digits
        ("[" * 100_000 + "]" * 100_000, {}, False),
        ('{"total": 3}', {"schema": SCHEMA}, True),
        ('{"total": 3}', {"schema": json.dumps(SCHEMA)}, True),
        ('{"total": "3"}', {"schema": SCHEMA}, False),
        ('{"total": 3, "more": 1}', {"schema": SCHEMA}, False),
        ('{"total": 3, "id": "INV-7"}', {"schema": SCHEMA}, True),
        ('{"total": 3, "id": "7"}', {"schema": SCHEMA}, False),
    ],
)
def test_valid_json(text: str, settings: dict[str, Any], right: bool) -> None:
    assert scored("json", text, **settings).passed is right


def test_a_code_fence_is_said_and_an_objection_has_its_place() -> None:
    assert "code fence" in scored("json", "```json\n1\n```").explanation
    assert "$.total" in scored("json", '{"total": "3"}', schema=SCHEMA).explanation


@pytest.mark.parametrize(
    ("text", "settings", "right"),
    [
        ('Here you are: {"total": 3}. Anything else?', {}, True),
        ('{"no"} then {"total": 3}', {"schema": SCHEMA}, True),
        ('{"x": 1} then {"y": 3}', {"schema": SCHEMA}, False),
        ("See [1] and [2]", {}, True),
        ("{placeholder} and [note]", {}, False),
        ("3", {}, False),
        ("", {}, False),
    ],
)
def test_json_somewhere_in_the_answer(text: str, settings: dict[str, Any], right: bool) -> None:
    assert scored("contains-json", text, **settings).passed is right


@pytest.mark.parametrize(
    ("schema", "value", "right"),
    [
        ({"patternProperties": {"^x": {"type": "number"}}}, {"x1": 1, "y": "a"}, True),
        ({"patternProperties": {"^x": {"type": "number"}}}, {"x1": "a"}, False),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, {"x1": 1}, True),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, {"y": 1}, False),
        ({"additionalProperties": {"type": "number"}}, {"y": "a"}, False),
        ({"additionalProperties": True}, {"y": "a"}, True),
        ({"uniqueItems": True}, [1, 2, "1"], True),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
        ({"uniqueItems": True}, [1, 1.0], False),
        ({"uniqueItems": True}, [1, True, 0, False], True),
        ({"uniqueItems": False}, [1, 1], True),
        ({"pattern": "^a"}, 3, True),  # a pattern asks for nothing of other types
        ({"$defs": {"n": {"type": "number"}}, "items": {"$ref": "#/$defs/n"}}, [1, "2"], False),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "number"}]}, ["a"], False),
    ],
)
def test_keywords_of_a_schema(schema: dict[str, Any], value: Any, right: bool) -> None:
    assert scored("json", json.dumps(value), schema=schema).passed is right


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "objekt"}, "{}"),
        ("{", "{}"),
        (3, "{}"),
        ({"pattern": "("}, '"a"'),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "{}"),  # would be fetched by the library's own registry
        ({"$ref": "#/nowhere"}, "{}"),
        ({"$ref": "#"}, "{}"),
    ],
)
def test_schemas_that_are_refused(schema: object, text: str) -> None:
    with pytest.raises(ConfigError):
        scored("json", text, schema=schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a|aa)+$"}, "a" * 60 + "b"),
        ({"patternProperties": {"^(a|aa)+$": {}}}, {"a" * 60 + "b": 1}),
        ({"uniqueItems": True}, [{}] * 10_000),
        ({"items": {"type": "number"}}, [1] * 300_000),
    ],
)
def test_hostile_answers_to_a_schema_end_soon(schema: dict[str, Any], value: Any) -> None:
    began = time.perf_counter()
    assert scored("json", json.dumps(value), schema=schema).passed is False
    assert time.perf_counter() - began < 3


INVOICE = {
    "number": "INV-1",
    "total": 1200.5,
    "date": "2026-03-12",
    "paid": False,
    "supplier": {"name": "Acme Ltd", "vat": None},
    "items": ["pens", "paper"],
}


def changed(**fields: Any) -> dict[str, Any]:
    return INVOICE | fields


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (INVOICE, {}),
        (changed(extra=1), {}),
        (changed(total="$1,200.50"), {}),
        (changed(total=1200.6), {"total": 0}),
        (changed(total=None), {"total": 0}),
        (changed(date="12 March 2026"), {}),
        (changed(date="March 12, 2026"), {}),
        (changed(date="12.03.2026"), {}),
        (changed(date="2026-03-12T10:00:00Z"), {}),
        (changed(date="12/03/2026"), {"date": 0}),
        (changed(date="2026-12-03"), {"date": 0}),
        (changed(paid="false"), {"paid": 0}),
        (changed(paid=0), {"paid": 0}),
        (changed(number=" INV-1 "), {}),
        (changed(number="inv-1"), {"number": 0}),
        (changed(supplier={"name": "Acme  Ltd"}), {"supplier.vat": 0}),
        (changed(supplier="Acme Ltd"), {"supplier.name": 0, "supplier.vat": 0}),
        (changed(items=["paper", "pens"]), {}),
        (changed(items=["paper"]), {"items": 1 / 2}),
        (changed(items=["paper", "pens", "ink"]), {"items": 2 / 3}),
        (changed(items=["paper", "paper"]), {"items": 1 / 2}),
        (changed(items="paper"), {"items": 0}),
    ],
)
def test_fields(found: dict[str, Any], wrong: dict[str, float]) -> None:
    score = scored("json-fields", json.dumps(found), INVOICE)
    expected = (
        dict.fromkeys(("number", "total", "date", "paid", "supplier.name", "supplier.vat", "items"), 1.0)
        | wrong
    )
    assert score.parts == pytest.approx(expected)
    assert score.value == pytest.approx(sum(expected.values()) / 7)
    assert score.passed is (wrong == {})


@pytest.mark.parametrize(
    ("settings", "found", "value"),
    [
        ({"tolerance": 0.1}, changed(total=1200.6), 1),
        ({"relative": 0.01}, changed(total=1210), 1),
        ({"ignore_case": True}, changed(number="inv-1"), 1),
        ({"ordered": True}, changed(items=["paper", "pens"]), 6 / 7),
        ({"decimal": ","}, changed(total="1.200,50"), 1),
        ({"decimal": ","}, INVOICE, 1),
        ({"exact_fields": True}, changed(extra=1), 7 / 8),
        ({"fields": ["total", "supplier.name"]}, {"total": 1200.5}, 1 / 2),
        ({"fields": {"total": 3, "number": 1}}, {"total": 1200.5}, 3 / 4),
        ({"fields": ["supplier"]}, {"supplier": {"name": "Acme Ltd"}}, 1 / 2),
    ],
)
def test_settings_of_fields(settings: dict[str, Any], found: dict[str, Any], value: float) -> None:
    assert scored("json-fields", json.dumps(found), INVOICE, **settings).value == pytest.approx(value)


def test_objects_in_a_list_are_matched_with_their_likes() -> None:
    lines = [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]
    found = {"lines": [{"sku": "b", "n": 2}, {"sku": "a", "n": 9}]}
    assert scored("json-fields", json.dumps(found), {"lines": lines}).value == pytest.approx((1 + 0.5) / 2)


def test_the_closest_of_several_targets_counts() -> None:
    assert scored("json-fields", '{"a": 2}', {"a": 1}, {"a": 2}).passed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"a": 1}\n```', 1),
        ('The fields are {"a": 1}.', 1),
        ('{"a": 0} no, {"a": 1}', 1),
        ('[{"a": 1}]', 0),
        ("a is 1", 0),
        ("", 0),
    ],
)
def test_where_the_object_stands(text: str, value: float) -> None:
    assert scored("json-fields", text, {"a": 1}).value == value


def test_wrong_fields_are_named() -> None:
    told = scored(
        "json-fields", json.dumps({"a": 1, "b": "x\u202e\n" * 99}), {"a": 2, "b": "y", "c": 3}
    ).explanation
    assert "0 of 3 fields are right" in told
    assert "a (expected 2, found 1)" in told
    assert "c (expected 3, it is missing)" in told
    assert told.isprintable()
    assert len(told) < 400


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("no json", {}),
        ("[1]", {}),
        ("{}", {}),
        ({"a": 1}, {"fields": ["b"]}),
        ({"a": 1}, {"fields": {"a": 0}}),
        ({"a": 1}, {"fields": "a"}),
    ],
)
def test_targets_and_fields_that_make_no_sense(target: object, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        scored("json-fields", "", target, **settings)


CALL = {"name": "refund", "arguments": {"order": "A1", "amount": 10}}


@pytest.mark.parametrize(
    ("calls", "value"),
    [
        ((("refund", '{"amount": 10.0, "order": "A1"}'),), 1),
        ((("refund", '{"amount": 9, "order": "A1"}'),), 0.75),
        ((("refund", '{"amount": 10, "order": "A1", "x": 1, "y": 2}'),), 0.75),
        ((("refund", "{"),), 0.5),
        ((("refund", ""),), 0.5),
        ((("cancel", '{"amount": 10, "order": "A1"}'),), 0),
        ((("cancel", "{}"), ("refund", '{"amount": 10, "order": "A1"}')), 1),
        ((), 0),
    ],
)
def test_tool_calls(calls: tuple[tuple[str, str], ...], value: float) -> None:
    sample = Sample("1", "q", (json.dumps(CALL),))
    score = judge(ScorerSpec("tool-call"), Answer("", tool_calls=calls), sample)
    assert score.value == pytest.approx(value)
    assert score.passed is (value == 1)


def test_a_target_that_is_no_tool_call() -> None:
    with pytest.raises(ConfigError, match="tool call"):
        scored("tool-call", "", {"name": "refund"})
