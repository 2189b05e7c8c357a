"""The whole way of a member of staff, on the real model of this machine, in a real browser."""

import csv
import io
import json
import re
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from broker.export import COLUMNS, JSON_COLUMNS

pytestmark = [pytest.mark.browser, pytest.mark.local_model]

LOCAL = ("local/smollm2-135m", "local/smollm2-135m-creative")
ANSWER_MS = 60_000  # a busy machine is slow
STORY = "Write a long story about a river and a mill."


@pytest.fixture
def say() -> str:
    """A prompt no other test has used."""
    return f"{STORY} {uuid.uuid4().hex[:12]}"


def limit(page: Page, tokens: int) -> None:
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("spinbutton", name="Most tokens in the answer").fill(str(tokens))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Settings (1 set)")).to_be_visible()
    page.keyboard.press("Escape")


def prompt_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Ask the models above")


def send(page: Page, text: str) -> None:
    prompt_box(page).fill(text)
    prompt_box(page).press("Enter")


def streaming(page: Page) -> Locator:
    """The panes' texts that have words already and are still arriving."""
    return page.get_by_test_id("stMarkdown").filter(has_text=re.compile(r"\w.*▍", re.DOTALL))


def wait_until_answered(page: Page, turns: int = 1) -> None:
    expect(page.get_by_text("Which answer is better?")).to_have_count(turns, timeout=ANSWER_MS)


def answers(page: Page) -> list[str]:
    """The raw text of each answer as the page shows it."""
    for toggle in page.get_by_role("switch", name="Raw text").all():
        if not toggle.is_checked():
            toggle.press("Space")
            expect(toggle).to_be_checked()
    codes = page.get_by_test_id("stCode")
    expect(codes).to_have_count(page.get_by_role("switch", name="Raw text").count())
    return codes.locator("code").all_inner_texts()


