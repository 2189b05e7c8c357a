"""The page of assurance facts: what a line comes to, what staff can do, what of it is kept."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from broker.assurance import Fact, known, staff
from broker.assurance.attributes import ATTRIBUTE, ATTRIBUTES
from broker.assurance.platforms import PLATFORMS, platform_of
from broker.assurance.shipped import shipped_facts
from broker.comparison_export.questionnaire import questionnaire_csv
from broker.providers.registry import REGISTRY
from db.session import open_database
from pages import _facts_rows as rows
from pages import _facts_words as words
from tests.page.conftest import ROUTER

AT = date(2026, 11, 22)
FACT = Fact("1", "acme", "iso_27001", "yes", "shipped", "high", as_of=date(2026, 6, 1))
USER = "test@example.com"  # who is signed in, in Streamlit's tests
EMPTY = "cerebras"  # a platform of which nothing is shipped


def today() -> date:
    """When asked, not when collected: a run of all tests may cross midnight."""
    return datetime.now(UTC).date()


@pytest.fixture
def page(open_page):
    """`page(attribute="sso")` is the page at that address."""

    def go(**query: str):
        app = AppTest.from_file(str(ROUTER), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        return checked(app.switch_page("facts.py").run())

    return go


def checked(app):
    assert [error.message for error in app.exception] == []
    return app


def said(app) -> str:
    groups = (app.markdown, app.caption, app.error, app.info)
    return "\n".join(element.value for group in groups for element in group)


def conclusion(app) -> str:
    return next(text.value for text in app.markdown if "satisfied**" in text.value)


def field(app, kind: str, label: str):
    return next(one for one in getattr(app, kind) if one.label == label)


def save(app, **fields):
    """Fill in the form, by kind of field and label, and send it."""
    for name, value in fields.items():
        kind, _, label = name.partition("__")
        field(app, kind, label.replace("_", " ")).set_value(value)
    next(button for button in app.button if button.label == "Save").click()
    return checked(app.run())


def tell(**fields) -> None:
    """Store what staff told of a platform, checked today unless said otherwise."""
    told = {"platform": EMPTY, "attribute": "sso", "value": "yes", "checked_on": today()} | fields
    with open_database().writer() as session:
        staff.save(session, Fact("", origin="staff", **{"confidence": "high"} | told), "ada")


def stored():
    with open_database().reader() as session:
        return [
            fact for told in staff.known_facts(session).values() for fact in told if fact.origin == "staff"
        ]


@pytest.mark.parametrize(
    ("told", "state", "lacks"),
    [
        ([FACT], "satisfied", set()),
        ([replace(FACT, value="no")], "not satisfied", set()),
        ([replace(FACT, value="yes_by_approval")], "conditional", set()),
        ([replace(FACT, attribute="trains_on_customer_data_default", value="opt_out")], "conditional", set()),
        ([replace(FACT, attribute="trains_on_customer_data_default", value="no")], "satisfied", set()),
        ([replace(FACT, attribute="prompt_retention_default", value="30", unit="days")], "told", set()),
        ([replace(FACT, attribute="licence", value="MIT")], "told", set()),
        ([], "unknown", {"Unknown"}),
        ([replace(FACT, value="unclear")], "unknown", {"Unknown"}),
        ([replace(FACT, attribute="licence", value="unclear")], "unknown", {"Unknown"}),
        ([replace(FACT, value="no_public_evidence")], "no evidence", {"Unknown"}),
        ([replace(FACT, confidence="low")], "amber", {"Low confidence"}),
        ([replace(FACT, as_of=date(2025, 11, 21))], "amber", {"Expired"}),
        ([replace(FACT, as_of=date(2025, 11, 22))], "satisfied", set()),  # its last day
        ([FACT, replace(FACT, id="2", value="no")], "amber", {"Sources disagree"}),
        ([replace(FACT, note="CONFLICT: another page says no")], "amber", {"Sources disagree"}),
        # Numbers have no verdict of their own, and yet sources of them can disagree.
        (
            [
                replace(FACT, attribute="prompt_retention_default", value=days, unit="days")
                for days in ("30", "55")
            ],
            "amber",
            {"Sources disagree"},
        ),
        (
            [
                replace(FACT, attribute="prompt_retention_default", value="30", unit="days"),
                replace(
                    FACT,
                    attribute="prompt_retention_default",
                    value="55",
                    unit="days",
                    as_of=date(2024, 1, 1),
                ),
            ],
            "told",
            set(),
        ),
    ],
)
def test_what_a_line_comes_to(told, state, lacks):
    attribute = ATTRIBUTE[told[0].attribute] if told else ATTRIBUTE["iso_27001"]
    line = rows.lines(known(told), "acme", attribute, AT)[0]
    assert (line.state, line.lacks) == (state, lacks)
    assert bool(rows.wanted([line], rows.ATTENTION)) == bool(lacks)
    assert all(rows.wanted([line], lack) for lack in lacks)


def test_a_scope_has_a_line_of_its_own_and_the_whole_platform_one_only_if_told():
    scoped = replace(FACT, id="2", scope="Mistral", value="no")
    found = rows.lines(known([FACT, scoped]), "acme", ATTRIBUTE["iso_27001"], AT)
    assert [(line.scope, line.state) for line in found] == [(None, "satisfied"), ("Mistral", "not satisfied")]
    alone = rows.lines(known([scoped]), "acme", ATTRIBUTE["iso_27001"], AT)
    assert [line.scope for line in alone] == ["Mistral"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "https://trust.acme.example/soc2",
            "[trust\\.acme\\.example](https://trust.acme.example/soc2), source",
        ),
        ("https://acme.example/a_(b)?c=d", "[acme\\.example](https://acme.example/a_%28b%29?c=d), source"),
        ("https://openai.com@evil.example/", "[evil\\.example](https://openai.com@evil.example/), source"),
        (
            "https://e.example/) ![x](http://t/)",
            "[e\\.example](https://e.example/%29%20![x]%28http://t/%29), source",
        ),
        ("javascript:alert(1)", "no source given"),
        ("file:///etc/passwd", "no source given"),
        ("http://[half", "no source given"),
        (None, "no source given"),
    ],
)
def test_only_web_addresses_become_links_and_say_whose_they_are(address, shown):
    assert words.source(replace(FACT, source_url=address)) == shown


def test_nothing_told_is_unknown_and_says_so(page):
    app = page(platform=EMPTY)
    assert conclusion(app) == "**Cerebras: 0 of 34 attributes satisfied**; 34 unknown."
    assert [header.value for header in app.header] == [
        "Attestations", "Data handling", "Residency", "Contract", "Controls", "Commercial"
    ]  # fmt: skip
    assert sum(button.label == "Add" for button in app.button) == len(ATTRIBUTES)
    app.button(key="open-sso").click().run()
    assert app.query_params["attribute"] == "sso"
    assert "Nothing is told of it: that is unknown, which is not the same as no." in said(app)


def test_the_shipped_day_and_the_caveats_are_said(page):
    text = said(page())
    assert "collected on 22 Nov 2026" in text
    assert "research, not legal advice" in text
    assert "aiprovidertrust.com" in text


def test_a_fact_is_added_then_corrected_and_both_stay(page):
    app = page(platform=EMPTY, attribute="soc2_type2")
    app = save(
        app,
        selectbox__Value="Yes",
        text_input__Source="https://trust.acme.example/",
        text_area__Note="Report of *March*",
    )
    assert "1 of 34" in conclusion(app)
    assert "Report of \\*March\\*" in said(app)
    app = save(app, selectbox__Value="No", selectbox__Confidence="medium", text_area__Note="It lapsed")
    assert "1 not satisfied" in conclusion(app)
    badges = [text.value for text in app.markdown if "-badge[Staff" in text.value]
    assert badges == [":green-badge[Staff, in force] **no**", ":gray-badge[Staff, replaced] **yes**"]
    assert "in place of “yes”" in said(app)
    newest, first = stored()
    assert (first.value, first.note, first.replaces, first.was) == ("yes", "Report of *March*", None, None)
    assert (newest.value, newest.replaces, newest.was) == ("no", first.id, "yes")
    assert {(fact.user, fact.checked_by, fact.checked_on) for fact in stored()} == {(USER, USER, today())}


def test_one_of_two_sources_that_disagree_is_confirmed(page):
    app = page(platform="openai", attribute="hipaa_baa")
    start = field(app, "selectbox", "Start from")
    assert start.options == [
        "Shipped: yes",
        "Shipped: yes, with the vendor's approval",
        "Nothing: add another fact",
    ]
    approval = next(
        fact for fact in shipped_facts() if (fact.attribute, fact.value) == ("hipaa_baa", "yes_by_approval")
    )
    start.set_value(approval.id).run()
    app = save(app)
    (fact,) = stored()
    assert (fact.replaces, fact.value, fact.was) == (approval.id, "yes_by_approval", "yes_by_approval")
    assert (fact.checked_by, fact.note, fact.confidence) == (USER, approval.note, "high")
    text = said(app)
    assert "Under a condition] yes, with the vendor's approval" in text
    assert "The shipped source says otherwise\\: yes\\." in text
    assert text.count("Shipped, overruled by staff") == 2


def test_what_is_wrong_with_a_fact_is_said_and_not_kept(page):
    app = page(platform=EMPTY, attribute="prompt_retention_default")
    app = save(app, text_input__Source="trust.example", **{"text_input__Value,_in_days": "thirty"})
    assert [error.value for error in app.error] == [
        "Expected a number, or two with \\`to\\` between, found 'thirty'\\. "
        "The source is not a web address\\."
    ]
    assert stored() == []
    app = save(app, text_input__Source="", **{"text_input__Value,_in_days": "0 to 30"})
    (fact,) = stored()
    assert (fact.value, fact.unit, fact.source_url) == ("0 to 30", "days", None)
    assert "Told] 0 to 30 days" in said(app)
    app = save(app, selectbox__What_was_found="Unclear: take it back")
    assert "34 unknown" in conclusion(app)
    assert [fact.value for fact in stored()] == ["unclear", "0 to 30"]


def test_a_fact_of_one_maker_stands_beside_the_platforms(page):
    app = page(platform=EMPTY, attribute="sso")
    app = save(app, selectbox__Value="Yes")
    app = save(app, selectbox__Value="No", selectbox__True_of="Meta")
    scoped, whole = stored()
    assert (whole.scope, whole.value) == (None, "yes")
    assert (scoped.scope, scoped.value, scoped.replaces, scoped.was) == ("Meta", "no", None, None)
    assert "1 of 34" in conclusion(app)
    assert "**Single sign\\-on** :gray-badge[Meta]" in said(app)


def test_only_what_needs_attention_is_listed(page):
    tell(attribute="sso")
    tell(attribute="cmek", confidence="low")
    tell(attribute="audit_logs", expires=today() - timedelta(days=1))
    listed = {}
    app = page(platform=EMPTY)
    app.multiselect(key="groups").set_value(["Controls"]).run()
    for show in ("Everything", *rows.LACKS, rows.ATTENTION):
        app.selectbox(key="show").set_value(show).run()
        listed[show] = {b.key.removeprefix("open-") for b in app.button if (b.key or "").startswith("open-")}
    assert listed == {
        "Everything": {"sso", "audit_logs", "cmek", "private_networking"},
        "Needs attention": {"audit_logs", "cmek", "private_networking"},
        "Unknown": {"private_networking"},
        "Expired": {"audit_logs"},
        "Low confidence": {"cmek"},
        "Sources disagree": set(),
    }
    app.selectbox(key="show").set_value("Sources disagree").run()
    assert "choose “Everything” under Show" in said(app)


def test_one_attribute_of_every_platform(page):
    tell(platform="somewhere-else", attribute="cmek", value="no")
    app = page(view="attribute", attribute="cmek")
    every = {one.id for one in PLATFORMS} | {platform_of(row.id) for row in REGISTRY} | {"somewhere-else"}
    assert f"of {len(every)} platforms satisfied" in conclusion(app)
    text = said(app)
    assert "**Customer keys: " in text
    assert "**AWS Bedrock**" in text
    assert "**somewhere\\-else**" in text
    app.button(key="go-somewhere-else-None").click().run()
    assert app.query_params["platform"] == "somewhere-else"
    assert "**Customer keys**" in [text.value for text in app.markdown]


def test_an_attribute_that_is_linked_stands_first_and_stays_where_it_is_opened(page):
    def first_names(app):
        return [text.value for text in app.markdown if text.value.startswith("**")][1:3]

    app = page(platform=EMPTY, attribute="batch_discount", show="Everything")
    assert first_names(app) == ["**Batch discount**", "**SOC 2 Type II**"]
    app.button(key="open-batch_discount").click().run()
    assert first_names(app) == ["**SOC 2 Type II**", "**ISO 27001**"]
    app.button(key="open-batch_discount").click().run()
    assert first_names(app) == ["**SOC 2 Type II**", "**ISO 27001**"]
    assert "Off the price of calls that may wait." in said(app)


@pytest.mark.parametrize("query", [{"platform": "nowhere"}, {"attribute": "nothing"}, {"view": "sideways"}])
def test_an_address_that_names_nothing_shows_the_first_platform(page, query):
    assert conclusion(page(**query)).startswith("**OpenAI API: ")


def test_what_staff_wrote_is_shown_as_it_is(page):
    tell(
        attribute="licence",
        value="**free** ![x](http://t.example/p.png) $a$",
        note="<b>:smile: [y](http://t)",
    )
    text = said(page(platform=EMPTY, attribute="licence"))
    assert "![x](" not in text
    assert "$a$" not in text.replace("\\$", "")
    assert "[y](http" not in text
    assert "<b>" not in text.replace("\\<", "")


def answered(**answers: str) -> bytes:
    """The questionnaire as a vendor returns it, with these answers by attribute."""
    with open_database().reader() as session:
        sent = questionnaire_csv(staff.known_facts(session), EMPTY, today())
    rows = list(csv.DictReader(io.StringIO(sent.decode("utf-8-sig"))))
    assert {row["attribute"] for row in rows} == set(ATTRIBUTE)
    for row in rows:
        row["answer"] = answers.get(row["attribute"], "")
        row["answer_source"] = "https://trust.acme.example/" if row["answer"] else ""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_a_vendors_answers_are_kept_one_by_one(page):
    app = page(platform=EMPTY)
    assert [box.label for box in app.expander][1] == "Ask the vendor (34 open questions)"
    file = answered(
        soc2_type2="Yes", hipaa_baa="yes by contract", prompt_retention_default="30 days", sso="maybe"
    )
    app = checked(app.file_uploader[0].upload("answers.csv", file).run())
    assert "**3 answers to review**" in said(app)
    assert "maybe" in "".join(warning.value for warning in app.warning)
    next(box for box in app.checkbox if box.label == "Prompt retention").check()
    next(button for button in app.button if button.label == "Keep the accepted answers").click()
    app = checked(app.run())
    (fact,) = stored()
    assert (fact.attribute, fact.value, fact.unit, fact.confidence) == (
        "prompt_retention_default", "30", "days", "medium"
    )  # fmt: skip
    assert (fact.user, fact.checked_by, fact.checked_on, fact.as_of) == (USER, USER, today(), today())
    assert "Told] 30 days" in said(app)
    assert [box.label for box in app.expander][1] == "Ask the vendor (33 open questions)"
    assert not app.checkbox  # the file has been dealt with


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Row 1, attribute: This column is missing."),
        (b"attribute,answer\n", "No row of the file has an answer."),
        (b"attribute,answer\n<b>![x](http://t)</b>,yes\n", "There is no attribute"),
        (b"attribute,answer\nsso," + b"x" * 1_000_001, "larger than a questionnaire"),
    ],
)
def test_a_file_that_is_no_questionnaire_keeps_nothing(page, data, words):
    app = page(platform=EMPTY)
    app = checked(app.file_uploader[0].upload("answers.csv", data).run())
    told = "".join(one.value for group in (app.warning, app.info, app.error) for one in group)
    assert words in told.replace("\\", "")
    assert "![x](" not in told
    assert stored() == []
