"""Texts as scorers read and quote them: folded where differences do not count, cut into words, shortened."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import regex

from broker.scorers.settings import flag

FOLDS: Mapping[str, str] = {
    "trim": "leave out white space at both ends (true unless set)",
    "ignore_case": "upper and lower case are the same",
    "ignore_punctuation": "leave out punctuation",
    "ignore_articles": "leave out a, an and the",
    "normalise": "read typographic quotes, dashes, ligatures and full-width letters as plain ones, and any "
    "white space as one space",
}
_PLAIN = str.maketrans("‘’‚‛“”„‟‐‑‒–—−", "''''\"\"\"\"------")
# All that Unicode calls punctuation, and the symbols of Python's `string.punctuation`.
_PUNCTUATION = regex.compile(r"[\p{P}$+<=>^`|~]+")
_ARTICLES = {"a", "an", "the"}
# Writing without spaces between words: here a letter stands for a word.
_LETTERS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = regex.compile(rf"[{_LETTERS}]")
_WORD = regex.compile(rf"(?V1)[{_LETTERS}]|[[\w]--[_{_LETTERS}]]+")
_IN_WORD = rf"[[\w]--[{_LETTERS}]]"
_BEGINS = rf"(?V1)(?<!{_IN_WORD})(?<!\d[.,](?=\d))"
_ENDS = rf"(?!{_IN_WORD})(?!(?<=\d)[.,]\d)"
_PIECE = regex.compile(rf"(?V1)[{_LETTERS}]|[[\S]--[{_LETTERS}]]+")


def folded(text: str, settings: Mapping[str, Any]) -> str:
    """The text without the differences that these settings say do not count."""
    if flag(settings, "normalise"):
        text = " ".join(unicodedata.normalize("NFKC", text).translate(_PLAIN).split())
    if flag(settings, "ignore_case"):
        text = text.casefold()
    if flag(settings, "ignore_punctuation"):
        text = _PUNCTUATION.sub("", text)
    if flag(settings, "ignore_articles"):
        text = " ".join(word for word in text.split() if word.casefold() not in _ARTICLES)
    return text.strip() if flag(settings, "trim", default=True) else text


def words(text: str) -> list[str]:
    """The words in lower case, without punctuation and symbols."""
    return _WORD.findall(text.lower())


def has_words(text: str, wanted: str) -> bool:
    """Whether this stands in the text as whole words and numbers: nothing of one goes on at either end."""
    # Reading the pattern takes a hundred times as long as looking whether it can fit at all.
    return wanted in text and regex.search(f"{_BEGINS}{regex.escape(wanted)}{_ENDS}", text) is not None


def pieces(text: str) -> list[str]:
    """What stands between white space."""
    return text.split() if _LETTER.search(text) is None else _PIECE.findall(text)


def quoted(text: str, most: int = 80) -> str:
    """The text in quotes on one line of so many characters: fit for a sentence whoever wrote it."""
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    line = " ".join(line.split())
    cut = len(line) > most or len(text) > 4 * most
    return f"“{line[: most - 1]}…”" if cut else f"“{line}”"


def listed(texts: tuple[str, ...], word: str = "or") -> str:
    """The texts quoted, with this word before the last: “a”, “b” or “c”; the first three of many."""
    shown = [quoted(text) for text in texts[:3]]
    if len(texts) > 3:
        return f"{', '.join(shown)} {word} {len(texts) - 3} more"
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
