"""The page of the comparison with 10,000, 100,000 and a million recorded calls. Run as a module.

Each size has runs of 3 suites × 12 offers × 200 samples beside its calls. The page's script runs under
Streamlit's own test runner in a fresh process. In Chromium a page counts from the request: when anything is
painted, when the answer in words is there, when the table is. A change counts from the key: until the
script has run, what came of it is drawn and the next frame is due.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs
from urllib.request import urlopen

from broker.results import kept
from broker.suites import Sample, Suite
from broker.workload import Tokens, Workload
from broker.workload.store import save_workload
from db.session import Database
from tests.bench.process import ENVIRON, ROOT, print_table, quantile, report_of
from tests.bench.rollups import SIZES, make_database, some_offers
from tests.resulttools import keep_run, snapshot

SUITES, OFFERS, SAMPLES, ROUNDS = 3, 12, 200, 9
ADDRESS = "&".join([*(f"suite=Suite+{i}" for i in range(SUITES)), "workload=Letters", "gate=soc2_type2"])


def prepare(path: Path, calls: int) -> None:
    """A database with so many calls, the runs and a workload."""
    database = make_database(path, calls)
    for i in range(SUITES):
        _keep(database, f"Suite {i}", Random(i))
    tokens = Tokens(Decimal(1200), Decimal(300))
    work = Workload("Letters", Decimal(200_000), date(2026, 12, 1), tokens)
    with database.writer() as session:
        save_workload(session, work, "bench")
    database.engine.dispose()


def _keep(database: Database, name: str, rng: Random) -> None:
    suite = Suite(name, tuple(Sample(f"s{n}", "?", ("!",)) for n in range(SAMPLES)), ())
    entries = some_offers(OFFERS)
    cells = [
        {
            "offer": entry.id,
            "sample": f"s{n}",
            "passed": (right := rng.random() < 0.6 + 0.03 * i),
            "value": float(right),
            "cost": Decimal(rng.randrange(1, 1000)) * (i + 1) / 1_000_000,
            "ttft_ms": rng.lognormvariate(5.5, 0.5),
            "total_ms": rng.lognormvariate(7.5, 0.6),
        }
        for i, entry in enumerate(entries)
        for n in range(SAMPLES)
    ]
    offers = [snapshot(entry.id, maker=entry.offer.maker, name=entry.offer.name) for entry in entries]
    ended_at = datetime(2026, 11, 1, tzinfo=UTC)
    run = keep_run(database, suite, cells, name=name, offers=offers, ended_at=ended_at)
    kept.keep(database, run)  # as the worker that carried it out does


def scripts() -> dict[str, float]:
    """In this process: milliseconds of the page's script, and how much of it charts took."""
    from streamlit.runtime.scriptrunner import script_runner
    from streamlit.runtime.scriptrunner.script_cache import ScriptCache
    from streamlit.testing.v1 import AppTest, local_script_runner

    from broker.startup import prepare
    from pages import _vendor_charts as charts

    prepare()  # as the app does
    took = {"script": 0.0, "charts": 0.0}
    runner: Any = script_runner
    compiled = ScriptCache()
    setattr(local_script_runner, "ScriptCache", lambda: compiled)  # noqa: B010 - as a server, which compiles each page once
    runner.exec_func_with_error_handling = _timed(runner.exec_func_with_error_handling, took, "script")
    charts.quality = _timed(charts.quality, took, "charts")
    page = AppTest.from_file(str(ROOT / "pages/_router.py"), default_timeout=120).run()
    page.switch_page("compare.py")
    page.query_params.update(parse_qs(ADDRESS))

    def run() -> tuple[float, float]:
        took.update(script=0.0, charts=0.0)
        page.run()
        assert not page.exception, [error.message for error in page.exception]
        return took["script"], took["charts"]

    found = {"script, first": run()[0]}
    for name, change in _changes(page).items():
        both = list[tuple[float, float]]()
        for i in range(ROUNDS):
            change(i)
            both.append(run())
        found[f"script, {name}"] = quantile([whole for whole, _ in both], 0.5)
        found[f"script beyond the charts, {name}"] = quantile([whole - charts for whole, charts in both], 0.5)
    return found


