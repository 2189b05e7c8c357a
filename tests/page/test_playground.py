"""The playground as people use it, without a browser: what is asked, shown, voted, kept."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from broker.complete import Phase
from db.models import Call, CallContent, Prompt, SavedCase, StoredImage, Template, Vote
from db.session import open_database
from pages._panes import _PHASES
from tests import acme

USER = "test@example.com"  # who Streamlit says is signed in while it tests
Ask = Callable[..., AppTest]


@pytest.fixture
def platform(open_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[acme.Acme]:
    with acme.serving() as server:
        file = tmp_path / "broker.toml"
        file.write_text(acme.toml(server.url))
        monkeypatch.setenv("BROKER_CONFIG", str(file))
        yield server


@pytest.fixture
def ask(open_page, platform) -> Ask:
    """`ask("Which?", "good", "other")` is the page after the answers have arrived."""

    def go(text: str, *models: str, app: AppTest | None = None, blind: bool = False) -> AppTest:
        app = app or open_page("playground.py")
        if models:
            app.multiselect(key="offers").set_value([f"acme/{model}" for model in models]).run()
        if blind:
            app.toggle(key="blind").set_value(True).run()
        app.chat_input(key="ask").set_value(text).run()
        assert [e.message for e in app.exception] == []
        return app

    return go


def stored(*columns):
    with open_database().reader() as session:
        return session.execute(select(*columns)).all()


def shown(app: AppTest) -> str:
    """All the words of the page's text elements."""
    groups = (app.markdown, app.caption, app.error, app.warning, app.info)
    return "\n".join(element.value for group in groups for element in group)


def button(app: AppTest, label: str):
    return next(b for b in app.button if b.label == label)


def test_an_empty_page_says_what_to_do(open_page):
    app = open_page("playground.py")
    assert "Type a prompt below" in shown(app)
    assert app.multiselect(key="offers").value == ["local/smollm2-135m", "local/smollm2-135m-creative"]


def test_models_without_a_key_are_greyed_and_name_the_variable(open_page):
    app = open_page("playground.py")
    app.text_input(key="waiting").set_value("claude sonnet 5-5").run()
    boxes = [box for box in app.checkbox if box.key and box.key.startswith("waiting-anthropic/")]
    assert [box.key for box in boxes] == ["waiting-anthropic/claude-sonnet-5-5"]
    assert all(box.disabled for box in boxes)
    assert "`ANTHROPIC_API_KEY`" in shown(app)


def test_a_key_makes_its_models_choosable(open_page, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["anthropic/claude-sonnet-5-5"]).run()
    assert app.query_params["offers"] == "anthropic/claude-sonnet-5-5"


def test_two_answers_with_figures(ask):
    app = ask("Name three rivers.", "good", "short")
    text = shown(app)
    assert "Danube, Rhine and Loire." in text
    assert "**1,234** tokens in · 1,000 of them cached · **456** out" in text
    # 234 × 1.20 + 1,000 × 1.20 (no cache price given) + 456 × 4.80 dollars per million tokens
    assert "**\\$0.0037** a call · \\$3.67 per 1,000 such calls · finished" in text
    assert "**short**" in text  # the shortest answer
    assert "![" not in text.replace("!\\[", "")
    assert stored(Call.offer, Call.status, Call.user, Call.purpose) == [
        ("acme/good", "ok", USER, "playground"),
        ("acme/short", "ok", USER, "playground"),
    ]


def test_a_failure_says_what_to_do_and_leaves_the_others_alone(ask):
    app = ask("Hello", "m401", "good", "html")
    errors = [error.value for error in app.error]
    assert "**Key refused** (HTTP 401): Incorrect API key provided" in errors[0]
    assert "Check that the key" in errors[0]
    assert "**Unreadable reply**" in errors[1]
    assert "Corporate proxy" in errors[1]
    assert dict(stored(Call.offer, Call.error_kind)) == {
        "acme/m401": "auth",
        "acme/good": None,
        "acme/html": "malformed",
    }


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("other", "Served by **other\\-2026\\-11\\-01**, asked for other"),
        ("length", "Incomplete: raise the maximum of tokens"),
        ("trunc", "**The answer broke off**"),
    ],
)
def test_what_a_careful_reader_must_know(ask, model, note):
    assert note in shown(ask("Hello", model))


