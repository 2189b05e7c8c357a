"""The benchmarks page: suites to choose, make, import and edit, and the form that starts a run."""

import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from PIL import Image as Picture
from sqlalchemy import select

from broker.imports import read_suites
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.importers.report import MAX_BYTES
from broker.suites.starters import starters
from broker.suites.store import find_suite, load_suite, save_suite
from broker.types import Image, Message
from db.benchmarks import Run, SuiteFile
from db.changes import save_case
from db.queries import saved_cases
from db.session import open_database
from pages._new_suite import of_cases
from pages._suite_cells import written
from pages._suite_editor import samples_of
from tests import benchpages
from tests.runtools import sums

CSV = b"Question,Expected,Category\n1 + 1?,2,sums\n,3,sums\n2 + 1?,3,sums\n"
IMPORTS = Path(__file__).parents[1] / "data" / "imports"
SECOND = {"openai_fuzzy.yaml", "openai_graded.yaml"}
TEST_SETS = [
    *(
        (f.name, None)
        for f in sorted(IMPORTS.iterdir())
        if f.name not in SECOND and not f.name.startswith("results_")
    ),
    *(("openai_match.jsonl", name) for name in sorted(SECOND)),
    ("openai_items.jsonl", "openai_hosted.json"),
]


@pytest.fixture
def acme(tmp_path, monkeypatch, open_page):
    with benchpages.serving(tmp_path, monkeypatch) as acme:
        yield acme


@pytest.fixture
def go(open_page):
    """`go(suite="new")` is the page with this query."""

    def visit(**query):
        page = open_page("benchmarks.py")
        page.query_params.update(query)
        return page.run()

    return visit


def words(page):
    parts = (*page.title, *page.header, *page.markdown, *page.caption, *page.info, *page.warning, *page.error)
    return "\n".join(part.value for part in parts).replace("\\", "")


def button(page, label):
    return next(button for button in page.button if button.label == label)


def picture():
    out = io.BytesIO()
    Picture.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def keep(suite):
    with open_database().writer() as session:
        return save_suite(session, suite, "ada")[0]


def latest(name):
    with open_database().reader() as session:
        row = find_suite(session, name)
        return load_suite(session, row.id)


def upload(page, name, content, key="suite-file"):
    return page.file_uploader(key=key).upload(name, content).run()


def test_the_starters_are_offered_unrun(go):
    page = go()
    said = words(page)
    for suite in starters():
        assert f"**{suite.name}**" in said
    assert said.count("Not run yet") == len(starters())
    assert not page.exception


def test_a_starter_opens_with_its_preview(go):
    page = go(suite="Procurement sums")
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Calls"] == "96"
    assert figures["Cost, about"] == "$0"
    assert "can show a difference in pass rate of about" in words(page)
    assert "That is the worst case" in words(page)
    assert benchpages.kept()["Procurement sums"] == 1


def test_too_few_samples_are_said_to_be_too_few(go):
    page = go(suite="Procurement sums")
    next(n for n in page.number_input if n.label == "Samples").set_value(5).run()
    assert "5 samples are too few to tell two models apart" in words(page)


def test_a_link_to_no_suite_says_so(go):
    assert "There is no suite behind this link" in words(go(suite="nothing"))


def test_starting_a_run_opens_its_page(acme, go):
    suite_id = keep(sums(4))
    page = go(suite=suite_id, offers=["acme/good", "acme/bad"])
    assert {metric.label: metric.value for metric in page.metric}["Calls"] == "8"
    button(page, "Start the run").click().run()
    assert page.title[0].value == "Sums"
    with open_database().reader() as session:
        run = session.query(Run).one()
        assert [offer["id"] for offer in run.offers] == ["acme/good", "acme/bad"]
        assert run.status == "queued"


def test_a_suite_that_a_model_judges_needs_one_and_is_told_of_conflicts(acme, go):
    suite_id = keep(sums(4, ScorerSpec("rubric", {"rubric": "right"})))
    page = go(suite=suite_id, offers=["acme/good"])
    assert "Choose the model that judges" in words(page)
    judges = page.selectbox(key="judge")
    assert "Good · Acme" not in judges.options  # it would judge itself, and that is said
    assert "compared themselves: Good" in judges.help.replace("\\", "")
    page.selectbox(key="judge").set_value("acme/bad").run()
    assert "is of the same maker" in words(page)


