"""Every view of a comparison that has something to show, its chart as filter and as files, and axe."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from db.session import open_database
from tests import comparisonseed as seed

pytestmark = pytest.mark.browser

# What each view says or names where all is known that it tells of.
VIEWS = {
    "By task": "Best value",
    "Must-haves": "HIPAA BAA",
    "How stable": "Where scores come from",
    "Yearly cost": "A year under our terms",
    "Cost per finished task": "A task is finished where",
    "Speed": "How calls are spread",
    "Prices": "Price of",
    "Lifecycle": "Bars run to the last day that was published",
    "Same weights, other doors": "Agreement is the share of samples",
}
CHARTS = {"Shortlist": 1, "Yearly cost": 1, "Speed": 2, "Prices": 1, "Lifecycle": 1}


def seeded(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'broker.db'}")
    seed.keep(database)
    database.engine.dispose()


def point(page: Page, offer: str) -> Locator:
    return page.locator(f"path[aria-roledescription=point][aria-label^='{offer} · ']").last


def rows(page: Page) -> Locator:
    """The rows of the table, its head among them, as it tells them to screen readers."""
    return page.get_by_test_id("stDataFrame").first.locator("[role=row]")


def choose_first_row(page: Page) -> None:
    """Click the mark at its start: the table is a picture, so by place."""
    box = page.get_by_test_id("stDataFrame").first.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 31 + 15)


def saved(page: Page, kind: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"As {kind}", exact=True).click()
    return Path(download.value.path())


def assert_accessible(page: Page, axe: Callable[[Page], str], view: str) -> None:
    assert axe(page) == "", view
    if view in CHARTS:
        assert page.get_by_test_id("stVegaLiteChart").count() == CHARTS[view], view


def test_every_view_with_all_that_it_can_show(
    start_app, new_page, visit, ready, axe_violations, screenshot, tmp_path
):
    seeded(tmp_path)
    app, page = start_app(folder=tmp_path), new_page()
    visit(f"/compare?{seed.ADDRESS}", on=page, app=app)
    for name, told in VIEWS.items():
        page.get_by_role("radio", name=name, exact=True).click()
        expect(page.get_by_text(told).first).to_be_attached()
        ready(page)
        assert_accessible(page, axe_violations, name)

    page.get_by_role("radio", name="Shortlist", exact=True).click()
    expect(rows(page).nth(len(seed.OFFERS))).to_be_attached()
    page.get_by_role("button", name="Save chart").click()
    with Image.open(saved(page, "PNG")) as picture:
        assert picture.format == "PNG"
    drawn = ElementTree.parse(saved(page, "SVG"))
    assert "GPT-5.6 Luna" in "".join(drawn.getroot().itertext())
    page.keyboard.press("Escape")

    point(page, "o3").click()
    expect(page.get_by_text("The table shows 1 offer, chosen in the chart")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).last).to_contain_text("o3 · OpenAI API")
    choose_first_row(page)
    expect(page.get_by_text("A year at our price", exact=True)).to_be_visible()
    ready(page)
    assert_accessible(page, axe_violations, "Shortlist")
    screenshot(page, "compare-card")

    visit("/offer?id=openai/gpt-5.6-luna", on=page, app=app)
    expect(page.get_by_role("heading", name="GPT-5.6 Luna", level=1)).to_be_visible()
    assert_accessible(page, axe_violations, "an offer")
