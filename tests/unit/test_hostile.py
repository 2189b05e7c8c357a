"""Words that would like to be more than words: every engine keeps them, no file is more for them."""

from collections.abc import Generator
from pathlib import Path

import pytest

from broker.assurance import staff
from broker.comparison.saved import listed, load
from broker.config import load as load_config
from db.benchmarks import Run
from db.reviews import Review
from db.session import Database
from pages import _offer_page_data as offer_page
from pages._overview_data import in_use, months
from tests import hostile
from tests.dbtools import ENGINES, fresh_database


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_every_engine_keeps_them(database: Database, tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_text(hostile.toml(), encoding="utf-8")
    config = load_config(tmp_path / "broker.toml")
    run_id = hostile.fill(database, config)
    with database.reader() as session:
        (saved,) = listed(session)
        assert saved.name == hostile.suite_name()
        assert load(session, saved.id).wanted.suites == ((hostile.suite_name(), 1),)
        assert set(hostile.OFFERS) <= in_use(session, (), hostile.TODAY)
        assert {one.maker for one in months(session, hostile.TODAY).now} == {hostile.suite_name()}
        assert len(staff.known_facts(session)[("two", "licence")]) == 1
        about = offer_page.about(session, config, hostile.OFFERS[0], hostile.TODAY)
        assert about is not None
        assert session.get_one(Run, run_id).name == hostile.suite_name()


def test_an_address_may_ask_for_anything(database: Database) -> None:
    with database.reader() as session:
        for key in (hostile.STORED, hostile.LONG, "\x00"):
            assert session.get(Run, key) is None
            assert session.get(Review, key) is None
            assert offer_page.about(session, load_config(), key, hostile.TODAY) is None
