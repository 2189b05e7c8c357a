"""The words that two answers share: complete, in order, as many as there can be, and quickly found."""

import random
import time
from itertools import pairwise

import pytest

from broker.differences import MAX_WORDS, Piece, similarity, words


def joined(pieces: list[Piece], side: str) -> str:
    return "".join(piece.text for piece in pieces if piece.where in {"both", side})


def shared(pieces: list[Piece]) -> list[str]:
    return " ".join(piece.text for piece in pieces if piece.where == "both").split()


def longest(old: list[str], new: list[str]) -> int:
    """The textbook table of longest common subsequences."""
    above = [0] * (len(new) + 1)
    for word in old:
        row = [0]
        for j, other in enumerate(new):
            row.append(above[j] + 1 if word == other else max(row[j], above[j + 1]))
        above = row
    return above[-1]


EXAMPLES = [
    ("", "", []),
    ("same", "same", [("both", "same")]),
    ("", "new words", [("right", "new words")]),
    ("old words", "", [("left", "old words")]),
    ("a b c", "x y z", [("left", "a b c"), ("right", "x y z")]),
    (
        "The capital of France is Paris.",
        "The capital of Germany is Berlin.",
        [
            ("both", "The capital of "),
            ("left", "France "),
            ("right", "Germany "),
            ("both", "is "),
            ("left", "Paris."),
            ("right", "Berlin."),
        ],
    ),
    ("one two", "one and two", [("both", "one "), ("right", "and "), ("both", "two")]),
    ("one and two", "one two", [("both", "one "), ("left", "and "), ("both", "two")]),
    ("a  b\n\nc", "a b c", [("both", "a b c")]),
    (" a", "a ", [("both", "a ")]),
    ("a ", " a", [("both", "a ")]),
    ("Case", "case", [("left", "Case"), ("right", "case")]),
    ("a b", "a", [("both", "a "), ("left", "b")]),
    ("a", "a b", [("both", "a "), ("right", "b")]),
]


@pytest.mark.parametrize(("left", "right", "pieces"), EXAMPLES)
def test_pieces(left: str, right: str, pieces: list[tuple[str, str]]) -> None:
    assert words(left, right) == pieces


ALPHABETS = ["a", "ab", "abc", "abcdefghij", "é界😀ı"]
SPACES = [" ", "  ", "\n", "\t", "\n\n- ", "\u00a0", "\u2028"]


def texts(seed: int) -> tuple[str, str]:
    chance = random.Random(seed)
    alphabet = chance.choice(ALPHABETS)

    def text() -> str:
        length = chance.randrange(40)
        return "".join(chance.choice(alphabet) + chance.choice(SPACES) for _ in range(length))

    left = text()
    if seed % 3:
        return left, text()
    edited = [word for word in left.split() if chance.random() < 0.8]
    return left, " ".join(edited)


@pytest.mark.parametrize("seed", range(300))
def test_what_holds_for_any_two_texts(seed: int) -> None:
    left, right = texts(seed)
    pieces = words(left, right)
    assert joined(pieces, "right").split() == right.split()
    assert joined(pieces, "left").split() == left.split()
    assert all(piece.text for piece in pieces)
    assert all(a.where != b.where for a, b in pairwise(pieces))
    assert [piece.where for piece in pieces].count("left") <= len(left.split())
    kept = longest(left.split(), right.split())
    assert len(shared(pieces)) == kept
    assert len(shared(words(right, left))) == kept
    total = len(left.split()) + len(right.split())
    assert similarity(pieces) == (2 * kept / total if total else 1)


@pytest.mark.parametrize("seed", range(20))
def test_a_text_shares_everything_with_itself(seed: int) -> None:
    text = texts(seed)[0]
    assert words(text, text) == ([Piece("both", text)] if text.strip() else [])
    assert similarity(words(text, text)) == 1


@pytest.mark.parametrize(
    ("left", "right", "share"),
    [("", "", 1), ("a", "", 0), ("a b", "c d", 0), ("a b", "a b c d", 4 / 6), ("a b c d", "a x c y", 0.5)],
)
def test_similarity(left: str, right: str, share: float) -> None:
    assert similarity(words(left, right)) == pytest.approx(share)


def test_what_one_side_alone_has_stands_together() -> None:
    """Between two shared words the left words come first, not left and right in turns."""
    wheres = [piece.where for piece in words("a 1 2 3 4 b", "a 5 6 7 b")]
    assert wheres == ["both", "left", "right", "both"]


def test_only_the_first_words_are_compared() -> None:
    text = "word " * (MAX_WORDS + 7)
    pieces = words(text + "end", "word " * MAX_WORDS)
    assert pieces == [Piece("both", "word " * MAX_WORDS)]


VOCABULARY = [f"w{i}" for i in range(2_000)]
WEIGHTS = [1 / (rank + 1) for rank in range(2_000)]  # as in natural language
LONG = {
    "natural": lambda chance: chance.choices(VOCABULARY, WEIGHTS, k=MAX_WORDS),
    "one word": lambda _: ["a"] * MAX_WORDS,
    "two words": lambda chance: chance.choices("ab", k=MAX_WORDS),
    "a sentence repeated": lambda _: ["the", "model", "says", "it", "again", "and"] * 833,
    "no word twice": lambda chance: chance.sample([str(i) for i in range(9 * MAX_WORDS)], MAX_WORDS),
}


@pytest.mark.parametrize("kind", LONG)
def test_long_texts_take_less_than_a_second(kind: str) -> None:
    chance = random.Random(1)
    left, right = " ".join(LONG[kind](chance)), " ".join(LONG[kind](chance))
    start = time.perf_counter()
    pieces = words(left, right)
    assert time.perf_counter() - start < 1
    assert joined(pieces, "right").split() == right.split()
    assert joined(pieces, "left").split() == left.split()
