"""No key reaches the browser, of platforms that give it back in whatever they reply."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from broker import catalog
from broker.config import load
from broker.runs.reviews import Order
from broker.runs.reviews.start import start
from db.session import open_database
from tests.contract import canary_compare
from tests.contract.canary import broker_toml, echo, found_in, planted
from tests.contract.capabilities import models_of
from tests.faults import FaultServer
from tests.wires import WIRES

pytestmark = pytest.mark.browser

WAIT_MS = 30_000  # a busy machine is slow
VIEWS = ("shortlist", "tasks", "gates", "stability", "cost", "speed", "prices", "lifecycle", "doors")
ASKED = ("openai", "anthropic", "gemini", "azure", "bedrock", "mistral")


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of every platform; each refuses every call."""
    # In a thread of its own: Playwright's event loop runs in this one.
    with ThreadPoolExecutor(1) as thread:
        server = thread.submit(FaultServer).result()
        yield server.script(echo(WIRES[0], 401))
        thread.submit(server.close).result()


@pytest.fixture
def app(refusing: str, start_app, tmp_path: Path):
    """An app that has a key for every platform."""
    file = tmp_path / "broker.toml"
    file.write_text(broker_toml(refusing))
    return start_app(env={**planted(), "BROKER_CONFIG": str(file)}, folder=tmp_path)


@pytest.fixture
def received(page: Page) -> list[bytes]:
    """What the server sends to the page as it is redrawn."""
    frames: list[bytes] = []

    def keep(frame: str | bytes) -> None:
        frames.append(frame.encode() if isinstance(frame, str) else frame)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", keep)

    page.on("websocket", listen)
    return frames


def a_judged_run(folder: Path) -> str:
    """A run whose pairs wait for a judge, which the app asks."""
    config = load(folder / "broker.toml")
    database = open_database(f"sqlite:///{folder / 'broker.db'}")
    run_id = canary_compare.a_run(database)
    judge = next(offer for offer in catalog.offers(config) if offer.provider == "mistral")
    with database.writer() as session:
        start(session, Order(run_id, judge, baseline=canary_compare.OFFERS[0]), config.providers)
    database.engine.dispose()
    return run_id


def test_the_key_is_on_no_page(app, visit, ready, page, received, tmp_path):
    pages = []
    visit("/playground?" + "&".join(f"offers={row}/{models_of(row)[0]}" for row in ASKED), app=app)
    box = page.get_by_role("textbox", name="Ask the models above")
    box.fill("Hello")
    box.press("Enter")
    expect(page.get_by_test_id("stAlert").get_by_text("[key]")).to_have_count(len(ASKED), timeout=WAIT_MS)
    pages.append(page.content())

    visit("/connections?provider=openai", app=app)
    page.get_by_role("button", name=re.compile(r"^Check \d+ platforms$")).click()
    expect(page.get_by_text("[key]").nth(len(ASKED) + 5)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=WAIT_MS)
    pages.append(page.content())
    page.get_by_role("tab", name="Models").click()
    page.locator(".st-key-discover button:visible").click()
    expect(page.get_by_role("tabpanel").get_by_text("[key]").first).to_be_visible(timeout=WAIT_MS)
    pages.append(page.content())

    run_id = a_judged_run(tmp_path)
    visit(f"/run?id={run_id}", app=app)
    expect(page.get_by_role("button", name="Ask again about")).to_be_visible(timeout=WAIT_MS)
    offer = f"openai/{models_of('openai')[0]}"
    views = [f"/compare?suite=Made+up&gate=hipaa_baa&view={view}" for view in VIEWS]
    single = ("/history", "/catalogue", "/dependence", "/facts?platform=openai", "/terms?part=Contract+terms")
    for path in (
        "/",
        *single,
        f"/catalogue?offer={offer}",
        f"/offer?id={offer}",
        *views,
        f"/run?id={run_id}",
    ):
        visit(path, app=app)
        pages.append(page.content())

    assert found_in("".join(pages)) == []
    assert len(received) > 20
    assert found_in(b"".join(received)) == []
    assert found_in(app.log.read_bytes()) == []
    assert found_in(b"".join(file.read_bytes() for file in tmp_path.glob("broker.db*"))) == []
