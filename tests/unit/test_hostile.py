"""Words that would like to be more than words: every engine keeps them, no file is more for them."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from broker.assurance import staff
from broker.comparison import Gate, Shortlist
from broker.comparison.saved import listed, load
from broker.comparison.scores import shortlist
from broker.comparison_charts import Figure
from broker.comparison_charts.latency import latency
from broker.comparison_charts.price_history import price_history
from broker.comparison_charts.quality_cost import quality_cost
from broker.comparison_charts.render import svg
from broker.comparison_charts.theme import themed
from broker.comparison_charts.timeline import timeline
from broker.comparison_charts.yearly_cost import curves, yearly_cost
from broker.comparison_export.long import long_csv
from broker.comparison_export.questionnaire import questionnaire_csv
from broker.comparison_export.report import html_report
from broker.comparison_export.wide import wide_csv
from broker.comparison_export.xlsx import workbook
from broker.config import load as load_config
from broker.lifecycle import Lifecycle
from db.benchmarks import Run
from db.reviews import Review
from db.session import Database
from pages import _offer_page_data as offer_page
from pages._overview_data import in_use, months
from tests import hostile
from tests.dbtools import ENGINES, fresh_database

AT = hostile.TODAY.date()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_every_engine_keeps_them(database: Database, tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_text(hostile.toml(), encoding="utf-8")
    config = load_config(tmp_path / "broker.toml")
    run_id = hostile.fill(database, config)
    with database.reader() as session:
        (saved,) = listed(session)
        assert saved.name == hostile.suite_name()
        assert load(session, saved.id).wanted.suites == ((hostile.suite_name(), 1),)
        assert set(hostile.OFFERS) <= in_use(session, (), hostile.TODAY)
        assert {one.maker for one in months(session, hostile.TODAY).now} == {hostile.suite_name()}
        assert len(staff.known_facts(session)[("two", "licence")]) == 1
        about = offer_page.about(session, config, hostile.OFFERS[0], hostile.TODAY)
        assert about is not None
        assert session.get_one(Run, run_id).name == hostile.suite_name()


def test_an_address_may_ask_for_anything(database: Database) -> None:
    with database.reader() as session:
        for key in (hostile.STORED, hostile.LONG, "\x00"):
            assert session.get(Run, key) is None
            assert session.get(Review, key) is None
            assert offer_page.about(session, load_config(), key, hostile.TODAY) is None


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Shortlist:
    """A comparison in which platforms, makers, offers, suites, workloads, facts and gates have such names."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "broker.toml").write_text(hostile.toml(), encoding="utf-8")
    config = load_config(folder / "broker.toml")
    with fresh_database("sqlite", folder) as database:
        hostile.fill(database, config)
        with database.reader() as session:
            one = hostile.compared(session, config)
    gates = (Gate("maker", hostile.STORED), Gate("region", hostile.STORED))
    wanted = replace(one.gathered.wanted, gates=gates, search=hostile.STORED)
    return shortlist(replace(one.gathered, wanted=wanted), draws=50)


@pytest.fixture(scope="module")
def drawn(found: Shortlist) -> dict[str, Figure]:
    made = {
        "quality": quality_cost(found),
        "latency": latency(found),
        "year": yearly_cost(found, curves(found, hostile.TERMS)),
        "prices": price_history(found),
        "lifecycle": timeline(_ending(found)),
    }
    figures = {name: figure for name, figure in made.items() if figure is not None}
    assert figures.keys() >= {"quality", "latency", "year", "lifecycle"}
    return figures


def _ending(found: Shortlist) -> Shortlist:
    """The same with a day on which each offer ends, of which such a source tells."""
    life = Lifecycle(retires=date(2027, 1, 1), source=hostile.WORDS, certainty="vendor")
    ranked = (replace(one, evidence=replace(one.evidence, lifecycle=life)) for one in found.ranked)
    return replace(found, ranked=tuple(ranked))


def test_no_table_is_a_formula_or_cut(found: Shortlist) -> None:
    for data in (wide_csv(found), long_csv(found), questionnaire_csv(found.gathered.facts, "two", AT)):
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [
            cell
            for row in rows
            for cell in row
            if re.match(r"\s*[=+\-@]|[\t\r\n]", cell) and not _is_number(cell)
        ]
        assert "evil.example" in data.decode("utf-8-sig")


def _is_number(cell: str) -> bool:
    try:
        return bool(Decimal(cell).is_finite())
    except InvalidOperation:
        return False


def test_a_workbook_has_no_formulas_links_or_pictures(found: Shortlist) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(found))) as file:
        assert not [name for name in file.namelist() if re.search("media|drawing|external|vba|embed", name)]
        sheets = {name: file.read(name) for name in file.namelist() if "sheets/sheet" in name}
        assert len(sheets) == 5
        for text in sheets.values():
            assert not re.search(rb"<f[ >]|<hyperlink|http://evil|oleObject", text)
        assert b"evil.example" in b"".join(sheets.values())


_ACTIVE = ("script", "img", "image", "a", "b", "iframe", "object", "embed", "link", "foreignobject", "form")
_DRAWN = {"svg", "g", "path", "text", "rect", "line", "defs", "clipPath", "tspan", "circle"}


class _Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_report_runs_and_fetches_nothing(found: Shortlist) -> None:
    page, tags = html_report(found).decode(), _Tags()
    tags.feed(page)
    assert "evil.example" in page
    names = {name for name, _ in tags.seen}
    assert not names & {
        "script",
        "img",
        "image",
        "a",
        "iframe",
        "object",
        "embed",
        "link",
        "foreignobject",
        "base",
        "form",
        "b",
    }
    for _, attributes in tags.seen:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("href", "src", "xlink:href")
        ]
        assert "url(" not in (attributes.get("style") or "")


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_runs_and_fetches_nothing(drawn: dict[str, Figure], dark: bool) -> None:
    for name, figure in drawn.items():
        root = ElementTree.fromstring(svg(figure.chart, dark))
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "text", "rect", "line", "defs", "clipPath", "tspan", "circle"}, (
            name
        )
        for element in root.iter():
            assert not [key for key in element.attrib if "href" in key or key.startswith("on")]
        assert "evil" in "".join(root.itertext()), name


def test_names_are_data_of_a_chart_and_no_part_of_it(drawn: dict[str, Figure]) -> None:
    for figure in drawn.values():
        spec = themed(figure.chart).to_dict()
        for path, text in _texts(spec, ()):
            assert path[-1] not in ("href", "url"), path
            if "evil" not in text:
                continue
            if path[-1] == "labelExpr":  # a JSON object, and what is looked up in it
                _, end = json.JSONDecoder().raw_decode(text)
                assert text[end:] == "[datum.value]"
            else:
                assert "values" in path or "datasets" in path or "sort" in path, path


def _texts(spec: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(spec, dict):
        for key, value in spec.items():
            yield from _texts(value, (*path, key))
    elif isinstance(spec, list):
        for value in spec:
            yield from _texts(value, path)
    elif isinstance(spec, str):
        yield path, spec
