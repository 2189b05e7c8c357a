"""Scorers that compare texts, from letter by letter to likeness in meaning."""

import math
from typing import Any

import pytest

from broker.errors import ConfigError
from broker.scorers import Answer, Score, judge
from broker.suites import Sample, ScorerSpec


def scored(name: str, text: str, *targets: str, **settings: Any) -> Score:
    sample = Sample("1", "q", targets, variables={"name": "Ada"})
    return judge(ScorerSpec(name, settings), Answer(text), sample)


@pytest.mark.parametrize(
    ("text", "target", "settings", "right"),
    [
        ("Paris", "Paris", {}, True),
        ("  Paris\n", "Paris", {}, True),
        ("  Paris\n", "Paris", {"trim": False}, False),
        ("paris", "Paris", {}, False),
        ("PARIS", "Paris", {"ignore_case": True}, True),
        ("STRASSE", "Straße", {"ignore_case": True}, True),
        ("Paris.", "Paris", {}, False),
        ("Paris.", "Paris", {"ignore_punctuation": True}, True),
        ("«Paris»…", "Paris", {"ignore_punctuation": True}, True),
        ("the Paris", "Paris", {"ignore_articles": True}, True),
        ("theatre", "atre", {"ignore_articles": True}, False),
        ("it’s — a\u00a0 test", "it's - a test", {}, False),
        ("it’s — a\u00a0 test", "it's - a test", {"normalise": True}, True),
        ("ﬁne Ａ１", "fine A1", {"normalise": True}, True),
        ("e\u0301te\u0301", "été", {"normalise": True}, True),
        ("", "", {}, True),
        ("", "x", {}, False),
        ("Ada", "{{name}}", {}, True),
    ],
)
def test_exact(text: str, target: str, settings: dict[str, Any], right: bool) -> None:
    assert scored("exact", text, target, **settings).passed is right


def test_one_of_several_targets_suffices() -> None:
    assert scored("exact", "b", "a", "b").passed
    assert scored("exact", "b", "a", values=["b"]).passed  # values set stand for the targets
    assert not scored("exact", "a", "a", values="b").passed


@pytest.mark.parametrize(
    ("text", "targets", "settings", "value"),
    [
        ("the fee is 10 euros", ("10 euros",), {}, 1),
        ("the fee is 10 Euros", ("10 euros",), {}, 0),
        ("the fee is 10 Euros", ("10 euros",), {"ignore_case": True}, 1),
        ("a c", ("a", "b"), {}, 1),
        ("a c", ("a", "b"), {"mode": "all"}, 0.5),
        ("a b", ("a", "b"), {"mode": "all"}, 1),
        ("c", ("a", "b"), {"mode": "all"}, 0),
        ("10", ("10 euros",), {"either_way": True}, 1),
        ("", ("10 euros",), {"either_way": True}, 0),
        ("anything", ("...",), {"ignore_punctuation": True}, 0),
        ("Das Jahr begann.", ("Ja",), {}, 1),
        ("Das Jahr begann.", ("Ja",), {"words": True}, 0),
        ("Ja, gern.", ("Ja",), {"words": True}, 1),
        ("I know.", ("no",), {"words": True}, 0),
        ("18", ("8",), {"words": True}, 0),
        ("um 8, nicht um 9.", ("8",), {"words": True}, 1),
        ("8.5 or 1,8 or 18", ("8",), {"words": True}, 0),
        ("It costs 9,90 €.", ("9,90 €",), {"words": True}, 1),
        ("(10%)", ("10%",), {"words": True}, 1),
        ("110%", ("10%",), {"words": True}, 0),
        ("C++ it is", ("C++",), {"words": True}, 1),
        ("fee_id", ("fee",), {"words": True}, 0),
        (
            "\u7b54\u3048\u306f\u6771\u4eac\u3067\u3059",
            ("\u6771\u4eac",),
            {"words": True},
            1,
        ),  # no spaces between words
        ("10", ("the 10 euros",), {"words": True, "either_way": True}, 1),
        ("1", ("the 10 euros",), {"words": True, "either_way": True}, 0),
    ],
)
def test_includes(text: str, targets: tuple[str, ...], settings: dict[str, Any], value: float) -> None:
    score = scored("includes", text, *targets, **settings)
    assert (score.value, score.passed) == (value, value == 1)


