"""What tests of the benchmark pages share: a made-up platform in the configuration, and runs over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broker.runs import Order
from broker.runs.execute import execute
from broker.runs.start import start
from broker.runtime import runtime
from broker.suites import Suite
from broker.suites.store import save_suite
from db.benchmark_queries import suites
from db.session import open_database
from tests.runtools import Platform, platform

MODELS = ("good", "bad", "mute")  # right, wrong, and refused by the server


def toml(url: str) -> str:
    """The `broker.toml` that makes the platform's models offers, all at the same price."""
    rows = [f'[providers.acme]\nname = "Acme"\ndialect = "openai"\nbase_url = "{url}/v1"\n']
    price = 'price = { input_mtok = "1000", output_mtok = "2000" }'
    for model in MODELS:
        named = f'model = "{model}"\nname = "{model.title()}"\nmaker = "Acme"'
        rows.append(f'[[offers]]\nprovider = "acme"\n{named}\n{price}\n')
    return "\n".join(rows)


@contextmanager
def serving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """The platform runs and is configured until the block ends."""
    with platform() as acme:
        (folder / "broker.toml").write_text(toml(acme.url))
        monkeypatch.setenv("BROKER_CONFIG", str(folder / "broker.toml"))
        yield acme


def ordered(suite: Suite, *models: str, **more: object) -> str:
    """The id of a run in the queue."""
    engine, database = runtime(), open_database()
    offers = tuple(offer for offer in engine.config.offers if offer.model in models)
    with database.writer() as session:
        suite_id, _ = save_suite(session, suite, "ada")
        order = Order(suite_id, offers=offers, **more)  # type: ignore[arg-type]
        return start(session, order, engine.config.providers)


def done(suite: Suite, *models: str, **more: object) -> str:
    """The id of a run that has been carried out."""
    run_id = ordered(suite, *models, **more)
    execute(run_id)
    return run_id


def kept() -> dict[str, int]:
    """The suites in the database, their latest versions by name."""
    with open_database().reader() as session:
        return {row.name: row.version for row in session.scalars(suites())}