def test_a_judge_that_becomes_a_contestant_is_taken_back(acme, go):
    suite_id = keep(sums(4, ScorerSpec("rubric", {"rubric": "right"})))
    page = go(suite=suite_id, offers=["acme/good"])
    page.selectbox(key="judge").set_value("acme/bad").run()
    page = go(suite=suite_id, offers=["acme/good", "acme/bad"])
    assert page.selectbox(key="judge").value is None


def test_without_a_judge_rules_alone_decide_and_seldom_settings_are_kept(acme, go):
    suite_id = keep(sums(4, ScorerSpec("rubric", {"rubric": "right"}), ScorerSpec("exact")))
    page = go(suite=suite_id, offers=["acme/good"])
    assert "4 of 4 samples are scored by their rules alone" in words(page)
    page.number_input(key="run-top-p").set_value(0.5)
    page.selectbox(key="run-effort").set_value("low")
    page.text_area(key="run-stop").set_value("END\n\n---").run()
    button(page, "Start the run").click().run()
    with open_database().reader() as session:
        params = session.query(Run).one().params
    assert params == {"top_p": 0.5, "reasoning_effort": "low", "stop": ["END", "---"]} | {
        name: value for name, value in params.items() if name == "max_tokens"
    }


def test_a_file_is_shown_before_it_is_kept_with_what_was_left_out(go):
    page = upload(go(suite="new"), "team.csv", CSV)
    said = words(page)
    assert ":blue-badge[table]" in said
    assert "**2 samples** will be kept" in said
    problems = next(frame.value for frame in page.dataframe if "Row" in frame.value)
    assert list(problems["Row"]) == ["3"]
    assert benchpages.kept() == {}
    button(page, "Keep the suite").click().run()
    assert page.title[0].value == "team"
    suite = latest("team")
    assert [sample.input for sample in suite.samples] == ["1 + 1?", "2 + 1?"]
    assert suite.scorers == (ScorerSpec("number"),)
    with open_database().reader() as session:
        assert session.query(SuiteFile).one().data == CSV


UNKNOWN = b"Vraag\tAntwoord\nHoe lang duurt het?\t14 dagen\nHoeveel kost het?\t8 euro\n"


def chooser(page, label):
    return next(w for w in (*page.multiselect, *page.selectbox) if w.label == label)


def test_what_will_judge_follows_the_right_answers_that_are_chosen(go):
    page = upload(go(suite="new"), "vragen.tsv", UNKNOWN)
    assert chooser(page, "Question").value == "Vraag"
    assert chooser(page, "Answers are judged by").value == []
    chooser(page, "Right answers").set_value(["Antwoord"]).run()
    assert chooser(page, "Answers are judged by").value == ["includes"]
    said = (
        "will be kept. Judged by a text it contains (upper and lower case are the same; only as whole words"
    )
    assert said in words(page)
    assert not button(page, "Keep the suite").disabled
    chooser(page, "Answers are judged by").set_value([]).run()
    assert "Choose how answers are judged" in words(page)
    assert "Keep the suite" not in [b.label for b in page.button]


def test_a_suite_that_nothing_judges_is_kept_by_choice_alone_and_says_so(go):
    page = upload(go(suite="new"), "vragen.tsv", UNKNOWN)
    assert "Nothing judges the answers to this suite" in words(page)
    assert button(page, "Keep the suite").disabled
    next(c for c in page.checkbox if c.label.startswith("Keep it to look at answers")).check().run()
    button(page, "Keep the suite").click().run()
    assert page.title[0].value == "vragen"
    assert "Nothing judges the answers yet" in words(page)
    keep(Suite("checked", (Sample("1", "q", scorers=(ScorerSpec("refusal"),)),), ()))
    listed = words(go())
    assert "2 samples · Nothing judges the answers yet" in listed
    assert "1 sample · Each sample says how it is judged" in listed