def test_starts_with() -> None:
    assert scored("starts-with", " Yes, it is", "No", "Yes").passed
    assert not scored("starts-with", "Oh yes", "Yes").passed
    assert scored("starts-with", "yes", "YES", ignore_case=True).passed


@pytest.mark.parametrize(
    ("text", "settings", "right"),
    [
        ("INV-2041 is due", {"pattern": r"INV-\d{4}"}, True),
        ("inv-2041", {"pattern": r"INV-\d{4}"}, False),
        ("inv-2041", {"pattern": r"INV-\d{4}", "ignore_case": True}, True),
        ("due INV-2041", {"pattern": r"INV-\d{4}", "whole": True}, False),
        (" INV-2041\n", {"pattern": r"INV-\d{4}", "whole": True}, True),
        ("ab", {"pattern": r"(?<=a)b(?!c)"}, True),
        ("I am Ada", {"pattern": "{{name}}$"}, True),
    ],
)
def test_regex(text: str, settings: dict[str, Any], right: bool) -> None:
    assert scored("regex", text, **settings).passed is right


def test_a_pattern_that_explodes_is_stopped_and_not_judged() -> None:
    score = scored("regex", "a" * 60 + "b", pattern=r"^(a|aa)+$")
    assert (score.value, score.passed) == (None, None)
    assert "too long" in score.explanation


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a" * 6_000,
        "(?:a{60000}){60000}",
        "((((a{100}){100}){100}){100}){100}",
        r"(?:[)(]{300}){400}",
        "(" * 3_000,
        "",
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(ConfigError):
        scored("regex", "a", pattern=pattern)


@pytest.mark.parametrize(
    "pattern", [r"\d{4}-\d{2}-\d{2} \d{1,100} .{0,5000}", r"\{60000\}{3}", "[{60000}]{9}"]
)
def test_ordinary_repetitions_are_taken(pattern: str) -> None:
    assert scored("regex", "a", pattern=pattern).passed is False


@pytest.mark.parametrize(
    ("text", "target", "f1"),
    [
        ("the Normans", "Normans", 1),
        ("Normans.", "normans", 1),
        # two of three words found, two of two right: 2 · 1 · ⅔ / (1 + ⅔)
        ("10th century", "10th and 11th centuries", 2 * 1 / (2 + 4)),
        ("in the 10th century", "10th century", 2 * 2 / (3 + 2)),
        ("a a a b", "a b b", 2 * 1 / (1 + 2)),  # articles go: one b against two
        ("", "", 1),
        ("the", "", 1),
        ("x", "the", 0),
        ("東京です", "東京", 2 * 2 / (4 + 2)),
    ],
)
def test_token_f1(text: str, target: str, f1: float) -> None:
    score = scored("token-f1", text, target)
    assert score.value == pytest.approx(f1)
    assert score.passed is None  # without a threshold


# The example of Lin 2004, section 3.1: S1 is the reference.
S1, S2, S3 = "police killed the gunman", "police kill the gunman", "the gunman kill police"


@pytest.mark.parametrize(
    ("text", "target", "settings", "value"),
    [
        (S2, S1, {"kind": "L", "measure": "recall"}, 0.75),
        (S3, S1, {"kind": "L", "measure": "recall"}, 0.5),
        (S2, S1, {"kind": 2}, 1 / 3),
        (S3, S1, {"kind": 2}, 1 / 3),
        (S1, S1, {}, 1),
        ("police", S1, {"kind": 1, "measure": "recall"}, 0.25),
        ("police", S1, {"kind": 1, "measure": "precision"}, 1),
        ("police", S1, {"kind": 1}, 0.4),
        ("police police police", S1, {"kind": 1, "measure": "precision"}, 1 / 3),
        ("Police, KILLED the gunman!", S1, {}, 1),
        ("", S1, {}, 0),
        ("x", S1, {"kind": 2}, 0),
        ("größer als früher", "größer als heute", {"kind": 1}, 2 / 3),
    ],
)
def test_rouge(text: str, target: str, settings: dict[str, Any], value: float) -> None:
    assert scored("rouge", text, target, **settings).value == pytest.approx(value)


# By hand: of the runs of one to four words 5 of 6, 3 of 5, 1 of 4 and 0 of 3 are shared.
SAT, IS = "the cat sat on the mat", "the cat is on the mat"


