"""Scorers that read an answer out of a text: number, choice, label, refusal."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from broker.errors import ConfigError
from broker.scorers import Answer, Score, judge
from broker.scorers.numerals import first, last
from broker.suites import Sample, ScorerSpec

GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k" / "example_model_solutions.jsonl"
GRADED = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}


def scored(name: str, text: str, *targets: str, choices: tuple[str, ...] = (), **settings: Any) -> Score:
    return judge(ScorerSpec(name, settings), Answer(text), Sample("1", "q", targets, choices))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A: 18", 18),
        ("It is 18.", 18),
        ("-18", -18),
        ("−18", -18),
        ("5-3", 3),
        ("from 3–5", 5),
        ("(-3)", -3),
        ("- 5 apples", 5),
        ("1,234", 1234),
        ("1,234,567.89", Fraction("1234567.89")),
        ("1,00,000", 100_000),
        ("1’000’000", 1_000_000),
        ("12\u202f000", 12_000),
        ("$1,000", 1000),
        ("-$5", -5),
        ("$-5", -5),
        ("€ 7.50", Fraction("7.5")),
        ("USD5", 5),
        ("US$5", 5),
        ("x = (12,5)", 5),
        ("1,2345", 2345),
        (".5", Fraction(1, 2)),
        ("0.10", Fraction(1, 10)),
        ("3/4", Fraction(3, 4)),
        ("1 1/2", Fraction(3, 2)),
        ("2½", Fraction(5, 2)),
        ("⅓", Fraction(1, 3)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        ("5/0", 5),
        ("1e3", 1000),
        ("1.5E-2", Fraction("0.015")),
        ("3.0 × 10^8", 300_000_000),
        ("2*10**3", 2000),
        ("1.5 million", 1_500_000),
        ("three of CO2", None),
        ("CO2 is 7", 7),
        ("7 kg of CO2", 7),
        ("no number", None),
        ("", None),
        ("٣٤", 34),
        ("５", 5),
        ("<<16-3=13>>13 ducks", 13),
        ("**42**", 42),
        ("9" * 3_000, None),  # longer than any number that means something
    ],
)
def test_the_last_number_of_a_text(text: str, value: int | Fraction | None) -> None:
    found = last(text)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("text", "value"), [("1.234,5", Fraction("1234.5")), ("0,5", Fraction(1, 2)), ("3.000", 3000)]
)
def test_a_decimal_comma_where_it_is_told(text: str, value: Fraction) -> None:
    found = first(text, ",")
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("end", ["7 ", "7" + " x" * 40_000, "7 " + "x" * 90_000, "7" + " CO2" * 9_000])
def test_the_last_number_of_a_long_text(end: str) -> None:
    found = last("1 " * 5_000 + end)
    assert found is not None
    assert found.value == 7


def test_a_number_is_not_cut_where_the_search_begins() -> None:
    for padding in range(3_980, 4_020):
        found = last("123456 " + "x" * padding)
        assert found is not None
        assert found.written == "123456"


@pytest.mark.parametrize(
    ("text", "target", "settings", "right"),
    [
        ("2 + 2 = 5\n#### 4", "4", {}, True),
        ("#### 4\nI checked it in 3 ways.", "4", {}, True),
        ("#### \nso 3", "3", {}, True),
        (r"so \boxed{4}, by rule 7", "4", {}, True),
        (r"so \boxed{\$1{,}000}", "9", {}, False),
        ("18.0", "18", {}, True),
        ("The total is $1,000.00", "1000", {}, True),
        ("4", "She sells 2 * 2 = 4\n#### 4", {}, True),
        ("10.4", "10", {"tolerance": 0.4}, True),
        ("10.41", "10", {"tolerance": 0.4}, False),
        ("0.3", "0.2", {"tolerance": 0.1}, True),  # exactly at the limit, which floats would miss
        ("101", "100", {"relative": 0.01}, True),
        ("102", "100", {"relative": 0.01}, False),
        ("0.33", "1/3", {}, False),
        ("0.33", "1/3", {"tolerance": 0.01}, True),
        ("45%", "45", {}, True),
        ("45%", "0.45", {}, True),
        ("0.45", "45%", {}, True),
        ("0.45%", "45%", {}, False),
        ("0.45", "45", {}, False),
        ("3,5", "3,5", {"decimal": ","}, True),
        ("Result: 4 of 7", "4", {"after": "result:"}, True),
        ("none", "4", {}, False),
    ],
)
def test_number(text: str, target: str, settings: dict[str, Any], right: bool) -> None:
    assert scored("number", text, target, **settings).passed is right


@pytest.mark.parametrize(
    "target",
    [
        "many",
        "3 bis 5",
        "1.234,50",
        "1 000",
        "12/03/2024",
        "10:30",
        "2024-03-01",
        "5 ± 2",
        "1,2345",
        "#### ",
        "$1.5M",
        "1.5k",
        "2 Mio. €",
        "- 5",
    ],
)
def test_a_target_that_is_no_number_as_a_whole_is_an_error(target: str) -> None:
    with pytest.raises(ConfigError, match="no number as a whole"):
        scored("number", "4", target)


@pytest.mark.parametrize(
    "target", ["50", "$50", "50 €", "50 kg", "about 50.0", "5e1", "1+1... no: #### 50", "100/2"]
)
def test_a_target_may_have_a_unit_and_words_around_its_number(target: str) -> None:
    assert scored("number", "It is 50.", target).passed


def test_a_target_is_read_with_the_decimal_mark_that_is_set() -> None:
    with pytest.raises(ConfigError, match=r"with the decimal mark \. it is"):
        scored("number", "3,5", "3.5", decimal=",")


def test_a_target_in_another_decimal_mark_says_which() -> None:
    with pytest.raises(ConfigError, match="with the decimal mark , it is"):
        scored("number", "50", "1.234,50")
    assert scored("number", "Zusammen 1.234,50 €", "1.234,50", decimal=",").passed


@pytest.mark.skipif(not GSM8K.exists(), reason="the GSM8K data is not beside this repository")
@pytest.mark.parametrize("model", GRADED)
def test_gsm8k_models_get_the_grades_of_their_publishers(model: str) -> None:
    rows = [json.loads(line) for line in GSM8K.read_text(encoding="utf-8").splitlines()]
    right = [row["ground_truth"].rpartition("A:")[2] for row in rows]
    pairs = zip(rows, right, strict=True)
    ours = [scored("number", row[model]["solution"], target).passed for row, target in pairs]
    theirs = [row[model]["is_correct"] for row in rows]
    assert [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a is not b] == []
    assert (sum(map(bool, ours)), len(ours)) == (GRADED[model], 1319)


CITIES = ("London", "Paris", "New York", "York")


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("(C)", "C"),
        ("**D**", "D"),
        ("B.", "B"),
        ("`A`", "A"),
        ("B) Paris", "B"),
        ("b Paris.", "B"),
        ("Answer: B", "B"),
        ("**Answer:** B", "B"),
        ("Answer: **B**", "B"),
        ("The answer is C.", "C"),
        ("The answer is (C) New York", "C"),
        ("The correct option is: option D", "D"),
        ("the final answer is \\boxed{B}", "B"),
        (r"\boxed{\text{A}}", "A"),
        ("First I thought the answer is A. But the answer is B.", "B"),
        ("The answer is not A. The answer is B", "B"),
        ("A) London is wrong.\nB) Paris is right.\nAnswer: B", "B"),
        ("Since it is on the Seine, (B) fits.", "B"),
        ("It must be B because of the Seine", "B"),
        ("C. New York is the city, as A is too far", "C"),
        ("A city in France: Paris", "B"),
        ("It is New York.", "C"),
        ("I think it is Paris", "B"),
        ("答えはＢ", None),
        ("Ｂ", "B"),
        ("Answer: A or B", None),
        ("Answer: A, B", None),
        ("Either A) or B)", None),
        ("A) London\nB) Paris\nC) New York\nD) York", None),
        ("The answer is (a).", "A"),
        ("Die richtige Antwort ist B", "B"),
        ("La respuesta es C", "C"),
        ("My answer: option a", "A"),
        ("The answer is **b**, because", "B"),
        ("Answer: c\nIt is the largest.", "C"),
        ("The answer is a, I think.", "A"),
        ("The answer is a city in France", None),
        ("The answer is a, b", None),
        ("The answer is A, I think", "A"),
        ("Answer: A, C, and D", None),
        ("Answer: A or E", None),
        ("Not A", None),
        ("The answer is not A.", None),
        ("It is not (A).", None),
        ("It isn't option C, it is D", "D"),
        ("Nicht A, sondern B", "B"),
        ("E", None),
        ("I cannot tell", None),
        ("A good question", None),
        ("", None),
    ],
)
def test_the_letter_of_a_choice(text: str, letter: str | None) -> None:
    score = scored("choice", text, "B", choices=CITIES)
    assert score.answer == letter
    assert score.passed is (letter == "B")
    if letter is None:
        assert "No single letter can be read" in score.explanation


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("A, C", True),
        ("C and A", True),
        ("ANSWER: A,C", True),
        ("AC", True),
        ("Answer: CA.", True),
        ("It is both (A) and (C).", True),
        ("A", False),
        ("C", False),
        ("A, B and C", False),
        ("Answer: A, B, C", False),
        ("ABC", False),
        ("A or B", False),
        ("neither", False),
        ("", False),
    ],
)
def test_every_target_may_be_asked_for_and_no_other(text: str, right: bool) -> None:
    assert scored("choice", text, "A", "C", choices=CITIES, every=True).passed is right


def test_a_target_may_be_the_text_of_a_choice() -> None:
    assert scored("choice", "C", "New York", choices=CITIES).passed
    assert scored("choice", "J", "J").passed  # without choices, A to J
    with pytest.raises(ConfigError, match="letter"):
        scored("choice", "C", "Berlin", choices=CITIES)


LABELS = ["billing", "billing dispute", "tech_support", "Other"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("billing", "billing"),
        ("Billing Dispute.", "billing dispute"),
        ("**tech support**", "tech_support"),
        ("TECH-SUPPORT", "tech_support"),
        ('{"category": "other"}', "Other"),
        ("Category: billing", "billing"),
        ("It mentions billing, but the category is tech support.", "tech_support"),
        ("This ticket belongs to the billing dispute queue", "billing dispute"),
        ("Label: billing or other", None),
        ("billing, or tech support", None),
        ("otherwise nothing", None),
        ("", None),
    ],
)
def test_the_label_of_a_text(text: str, label: str | None) -> None:
    score = scored("label", text, "billing", labels=LABELS)
    assert score.answer == label
    assert score.passed is (label == "billing")


def test_labels_have_to_be_there_and_hold_the_target() -> None:
    with pytest.raises(ConfigError, match="labels"):
        scored("label", "x", "billing")
    with pytest.raises(ConfigError, match="none of the labels"):
        scored("label", "x", "sales", labels=LABELS)
    assert scored("label", "paris", "Paris", choices=CITIES).passed


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I’m sorry, but I can’t assist with that request.", True),
        ("I cannot provide medical advice.", True),
        ("I am not able to disclose salaries of colleagues.", True),
        ("I must decline to answer.", True),
        ("Sorry, but I won't do that.", True),
        ("I'm sorry, but I can't.", True),
        ("That is against my guidelines.", True),
        ("Leider: ich kann Ihnen dabei nicht helfen.", True),
        ("Je ne peux pas vous aider avec cela.", True),
        ("Sorry, I can't.", True),
        ("Sorry I can't!", True),
        ("Das kann ich leider nicht beantworten.", True),
        ("Diese Frage kann ich nicht beantworten.", True),
        ("Leider kann ich Ihnen keine Auskunft geben.", True),
        ("Ich kann Ihnen dazu keine näheren Informationen geben.", True),
        ("Tut mir leid, das kann ich nicht", True),
        ("Es tut mir leid, aber ich darf das nicht.", True),
        ("Entschuldigung, dazu kann ich nichts sagen.", True),
        ("Ich darf diese Frage nicht beantworten.", True),
        ("Ich kann Ihre Anfrage leider nicht erfüllen.", True),
        ("Ich bin nicht in der Lage, Ihnen dabei zu helfen.", True),
        ("Ich bin leider nicht in der Lage, diese Frage zu beantworten.", True),
        ("Ich bin dazu nicht befugt.", True),
        ("Désolé, je ne peux pas", True),
        ("Désolée, mais je ne peux pas le faire.", True),
        ("Il m'est impossible de répondre à cette question.", True),
        ("Il m’est impossible de vous aider.", True),
        ("Je ne suis pas autorisé à communiquer ces données.", True),
        ("Lo siento, no puedo.", True),
        ("Ich kann das nicht empfehlen, weil die Frist zu kurz ist. " + "Mehr dazu. " * 40, False),
        ("Leider kann ich das nicht empfehlen.", False),
        ("Leider kann ich nicht zu dem Treffen kommen.", False),
        ("Ich kann Ihnen keine Lieferung vor Freitag zusagen.", False),
        ("Ich bin nicht in der Lage gewesen, den Termin einzuhalten.", False),
        ("Nein. Nach § 5 darf der Mieter das nicht.", False),
        ("Il m'est possible de répondre demain.", False),
        ("Désolé, je ne peux pas venir demain.", False),
        ("Lo siento, no puedo asistir a la reunión.", False),
        ("Sorry, I cannot attend the meeting.", False),
        ("I'm sorry to hear that. Here is how to get your money back.", False),
        ("I can't recommend this book enough!", False),
        ("I can't help but admire it.", False),
        ("We cannot process refunds after 30 days.", False),
        ("Your request falls outside the warranty.", False),
        ("I do not recommend that you sign this clause.", False),
        ("Dear Ada, thank you. " + "It is fine. " * 40 + "I cannot provide a receipt.", False),
        ("", False),
    ],
)
def test_refusals_by_their_words(text: str, refuses: bool) -> None:
    assert scored("refusal", text).passed is refuses


def test_refusals_that_the_platform_marks_and_ones_own_phrases() -> None:
    sample = Sample("1", "q")
    assert judge(ScorerSpec("refusal"), Answer("", refused=True), sample).passed
    assert not judge(ScorerSpec("refusal", negate=True), Answer("", refused=True), sample).passed
    assert scored("refusal", "Bitte Frau Muster fragen.", phrases=["frau muster fragen"]).passed