def test_the_page_takes_files_as_large_as_are_read(go):
    suite_id = keep(sums(3))
    uploads = [go(suite="new").file_uploader(key="suite-file")]
    uploads.append(go(suite=suite_id, tab="Answers made elsewhere").file_uploader(key="answers-file"))
    assert [one.proto.max_upload_size_mb * 1_000_000 for one in uploads] == [MAX_BYTES] * 2
    assert f"{MAX_BYTES // 1_000_000} MB" in (IMPORTS.parents[2] / "docs" / "imports.md").read_text("utf-8")


def test_samples_that_nothing_judges_among_others_are_counted(go):
    page = upload(go(suite="new"), "t.csv", b"q,__expected\nHi,equals:Ho\nHe,\n")
    assert "Nothing judges the answers to 1 of 2 samples" in words(page)
    assert not button(page, "Keep the suite").disabled


def test_the_sheet_of_a_workbook_is_chosen(go):
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Notes"])
    book.worksheets[0].append(["For Eva"])
    for row in (["Question", "Expected"], ["1 + 1?", 2]):
        (book["Asked"] if "Asked" in book.sheetnames else book.create_sheet("Asked")).append(row)
    file = io.BytesIO()
    book.save(file)
    page = upload(go(suite="new"), "team.xlsx", file.getvalue())
    assert (chooser(page, "Sheet").options, chooser(page, "Question").value) == (["Sheet", "Asked"], "Notes")
    chooser(page, "Sheet").set_value("Asked").run()
    assert chooser(page, "Question").value == "Question"
    button(page, "Keep the suite").click().run()
    assert [(s.input, s.targets) for s in latest("team").samples] == [("1 + 1?", ("2",))]


def test_the_columns_can_be_mapped_otherwise(go):
    page = upload(go(suite="new"), "team.csv", CSV)
    key = next(m.key for m in page.multiselect if m.key.endswith("-targets"))
    page.multiselect(key=key).set_value([]).run()
    judging = next(m for m in page.multiselect if m.label == "Answers are judged by")
    assert judging.value == []
    judging.set_value(["latency"]).run()
    next(t for t in page.text_area if t.key.endswith("latency-settings")).set_value('{"max_ms": 900}').run()
    assert "Judged by how long it takes" in words(page)
    button(page, "Keep the suite").click().run()
    assert latest("team").scorers == (ScorerSpec("latency", {"max_ms": 900}),)
    assert [sample.targets for sample in latest("team").samples] == [()] * 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0", "an old or encrypted Excel file"),
        ("a.json", b'{"x": <b>', "a.json"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(go, name, content, said):
    page = upload(go(suite="new"), name, content)
    assert said in words(page)
    assert not page.exception


def upload_graders(page, name):
    return upload(page, name, (IMPORTS / name).read_bytes(), "graders-file") if name else page


@pytest.mark.parametrize(("name", "graders"), TEST_SETS)
def test_a_test_set_confirmed_as_proposed_is_what_the_command_line_keeps(go, name, graders):
    content = (IMPORTS / name).read_bytes()
    second = (graders, (IMPORTS / graders).read_bytes()) if graders else None
    page = upload_graders(upload(go(suite="new"), name, content), graders)
    found = read_suites(name, content, graders=second)
    button(page, "Keep the suite").click().run()
    assert not page.exception
    assert latest(found.suite.name) == found.suite
    with open_database().reader() as session:
        kept = {file.name: file.data for file in session.scalars(select(SuiteFile))}
        row = find_suite(session, found.suite.name)
    assert kept == dict([(name, content), *([second] if second else [])])
    assert (row.graders_sha256 is None) == (second is None)


def test_each_suite_of_a_file_is_proposed_under_its_own_name(go):
    page = upload(go(suite="new"), "promptfooconfig.yaml", (IMPORTS / "promptfooconfig.yaml").read_bytes())
    proposed = [next(i.value for i in page.text_input if i.label == "Name of the suite")]
    next(s for s in page.selectbox if s.label == "Suite").set_value(1).run()
    proposed.append(next(i.value for i in page.text_input if i.label == "Name of the suite"))
    assert proposed == ["Support answers · prompt 1", "Support answers · With a role"]


def test_a_check_that_cannot_judge_is_told_before_anything_is_kept(go):
    page = upload(go(suite="new"), "tests.csv", b"q,__expected1,__expected2\nHi,regex:(,contains:x\n")
    [told] = [frame.value for frame in page.dataframe if "Row" in frame.value]
    assert told["What"].str.contains("regex: this check was left out: pattern: ").sum() == 1
    button(page, "Keep the suite").click().run()
    assert [spec.name for spec in latest("tests").samples[0].scorers] == ["includes"]


def form_of_columns(page):
    known = {"Question", "Right answers", "Choices", "Tags", "Sample id", "Document", "Kept beside", "Prompt"}
    return {w.label for w in (*page.selectbox, *page.multiselect)} & known


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tests.csv", b"q,tags,__expected\nHi,a,equals:Ho\n"),
        (
            "tests.json",
            b'[{"vars": {"q": "Hi", "tags": "a"}, "assert": [{"type": "equals", "value": "Ho"}]}]',
        ),
    ],
)
def test_a_form_asks_only_for_what_its_format_heeds(go, name, content):
    assert form_of_columns(upload(go(suite="new"), "team.csv", CSV)) > {"Question", "Right answers", "Tags"}
    page = upload(go(suite="new"), name, content)
    assert form_of_columns(page) == {"Prompt"}
    prompt = next(s for s in page.selectbox if s.label == "Prompt")
    assert prompt.options == ["q", "tags", "{{q}}"]
    prompt.set_value("tags").run()
    button(page, "Keep the suite").click().run()
    assert [sample.input for sample in latest("tests").samples] == ["{{tags}}"]


