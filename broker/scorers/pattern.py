"""The answer matches a regular expression."""

from collections.abc import Mapping
from typing import Any

from broker.scorers import Answer, Score, unjudged, verdict
from broker.scorers.patterns import TooSlow, compiled, search
from broker.scorers.settings import flag, text
from broker.scorers.texts import quoted
from broker.suites import Sample
from broker.templates import fill

VERSION = 1
PASSES = "the pattern is found in the answer; not judged where the search takes too long"
SETTINGS: Mapping[str, str] = {
    "pattern": "the regular expression, in the syntax of Python; {{variables}} are filled in",
    "ignore_case": "upper and lower case are the same",
    "whole": "the pattern has to match the whole answer, white space at both ends left out",
}


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the pattern is found."""
    pattern = fill(text(settings, "pattern"), sample.variables)
    written = f"(?i:{pattern})" if flag(settings, "ignore_case") else pattern
    whole = flag(settings, "whole")
    compiled(written)
    try:
        found = search(written, answer.text.strip() if whole else answer.text, whole)
    except TooSlow:
        return unjudged(f"The pattern {quoted(pattern)} takes too long on this answer.")
    if found is None:
        return verdict(False, None, f"The answer does not match the pattern {quoted(pattern)}.")
    return verdict(
        True, found[:200], f"The answer matches the pattern {quoted(pattern)} with {quoted(found)}."
    )
