"""Every call handed over ends up in the database, whatever happens to the database or the process."""

import hashlib
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from broker import record
from broker.record import Recorder, RecordError, load_completion
from broker.types import ChatRequest, Completion, Image, Message, Params
from db import queries
from db.changes import add_prompt, delete_prompt
from db.images import load
from db.models import Call, CallContent, CallImage, StoredImage, Worker
from db.session import Database
from tests.dbtools import ENGINES, OFFER, answered, context, failed, fresh_database, started

ROOT = Path(__file__).parents[2]
SECRET = "the merger with Acme"


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def recorder(database: Database) -> Generator[Recorder]:
    recorder = Recorder(database, {"acme": "Acme Cloud"})
    yield recorder
    recorder.close()


def stored(database: Database, call_id: str) -> Completion:
    with database.reader() as session:
        return load_completion(*session.execute(queries.call(call_id)).one())


def statements(database: Database, beginning: str) -> list[str]:
    """From now on, collects the statements that begin so."""
    seen: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(beginning):
            seen.append(statement)

    return seen


@pytest.mark.parametrize("end", [answered, failed])
def test_a_call_comes_back_as_it_was(
    database: Database, recorder: Recorder, end: Callable[[Completion], Completion]
) -> None:
    call = end(started())
    recorder.finish(call, context())
    recorder.flush()
    assert stored(database, call.call_id) == call


@pytest.mark.parametrize(
    "call",
    [
        started(),
        replace(started(), status="stopped", text="so f"),
        replace(started(replace(OFFER, defaults=Params())), status="ok", text="", dropped=()),
        replace(answered(started()), cost=None, served_model=None, finish_reason=None),
    ],
)
def test_unknown_stays_unknown(database: Database, recorder: Recorder, call: Completion) -> None:
    recorder.finish(call, context())
    recorder.flush()
    assert stored(database, call.call_id) == call


def test_the_row_says_who_why_where_and_what_it_took(database: Database, recorder: Recorder) -> None:
    with database.writer() as session:
        prompt = add_prompt(session, text="?", offers=["acme/acme-large"])
    begun = started()
    recorder.begin(begun, context(prompt.id, 3))
    recorder.finish(answered(begun), context(prompt.id, 3))
    recorder.flush()
    with database.reader() as session:
        row = session.get_one(Call, begun.call_id)
        worker = session.get_one(Worker, row.worker_id)
    assert (row.user, row.purpose, row.prompt_id, row.position) == ("ada", "playground", prompt.id, 3)
    assert (row.offer, row.offer_name, row.platform) == ("acme/acme-large", "Acme Large", "Acme Cloud")
    assert row.params == {
        **{"top_p": 0.5, "max_tokens": 64, "stop": ["\n\n"], "seed": 0},
        **{"reasoning_budget": 1024, "tool_choice": "auto", "logprobs": 1},
    }
    assert row.defaults == {"temperature": 0.0}
    assert row.cost_total == answered(begun).cost.total  # type: ignore[union-attr]
    assert row.price == {
        "input_mtok": "1.20",
        "output_mtok": "4.80",
        "cache_read_mtok": "0.12",
        "source": "contract",
    }
    assert row.ended_at == begun.started_at + timedelta(milliseconds=700.5)
    assert row.attempt_count == 2
    assert worker.heartbeat_at >= worker.started_at


def test_without_a_name_the_provider_stands_for_its_platform(database: Database) -> None:
    recorder, call = Recorder(database), started()
    recorder.begin(call, context())
    recorder.close()
    with database.reader() as session:
        assert session.get_one(Call, call.call_id).platform == "acme"


def test_a_call_under_way_can_be_seen_and_is_then_completed(database: Database, recorder: Recorder) -> None:
    begun = started()
    recorder.begin(begun, context())
    recorder.flush()
    assert stored(database, begun.call_id) == begun
    recorder.finish(answered(begun), context())
    recorder.flush()
    assert stored(database, begun.call_id) == answered(begun)


def test_the_whole_of_a_short_call_is_one_insert(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_GATHER_S", 10)  # nothing is written before the flush
    inserts, calls = statements(database, "INSERT INTO call "), [started() for _ in range(20)]
    for call in calls:
        recorder.begin(call, context())
    for call in calls:
        recorder.finish(answered(call), context())
    recorder.flush()
    assert len(inserts) == 1
    assert [stored(database, call.call_id) for call in calls] == [answered(call) for call in calls]


def test_what_came_so_far_is_kept(database: Database, recorder: Recorder) -> None:
    begun = started()
    recorder.begin(begun, context())
    recorder.checkpoint(begun.call_id, "so", "hm")
    recorder.checkpoint(begun.call_id, "so far", "hmm")
    recorder.flush()
    assert stored(database, begun.call_id) == replace(begun, text="so far", reasoning="hmm")
    recorder.checkpoint(begun.call_id, "so far so", "hmm")
    recorder.flush()
    assert stored(database, begun.call_id).text == "so far so"


@pytest.mark.parametrize("together", [True, False])
def test_a_late_checkpoint_does_not_undo_the_end(
    database: Database, recorder: Recorder, together: bool
) -> None:
    call = answered(started())
    recorder.finish(call, context())
    if not together:
        recorder.flush()
    recorder.checkpoint(call.call_id, "B", "")
    recorder.flush()
    assert stored(database, call.call_id) == call


def test_threads_may_hand_over_at_once(database: Database, recorder: Recorder) -> None:
    def work() -> None:
        for _ in range(100):
            begun = started()
            recorder.begin(begun, context())
            recorder.finish(answered(begun), context())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.flush(30)
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Call.status == "ok")) == 400
        assert session.scalar(select(func.count()).select_from(CallContent)) == 400