def test_every_phase_of_a_call_has_words():
    assert set(get_args(Phase)) | {"queued"} == _PHASES.keys()


def test_reasoning_is_kept_apart(ask):
    app = ask("Hello", "think")
    (reasoning,) = (expander for expander in app.expander if expander.label == "Reasoning")
    assert reasoning.markdown[0].value == acme.REASONING
    assert "first word" in shown(app)


def test_parameters_are_sent_and_what_cannot_be_is_said(ask, open_page, platform):
    app = open_page("playground.py")
    app.text_area(key="system").set_value("Be terse.")
    app.number_input(key="temperature").set_value(0.0)
    app.number_input(key="max_tokens").set_value(50)
    app.text_input(key="stop").set_value("END, ###").run()
    ask("Hello", "good", app=app)
    body = platform.asked[-1]
    assert body["messages"] == [
        {"role": "system", "content": "Be terse."},
        {"role": "user", "content": "Hello"},
    ]
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0, 50, ["END", "###"])
    assert "seed" not in body


def test_images_are_sent_shown_and_go_along(ask, open_page, platform):
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["acme/vision", "acme/short"]).run()
    app.chat_input(key="ask").upload("red.png", picture("PNG"), "image/png")
    app.chat_input(key="ask").upload("photo.jpg", picture("JPEG"), "image/jpeg")
    ask("What is this?", app=app)
    assert "I see 2 images." in shown(app)
    assert [image.value[0][:23] for image in app.image] == ["data:image/webp;base64,"] * 2
    text, *parts = platform.asked[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    urls = [part["image_url"]["url"] for part in parts]
    assert urls == [data_url("image/png", "PNG"), data_url("image/jpeg", "JPEG")]
    ask("And now?", app=app)
    assert "I see 2 images." in shown(app)  # of the first prompt
    assert [len(images or []) for (images,) in stored(Prompt.images)] == [2, 0]
    assert len(stored(StoredImage.sha256)) == 2


def test_edit_and_resend_keeps_the_images(ask, open_page, platform):
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["acme/vision"]).run()
    for name in ("PNG", "JPEG"):
        app.chat_input(key="ask").upload(f"a.{name.lower()}", picture(name))
    ask("What is this?", app=app)
    button(app, "Edit and resend").click().run()
    assert "Goes with your next prompt" in shown(app)
    app.button(key="detach-0").click().run()
    ask("What is that?", app=app)
    assert platform.asked[1]["messages"][0]["content"][1]["image_url"]["url"] == data_url(
        "image/jpeg", "JPEG"
    )
    assert "Goes with your next prompt" not in shown(app)


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("contract.png", 0, r"**contract\.png** is not a PNG, JPEG or WebP picture"),
        ("half.png", 40, r"**half\.png** is damaged"),
        ("huge.jpg", 11 << 20, r"**huge\.jpg** is larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_sent_is_named_and_nothing_is_sent(open_page, platform, name, size, says):
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["acme/vision"]).run()
    data = picture("PNG").ljust(size, b"x")[:size] if size else b"%PDF-1.7"
    app.chat_input(key="ask").upload("good.png", picture("PNG")).upload(name, data)
    app.chat_input(key="ask").set_value("What is this?").run()
    assert says in app.error[0].value
    assert app.chat_input(key="ask").proto.value == "What is this?"  # to be sent again
    assert "Goes with your next prompt" not in shown(app)
    assert platform.asked == []


def test_at_most_five_images_go_along(open_page, platform):
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["acme/vision"]).run()
    for n in range(6):
        app.chat_input(key="ask").upload(f"{n}.png", picture("PNG"))
    app.chat_input(key="ask").set_value("What is this?").run()
    assert "At most 5 images" in app.error[0].value
    assert platform.asked == []


def test_images_wait_for_words(ask, open_page, platform):
    app = open_page("playground.py")
    app.multiselect(key="offers").set_value(["acme/vision"]).run()
    app.chat_input(key="ask").upload("red.png", picture("PNG")).run()
    assert "Write what the models should do" in app.error[0].value
    ask("What is this?", app=app)
    assert "I see 1 images." in shown(app)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, kind)
    return out.getvalue()


def data_url(media_type: str, kind: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(picture(kind)).decode()}"


TOOLS = """[{"name": "get_weather", "description": "Weather in a city.",
  "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]"""


