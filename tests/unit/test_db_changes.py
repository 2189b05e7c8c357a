"""Votes replace each other, templates too; deleting takes the words and leaves the figures."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from broker.types import ChatRequest, Image, Message
from db import queries
from db.calls import write_calls
from db.changes import (
    add_prompt,
    cast_vote,
    delete_prompt,
    delete_template,
    purge_content,
    save_case,
    save_template,
)
from db.models import Call, CallContent, Prompt, SavedCase, StoredImage, Template, Vote, utc_now
from db.rows import call_row, content_row, images_in
from db.session import Database, open_database
from tests.dbtools import ENGINES, answered, context, failed, fresh_database, started

SECRET = "the merger with Acme"


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def ask(database: Database, *, at: datetime | None = None, running: bool = False) -> tuple[str, list[str]]:
    """The id of a prompt and of its two calls; one answered (or still running), one failed."""
    with database.writer() as session:
        variables = {"topic": SECRET}
        prompt = add_prompt(session, text=SECRET, system=SECRET, offers=["a/a", "b/b"], variables=variables)
        prompt.created_at = at or utc_now()
        session.flush()
        begun = started(), started()
        calls = [begun[0] if running else answered(begun[0], SECRET), failed(begun[1])]
        rows = [call_row(call, context(prompt.id, i), "Acme", None) for i, call in enumerate(calls)]
        rows = [{**row, "started_at": prompt.created_at} for row in rows]
        write_calls(session, rows, [content_row(call) for call in calls])
    return prompt.id, [call.call_id for call in calls]


def words(database: Database, prompt_id: str) -> dict[str, Any]:
    """Every word kept of a prompt, by where it is."""
    with database.reader() as session:
        prompt = session.scalars(queries.prompt(prompt_id)).one()
        calls = session.execute(queries.calls_of([prompt_id])).all()
        votes = session.scalars(queries.votes_of([prompt_id]))
        return {
            "prompt": (prompt.text, prompt.system, prompt.variables, prompt.params),
            "contents": [content.text for _, content in calls if content is not None],
            "errors": [call.error_message for call, _ in calls],
            "reasons": [vote.reason for vote in votes],
        }


NO_WORDS = {"prompt": (None, None, None, {}), "contents": [], "errors": [None, None], "reasons": []}


def test_a_prompt_follows_its_parent(database: Database) -> None:
    with database.writer() as session:
        first = add_prompt(session, text="1", offers=["a/a"])
        second = add_prompt(session, text="2", offers=["a/a"], parent=first)
        other = add_prompt(session, text="1", offers=["a/a"])
    assert (first.turn, first.parent_id) == (1, None)
    assert (second.turn, second.parent_id) == (2, first.id)
    assert second.conversation_id == first.conversation_id != other.conversation_id


@pytest.mark.parametrize("user", [None, "ada"])
def test_a_second_vote_replaces_the_first(database: Database, user: str | None) -> None:
    prompt, (call, _) = ask(database)
    with database.writer() as session:
        cast_vote(
            session, prompt_id=prompt, choice="one", call_id=call, reason="clear", blind=True, user=user
        )
        cast_vote(session, prompt_id=prompt, choice="tie", user="bob")
    with database.writer() as session:
        cast_vote(session, prompt_id=prompt, choice="all_bad", user=user)
    with database.reader() as session:
        votes = {vote.user: vote for vote in session.scalars(queries.votes_of([prompt]))}
    assert votes.keys() == {user, "bob"}
    mine = votes[user]
    assert (mine.choice, mine.call_id, mine.reason, mine.blind) == ("all_bad", None, None, False)
    assert mine.updated_at > mine.created_at


def test_two_votes_of_nobody_cannot_both_be_kept(database: Database) -> None:
    prompt, _ = ask(database)
    with pytest.raises(IntegrityError), database.writer() as session:
        session.add_all(Vote(prompt_id=prompt, choice="tie", blind=False) for _ in range(2))


def test_a_vote_needs_a_winner_exactly_when_it_names_one(database: Database) -> None:
    prompt, (call, _) = ask(database)
    _, (foreign, _) = ask(database)
    with database.writer() as session:
        for wrong in (
            {"choice": "one"},
            {"choice": "tie", "call_id": call},
            {"choice": "one", "call_id": foreign},
            {"choice": "one", "call_id": "none"},
            {"choice": "tie", "prompt_id": "none"},
        ):
            with pytest.raises(ValueError, match=r"vote|answer|no prompt"):
                cast_vote(session, **{"prompt_id": prompt, **wrong})


@pytest.mark.parametrize("vote", [{"choice": "best"}, {"choice": "one"}])
def test_the_database_itself_refuses_a_wrong_vote(database: Database, vote: dict[str, str]) -> None:
    prompt, _ = ask(database)
    with pytest.raises(IntegrityError), database.writer() as session:
        session.add(Vote(prompt_id=prompt, blind=False, **vote))


def test_a_template_is_overwritten_by_name(database: Database) -> None:
    for greeting, user in (("Dear {{name}}", "ada"), ("Hello {{name}}", "bob")):
        with database.writer() as session:
            save_template(session, name="letter", text=greeting, user=user)
            save_template(session, name="other", text="")
    with database.writer() as session:
        delete_template(session, "other")
        delete_template(session, "never there")
    with database.reader() as session:
        (left,) = session.scalars(queries.templates())
    assert (left.name, left.text, left.user) == ("letter", "Hello {{name}}", "bob")


def test_deleting_a_prompt_takes_the_words_and_leaves_figures_and_cases(database: Database) -> None:
    prompt, (call, _) = ask(database)
    other, _ = ask(database)
    with database.writer() as session:
        cast_vote(session, prompt_id=prompt, choice="one", call_id=call, reason=SECRET)
        save_case(session, name="case", text=SECRET, prompt_id=prompt)
    before = figures(database)
    with database.writer() as session:
        delete_prompt(session, prompt)
    assert words(database, prompt) == {**NO_WORDS, "reasons": [None]}
    assert words(database, other)["contents"] == [SECRET, ""]
    assert figures(database) == before
    with database.reader() as session:
        assert session.scalar(select(SavedCase.text)) == SECRET
        assert session.scalar(select(Vote.call_id)) == call
        assert session.scalar(select(Prompt.deleted_at).where(Prompt.id == prompt)) is not None


def figures(database: Database) -> tuple[Any, ...]:
    with database.reader() as session:
        sums = [
            func.count(),
            func.sum(Call.cost_total),
            func.sum(Call.output_tokens),
            func.sum(Call.total_ms),
        ]
        return tuple(session.execute(select(*sums, func.count(Call.error_kind))).one())


def image(name: str) -> Image:
    return Image("image/png", name.encode() * 100)


def show(database: Database, *names: str, at: datetime | None = None, calls: bool = True) -> str:
    """The id of a prompt with these pictures, sent in one call."""
    images = tuple(image(name) for name in names)
    with database.writer() as session:
        prompt = add_prompt(session, text="?", offers=["a/a"], images=images)
        prompt.created_at = at or utc_now()
        session.flush()
        if calls:
            message = Message("user", "?", images=images)
            call = replace(answered(started()), request=ChatRequest((message,)))
            row = call_row(call, context(prompt.id, 0), "Acme", None)
            write_calls(session, [row], [content_row(call)], {call.call_id: images_in(call)})
    return prompt.id


def pictures(database: Database) -> set[str]:
    with database.reader() as session:
        return {data[:1].decode() for data in session.scalars(select(StoredImage.data))}


@pytest.mark.parametrize("calls", [True, False])
def test_a_picture_goes_with_the_last_that_refers_to_it(database: Database, calls: bool) -> None:
    one = show(database, "a", "b")
    two = show(database, "b", "c", calls=calls)
    with database.writer() as session:
        delete_prompt(session, one)
    assert pictures(database) == {"b", "c"}
    with database.reader() as session:
        assert session.get_one(Prompt, one).images is None
    with database.writer() as session:
        delete_prompt(session, two)
    assert pictures(database) == set()


def test_a_picture_stays_while_a_call_of_another_prompt_sent_it(database: Database) -> None:
    one = show(database, "a", calls=False)
    follow_up = show(database, "a")
    with database.writer() as session:
        session.get_one(Prompt, follow_up).images = None  # an earlier turn's picture: only its call sent it
    with database.writer() as session:
        delete_prompt(session, one)
    assert pictures(database) == {"a"}


def test_a_purge_takes_the_old_pictures(database: Database) -> None:
    old = utc_now() - timedelta(days=31)
    show(database, "a", "b", at=old)
    show(database, "b")
    with database.writer() as session:
        purge_content(session, utc_now() - timedelta(days=30))
    assert pictures(database) == {"b"}


@pytest.mark.postgres
def test_deleting_a_picture_waits_for_who_is_about_to_refer_to_it(tmp_path: Path) -> None:
    with fresh_database("postgresql", tmp_path) as database:
        prompt = show(database, "a")
        call = replace(answered(started()), request=ChatRequest((Message("user", images=(image("a"),)),)))
        with ThreadPoolExecutor(1) as thread:
            with database.writer() as session:
                rows = [call_row(call, context(), "Acme", None)], [content_row(call)]
                write_calls(session, *rows, {call.call_id: images_in(call)})
                deleted = thread.submit(delete_in_its_own, database, prompt)
                wait_for_a_lock(database)
            deleted.result(10)
        assert pictures(database) == {"a"}


def delete_in_its_own(database: Database, prompt_id: str) -> None:
    with database.writer() as session:
        delete_prompt(session, prompt_id)


def wait_for_a_lock(database: Database) -> None:
    """Until another transaction of this database waits for one."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 10
    with database.engine.connect() as connection:
        while not connection.scalar(waiting):
            assert time.monotonic() < deadline, "nothing waits"
            time.sleep(0.01)


