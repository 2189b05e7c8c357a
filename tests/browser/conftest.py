"""The app as a real process, a real Chromium in front of it, and an eye on everything the browser does."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests" / "artifacts"
START_S = 60
STOP_S = 15

CHROMIUM_ARGS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # tests reach this machine only
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# How long what is expected may take to come on a busy machine.
expect.set_options(timeout=20_000)

# Streamlit's own faults: nothing we write can mend them.
STREAMLIT_AXE_FAULTS = ("list", "listitem", "svg-img-alt")


@dataclass(frozen=True)
class App:
    """A running app: `process.pid` leads its own process group; `log` has everything it printed."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    database: Path


@dataclass
class Seen:
    """What the browser asked for and complained about. A test that provokes a complaint takes it out."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """Requests to anything but this machine."""
        return [url for url in self.requests if urlsplit(url).hostname not in ("127.0.0.1", None)]


StartApp = Callable[..., App]
NewPage = Callable[..., Page]
Visit = Callable[..., Page]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(port: int, database: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The test's own environment: no vendor's key, no setting of the person who runs it."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and not k.startswith("BROKER_")}
    ours = {"STREAMLIT_SERVER_PORT": str(port), "BROKER_DATABASE_URL": f"sqlite:///{database}"}
    return {**kept, **ours, **env}


def _wait_until_up(app: App) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and app.process.poll() is None:
        try:
            with urlopen(f"{app.url}/_stcore/health", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"the app did not start:\n{app.log.read_text()}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process politely, then whatever is left of its group."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_S)


@contextmanager
def _running(folder: Path, script: str, env: Mapping[str, str]) -> Iterator[App]:
    port, database, log = _free_port(), folder / "broker.db", folder / "app.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script],
            cwd=ROOT,
            env=_environment(port, database, env),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        app = App(f"http://127.0.0.1:{port}", process, log, database)
        _wait_until_up(app)
        yield app
    finally:
        _end(process)


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, shared by all tests, on a database of its own."""
    with _running(tmp_path_factory.mktemp("app"), "app.py", {}) as app:
        yield app


@pytest.fixture
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApp]:
    """Start another app, ended after the test: `start_app(env={...}, script="app.py", folder=None)`.

    The same `folder` means the same database and log.
    """
    with ExitStack() as stack:

        def start(
            env: Mapping[str, str] | None = None, script: str = "app.py", folder: Path | None = None
        ) -> App:
            where = folder or tmp_path_factory.mktemp("app")
            return stack.enter_context(_running(where, script, env or {}))

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one on the path, else the one Playwright installed."""
    executable = next(
        filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES))), None
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def seen() -> Seen:
    """What the pages of this test asked for and complained about."""
    return Seen()


@pytest.fixture
def new_page(browser: Browser, seen: Seen) -> Iterator[NewPage]:
    """Open a watched page: `new_page(color_scheme="dark")`, with any option of a Playwright context.

    The test fails if a page asked a foreign host for anything, or left an error in the console.
    """
    with ExitStack() as stack:

        def open_page(**options: object) -> Page:
            context = browser.new_context(**{"viewport": {"width": 1500, "height": 1100}, **options})  # type: ignore[arg-type]
            stack.callback(context.close)
            page = context.new_page()
            page.on("request", lambda request: seen.requests.append(request.url))
            page.on("requestfailed", lambda request: _forget_refused(request, seen))
            page.on("websocket", lambda socket: seen.requests.append(socket.url))
            page.on("pageerror", lambda error: seen.problems.append(str(error)))
            page.on("console", lambda message: _note(message, seen))
            return page

        yield open_page
    assert seen.foreign == []
    assert seen.problems == []


def _forget_refused(request: Request, seen: Seen) -> None:
    # What the page's own policy refuses never leaves the browser; it complains in the console instead.
    if request.failure == "csp":
        seen.requests.remove(request.url)


def _note(message: ConsoleMessage, seen: Seen) -> None:
    # On a deep link Streamlit's client looks for its server under the page's path first: two 404s.
    probe = message.location.get("url", "").endswith(("/_stcore/health", "/_stcore/host-config"))
    if message.type == "error" and not probe:
        seen.problems.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A watched page, light, 1500 × 1100."""
    return new_page()


@pytest.fixture
def ready() -> Callable[[Page], None]:
    """`ready(page)` returns when the script has run, everything is drawn and the fonts are there."""
    return _ready


def _ready(page: Page) -> None:
    # Locators only: `wait_for_function` evaluates strings, which the page's policy forbids.
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(
        timeout=30_000
    )
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=30_000)
    page.evaluate("async () => { await document.fonts.ready }")


@pytest.fixture
def visit(app_server: App, page: Page) -> Visit:
    """`visit("/history")` opens a path of the shared app and returns the page, ready."""

    def go(path: str = "/", on: Page = page, app: App = app_server) -> Page:
        on.goto(app.url + path)
        _ready(on)
        return on

    return go


@pytest.fixture
def axe_violations() -> Callable[[Page], str]:
    """`axe_violations(page)` is a report of our own accessibility faults, empty when there are none."""

    def report(page: Page) -> str:
        rules = {fault: {"enabled": False} for fault in STREAMLIT_AXE_FAULTS}
        results = Axe().run(page, options={"resultTypes": ["violations"], "rules": rules})
        return results.generate_report() if results.violations_count else ""

    return report


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """`screenshot(page, "history-dark")` keeps a picture in tests/artifacts."""

    def take(page: Page, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name}.png")

    return take
