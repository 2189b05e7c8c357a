"""A vendor's answers read back, to be reviewed: nothing is stored by reading."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from broker.assurance import Fact, Known
from broker.assurance.attributes import ATTRIBUTE, NUMBERS, Attribute
from broker.assurance.values import READINGS, amount, problems
from broker.comparison_export.questionnaire import ANSWER, DAY, NOTE, SOURCE

_NEEDED = ("attribute", ANSWER)
_WRITTEN = ("scope", ANSWER, SOURCE, NOTE)
_BEYOND = "\x00"  # no column is called so: what stands in a row after the last one of the header
_MOST, _LONGEST, _SHORT = 1_000, 20_000, 200  # answers in a file, characters in a text, in a code or number
_DELIMITERS = ",;\t"
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:to|-|–|bis)\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer as the fact it would be, beside the one it would replace; `row` is the file's, from 2."""

    row: int
    proposed: Fact
    current: Fact | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, in which column; `row` 1 is the header."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """What the file says. A row with a problem has no proposal, one without an answer has neither."""

    rows: tuple[Proposal, ...]
    problems: tuple[Problem, ...]


def accepted(proposal: Proposal, by: str, on: date) -> Fact:
    """The answer as a person vouches for it, to be kept by `broker.assurance.staff.save`."""
    return replace(proposal.proposed, checked_by=by, checked_on=on)


def read_answers(data: bytes, platform: str, facts: Known, at: date) -> Review:
    """A filled questionnaire, as spreadsheets save it; `accepted` is what may be kept of it.

    Commas, semicolons or tabs, with or without a byte order mark; other columns are passed over.
    """
    records, refused = _table(_text(data))
    answered = [(row, record) for row, record in records[1:] if record.get(ANSWER) or record.get(_BEYOND)]
    if len(answered) > _MOST:
        refused.append(Problem(1, "file", f"Expected at most {_MOST:,} answers, found {len(answered):,}."))
    if refused:
        return Review((), tuple(refused))
    found = [_read(row, record, platform, facts, at) for row, record in answered]
    rows, wrong = _once([one for one in found if isinstance(one, Proposal)])
    faults = [fault for one in found if not isinstance(one, Proposal) for fault in one]
    return Review(rows, tuple(sorted([*faults, *wrong], key=lambda fault: fault.row)))


def _table(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """The header and the rows; what keeps them from being read."""
    records = list[tuple[int, dict[str, str]]]()
    try:
        records.extend(_records(text))
    except csv.Error as error:
        return records, [Problem(len(records) + 1, "file", f"It is not a table: {error}.")]
    header = records[0][1] if records else {}
    found = {name: header.get(name) for name in (*_NEEDED, "platform", "scope", SOURCE, DAY, NOTE)}
    wrong = [Problem(1, name, "This column is missing.") for name in _NEEDED if not found[name]]
    many = [name for name, count in found.items() if count not in (None, "1")]
    return records, [*wrong, *(Problem(1, name, "There are several columns of this name.") for name in many)]


def _text(data: bytes) -> str:
    """The file's text: UTF-8 or UTF-16 with its mark, else what old spreadsheets write in the West."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their numbers, by the header's names; cells without the guard against formulas."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    # The process's own limit: below it what is too long would be told of a row without its field.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [_cell(name).lower() for name in next(rows, list[str]())]
    if any(header):
        yield 1, {name: str(header.count(name)) for name in header}
    for number, row in enumerate(rows, start=2):
        cells = [_cell(cell) for cell in row] + [""] * (len(header) - len(row))
        beyond = {_BEYOND: "; ".join(filter(None, cells[len(header) :]))}
        yield number, dict(zip(header, cells, strict=False)) | beyond


def _cell(text: str) -> str:
    """The guard is the very first character: an apostrophe behind white space is the vendor's own."""
    return text.removeprefix("'").strip()


def _read(
    row: int, record: Mapping[str, str], platform: str, facts: Known, at: date
) -> Proposal | list[Problem]:
    """An answer as a proposal, or what is wrong with it."""
    if record[_BEYOND]:
        return [Problem(row, "file", f"It has cells beyond the header: {record[_BEYOND]!r}.")]
    if longest := [name for name in _WRITTEN if len(record.get(name, "")) > _LONGEST]:
        return [Problem(row, name, f"Expected at most {_LONGEST:,} characters.") for name in longest]
    attribute = ATTRIBUTE.get(record["attribute"])
    if attribute is None:
        return [Problem(row, "attribute", f"There is no attribute {record['attribute']!r}.")]
    if record.get("platform") not in (None, "", platform):
        return [Problem(row, "platform", f"Expected {platform}, found {record['platform']!r}.")]
    day = _day(record.get(DAY, ""), at)
    if isinstance(day, str):
        return [Problem(row, DAY, day)]
    scope = record.get("scope") or None
    current = next(
        (fact for fact in facts.get((platform, attribute.id), ()) if (fact.scope or None) == scope), None
    )
    fact = _fact(record, attribute, platform, current, day)
    faults = [Problem(row, _field(sentence), sentence) for sentence in problems(fact)]
    return faults or Proposal(row, fact, current)


def _fact(
    record: Mapping[str, str], attribute: Attribute, platform: str, current: Fact | None, day: date
) -> Fact:
    value = _value(record[ANSWER], attribute)
    counted = attribute.kind in NUMBERS and amount(value) is not None
    return Fact(
        id="",
        platform=platform,
        attribute=attribute.id,
        value=value,
        origin="staff",
        confidence="medium",
        unit=attribute.kind if counted else None,
        scope=record.get("scope") or None,
        source_url=record.get(SOURCE) or None,
        as_of=day,
        note=record.get(NOTE, ""),
        replaces=(current and current.id) or None,
        was=(current and current.value) or None,
    )


def _value(answer: str, attribute: Attribute) -> str:
    """The answer as facts have it: `Yes` is `yes`, `30 days` is `30`, `0-30` is `0 to 30`."""
    if attribute.kind in ("yes/no", *NUMBERS) and len(answer) > _SHORT:
        return answer  # no code and no number, and not worth the search
    if attribute.kind == "yes/no":
        code = re.sub(r"[\s-]+", "_", answer.lower().rstrip("."))
        return code if code in READINGS else answer
    if attribute.kind in NUMBERS:
        unit = "%" if attribute.kind == "percent" else attribute.kind
        bare = re.sub(rf"\s*({unit}|{unit.removesuffix('s')}|{attribute.kind})\s*", " ", answer.lower())
        number = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", bare).strip()
        both = _RANGE.fullmatch(number)
        number = f"{both[1]} to {both[2]}" if both else number
        return number if amount(number) else answer
    return answer


def _day(text: str, at: date) -> date | str:
    """A date; the day of reading where none is given; else a sentence on what was expected."""
    if not text:
        return at
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return found if found <= at else f"{found} is yet to come."
    return f"Expected a date such as 2026-11-22, found {text!r}."


def _field(sentence: str) -> str:
    """The column that a sentence of `problems` speaks of."""
    return SOURCE if "web address" in sentence else DAY if "dated" in sentence else ANSWER


def _once(rows: list[Proposal]) -> tuple[tuple[Proposal, ...], list[Problem]]:
    """The first answer to each question, and problems with further ones."""
    first: dict[tuple[str, str | None], Proposal] = {}
    for one in rows:
        first.setdefault((one.proposed.attribute, one.proposed.scope), one)
    again = [one for one in rows if first[one.proposed.attribute, one.proposed.scope] is not one]
    told = [Problem(one.row, "attribute", "It is answered in another row already.") for one in again]
    return tuple(first.values()), told
