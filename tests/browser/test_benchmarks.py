"""Benchmarks in a browser: the team's spreadsheet becomes a verdict, though the app is killed on the way."""

import io
import re
import signal
import sqlite3
import time
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import STREAMLIT_AXE_FAULTS, App
from tests.processes import wait_until_gone

pytestmark = pytest.mark.browser

QUESTIONS = (
    ("What is the capital of France?", "Paris"),
    ("What is the capital of Italy?", "Rome"),
    ("What is the capital of Spain?", "Madrid"),
    ("What is the capital of Japan?", "Tokyo"),
    ("What is 2 + 3?", "5"),
    ("What is 10 - 4?", "6"),
    ("Which animal barks?", "dog"),
    ("What colour is grass?", "green"),
    ("What is the opposite of hot?", "cold"),
    ("Which planet do we live on?", "Earth"),
)
BOTH = 2 * len(QUESTIONS)
# An uploader's drop zone has a role and a label that do not go together: Streamlit's own.
UPLOADER = [["[data-testid=stFileUploaderDropzone]"]]


def spreadsheet() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Question", "Expected answer", "Topic"])
    for question, answer in QUESTIONS:
        sheet.append([question, answer, "general"])
    sheet.append(["", "nobody asks", "general"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def axe_faults(page: Page) -> str:
    """Our own accessibility faults; empty when there are none."""
    rules = {fault: {"enabled": False} for fault in STREAMLIT_AXE_FAULTS}
    found = Axe().run(
        page, context={"exclude": UPLOADER}, options={"resultTypes": ["violations"], "rules": rules}
    )
    return found.generate_report() if found.violations_count else ""


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def finished(database: Path) -> list[tuple[object, ...]]:
    """Every finished cell with how often it was begun and the call that answered it."""
    where = "WHERE status = 'done' ORDER BY offer, position"
    return rows(database, f"SELECT offer, position, attempt, call_id FROM result {where}")


def wait_for_answers(database: Path, n: int, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while len(finished(database)) < n:
        assert time.monotonic() < deadline, f"there were not {n} answers"
        time.sleep(0.05)


def wait_for_a_grade(database: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while rows(database, "SELECT count(*) FROM human_grade") != [(1,)]:
        assert time.monotonic() < deadline, "the answer was not graded"
        time.sleep(0.05)


def short_answers_two_at_a_time(page: Page) -> None:
    """So that the model on this machine is done soon."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("spinbutton", name="Most tokens in the answer").fill("24")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("spinbutton", name="Calls at once").fill("2")
    page.keyboard.press("Enter")


@pytest.fixture
def through_a_kill(start_app, visit, page, ready, seen, screenshot, tmp_path):
    """`through_a_kill(app, 20)` starts the run of a page, kills the app on the way and starts another.

    It returns at the verdict, once every finished answer is known to be as it was before.
    """

    def go(app: App, calls: int) -> None:
        ready(page)
        expect(page.get_by_test_id("stMetric").filter(has_text="Calls")).to_contain_text(str(calls))
        page.get_by_role("button", name="Start the run").click()
        expect(page.get_by_text(re.compile(rf"\d+ of {calls} answers"))).to_be_visible(timeout=30_000)
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        address = page.url.removeprefix(app.url)
        wait_for_answers(app.database, 3)
        screenshot(page, "run-live")

        app.process.send_signal(signal.SIGKILL)
        app.process.wait(5)
        wait_until_gone(app.database, seconds=5)
        before = finished(app.database)
        assert 3 <= len(before) < calls
        page.goto("about:blank")
        seen.problems.clear()  # of a page whose server is gone

        visit(address, app=start_app(folder=tmp_path))
        expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=120_000)
        after = finished(app.database)
        assert len(after) == calls
        assert set(before) <= set(after), "a finished answer was asked again"
        assert rows(app.database, "PRAGMA integrity_check") == [("ok",)]

    return go


@pytest.mark.local_model
def test_a_starter_suite_becomes_a_verdict_though_the_app_is_killed(
    start_app, visit, page, through_a_kill, tmp_path
):
    app = start_app(folder=tmp_path)
    visit("/benchmarks", app=app)
    page.get_by_role("link", name="Open Procurement sums").click()
    page.get_by_role("spinbutton", name="Samples").fill("4")
    page.keyboard.press("Enter")
    short_answers_two_at_a_time(page)
    through_a_kill(app, 8)
    assert rows(app.database, "SELECT source, sample_limit FROM run JOIN suite ON suite.id = suite_id") == [
        ("starter", 4)
    ]
    judged = "SELECT count(*) FROM result WHERE outcome != 'answered' OR passed IS NOT NULL"
    assert rows(app.database, judged) == [(8,)]


@pytest.mark.local_model
def test_a_spreadsheet_becomes_a_verdict_though_the_app_is_killed(
    start_app, visit, page, ready, through_a_kill, screenshot, tmp_path
):
    app = start_app(folder=tmp_path)
    visit("/benchmarks", app=app)
    page.get_by_role("button", name="New suite").click()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "Team questions.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": spreadsheet()}
    )
    expect(page.get_by_text(f"{len(QUESTIONS)} samples will be kept")).to_be_visible()
    expect(page.get_by_text("1 thing in the file was not taken over as it stands")).to_be_visible()
    screenshot(page, "benchmarks-upload")
    assert axe_faults(page) == ""
    page.get_by_role("button", name="Keep the suite").click()

    expect(page.get_by_role("heading", name="Team questions")).to_be_visible()
    short_answers_two_at_a_time(page)
    through_a_kill(app, BOTH)
    expect(
        page.get_by_text(re.compile("SmolLM2 135M creative.*SmolLM2 135M|SmolLM2 135M.*n = "))
    ).not_to_have_count(0)
    expect(page.get_by_role("table")).to_have_count(2)
    ready(page)
    screenshot(page, "run-results")
    assert axe_faults(page) == ""

    page.get_by_test_id("stExpander").filter(has_text="What is 2 + 3?").locator("summary").click()
    expect(page.get_by_text("A right answer")).to_be_visible()
    page.get_by_test_id("stButtonGroup").first.get_by_text("Right", exact=True).click()
    wait_for_a_grade(app.database)
    ready(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("button", name="Answers (CSV)").click()
    assert len(Path(download.value.path()).read_text("utf-8-sig").splitlines()) >= BOTH
    page.get_by_role("link", name="All benchmarks").click()
    expect(page.locator(".stMarkdownBadge").filter(has_text="Done")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_in_both_themes(new_page, visit, screenshot, scheme):
    page = new_page(color_scheme=scheme)
    for name, path in {
        "list": "/benchmarks",
        "suite": "/benchmarks?suite=Support+tickets",
        "samples": "/benchmarks?suite=Support+tickets&tab=Samples",
        "edit": "/benchmarks?suite=Support+tickets&tab=Edit",
        "new": "/benchmarks?suite=new",
        "hand": "/benchmarks?suite=new&from=By+hand",
    }.items():
        visit(path, on=page)
        assert axe_faults(page) == "", path
        screenshot(page, f"benchmarks-{name}-{scheme}")


def test_two_people_watch_one_run(start_app, new_page, visit, ready):
    app = start_app()
    first, second = new_page(), new_page()
    visit("/benchmarks?suite=Procurement+sums", on=first, app=app)
    first.get_by_role("button", name="Start the run").click()
    expect(first.get_by_role("button", name="Pause")).to_be_visible(timeout=30_000)
    visit(first.url.removeprefix(app.url), on=second, app=app)
    second.get_by_role("button", name="Cancel").click()
    for page in (first, second):
        expect(page.get_by_text("Cancelled")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_it_fits_a_narrow_window(new_page, visit):
    page = new_page(viewport={"width": 760, "height": 1000})
    for path in ("/benchmarks", "/benchmarks?suite=Support+tickets"):
        visit(path, on=page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
