"""The app is killed while an answer arrives: nothing is left behind, and nothing is lost."""

import re
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.processes import model_servers, wait_until_gone

pytestmark = [pytest.mark.browser, pytest.mark.local_model]

LOCAL = "local/smollm2-135m"
PROMPT = "Write a long story about a river and a mill."


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def kept(database: Path) -> str:
    """The words of the one call that are in the database."""
    found = rows(database, "SELECT text FROM call_content")
    return str(found[0][0] or "") if found else ""


def wait_for_checkpoint(database: Path) -> str:
    deadline = time.monotonic() + 30
    while not (text := kept(database)):
        assert time.monotonic() < deadline, "no partial answer was kept"
        time.sleep(0.02)
    return text


def ask(page: Page) -> None:
    box = page.get_by_role("textbox", name="Ask the models above")
    box.fill(PROMPT)
    box.press("Enter")


def test_kill_minus_nine_during_an_answer(start_app, visit, page, seen, tmp_path):
    app = start_app(folder=tmp_path)
    visit(f"/playground?offers={LOCAL}", app=app)
    ask(page)
    page.get_by_test_id("stMarkdown").filter(has_text=re.compile(r"\w.*▍", re.DOTALL)).wait_for(
        timeout=60_000
    )
    early = wait_for_checkpoint(app.database)
    assert len(model_servers(app.database)) == 1
    assert rows(app.database, "SELECT status FROM call") == [("running",)]
    app.process.send_signal(signal.SIGKILL)
    app.process.wait(5)
    wait_until_gone(app.database, seconds=5)
    page.goto("about:blank")
    seen.problems.clear()  # of a page whose server is gone

    again = start_app(folder=tmp_path)
    assert rows(app.database, "PRAGMA integrity_check") == [("ok",)]
    visit("/history", app=again)
    expect(page.get_by_text("1 without a full answer")).to_be_visible()
    assert rows(app.database, "SELECT status FROM call") == [("interrupted",)]
    partial = kept(app.database)
    assert partial.startswith(early)
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_text("The app ended while this answer was arriving.")).to_be_visible()
    expect(page.get_by_text("Interrupted")).to_be_visible()
    page.get_by_role("switch", name="Raw text").press("Space")
    expect(page.get_by_test_id("stCode").locator("code")).to_have_text(partial.strip())
    assert rows(app.database, "SELECT offer, status FROM call") == [(LOCAL, "interrupted")]

    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_text("Type a prompt below.")).to_be_visible()
    ask(page)
    page.get_by_test_id("stMarkdown").filter(has_text=re.compile(r"\w.*▍", re.DOTALL)).wait_for(
        timeout=60_000
    )
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped")).to_be_visible()
    statuses = rows(app.database, "SELECT status FROM call ORDER BY started_at")
    assert statuses == [("interrupted",), ("stopped",)]
    assert len(model_servers(app.database)) == 1


def test_the_model_server_ends_with_the_app(start_app, visit, page, seen, tmp_path):
    app = start_app(folder=tmp_path)
    visit(f"/playground?offers={LOCAL}", app=app)
    ask(page)
    wait_for_checkpoint(app.database)
    page.goto("about:blank")
    app.process.terminate()
    app.process.wait(15)
    assert model_servers(app.database) == []
    assert rows(app.database, "SELECT status FROM call") == [("stopped",)]
    assert "Traceback" not in app.log.read_text()
    seen.problems.clear()  # of a page whose server is gone