def test_tests_without_a_check_are_judged_as_the_form_says(go):
    page = upload(go(suite="new"), "tests.csv", b"q,__expected\nHi,javascript:1\n")
    scorers = next(m for m in page.multiselect if m.label == "Answers are judged by")
    scorers.set_value(["refusal"]).run()
    [told] = [frame.value for frame in page.dataframe if "Row" in frame.value]
    assert told["What"].str.contains("javascript").sum() == 1
    assert told["What"].str.contains("nothing judges").sum() == 0
    button(page, "Keep the suite").click().run()
    assert latest("tests").scorers == (ScorerSpec("refusal"),)


def test_the_same_name_becomes_the_next_version(go):
    keep(Suite("team", (Sample("1", "old", ("x",)),), (ScorerSpec("exact"),)))
    page = upload(go(suite="new"), "team.csv", CSV)
    assert "this becomes version 2" in words(page)
    button(page, "Keep the suite").click().run()
    assert benchpages.kept() == {"team": 2}


def test_saved_cases_become_samples(go):
    go()
    with open_database().writer() as session:
        save_case(
            session, name="capital", text="Of {{land}}?", variables={"land": "France"}, expected="Paris"
        )
        save_case(session, name="twice", text="a", expected="b", system="Be brief.")
        save_case(session, name="twice", text="c")
    page = go(**{"suite": "new", "from": "From saved test cases"})
    page.text_input(key="cases-name").set_value("Mine").run()
    button(page, "Keep the suite").click().run()
    made = {sample.id: sample for sample in latest("Mine").samples}
    assert made["capital"] == Sample("capital", "Of {{land}}?", ("Paris",), variables={"land": "France"})
    assert len(made) == 2  # the one without a right answer is not taken unless marked
    with open_database().reader() as session:
        every = of_cases(list(session.scalars(saved_cases())))
    assert len({sample.id for sample in every}) == 3
    assert (Message("system", "Be brief."), Message("user", "a")) in [sample.input for sample in every]


