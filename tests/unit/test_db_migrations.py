"""The migrations lead to the very tables the models describe, and back."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from db import migrate, queries
from db.base import Base
from db.calls import write_calls
from db.migrations import HEAD
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
    with database.engine.execution_options(write=True).begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(FOLDER))
        command.downgrade(config, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert not migrate.is_current(database.engine)


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
