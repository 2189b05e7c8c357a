"""The history page: what it lists, finds and exports, over prompts written straight to the database."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from broker.types import Completion, Offer, Usage
from db.models import StoredImage
from db.session import open_database
from tests import acme


@pytest.fixture
def history(open_page):
    """`history(n)` is the page over n prompts, an hour apart."""

    def go(n: int = 3):
        fill(n)
        return open_page("history.py")

    return go


def fill(n: int) -> None:
    from broker.record import Recorder
    from broker.types import CallContext, ChatRequest, Message
    from db.changes import add_prompt, cast_vote

    database = open_database()
    recorder = Recorder(database, {"acme": "Acme inference"})
    for number in range(n):
        text = f"Prompt {number} about {'rivers' if number % 2 else 'lakes'} at $5"
        offers = [Offer("acme", name, name, "Acme", name.title()) for name in ("alpha", "beta")]
        with database.writer() as session:
            prompt = add_prompt(session, text=text, offers=[offer.id for offer in offers], user="ada")
            prompt.created_at = datetime.now(UTC) - timedelta(hours=n - number)
            prompt_id = prompt.id
        request = ChatRequest((Message("user", text),))
        for position, offer in enumerate(offers):
            completion = Completion(
                call_id=f"{number:031d}{position}",
                offer=offer,
                request=request,
                status="ok",
                started_at=datetime.now(UTC),
                text=f"=Answer {number} of {offer.name}",
                finish_reason="stop",
                usage=Usage(10, None, None, 20, None),
            )
            recorder.finish(completion, CallContext("playground", "ada", prompt_id, position))
        recorder.flush()
        if number == 0:
            with database.writer() as session:
                cast_vote(session, prompt_id=prompt_id, choice="one", call_id=f"{0:031d}1", user="ada")
    recorder.close()


def prompts(page) -> list[str]:
    return [m.value.strip("*") for m in page.markdown if m.value.startswith("**Prompt")]


def captions(page) -> str:
    return "\n".join(caption.value for caption in page.caption)


def test_an_empty_history_says_what_to_do(open_page):
    page = open_page("history.py")
    assert "Nothing has been asked yet" in page.markdown[-1].value


def test_newest_first_with_votes_and_unknown_costs(history):
    page = history()
    assert [text.split()[1] for text in prompts(page)] == ["2", "1", "0"]
    assert "at \\$5" in prompts(page)[0]
    assert "cost unknown" in captions(page)
    assert ":material/thumb_up: Beta" in captions(page)
    assert captions(page).count("not voted") == 2


@pytest.mark.parametrize(("words", "found"), [("LAKES", ["2", "0"]), ("answer 1 of", ["1"]), ("100%", [])])
def test_search_in_prompts_and_answers(history, words, found):
    page = history()
    page.text_input(key="search").set_value(words).run()
    assert [text.split()[1] for text in prompts(page)] == found
    if not found:
        assert "No prompt matches these filters" in page.info[0].value


def test_filter_by_vote_and_model(history):
    page = history()
    page.selectbox(key="votes").set_value("Voted").run()
    assert [text.split()[1] for text in prompts(page)] == ["0"]
    page.selectbox(key="votes").set_value("Any").run()
    assert page.multiselect(key="models").options == ["Alpha · Acme inference", "Beta · Acme inference"]
    page.multiselect(key="models").set_value(["acme/beta"]).run()
    assert len(prompts(page)) == 3


def test_filter_by_day(history):
    page = history()
    page.date_input(key="from").set_value(datetime.now(UTC).date() + timedelta(days=1)).run()
    assert prompts(page) == []


def test_long_histories_are_paged(history):
    page = history(25)
    assert "25 prompts, newest first" in captions(page)
    assert len(prompts(page)) == 20


def test_asking_again_and_deleting_take_the_images_along(open_page, tmp_path, monkeypatch):
    with acme.serving() as server:
        (tmp_path / "broker.toml").write_text(acme.toml(server.url))
        monkeypatch.setenv("BROKER_CONFIG", str(tmp_path / "broker.toml"))
        page = open_page("playground.py")
        page.multiselect(key="offers").set_value(["acme/vision"]).run()
        page.chat_input(key="ask").upload("red.png", picture()).set_value("What is this?").run()
        page.switch_page("history.py").run()
        assert "1 image" in captions(page)
        next(b for b in page.button if b.label.startswith("Ask again")).click().run()
        assert "I see 1 images." in "\n".join(m.value for m in page.markdown)
        page.switch_page("history.py").run()
        for _ in range(2):
            next(b for b in page.button if b.label == "Delete for good").click().run()
    with open_database().reader() as session:
        assert session.scalars(select(StoredImage)).all() == []


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    return out.getvalue()
