"""A comparison as a page to print: what stands in it, and that nobody's words become markup."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from broker.comparison.sentence import recommendation
from broker.comparison.tasks import ByTask, Task
from broker.comparison_charts.yearly_cost import curves
from broker.comparison_export.html import Html, listed, table, tag
from broker.comparison_export.of_cost import COST
from broker.comparison_export.report import html_report
from broker.comparison_export.report_tables import lifecycle, offers, tasks_matrix, unknowns
from broker.comparison_export.said import day, seconds, seconds_between, share_between, usd, usd_between
from broker.comparison_export.xlsx import workbook
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from tests.made_up_shortlist import AT, TERMS, renamed, shortlist, speed

STYLE = Path(__file__).parents[2] / "broker" / "comparison_export" / "report.css"
HOSTILE = "</style></p><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def test_how_often_a_contender_comes_first_may_be_unknown() -> None:
    found = shortlist()
    open_ones = [replace(one, wins=None) for one in found.ranked]
    rows = re.findall(r"<tr>.*?</tr>", offers(replace(found, ranked=tuple(open_ones))).text, re.DOTALL)[1:]
    told = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[-1] for row in rows]
    assert told == ["unknown" if one.is_contender else "" for one in open_ones]
    assert set(told) == {"unknown", ""}


def test_what_ended_has_no_days_left() -> None:
    found = shortlist()
    ends = (AT - timedelta(days=121), AT, AT + timedelta(days=5))
    ranked = tuple(
        replace(one, evidence=replace(one.evidence, lifecycle=Lifecycle(retires=end)))
        for one, end in zip(found.ranked, ends, strict=False)
    )
    rows = re.findall(r"<tr>.*?</tr>", lifecycle(replace(found, ranked=ranked)).text, re.DOTALL)[1:]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    assert [row[2] for row in cells] == ["ended", "0", "5"]


@pytest.fixture(scope="module")
def page() -> Page:
    found = shortlist()
    return Page(html_report(found, curves=curves(found, TERMS)))


def test_the_recommendation_and_the_question_stand_first(page: Page) -> None:
    told = recommendation(shortlist())
    places = [
        page.text.index(words) for words in (told.headline, "What was asked", "The offers", "In pictures")
    ]
    assert places == sorted(places)
    for words in ("Invoices 75 %, Contracts 25 %", "Quality ≥ 80 %", "quality 40 %", "200,000 requests"):
        assert words in page.text


def test_every_offer_gate_and_source_is_told(page: Page) -> None:
    for ranked in shortlist().ranked:
        assert ranked.evidence.entry.offer.name in page.text
        for result in ranked.gates:
            assert result.reason in page.text
            assert (result.source or "") in page.text


def test_figures_have_intervals_and_labels_of_their_origin(page: Page) -> None:
    for words in (
        "88.5 %",
        "85.5 to 91.0",
        "n = 500",
        "borrowed: 91.2 % at acme/large-4",
        "imported",
        "unreliable",
    ):
        assert words in page.text


def test_score_year_and_slow_answers_have_intervals() -> None:
    found = shortlist()
    first = replace(found.ranked[0], score_low=0.61, score_high=0.83)
    year = Estimate(16_000.0, 12_000.0, 24_000.0, 400, "made up")
    late = Estimate(1_700.0, 1_530.0, 1_955.0, 500, "order statistics")
    told = replace(first.evidence, year=year, speed=replace(speed(900, 1_700), total_p95=late))
    page = offers(replace(found, ranked=(replace(first, evidence=told), *found.ranked[1:]))).text
    for words in (
        "<small>0.61 to 0.83</small>",
        "$16,000<small>12,000 to 24,000</small><small>n = 400</small>",
        "1.70 s<small>1.53 to 1.96</small><small>n = 500</small>",
    ):
        assert words in page


def test_waits_of_all_recorded_calls_are_said_to_be_theirs() -> None:
    found = shortlist()
    first = found.ranked[0]
    told = replace(first.evidence, speed=replace(speed(900, 1_700), origin="calls"))
    now = replace(found, ranked=(replace(first, evidence=told), *found.ranked[1:]))
    assert "<small>all recorded calls</small>" in offers(now).text
    assert "<small>all recorded calls</small>" not in offers(found).text


def test_that_shortfalls_are_not_to_be_added_up_is_said_with_every_export(page: Page) -> None:
    told = "as if nothing else were bought under"
    assert told in page.text
    about = load_workbook(io.BytesIO(workbook(shortlist())))["About"]
    assert any(told in str(value) for _, value in about.iter_rows(values_only=True))
    columns = {column.header: column.about for column in COST}
    assert told in columns["yearly_cost_our_usd"]
    assert told in columns["yearly_shortfall_our_usd"]


def test_five_pictures_that_are_described(page: Page) -> None:
    described = [attributes["aria-label"] for tag, attributes in page.tags if attributes.get("role") == "img"]
    pictures = [words for words in described if words and words.endswith(".")]
    assert len(pictures) == 5
    assert [tag for tag, _ in page.tags].count("svg") == 5


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    assert not {"script", "link", "img", "iframe", "object", "image", "a", "base"} & {
        tag for tag, _ in page.tags
    }
    handlers = [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    links = [
        name for _, attributes in page.tags for name in attributes if name in ("src", "href", "xlink:href")
    ]
    assert handlers == links == []
    (policy,) = [attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes]
    assert (policy or "").startswith("default-src 'none'")
    assert not re.search(r"url\(|@import", STYLE.read_text())


def test_nobodys_words_become_markup() -> None:
    found = shortlist()
    two = replace(found, ranked=found.ranked[:2])
    plain, hostile = Page(html_report(two)), Page(html_report(renamed(two, HOSTILE)))
    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in plain.tags}
    assert not [name for _, attributes in hostile.tags for name in attributes if name.startswith("on")]
    assert "alert(1)" in hostile.text


@given(st.text(st.characters(codec="utf-8")) | st.just(HOSTILE))
def test_any_text_is_text_wherever_it_stands(text: str) -> None:
    rows = tag("div", listed([text]), table((text,), [(text,)]), aria_label=text)
    found = Page(rows.text.encode())
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    assert {name for name, _ in found.tags} == {
        "div",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert found.tags[0] == ("div", {"aria-label": text} if text else {})
    assert "".join(found.words).replace("\r\n", "\n").replace("\r", "\n") == 3 * kept


def test_an_empty_comparison_is_a_page_too() -> None:
    found = shortlist()
    empty = Page(html_report(replace(found, ranked=())))
    assert "No offer is shown." in empty.text
    assert "In pictures" not in empty.text


def test_the_best_value_of_each_task_is_marked() -> None:
    tasks = ByTask((Task("Invoices", 3, {}, "ember/reason", {}, 0.95, (), "acme/large-4", ()),), None)
    found = tasks_matrix(shortlist(), tasks)
    assert found is not None
    (marked,) = re.findall(r'class="best">([^<]*)<', found.text)
    assert marked.endswith("$18.40, best value")
    assert "not run" in found.text


def test_what_is_missing_is_listed() -> None:
    found = unknowns(shortlist())
    assert found is not None
    items = re.findall("<li>(.*?)</li>", found.text)
    assert (
        "delta-8b · Own servers: quality, what a task costs, speed, the year&#x27;s cost, when it ends."
        in items
    )
    assert any(item.startswith("Ember Cloud, HIPAA BAA: HIPAA BAA: yes. But confidence") for item in items)
    assert "Own servers: nothing is told of 34 facts." in items


def test_markup_is_escaped_once() -> None:
    assert (
        tag("p", "<b>", Html("<i></i>"), class_='"x"').text == '<p class="&quot;x&quot;">&lt;b&gt;<i></i></p>'
    )
    assert listed(["a&b"]).text == "<ul><li>a&amp;b</li></ul>"
    assert listed([]).text == ""
    cells = table(("n",), [("1<2",)], numbers=(0,)).text
    assert '<th class="number" scope="col">n</th>' in cells
    assert '<td class="number">1&lt;2</td>' in cells


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (usd(None), "unknown"),
        (usd(0), "$0"),
        (usd(0.00123), "$0.0012"),
        (usd(12.345), "$12.35"),
        (usd(15426.6), "$15,427"),
        (share_between(None), "unknown"),
        (share_between(Estimate(None, None, None, 0, "")), "unknown"),
        (share_between(Estimate(0.5, None, 0.6, 7, "")), "50.0 % (n = 7)"),
        (usd_between(Estimate(9.7, 9, 10, 1200, "")), "$9.70 (9.00 to 10.00, n = 1,200)"),
        (seconds(1700), "1.70 s"),
        (seconds_between(Estimate(2230, 1930, None, 60, "")), "2.23 s (1.93 to no limit, n = 60)"),
        (seconds_between(Estimate(2230, None, None, 5, "")), "2.23 s (n = 5)"),
        (day(AT), "22 Nov 2026"),
    ],
)
def test_figures_are_said(said: str, words: str) -> None:
    assert said == words
