"""What models and platforms send stays text, leads nowhere, and does not disturb the rest of the page."""

import io
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import ANY

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import acme

pytestmark = pytest.mark.browser

INJECTION = "<b>bold</b> ![x](https://images.example/e.png) [a link](https://links.example/) $5 and $10"

RENDERED = ".katex, b, img[src^=http]"  # a formula, HTML, a fetched image


@pytest.fixture
def platform() -> Iterator[acme.Acme]:
    # In a thread of its own: Playwright's event loop runs in this one.
    context = acme.serving()
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(context.__enter__).result()
        thread.submit(context.__exit__, None, None, None).result()


@pytest.fixture
def app(platform: acme.Acme, start_app, tmp_path: Path):
    """An app of its own whose offers are the made-up platform's."""
    file = tmp_path / "broker.toml"
    file.write_text(acme.toml(platform.url))
    return start_app(env={"BROKER_CONFIG": str(file)}, folder=tmp_path)


@pytest.fixture
def ask(app, visit, page) -> Callable[..., Page]:
    """`ask("good", "short")` is the page after sending a prompt to these models."""

    def go(*models: str, text: str = "Name three rivers.", on: Page = page) -> Page:
        visit("/playground?" + "&".join(f"offers=acme/{model}" for model in models), on=on, app=app)
        send(on, text)
        return on

    return go


