"""Questions to a vendor: what of a platform is not known, or cannot be relied on."""

from collections.abc import Iterator
from datetime import date

from broker.assurance import Fact, Known
from broker.assurance.attributes import ATTRIBUTES, NUMBERS, Attribute
from broker.assurance.platforms import PLATFORM
from broker.assurance.standing import Standing, standing
from broker.assurance.values import UNCLEAR, in_words
from broker.export import to_csv

ANSWER, SOURCE, DAY, NOTE = "answer", "answer_source", "answer_date", "answer_note"
COLUMNS = (
    "platform",
    "attribute",
    "scope",
    "question",
    "answer_with",
    "known",
    "why_asked",
    "known_source",
    "known_as_of",
    ANSWER,
    SOURCE,
    DAY,
    NOTE,
)


def questionnaire_csv(facts: Known, platform: str, at: date) -> bytes:
    """The questions about a platform (its id in `broker.assurance.platforms`), with room for answers."""
    return to_csv(question_rows(facts, platform, at), COLUMNS)


def question_rows(facts: Known, platform: str, at: date) -> Iterator[dict[str, str | date | None]]:
    """One row for each attribute and scope that is unknown, without evidence, expired or otherwise amber."""
    for attribute in ATTRIBUTES:
        told = facts.get((platform, attribute.id), ())
        for scope in dict.fromkeys((None, *(fact.scope or None for fact in told))):
            found = standing([fact for fact in told if (fact.scope or None) == scope], at)
            if is_open(found, attribute):
                yield _row(platform, attribute, scope, found)


def is_open(found: Standing, attribute: Attribute) -> bool:
    """Whether what is told leaves the attribute open; a number or words that can be relied on do not."""
    if found.fact is None or found.verdict in ("no evidence", "amber"):
        return True
    return found.fact.value == UNCLEAR or (found.verdict == "unknown" and attribute.kind == "yes/no")


def name_of(platform: str) -> str:
    """The platform as people call it."""
    return PLATFORM[platform].name if platform in PLATFORM else platform


def _row(
    platform: str, attribute: Attribute, scope: str | None, found: Standing
) -> dict[str, str | date | None]:
    fact: Fact | None = found.fact
    about = f"{name_of(platform)} ({scope})" if scope else name_of(platform)
    return {
        "platform": platform,
        "attribute": attribute.id,
        "scope": scope,
        "question": _question(attribute, about),
        "answer_with": _answer_with(attribute),
        "known": in_words(fact) if fact else "nothing",
        "why_asked": found.reason,
        "known_source": fact.source_url if fact else None,
        "known_as_of": fact.as_of if fact else None,
    }


def _question(attribute: Attribute, about: str) -> str:
    if attribute.kind == "yes/no":
        return f"Is this true of {about}? {attribute.sentence}"
    if attribute.kind in NUMBERS:
        return f"For {about}, in {attribute.kind}: {attribute.sentence}"
    return f"For {about}: {attribute.sentence}"


def _answer_with(attribute: Attribute) -> str:
    if attribute.kind == "yes/no":
        return "yes or no; yes_by_contract, yes_by_request or the like where it hangs on a condition"
    if attribute.kind in NUMBERS:
        return f"a number of {attribute.kind}, or two with “to” between"
    return "words; semicolons between the items" if attribute.kind == "list" else "words"
