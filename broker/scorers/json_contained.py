"""Somewhere in the answer there is JSON, which fits a schema if one is set."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.json_found import objects_in
from broker.scorers.json_schema import objection, usable
from broker.suites import Sample

VERSION = 1
PASSES = "a JSON object or array stands in the answer, and fits the schema if one is set"
SETTINGS: Mapping[str, str] = {"schema": "a JSON schema; nothing it refers to is fetched"}


def score(answer: Answer, _sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where there is JSON that fits."""
    schema = usable(settings["schema"]) if settings.get("schema") is not None else None
    found = objects_in(answer.text)
    if not found:
        return verdict(False, None, "There is no JSON object or array in the answer.")
    if schema is None:
        return verdict(True, None, "The answer holds JSON.")
    problem = ""
    for value in found:
        problem = objection(value, schema)
        if problem is None:
            return verdict(True, None, "The answer holds JSON that fits the schema.")
    return verdict(False, None, f"The JSON in the answer does not fit the schema {problem}.")
