"""Pages run by Streamlit's own test runner, through the router, each test on an empty database."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from broker import runtime
from db.session import open_database
from tests.dbtools import migrated_file

ROUTER = Path(__file__).parents[2] / "pages" / "_router.py"

OpenPage = Callable[[str], AppTest]


@pytest.fixture(scope="session", autouse=True)
def _installed_components() -> Iterator[None]:
    """Streamlit looks through all installed packages for components for each new app: once will do."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """`open_page("history.py")` is the page after its first run, reached through the router."""
    for name in os.environ:
        if name.endswith("_API_KEY") or name.startswith("BROKER_"):
            monkeypatch.delenv(name)
    database = tmp_path / "broker.db"
    if not database.exists():
        database.write_bytes(migrated_file())
    monkeypatch.setenv("BROKER_DATABASE_URL", f"sqlite:///{database}")

    def go(page: str = "overview.py") -> AppTest:
        app = AppTest.from_file(str(ROUTER), default_timeout=30)
        app.run()
        return app if page == "overview.py" else app.switch_page(page).run()

    yield go
    runtime.shutdown()
    open_database().engine.dispose()