def test_tools_are_offered_and_a_call_is_shown(ask, open_page, platform):
    app = open_page("playground.py")
    app.text_area(key="tools").set_value(TOOLS).run()
    app.selectbox(key="tool_choice").set_value("get_weather").run()
    ask("Weather?", "tools", "short", app=app)
    (tool,) = platform.asked[0]["tools"]
    assert tool["function"]["parameters"] == json.loads(TOOLS)[0]["parameters"]
    assert platform.asked[0]["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}
    assert r"Asks for **get\_weather**" in shown(app)
    assert [json.loads(code.value) for code in app.code] == [json.loads(acme.ARGUMENTS)]
    assert "wants to call a tool" in shown(app)
    assert "ended its turn without" not in shown(app)
    assert not button(app, "tools").disabled
    assert stored(Call.finish_reason, Call.error_kind) == [("tool_calls", None), ("stop", None)]
    assert "1 tool, tool choice get\\_weather" in shown(app)
    button(app, "Edit and resend").click().run()
    assert json.loads(app.text_area(key="tools").value) == json.loads(TOOLS)


def test_a_tool_that_is_gone_is_not_chosen(ask, open_page, platform):
    app = open_page("playground.py")
    app.text_area(key="tools").set_value(TOOLS).run()
    app.selectbox(key="tool_choice").set_value("get_weather").run()
    app.text_area(key="tools").set_value("").run()
    assert app.selectbox(key="tool_choice").value is None
    ask("Weather?", "short", app=app)
    assert not {"tools", "tool_choice"} & platform.asked[0].keys()


def test_wrong_tools_block_the_prompt_and_say_why(open_page):
    app = open_page("playground.py")
    app.text_area(key="tools").set_value('[{"name": "x y"}]').run()
    assert "The tools in the settings cannot be used. Tool 1: " in shown(app)
    assert app.chat_input(key="ask").disabled


def test_how_sure_the_model_was(ask, open_page, platform):
    app = open_page("playground.py")
    app.number_input(key="logprobs").set_value(2).run()
    ask("Capital?", "sure", app=app)
    assert (platform.asked[0]["logprobs"], platform.asked[0]["top_logprobs"]) == (True, 2)
    table = app.dataframe[0].value
    assert list(table["Token"]) == ["Bern", "."]
    assert [round(value, 2) for value in table["Probability"]] == [0.99, 1.0]
    assert table["Considered"][0] == "Bern 99%, Zürich 1%"


def test_a_schema_that_went_into_the_prompt_is_said(ask, open_page):
    first = ask("Hello", "short")
    with open_database().writer() as session:
        session.execute(update(Call).values(adapted=["json_schema"], dropped=["images"]))
    again = open_page("playground.py")
    again.query_params["prompt"] = first.query_params["prompt"]
    again.run()
    assert "JSON schema sent in the prompt: this platform has no field for it" in shown(again)
    assert "does not take it: images" in shown(again)


def test_a_wrong_schema_blocks_the_prompt_and_says_where(open_page):
    app = open_page("playground.py")
    app.text_area(key="schema").set_value('{"type": }').run()
    assert "Line 1, column 10" in shown(app)
    assert app.chat_input(key="ask").disabled


def test_a_follow_up_continues_each_models_own_thread(ask, platform):
    app = ask("Name three rivers.", "good", "short")
    ask("And in Asia?", app=app)
    threads = {body["model"]: body["messages"] for body in platform.asked[-2:]}
    assert [message["content"] for message in threads["short"]] == [
        "Name three rivers.",
        "Danube, Rhine and Loire.",
        "And in Asia?",
    ]
    assert threads["good"][1]["content"] == acme.ANSWER
    turns = stored(Prompt.turn, Prompt.conversation_id)
    assert {turn for turn, _ in turns} == {1, 2}
    assert len({conversation for _, conversation in turns}) == 1


def test_edit_and_resend_branches_off_before_the_prompt(ask, platform):
    app = ask("First", "short")
    ask("Secnd", app=app)
    button(app, "Edit and resend").click().run()
    ask("Second", app=app)
    contents = [message["content"] for message in platform.asked[-1]["messages"]]
    assert contents == ["First", "Danube, Rhine and Loire.", "Second"]
    assert len(stored(Prompt.id)) == 3


def test_variables_are_asked_for_and_filled_in(ask, platform):
    app = ask("Name rivers in {{where}}.", "short")
    assert platform.asked == []
    app.text_area(key="variable-where").set_value("Asia")
    button(app, "Send").click().run()
    assert platform.asked[0]["messages"][-1]["content"] == "Name rivers in Asia."
    assert stored(Prompt.text, Prompt.variables) == [("Name rivers in Asia.", {"where": "Asia"})]


def test_a_template_is_saved_used_and_removed(open_page, platform):
    app = open_page("playground.py")
    next(t for t in app.text_input if t.label == "Name of a new template").set_value("Rivers")
    next(t for t in app.text_area if t.label == "Its text").set_value("Name rivers in {{where}}.")
    button(app, "Save template").click().run()
    assert stored(Template.name, Template.text, Template.user) == [
        ("Rivers", "Name rivers in {{where}}.", USER)
    ]
    button(app, "Remove").click().run()
    assert stored(Template.name) == []


def test_a_vote_is_kept_with_its_reason_and_can_change(ask):
    app = ask("Which?", "good", "short")
    next(t for t in app.text_input if t.label.startswith("Why?")).set_value("shorter")
    button(app, "short").click().run()
    winner = dict(stored(Call.offer, Call.id))["acme/short"]
    assert stored(Vote.user, Vote.choice, Vote.call_id, Vote.reason, Vote.blind) == [
        (USER, "one", winner, "shorter", False)
    ]
    button(app, "Tie").click().run()
    assert stored(Vote.choice, Vote.call_id) == [("tie", None)]


def test_blind_hides_names_and_figures_until_the_vote(ask):
    app = ask("Which?", "good", "other", blind=True)
    before = shown(app)
    assert "**Answer A**" in before
    assert "**Answer B**" in before
    for secret in ("**good**", "**other**", "Acme", "tokens in", "Served by", "\\$0.0037"):
        assert secret not in before
    assert {"Answer A", "Answer B"} <= {b.label for b in app.button}
    button(app, "Answer B").click().run()
    after = shown(app)
    assert "**good**" in after
    assert "Served by" in after
    assert stored(Vote.blind) == [(True,)]


def test_a_conversation_whose_names_were_shown_cannot_turn_blind(ask):
    app = ask("Which?", "good", "other")
    assert app.toggle(key="blind").disabled


def test_a_permalink_reopens_the_prompt_exactly(ask, open_page):
    first = ask("Name three rivers.", "short")
    again = open_page("playground.py")
    again.query_params["prompt"] = first.query_params["prompt"]
    again.run()
    assert "Danube, Rhine and Loire." in shown(again)
    assert "**456** out" in shown(again)


def test_a_link_to_nothing_says_so(open_page):
    app = open_page("playground.py")
    app.query_params["prompt"] = "0" * 32
    app.run()
    assert "no prompt behind this link" in shown(app)


def test_a_prompt_becomes_a_test_case(ask):
    app = ask("Name three rivers.", "short")
    next(t for t in app.text_area if t.label == "Expected answer").set_value("Danube")
    button(app, "Save test case").click().run()
    assert stored(SavedCase.name, SavedCase.text, SavedCase.expected, SavedCase.user) == [
        ("Name three rivers.", "Name three rivers.", "Danube", USER)
    ]


def test_raw_text_shows_the_answer_as_received(ask):
    app = ask("Hello", "good")
    next(t for t in app.toggle if t.label == "Raw text").set_value(True).run()
    assert [code.value for code in app.code] == [acme.ANSWER.rstrip()]


def test_a_deleted_prompt_keeps_figures_without_words(ask, open_page):
    app = ask("Secret words", "short")
    link = app.query_params["prompt"]
    history = app.switch_page("history.py").run()
    button(history, "Delete for good").click().run()
    assert stored(Prompt.text) == [(None,)]
    assert stored(CallContent.text) == []
    assert stored(Call.output_tokens) == [(456,)]
    again = open_page("playground.py")
    again.query_params["prompt"] = link
    again.run()
    assert "words of this prompt were deleted" in shown(again)


def test_asking_again_sends_the_same_prompt_to_the_same_models(ask, platform):
    app = ask("Name three rivers.", "short", "good")
    history = app.switch_page("history.py").run()
    button(history, "Ask again on today's models").click().run()
    assert len(platform.asked) == 4
    assert (
        stored(Prompt.text, Prompt.offers, Prompt.turn)
        == [("Name three rivers.", ["acme/short", "acme/good"], 1)] * 2
    )
