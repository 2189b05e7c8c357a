"""The number that the answer comes to is the target's, within a tolerance."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from broker.errors import ConfigError
from broker.scorers import Answer, Score, verdict
from broker.scorers.numerals import Number, first, last, only
from broker.scorers.settings import VALUES, amount, expected, one_of, text
from broker.scorers.texts import quoted
from broker.suites import Sample

VERSION = 2
PASSES = (
    "the number after the last `####`, else in the last `\\boxed{}`, else the last one in the answer, is "
    "the target's; `1,000`, `$1000` and `1e3` are the same, `45%` is 45 as well as 0.45, fractions are "
    "exact. A target has to be one number, with nothing but words or a unit around it"
)
TOLERANCES: Mapping[str, str] = {
    "tolerance": "how far the number may be from the target (0 unless set)",
    "relative": "how far, as a share of the target: 0.01 is one percent (0 unless set)",
    "decimal": "the decimal mark: . (unless set) or , with . between thousands",
}
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    **TOLERANCES,
    "after": "the words before the number, instead of `####`: the first number after the last of them",
}
_BOXED = re.compile(r"\\boxed\s?\{([^\n]{1,200})")


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the number is the target's."""
    wanted, decimal = expected(sample, settings), one_of(settings, "decimal", ".", ",")
    after = text(settings, "after", "")
    targets = [_target(target, decimal, sample) for target in wanted]
    near = margins(settings)
    found = _read(answer.text, after, decimal)
    if found is None:
        return verdict(False, None, "There is no number in the answer.")
    right = any(found.equals(target, *near) for target in targets)
    told = " or ".join(target.written for target in targets)
    return verdict(right, found.written, f"The number read is {found.written}; the target is {told}.")


def margins(settings: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """The tolerance and the relative tolerance, as exact as they are written."""
    return Fraction(str(amount(settings, "tolerance", 0))), Fraction(str(amount(settings, "relative", 0)))


def _target(text: str, decimal: str, sample: Sample) -> Number:
    """The number that a target is, or that stands after its `####`; raises `ConfigError` for part of one."""
    stated = text.rpartition("####")[2]
    if found := only(stated, decimal):
        return found
    other = "," if decimal == "." else "."
    hint = f"; with the decimal mark {other} it is" if only(stated, other) else ""
    raise ConfigError(f"sample {sample.id}: its target {quoted(text)} is no number as a whole{hint}")


def _read(text: str, after: str, decimal: str) -> Number | None:
    """The number that a text comes to; a mark with no number behind it counts as none."""
    mark = after or "####"
    at = text.casefold().rfind(mark.casefold()) if after else text.rfind(mark)
    if at >= 0 and (found := first(text[at + len(mark) :][:2_000], decimal)):
        return found
    for boxed in reversed(_BOXED.findall(text)):
        if found := first(boxed, decimal):
            return found
    return last(text, decimal)