def test_text_no_engine_takes_is_made_good(database: Database, recorder: Recorder) -> None:
    call = replace(answered(started(), "a\x00b \ud800"), served_model="m\x00")
    recorder.finish(call, context())
    recorder.flush()
    found = stored(database, call.call_id)
    assert (found.text, found.served_model) == ("a\ufffdb \ufffd", "m\ufffd")


def test_without_its_content_a_call_keeps_its_figures(database: Database, recorder: Recorder) -> None:
    call = answered(started())
    recorder.finish(call, context())
    recorder.flush()
    with database.reader() as session:
        row, content = session.execute(queries.call(call.call_id)).one()
    assert content is not None
    bare = load_completion(row, None)
    assert (bare.text, bare.reasoning, bare.request.messages) == ("", "", ())
    assert (bare.request.params.json_schema, bare.request.params.tools) == (None, ())
    assert (bare.tool_calls, bare.logprobs) == ((), ())
    assert (bare.usage, bare.cost, bare.timing) == (call.usage, call.cost, call.timing)


PNG, JPEG = Image("image/png", b"\x89PNG\r\n\x1a\n" + bytes(9)), Image("image/jpeg", b"\xff\xd8\xff" * 9)


def with_images(call: Completion, *images: Image) -> Completion:
    return replace(call, request=ChatRequest((Message("user", "What is this?", images=images),)))


def test_a_picture_is_kept_once_however_often_it_is_sent(database: Database, recorder: Recorder) -> None:
    begun = [with_images(started(), PNG, JPEG, PNG), with_images(started(), PNG)]
    for call in begun:
        recorder.begin(call, context())
    recorder.flush()
    for call in begun:
        recorder.finish(answered(call), context())
    recorder.flush()
    with database.reader() as session:
        assert sorted(session.scalars(select(StoredImage.data))) == sorted([PNG.data, JPEG.data])
        content = session.get_one(CallContent, begun[1].call_id)
    key = hashlib.sha256(PNG.data).hexdigest()
    assert content.messages == [
        {
            "role": "user",
            "content": "What is this?",
            "images": [{"sha256": key, "media_type": "image/png", "bytes": 17}],
        }
    ]


def test_pictures_are_read_when_they_are_asked_for(database: Database, recorder: Recorder) -> None:
    call = answered(with_images(started(), PNG, JPEG))
    recorder.finish(call, context())
    recorder.flush()
    read = statements(database, "SELECT image.")
    with database.reader() as session:
        row, content = session.execute(queries.call(call.call_id)).one()
        assert load_completion(row, content).request.messages == (Message("user", "What is this?"),)
        assert read == []
        images = load(session, session.scalars(queries.images_of([call.call_id])).all())
        assert load_completion(row, content, images) == call
        assert len(read) == 1


def test_reasoning_blocks_are_not_kept(database: Database, recorder: Recorder) -> None:
    turn = Message("assistant", "Hm.", reasoning_blocks=({"type": "thinking", "signature": SECRET},))
    call = replace(answered(started()), reasoning_blocks=turn.reasoning_blocks)
    recorder.finish(replace(call, request=ChatRequest((turn,), call.request.params)), context())
    recorder.flush()
    found = stored(database, call.call_id)
    assert found.request.messages == (Message("assistant", "Hm."),)
    assert found.reasoning_blocks == ()


def test_a_prompt_deleted_while_a_call_ran_stays_wordless(database: Database, recorder: Recorder) -> None:
    with database.writer() as session:
        prompt = add_prompt(session, text=SECRET, offers=["acme/acme-large"])
    begun = with_images(started(), PNG)
    recorder.begin(begun, context(prompt.id))
    recorder.flush()
    with database.writer() as session:
        delete_prompt(session, prompt.id)
    recorder.checkpoint(begun.call_id, SECRET, "")
    recorder.finish(answered(begun, SECRET), context(prompt.id))
    recorder.flush()
    with database.reader() as session:
        assert session.scalars(select(CallContent)).all() == []
        assert session.scalars(select(CallImage)).all() == session.scalars(select(StoredImage)).all() == []
        assert session.get_one(Call, begun.call_id).output_tokens == 5


