"""The targets of the starter suites, each checked against its document or worked out another way."""

import ast
import json
import math
import operator
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from broker.suites import Sample, Suite
from broker.suites.starters import starters

CLAUSES, INVOICES, TICKETS, POLICIES, MEETINGS, SUMS = starters()

MONTHS = {
    name: number
    for names in (
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), 1)
}


def each(suite: Suite) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", suite.samples, ids=lambda sample: sample.id)


def target_of(sample: Sample) -> dict[str, Any]:
    (target,) = sample.targets
    return json.loads(target)


def document_of(sample: Sample) -> str:
    """The text in which the answer is to be found, on one line."""
    assert isinstance(sample.input, str)
    text = re.split(r"\n\n(?:Fields|Question):\n", sample.input)[0]
    return " ".join(text.split())


# Contract clauses

NUMBERS: dict[float, str] = {
    1: "sole once",
    2: "two zwei deux",
    3: "three tres drei",
    4: "four",
    5: "five",
    6: "six sechs",
    7: "seven",
    8: "eight huit",
    10: "ten diez",
    12: "twelve",
    14: "fourteen",
    15: "fifteen",
    18: "dix-huit",
    21: "twenty-one",
    24: "twenty-four",
    30: "trente",
    60: "sixty",
    90: "ninety",
}
KINDS = {
    "integer;": lambda value: type(value) is int,
    "number;": lambda value: type(value) in {int, float},
    "true or false;": lambda value: type(value) is bool,
    "YYYY-MM-DD;": lambda value: bool(date.fromisoformat(value)),
    "three-letter": lambda value: re.fullmatch("[A-Z]{3}", value),
    "two-letter": lambda value: re.fullmatch("[A-Z]{2}", value),
    '"days",': lambda value: value in {"days", "weeks", "months"},
    "the ": lambda value: value and isinstance(value, str),
}


@each(CLAUSES)
def test_a_clause_answers_each_field_asked_for_in_its_kind(sample: Sample) -> None:
    assert isinstance(sample.input, str)
    asked = re.findall(r"^- (\w+): (.*)$", sample.input.partition("\n\nFields:\n")[2], re.MULTILINE)
    target = target_of(sample)
    assert [name for name, _ in asked] == list(target)
    assert any(value is not None for value in target.values())
    for name, meaning in asked:
        fits = next(fits for start, fits in KINDS.items() if meaning.startswith(start))
        assert target[name] is None or fits(target[name]), name


def stands(value: object, text: str) -> bool:
    """Whether the text says the value, in digits, in words or as it is."""
    if isinstance(value, str):
        return value in text
    assert isinstance(value, int | float)
    plain = re.sub(r"(?<=\d)[,. '](?=\d{3}\b)", "", text)
    digits = f"{value:.10g}".replace(".", "[.,]")
    words = "".join(rf"|\b{word}\b" for word in NUMBERS.get(value, "").split())
    return re.search(rf"(?<![\d.,]){digits}(?!\d){words}", plain, re.IGNORECASE) is not None


@each(CLAUSES)
def test_what_is_read_from_a_clause_stands_in_it(sample: Sample) -> None:
    clause, quotes = document_of(sample), sample.metadata.get("evidence", {})
    target = target_of(sample)
    assert quotes.keys() <= target.keys()
    for name, value in target.items():
        if name in quotes:
            assert quotes[name] in clause
        elif value is not None:
            assert stands(value, clause), name


@each(CLAUSES)
def test_a_clause_has_60_to_250_words(sample: Sample) -> None:
    assert 60 <= len(document_of(sample).split()) <= 250


# Invoices


def cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@each(INVOICES)
def test_an_invoice_adds_up(sample: Sample) -> None:
    target, lines, rates = target_of(sample), sample.metadata["lines"], sample.metadata["rates"]
    net, tax, total = (cents(target[name]) for name in ("net", "tax", "total"))
    assert sum(map(cents, lines)) == net
    assert sum(cents(base) * 1 for base, _ in rates) in {net, 2 * net}  # two taxes on the same base
    assert sum((cents(base * percent / 100) for base, percent in rates), Decimal(0)) == tax
    assert net + tax == total
    assert (total < 0) is (target["document_type"] == "credit_note")


def mended(text: str) -> str:
    """The text with misread digits put right in what can only be numbers and dates."""
    misread = r"(?<![A-Za-z])[\dOIl][\dOIl.,']*(?![A-Za-z])"
    return re.sub(misread, lambda found: found[0].translate(str.maketrans("OIl", "011")), text)


