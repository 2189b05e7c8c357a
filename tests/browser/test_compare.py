"""From a real run on the local model to a choice, its reasons, its file and its address, in a browser."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.store import save_suite
from broker.types import Params
from db.session import open_database

pytestmark = [pytest.mark.browser, pytest.mark.local_model]

QUESTIONS = ("What is the capital of France?", "Which animal barks?", "What is the opposite of hot?")
OFFERS = {"local/smollm2-135m", "local/smollm2-135m-creative"}


def seed(folder: Path) -> None:
    """A suite that is asked within seconds; what comes of it is up to the model."""
    samples = tuple(Sample(str(i), question, ("a",)) for i, question in enumerate(QUESTIONS))
    brief = Params(max_tokens=60, stop=(".",))
    suite = Suite("Three questions", samples, (ScorerSpec("includes"),), params=brief)
    database = open_database(f"sqlite:///{folder / 'broker.db'}")
    with database.writer() as session:
        save_suite(session, suite, None)
    database.engine.dispose()


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=2).first


def grid(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def row(page: Page, number: int) -> dict[str, str]:
    """What the table shows in a row, from 0, by heading; it tells screen readers the same."""
    cells = grid(page).locator(f"[role=row][aria-rowindex='{number + 2}'] [role=gridcell]")
    cells.first.wait_for(state="attached")
    heads = grid(page).locator("[role=columnheader]").all_inner_texts()
    return dict(zip(heads, cells.all_inner_texts(), strict=True))


def choose_first_row(page: Page) -> None:
    """Click the mark at its start: the table is a picture, so by place."""
    box = grid(page).locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 31 + 15)


def test_a_run_becomes_a_choice_that_can_be_taken_away(
    start_app, new_page, visit, ready, axe_violations, screenshot, tmp_path
):
    seed(tmp_path)
    app, page = start_app(folder=tmp_path), new_page()
    visit("/benchmarks?suite=Three+questions", on=page, app=app)
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=60_000)

    page.get_by_role("link", name="Vendor comparison").click()
    ready(page)
    expect(headline(page)).to_contain_text("SmolLM2 135M", timeout=30_000)
    slider = page.get_by_role("slider", name="Speed")
    slider.focus()
    slider.press("End")
    expect(page).to_have_url(re.compile("speed=100"))
    ready(page)  # a menu that is opened while the page is drawn anew may close
    page.get_by_role("button", name="Another must-have").click()
    page.get_by_role("combobox", name="What").click()
    page.get_by_role("option", name="Not from the maker").click()
    expect(page.get_by_role("textbox", name="Limit")).to_have_value("OpenAI")
    page.get_by_role("button", name="Add must-have").click()
    expect(page.get_by_text("2 with all must-haves")).to_be_visible()
    page.keyboard.press("Escape")
    ready(page)
    assert axe_violations(page) == ""
    screenshot(page, "compare-light")

    address, said, shown = page.url, headline(page).inner_text(), row(page, 0)
    choose_first_row(page)
    page.get_by_role("link", name="Everything known about this offer").click()
    expect(page.get_by_role("heading", name="SmolLM2 135M", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Vendor comparison")).to_be_visible()
    expect(headline(page)).to_have_text(said)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    table = pd.read_csv(download.value.path())
    assert set(table["offer"]) == OFFERS
    first = table.iloc[0]
    assert shown["Offer"] == f"{first['name']} · {first['platform']}"
    assert float(shown["Score"]) == pytest.approx(first["score"], abs=0.005)
    assert float(shown["Quality"].split()[0]) == pytest.approx(100 * first["quality_share"], abs=0.05)
    assert float(shown["p95"].split()[0]) == pytest.approx(first["total_p95_ms"] / 1000, abs=0.005)

    page.reload()
    ready(page)
    expect(headline(page)).to_have_text(said)
    assert (page.url, row(page, 0)) == (address, shown)
    dark = new_page(color_scheme="dark")
    for view, told in {"shortlist": "2 offers", "stability": "Speed (53 %)"}.items():
        visit(re.sub("view=\\w+", f"view={view}", address).removeprefix(app.url), on=dark, app=app)
        expect(dark.get_by_text(told).first).to_be_visible()
        assert axe_violations(dark) == ""
        screenshot(dark, f"compare-{view}-dark")
