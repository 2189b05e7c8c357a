"""The migrations lead to the very tables the models describe, and back."""

import shutil
from collections.abc import Generator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from broker.types import ChatRequest, Completion, Cost, Message, Offer, Params, TokenPrice, Usage
from db import migrate, queries
from db.base import Base
from db.calls import write_calls
from db.migrations import HEAD
from db.queries import HistoryFilter
from db.rollups import CallRollup
from db.rows import call_row, content_row, load_completion
from db.session import Database
from tests.dbtools import ENGINES, answered, context, fresh_database, started

FOLDER = migrate._FOLDER

NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", "{head}"


def upgrade():
    with op.batch_alter_table("call", recreate="{recreate}") as call:
        call.add_column(sa.Column("colour", sa.Text()))
"""


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_the_code_expects_the_last_revision() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == HEAD


# SQLite cannot say what an index on an expression is; there the votes' own test covers it.
@pytest.mark.filterwarnings("ignore:.* expression-based index:UserWarning")
@pytest.mark.filterwarnings("ignore:.* expression-based index:sqlalchemy.exc.SAWarning")
def test_migrated_tables_are_those_of_the_models(database: Database) -> None:
    # To mend a failure here, write what it lists into a new file of db/migrations/versions.
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_named_constraints_are_those_of_the_models(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        found = {row["name"] for row in inspector.get_foreign_keys(table.name)}
        assert found == {key.name for key in table.foreign_key_constraints}
        assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name


def test_every_step_can_be_undone(database: Database) -> None:
    _downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert not migrate.is_current(database.engine)


FIRST = """
INSERT INTO prompt (id, conversation_id, turn, created_at, blind, offers, params, text)
VALUES ('p', 'c', 1, '2026-03-01 12:00:00.000000', FALSE, '["acme/m"]', '{"seed":0}', 'Which?');
INSERT INTO call (id, started_at, purpose, prompt_id, position, offer, offer_name, provider, platform, maker,
  model, wire_model, defaults, params, dropped, status, finish_reason, output_tokens, cost_input,
  cost_cache_read, cost_cache_write, cost_output, cost_total, price, attempt_count, attempts)
VALUES ('1', '2026-03-01 12:00:00.000000', 'playground', 'p', 0, 'acme/m', 'M', 'acme', 'Acme', 'Acme',
  'm', 'm-1', '{}', '{"seed":0}', '["top_p"]', 'ok', 'stop', 5, 10000000000, 0, 0, 5, 10000000005,
  '{"output_mtok":"4.80","source":"contract"}', 1, '[]');
INSERT INTO call_content (call_id, text, reasoning, messages, json_schema)
VALUES ('1', 'Bern.', '', '[{"role":"user","content":"Which?"}]', '{"type":"object"}');
INSERT INTO vote (id, prompt_id, choice, call_id, blind, created_at, updated_at)
VALUES ('v', 'p', 'one', '1', FALSE, '2026-03-01 12:00:00.000000', '2026-03-01 12:00:00.000000');
"""


def test_a_database_of_the_first_version_keeps_what_it_has(database: Database) -> None:
    _downgrade(database, "0001")
    with database.engine.execution_options(write=True).begin() as connection:
        for statement in FIRST.strip().split(";\n"):
            connection.exec_driver_sql(statement.rstrip(";"))
    migrate.upgrade(database.engine)
    asked = ChatRequest((Message("user", "Which?"),), Params(seed=0, json_schema={"type": "object"}))
    offer = Offer("acme", "m", "m-1", "Acme", "M")
    price = TokenPrice(output_mtok=Decimal("4.80"), source="contract")
    with database.reader() as session:
        ((call, content),) = session.execute(queries.calls_of(["p"])).all()
        assert load_completion(call, content) == Completion(
            call_id="1",
            offer=offer,
            request=asked,
            status="ok",
            started_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
            text="Bern.",
            finish_reason="stop",
            usage=Usage(output_tokens=5),
            cost=Cost(Decimal(1), Decimal(0), Decimal(0), Decimal("5e-10"), price),
            dropped=("top_p",),
        )
        (prompt,) = session.scalars(queries.history(HistoryFilter(search="BERN", voted=True)))
        assert (prompt.text, prompt.images) == ("Which?", None)
        summed = session.scalars(select(CallRollup)).one()
        assert (summed.offer, summed.month, summed.calls) == ("acme/m", date(2026, 3, 1), 1)
        assert (summed.cost, summed.tokens_unknown) == (Decimal("1.0000000005"), 1)  # input is not known
    _downgrade(database, "0001")
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT cost_total FROM call")) == 10_000_000_005


def _downgrade(database: Database, revision: str) -> None:
    with database.engine.execution_options(write=True).connect() as connection:
        if database.engine.dialect.name == "sqlite":
            migrate._prepare_sqlite(connection)
        with connection.begin():
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(FOLDER))
            command.downgrade(config, revision)
        connection.invalidate()


def test_a_later_migration_keeps_every_row_and_reference(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = answered(started())
    with database.writer() as session:
        write_calls(session, [call_row(call, context(), "Acme", None)], [content_row(call)])
    shutil.copytree(FOLDER, tmp_path / "migrations")
    # The heaviest way there is: the table others refer to is replaced by a copy.
    recreate = "always" if database.engine.dialect.name == "sqlite" else "auto"
    step = tmp_path / "migrations" / "versions" / "next.py"
    step.write_text(NEXT.format(head=HEAD, recreate=recreate))
    monkeypatch.setattr(migrate, "_FOLDER", tmp_path / "migrations")
    monkeypatch.setattr(migrate, "HEAD", "next")
    assert not migrate.is_current(database.engine)
    migrate.upgrade(database.engine)
    assert migrate.is_current(database.engine)
    with database.reader() as session:
        row, content = session.execute(queries.call(call.call_id)).one()
        assert load_completion(row, content) == call
        assert session.execute(text("SELECT colour FROM call")).all() == [(None,)]
    orphan = {**content_row(answered(started())), "json_schema": None}
    with pytest.raises(IntegrityError), database.writer() as session:
        write_calls(session, [], [orphan])


def test_a_failed_migration_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_every_step_can_be_undone(database)

    def fail(*_: object) -> None:
        raise RuntimeError("the machine went down")

    monkeypatch.setattr("alembic.op.create_index", fail)  # after the first tables exist
    with pytest.raises(RuntimeError, match="went down"):
        migrate.upgrade(database.engine)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    monkeypatch.undo()
    migrate.upgrade(database.engine)
    assert migrate.is_current(database.engine)
