"""A fact from unknown to confirmed, and a workload from nothing to its price, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1500, "height": 1100}, {"width": 760, "height": 1000}


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list of the page by its label."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def assert_fits_a_narrow_window(page: Page) -> None:
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size(WIDE)


def test_staff_tell_what_was_unknown_and_price_their_work(
    start_app, new_page, visit, ready, axe_violations, screenshot
):
    app, page = start_app(), new_page(color_scheme="dark")
    visit("/facts?view=attribute&attribute=sso", on=page, app=app)
    expect(page.get_by_text(re.compile(r"Single sign-on: \d+ of \d+ platforms satisfied"))).to_be_visible()
    assert axe_violations(page) == ""
    screenshot(page, "facts-attribute-dark")
    visit("/facts?platform=cerebras", on=page, app=app)
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.get_by_text("that is unknown, which is not the same as no")).to_be_visible()
    expect(page).to_have_url(re.compile("attribute=soc2_type2"))
    choose(page, "Value", "Yes, on request")
    page.get_by_label("Source", exact=True).fill("https://trust.example/soc2?a=(1)")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Staff, in force")).to_be_visible()
    page.reload()  # also past the toast, a dialog without a name
    ready(page)
    expect(page.get_by_text("Under a condition yes, on request")).to_be_visible()
    expect(page.get_by_role("link", name="trust.example").first).to_have_attribute(
        "href", "https://trust.example/soc2?a=%281%29"
    )
    assert axe_violations(page) == ""
    screenshot(page, "facts-told-dark")
    assert_fits_a_narrow_window(page)

    page.get_by_role("link", name="Workloads and terms").click()
    page.get_by_role("button", name="Start with an example").click()
    expect(page.get_by_text("10,000 requests, 15 million tokens in and 3 million out")).to_be_visible()
    ready(page)
    assert axe_violations(page) == ""
    screenshot(page, "terms-workload-dark")
    assert_fits_a_narrow_window(page)
    page.get_by_text("Contract terms", exact=True).click()
    page.get_by_role("button", name="Add the first term").click()
    ready(page)
    assert axe_violations(page) == ""
    page.get_by_role("spinbutton", name="Percent").fill("10")
    page.get_by_role("button", name="Save the term").click()
    expect(page.get_by_text("1 term is in force today")).to_be_visible()
