"""The frame around every page: what it looks like, what it may load, and how it is reached."""

import re
import socket
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
GALLERY = "tests/browser/gallery/app.py"
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))
NAMES = {
    "/": "Overview",
    "/overview": "Overview",
    "/compare": "Vendor comparison",
    "/dependence": "Dependence",
    "/playground": "Playground",
    "/history": "History",
    "/benchmarks": "Benchmarks",
    "/catalogue": "Catalogue",
    "/connections": "Connections",
    "/facts": "Assurance facts",
    "/terms": "Workloads and terms",
}
THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]


def rgb(colour: str) -> str:
    """`#0f5c73` as the browser reports it."""
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour.removeprefix("#")))


@pytest.fixture
def foreign_server() -> Iterator[tuple[str, list[str]]]:
    """Another origin that answers everything, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_clean_in_both_themes(name, scheme, new_page, visit, axe_violations, screenshot):
    page = visit(f"/{name}", on=new_page(color_scheme=scheme))
    expect(page.get_by_test_id("stApp")).to_have_css(
        "background-color", rgb(THEME[scheme]["backgroundColor"])
    )
    screenshot(page, f"{name}-{scheme}")
    assert axe_violations(page) == ""


@pytest.mark.parametrize("path", NAMES)
def test_a_page_is_reached_by_its_address_and_says_its_name(path, visit):
    page = visit(path)
    expect(page).to_have_title(f"{NAMES[path]} · Model Broker")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAMES[path])
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_first_request_of_all_goes_through_the_router(start_app, page, visit):
    page = visit("/history", app=start_app())
    expect(page).to_have_title("History · Model Broker")
    links = ["Overview", "Vendor comparison", "Dependence", "Playground", "History", "Benchmarks"]
    links += ["Catalogue", "Connections", "Assurance facts", "Workloads and terms"]
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_text([re.compile(name) for name in links])


def test_the_font_comes_from_the_app_itself(app_server, visit, seen):
    page = visit()
    assert f"{app_server.url}/app/static/inter-latin-wght-normal.woff2" in seen.requests
    loaded = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    assert "Inter" in loaded
    assert (
        page.get_by_role("heading", level=1)
        .evaluate("e => getComputedStyle(e).fontFamily")
        .startswith("Inter")
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/history", 200),
        ("/favicon.png", 200),
        ("/_stcore/health", 200),
        ("/app/static/inter-latin-wght-normal.woff2", 200),
        ("/app/static/nothing", 404),
        ("/static/../nothing", 200),
        ("/media/nothing", 404),
        ("/..%2f..%2fetc/passwd", 400),
    ],
)
def test_every_response_carries_the_headers(path, status, app_server):
    response = httpx.get(app_server.url + path)
    assert response.status_code == status
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert policy["img-src"] == "'self' data: blob:"
    assert "unsafe" not in policy["script-src"]


def test_media_files_carry_the_headers(app_server, visit):
    icon = visit().locator("link[rel~=icon][href*=media]").evaluate("e => e.href")
    assert icon.startswith(f"{app_server.url}/media/")
    response = httpx.get(icon)
    assert response.headers["content-type"] == "image/png"
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_an_image_of_another_origin_is_not_fetched(visit, foreign_server, seen):
    url, asked = foreign_server
    page = visit()
    outcome = page.evaluate(
        """url => new Promise(done => {
            const image = new Image();
            image.onload = () => done('loaded');
            image.onerror = () => done('refused');
            image.src = url;
            document.body.append(image);
        })""",
        f"{url}/pixel.png?secret",
    )
    assert outcome == "refused"
    assert asked == []
    assert "Content Security Policy" in seen.problems.pop()


def test_an_inline_script_does_not_run(visit, seen):
    page = visit()
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.injected = true';
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.injected") is None
    assert "Content Security Policy" in seen.problems.pop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_and_tables_draw_under_the_policy(
    scheme, start_app, new_page, visit, axe_violations, screenshot
):
    tall = new_page(color_scheme=scheme, viewport={"width": 1500, "height": 2000})
    page = visit(app=start_app(script=GALLERY), on=tall)
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart.locator("canvas, svg").first).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").get_by_test_id("data-grid-canvas")).to_be_visible()
    screenshot(page, f"gallery-{scheme}")
    assert axe_violations(page) == ""


def test_the_theme_chosen_in_the_app_reaches_dialogs_too(start_app, page, visit, screenshot):
    visit(app=start_app(script=GALLERY))
    choose_dark(page)
    expect(page.get_by_test_id("stApp")).to_have_css(
        "background-color", rgb(THEME["dark"]["backgroundColor"])
    )
    page.get_by_role("button", name="Delete").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Delete")
    expect(button).to_have_css("background-color", rgb(THEME["dark"]["primaryColor"]))
    expect(button).to_have_css("color", rgb(THEME["dark"]["backgroundColor"]))
    screenshot(page, "dialog-dark")


def choose_dark(page: Page) -> None:
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    page.keyboard.press("Escape")


def test_viewers_get_no_developer_tools(visit):
    page = visit()
    expect(page.get_by_test_id("stAppDeployButton")).to_have_count(0)
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    expect(page.get_by_test_id("stMainMenuItem-print")).to_be_visible()
    expect(page.get_by_test_id("stMainMenuList")).not_to_contain_text(re.compile("Rerun|Clear cache|Deploy"))


def test_pages_are_reached_with_the_keyboard(visit):
    page = visit()
    link = page.get_by_role("link", name="History")
    for _ in range(10):
        page.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("History")


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_window_does_not_scroll_sideways(name, new_page, visit, screenshot):
    page = visit(f"/{name}", on=new_page(viewport={"width": 900, "height": 1100}))
    screenshot(page, f"{name}-narrow")
    widths = page.locator("#stMain").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert widths[0] <= widths[1]


def test_only_this_machine_can_connect(app_server):
    port = httpx.URL(app_server.url).port
    # Every address of 127.0.0.0/8 is this machine on Linux, so a wildcard bind would answer here.
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("127.0.0.2", port), timeout=2).close()


def test_the_app_ends_when_told_to(start_app):
    app = start_app()
    app.process.terminate()
    app.process.wait(timeout=15)
    assert "Traceback" not in app.log.read_text()
