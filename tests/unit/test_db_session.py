"""Opening: by many processes at once, once a process, quickly, in the right place; reading and writing."""

import fcntl
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import IntegrityError

from db import session as db_session
from db.changes import save_template
from db.migrate import SchemaError
from db.migrations import HEAD
from db.models import Template, Vote
from db.session import Database, open_database
from tests.dbtools import ENGINES, fresh_database, fresh_url

ROOT = Path(__file__).parents[2]
PROCESSES = 4


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    with fresh_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite(tmp_path: Path) -> Generator[Database]:
    with fresh_database("sqlite", tmp_path) as database:
        yield database


def python(script: str, *args: str, **kw: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *args]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, text=True, **pipes | kw)


OPEN_ON_A_SIGN = """
import sys
from db.changes import save_template
from db.session import open_database
print("ready", flush=True)
sys.stdin.readline()
database = open_database(sys.argv[1])
with database.writer() as session:
    save_template(session, name=sys.argv[2], text="")
database.engine.dispose()
"""


def test_processes_that_start_at_once_on_nothing_all_come_up(url: str) -> None:
    processes = [python(OPEN_ON_A_SIGN, url, str(i)) for i in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert ends == [("", "", 0)] * PROCESSES
    with open_database(url).reader() as session:
        assert session.scalar(select(func.count()).select_from(Template)) == PROCESSES
        assert list(session.scalars(text("SELECT version_num FROM alembic_version"))) == [HEAD]


def test_nothing_happens_to_a_file_that_another_process_is_setting_up(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'broker.db'}"
    opening = threading.Thread(target=open_database, args=[url])
    with (tmp_path / "broker.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        opening.start()
        opening.join(1)
        assert opening.is_alive()
        assert (tmp_path / "broker.db").stat().st_size == 0
    opening.join(30)
    assert not opening.is_alive()
    open_database(url).engine.dispose()


def test_a_database_is_opened_once_a_process(url: str) -> None:
    assert open_database(url) is open_database(url)


def test_what_is_up_to_date_opens_without_alembic(url: str) -> None:
    open_database(url)
    script = (
        "import sys; from db.session import open_database; open_database(sys.argv[1]).engine.dispose()\n"
        "print('alembic' in sys.modules)"
    )
    assert python(script, url).communicate(timeout=30) == ("False\n", "")


def test_the_package_is_light_to_import() -> None:
    script = "import sys, db, db.session, db.rows; print('sqlalchemy' in sys.modules)"
    assert python(script).communicate(timeout=30) == ("False\n", "")


def test_a_newer_database_is_refused_with_a_reason(url: str) -> None:
    database = open_database(url)
    with database.writer() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'from-2031'"))
    with pytest.raises(SchemaError, match=r"from-2031.*update"):
        db_session._open(database.url)


def test_the_folder_is_made(tmp_path: Path) -> None:
    with fresh_url("sqlite", tmp_path / "a 100% new" / "folder") as url:
        open_database(url)
        assert (tmp_path / "a 100% new" / "folder" / "broker.db").is_file()


def test_the_url_comes_from_the_caller_then_the_environment_then_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_DATABASE_URL", f"sqlite:///{tmp_path}/two.db")
    assert Path(open_database(f"sqlite:///{tmp_path}/one.db").url.database or "").name == "one.db"
    assert Path(open_database().url.database or "").name == "two.db"
    monkeypatch.delenv("BROKER_DATABASE_URL")
    monkeypatch.setattr(db_session, "_DEFAULT_FILE", tmp_path / "data" / "broker.db")
    assert open_database().url.database == str(tmp_path / "data" / "broker.db")
    for name in ("one", "two", "data/broker"):
        open_database(f"sqlite:///{tmp_path}/{name}.db").engine.dispose()


def test_the_default_is_beside_the_packages() -> None:
    assert db_session._DEFAULT_FILE == ROOT / "data" / "broker.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_urls_use_psycopg(scheme: str) -> None:
    found = db_session._resolve(f"{scheme}://ada:secret@db.example/broker")
    assert found.render_as_string(hide_password=False) == "postgresql+psycopg://ada:secret@db.example/broker"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a file"):
        open_database(url)


def test_a_writer_commits_and_a_failed_one_does_not(url: str) -> None:
    database = open_database(url)
    with database.writer() as session:
        save_template(session, name="kept", text="")
    with pytest.raises(RuntimeError), database.writer() as session:  # noqa: PT012 - the point
        save_template(session, name="lost", text="")
        raise RuntimeError
    with database.reader() as session:
        assert list(session.scalars(select(Template.name))) == ["kept"]


def test_a_reader_writes_nothing(url: str) -> None:
    database = open_database(url)
    with database.reader() as session:
        save_template(session, name="lost", text="")
    with database.reader() as session:
        assert list(session.scalars(select(Template))) == []


def test_objects_stay_readable_after_their_session(url: str) -> None:
    database = open_database(url)
    with database.writer() as session:
        written = save_template(session, name="n", text="t")
    with database.reader() as session:
        (read,) = session.scalars(select(Template))
    assert (written.id, written.text, written.created_at) == (read.id, read.text, read.created_at)


def test_foreign_keys_are_enforced(url: str) -> None:
    with pytest.raises(IntegrityError), open_database(url).writer() as session:
        session.add(Vote(prompt_id="none", choice="tie", blind=False))


def test_errors_do_not_show_values(url: str) -> None:
    with pytest.raises(IntegrityError) as caught, open_database(url).writer() as session:
        session.add(Vote(prompt_id="none", choice="tie", blind=False, reason="secret words"))
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_set_up(sqlite: Database, pragma: str, value: object) -> None:
    with sqlite.reader() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_restored_copy_without_wal_gets_it_back(sqlite: Database, tmp_path: Path) -> None:
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    with sqlite.engine.connect() as connection:
        connection.rollback()
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    database = open_database(copy)
    with database.reader() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
    database.engine.dispose()


def test_writers_take_the_lock_first_and_readers_never(sqlite: Database) -> None:
    begun: list[str] = []

    @event.listens_for(sqlite.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        begun.append(statement)

    with sqlite.reader() as session:
        session.scalars(select(Template)).all()
    with sqlite.writer() as session:
        session.scalars(select(Template)).all()
    assert [s for s in begun if s.startswith("BEGIN")] == ["BEGIN", "BEGIN IMMEDIATE"]


def test_a_reader_goes_on_seeing_one_state(sqlite: Database) -> None:
    count = select(func.count()).select_from(Template)
    with sqlite.reader() as reading:
        assert reading.scalar(count) == 0
        with sqlite.writer() as writing:
            save_template(writing, name="n", text="")
        assert reading.scalar(count) == 0
    with sqlite.reader() as reading:
        assert reading.scalar(count) == 1


def test_no_read_modify_write_is_lost(sqlite: Database) -> None:
    threads, rounds = 4, 25
    with sqlite.writer() as session:
        save_template(session, name="counter", text="0")

    def count() -> None:
        for _ in range(rounds):
            with sqlite.writer() as session:
                value = session.scalar(select(Template.text))
                session.execute(update(Template).values(text=str(int(value or "") + 1)))

    running = [threading.Thread(target=count) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    with sqlite.reader() as session:
        assert session.scalar(select(Template.text)) == str(threads * rounds)
