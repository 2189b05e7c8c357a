"""The page on dependence: its sentences and figures, periods in the address, and declared spend."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from broker.dependence import Dependence, Door, Use
from broker.dependence.declared import Declared, load, remove, save
from broker.types import Cost, Offer
from db.calls import write_calls
from db.models import new_id
from db.rows import call_row, content_row
from db.session import open_database
from pages import _dependence_words as words
from tests.dbtools import PRICE, answered, context, failed, started

NOW = datetime.now(UTC)
MINI = Offer("openai", "gpt-5-mini", "gpt-5-mini", "OpenAI", "GPT-5 mini")
AZURE = replace(MINI, provider="azure")
OURS = Offer("mine", "ours", "ours", "We <b>", "Ours")


def record(*calls: tuple[Offer, str | None, datetime]) -> None:
    made = []
    for offer, amount, at in calls:
        call = replace(answered(started(offer)), started_at=at, call_id=new_id())
        cost = None if amount is None else Cost(Decimal(amount), Decimal(0), Decimal(0), Decimal(0), PRICE)
        made.append(replace(call, cost=cost))
    made.append(failed(replace(started(MINI), started_at=calls[0][2])))
    with open_database().writer() as session:
        rows = [call_row(call, context(), "?", None) for call in made]
        write_calls(session, rows, [content_row(call) for call in made])


def said(page: AppTest) -> str:
    assert [error.message for error in page.exception] == []
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.info])


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


@pytest.fixture
def page(open_page) -> AppTest:
    record((MINI, "6", NOW), (MINI, None, NOW), (AZURE, "3", NOW), (OURS, "1", NOW))
    return open_page("dependence.py")


def test_an_empty_install_says_what_to_do(open_page) -> None:
    page = open_page("dependence.py")
    text = said(page)
    assert "Nothing to share yet" in text
    assert not page.dataframe
    assert "Declare spend" in [button.label for button in page.button]


def test_the_conclusion_the_index_and_what_they_rest_on(page: AppTest) -> None:
    text = said(page)
    assert r"**90 % of the spend (\$10.00) is on models of OpenAI; 60 % goes through OpenAI API.**" in text
    assert "If OpenAI API failed, the one offer in use there could be had from another platform" in text
    assert "**Index 8,200** of 10,000: as concentrated as 1.2 equal makers; highly concentrated" in text
    assert "**Index 4,600** of 10,000" in text  # 60, 30 and 10 percent
    assert "5 recorded calls" in text
    assert "2 calls of unknown cost (1 failed, 1 did not) are left out" in text
    assert "18 December 2023, section 2.1" in text


def test_what_is_lost_by_platform_and_by_maker(page: AppTest) -> None:
    lost, used = page.dataframe[0].value, page.dataframe[1].value
    assert list(lost["If this failed"]) == ["OpenAI API", "Azure AI Foundry", "mine"]
    assert list(lost["Share of spend"]) == [60, 30, 10]
    assert list(lost["Spend"]) == ["$6.00", "$3.00", "$1.00"]
    assert list(lost["Offers"]) == [1, 1, 1]
    assert list(lost["Another door"]) == [1, 1, 0]
    assert list(lost["Unknown costs"]) == [2, 0, 0]
    assert list(used["Other doors"])[2] == "unknown"  # nobody knows which weights these are
    page.segmented_control(key="fails").set_value("A maker").run()
    lost = page.dataframe[0].value
    assert list(lost["If this failed"]) == ["OpenAI", "We <b>"]
    assert list(lost["Offers"]) == [2, 1]


def test_the_period_stands_in_the_address(open_page) -> None:
    long_ago = NOW - timedelta(days=800)
    record((AZURE, "5", long_ago))
    page = open_page("dependence.py")
    assert "Choose another period" in said(page)
    page.selectbox(key="period").set_value("Everything").run()
    assert r"(\$5.00)" in said(page)
    linked = open_page("history.py").switch_page("dependence.py")
    linked.query_params["period"] = "Everything"
    assert r"(\$5.00)" in said(linked.run())


def test_declared_spend_is_added_changed_removed_and_put_back(page: AppTest) -> None:
    press(page, "Declare spend")
    page.selectbox(key="declared-new-Platform").set_value("AWS Bedrock")
    page.selectbox(key="declared-new-Maker of the models").set_value("Anthropic")
    page.date_input(key="declared-new-first").set_value(NOW.date().replace(day=1))
    press(page, "Save")
    assert "more than 0" in page.error[0].value
    page.number_input(key="declared-new-amount").set_value(1_000_000.0)
    press(page, "Save")
    text = said(page)
    assert r"**\$1,000,000.00 a month** on AWS Bedrock for models of Anthropic" in text
    assert "is on models of Anthropic" in text
    assert "it names no models" in text
    (kept,) = stored()
    press(page, "Edit")
    page.number_input(key=f"declared-{kept.id}-amount").set_value(2.5)
    press(page, "Save")
    assert stored() == [replace(kept, amount=Decimal("2.5"))]
    press(page, "Remove it")
    assert stored() == []
    assert r"Removed \$2.50 a month on AWS Bedrock" in said(page)
    press(page, "Undo")
    assert stored() == [replace(kept, amount=Decimal("2.5"))]
    assert "Removed" not in said(page)


def test_spend_that_somebody_else_changed_meanwhile_is_not_written_over_unseen(open_page) -> None:
    first = Declared("Azure", "OpenAI", Decimal(100), NOW.date())
    with open_database().writer() as session:
        first = replace(first, id=save(session, first, "ada"))
    page = press(open_page("dependence.py"), "Edit")
    with open_database().writer() as session:
        save(session, replace(first, note="invoice 7"), "bob")
    page.number_input(key=f"declared-{first.id}-amount").set_value(250.0)
    press(page, "Save")
    assert stored() == [replace(first, note="invoice 7")]
    told = page.warning[0].value.replace("\\", "")
    assert "**bob changed this while you were editing it.** It now says: $100.00 a month on Azure for" in told
    assert "noted “invoice 7”" in told
    press(page, "Save")
    assert stored() == [replace(first, amount=Decimal(250))]


def test_what_was_typed_for_spend_that_somebody_removed_is_still_there(open_page) -> None:
    first = Declared("Azure", "OpenAI", Decimal(100), NOW.date())
    with open_database().writer() as session:
        first = replace(first, id=save(session, first, "ada"))
    page = press(open_page("dependence.py"), "Edit")
    with open_database().writer() as session:
        remove(session, first.id)
    page.text_input(key=f"declared-{first.id}-note").set_value("mine")
    press(page, "Save")
    assert stored() == []
    assert "Somebody removed this spend while you were editing it." in page.warning[0].value
    press(page, "Save")
    assert stored() == [replace(first, note="mine")]


def stored() -> list[Declared]:
    with open_database().reader() as session:
        return load(session)


def test_names_from_outside_are_shown_as_they_are(open_page) -> None:
    with open_database().writer() as session:
        evil = "![x](https://example.com/a.png) $x$ **b**"
        save(session, Declared(evil, evil, Decimal(5), NOW.date(), None, evil), None)
    text = said(open_page("dependence.py"))
    assert "![x](" not in text
    assert not re.search(r"(?<!\\)\$", text)
    assert "**b" not in text.replace(r"\*\*b", "")


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("This month", (2026, 1, 1), (2026, 1, 31)),
        ("Last month", (2025, 12, 1), (2025, 12, 31)),
        ("Last 3 months", (2025, 11, 1), (2026, 1, 31)),
        ("Last 12 months", (2025, 2, 1), (2026, 1, 31)),
        ("Everything", (2024, 5, 1), (2026, 1, 31)),
    ],
)
def test_periods(name: str, first: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    today = date(2026, 1, 31)
    assert words.period(name, today, [date(2024, 5, 17)]) == (date(*first), date(*until))
    assert words.period("Everything", today, []) == (date(2026, 1, 1), today)


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ([1], "**Index 10,000** of 10,000: one maker alone;"),
        ([1, 0], "**Index 10,000** of 10,000: one maker alone;"),
        # 99.6² + 0.4² = 9,920.32
        ([996, 4], "**Index 9,920** of 10,000: nearly as concentrated as one maker alone;"),
        ([10**9, 1], "**Index >9,999** of 10,000: nearly as concentrated as one maker alone;"),
        ([1, 1], "**Index 5,000** of 10,000: as concentrated as 2.0 equal makers;"),
    ],
)
def test_one_alone_is_who_has_everything(paid: list[int], said: str) -> None:
    found = of(*(Use(f"Maker {i}", "Here", Decimal(usd)) for i, usd in enumerate(paid)))
    assert words.concentration(found.shares("maker"), "maker").startswith(said)


def of(*uses: Use) -> Dependence:
    return Dependence(date(2026, 1, 1), date(2026, 1, 31), uses)


HERE = Use("Acme", "Here", Decimal(0), "here/a", "A", 2, 0)
DOOR = Door("there/a", "There", None, True)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (of(HERE), "What is known of them was free"),
        (of(replace(HERE, cost_unknown=2)), "None of them has a known cost"),
        (
            of(replace(HERE, cost=Decimal(1))),
            "the one offer in use there has no other door to the same weights.",
        ),
        (of(replace(HERE, cost=Decimal(1), doors=(DOOR,))), "could be had from another platform, at once."),
        (
            of(replace(HERE, cost=Decimal(1), doors=(replace(DOOR, ready=False),))),
            "could be had from another platform, none of them at once.",
        ),
        (
            of(replace(HERE, cost=Decimal(1)), replace(HERE, cost=Decimal(3), offer="here/b", doors=(DOOR,))),
            "1 of the 2 offers in use there could be had from another platform, at once; "
            "that is 75 % of what is paid there.",
        ),
        (of(replace(HERE, cost=Decimal(1), offer=None, calls=None)), "it names no models"),
    ],
)
def test_sentences(found: Dependence, sentence: str) -> None:
    assert sentence in words.conclusion(found)
