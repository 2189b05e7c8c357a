"""The page of workloads and contract terms: what is kept, what it would cost, what is refused and why."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from broker.workload import Tokens, Workload
from broker.workload.store import load_terms, load_workloads, save_term, save_workload
from broker.workload.terms import Term
from db import workloads as tables
from db.models import Call
from db.session import open_database
from pages import _workload_save as saving
from pages import _workload_words as say
from tests.benchpages import done, serving, toml
from tests.page.conftest import ROUTER
from tests.runtools import sums

LETTERS = Workload("Letters", Decimal(10_000), date(2027, 1, 1), Tokens(Decimal(1_500), Decimal(300)))
TERM = Term("discount", Decimal(10), "acme", date(2026, 1, 1))


def today() -> date:
    """When asked, not when collected: a run of all tests may cross midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def page(open_page, tmp_path, monkeypatch):
    """`page(workload=…)` is the page at that address; Acme asks $1,000 in and $2,000 out a Mtok."""
    (tmp_path / "broker.toml").write_text(toml("http://127.0.0.1:1"))
    monkeypatch.setenv("BROKER_CONFIG", str(tmp_path / "broker.toml"))

    def go(**query: str):
        app = AppTest.from_file(str(ROUTER), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        return checked(app.switch_page("terms.py").run())

    return go


def checked(app):
    assert [error.message for error in app.exception] == []
    return app


def keep(*kept: Workload | Term) -> list[str]:
    with open_database().writer() as session:
        return [
            save_workload(session, one, "ada")
            if isinstance(one, Workload)
            else save_term(session, one, "ada")
            for one in kept
        ]


def workloads() -> dict[str, Workload]:
    with open_database().reader() as session:
        return load_workloads(session)


def terms() -> list[Term]:
    with open_database().reader() as session:
        return load_terms(session)


def said(app) -> str:
    groups = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(element.value for group in groups for element in group).replace("\\", "")


def click(app, label: str):
    next(button for button in app.button if button.label == label).click()
    return checked(app.run())


def fill(app, **fields):
    for label, value in fields.items():
        widgets = (app.text_input, app.number_input, app.selectbox, app.date_input, app.multiselect)
        known = {one.label: one for kind in widgets for one in kind}
        known[label.replace("_", " ")].set_value(value)
        app = checked(app.run())
    return app


def priced(app, workload: str, *models: str):
    """The page with a workload open and Acme's models priced for it, and their bills by name."""
    app = app(workload=workload) if callable(app) else app
    app = fill(app, Offers_to_price=[f"acme/{model}" for model in models])
    table = app.dataframe[0].value.set_index("Offer")
    return app, {name: dict(row) for name, row in table.iterrows()}


def test_an_empty_page_starts_with_an_example(page):
    app = click(page(), "Start with an example")
    ((key, example),) = workloads().items()
    assert (example.requests, example.tokens) == (10_000, Tokens(Decimal(1_500), Decimal(300)))
    assert (example.batch, example.cache_read, example.growth) == (0, 0, 0)
    assert example.start.day == 1
    assert timedelta(0) < example.start - today() <= timedelta(31)
    assert app.query_params["workload"] == key
    assert "10,000 requests, 15 million tokens in and 3 million out**; 120,000 requests" in said(app)
    assert "SmolLM2 135M · This machine costs $0** in the twelve months" in said(app)
    assert "what the hardware costs is not counted" in said(app)


def test_a_year_is_priced_at_list_and_at_our_price(page):
    # A month: 15 Mtok in at $1,000 and 3 Mtok out at $2,000 are $21,000; our price has 10 % off.
    (key, _) = keep(LETTERS, TERM)
    app, bills = priced(page, key, "good")
    assert bills == {
        "Good · Acme": {
            "At list": "$252,000.00",
            "At your price": "$226,800.00",
            "Input": "$162,000.00",
            "Output": "$64,800.00",
        }
    }
    # Growth of 100 % a month doubles: 2^12 - 1 = 4,095 months' worth. Half of the requests go in batches,
    # of which no price is listed, so that nothing is known.
    app = fill(app, **{"Growth, % a month": 100.0})
    assert app.dataframe[0].value["At list"].tolist() == [f"${21_000 * 4_095:,.2f}"]
    app = fill(app, **{"In batches, % of requests": 50.0})
    assert app.dataframe[0].value["At list"].tolist() == ["unknown"]
    assert "Good · Acme: unknown, because " in said(app)
    assert workloads()[key] == LETTERS  # nothing is kept before it is saved


def test_a_commitment_shows_its_shortfall(page):
    keep(Term("commitment", Decimal(300_000), "acme", date(2026, 1, 1), period="year"))
    (key,) = keep(LETTERS)
    _, bills = priced(page, key, "good")
    assert bills["Good · Acme"]["At your price"] == "$300,000.00"
    assert bills["Good · Acme"]["Shortfall"] == "$48,000.00"


def test_a_workload_is_changed_under_its_id(page):
    (key,) = keep(LETTERS)
    app = fill(page(workload=key), Name="Long letters", **{"Output tokens": 900})
    app = click(fill(app, **{"Read from the cache, % of input": 37.5}), "Save")
    assert workloads() == {
        key: Workload(
            "Long letters",
            LETTERS.requests,
            LETTERS.start,
            Tokens(Decimal(1_500), Decimal(900)),
            cache_read=Decimal("0.375"),
        )
    }
    assert app.button(key=f"save-{key}").disabled


def test_what_is_wrong_with_a_workload_is_said(page):
    key, _ = keep(LETTERS, Workload("Calls", Decimal(1), LETTERS.start, LETTERS.tokens))
    app = fill(page(workload=key), Name="Calls")
    assert "There is another workload named Calls." in said(app)
    assert app.button(key=f"save-{key}").disabled
    shares = {"Read from the cache, % of input": 60.0, "Written to the cache, % of input": 50.0}
    app = fill(app, Name="", **shares)
    assert "A workload needs a name. No more than 100 % of the input can be" in said(app)
    assert not len(app.dataframe)
    assert workloads()[key] == LETTERS


def test_workloads_are_duplicated_and_deleted(page):
    (key,) = keep(LETTERS)
    app = page()
    app = checked(app.button(key=f"copy-{key}").click().run())
    app = checked(app.button(key=f"copy-{key}").click().run())
    assert {one.name for one in workloads().values()} == {"Letters", "Letters (2)", "Letters (3)"}
    app = checked(app.button(key=f"really-{key}").click().run())
    assert {one.name for one in workloads().values()} == {"Letters (2)", "Letters (3)"}
    assert "is not here any more" in said(page(workload=key))


def test_tokens_as_a_run_measured_them(page, tmp_path, monkeypatch):
    with serving(tmp_path, monkeypatch):
        run_id = done(sums(10), "good")
    # Half of the calls have 5 tokens in and 2 out, half 15 and 8: on average 10 and 5, which are $0.02.
    with open_database().writer() as session:
        for i, call in enumerate(session.scalars(select(Call))):
            call.input_tokens, call.output_tokens = (5, 2) if i % 2 else (15, 8)
    (key,) = keep(Workload("Measured", Decimal(10_000), LETTERS.start, run_id=run_id))
    app = page(workload=key)
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["Offer"], row["At list"]) == ("Good · Acme", "$2,400.00")
    # 2.26 standard errors, 5 / 3 and 3 / 3, to both sides: 6.2 to 13.8 in, 2.7 to 7.3 out.
    ends = [float(end.replace("$", "").replace(",", "")) for end in row["Low to high"].split(" to ")]
    assert ends == pytest.approx([120 * 6.23 + 240 * 2.74, 120 * 13.77 + 240 * 7.26], rel=0.1)
    assert re.search(
        r"10 \([67] to 1[34]\) tokens in and 5 \(3 to 7\) out, means of 10 calls, with", said(app)
    )
    app = fill(app, **{"Offers to price": ["acme/mute"]})
    assert "unknown, because the run that measures the tokens of this workload has none" in said(app)


