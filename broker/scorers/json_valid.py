"""The whole answer is JSON, and fits a schema if one is set."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, verdict
from broker.scorers.json_found import NoJson, unfenced, whole
from broker.scorers.json_schema import objection, usable
from broker.scorers.settings import flag
from broker.suites import Sample

VERSION = 1
PASSES = (
    "the whole answer is valid JSON, and fits the schema if one is set; a code fence around it is told, "
    "not punished"
)
SETTINGS: Mapping[str, str] = {
    "schema": "a JSON schema; nothing it refers to is fetched",
    "strict": "a code fence around the JSON is wrong",
}


def score(answer: Answer, _sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the answer is JSON that fits."""
    schema = usable(settings["schema"]) if settings.get("schema") is not None else None
    text, fenced = (answer.text, False) if flag(settings, "strict") else unfenced(answer.text)
    where = "inside a code fence " if fenced else ""
    if not text.strip():
        return verdict(False, None, "The answer is empty.")
    try:
        value = whole(text)
    except NoJson as error:
        return verdict(False, None, f"The answer is no valid JSON: {error}.")
    if schema is None:
        return verdict(True, None, f"The answer {where}is valid JSON.")
    if problem := objection(value, schema):
        return verdict(False, None, f"The JSON {where}does not fit the schema {problem}.")
    return verdict(True, None, f"The JSON {where}fits the schema.")
