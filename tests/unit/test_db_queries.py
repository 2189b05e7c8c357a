"""The history finds what it should, in order, and by the indexes meant for it."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Select, delete, text
from sqlalchemy.dialects import sqlite

from broker.types import Image, Params
from db import queries
from db.calls import write_calls
from db.changes import add_prompt, cast_vote, delete_prompt, save_case, save_template
from db.images import load
from db.models import CallContent, Prompt
from db.queries import HistoryFilter
from db.rows import call_row, content_row
from db.session import Database
from db.shapes import params_of
from tests.dbtools import ENGINES, LOOKUP, OFFER, answered, context, fresh_database, started

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def ask(
    database: Database,
    words: str,
    *answers: str,
    hour: int = 0,
    user: str | None = None,
    parent: Prompt | None = None,
) -> Prompt:
    """A prompt asked `hour` hours after noon and its answers, the first one in pane 0."""
    with database.writer() as session:
        offers = [f"acme/{i}" for i in range(len(answers))]
        prompt = add_prompt(session, text=words, offers=offers, user=user, parent=parent)
        prompt.created_at = NOON + timedelta(hours=hour)
        session.flush()
        calls = [answered(started(replace(OFFER, model=str(i))), a) for i, a in enumerate(answers)]
        rows = [call_row(call, context(prompt.id, i), "Acme Cloud", None) for i, call in enumerate(calls)]
        # Panes in reverse, so that their order is not the one they were stored in.
        write_calls(session, rows[::-1], [content_row(call) for call in calls])
    return prompt


def found(database: Database, wanted: HistoryFilter, **page: int) -> list[str | None]:
    """The texts of the prompts listed; the count must agree when no page is given."""
    with database.reader() as session:
        texts = [prompt.text for prompt in session.scalars(queries.history(wanted, **page))]
        if not page:
            assert session.scalar(queries.history_count(wanted)) == len(texts)
    return texts


def test_newest_first_without_the_deleted(database: Database) -> None:
    ask(database, "second", hour=2)
    ask(database, "first", hour=1)
    gone = ask(database, "gone", hour=3)
    with database.writer() as session:
        delete_prompt(session, gone.id)
    assert found(database, HistoryFilter()) == ["second", "first"]


def test_pages_follow_each_other(database: Database) -> None:
    for hour in range(5):
        ask(database, str(hour), hour=hour)
    assert found(database, HistoryFilter(), limit=2, offset=0) == ["4", "3"]
    assert found(database, HistoryFilter(), limit=2, offset=2) == ["2", "1"]
    assert found(database, HistoryFilter(), limit=2, offset=4) == ["0"]


@pytest.mark.parametrize(
    ("search", "hits"),
    [
        ("", ["prompt", "answer"]),
        ("PARIS", ["prompt"]),
        ("bern", ["answer"]),
        ("reply from the second", ["answer"]),
        ("ärger", ["prompt"]),
        ("ÄRGER", ["prompt"]),
        ("straße", ["prompt"]),
        ("МОСКВА", ["answer"]),
        ("москва", ["answer"]),
        ("中文", ["answer"]),
        ("中国", []),
        ("100%", ["prompt"]),
        ("100_", []),
        ("a_b", ["answer"]),
        ("a/b", ["prompt"]),
        ("[x]*?", ["answer"]),
        ("ä[x]*?", []),
        ("é[x]*?", ["answer"]),
        ("'; DROP TABLE call; --", []),
        ("nowhere", []),
        ("par is", []),
    ],
)
def test_search_reads_prompts_and_answers(database: Database, search: str, hits: list[str]) -> None:
    ask(database, "Is Paris it? Großer Ärger auf der Straße, 100 % und 100% a/b", "Yes.", "No.", hour=2)
    ask(database, "And this?", "Bern, Москва 中文 axb", "A REPLY from the second a_b É[X]*?", hour=1)
    named = {"prompt": "Is Paris it? Großer Ärger auf der Straße, 100 % und 100% a/b", "answer": "And this?"}
    assert found(database, HistoryFilter(search=search)) == [named[hit] for hit in hits]


def test_search_with_a_character_no_text_can_hold(database: Database) -> None:
    ask(database, "a\x00b")
    assert found(database, HistoryFilter(search="A\x00B")) == ["a\ufffdb"]


def test_filters_narrow_and_combine(database: Database) -> None:
    one = ask(database, "one", "x", hour=1, user="ada")
    ask(database, "two", "x", "y", hour=2, user="ada")
    ask(database, "three", "x", hour=3, user="bob")
    with database.writer() as session:
        cast_vote(session, prompt_id=one.id, choice="tie")
    at = [NOON + timedelta(hours=hour) for hour in range(4)]
    for wanted, texts in (
        (HistoryFilter(user="ada"), ["two", "one"]),
        (HistoryFilter(user="eve"), []),
        (HistoryFilter(offers=("acme/1",)), ["two"]),
        (HistoryFilter(offers=("acme/1", "acme/0")), ["three", "two", "one"]),
        (HistoryFilter(offers=("other/1",)), []),
        (HistoryFilter(voted=True), ["one"]),
        (HistoryFilter(voted=False), ["three", "two"]),
        (HistoryFilter(since=at[2]), ["three", "two"]),
        (HistoryFilter(until=at[2]), ["one"]),
        (HistoryFilter(since=at[1], until=at[3]), ["two", "one"]),
        (HistoryFilter(user="ada", voted=False, search="Y", offers=("acme/0",)), ["two"]),
        (HistoryFilter(user="bob", search="two"), []),
    ):
        assert found(database, wanted) == texts, wanted


def answers_of(database: Database, prompt_ids: Sequence[str]) -> list[tuple[str | None, str | None]]:
    with database.reader() as session:
        rows = session.execute(queries.calls_of(prompt_ids)).all()
        return [(call.prompt_id, content and content.text) for call, content in rows]


def test_calls_come_in_pane_order_with_what_is_left_of_their_content(database: Database) -> None:
    prompt, _other = ask(database, "one", "a", "b", "c"), ask(database, "two", "d")
    assert answers_of(database, [prompt.id]) == [(prompt.id, "a"), (prompt.id, "b"), (prompt.id, "c")]
    with database.writer() as session:
        session.execute(delete(CallContent).where(CallContent.text == "b"))
    assert answers_of(database, [prompt.id]) == [(prompt.id, "a"), (prompt.id, None), (prompt.id, "c")]
    assert answers_of(database, []) == []


def test_one_call_and_one_prompt(database: Database) -> None:
    prompt = ask(database, "one", "a")
    with database.reader() as session:
        ((call, content),) = session.execute(queries.calls_of([prompt.id])).all()
        assert session.execute(queries.call(call.id)).one() == (call, content)
        assert session.scalar(queries.prompt(prompt.id)) is session.get(Prompt, prompt.id)
        assert session.scalar(queries.prompt("none")) is None


def test_a_conversation_is_in_turn_order_with_its_deleted_turns(database: Database) -> None:
    first = ask(database, "1", hour=3)
    second = ask(database, "2", hour=2, parent=first)
    ask(database, "2 again", hour=4, parent=first)
    ask(database, "3", hour=1, parent=second)
    ask(database, "elsewhere")
    with database.writer() as session:
        delete_prompt(session, second.id)
    with database.reader() as session:
        turns = [(p.turn, p.text) for p in session.scalars(queries.conversation(first.conversation_id))]
    assert turns == [(1, "1"), (2, None), (2, "2 again"), (3, "3")]


def test_votes_cases_and_templates(database: Database) -> None:
    one, two = ask(database, "one"), ask(database, "two")
    with database.writer() as session:
        cast_vote(session, prompt_id=one.id, choice="tie", user="ada")
        cast_vote(session, prompt_id=one.id, choice="all_bad", user="bob")
        cast_vote(session, prompt_id=two.id, choice="tie")
        for name in ("beta", "Alpha"):
            save_template(session, name=name, text="")
            save_case(session, name=name, text="").created_at = NOON + timedelta(days=len(name))
    with database.reader() as session:
        assert [v.user for v in session.scalars(queries.votes_of([one.id]))] == ["ada", "bob"]
        assert [t.name for t in session.scalars(queries.templates())] == ["Alpha", "beta"]
        assert [c.name for c in session.scalars(queries.saved_cases())] == ["Alpha", "beta"]


def test_a_prompt_keeps_its_parameters(database: Database) -> None:
    asked = Params(temperature=0.0, stop=("a", "b"), json_schema={"type": "object"}, tools=(LOOKUP,))
    with database.writer() as session:
        prompt = add_prompt(session, text="x", offers=[], params=asked, variables={"city": "Bern"})
    with database.reader() as session:
        stored = session.scalars(queries.prompt(prompt.id)).one()
        assert stored.params == {
            "temperature": 0.0,
            "stop": ["a", "b"],
            "json_schema": {"type": "object"},
            "tools": [
                {"name": "look_up", "description": "Looks up a fact.", "parameters": LOOKUP.parameters}
            ],
        }
        assert params_of(stored.params) == asked
        assert (stored.variables, stored.images) == ({"city": "Bern"}, None)


def test_a_prompt_keeps_its_pictures_in_order(database: Database) -> None:
    one, two = Image("image/png", b"one"), Image("image/webp", b"two")
    with database.writer() as session:
        prompt = add_prompt(session, text="x", offers=[], images=(two, one, two))
        again = add_prompt(session, text="y", offers=[], images=(one,))
    with database.reader() as session:
        keys = session.scalars(queries.prompt(prompt.id)).one().images
        images = load(session, keys)
        assert [images[key] for key in keys] == [two, one, two]
        assert session.scalars(queries.prompt(again.id)).one().images == keys[1:2]
        assert load(session, ["0" * 64]) == {}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (queries.history(HistoryFilter()), "ix_prompt_deleted_at_created_at (deleted_at=?)"),
        (queries.history_count(HistoryFilter()), "COVERING INDEX ix_prompt_deleted_at_created_at"),
        (queries.history(HistoryFilter(since=NOON)), "(deleted_at=? AND created_at>?)"),
        (queries.history(HistoryFilter(voted=True)), "ix_vote_prompt_user (prompt_id=?)"),
        (queries.history(HistoryFilter(offers=("a/b",))), "ix_call_offer_started_at (offer=?)"),
        (queries.calls_of(["x"]), "ix_call_prompt_id_position (prompt_id=?)"),
        (queries.images_of(["x"]), "sqlite_autoindex_call_image_1 (call_id=?)"),
        (queries.conversation("x"), "ix_prompt_conversation_id_turn (conversation_id=?)"),
        (queries.votes_of(["x"]), "ix_vote_prompt_user (prompt_id=?)"),
    ],
)
def test_sqlite_reads_by_index(tmp_path: Path, query: Select[object], index: str) -> None:
    sql = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with fresh_database("sqlite", tmp_path) as database, database.reader() as session:
        plan = "\n".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert index in plan
    assert "SCAN call" not in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan.splitlines()[0]
