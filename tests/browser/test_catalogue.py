"""The catalogue in a browser: choosing by mouse and keyboard, links, the file, both themes."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SONNET = "/catalogue?search=sonnet+4.5"
PANEL = "Same weights through other doors"


def grid(page: Page):
    return page.get_by_test_id("stDataFrame").first


def choose_row(page: Page, number: int) -> None:
    """Click the mark at the start of a row, the first being 0: the table is a picture, so by place."""
    box = grid(page).locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 31 * (number + 1) + 15)


def test_a_row_is_chosen_shown_linked_and_left(visit, ready):
    page = visit(SONNET)
    choose_row(page, 0)
    expect(page.get_by_text(PANEL)).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]offer="))
    page.reload()
    ready(page)
    expect(page.get_by_text(PANEL)).to_be_visible()
    choose_row(page, 0)
    expect(page.get_by_text(PANEL)).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"[?&]offer="))


def test_the_keyboard_chooses_a_row(visit):
    page = visit(SONNET)
    expect(page.get_by_text("press Shift and Space")).to_be_visible()
    page.get_by_role("button", name="Download CSV").focus()
    focused = grid(page).locator("canvas:focus")
    for _ in range(6):  # past the buttons above the table
        if not focused.count():
            page.keyboard.press("Tab")
    expect(focused).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text(PANEL)).to_be_visible()


def test_a_filter_never_moves_the_choice_to_another_offer(visit, ready):
    page = visit("/catalogue?search=sonnet+4.5&offer=anthropic%2Fclaude-sonnet-4-5")
    heading = page.get_by_role("heading", name="Claude Sonnet 4.5 on Anthropic API")
    expect(heading).to_be_visible()
    search = page.get_by_label("Search the catalogue")
    search.fill("anthropic sonnet")
    search.press("Enter")
    ready(page)
    expect(page).to_have_url(re.compile("search=anthropic"))
    expect(heading).to_be_visible()
    expect(page).to_have_url(
        re.compile(r"offer=anthropic%2Fclaude-sonnet-4-5|offer=anthropic/claude-sonnet-4-5")
    )


def test_the_doors_that_are_ready_open_in_the_playground(start_app, visit):
    app = start_app(env={"GROQ_API_KEY": "not-a-real-key", "CEREBRAS_API_KEY": "not-a-real-key"})
    page = visit("/catalogue?offer=groq%2Fopenai%2Fgpt-oss-120b", app=app)
    page.get_by_role("link", name="Ask it through 2 doors, side by side").click()
    expect(page.get_by_role("heading", name="Playground")).to_be_visible()
    expect(page.get_by_text("GPT OSS 120B · Groq").first).to_be_visible()
    expect(page.get_by_text(re.compile("120B · Cerebras", re.IGNORECASE)).first).to_be_visible()


def test_the_file_has_the_rows_of_the_table(visit):
    page = visit(SONNET)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["weights"] for row in rows} == {"claude-sonnet-4-5"}
    assert all(row["price_source"].startswith("genai-prices") for row in rows)
    assert re.fullmatch(r"catalogue-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_in_both_themes(new_page, visit, axe_violations, screenshot, scheme):
    page = new_page(color_scheme=scheme)
    visit("/catalogue", on=page)
    assert axe_violations(page) == ""
    screenshot(page, f"catalogue-{scheme}")
    visit("/catalogue?search=sonnet+4.5&offer=anthropic%2Fclaude-sonnet-4-5", on=page)
    expect(page.get_by_text(PANEL)).to_be_visible()
    assert axe_violations(page) == ""
    screenshot(page, f"catalogue-offer-{scheme}")
    visit("/catalogue?search=no+such+offer", on=page)
    assert axe_violations(page) == ""


def test_it_fits_a_narrow_window(new_page, visit, screenshot):
    page = new_page(viewport={"width": 760, "height": 1000})
    visit("/catalogue?offer=anthropic%2Fclaude-sonnet-4-5", on=page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, "catalogue-narrow")
