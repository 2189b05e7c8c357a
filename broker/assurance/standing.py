"""What facts mean for a must-have: whether it is satisfied, and because of which fact."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from broker.assurance import Fact, Known, doubts, expired, newest_first
from broker.assurance.attributes import ATTRIBUTE, NUMBERS
from broker.assurance.platforms import caveat_of, platform_of
from broker.assurance.values import CONDITIONS, NO_EVIDENCE, amount, in_words, reading
from broker.types import Offer

Verdict = Literal["satisfied", "not satisfied", "unknown", "no evidence", "amber"]

NOTHING: frozenset[str] = frozenset()
# Scopes that are families of models, by the ids of those; any other scope is a maker's name.
_FAMILIES = {"Labs models": re.compile(r"^labs-|^leanstral")}


@dataclass(frozen=True, slots=True)
class Need:
    """How much a number must be, in its attribute's unit; a range must lie within."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a must-have stands. Only `satisfied` lets an offer pass.

    `unknown`: nothing is told, or what is told is no answer. `no evidence`: someone looked and found none.
    `amber`: something is told that cannot be relied on. `reason` is a sentence. `fact` is the one behind it,
    `also` has the others that are told.
    """

    verdict: Verdict
    reason: str
    fact: Fact | None = None
    also: tuple[Fact, ...] = ()


def standing_of(
    known: Known,
    offer: Offer,
    attribute: str,
    at: date,
    *,
    counts: frozenset[str] = NOTHING,
    need: Need | None = None,
) -> Standing:
    """How an attribute of an offer stands by facts about its maker or its family, else about the platform.

    `counts` and `need` are those of `standing`.
    """
    told = known.get((platform_of(offer.provider), attribute), ())
    closer = [fact for fact in told if fact.scope and _covers(fact.scope, offer)]
    if closer:
        return standing(closer, at, counts, need)
    whole = [fact for fact in told if not fact.scope]
    if told and not whole:
        scopes = ", ".join(sorted({fact.scope or "" for fact in told}))
        return Standing("unknown", f"It is told of {scopes} only.", None, tuple(told))
    return standing(whole, at, counts, need, caveat_of(offer.provider))


def standing(
    facts: Sequence[Fact],
    at: date,
    counts: frozenset[str] = NOTHING,
    need: Need | None = None,
    caveat: str = "",
) -> Standing:
    """How one attribute of one platform stands by the facts of one scope.

    `counts` has the conditions (of `CONDITIONS`) that are as good as a plain answer. The newest of staff's
    facts goes before the shipped ones. Expired facts are heard only where there are no others; where the
    rest come to different verdicts, none counts. `caveat` is a doubt about them all.
    """
    if not facts:
        return Standing("unknown", "Nothing is known about it.")
    heard = _heard(facts, at)
    verdicts = [_judge(fact, counts, need) for fact in heard]
    soundest = min(range(len(heard)), key=lambda i: len(doubts(heard[i], at)))
    fact, (verdict, said) = heard[soundest], verdicts[soundest]
    also = tuple(other for other in facts if other is not fact)
    if len({found for found, _ in verdicts}) > 1 or any(other.conflicting for other in heard):
        return Standing("amber", _disagreement(heard), fact, also)
    against = [*doubts(fact, at), *([caveat] if caveat else [])]
    if against:
        return Standing("amber", f"{said} But {' and '.join(against)}.", fact, also)
    return Standing(verdict, said + _overruled(fact, also), fact, also)


def _covers(scope: str, offer: Offer) -> bool:
    family = _FAMILIES.get(scope)
    return bool(family.search(offer.known_name)) if family else scope == offer.maker


def _heard(facts: Sequence[Fact], at: date) -> list[Fact]:
    first = newest_first(facts)
    if first[0].origin == "staff":
        return first[:1]
    return [fact for fact in first if not expired(fact, at)] or first


def _judge(fact: Fact, counts: frozenset[str], need: Need | None) -> tuple[Verdict, str]:
    """What a fact by itself comes to, and a sentence that says so."""
    if fact.value == NO_EVIDENCE:
        return "no evidence", "Someone looked and found no public evidence."
    attribute = ATTRIBUTE.get(fact.attribute)
    if attribute is not None and attribute.kind == "yes/no":
        return _judge_answer(fact, attribute.wanted, counts)
    if attribute is not None and attribute.kind in NUMBERS:
        return _judge_number(fact, attribute.kind, need)
    return "unknown", f"It is told in words: {fact.value}."


def _judge_answer(fact: Fact, wanted: str, counts: frozenset[str]) -> tuple[Verdict, str]:
    read = reading(fact.value)
    if read is None:
        return "unknown", f"What is told is neither yes nor no: {fact.value}."
    if read.answer != wanted:
        return "not satisfied", _said(fact)
    if read.condition and read.condition not in counts:
        return "not satisfied", f"Only {CONDITIONS[read.condition]}, which was not said to count."
    return "satisfied", _said(fact)


def _judge_number(fact: Fact, unit: str, need: Need | None) -> tuple[Verdict, str]:
    told = amount(fact.value)
    if told is None or fact.unit != unit:
        return "unknown", f"No number of {unit} is told: {fact.value}."
    if need is None:
        return "unknown", f"{_said(fact)} How much is enough was not said."
    low, high = told
    if _within(low, need) and _within(high, need):
        return "satisfied", _said(fact)
    if low == high or _apart(low, high, need):
        return "not satisfied", _said(fact)
    return "unknown", f"It depends: {in_words(fact)}."


def _within(number: Decimal, need: Need) -> bool:
    return (need.at_least is None or number >= need.at_least) and (
        need.at_most is None or number <= need.at_most
    )


def _apart(low: Decimal, high: Decimal, need: Need) -> bool:
    """Whether no number of the range would do."""
    return (need.at_least is not None and high < need.at_least) or (
        need.at_most is not None and low > need.at_most
    )


def _disagreement(facts: Sequence[Fact]) -> str:
    """The values that sources tell, or what the note says of another source that is not a row."""
    values = list(dict.fromkeys(f"“{in_words(fact)}”" for fact in facts))
    if len(values) > 1:
        return f"Sources disagree: {' and '.join(values)}."
    return " ".join(
        [f"Sources disagree: not all say {values[0]}.", *(f.note for f in facts if f.conflicting)]
    )


def _overruled(fact: Fact, also: Sequence[Fact]) -> str:
    """A sentence on shipped facts that say something else than staff's."""
    others = [other for other in also if other.origin == "shipped" and other.value != fact.value]
    if fact.origin == "shipped" or not others:
        return ""
    return f" The shipped source says otherwise: {'; '.join(in_words(other) for other in others)}."


def _said(fact: Fact) -> str:
    return f"{ATTRIBUTE[fact.attribute].name}: {in_words(fact)}."
