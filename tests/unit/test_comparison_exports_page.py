"""docs/exports.md says which columns there are, all of them, in their order."""

import re

from broker.comparison_export.table import columns
from tests.exports_page import DOCS, SECTIONS, page
from tests.made_up_shortlist import shortlist


def test_the_page_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == page()


def test_every_column_is_described_in_its_place() -> None:
    described = [column.header for section in SECTIONS.values() for column in section]
    written = [column.header for column in columns(shortlist())]
    fixed = [header for header in written if not re.match("gate:|suite:", header)]
    assert [header for header in described if not re.match("gate:|suite:", header)] == fixed
    kinds = [re.sub("^suite:[^:]*:", "", header) for header in written if header.startswith("suite:")]
    told = [header.removeprefix("suite:Invoices:") for header in described if header.startswith("suite:")]
    assert kinds == 2 * told