def _changes(page: Any) -> dict[str, Callable[[int], None]]:
    """What is changed on the page, the i-th time."""

    def control(kind: str, label: str) -> Any:
        return next(one for one in page.get(kind) if one.label == label)

    gates = ("hipaa_baa", "gdpr_dpa", "iso_42001", "zdr_option", "ip_indemnity", "eu_data_residency")
    return {
        "a weight": lambda i: control("slider", "Cost").set_value(5 * i),
        "a must-have": lambda i: control("multiselect", "Must-haves").set_value(
            [gates[i % 6], gates[i // 6]]
        ),
        "a search": lambda i: control("text_input", "Words in the name").set_value("aeiouytrs"[i]),
        "nothing": lambda _: None,
    }


def _timed(work: Callable[..., Any], took: dict[str, float], name: str) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            took[name] += (perf_counter() - start) * 1000

    return timed


@contextmanager
def app(path: Path) -> Iterator[str]:
    """The app on that database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = ENVIRON | {"BROKER_DATABASE_URL": f"sqlite:///{path}", "STREAMLIT_SERVER_PORT": str(port)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(url)


def painted(path: Path) -> dict[str, float]:
    """In Chromium: milliseconds until the page is there, and until a change of it is."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM_ARGS, CHROMIUM_NAMES

    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with app(path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        found = dict[str, float]()
        for name in ("first visitor of the app", "a visitor"):
            page = browser.new_context(viewport={"width": 1500, "height": 1100}).new_page()
            found |= {f"{name}, {what}": ms for what, ms in _opened(page, f"{url}/compare?{ADDRESS}").items()}
        found |= {f"painted again, {what}": ms for what, ms in _changed(page).items()}
        browser.close()
    return found


def _opened(page: Any, url: str) -> dict[str, float]:
    start = perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("heading", level=2).first.wait_for(timeout=60_000)
    answer = (perf_counter() - start) * 1000
    page.get_by_test_id("data-grid-canvas").first.wait_for(timeout=60_000)
    table = (perf_counter() - start) * 1000
    first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"first paint": first, "the answer": answer, "the table": table}


# What a visitor waits for, measured inside the page: nothing of the way to this process counts.
_WATCH = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  window.painted = [];
  let asked = 0;
  addEventListener('keydown', () => { asked = performance.now(); }, true);
  new MutationObserver(() => {
    const since = asked;
    if (app.dataset.testScriptState !== 'notRunning' || !since) return;
    requestAnimationFrame(() => setTimeout(() => { window.painted.push(performance.now() - since); }));
  }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""


def _changed(page: Any) -> dict[str, float]:
    """Medians; the page is left to rest before each change."""
    page.wait_for_timeout(2000)
    page.evaluate(_WATCH)
    weight, gate = page.get_by_role("slider", name="Cost"), page.get_by_role("combobox", name="Must-haves")

    def move() -> None:
        weight.press("ArrowRight")

    def choose() -> None:
        gate.press("ArrowDown")
        page.wait_for_timeout(300)
        gate.press("Enter")

    return {"a weight": _median(page, move), "a must-have": _median(page, choose)}


def _median(page: Any, change: Callable[[], None]) -> float:
    took = list[float]()
    for _ in range(ROUNDS):
        page.evaluate("window.painted = []")
        change()
        while not (seen := page.evaluate("window.painted")):
            page.wait_for_timeout(50)
        took.append(seen[-1])
        page.wait_for_timeout(500)
    return quantile(took, 0.5)


def measured(folder: Path, calls: int) -> dict[str, float]:
    """Everything about one size; the script's part in a process of its own."""
    path = folder / f"{calls}.db"
    prepare(path, calls)
    ENVIRON["BROKER_DATABASE_URL"] = f"sqlite:///{path}"
    return report_of(sys.executable, "-m", "tests.bench.comparison", "script") | painted(path)


def main() -> None:
    """One column a size, so that growth shows."""
    with tempfile.TemporaryDirectory() as folder:
        columns = [measured(Path(folder), calls) for calls in SIZES]
    rows = [(name, *(f"{column[name]:.0f}" for column in columns)) for name in columns[0]]
    what = f"ms, {SUITES} suites × {OFFERS} offers × {SAMPLES} samples"
    header = (what, *(f"{calls:,} calls" for calls in SIZES))
    print_table("The comparison's page", header, rows)


if __name__ == "__main__":
    if sys.argv[1:] == ["script"]:
        print(json.dumps(scripts()))
    else:
        main()
