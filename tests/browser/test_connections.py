"""Connecting a platform as staff do: add a server, check it, add a model of its list, ask it, remove it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from tests import standin_models
from tests.standin_models import Platform, models

pytestmark = pytest.mark.browser

WAIT_MS = 30_000  # a busy machine is slow


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Platform]:
    # In a thread of its own: Playwright's event loop runs in this one.
    context = standin_models.serving({"/v1/models": models("own-small", "own-large")})
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(context.__enter__).result()
        thread.submit(context.__exit__, None, None, None).result()


def add_platform(page: Page, name: str, address: str) -> None:
    page.get_by_role("button", name="Add a platform").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("textbox", name="Address").fill(address)
    page.get_by_role("button", name="Add platform").click()


def test_a_server_of_ones_own_from_adding_to_asking_to_removing(visit, ready, server):
    page = visit("/connections")
    add_platform(page, "journey", "127.0.0.1:8000")
    expect(page.get_by_text("Address: expected an address starting with http")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("textbox", name="Address").fill(f"{server.url}/v1")
    page.get_by_role("button", name="Add platform").click()
    expect(page.get_by_text("No model of this platform can be asked yet")).to_be_visible(timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"provider=journey$"), timeout=WAIT_MS)

    page.get_by_role("button", name="Read its list of models").click()
    page.get_by_role("button", name="own-small").click()
    expect(page.get_by_text("Not in the catalogue (1)")).to_be_visible(timeout=WAIT_MS)
    page.locator(".st-key-check-journey button:visible").click()
    expect(page.get_by_text(re.compile("served by own-small"))).to_be_visible(timeout=WAIT_MS)
    assert server.asked[-1]["model"] == "own-small"

    page.get_by_role("link", name="Ask it").click()
    page.get_by_role("textbox", name="Ask the models above").fill("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_text("OK", exact=True).first).to_be_visible(timeout=WAIT_MS)
    asked = page.url

    page.goto(f"{page.url.partition('/playground?')[0]}/connections?provider=journey")
    ready(page)
    page.get_by_role("tab", name="Settings").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove journey").click()
    expect(page.get_by_text("Removed journey and 1 model.")).to_be_visible(timeout=WAIT_MS)
    page.goto(asked)
    ready(page)
    expect(page.get_by_text("OK", exact=True).first).to_be_visible(
        timeout=WAIT_MS
    )  # what was recorded stays readable


def test_the_keyboard_alone_opens_and_closes_a_platform(visit, ready):
    page = visit("/connections")
    details = page.locator(".st-key-open-anthropic button:visible")
    details.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Settings")).to_be_visible(timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"provider=anthropic$"), timeout=WAIT_MS)
    page.locator(".st-key-open-anthropic button:visible").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Settings")).to_have_count(0, timeout=WAIT_MS)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_of_ours_is_hard_to_use_or_read(visit, new_page, axe_violations, screenshot, theme):
    page = visit("/connections?provider=openai", on=new_page(color_scheme=theme))
    expect(page.get_by_text("Comes with the app")).to_be_visible(timeout=WAIT_MS)
    screenshot(page, f"connections-{theme}")
    assert axe_violations(page) == ""
    page.get_by_role("tab", name="Models").click()
    expect(page.get_by_text(re.compile("can be chosen in the playground"))).to_be_visible(timeout=WAIT_MS)
    assert axe_violations(page) == ""


def test_a_narrow_window_loses_nothing(visit, new_page):
    page = visit("/connections", on=new_page(viewport={"width": 420, "height": 900}))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator(".st-key-check-local button:visible")).to_be_visible(timeout=WAIT_MS)