def test_editing_a_suite_that_has_run_makes_a_version_and_says_so(acme, go):
    suite_id = keep(sums(3))
    benchpages.ordered(sums(3), "good")
    page = go(suite=suite_id, tab="Edit")
    assert "Version 1, with 1 run stays as it is" in words(page)
    assert button(page, "Nothing has changed yet").disabled
    page.text_area(key=f"edit-{suite_id}-system").set_value("Be exact.").run()
    button(page, "Save as the next version").click().run()
    assert benchpages.kept() == {"Sums": 2}
    assert latest("Sums").system == "Be exact."
    assert len(latest("Sums").samples) == 3


def test_a_description_alone_is_changed_without_a_new_version(go):
    suite_id = keep(replace(sums(3), description="Old words"))
    page = go(suite=suite_id, tab="Edit")
    page.text_input(key=f"edit-{suite_id}-description").set_value("New words ").run()
    button(page, "Save the description").click().run()
    assert (benchpages.kept(), latest("Sums").description) == ({"Sums": 1}, "New words")
    page = go(suite=suite_id, tab="Edit")
    page.text_input(key=f"edit-{suite_id}-description").set_value("").run()
    button(page, "Save the description").click().run()
    assert latest("Sums").description == ""


CELLS = {"targets": ["x"], "choices": [], "tags": [], "cluster": None}


def test_every_part_of_a_sample_can_be_made_by_hand():
    row = {
        "id": None,
        "input": "Of {{land}}?",
        **CELLS | {"targets": ["12"]},
        "variables": '{"land": "France", "year": 2026}',
        "turns": '[{"role": "system", "content": "Be brief."}]',
        "scorers": '[{"name": "number", "settings": {"tolerance": 0.1}, "threshold": 1}]',
        "metadata": '{"source": ["contract", 7]}',
    }
    assert samples_of(pd.DataFrame([row]), ()) == (
        Sample(
            "1",
            (Message("system", "Be brief."), Message("user", "Of {{land}}?")),
            ("12",),
            variables={"land": "France", "year": "2026"},
            metadata={"source": ["contract", 7]},
            scorers=(ScorerSpec("number", {"tolerance": 0.1}, 1),),
        ),
    )


def test_what_a_cell_shows_is_what_it_reads_and_pictures_stay():
    pictures = (Image("image/png", b"x"),)
    talk = (Message("system", "s"), Message("user", "see", pictures), Message("user", "old", pictures))
    sample = Sample("1", talk, ("x",), (), {"a": "b"}, metadata={"a": 1}, scorers=(ScorerSpec("exact"),))
    shown = {"id": "1", "input": "old", **CELLS, **written(sample)}
    assert samples_of(pd.DataFrame([shown]), (sample,)) == (sample,)
    turns = json.loads(shown["turns"])
    turns[1]["content"] = "look"
    made = samples_of(pd.DataFrame([shown | {"turns": json.dumps(turns), "metadata": None}]), (sample,))
    assert made[0].input == (talk[0], Message("user", "look", pictures), talk[2])
    assert made[0].metadata == {}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"variables": "{land: France}"}, "Variables: "),
        ({"variables": "[1]"}, "Variables: expected an object"),
        ({"metadata": "7"}, "Metadata: expected an object"),
        ({"turns": '[{"role": "wizard", "content": "x"}]'}, "Earlier turns: a turn has a role"),
        ({"turns": '["x"]'}, "Earlier turns: expected a list of objects"),
        ({"scorers": '[{"name": "magic"}]'}, "Own scorers: a scorer cannot have the name 'magic'"),
        ({"scorers": '[{"settings": {}}]'}, "Own scorers: a scorer needs a name"),
        ({"scorers": '[{"name": "exact", "weight": "heavy"}]'}, "cannot have the weight 'heavy'"),
        ({"scorers": '[{"name": "regex", "settings": {"pattern": "("}}]'}, "Own scorers: "),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(cells, said):
    with pytest.raises(ValueError, match=r"^Sample s7, ") as caught:
        samples_of(pd.DataFrame([{"id": "s7", "input": "?", **CELLS, **cells}]), ())
    assert said in str(caught.value)