def figures(text: str) -> str:
    """The text without separators in its numbers."""
    return re.sub(r"(?<=\d)[.,' ](?=\d)", "", mended(text))


@each(INVOICES)
def test_what_is_read_from_an_invoice_stands_in_it(sample: Sample) -> None:
    assert isinstance(sample.input, str)
    target, plain = target_of(sample), figures(sample.input)
    assert target["supplier"] in sample.input
    assert target["invoice_number"] in sample.input
    amounts = [*sample.metadata["lines"], target["total"]]
    if len(sample.metadata["rates"]) == 1:
        amounts += [target["net"], target["tax"]]
    for amount in map(cents, filter(None, amounts)):
        digits = {f"{abs(amount) * 100:.0f}", f"{abs(amount):.2f}".removesuffix(".00")}
        assert re.search(rf"(?<!\d)(?:{'|'.join(map(re.escape, digits))})(?!\d)", plain), amount


DAYS_ALLOWED = r"(\d+) (?:days|Tage|jours|días)|Net (\d+)"
IN_FIGURES = r"\b(\d\d)[./-](\d\d)[./-](\d{4}|\d\d)\b"
IN_WORDS = r"\b(\d{1,2})(?:st|nd|rd|th)?\.?[ -](?:of |de )?([A-Za-zäéû]+)(?:,? |-| de )(\d{4})\b"
MISREAD = {"Septernber": 9, "Octobcr": 10}


def dates_in(text: str) -> Iterator[date]:
    """The dates that the text gives, each in the order of day and month that its document keeps to."""
    yield from map(date.fromisoformat, re.findall(r"\b\d{4}-\d\d-\d\d\b", text))
    for one, two, year in re.findall(IN_FIGURES, text):
        day, month = (two, one) if "MM/DD" in text and "DD/MM" not in text else (one, two)
        yield date(int(year[-2:]) + 2000, int(month), int(day))
    months = {name.casefold(): number for name, number in (MONTHS | MISREAD).items()}
    american = re.findall(r"\b([A-Z][a-z]+) (\d{1,2}), (\d{4})\b", text)
    for day, name, year in [*re.findall(IN_WORDS, text), *((d, m, y) for m, d, y in american)]:
        if name.casefold() in months:
            yield date(int(year), months[name.casefold()], int(day))


@each(INVOICES)
def test_dates_of_an_invoice_stand_in_it_or_follow_from_its_terms(sample: Sample) -> None:
    text, target = mended(str(sample.input)), target_of(sample)
    given, issued = set(dates_in(text)), date.fromisoformat(target["invoice_date"])
    assert issued in given
    if target["due_date"] is None:
        assert target["document_type"] == "credit_note" or "on receipt" in text
        return
    due = date.fromisoformat(target["due_date"])
    allowed = {int(a or b) for a, b in re.findall(DAYS_ALLOWED, text)}
    assert due > issued
    assert due in given or due - issued in map(timedelta, allowed)


# Tickets, policies, meetings, sums


def test_every_queue_has_seven_tickets_and_is_described() -> None:
    labels = TICKETS.scorers[0].settings["labels"]
    assert Counter(sample.targets for sample in TICKETS.samples) == {(label,): 7 for label in labels}
    assert re.findall(r"^- (\w+): ", TICKETS.system, re.MULTILINE) == labels


def test_half_of_the_policy_questions_can_be_answered() -> None:
    kinds = Counter(sample.tags[3] for sample in POLICIES.samples)
    assert kinds == {"answer": 24, "absent": 12, "refuse": 12}


@each(POLICIES)
def test_a_policy_holds_what_its_answer_rests_on(sample: Sample) -> None:
    evidence = sample.metadata.get("evidence", "")
    assert bool(evidence) is ("answer" in sample.tags)
    assert evidence in document_of(sample)
    question = str(sample.input).rpartition("\n\nQuestion:\n")[2].casefold()
    assert not any(target.casefold() in question for target in sample.targets)


WEEKDAYS = {
    name: number
    for names in (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    )
    for number, name in enumerate(names.split())
}
SOON = {"today": 0, "this afternoon": 0, "heute": 0, "tomorrow": 1, "demain": 1, "morgen": 1}
OF_ANOTHER_ITEM = {"the day before": -1, "on the day after": 1, "on the day of the board meeting": 0}
UNSET = {"no hurry", "Ein Datum wurde nicht genannt", "no fixed date"}