def test_deleting_twice_or_nothing_is_no_error(database: Database) -> None:
    prompt, _ = ask(database)
    for prompt_id in (prompt, prompt, "none"):
        with database.writer() as session:
            delete_prompt(session, prompt_id)


def test_a_deleted_prompt_takes_no_vote(database: Database) -> None:
    prompt, _ = ask(database)
    with database.writer() as session:
        delete_prompt(session, prompt)
        with pytest.raises(ValueError, match="no prompt"):
            cast_vote(session, prompt_id=prompt, choice="tie")


def test_words_written_after_the_deletion_do_not_stay(database: Database) -> None:
    prompt, calls = ask(database, running=True)
    with database.writer() as session:
        delete_prompt(session, prompt)
    with database.writer() as session:
        late = failed(answered(started(), SECRET))
        rows = [call_row(late, context(prompt, 0), "Acme", None) | {"id": calls[0]}]
        write_calls(session, rows, [content_row(late) | {"call_id": calls[0]}])
    assert words(database, prompt) == NO_WORDS
    with database.reader() as session:
        assert session.scalar(select(Call.status).where(Call.id == calls[0])) == "error"


def test_a_purge_takes_what_is_older_and_leaves_what_runs(database: Database) -> None:
    now = utc_now()
    old, _ = ask(database, at=now - timedelta(days=31))
    new, _ = ask(database, at=now - timedelta(days=29))
    with database.writer() as session:
        cast_vote(session, prompt_id=old, choice="tie", reason=SECRET)
        alone = answered(started()), started()
        rows = [call_row(call, context(), "Acme", None) for call in alone]
        rows = [{**row, "started_at": now - timedelta(days=40)} for row in rows]
        write_calls(session, rows, [content_row(call) for call in alone])
    before = figures(database)
    with database.writer() as session:
        purge_content(session, now - timedelta(days=30))
    assert words(database, old) == {**NO_WORDS, "reasons": [None]}
    assert words(database, new)["prompt"][0] == SECRET
    assert words(database, new)["contents"] == [SECRET, ""]
    with database.reader() as session:
        left = set(session.scalars(select(CallContent.call_id)))
        assert left & {call.call_id for call in alone} == {alone[1].call_id}
    assert figures(database) == before


def test_deleted_words_are_gone_from_the_file(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'broker.db'}")
    prompt, _ = ask(database)
    database.engine.dispose()  # the last to leave folds the log into the file
    assert SECRET.encode() in (tmp_path / "broker.db").read_bytes()
    with database.writer() as session:
        delete_prompt(session, prompt)
    database.engine.dispose()
    assert not [file for file in tmp_path.iterdir() if SECRET.encode() in file.read_bytes()]


def test_templates_are_unique_by_name(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writer() as session:
        session.add_all(Template(name="twice", text="") for _ in range(2))
