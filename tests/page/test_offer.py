"""The page of one offer: what is known of it, where from, and what to do where there is no such offer."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from broker import catalog
from broker.config import load
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from broker.workload import Tokens, Workload
from broker.workload.store import save_term, save_workload
from broker.workload.terms import Term
from db.benchmarks import Run
from db.models import Call
from db.session import open_database
from pages import _format as fmt
from pages._offer_page_evidence import _with_interval
from pages._offer_page_head import nearest
from pages._offer_page_price import steps
from pages._offer_page_trust import lifecycle
from tests import benchpages
from tests import comparisontools as tools
from tests.resulttools import keep_run, snapshot
from tests.runtools import sums
from tests.workloadtools import entry, prices


@pytest.fixture
def acme(tmp_path, monkeypatch, open_page):
    with benchpages.serving(tmp_path, monkeypatch) as acme:
        yield acme


@pytest.fixture
def show(open_page):
    """`show("acme/good")` is the page of an offer."""

    def go(offer: str):
        page = open_page("overview.py")
        page.query_params["id"] = offer
        page.switch_page("offer.py").run()
        assert [e.message for e in page.exception] == []
        return page

    return go


def words(page) -> str:
    groups = (page.title, page.header, page.markdown, page.caption, page.info, page.warning)
    said = "\n".join(part.value for group in groups for part in group)
    return said.replace("\\", "").replace("\u00a0", " ")


def links(page) -> dict[str, tuple[str, str]]:
    return {one.proto.label: (one.proto.page, one.proto.query_string) for one in page.get("page_link")}


def test_without_an_offer_the_catalogue_is_named(show):
    page = show("")
    assert page.title[0].value == "Offer"
    assert links(page)["Search the catalogue"][0] == "catalogue"


def test_an_unknown_offer_has_its_nearest(show):
    page = show("openai/gpt5-mini $x$ [click](http://evil.example)")
    assert "There is no offer openai/gpt5-mini" in words(page)
    assert "](http" not in page.warning[0].value
    assert nearest(catalog.catalogue(load()), "openai/gpt5-minni")[0] == "openai/gpt-5-mini"
    assert len(links(show("nowhere/claude-sonet-4-5"))) == 7  # six offers, and the catalogue


def test_an_offer_that_nobody_has_asked(show):
    page = show("gemini/gemini-3.8-flash")
    said = words(page)
    assert "**$0.75 in, $3.75 out per million tokens at list; not tested here yet.**" in said
    assert "**From 2027-01-01**: $1.50 in, $7.50 out" in said
    assert "List price of short calls by day" in said  # the chart
    assert "No workload is saved yet" in said
    assert "No finished run has this offer." in said
    assert "Nothing has been timed yet" in said
    assert "None: nobody has asked this offer here." in said
    assert "To ask it: set GEMINI_API_KEY or GOOGLE_API_KEY." in said
    assert links(page)["Connect it"] == ("connections", "provider=gemini")


def test_costs_of_workloads_at_list_and_with_a_discount(show, acme):
    # 100,000 requests of 1,000 in at $1,000 and 200 out at $2,000 per million: $1.40 each, 12 times.
    work = Workload("Letters", Decimal(100_000), date(2027, 1, 1), Tokens(Decimal(1000), Decimal(200)))
    with open_database().writer() as session:
        save_workload(session, work, "ada")
        save_term(session, Term("discount", Decimal(25), "acme", date(2026, 1, 1)), "ada")
    page = show("acme/good")
    assert "**Our price today**: $750.00 in, $1,500.00 out per million tokens" in words(page)
    assert "- Discount of 25 % for all of Acme from 1 Jan 2026 without end" in words(page)
    (row,) = page.table[0].value.replace({r"\\": ""}, regex=True).to_dict("records")
    assert (row["A year at list"], row["A year at our price"]) == ("$1,680,000.00", "$1,260,000.00")
    assert row["Low to high"] == "typed tokens"
    # 1.2 billion tokens in at $1,000 and 240 million out at $2,000 per million, and three quarters of that.
    by_class = page.table[1].value.replace({r"\\": ""}, regex=True).to_dict("records")
    assert by_class == [
        {"Workload": "Letters", "Price": "list", "Input": "$1,200,000.00", "Output": "$480,000.00"},
        {"Workload": "Letters", "Price": "ours", "Input": "$900,000.00", "Output": "$360,000.00"},
    ]


def test_a_year_of_measured_tokens_has_an_interval(show, acme):
    run_id = benchpages.done(sums(10), "good")
    # Half of the calls have 5 tokens in and 2 out, half 15 and 8: on average 10 and 5, which are $0.02.
    with open_database().writer() as session:
        for i, call in enumerate(session.scalars(select(Call))):
            call.input_tokens, call.output_tokens = (5, 2) if i % 2 else (15, 8)
        work = Workload("Measured", Decimal(10_000), date(2027, 1, 1), run_id=run_id)
        save_workload(session, work, "ada")
    (row,) = show("acme/good").table[0].value.replace({r"\\": ""}, regex=True).to_dict("records")
    assert row["A year at our price"] == "$2,400.00"
    low, high, n = re.fullmatch(r"\$([\d,.]+) to \$([\d,.]+), n = (.*)", row["Low to high"]).groups()
    # 2.26 standard errors, 5 / 3 and 3 / 3, to both sides: 6.2 to 13.8 in, 2.7 to 7.3 out.
    ends = [float(end.replace(",", "")) for end in (low, high)]
    assert ends == pytest.approx([120 * 6.23 + 240 * 2.74, 120 * 13.77 + 240 * 7.26], rel=0.1)
    assert n == "10 calls"
    (row,) = show("acme/mute").table[0].value.replace({r"\\": ""}, regex=True).to_dict("records")
    assert row["Low to high"] == "unknown"  # the run has not asked it


def test_quality_speed_and_calls_of_a_real_run(show, acme):
    run_id = benchpages.done(sums(4), "good", "bad")
    page = show("acme/good")
    said = words(page)
    assert "100 % (" in said
    assert "right, n = 4" in said
    assert ":material/science: Measured" in said
    assert ("run", f"id={run_id}") in links(page).values()
    speed = page.table[0].value.to_dict("records")
    assert [row["Calls"] for row in speed] == ["4", "4"]
    assert speed[0]["Measured in"].startswith("The suites' own runs")  # a busy machine's are marked
    assert speed[1]["Measured in"] == "All recorded calls"
    with open_database().reader() as session:
        ended = session.get_one(Run, run_id).ended_at
    assert [row["When"] for row in speed] == [f"{ended.day} {ended:%b %Y}", f"{ended:%B %Y}"]
    assert "4 calls in " in said
    assert "0 % (" in words(show("acme/bad"))


def test_few_calls_leave_p95_without_an_upper_limit_and_not_without_an_interval():
    few = Estimate(2230.0, 1930.0, None, 60, "order statistics")
    assert _with_interval(few, fmt.ms).replace("\u00a0", " ") == "2.23 s (1.93 s to no limit)"


def test_who_could_take_its_place(show, tmp_path, monkeypatch):
    makers = {"one/alpha": "A", "two/alpha": "A", "two/beta": "B", "two/gamma": "C"}
    tables = [
        f'[providers.{name}]\nname = "{name.title()}"\ndialect = "openai"\nbase_url = "http://127.0.0.1:1/v1"\n'
        for name in ("one", "two")
    ]
    tables += [
        f'[[offers]]\nprovider = "{offer[:3]}"\nmodel = "{offer[4:]}"\nmaker = "{maker}"\n'
        for offer, maker in makers.items()
    ]
    (tmp_path / "broker.toml").write_text("".join(tables))
    monkeypatch.setenv("BROKER_CONFIG", str(tmp_path / "broker.toml"))
    page = show("one/alpha")
    assert "No offer can be held against it yet" in words(page)
    rows = dict.fromkeys(makers, "+" * 90 + "-" * 10) | {"two/gamma": "-" * 100}
    tools.keep(open_database(), tools.suite("Letters", 100), rows)
    page = show("one/alpha")
    ways = {query for _, query in links(page).values()}
    assert {way for way in ways if way.startswith("id=two")} == {
        "id=two%2Fbeta"
    }  # the others: its own, worse
    claim = "was shown by itself, with 95 % confidence, to be no more than 5 points worse on Letters."
    assert f"Each of these offers of other makers {claim}" in words(page)
    # One other platform, one rival: 1 - 1 / 3.
    assert "Independence is 0.67" in words(page)
    assert "(doors: 1) and these offers (rivals: 1)" in words(page)


def test_imported_answers_say_so_and_have_no_times(show):
    cells = [{"offer": "their-model", "sample": f"s{i}", "passed": i < 3, "value": 1.0} for i in range(4)]
    offers = [snapshot("their-model", provider="imported", model="their-model")]
    ended = datetime(2026, 11, 20, tzinfo=UTC)
    keep_run(open_database(), sums(4), cells, kind="imported", offers=offers, ended_at=ended)
    page = show("imported/their-model")
    said = words(page)
    assert ":material/upload_file: Imported" in said
    assert "75 % (" in said
    assert "Nothing has been timed yet: answers that were imported have no times." in said
    assert "Its price is unknown" in said


def test_the_price_by_day():
    today = date(2026, 11, 22)
    dear = entry("2 - - 8", {date(2026, 10, 1): "3 - - 8", date(2027, 1, 1): "3 - - 9"})
    two, three, eight, nine = map(Decimal, (2, 3, 8, 9))
    assert steps(dear, today) == [
        (date(2026, 8, 17), two, eight),
        (date(2026, 10, 1), three, eight),
        (date(2027, 1, 1), three, nine),
        (date(2027, 2, 15), three, nine),
    ]
    assert len(steps(entry("2 - - 8"), today)) == 2  # a line without a step is not drawn
    assert steps(entry(prices("2 - - -")), today) == []


def test_the_end_with_its_source():
    found = Lifecycle(
        retires=date(2026, 12, 1),
        deprecated=date(2026, 9, 1),
        source="https://vendor.example/list",
        as_of=date(2026, 11, 22),
        certainty="vendor",
        matched="identity",
    )
    assert list(lifecycle(found, date(2026, 11, 22))) == [
        "**Retirement: 1 Dec 2026** (9 days left)",
        "Deprecated on 1 Sep 2026",
        "Successor: unknown. The published dates name none; one is taken from the platform's own list, which "
        "the page Connections reads",
        "Source: [vendor\\.example](https://vendor.example/list), published by the platform, as of 22 Nov "
        "2026, found by the weights that the name stands for",
    ]
    assert "(1 day ago)" in next(lifecycle(found, date(2026, 12, 2)))
    assert list(lifecycle(Lifecycle(), date(2026, 11, 22))) == [
        "No end is published; that is no promise that there is none"
    ]
    gone = Lifecycle(listed=False, listed_on=date(2026, 11, 20))
    assert next(lifecycle(gone, date(2026, 11, 22))).startswith("Not in the platform's list on 20 Nov 2026")
    told = replace(found, listed=True, listed_on=date(2026, 11, 20), successor="next_1")
    lines = list(lifecycle(told, date(2026, 11, 22)))[2:4]
    assert lines == [
        "Listed by the platform on 20 Nov 2026",
        "Successor: next\\_1, named in the platform's list",
    ]
    (line,) = [
        line for line in lifecycle(replace(told, successor=None), date(2026, 11, 22)) if "Successor" in line
    ]
    assert line.startswith("Successor: unknown.")


def test_what_reaches_the_model_and_what_does_not(show, acme):
    said = words(show("anthropic/claude-sonnet-4-5"))
    (left_out,) = [line for line in said.splitlines() if "Not sent" in line]
    assert "Seed" in left_out
    assert "Token probabilities" in left_out
    assert "No call has been recorded yet." in said
    benchpages.done(sums(2), "good")
    assert "Of the newest 2 calls: nothing left out." in words(show("acme/good"))
    entries = catalog.catalogue(load()).entries
    elsewhere = next(one for one in entries if not one.configured)
    assert ":material/question_mark: Unknown] Images, Tools" in words(show(elsewhere.id))


def test_a_price_of_our_own_is_told_with_its_source(show, acme):
    page = show("acme/mute")
    assert [metric.value for metric in page.metric[:2]] == ["$1,000.00", "$2,000.00"]
    assert "Price source: broker.toml" in words(page)
