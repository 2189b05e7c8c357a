"""The comparison's views on what a finished task costs, what flips the choice, and how calls are spread."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from broker.comparison_charts.theme import palette
from broker.discovery import Listed, models_json
from broker.types import Cost, Offer, TokenPrice, Usage
from broker.workload import Tokens, Workload
from broker.workload.store import save_term, save_workload
from broker.workload.terms import Term
from db.benchmarks import Result
from db.calls import write_calls
from db.connections import Discovery, save
from db.rows import call_row
from db.session import open_database
from tests import comparisontools as tools
from tests.dbtools import context, started

D = Decimal
# Wordy asks half the price for four times the tokens, and is right every other time.
OFFERS = {"one/terse": ("4", 250, "+" * 10), "two/wordy": ("2", 1000, "+-" * 5)}
TOML = "".join(
    f'[providers.{offer[:3]}]\nname = "{offer[:3].title()}"\ndialect = "openai"\n'
    f'base_url = "http://127.0.0.1:1/v1"\n[[offers]]\nprovider = "{offer[:3]}"\nmodel = "{offer[4:]}"\n'
    f'name = "{offer[4:].title()}"\nmaker = "Maker of {offer[4:]}"\n'
    f'price = {{ input_mtok = "{price}", output_mtok = "{price}" }}\n'
    for offer, (price, _, _) in OFFERS.items()
)
WORK = Workload("Mail", D(100_000), date(2027, 1, 1), Tokens(D(1000), D(0)))


@pytest.fixture
def show(tmp_path, monkeypatch, open_page):
    """`show("cost")` is the comparison with this view of the one suite."""
    (tmp_path / "broker.toml").write_text(TOML)

    def go(view: str, page: str = "compare.py", **address: str) -> AppTest:
        monkeypatch.setenv("BROKER_CONFIG", str(tmp_path / "broker.toml"))
        app = open_page("overview.py")
        run_suite()
        app.switch_page(page)
        asked = address or {"suite": "Ten", "workload": "Mail", "view": view}
        for name, value in asked.items():
            app.query_params[name] = value
        app.run()
        assert [error.message for error in app.exception] == []
        return app

    return go


def run_suite() -> None:
    """A run with the tokens of every call, a workload, a term and what one platform lists."""
    database = open_database()
    costs = {offer: D(price) * written / 10**6 for offer, (price, written, _) in OFFERS.items()}
    verdicts = {offer: row for offer, (_, _, row) in OFFERS.items()}
    tools.keep(database, tools.suite("Ten", 10), verdicts, cost=costs)
    with database.writer() as session:
        for row in session.scalars(select(Result)):
            price, written, _ = OFFERS[row.offer]
            call = started(Offer(row.offer[:3], row.offer[4:], row.offer[4:], "M", "M"))
            cost = Cost(D(0), D(0), D(0), costs[row.offer], price=TokenPrice(D(price), D(price)))
            ended = replace(call, status="ok", usage=Usage(0, 0, 0, written), cost=cost)
            write_calls(session, [call_row(ended, context(), "M", None)], [])
            row.call_id = call.call_id
        save_workload(session, WORK, "ada")
        save_term(session, Term("commitment", D(600), "two", date(2026, 1, 1), period="month"), "ada")
        at = datetime(2026, 11, 20, tzinfo=UTC)
        gone = models_json((Listed("other"),))
        save(session, Discovery(provider="one", found_at=at, models=gone))


def words(page: AppTest) -> str:
    groups = (page.markdown, page.caption, page.info, page.warning)
    return "\n".join(part.value for group in groups for part in group).replace("\\", "")


def rows(table: Any) -> list[dict[str, str]]:
    return [
        {name: text.replace("\\", "") for name, text in row.items()} for row in table.value.to_dict("records")
    ]


def test_what_a_finished_task_costs(show):
    page = show("finished")
    # 250 tokens at $4 are $0.001; 1,000 at $2 are $0.002, twice for every right answer.
    (warning,) = [one.value.replace("\\", "") for one in page.warning]
    assert "Wordy · Two asks $2.00 against $4.00 of Terse · One" in warning
    assert "costs $0.004 against $0.001, for it writes 4.0 times the tokens" in warning
    table = page.table[0].value
    assert list(table["Offer"]) == ["Terse · One", "Wordy · Two"]
    assert list(table["Output tokens"]) == ["250", "2,000"]
    assert list(table["Finished"]) == ["100 %", "50 %"]
    assert "A task is finished where the answer is right" in words(page)


def test_what_flips_the_choice_and_the_bills(show):
    page = show("cost")
    next(one for one in page.selectbox if one.label == "Hold against the others").set_value("one/terse").run()
    # Terse costs $0.004 a request, 12 × 0.004 × 100,000 = $4,800; Wordy $0.002 and at least $600 a month, so
    # they cost the same at 150,000 requests, and at 100,000 Wordy's $7,200 is $2,400 more.
    flips, bills = map(rows, page.table)
    (flip,) = flips
    assert list(flip.values()) == [
        "Wordy · Two",
        "$7,200.00",
        "from 150,000 on",
        "no price flips it: its commitment costs more",
        "may rise by 50 %",
    ]
    assert "Wordy · Two is cheaper than Terse · One from 150,000 on (requests a month)." in words(page)
    billed = {(one["Offer"], one["Price"]): one for one in bills}
    ours = billed["Wordy · Two", "ours"]
    assert [ours[name] for name in ("Input", "Shortfall", "Total")] == ["$2,400.00", "$4,800.00", "$7,200.00"]
    assert billed["Wordy · Two", "list"]["Total"] == "$2,400.00"
    assert ("Terse · One", "list, also ours") in billed
    assert "as if nothing else were bought under a commitment" in words(page)
    page.selectbox(key="vendor-bill-period").set_value("March 2027").run()
    assert {one["Total"] for one in rows(page.table[1])} == {"$400.00", "$200.00", "$600.00"}


def test_a_workload_of_no_requests_still_has_bills(show):
    page = show("cost")
    with open_database().writer() as session:
        save_workload(session, replace(WORK, requests=D(0)), "ada")
    page.run()
    (bills,) = map(rows, page.table)
    billed = {(one["Offer"], one["Price"]): one["Total"] for one in bills}
    assert billed["Wordy · Two", "ours"] == "$7,200.00"  # twelve months of a commitment of $600
    assert billed["Wordy · Two", "list"] == "$0"
    assert "0 requests a month" in words(page)
    assert "No cost" not in words(page)


@pytest.mark.parametrize(("view", "name"), [("speed", "latency-total"), ("shortlist", "quality-and-cost")])
def test_what_is_saved_in_dark_mode_has_the_colours_of_paper(show, monkeypatch, view, name):
    files = dict[str, Any]()
    monkeypatch.setattr("pages._vendor_charts.dark", lambda: True)
    monkeypatch.setattr(
        "pages._vendor_charts._file", lambda kind, name, mime, made: files.update({name: made})
    )
    show(view)
    drawn = files[f"{name}.svg"]().decode()
    paper, night = palette(), palette(dark=True)
    assert {paper.ink, paper.quiet, *paper.series} & set(re.findall("#[0-9a-f]{6}", drawn))
    assert not {night.ink, night.quiet, *night.series} & set(re.findall("#[0-9a-f]{6}", drawn))


def test_how_calls_are_spread_by_either_clock(show):
    page = show("speed")
    assert "the whole answer had arrived" in words(page)
    page.segmented_control(key="vendor-clock").set_value("ttft").run()
    assert not page.exception
    assert "the first token had arrived" in words(page)


def test_an_offer_s_page_warns_and_tells_what_its_platform_lists(show):
    page = show("", "offer.py", id="one/terse")
    assert any("Ten" in one.value and "misleads" in one.value for one in page.warning)
    assert "Not in the platform's list on 20 Nov 2026" in words(page)