def due_by(words: str, met: date) -> date:
    """The day that the words mean in a meeting of that day: a date, the end of a month, a weekday, soon."""
    month = next((MONTHS[word] for word in re.findall(r"\w+", words) if word in MONTHS), None)
    if number := re.search(r"\d{1,2}", words):
        days = (met + timedelta(ahead) for ahead in range(90))
        return next(day for day in days if day.day == int(number[0]) and month in {None, day.month})
    if re.search(r"\bend of (?:the|this) month|fin du mois|end of (?:January|March)", words):
        month = month or met.month
        return date(met.year, month, monthrange(met.year, month)[1])
    for name, weekday in WEEKDAYS.items():
        if re.search(rf"\b{name}\b", words):
            ahead = (weekday - met.weekday() - 1) % 7 + 1
            return met + timedelta(ahead + 7 * ("of next week" in words))
    return next(met + timedelta(ahead) for word, ahead in SOON.items() if word in words.lower())


@each(MEETINGS)
def test_action_items_are_due_when_the_minutes_say(sample: Sample) -> None:
    met, quotes = date.fromisoformat(sample.metadata["meeting_date"]), sample.metadata["evidence"]
    actions = target_of(sample)["actions"]
    dates = {date.fromisoformat(action["due"]) for action in actions if action["due"]}
    for action, words in zip(actions, quotes, strict=True):
        assert words in document_of(sample)
        due = date.fromisoformat(action["due"]) if action["due"] else None
        if words in OF_ANOTHER_ITEM:
            assert due is not None
            assert due - timedelta(OF_ANOTHER_ITEM[words]) in dates
        else:
            assert due == (None if words in UNSET else due_by(words, met)), words


@each(MEETINGS)
def test_owners_were_there_and_the_rule_asks_for_the_same_items(sample: Sample) -> None:
    actions = target_of(sample)["actions"]
    assert len(actions) >= 2
    assert all(re.search(rf"\b{action['owner']}\b", document_of(sample)) for action in actions)
    assert all(action["task"] for action in actions)
    asked = json.loads(sample.variables["owners_and_dates"])
    assert asked == {"actions": [{name: a[name] for name in ("owner", "due")} for a in actions]}


@each(MEETINGS)
def test_the_heading_of_the_minutes_names_the_day_and_its_weekday(sample: Sample) -> None:
    met = date.fromisoformat(sample.metadata["meeting_date"])
    heading = str(sample.input).splitlines()[0]
    (weekday,) = {number for name, number in WEEKDAYS.items() if name in heading}
    assert weekday == met.weekday()
    assert re.search(rf"\b{met.day}\b.*\b{met.year}$", heading)
    assert 90 <= len(str(sample.input).split()) <= 250


OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
FUNCTIONS = {
    "round": round,
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "sqrt": math.sqrt,
}
CONVERSIONS = {1, 2, 4, 6, 7, 12, 100}  # percent, months, days of a week; decimals; the small counts in words
COUNTED = {"Fifty": "50", "eight years": "8", "five years": "5", "Three years": "36"}


def value_of(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](value_of(left), value_of(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return FUNCTIONS[name](*(int(v) if v == 2 else v for v in map(value_of, arguments)))
        case _:
            raise ValueError(ast.dump(node))


@each(SUMS)
def test_a_sum_comes_to_its_target_by_its_formula(sample: Sample) -> None:
    formula = ast.parse(sample.metadata["formula"], mode="eval").body
    assert value_of(formula) == pytest.approx(float(sample.targets[0]), abs=1e-6)


@each(SUMS)
def test_a_formula_takes_its_figures_from_the_question(sample: Sample) -> None:
    question = re.sub(r"(?<=\d),(?=\d{3}\b)", "", str(sample.input))
    told = {float(found) for found in re.findall(r"\d+(?:\.\d+)?", question)}
    told |= {float(number) for words, number in COUNTED.items() if words in question}
    formula = ast.walk(ast.parse(sample.metadata["formula"], mode="eval"))
    used = {float(node.value) for node in formula if isinstance(node, ast.Constant)}
    assert used <= told | CONVERSIONS


def test_a_formula_may_only_calculate() -> None:
    with pytest.raises(KeyError):
        value_of(ast.parse("open('x')", mode="eval").body)