def test_a_picture_is_attached_to_a_question_kept_and_taken_off_again(go):
    suite_id = keep(sums(2))
    page = go(suite=suite_id, tab="Edit")
    page.selectbox(key=f"edit-{suite_id}-picture-of").set_value("s1").run()
    upload(page, "red.png", picture(), f"edit-{suite_id}-picture-files-0")
    assert not page.exception
    button(page, "Save as the next version").click().run()
    first, second = latest("Sums").samples
    assert first == sums(2).samples[0]
    assert second.input == (Message("user", "1 + 1?", (Image("image/png", picture()),)),)

    with open_database().reader() as session:
        newer = find_suite(session, "Sums").id
    page = go(suite=newer, tab="Edit")
    page.selectbox(key=f"edit-{newer}-picture-of").set_value("s1").run()
    button(page, "Remove picture 1").click().run()
    button(page, "Save as the next version").click().run()
    assert page.query_params["suite"] in (suite_id, [suite_id])  # the content of the first version again


def test_a_file_that_is_no_picture_is_told_and_not_attached(go):
    suite_id = keep(sums(1))
    page = go(suite=suite_id, tab="Edit")
    upload(page, "red.png", b"no picture", f"edit-{suite_id}-picture-files-0")
    assert any("is not a PNG, JPEG or WebP picture" in error.value for error in page.error)
    assert button(page, "Nothing has changed yet").disabled


def test_a_version_with_a_cell_that_cannot_be_read_is_not_kept(go, monkeypatch):
    suite_id = keep(sums(2))
    broken = [{"id": "s0", "input": "?", **CELLS, "variables": "{"}]
    monkeypatch.setattr("streamlit.data_editor", lambda *_, **__: pd.DataFrame(broken))
    page = go(suite=suite_id, tab="Edit")
    assert "Sample s0, Variables: " in words(page)
    assert not [button for button in page.button if "version" in button.label]
    assert not page.exception


def test_the_editor_keeps_what_its_table_does_not_show():
    talk = (Message("system", "s"), Message("user", "old"))
    before = (Sample("1", talk, ("x",), metadata={"a": 1}, scorers=(ScorerSpec("exact"),)),)
    columns = {"targets": ["x"], "choices": [], "tags": ["t"], "cluster": None}
    rows = [
        {"id": "1", "input": "new", **columns, **written(before[0])},
        {"id": None, "input": "two", **columns},
        {"id": "9", "input": " ", **columns},
    ]
    made = samples_of(pd.DataFrame(rows), before)
    assert made[0] == Sample(
        "1", (Message("system", "s"), Message("user", "new")), ("x",), tags=("t",), metadata={"a": 1},
        scorers=(ScorerSpec("exact"),),
    )  # fmt: skip
    assert made[1] == Sample("2", "two", ("x",), tags=("t",))
    assert len(made) == 2


def test_a_removed_row_takes_nothing_of_the_others_along():
    before = tuple(Sample(f"s{i}", f"q{i}", ("x",), metadata={"i": i}) for i in range(3))
    frame = pd.DataFrame([{"id": s.id, "input": s.input, **CELLS, **written(s)} for s in before]).drop(
        index=1
    )
    assert samples_of(frame, before) == (before[0], before[2])


def test_a_suite_leaves_the_list_and_comes_back(go):
    suite_id = keep(sums(3))
    button(go(suite=suite_id, tab="Edit"), "Take the suite off the list").click().run()
    assert "**Sums**" not in words(go())
    button(go(suite=suite_id, tab="Edit"), "Put the suite back on the list").click().run()
    assert "**Sums**" in words(go())


def test_the_sheet_with_the_answers_is_chosen(go):
    suite_id = keep(sums(2))
    book = openpyxl.Workbook()
    book.worksheets[0].append(["What the vendors said in May"])  # a cover: not offered first
    for title, rows in {"May": [["s0", 1], ["s1", 9]], "June": [["s0", 1], ["s1", 2]]}.items():
        sheet = book.create_sheet(title)
        for row in [["id", f"alpha, {title}"], *rows]:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    elsewhere = go(suite=suite_id, tab="Answers made elsewhere")
    page = upload(elsewhere, "vendors.xlsx", file.getvalue(), "answers-file")
    assert chooser(page, "Sheet").options == ["May", "Sheet", "June"]
    assert "**2 answers** of alpha, May\n" in words(page)
    chooser(page, "Sheet").set_value("Sheet").run()
    assert "there is nothing under the header" in page.error[0].value
    chooser(page, "Sheet").set_value("June").run()
    assert "**2 answers** of alpha, June\n" in words(page)
    button(page, "Score and keep").click().run()
    assert "2 of 2" in str(page.table[0].value.iloc[0].to_dict()), page.table[0].value.iloc[0].to_dict()


