"""What differs between two answers, word by word."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

MAX_WORDS = 5_000

Where = Literal["both", "left", "right"]


class Piece(NamedTuple):
    """A stretch of text that both answers share, or that only the left or the right one has."""

    where: Where
    text: str


def words(left: str, right: str) -> list[Piece]:
    """The pieces in reading order, with as many shared words as there can be.

    Joined, the `both` and `left` ones give `left` and the `both` and `right` ones give `right`, but for
    white space, which belongs to the word before it. Only the first 5,000 words of each are compared.
    """
    runs = groupby(_marked(_split(left), _split(right)), itemgetter(0))
    return [Piece(where, "".join(word for _, word in run)) for where, run in runs]


def similarity(pieces: list[Piece]) -> float:
    """Shared words as a share of all words of both answers, 0 to 1; 1 when both are empty."""
    counts = {"both": 0, "left": 0, "right": 0}
    for piece in pieces:
        counts[piece.where] += len(piece.text.split())
    total = 2 * counts["both"] + counts["left"] + counts["right"]
    return 2 * counts["both"] / total if total else 1.0


def _split(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*", text)[:MAX_WORDS]


def _marked(old: list[str], new: list[str]) -> Iterator[tuple[Where, str]]:
    """Each word and where it stands; what one side alone has comes before what the other alone has."""
    i = j = 0
    for i_shared, j_shared in [*_shared(old, new), (len(old), len(new))]:
        for word in old[i:i_shared]:
            yield "left", word
        for word in new[j:j_shared]:
            yield "right", word
        if i_shared < len(old):
            word = new[j_shared]
            yield "both", word if word[-1].isspace() else old[i_shared]  # else what follows would stick to it
        i, j = i_shared + 1, j_shared + 1


def _shared(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The positions of a longest common subsequence of words, by bit-parallel dynamic programming.

    Bit i of row j is 0 where word i of `old` lengthens what `old` up to there shares with the first j words
    of `new` (Hyyrö 2004). 5,000 words a side take 0.05 s whatever they are; difflib takes seconds when a
    text repeats itself, as small models do.
    """
    masks: dict[str, int] = {}
    for i, word in enumerate(old):
        masks[word.strip()] = masks.get(word.strip(), 0) | 1 << i
    row = full = (1 << len(old)) - 1
    rows = [row]
    for word in new:
        both = row & masks.get(word.strip(), 0)
        row = (row + both | row - both) & full
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    i, j = len(old), len(new)
    while i and j:
        if rows[j] >> i - 1 & 1:
            i -= 1
        else:
            j -= 1
            if rows[j] >> i - 1 & 1:
                i -= 1
                pairs.append((i, j))
    return pairs[::-1]