def test_offers_in_use_are_priced_first(page, tmp_path, monkeypatch):
    with serving(tmp_path, monkeypatch):
        done(sums(2), "good")
        done(sums(3), "bad")
    (key,) = keep(LETTERS)
    table = page(workload=key).dataframe[0].value
    assert table["Offer"].tolist() == ["Bad · Acme", "Good · Acme"]  # the most called one first


def test_a_term_is_added_in_the_page(page):
    app = click(page(part="Contract terms"), "Add the first term")
    app = fill(app, Platform="acme", Kind="commitment")
    app = fill(
        app, **{"US dollars": 9_000.0, "Paid per": "year", "Note": "MSA *7*", "Holds for": "maker Acme"}
    )
    app = click(app, "Save the term")
    (term,) = terms()
    assert (term.kind, term.value, term.period, term.maker, term.offer) == (
        "commitment", Decimal(9_000), "year", "Acme", None
    )  # fmt: skip
    assert (term.provider, term.first, term.last, term.note) == ("acme", today(), None, "MSA *7*")
    assert "**1 term is in force today**." in said(app)
    assert "**$9,000.00 a year committed** on Acme models on Acme" in said(app)
    assert "MSA \\*7\\*" in "".join(caption.value for caption in app.caption)


def test_a_platform_with_several_doors_is_one_contract(page):
    (key,) = keep(Term("discount", Decimal(10), "vertex-claude", date(2026, 1, 1)))
    app = page(term=key)
    assert "**10 % discount** on all of Google Vertex AI" in said(app)
    (platform,) = [one for one in app.selectbox if one.label == "Platform"]
    assert platform.value == "vertex-claude"
    vertex = [name for name in platform.options if "Vertex" in name]
    assert sorted(vertex) == ["Google Vertex AI", "Google Vertex AI: Gemini, express mode"]
    (holds,) = [one for one in app.selectbox if one.label == "Holds for"]
    assert {"Google models", "Anthropic models"} <= set(holds.options)


