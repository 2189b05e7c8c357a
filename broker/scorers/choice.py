"""The letter of a multiple-choice answer is the target's."""

import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any

from broker.errors import ConfigError
from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected
from broker.scorers.texts import quoted
from broker.suites import Sample

VERSION = 1
PASSES = (
    "the letter read is the target's. Read is, by the first rule that finds one: the letter that the "
    "whole answer is, or that stands before the text of a choice; the last one said to be the answer "
    "(`Answer: B`, `the correct option is (C)`, `\\boxed{D}`); the only one that begins a line (`B) …`); "
    "the only one that stands in brackets, in bold or by itself; the only choice whose text is given. "
    "Two letters where one is asked are wrong, and the reason says so"
)
SETTINGS: Mapping[str, str] = {"values": VALUES}

_SCANNED = 20_000  # characters at each end: where an answer says its letter
_MARKS = r"[\s*_`\"'“”‘’(\[{$<]*"  # what may stand before a letter
_END = r"(?![\w'’])"
_NO_WORD = r"(?![AI]\s+(?!(?:or|and|is)\b)\w)"  # `A city` and `I think` name no choice
_SAID = (
    rf"(?:\b(?:answer|option|choice|antwort|réponse|respuesta)(?:\s+\w+)?[*_\"']*\s*(?:is|:|=|ist|est|es){_MARKS}"
    rf"(?:(?:option|choice|letter|answer)\b{_MARKS})?|\\boxed\s?\{{{_MARKS}(?:\\text\s?\{{)?\s?)"
)
_MORE = r"(?:[\s)\]}*_]*(?:,|/|&|\bor\b|\band\b)+[\s(\[*_]*([A-Z])(?![\w'’]))?"


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the letter is the target's."""
    letters = string.ascii_uppercase[: len(sample.choices) or 10]
    targets = [_letter_of(target, sample, letters) for target in expected(sample, settings)]
    read = letters_in(answer.text, letters, sample.choices)
    told = " or ".join(targets)
    if len(read) == 1:
        return verdict(read in targets, read, f"The letter read is {read}; the target is {told}.")
    found = f"it names {', '.join(read)}" if read else f"none is found in {quoted(answer.text)}"
    return verdict(False, None, f"No single letter can be read ({found}); the target is {told}.")


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
    if said := list(re.finditer(rf"(?i:{_SAID}){one}{_END}{_MORE}", text)):
        return _both(said[-1])
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


def _both(said: re.Match[str]) -> str:
    """The letter said, with the one that `or`, `and` or a comma adds to it."""
    return "".join(sorted({said[1], said[2] or said[1]}))


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
