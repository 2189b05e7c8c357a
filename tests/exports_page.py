"""Writes docs/exports.md from the columns: `.venv/bin/python -m tests.exports_page`."""

from collections.abc import Iterable
from pathlib import Path

from broker.assurance.attributes import ATTRIBUTES
from broker.comparison import Gate
from broker.comparison_export import parts, questionnaire
from broker.comparison_export.columns import Column
from broker.comparison_export.of_calls import SPEED, USE
from broker.comparison_export.of_cost import COST
from broker.comparison_export.of_offer import DETAILS, IDENTITY, LIFECYCLE, PRICES
from broker.comparison_export.of_question import ANSWER, SCALES, fact_column, gate_column
from broker.comparison_export.of_runs import QUALITY, suite_columns
from broker.comparison_export.table import ABOUT

DOCS = Path(__file__).parents[1] / "docs" / "exports.md"
SECTIONS = {
    "Offer": IDENTITY,
    "Answer": ANSWER,
    "More about the offer": DETAILS,
    "Quality and what tasks cost": QUALITY,
    "Speed": SPEED,
    "A year of the workload": COST,
    "Prices": PRICES,
    "End": LIFECYCLE,
    "Use and votes": USE,
    "Scales": SCALES,
    "The comparison": ABOUT,
    "One set for each must-have, here of `hipaa_baa`": (gate_column(Gate("hipaa_baa")),),
    "One set for each chosen suite, here of one called `Invoices`": suite_columns("Invoices"),
    "One set for each fact about platforms": tuple(map(fact_column, ATTRIBUTES)),
}
INTRO = """# A comparison as files

Written by `.venv/bin/python -m tests.exports_page` from the columns; a test fails when it is stale.

| file | what it is for |
|---|---|
| wide CSV | one row an offer, one fact a column: spreadsheets, pivot tables |
| long CSV | one row for each thing known of an offer, with its limits, source and date: databases, audits |
| XLSX | the wide table with number formats, and sheets for gates, facts, suites and the question |
| HTML report | to print or send: recommendation, tables, charts; nothing is fetched, nothing runs |
| questionnaire | what of a platform is unknown or cannot be relied on, as questions to the vendor |

## How values are written

- **CSV** is UTF-8 with a byte order mark, comma-separated, with CRLF at the end of lines.
- **Unknown is an empty cell**, never 0, so that columns of numbers stay numbers; columns of status say
  `unknown` in words. `pandas.read_csv(file, keep_default_na=False, na_values=[""])` reads it as such.
- **Texts that a spreadsheet might run**, headers too, have one apostrophe before them, as have texts that
  start with one. To read a text, remove its first character if that is an apostrophe. Numbers have none.
- **Units** stand in the header: `_share` goes from 0 to 1, `_usd` is US dollars, `_ms` milliseconds, `_elo`
  a rating on Elo's scale. Money has every digit up to the billionth of a dollar, other numbers twelve
  digits. Dates are ISO 8601, instants UTC.
- **Intervals** hold 95 times of 100 and have columns of their own: `_low` and `_high`, with what the figure
  rests on in `_n`. `_source` and `_as_of` say where it comes from.
- **Columns keep their order**: first the fixed ones below, then must-haves and suites in the order of the
  question, then all facts. New columns come beside those that they belong to: read columns by their names.
- **Facts** have beside them how far each settles its question in `:standing`, why in `:reason`, and what
  other sources tell in `:also`: two that disagree are both there. `:expires` is the last day on which one
  counts.
- **The date of a price** is the day whose price it is; the version in its source says how fresh the list is.
- Whether figures were measured here or imported stands beside them. Borrowed quality has columns of its
  own.

## Columns of the wide form

`‹…›` stands for the endings that a column has beside it, each a column of its own.
"""
LONG = """
## Columns of the long form

| column | what it is |
|---|---|
| `offer` | the offer's id |
| `attribute` | the header of the wide form; of facts also `:standing`, `:reason`, `:also` and the like |
| `value` | the value; what is not known has no row, but for those that say so in words |
| `low`, `high`, `n` | its limits and what it rests on |
| `unit` | share, usd, ms, tokens/s, days, Elo, count or number; empty for texts and dates |
| `source`, `as_of` | where it comes from, and when that was |

## The workbook

The sheet Offers has the columns of the wide form; unknown is an empty cell there too. Cells are numbers,
dates or texts, none is a formula. Characters that a workbook cannot hold become \ufffd, texts are cut at
32,767 characters. The other sheets:
"""
QUESTIONS = """
## The questionnaire

One row for each fact that is unknown, without public evidence, expired, of low confidence or told
differently by sources. The vendor fills in `answer`, and where possible `answer_source` (a web address),
`answer_date` and `answer_note`. It is read back with commas, semicolons or tabs, with or without a byte
order mark, in UTF-8, UTF-16 or Windows' Western encoding; other columns are passed over. Answers are shown
beside what is known now, and kept only when somebody accepts them.

"""


def page() -> str:
    """Return the whole page."""
    sections = "".join(_section(title, columns) for title, columns in SECTIONS.items())
    sheets = {"Gates": parts.GATES, "Facts": parts.FACTS, "Tasks": parts.TASKS, "About": parts.ABOUT}
    rows = "".join(f"| {title} | {_named(names)} |\n" for title, names in sheets.items())
    workbook = f"\n| sheet | columns |\n|---|---|\n{rows}"
    return INTRO + sections + LONG + workbook + QUESTIONS + f"Columns: {_named(questionnaire.COLUMNS)}.\n"


def _section(title: str, columns: Iterable[Column]) -> str:
    rows = "".join(f"| {_header(column)} | {column.kind} | {column.about} |\n" for column in columns)
    return f"\n### {title}\n\n| column | kind | what it is |\n|---|---|---|\n{rows}"


def _header(column: Column) -> str:
    endings = ", ".join(f"{column.joint}{part}" for part in column.parts)
    return f"`{column.header}`{f' ‹{endings}›' if endings else ''}"


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DOCS.write_text(page(), encoding="utf-8")
