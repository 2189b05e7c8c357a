"""What differs between two answers, word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MAX_WORDS = 5_000


class Piece(NamedTuple):
    """A stretch of text that both answers share, or that only the left or the right one has."""

    where: Literal["both", "left", "right"]
    text: str


def words(left: str, right: str) -> list[Piece]:
    """The pieces in reading order. The `both` and `left` ones joined give `left`, likewise `right`.

    White space belongs to the word before it. Only the first 5,000 words of each are compared.
    """
    old, new = _split(left), _split(right)
    matcher = SequenceMatcher(
        None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False
    )
    pieces: list[Piece] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("both", "".join(new[k:m])))
            continue
        if i < j:
            pieces.append(Piece("left", "".join(old[i:j])))
        if k < m:
            pieces.append(Piece("right", "".join(new[k:m])))
    return pieces


def similarity(pieces: list[Piece]) -> float:
    """Shared words as a share of all words of both answers, 0 to 1; 1 when both are empty."""
    counts = {"both": 0, "left": 0, "right": 0}
    for piece in pieces:
        counts[piece.where] += len(piece.text.split())
    total = 2 * counts["both"] + counts["left"] + counts["right"]
    return 2 * counts["both"] / total if total else 1.0


def _split(text: str) -> list[str]:
    return re.findall(r"\s*\S+\s*", text)[:MAX_WORDS]