@pytest.mark.parametrize(
    ("text", "targets", "value"),
    [
        (SAT, (IS,), (5 / 6 * 3 / 5 * 1 / 4 * 0.1 / 3) ** (1 / 4)),
        ("the the the the the the the", (IS,), (2 / 7 * 0.1 / 6 * 0.1 / 5 * 0.1 / 4) ** (1 / 4)),
        ("The cat is on", (IS,), math.exp(1 - 6 / 4)),  # all right, but too short
        ("10 euros", ("10 Euros.",), 1),
        ("dog", (IS,), 0),
        ("", (IS,), 0),
        ("?", ("!",), 0),
    ],
)
def test_bleu(text: str, targets: tuple[str, ...], value: float) -> None:
    assert scored("bleu", text, *targets).value == pytest.approx(value)


# The candidates of Papineni et al. 2002, example 1, with the scores that NLTK's documentation gives.
CANDIDATE = "It is a guide to action which ensures that the military always obeys the commands of the party"
REFERENCES = (
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the "
    "Party",
    "It is the practical guide for the army always to heed the directions of the party",
)


def test_bleu_of_the_published_example() -> None:
    assert scored("bleu", CANDIDATE, *REFERENCES).value == pytest.approx(0.5046, abs=5e-5)


@pytest.mark.parametrize(
    ("text", "target", "value"),
    [
        (SAT, IS, 9 / 18),
        ("the cat", IS, 3 / 18),  # recall is less than precision
        (f"{IS} {IS}", IS, 18 / 42),  # and here precision is less than recall
        ("The CAT is on the mat!", IS, 1),
        ("", IS, 0),
        ("dog", IS, 0),
    ],
)
def test_gleu(text: str, target: str, value: float) -> None:
    assert scored("gleu", text, target).value == pytest.approx(value)


def test_gleu_takes_the_closest_target() -> None:
    assert scored("gleu", SAT, "nothing alike", IS).value == pytest.approx(0.5)


def test_rouge_takes_the_closest_target() -> None:
    assert scored("rouge", S2, "nothing alike", S1, kind=1).value == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("text", "target", "settings", "value", "passed"),
    [
        ("kitten", "sitting", {}, 1 - 3 / 7, None),
        ("kitten", "sitting", {"max_distance": 3}, 1 - 3 / 7, True),
        ("kitten", "sitting", {"max_distance": 2}, 1 - 3 / 7, False),
        ("", "", {"max_distance": 0}, 1, True),
        ("", "abc", {}, 0, None),
        ("KITTEN", "kitten", {"ignore_case": True, "max_distance": 0}, 1, True),
    ],
)
def test_levenshtein(
    text: str, target: str, settings: dict[str, Any], value: float, passed: bool | None
) -> None:
    score = scored("levenshtein", text, target, **settings)
    assert score.value == pytest.approx(value)
    assert score.passed is passed


def test_comparisons_that_would_take_minutes_are_not_made() -> None:
    for name, text in (("levenshtein", "ab" * 500_000), ("rouge", "a b " * 250_000)):
        score = scored(name, text, text[::-1])
        assert (score.value, score.passed) == (None, None)


def test_similarity_says_that_it_is_not_correctness() -> None:
    near = scored("similarity", "The invoice has been paid.", "The bill was settled and paid.")
    far = scored("similarity", "Whales are mammals that live in the sea.", "The bill was settled and paid.")
    assert near.value is not None
    assert far.value is not None
    assert 0 <= far.value < near.value <= 1
    assert near.passed is None
    assert "not correctness" in near.explanation
    assert scored("similarity", " ", "x").value == 0


def test_a_text_is_similar_to_itself() -> None:
    assert scored("similarity", "Pay the bill", "Pay the bill").value == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("exact", {"trim": "yes"}),
        ("exact", {"values": [""]}),
        ("exact", {"values": 3}),
        ("includes", {"mode": "some"}),
        ("includes", {"ignore_cas": True}),
        ("regex", {}),
        ("rouge", {"kind": 0}),
        ("rouge", {"measure": "f2"}),
        ("levenshtein", {"max_distance": -1}),
        ("levenshtein", {"max_distance": True}),
        ("levenshtein", {"max_distance": float("nan")}),
    ],
)
def test_settings_that_make_no_sense(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        scored(name, "", "x", **settings)


@pytest.mark.parametrize("name", ["exact", "includes", "starts-with", "token-f1", "rouge", "levenshtein"])
def test_a_sample_without_a_target_cannot_be_compared(name: str) -> None:
    with pytest.raises(ConfigError, match="no target"):
        scored(name, "x")