def test_terms_that_share_a_day_are_refused_by_name(page):
    keep(TERM)
    app = click(page(part="Contract terms"), "Add a term")
    app = click(fill(app, Platform="acme", Percent=20.0), "Save the term")
    assert len(terms()) == 1
    (sentence,) = [error.value.replace("\\", "") for error in app.error]
    assert sentence.startswith(
        "Two terms overlap: the discount of 10 % for acme from 2026-01-01 without end, "
    )
    assert f"the discount of 20 % for acme from {today()} without end." in sentence
    app = click(fill(app, **{"Holds for": "offer acme/good"}), "Save the term")  # narrower: it goes before
    assert {term.offer for term in terms()} == {None, "acme/good"}
    assert "**20 % discount** on Good on Acme" in said(app)


def test_a_term_is_changed_ended_and_deleted(page):
    (key,) = keep(TERM)
    app = page(term=key)
    app = click(fill(app, Percent=12.5), "Save the term")
    assert [(term.id, term.value) for term in terms()] == [(key, Decimal("12.5"))]
    app.date_input(key=f"last-{key}").set_value(today())
    app = checked(app.button(key=f"ending-{key}").click().run())
    assert [term.last for term in terms()] == [today()]
    assert "In force]" in said(app)  # through its last day
    app.date_input(key=f"last-{key}").set_value(today() - timedelta(days=1))
    app = checked(app.button(key=f"ending-{key}").click().run())
    assert "**0 terms are in force today**." in said(app)
    assert "12.5 %" not in said(app)
    app = checked(app.toggle(key="ended").set_value(True).run())
    assert "Ended] **12.5 % discount**" in said(app)
    app = checked(app.button(key=f"really-{key}").click().run())
    assert terms() == []
    assert "No contract terms yet" in said(app)


def test_a_term_that_somebody_else_changed_meanwhile_is_not_written_over_unseen(page):
    (key,) = keep(TERM)
    app = fill(page(term=key), Percent=12.5)
    keep(replace(TERM, id=key, value=Decimal(11), note="MSA $7$"))
    app = click(app, "Save the term")
    assert [(term.value, term.note) for term in terms()] == [(11, "MSA $7$")]
    told = app.warning[0].value.replace("\\", "")
    assert "**ada changed this while you were editing it.** It now says: discount of 11 % for all of " in told
    assert "noted “MSA $7$”" in told
    assert next(one for one in app.number_input if one.label == "Percent").value == 12.5  # still there
    app = click(app, "Save the term")  # having been told
    assert [(term.value, term.note) for term in terms()] == [(Decimal("12.5"), "")]
    keep(replace(TERM, id=key, value=Decimal(13)))
    app = fill(page(term=key), Percent=14)  # opened afterwards: there is nothing to tell
    app = click(app, "Save the term")
    assert not app.warning
    assert [term.value for term in terms()] == [14]


