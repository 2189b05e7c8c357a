"""Questions to a vendor and their answers: what is open is asked, and nothing is stored by reading."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broker.assurance import Known, known
from broker.assurance.attributes import ATTRIBUTES
from broker.assurance.shipped import shipped_facts
from broker.assurance.staff import known_facts, save
from broker.assurance.standing import standing
from broker.comparison_export.answers import Problem, Review, accepted, read_answers
from broker.comparison_export.questionnaire import COLUMNS, question_rows, questionnaire_csv
from broker.export import to_csv
from tests.dbtools import fresh_database
from tests.made_up_shortlist import AT, FACTS, fact

TOLD: Known = known(
    (
        fact("acme", "hipaa_baa", "yes"),
        fact("acme", "sso", "no"),
        fact("acme", "uptime_sla", "99.9", unit="percent"),
        fact("acme", "contract_entity", "Acme Inc."),
        fact("acme", "iso_27001", "no_public_evidence"),
        fact("acme", "cmek", "yes", confidence="low"),
        fact("acme", "zdr_option", "yes", as_of=AT - timedelta(days=400)),
        fact("acme", "gdpr_dpa", "unclear"),
        fact("acme", "audit_logs", "yes"),
        fact("acme", "audit_logs", "no", source_url="https://other.example/"),
        fact("acme", "ip_indemnity", "yes", scope="Bolt"),
    )
)
HEADER = "platform;attribute;scope;answer;answer_source;answer_date;answer_note"


def asked(facts: Known = TOLD, platform: str = "acme") -> dict[tuple[str, Any], dict[str, Any]]:
    return {(str(row["attribute"]), row["scope"]): row for row in question_rows(facts, platform, AT)}


def read(*rows: str, facts: Known = TOLD, header: str = HEADER) -> Review:
    return read_answers("\r\n".join((header, *rows)).encode(), "acme", facts, AT)


def test_what_is_open_is_asked_and_what_is_settled_is_not() -> None:
    found = {attribute for attribute, scope in asked() if scope is None}
    settled = {"hipaa_baa", "sso", "uptime_sla", "contract_entity"}
    assert found == {attribute.id for attribute in ATTRIBUTES} - settled


def test_a_question_says_what_is_known_and_why_it_is_asked() -> None:
    row = asked()["zdr_option", None]
    assert row["question"].startswith("Is this true of acme? Prompts and answers can be processed")
    assert (row["known"], row["known_source"]) == ("yes", "https://acme.example/trust")
    assert "it expired on" in row["why_asked"]
    assert asked()["soc2_type2", None]["known"] == "nothing"
    assert asked()["audit_logs", None]["why_asked"].startswith("Sources disagree")
    assert asked()["prompt_retention_default", None]["answer_with"].startswith("a number of days")
    assert ("ip_indemnity", None) in asked()
    assert ("ip_indemnity", "Bolt") not in asked()


def test_the_file_is_a_table_with_room_for_answers() -> None:
    rows = list(csv.DictReader(io.StringIO(questionnaire_csv(TOLD, "acme", AT).decode("utf-8-sig"))))
    assert list(rows[0]) == list(COLUMNS)
    assert {row[name] for row in rows for name in COLUMNS[-4:]} == {""}
    assert {row["platform"] for row in rows} == {"acme"}


def test_every_shipped_platform_can_be_asked() -> None:
    facts = known(shipped_facts())
    for platform in {platform for platform, _ in facts}:
        for (attribute, scope), row in asked(facts, platform).items():
            told = [one for one in facts.get((platform, attribute), ()) if (one.scope or None) == scope]
            assert standing(told, AT).verdict != "satisfied", (platform, attribute)
            assert row["question"]


def test_an_unanswered_file_proposes_nothing() -> None:
    assert read_answers(questionnaire_csv(TOLD, "acme", AT), "acme", TOLD, AT) == Review((), ())


def test_an_answer_is_a_fact_beside_the_current_one() -> None:
    review = read("acme;zdr_option;;Yes by contract;https://acme.example/zdr;2026-10-01;Section 4")
    (one,) = review.rows
    assert review.problems == ()
    assert (one.row, one.current) == (2, TOLD["acme", "zdr_option"][0])
    told = one.proposed
    assert (told.value, told.source_url, told.as_of) == (
        "yes_by_contract",
        "https://acme.example/zdr",
        date(2026, 10, 1),
    )
    assert (told.note, told.origin, told.replaces, told.was) == (
        "Section 4",
        "staff",
        "acme-zdr_option",
        "yes",
    )
    assert (told.checked_by, told.id) == (None, "")


@pytest.mark.parametrize(
    ("attribute", "answer", "value", "unit"),
    [
        ("sso", "YES", "yes", None),
        ("sso", "No.", "no", None),
        ("sso", "yes on-request", "yes on-request", None),
        ("hipaa_baa", "case by case", "case_by_case", None),
        ("prompt_retention_default", "30", "30", "days"),
        ("prompt_retention_default", "30 days", "30", "days"),
        ("prompt_retention_default", "1 day", "1", "days"),
        ("prompt_retention_default", "0-30", "0 to 30", "days"),
        ("prompt_retention_default", "0 to 30 days", "0 to 30", "days"),
        ("uptime_sla", "99,95 %", "99.95", "percent"),
        ("uptime_sla", "99.9 percent", "99.9", "percent"),
        ("model_minimum_lifetime", "12 months", "12", "months"),
        ("contract_entity", "Acme Ltd", "Acme Ltd", None),
    ],
)
def test_answers_as_people_write_them(attribute: str, answer: str, value: str, unit: str | None) -> None:
    review = read(f"acme;{attribute};;{answer};;;")
    found = [(one.proposed.value, one.proposed.unit) for one in review.rows]
    assert found == [(value, unit)] or [problem.field for problem in review.problems] == ["answer"]
    assert bool(found) == (answer != "yes on-request")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("acme;sso;;perhaps;;;", (2, "answer")),
        ("acme;prompt_retention_default;;a while;;;", (2, "answer")),
        ("acme;sso;;yes;our website;;", (2, "answer_source")),
        ("acme;sso;;yes;;soon;", (2, "answer_date")),
        ("acme;sso;;yes;;2026-11-23;", (2, "answer_date")),
        ("acme;no_such;;yes;;;", (2, "attribute")),
        ("bolt;sso;;yes;;;", (2, "platform")),
    ],
)
def test_a_problem_names_its_row_and_field(row: str, problem: tuple[int, str]) -> None:
    review = read(row)
    assert review.rows == ()
    assert [(one.row, one.field) for one in review.problems] == [problem]
    assert all(one.message.endswith(".") for one in review.problems)


def test_good_rows_stand_beside_bad_ones() -> None:
    review = read("acme;sso;;yes;;;", "acme;cmek;;maybe;;;", ";;;;;;", "acme;sso;;no;;;", "acme;cmek;;;;;")
    assert [(one.row, one.proposed.value) for one in review.rows] == [(2, "yes")]
    assert [(one.row, one.field) for one in review.problems] == [(3, "answer"), (5, "attribute")]


def test_scopes_are_answered_apart() -> None:
    review = read("acme;ip_indemnity;Bolt;no;;;", "acme;ip_indemnity;;yes;;;")
    assert [(one.proposed.scope, one.current is None) for one in review.rows] == [
        ("Bolt", False),
        (None, True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_as_spreadsheets_save_them(encoding: str, delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["Notes of ours", "Answer", "attribute", "answer_date", "answer_note"])
    writer.writerow(["x", "'yes", "sso", "21.11.2026", "Größe; a, b"])
    review = read_answers(out.getvalue().encode(encoding), "acme", TOLD, AT)
    (one,) = review.rows
    assert (one.proposed.value, one.proposed.note) == ("yes", "Größe; a, b")
    assert one.proposed.as_of == date(2026, 11, 21)


def test_a_file_without_its_columns_is_refused() -> None:
    assert [one.field for one in read(header="a;b").problems] == ["attribute", "answer"]
    assert [one.field for one in read_answers(b"", "acme", TOLD, AT).problems] == ["attribute", "answer"]


def test_what_would_be_lost_is_told() -> None:
    review = read("acme;sso;;;;;;yes", "acme;cmek;;yes;;;;", "acme;zdr_option;;yes;;;a note; and more")
    assert [one.proposed.attribute for one in review.rows] == ["cmek"]  # cells beyond that are empty are none
    assert [(one.row, one.field) for one in review.problems] == [(2, "file"), (4, "file")]
    twice = read("acme;sso;;yes;;;;no", header=f"{HEADER};answer")
    assert [(one.row, one.field) for one in twice.problems] == [(1, "answer")]
    assert twice.rows == ()


def test_a_broken_row_is_named() -> None:
    broken = read("acme;sso;;yes;;;", f"acme;cmek;;yes;;;{'x' * 200_000}")
    assert [(one.row, one.field) for one in broken.problems] == [(3, "answer_note")]
    long = read(f"acme;sso;;yes;;;{'x' * 20_001}", f"acme;cmek;;{'y' * 20_001};;;")
    assert [(one.row, one.field) for one in long.problems] == [(2, "answer_note"), (3, "answer")]


def test_a_hostile_file_is_read_in_no_time() -> None:
    spaces = f"1{' ' * 19_000}1"
    began = perf_counter()
    review = read(*(f"acme;uptime_sla;s{i};{spaces};;;" for i in range(40)))
    assert len(review.problems) == 40
    many = read(*(f"acme;sso;s{i};yes;;;" for i in range(30_000)))
    assert [(one.row, one.field) for one in many.problems] == [(1, "file")]
    assert perf_counter() - began < 5


@given(st.binary(max_size=400))
def test_any_file_is_read_without_a_fault_of_ours(data: bytes) -> None:
    assert isinstance(read_answers(data, "acme", TOLD, AT), Review)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
@example(" 'tis so")
@example("\u200b=1")
def test_any_note_comes_back(text: str) -> None:
    rows = [{"platform": "acme", "attribute": "sso", "answer": "yes", "answer_note": text}]
    review = read_answers(to_csv(rows, COLUMNS), "acme", TOLD, AT)
    assert [one.proposed.note for one in review.rows] == [text.strip()]


def test_a_reviewed_answer_is_stored_by_staff(tmp_path: Path) -> None:
    (one,) = read("acme;cmek;;yes;https://acme.example/keys;2026-11-01;").rows
    with fresh_database("sqlite", tmp_path) as database:
        with database.writer() as session:
            save(session, accepted(one, "ada", AT), "ada")
        with database.reader() as session:
            told = known_facts(session)["acme", "cmek"][0]
    assert (told.value, told.checked_by, told.checked_on) == ("yes", "ada", AT)
    assert (told.replaces, told.was) == ("acme-cmek", "yes")
    assert ("cmek", None) not in asked(known((told,)), "acme")


def test_the_made_up_facts_leave_the_rest_open() -> None:
    assert len(asked(FACTS, "bolt")) == len(ATTRIBUTES) - 3


def test_a_problem_reads_as_a_sentence() -> None:
    (problem,) = read("acme;nothing;;yes;;;").problems
    assert problem == Problem(2, "attribute", "There is no attribute 'nothing'.")