def test_answers_made_elsewhere_are_scored_and_marked_for_ever(go):
    suite_id = keep(sums(3))
    answers = b"id,question,alpha,beta\ns0,,1,one\ns1,,2,9\ns2,,3,3\nzz,,4,4\n"
    page = upload(go(suite=suite_id, tab="Answers made elsewhere"), "answers.csv", answers, "answers-file")
    assert "**6 answers** of alpha and beta\n" in words(page)
    assert any("no sample asks this" in str(frame.value) for frame in page.dataframe)
    button(page, "Score and keep").click().run()
    said = words(page)
    assert ":violet-badge[:material/upload_file: Imported]" in said
    assert "nothing is known of how long they took" in said
    offers = [name.replace("\\", "") for name in page.table[0].value["Offer"]]
    assert offers == ["alpha (imported)", "beta (imported)"]
    assert len(page.table) == 1
    assert "The file it came from, answers.csv" in [
        b.label.replace("\\", "") for b in page.get("download_button")
    ]
    with open_database().reader() as session:
        assert session.query(SuiteFile).one().data == answers


def test_a_cell_without_an_answer_is_told_and_counted_apart(go):
    suite_id = keep(sums(3))
    answers = b"id,alpha,beta\ns0,1,1\ns1,,9\ns2,3,3\nzz,,4\n"
    page = upload(go(suite=suite_id, tab="Answers made elsewhere"), "answers.csv", answers, "answers-file")
    assert "**5 answers** of alpha and beta, and 1 question without one" in words(page)
    [told] = [frame.value for frame in page.dataframe if "Row" in frame.value]
    assert [
        (row.Row, row.Field) for row in told.itertuples() if row.What.startswith("there is no answer")
    ] == [("3", "alpha")]


def test_a_table_whose_columns_say_nothing_is_settled_in_its_form(go):
    suite_id = keep(sums(3))
    answers = b"Vraag;Antwoord A\n0 + 1?;1\n1 + 1?;9\n"
    page = upload(go(suite=suite_id, tab="Answers made elsewhere"), "theirs.csv", answers, "answers-file")
    chosen = next(m for m in page.multiselect if m.label == "Answers")
    asked = next(s for s in page.selectbox if s.label == "Question")
    assert (chosen.options, chosen.value, asked.value) == (["Vraag", "Antwoord A"], [], None)
    assert "expected a column with answers and one with the sample's id or question" in page.info[-1].value
    assert "Choose above which columns hold the answers" in page.info[-1].value
    assert not page.error
    assert "Score and keep" not in [b.label for b in page.button]
    chosen.set_value(["Antwoord A"]).run()
    assert "expected a column with the sample's id or question" in page.info[-1].value
    asked.set_value("Antwoord A").run()
    assert "no sample asks this: '1'" in words(page)
    asked.set_value("Vraag").run()
    assert "**2 answers** of Antwoord A" in words(page)
    button(page, "Score and keep").click().run()
    assert not page.exception
    assert "Sums, theirs.csv" in words(page)


def test_hostile_names_stay_text(go):
    name = "<img src=x> $a$ :red[b] ![c](http://d.example/e)"
    suite_id = keep(Suite(name, (Sample("1", name, (name,)),), (ScorerSpec("exact"),), name, source=name))
    for page in (go(), go(suite=suite_id), go(suite=suite_id, tab="Samples")):
        assert not page.exception
        shown = [
            part.value for part in (*page.title, *page.markdown, *page.caption) if "d\\.example" in part.value
        ]
        assert shown
        assert all("\\$a\\$" in part and "!\\[" in part.replace("\\!\\[", "!\\[") for part in shown)