@pytest.fixture
def refusing() -> Iterator[str]:
    """A platform that refuses everything, in words that would like to be markup."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"error": {"message": INJECTION}}).encode()
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def send(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Ask the models above")
    box.fill(text)
    box.press("Enter")


def answered(page: Page, n: int) -> None:
    expect(page.get_by_role("switch", name="Raw text")).to_have_count(n)


def test_an_answer_is_text_and_asks_nobody_for_anything(ask, ready, seen):
    page = ask("good")
    answered(page, 1)
    ready(page)
    main = page.locator("#stMain")
    expect(main).to_contain_text("between $5 and $10 a day")
    expect(main).to_contain_text("Formula: $$x^2$$. Still $5 and $10.")
    expect(main).to_contain_text('<img src="https://images.example/x.png"> <b>bold</b>')
    expect(main).to_contain_text("![leak](https://images.example/leak.png?q=secret)")
    expect(page.locator(f"#stMain :is({RENDERED})")).to_have_count(0)
    expect(page.get_by_role("heading", name="Three rivers")).to_be_visible()  # markdown is still rendered
    link = page.get_by_role("link", name="link", exact=True)
    expect(link).to_have_attribute("href", "https://links.example/")
    expect(link).to_have_attribute("rel", re.compile("noreferrer|noopener"))
    assert not [url for url in seen.requests if ".example" in url]
    assert seen.problems == []  # nor was the policy needed


def test_a_prompt_and_its_history_are_text_too(ask, ready, seen):
    page = ask("short", "other", text=INJECTION)
    answered(page, 2)
    expect(page.get_by_test_id("stChatMessage")).to_contain_text("<b>bold</b> ![x](")
    expect(page.get_by_test_id("stChatMessage")).to_contain_text("$5 and $10")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text(INJECTION)).to_be_visible()
    expect(page.locator(f"#stMain :is({RENDERED})")).to_have_count(0)
    assert not [url for url in seen.requests if ".example" in url]


def test_a_tool_call_is_text(ask, ready, seen):
    page = ask("tools", "short")
    answered(page, 1)
    ready(page)
    main = page.locator("#stMain")
    expect(main).to_contain_text("Asks for get_weather")
    expect(page.get_by_test_id("stCode")).to_contain_text('"city": "Zürich <b>x</b>"')
    expect(page.locator(f"#stMain :is({RENDERED})")).to_have_count(0)
    assert seen.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_images_travel_with_the_prompt(scheme, app, ready, seen, visit, new_page, axe_violations, screenshot):
    page = visit("/playground?offers=acme/vision", on=new_page(color_scheme=scheme), app=app)
    attach(page, "red.png", picture((1200, 800)))
    attach(page, "contract.png", b"%PDF-1.7")
    send(page, "What is this?")
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("contract.png is not a PNG, JPEG or WebP picture")
    box = page.get_by_role("textbox", name="Ask the models above")
    expect(box).to_have_value("What is this?")  # sent again without the file
    attach(page, "red.png", picture((1200, 800)))
    attach(page, "tall.png", picture((100, 900)))
    box.press("Enter")
    answered(page, 1)
    ready(page)
    expect(page.locator("#stMain")).to_contain_text("I see 2 images.")
    shown = page.get_by_role("img", name=re.compile("Image . of the prompt"))
    expect(shown).to_have_count(2)
    sizes = [image.evaluate("e => [e.naturalWidth, e.clientWidth, e.clientHeight]") for image in shown.all()]
    assert sizes == [[640, 160, pytest.approx(107, abs=1)], [71, pytest.approx(18, abs=1), ANY]]
    page.reload()
    expect(shown).to_have_count(2)  # from the database
    ready(page)
    faults = {"prompt": axe_violations(page)}
    screenshot(page, f"images-{scheme}")
    page.get_by_role("button", name="Edit and resend").click()
    expect(page.get_by_role("img", name="Attached image 2")).to_be_visible()
    ready(page)
    faults["attached"] = axe_violations(page)
    screenshot(page, f"images-attached-{scheme}")
    assert "\n".join(f"{where}: {what}" for where, what in faults.items() if what) == ""
    assert seen.problems == []


def picture(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    return out.getvalue()


def attach(page: Page, name: str, data: bytes) -> None:
    """Add a file to the prompt and wait until it has arrived."""
    files = page.get_by_test_id("stChatInput").locator("input[type=file]")
    with page.expect_response(lambda reply: "/upload_file/" in reply.url and reply.request.method == "PUT"):
        files.set_input_files([{"name": name, "mimeType": "image/png", "buffer": data}])
    expect(page.get_by_test_id("stChatInput").get_by_text(name)).to_be_visible()


def test_a_platforms_error_is_text(refusing, start_app, visit, page, ready, seen, tmp_path):
    file = tmp_path / "broker.toml"
    file.write_text(acme.toml(refusing))
    app = start_app(env={"BROKER_CONFIG": str(file)}, folder=tmp_path)
    visit("/playground?offers=acme/good&offers=acme/short", app=app)
    send(page, "Hello")
    alerts = page.get_by_test_id("stAlert")
    expect(alerts).to_have_count(2)
    ready(page)
    expect(alerts.nth(0)).to_contain_text(INJECTION)
    expect(page.locator(f"#stMain :is({RENDERED})")).to_have_count(0)
    expect(alerts.get_by_role("link", name="a link")).to_have_count(0)
    assert not [url for url in seen.requests if ".example" in url]


def test_a_closed_tab_cancels_upstream_and_keeps_what_had_arrived(platform, app, ask):
    page = ask("slow")
    expect(page.get_by_text("Danube")).to_be_visible()
    page.close()
    assert platform.closed_early.wait(10)
    assert wait_for_end(app.database) == [("stopped", acme.ANSWER[:36])]


def test_leaving_the_page_cancels_too(platform, app, ask):
    page = ask("slow")
    expect(page.get_by_text("Danube")).to_be_visible()
    page.get_by_role("link", name="History").click()
    assert platform.closed_early.wait(10)
    assert wait_for_end(app.database) == [("stopped", acme.ANSWER[:36])]
    expect(page.get_by_text("1 without a full answer")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_busy_page_is_clean(scheme, ask, ready, new_page, axe_violations, screenshot):
    tall = new_page(color_scheme=scheme, viewport={"width": 1500, "height": 2000})
    page = ask("good", "short", "m401", on=tall)
    answered(page, 2)
    ready(page)  # until then the pane that streamed and the one that is kept may both be there
    expect(page.get_by_test_id("stAlert")).to_contain_text("Key refused")
    screenshot(page, f"answers-{scheme}")
    faults = {"answers": axe_violations(page)}
    for name in ("Settings", "Templates", "models need a key", "Save or export"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        if name == "Settings":
            page.get_by_text("Advanced", exact=True).click()
            expect(page.get_by_role("textbox", name="Tools", exact=True)).to_be_visible()
        screenshot(page, f"{slug(name)}-{scheme}")
        faults[name] = axe_violations(page)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.get_by_text("Differences, word by word").click()
    expect(page.get_by_text("of the words are shared")).to_be_visible()
    screenshot(page, f"differences-{scheme}")
    faults["differences"] = axe_violations(page)
    page.get_by_role("button", name="short", exact=True).click()
    expect(page.get_by_text("Your vote · choose again to change or withdraw it")).to_be_visible()
    ready(page)
    faults["vote"] = axe_violations(page)

    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("link", name="Open")).to_have_count(1)
    ready(page)
    screenshot(page, f"history-filled-{scheme}")
    faults["history"] = axe_violations(page)
    for name in ("Export", "More"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        screenshot(page, f"history-{slug(name)}-{scheme}")
        faults[name] = axe_violations(page)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    assert "\n".join(f"{where}: {what}" for where, what in faults.items() if what) == ""


def test_a_narrow_window_holds_three_answers(ask, ready, new_page, screenshot):
    page = ask("good", "short", "m401", on=new_page(viewport={"width": 900, "height": 1100}))
    answered(page, 2)
    ready(page)
    screenshot(page, "answers-narrow")
    assert_fits(page)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("link", name="Open")).to_have_count(1)
    ready(page)
    screenshot(page, "history-filled-narrow")
    assert_fits(page)


def assert_fits(page: Page) -> None:
    for what in ("#stMain", "html"):
        needed, given = page.locator(what).evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert needed <= given


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def wait_for_end(database: Path) -> list[tuple[str, str]]:
    """Status and words of the calls once none runs."""
    deadline = time.monotonic() + 10
    while "running" in dict(found := _calls(database)) or not found:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def _calls(database: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = connection.execute(
        "SELECT status, text FROM call LEFT JOIN call_content ON call_id = call.id"
    ).fetchall()
    connection.close()
    return found