def test_one_wrong_call_does_not_hold_up_the_others(
    database: Database, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    good = [answered(started()) for _ in range(3)]
    naive = replace(answered(started(), SECRET), started_at=datetime(2026, 3, 1))
    recorder.finish(good[0], context())
    recorder.finish(answered(started(), SECRET), context("no-such-prompt"))
    recorder.finish(good[1], context())
    recorder.finish(naive, context())
    recorder.finish(good[2], context())
    with caplog.at_level(logging.INFO), pytest.raises(RecordError, match="refused 2 calls"):
        recorder.flush()
    assert [stored(database, call.call_id) for call in good] == good
    assert f"call {naive.call_id} is not recorded" in caplog.text
    assert SECRET not in caplog.text
    recorder.flush()  # said once


def break_down(database: Database, times: int) -> threading.Event:
    """From now on, that many statements fail as if the database were away; set when they have."""
    over = threading.Event()
    left = [times]

    @event.listens_for(database.engine, "before_cursor_execute")
    def fail(*_: object) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise OperationalError("", {}, RuntimeError("server closed the connection"))
        over.set()

    return over


def test_a_database_that_was_away_gets_everything_later(
    database: Database, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    call = answered(started(), SECRET)
    recorder.flush()
    over = break_down(database, times=3)
    with caplog.at_level(logging.WARNING):
        recorder.finish(call, context())
        assert over.wait(10)
        recorder.flush()
    assert stored(database, call.call_id) == call
    assert caplog.text.count("server closed the connection") == 3
    assert SECRET not in caplog.text


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_server_that_drops_its_connections_loses_nothing(database: Database, recorder: Recorder) -> None:
    begun = started()
    with database.reader() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        recorder.begin(begun, context())
        recorder.flush()
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> :mine"
        drop = text(f"SELECT pg_terminate_backend(pid) {others}")
        assert session.scalars(drop, {"mine": mine}).all() == [True]
    recorder.finish(answered(begun), context())
    recorder.flush()
    assert stored(database, begun.call_id) == answered(begun)


def test_handing_over_never_waits_and_flush_says_when_it_had_to_give_up(tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as database:
        recorder, call = Recorder(database), answered(started())
        recorder.flush()
        with database.writer() as session:
            session.execute(text("SELECT 1"))  # holds the only write lock
            begun = perf_counter()
            for _ in range(1000):
                recorder.finish(call, context())
            assert perf_counter() - begun < 1
            with pytest.raises(RecordError, match=r"within 0\.2 s"):
                recorder.flush(0.2)
        recorder.close()
        assert stored(database, call.call_id) == call


def test_closing_writes_what_is_left_and_twice_is_no_error(database: Database) -> None:
    recorder, call = Recorder(database), answered(started())
    recorder.finish(call, context())
    recorder.close()
    recorder.close()
    assert stored(database, call.call_id) == call


def test_a_call_after_the_end_is_complained_about(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(database)
    recorder.close()
    recorder.finish(answered(started(), SECRET), context())
    assert "it is lost" in caplog.text
    assert SECRET not in caplog.text


def test_a_process_registers_when_it_first_writes_and_then_beats(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "HEARTBEAT_S", 0)
    recorder = Recorder(database)
    recorder.flush()
    with database.reader() as session:
        assert session.scalars(select(Worker)).all() == []
    recorder.begin(started(), context())
    recorder.flush()
    with database.reader() as session:
        first = session.scalar(select(Worker.heartbeat_at))
    assert first is not None
    beaten = threading.Event()

    @event.listens_for(database.engine, "commit")
    def note(_: object) -> None:
        beaten.set()

    assert beaten.wait(10)  # nothing was handed over
    recorder.close()
    with database.reader() as session:
        (later,) = session.scalars(select(Worker.heartbeat_at))
    assert later > first


CHILD = """
import sys
from broker.record import Recorder
from db.session import open_database
from tests.dbtools import answered, context, started
recorder = Recorder(open_database(sys.argv[1]))
"""
CRASH = (
    CHILD
    + """
for i in range(3):
    call = started()
    recorder.begin(call, context())
    recorder.checkpoint(call.call_id, "so far", "")
recorder.finish(answered(started()), context())
recorder.flush()
print("recorded", flush=True)
sys.stdin.read()
"""
)
LEAVE = CHILD + "recorder.finish(answered(started()), context())"


def child(database: Database, script: str) -> subprocess.Popen[str]:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", script, url]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_after_a_crash_the_next_process_finds_the_interrupted_calls(database: Database) -> None:
    with child(database, CRASH) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        bystander = Recorder(database)
        bystander.close()
        with database.reader() as session:
            statuses = list(session.scalars(select(Call.status).order_by(Call.status)))
        assert statuses == ["ok", "running", "running", "running"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        recorder = Recorder(database)
        recorder.flush()
    with database.reader() as session:
        rows = session.execute(select(Call.status, CallContent.text).join_from(Call, CallContent))
        assert sorted(map(tuple, rows)) == [("interrupted", "so far")] * 3 + [("ok", "Bern.")]
    recorder.close()


def test_a_process_that_ends_without_closing_loses_nothing(database: Database) -> None:
    assert child(database, LEAVE).communicate(timeout=60) == ("", "")
    with database.reader() as session:
        assert list(session.scalars(select(Call.status))) == ["ok"]
