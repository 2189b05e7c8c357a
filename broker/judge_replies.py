"""Which grade a judging model's reply gives: in JSON, after the word "grade", or as all that it says."""

import re
from decimal import Decimal

from broker.scorers.json_found import dicts_in

_MARKUP = re.compile(r"[*`]")
_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,20})?"
_SCORE = rf"({_NUMBER})(?:\s?(?:/|(?:out )?of)\s?({_NUMBER}))?"  # 7, 7.0, 7/10, 7 out of 10


def grade_in(reply: str, grades: tuple[str, ...]) -> tuple[str | None, str]:
    """The one grade, as it stands in `grades` (in lower case), that the reply gives, and its reasons.

    A number gives the grade of the same number, also with the top of a scale of numbers behind it: 7.0 and
    7/10 are the grade 7 of a scale up to 10. `None` where it gives none, several, or one between two.
    """
    named = [item for item in dicts_in(reply) if "grade" in item]
    said = [str(item["grade"]) for item in named] or _behind_the_word(reply, grades) or [reply]
    found = {_meant(one, grades) for one in said}
    reasons = str(named[-1].get("reasons", "")) if named else ""
    return (found.pop() if len(found) == 1 else None), reasons


def _behind_the_word(reply: str, grades: tuple[str, ...]) -> list[str]:
    """What follows "grade" wherever it may be one: "4", "4.5" and "4/5", but nothing of "4 or 5" and "B+"."""
    names = "|".join(re.escape(grade) for grade in sorted(grades, key=len, reverse=True))
    another = rf"[ \t\"'_]*(?:[/–—-]|(?:out of|of|or|to|and)\b)[ \t\"'_]*(?:{names}|[0-9])"
    end = rf"(?!_*[^\W_]|[+%-]|[.,][0-9]|{another})"
    pattern = rf"\bgrade\b[\s\"'_:=]{{0,9}}(?:is )?[\s\"'_]{{0,9}}((?:{names}){end}|{_SCORE}{end})"
    return [found[1] for found in re.finditer(pattern, _MARKUP.sub("", reply.casefold()))]


def _meant(said: str, grades: tuple[str, ...]) -> str | None:
    """The grade that this text is, markup and full stop aside."""
    plain = said.strip().casefold()
    bare = _MARKUP.sub("", plain).strip(" \t\r\n\"'_").removesuffix(".")
    if exact := next((text for text in (plain, bare) if text in grades), None):
        return exact
    if (score := re.fullmatch(_SCORE, bare)) is None:
        return None
    numbers = {grade: Decimal(grade) for grade in grades if re.fullmatch(_NUMBER, grade)}
    given, top = score.groups()
    if top and (len(numbers) < len(grades) or Decimal(top) != max(numbers.values())):
        return None
    meant = [grade for grade, number in numbers.items() if number == Decimal(given)]
    return meant[0] if len(meant) == 1 else None