def test_a_form_that_was_closed_begins_with_what_is_there(page):
    (key,) = keep(TERM)
    app = click(fill(page(term=key), Percent=12.5), "Close")
    keep(replace(TERM, id=key, value=Decimal(11)))
    app = click(app, "Edit")
    assert next(one for one in app.number_input if one.label == "Percent").value == 11
    click(fill(app, Note="mine"), "Save the term")
    assert [(term.value, term.note) for term in terms()] == [(11, "mine")]


def test_what_was_typed_for_a_term_that_somebody_removed_is_still_there(page):
    (key,) = keep(TERM)
    app = fill(page(term=key), Note="mine")
    with open_database().writer() as session:
        tables.delete_term(session, key)
    app = click(app, "Save the term")
    assert terms() == []
    assert "Somebody removed this term while you were editing it." in said(app)
    app = click(app, "Save the term")
    assert [(term.value, term.note, term.id == key) for term in terms()] == [(10, "mine", False)]
    assert "removed" not in said(app)


def test_a_workload_that_somebody_else_changed_meanwhile_is_not_written_over_unseen(page):
    (key,) = keep(LETTERS)
    app = fill(page(workload="Letters"), **{"Requests a month": 20_000})  # a link may name it
    theirs = replace(LETTERS, name="Letters and more", growth=Decimal("0.02"))
    saving.keep(open_database(), key, theirs, "bob")
    app = click(app, "Save")
    assert workloads() == {key: theirs}
    told = app.warning[0].value
    assert "**bob changed this while you were editing it.** It now says: Letters and more, 10,000" in told
    assert "2 % growth a month" in told
    app = click(app, "Save")
    mine = replace(LETTERS, requests=Decimal(20_000))
    assert workloads() == {key: mine}
    app = click(fill(app, **{"Requests a month": 30_000}), "Save")  # it stays open: nobody was faster
    assert not app.warning
    assert workloads() == {key: replace(mine, requests=Decimal(30_000))}


def test_what_was_typed_for_a_workload_that_somebody_removed_is_still_there(page):
    (key,) = keep(LETTERS)
    app = fill(page(workload=key), **{"Requests a month": 20_000})
    with open_database().writer() as session:
        tables.delete_workload(session, key)
    app = click(app, "Save")
    assert workloads() == {}
    assert "Somebody removed this workload while you were editing it." in said(app)
    app = click(app, "Save")
    assert list(workloads().values()) == [replace(LETTERS, requests=Decimal(20_000))]
    assert not app.warning


def test_terms_to_come_are_told_apart(page):
    keep(TERM, Term("uplift", Decimal(5), "acme", today() + timedelta(days=1)))
    text = said(page(part="Contract terms"))
    assert "**1 term is in force today**; 1 to come." in text
    assert "Coming] **5 % uplift** on all of Acme" in text


def test_names_and_notes_are_shown_as_they_are(page):
    name = "![x](http://t.example/p.png) **b** $a$"
    key, _ = keep(Workload(name, *([Decimal(1), LETTERS.start, LETTERS.tokens])), TERM)
    texts = [text.value for text in page(workload=key).markdown]
    assert not [text for text in texts if "![x](" in text or "$a$" in text.replace("\\$", "")]


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        (LETTERS, "10,000 requests a month from January 2027, 1,500 tokens in and 300 out"),
        (
            Workload(
                "All",
                Decimal("0.5"),
                date(2026, 12, 1),
                run_id="r",
                cache_read=Decimal("0.5"),
                cache_write=Decimal("0.125"),
                batch=Decimal(1),
                growth=Decimal("-0.02"),
            ),
            "0.5 requests a month from December 2026, tokens as a run measured them, -2 % growth a month, "
            "50 % of the input from the cache, 12.5 % written to it, 100 % in batches",
        ),
    ],
)
def test_a_workload_in_words(workload, words):
    assert say.in_words(workload) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("999", "999"),
        ("999999", "999,999"),
        ("1.5e6", "1.5 million"),
        ("2.16e9", "2.16 billion"),
        ("4e12", "4 trillion"),
    ],
)
def test_large_counts_in_words(amount, words):
    assert say.many(Decimal(amount)) == words
