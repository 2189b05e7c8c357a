"""promptfoo's assertions as scorers: `(not-)?type(\\(threshold\\))?(:value)?` in tables, objects elsewhere.

Only rules of our own are run. Whatever would be code (javascript, python, ruby, webhook, files, template code
beyond `{{variable}}`) is refused with a `ValueError` whose message says why.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from broker.suites import ScorerSpec
from broker.suites.importers.json_file import loads
from broker.suites.importers.values import items, number, table, text, texts
from broker.templates import variables

CODE = frozenset({"javascript", "python", "ruby", "webhook"})
_FORM = re.compile(r"(not-)?([a-z][a-z-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?")
_OLD_NAMES = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}
_FILE = re.compile(r"\s*file://")
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}|\{%|\{#", re.DOTALL)
_PART = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?:,|$)|([^,]*)(?:,|$)')
_EXACT = {"trim": False}


@dataclass(frozen=True, slots=True)
class Assertion:
    """One check as promptfoo states it; `written` is in a table's cell, where other defaults hold."""

    type: str
    value: Any = None
    threshold: float | None = None
    negate: bool = False
    written: bool = False


def parse(cell: str) -> Assertion:
    """The assertion in a table's cell; without a known type in front, the whole cell is what is expected."""
    cell = cell.strip()
    if _FILE.match(cell):
        raise ValueError("files are not opened")
    found = _FORM.fullmatch(cell)
    kind = _OLD_NAMES.get(found[2], found[2]) if found else ""
    if not found or (kind not in TYPES and kind not in OTHER_TYPES):
        return Assertion("equals", cell, written=True)
    value = found[4].strip() if found[4] is not None else None
    return Assertion(kind, value, number(found[3]), bool(found[1]), written=True)


def of_object(raw: Mapping[str, Any]) -> Assertion:
    """The assertion of a configuration's object."""
    kind = text(raw.get("type"))
    negate = kind.startswith("not-")
    return Assertion(kind.removeprefix("not-"), raw.get("value"), number(raw.get("threshold")), negate)


def spec(check: Assertion) -> ScorerSpec:
    """The scorer that judges as the assertion does; raises `ValueError` where none does."""
    if check.type in CODE:
        raise ValueError(f"{check.type} is code, which is never run")
    if check.type not in TYPES:
        raise ValueError(f"there is no scorer like {check.type or 'an assertion without type'!r}")
    refuse_code(check.value)
    made = replace(TYPES[check.type](check), negate=check.negate)
    if made.threshold is not None and not 0 <= made.threshold <= 1:
        raise ValueError(f"expected a threshold from 0 to 1, found {made.threshold:g}")
    return made


def refuse_code(value: Any) -> None:
    """Raise `ValueError` for files and for template code, wherever in the value it stands."""
    if not isinstance(value, str):
        for part in [*items(value), *table(value).values()]:
            refuse_code(part)
        return
    if _FILE.match(value):
        raise ValueError("files are not opened")
    for found in _TEMPLATE.finditer(value):
        if not variables(found[0]):
            raise ValueError(f"template code is not run: {found[0][:60]}")


def _one(check: Assertion) -> str:
    if isinstance(check.value, list | dict):
        raise ValueError(f"{check.type} takes one text")
    if text(check.value) == "":
        raise ValueError(f"{check.type} needs a value")
    return text(check.value)


def _many(check: Assertion) -> list[str]:
    """The values of a list, or of a text parted by commas, each without blanks around it.

    A part in quotation marks may hold commas, and a quotation mark written twice.
    """
    value = check.value
    if isinstance(value, list):
        parts = texts(cast("list[Any]", value))
    else:
        found = _PART.finditer(text(value))
        parts = [m[2].strip() if m[1] is None else m[1].replace('""', '"') for m in found]
    if not any(parts):
        raise ValueError(f"{check.type} needs values")
    return [part for part in parts if part]


def _equals(check: Assertion) -> ScorerSpec:
    if table(check.value):
        told = {"values": [text(check.value)], "exact_fields": True, "ordered": True}
        return ScorerSpec("json-fields", told, threshold=1.0)
    if isinstance(check.value, dict | list):
        raise ValueError("equals with a list or an empty object")
    return ScorerSpec("exact", {"values": [_one(check)], **_EXACT})


def _includes(mode: str = "", **settings: Any) -> Callable[[Assertion], ScorerSpec]:
    def made(check: Assertion) -> ScorerSpec:
        values = _many(check) if mode else [_one(check)]
        told = {"mode": mode} if mode == "all" else {}
        return ScorerSpec("includes", {"values": values, **_EXACT, **settings, **told})

    return made


