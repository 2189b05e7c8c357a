"""The letter of a multiple-choice answer is the target's."""

import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any

from broker.errors import ConfigError
from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected, flag
from broker.scorers.texts import quoted
from broker.suites import Sample

VERSION = 2
PASSES = (
    "the letter read is the target's. Read is, by the first rule that finds one: the letter that the "
    "whole answer is, or that stands before the text of a choice; the last one said to be the answer "
    "(`Answer: B`, `the correct option is (C)`, `\\boxed{D}`); the only one that begins a line (`B) …`); "
    "the only one that stands in brackets, in bold or by itself; the only choice whose text is given. "
    "A letter after `not` is not read. Two letters where one is asked are wrong, and the reason says so"
)
SETTINGS: Mapping[str, str] = {
    "values": VALUES,
    "every": "true: all targets are asked for, and the letters read have to be these and no others",
}

_SCANNED = 20_000  # characters at each end: where an answer says its letter
_MARKS = r"[\s*_`\"'“”‘’(\[{$<]*"  # what may stand before a letter
_END = r"(?![\w'’])"
_NO_WORD = r"(?![AI]\s+(?!(?:or|and|is)\b)\w)"  # `A city` and `I think` name no choice
_SAID = (
    rf"(?:\b(?:answer|option|choice|antwort|réponse|respuesta)(?:\s+\w+)?[*_\"']*\s*(?:is|:|=|ist|est|es){_MARKS}"
    rf"(?:(?:option|choice|letter|answer)\b{_MARKS})?|\\boxed\s?\{{{_MARKS}(?:\\text\s?\{{)?\s?)"
)
_LOW = r"(?=[)\]}*_\"'”’`.,:;]|[^\S\n]*(?:\n|\Z))"  # what a small letter ends with: `a city` is none
_NOT = re.compile(
    rf"(?:\b(?i:not|never|nicht|kein|pas)|n['’]t)\s{_MARKS}(?:(?i:option|choice|answer|letter)\s{_MARKS})?[A-Z]{_END}"
)
_BETWEEN = "or|and|oder|und|ou|et"
_AND = rf"[\s)\]}}*_]*(?:[,/&]|\b(?:{_BETWEEN})\b)(?:\s(?:{_BETWEEN})\b)?{_MARKS}"  # between two of a list
_RUN = rf"(?:(?i:{_SAID})|{_MARKS})([A-Z]{{2,26}})[\W_]*"


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the letter is the target's."""
    letters = string.ascii_uppercase[: len(sample.choices) or 10]
    targets = [_letter_of(target, sample, letters) for target in expected(sample, settings)]
    read = letters_in(answer.text, letters, sample.choices)
    if flag(settings, "every"):
        return _every(read or _run(answer.text, letters), targets, answer.text)
    told = " or ".join(targets)
    if len(read) == 1:
        return verdict(read in targets, read, f"The letter read is {read}; the target is {told}.")
    found = f"it names {', '.join(read)}" if read else f"none is found in {quoted(answer.text)}"
    return verdict(False, None, f"No single letter can be read ({found}); the target is {told}.")


def _every(read: str, targets: list[str], text: str) -> Score:
    """1 where the letters read are those of all targets."""
    wanted = "".join(sorted(set(targets)))
    told = f"The letters read are {', '.join(read)}" if read else f"No letter is found in {quoted(text)}"
    return verdict(read == wanted, ", ".join(read) or None, f"{told}; the targets are {', '.join(wanted)}.")


def letters_in(text: str, letters: str, choices: tuple[str, ...] = ()) -> str:
    """The letter that the text answers with; several where it cannot be said which, empty where none is."""
    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > 2 * _SCANNED:
        text = f"{text[:_SCANNED]}\n{text[-_SCANNED:]}"
    one = f"([{letters}])"
    either = f"([{letters}{letters.lower()}])"
    if found := re.fullmatch(rf"{_MARKS}{either}[\s*_`\"'”’)\]}}.:$>]*", text):
        return found[1].upper()
    if found := _before_its_text(text, either, choices):
        return found
    text = _NOT.sub(" ", text)
    small = f"[{letters.lower()}]{_LOW}"
    more = f"{_AND}{_NO_WORD}(?:[A-Z]|{small}){_END}"
    if said := list(re.finditer(rf"(?i:{_SAID})((?:[{letters}]|{small}){_END}(?:{more})*)", text)):
        return _named(said[-1][1])
    rules = (
        rf"^{_MARKS}{one}[*_]*[).:](?=[\s*_]|$)",
        rf"(?:\(|\[|\*\*|__){one}(?:\)|\]|\*\*|__|[.:)]\*\*)",
        rf"(?<![\w'’.-]){_NO_WORD}{one}(?![\w'’-])",
    )
    seen = ""
    for rule in rules:
        named = "".join(sorted(set(re.findall(rule, text, re.MULTILINE))))
        if len(named) == 1:
            return named
        seen = seen or named
    return _by_text(text, letters, choices) or seen


def _before_its_text(text: str, either: str, choices: tuple[str, ...]) -> str | None:
    """The letter in `B) Paris` or `B Paris`, where Paris is choice B."""
    found = re.fullmatch(rf"{_MARKS}{either}[\s*_)\].:-]+(.{{1,500}}?)[\s.*_]*", text, re.DOTALL)
    if not found:
        return None
    at = string.ascii_uppercase.index(found[1].upper())
    same = at < len(choices) and choices[at].casefold().strip(" .") == found[2].casefold().strip(" .")
    return found[1].upper() if same else None


def _named(said: str) -> str:
    """The letters in a list of them."""
    return "".join(sorted({letter.upper() for letter in re.findall(r"(?<!\w)[A-Za-z](?!\w)", said)}))


def _run(text: str, letters: str) -> str:
    """The letters of an answer that has them side by side, as in `AC` or `Answer: AC`."""
    found = re.fullmatch(_RUN, text.strip())
    return "".join(sorted(set(found[1]))) if found and set(found[1]) <= set(letters) else ""


def _by_text(text: str, letters: str, choices: tuple[str, ...]) -> str:
    """The letters of the choices whose text is given, those left out that are a part of a longer one."""
    low = text.casefold()
    given = {
        choice.casefold(): letter
        for letter, choice in zip(letters, choices, strict=False)
        if choice and re.search(rf"(?<!\w){re.escape(choice.casefold())}(?!\w)", low)
    }
    return "".join(
        letter for choice, letter in given.items() if not any(choice in o for o in given if o != choice)
    )


def _letter_of(target: str, sample: Sample, letters: str) -> str:
    """The letter of a target, which may be the text of a choice instead."""
    letter = target.strip().strip("().").upper()
    if len(letter) == 1 and letter in letters:
        return letter
    if target in sample.choices:
        return letters[sample.choices.index(target)]
    raise ConfigError(
        f"sample {sample.id}: expected a letter of {letters} or a choice, found {target[:60]!r}"
    )
