"""Names, notes, sources and addresses that would like to be more than words, in front of a real browser."""

import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect

from broker.config import load
from db.session import open_database
from tests import hostile

pytestmark = pytest.mark.browser

# A formula, an element or a picture that nobody but these words asks for; what failed.
RENDERED = ".katex, b, script, img[src*=evil], [style*=evil], [data-testid=stException]"
SUITE = quote(hostile.suite_name())
PAGES = (
    "/",
    f"/offer?id={quote(hostile.OFFERS[0])}",
    "/facts?platform=two&attribute=contract_entity",
    "/terms",
    f"/compare?suite={SUITE}&view=shortlist",
    f"/compare?{urlencode({'search': hostile.WORDS, 'margin': hostile.WORDS, 'offer': hostile.OFFERS[0]})}",
)


def test_words_are_text_and_ask_nobody_for_anything(start_app, visit, page, ready, seen, tmp_path: Path):
    file = tmp_path / "broker.toml"
    file.write_text(hostile.toml(), encoding="utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'broker.db'}")
    run_id = hostile.fill(database, load(file))
    database.engine.dispose()
    app = start_app(env={"BROKER_CONFIG": str(file)}, folder=tmp_path)
    main = page.locator("#stMain")
    for path in (*PAGES, f"/run?id={run_id}"):
        visit(path, app=app)
        expect(main.get_by_role("heading").first).to_be_visible()
        expect(page.locator(f"#stMain :is({RENDERED})")).to_have_count(0)
        led = main.locator("a[href]").evaluate_all("all => all.map(one => one.protocol)")
        assert set(led) <= {"http:", "https:"}, path
        assert not re.search("Traceback|Error:", main.inner_text()), path
    assert not [url for url in seen.requests if "evil" in url and not url.startswith(app.url)]
    assert "Traceback" not in app.log.read_text()