def download(page: Page, button: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    return Path(started.value.path()).read_bytes()


def table(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file that spreadsheets read right."""
    assert content.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert tuple(rows.fieldnames or ()) == COLUMNS
    return list(rows)


def find(page: Page, words: str) -> Locator:
    """Open the history by the navigation and search it; the link that opens the one prompt found."""
    page.get_by_role("link", name="History").click()
    page.get_by_role("textbox", name="Search prompts and answers").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 prompt, newest first")).to_be_visible()
    found = page.get_by_role("link", name="Open")
    expect(found).to_have_count(1)
    return found


def test_ask_see_vote_find_and_take_away(visit, ready, say):
    page = visit("/playground")
    limit(page, 100)
    send(page, say)
    streaming(page).nth(1).wait_for(timeout=ANSWER_MS)  # both at the same time
    wait_until_answered(page)
    expect(page.get_by_text(re.compile(r"first token · .* total · .* tokens/s"))).to_have_count(2)
    expect(page.get_by_text("a call · $0 per 1,000 such calls")).to_have_count(2)

    page.get_by_role("textbox", name="Why?").fill("=better told")
    page.get_by_role("button", name="SmolLM2 135M creative", exact=True).click()
    expect(page.get_by_text("Your vote · choose again to change or withdraw it")).to_be_visible()
    ready(page)
    texts = answers(page)
    assert all(texts)

    page.get_by_role("button", name="Save or export").click()
    rows = table(download(page, "Answers as CSV"))
    assert [row["offer"] for row in rows] == list(LOCAL)
    assert [row["prompt"] for row in rows] == [say] * 2
    assert [row["voted_best"] for row in rows] == ["0", "1"]
    assert [row["vote_reasons"] for row in rows] == ["'=better told"] * 2
    assert [Decimal(row["cost_usd"]) for row in rows] == [0, 0]
    assert all(0 < float(row["ttft_ms"]) < float(row["total_ms"]) for row in rows)
    objects = json.loads(download(page, "Answers as JSON"))
    assert [row["answer"].rstrip() for row in objects] == texts
    assert [row["answer"].lstrip("'") for row in rows] == [row["answer"].lstrip("'") for row in objects]
    assert list(objects[0]) == list(JSON_COLUMNS)
    page.keyboard.press("Escape")

    found = find(page, say.split()[-1])
    page.get_by_role("button", name="Export").click()
    assert table(download(page, "Download CSV")) == rows
    assert json.loads(download(page, "Download JSON")) == objects
    page.keyboard.press("Escape")

    found.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Playground")
    ready(page)
    assert answers(page) == texts
    link = page.url
    visit("/", on=page)
    page.goto(link)  # as from a colleague's message
    ready(page)
    assert answers(page) == texts
    expect(page.get_by_role("textbox", name="Why?")).to_have_value("=better told")


def test_a_follow_up_and_a_resent_prompt(visit, ready, say):
    page = visit("/playground")
    limit(page, 20)
    send(page, say)
    wait_until_answered(page)
    send(page, "Now in one sentence.")
    wait_until_answered(page, turns=2)
    expect(page.get_by_role("button", name="Edit and resend")).to_have_count(1)  # the last prompt's
    page.get_by_role("button", name="Edit and resend").click()
    expect(prompt_box(page)).to_have_value("Now in one sentence.")
    wait_until_answered(page, turns=1)
    ready(page)
    prompt_box(page).fill("Now in two sentences.")
    prompt_box(page).press("Enter")
    wait_until_answered(page, turns=2)
    expect(page.get_by_text("Now in one sentence.")).to_have_count(0)
    expect(page.get_by_text("Now in two sentences.")).to_be_visible()
    expect(page.get_by_text(say)).to_be_visible()


def test_with_the_keyboard_alone_escape_stops_and_keeps(visit, ready, say):
    page = visit("/playground")
    for _ in range(40):
        page.keyboard.press("Tab")
        if prompt_box(page).evaluate("e => e === document.activeElement"):
            break
    expect(prompt_box(page)).to_be_focused()
    page.keyboard.type(say)
    page.keyboard.press("Enter")
    streaming(page).nth(1).wait_for(timeout=ANSWER_MS)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped")).to_have_count(2, timeout=10_000)
    wait_until_answered(page)
    ready(page)
    kept = answers(page)
    assert all(kept)
    page.reload()
    ready(page)
    assert answers(page) == kept
    page.get_by_role("button", name="Save or export").click()
    assert [row["status"] for row in table(download(page, "Answers as CSV"))] == ["stopped"] * 2


def test_a_link_chooses_models_and_opens_a_prompt(visit, ready, say):
    page = visit(f"/playground?offers={LOCAL[1]}")
    chosen = page.get_by_role("group", name="Selected values")
    expect(chosen).to_contain_text("SmolLM2 135M creative")
    expect(chosen.get_by_role("button")).to_have_count(1)
    limit(page, 10)
    send(page, say)
    expect(page.get_by_role("switch", name="Raw text")).to_have_count(1, timeout=ANSWER_MS)
    ready(page)
    (text,) = answers(page)
    prompt = re.search("prompt=([0-9a-f]{32})", page.url)
    assert prompt
    visit(f"/playground?offers={LOCAL[0]}&prompt={prompt[1]}", on=page)
    expect(page.get_by_text(say)).to_be_visible()
    expect(chosen.get_by_role("button")).to_have_count(1)
    expect(chosen).not_to_contain_text("creative")
    assert answers(page) == [text]


def test_a_blind_vote_reveals_the_names(visit, ready, say):
    page = visit("/playground")
    limit(page, 20)
    page.get_by_role("switch", name="Blind").press("Space")
    expect(page.get_by_role("switch", name="Blind")).to_be_checked()
    send(page, say)
    wait_until_answered(page)
    ready(page)
    main = page.locator("#stMain")
    for hidden in ("tokens/s", "first token", "Temperature"):
        expect(main).not_to_contain_text(hidden)
    panes = page.get_by_test_id("stColumn").filter(has=page.get_by_role("switch", name="Raw text"))
    expect(panes.nth(0)).to_contain_text("Answer A")
    expect(panes.nth(1)).to_contain_text("Answer B")
    expect(panes.filter(has_text=re.compile("SmolLM2|This machine"))).to_have_count(0)
    page.get_by_role("button", name="Answer B", exact=True).click()
    expect(page.get_by_text("Your vote · choose again to change it")).to_be_visible()
    expect(panes.filter(has_text="SmolLM2 135M")).to_have_count(2)
    expect(panes.nth(1)).to_contain_text("Your vote")
    expect(page.get_by_text("tokens/s")).not_to_have_count(0)


def test_deleting_from_the_history_removes_the_words(visit, ready, say):
    page = visit("/playground")
    limit(page, 10)
    send(page, say)
    wait_until_answered(page)
    ready(page)
    link = page.url
    find(page, say.split()[-1])
    page.get_by_role("button", name="More").click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("No prompt matches these filters.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_text("The words of this prompt were deleted. Its figures are kept.")).to_be_visible()
    expect(page.get_by_text(say)).to_have_count(0)