def _json(name: str, **settings: Any) -> Callable[[Assertion], ScorerSpec]:
    def made(check: Assertion) -> ScorerSpec:
        schema = check.value
        if isinstance(schema, str) and schema.strip():
            try:
                schema = loads(schema)
            except (ValueError, RecursionError):
                raise ValueError(f"the schema of {check.type} is no JSON") from None
        if schema not in (None, "") and not isinstance(schema, dict):
            raise ValueError(f"the schema of {check.type} is no object")
        return ScorerSpec(name, {**settings, "schema": schema} if schema else settings)

    return made


def _limit(name: str, setting: str) -> Callable[[Assertion], ScorerSpec]:
    def made(check: Assertion) -> ScorerSpec:
        limit = check.threshold
        if limit is None:
            raise ValueError(f"{check.type} needs a threshold")
        return ScorerSpec(name, {setting: limit})

    return made


def _graded(name: str, default: float, written: float, **settings: Any) -> Callable[[Assertion], ScorerSpec]:
    """A similarity: it passes from the threshold on; tables and configurations have their own default."""

    def made(check: Assertion) -> ScorerSpec:
        threshold = check.threshold if check.threshold is not None else written if check.written else default
        return ScorerSpec(name, {"values": [_one(check)], **settings}, threshold=threshold)

    return made


def _similar(check: Assertion) -> ScorerSpec:
    """One text, or several of which one suffices."""
    if not isinstance(check.value, list):
        return _graded("similarity", 0.75, 0.8)(check)
    values = _many(check)
    if check.negate and len(values) > 1:
        raise ValueError("not-similar to several texts, where being unlike one of them suffices")
    threshold = 0.75 if check.threshold is None else check.threshold
    return ScorerSpec("similarity", {"values": values}, threshold=threshold)


def _levenshtein(check: Assertion) -> ScorerSpec:
    # A cell without a threshold means 0.75 letters in promptfoo, so: none. A threshold of 0 means 5.
    limit = check.threshold or (0.75 if check.written and check.threshold is None else 5)
    return ScorerSpec("levenshtein", {"values": [_one(check)], "max_distance": limit, **_EXACT})


def _judged(name: str, setting: str) -> Callable[[Assertion], ScorerSpec]:
    def made(check: Assertion) -> ScorerSpec:
        # A rubric may be a list or an object: the judge is then told it as JSON.
        told = text(check.value) if name == "rubric" and check.value else _one(check)
        return ScorerSpec(name, {setting: [told] if setting == "values" else told}, threshold=check.threshold)

    return made


TYPES: Mapping[str, Callable[[Assertion], ScorerSpec]] = {
    "equals": _equals,
    "contains": _includes(),
    "icontains": _includes(ignore_case=True),
    "contains-any": _includes("any"),
    "icontains-any": _includes("any", ignore_case=True),
    "contains-all": _includes("all"),
    "icontains-all": _includes("all", ignore_case=True),
    "starts-with": lambda check: ScorerSpec("starts-with", {"values": [_one(check)], **_EXACT}),
    "regex": lambda check: ScorerSpec("regex", {"pattern": _one(check)}),
    "is-json": _json("json", strict=True),
    "contains-json": _json("contains-json"),
    "levenshtein": _levenshtein,
    "rouge-n": _graded("rouge", 0.75, 0.75, kind="1"),
    "similar": _similar,
    "cost": _limit("cost", "max_usd"),
    "latency": _limit("latency", "max_ms"),
    "is-refusal": lambda _check: ScorerSpec("refusal"),
    "llm-rubric": _judged("rubric", "rubric"),
    "factuality": _judged("factuality", "values"),
    "model-graded-closedqa": _judged("closed-qa", "criterion"),
}
# Known by name so that a cell of theirs is not taken for a text to be equal to.
OTHER_TYPES = CODE | {
    "answer-relevance", "assert-set", "bleu", "classifier", "contains-html", "contains-sql", "contains-xml",
    "context-faithfulness", "context-recall", "context-relevance", "conversation-relevance", "finish-reason",
    "g-eval", "gleu", "guardrails", "human", "is-html", "is-sql", "is-valid-function-call",
    "is-valid-openai-function-call", "is-valid-openai-tools-call", "is-xml", "max-score", "meteor",
    "moderation", "perplexity", "perplexity-score", "pi", "rouge-l", "rouge-s", "ruby", "search-rubric",
    "select-best", "tool-call-f1", "trace-error-spans", "trace-span-count", "trace-span-duration",
    "trajectory", "word-count",
}  # fmt: skip
