"""How the value of a fact reads: yes or no and under which condition, or a number."""

import re
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, NamedTuple

from broker.assurance import Fact
from broker.assurance.attributes import ATTRIBUTE, NUMBERS, Kind

NO_EVIDENCE = "no_public_evidence"
UNCLEAR = "unclear"
# What a yes can hang on, and how that is said after it.
CONDITIONS = {
    "by_approval": "with the vendor's approval",
    "by_contract": "in a contract of one's own",
    "by_request": "on request",
    "case_by_case": "case by case",
    "conditional": "under conditions",
    "enterprise_plan": "on the enterprise plan",
    "named_services": "for named services",
    "operator_controlled": "where the operator sees to it",
    "opt_out": "after opting out",
    "own_layer": "in the platform's own layer, whoever stands behind it",
    "partial": "in part",
    "priority_tier": "on the priority tier",
    "self_serve": "by a setting that the customer makes",
}


class Reading(NamedTuple):
    """A plain answer, and the condition that it hangs on (a key of `CONDITIONS`), if any."""

    answer: Literal["yes", "no"]
    condition: str = ""


READINGS = {
    **{
        name: Reading("yes", condition)
        for condition in CONDITIONS
        for name in (condition, f"yes_{condition}")
    },
    "yes": Reading("yes"),
    "yes_default": Reading("yes"),
    "no": Reading("no"),
    "announced_not_available": Reading("no"),
    "opt_out": Reading("no", "opt_out"),  # of what is done unless one objects
    "yes_opt_out": Reading("no", "opt_out"),
    "own_layer": Reading("no", "own_layer"),
    "no_own_layer": Reading("no", "own_layer"),
}
_SHOWN, _COMPARED = 3, 80  # conditions; letters of a value that is none
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))?")
_LINK = re.compile(r"https?://[^\s/?#]+\S*")


def reading(value: str) -> Reading | None:
    """What a value answers; `None` where it is neither a yes nor a no."""
    return READINGS.get(value)


def amount(value: str) -> tuple[Decimal, Decimal] | None:
    """The lowest and the highest number that `30` or `0 to 30` stands for; `None` for anything else."""
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    low = Decimal(found[1])
    return low, Decimal(found[2] or low)


def in_words(fact: Fact) -> str:
    """The value as it is said in a sentence: `30 days`, `yes, with the vendor's approval`."""
    read = reading(fact.value)
    if fact.value == NO_EVIDENCE:
        return "no public evidence"
    if fact.value == "announced_not_available":
        return "announced, not available"
    if read is not None:
        return f"{read.answer}, {CONDITIONS[read.condition]}" if read.condition else read.answer
    return f"{fact.value} {fact.unit}" if fact.unit else fact.value.replace("_", " ")


def problems(fact: Fact) -> list[str]:
    """What keeps a fact from being stored, in sentences; empty for a good one.

    A value that was there before may stay as it is: shipped ones are sometimes words where a number belongs.
    """
    attribute = ATTRIBUTE.get(fact.attribute)
    if attribute is None:
        return [f"{fact.attribute!r} is not an attribute."]
    units: set[str | None] = {attribute.kind} if attribute.kind in NUMBERS else {None}
    if amount(fact.value) is None:
        units.add(None)
    late = fact.checked_on is not None and fact.as_of is not None and fact.as_of > fact.checked_on
    found = (
        (not fact.platform.strip(), "The platform is missing."),
        (
            not (_fits(fact.value, attribute.kind) or fact.value == fact.was),
            _expected(attribute.kind, fact.value),
        ),
        (fact.unit not in units, f"The unit is {attribute.kind if attribute.kind in NUMBERS else 'empty'}."),
        (
            bool(fact.source_url) and not _LINK.fullmatch(fact.source_url or ""),
            "The source is not a web address.",
        ),
        (fact.confidence not in ("high", "medium", "low"), "Confidence is high, medium or low."),
        (late, "The source is dated later than it was checked."),
    )
    return [sentence for wrong, sentence in found if wrong]


def _fits(value: str, kind: Kind) -> bool:
    if value in (NO_EVIDENCE, UNCLEAR):
        return True
    if kind == "yes/no":
        return value in READINGS
    return amount(value) is not None if kind in NUMBERS else bool(value.strip())


def _expected(kind: Kind, value: str) -> str:
    told = repr(value if len(value) <= _COMPARED else f"{value[:_COMPARED]}…")
    if kind == "yes/no":
        return f"Expected yes or no, or a yes with its condition, found {told}. {_nearest(value)}"
    words = "some words" if kind in ("text", "list") else "a number, or two with `to` between"
    return f"Expected {words}, found {told}."


def _nearest(value: str) -> str:
    """The conditions that are most like what was written, as codes and in words."""
    said = {f"yes, {words}": name for name, words in CONDITIONS.items()}
    said |= {f"yes_{name}": name for name in CONDITIONS} | {name: name for name in CONDITIONS}
    close = get_close_matches(value[:_COMPARED].lower(), said, n=_SHOWN, cutoff=0.6)
    found = list(dict.fromkeys(said[one] for one in close)) or ["by_approval", "by_contract"]
    told = " or ".join(f"yes_{name} (yes, {CONDITIONS[name]})" for name in found)
    return f"Did you mean {told}?" if close else f"Such are {told}."
