"""Spreadsheets without a format of their own: separators, encodings, and which column means what."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from broker.images import to_base64
from broker.suites import ScorerSpec
from broker.suites.importers import ColumnMapping, Imported, ImportRefused, read
from broker.suites.importers.column_names import propose
from broker.suites.importers.columns import renamed
from broker.types import Image, Message

PIXEL = Image("image/png", b"\x89PNG\r\n\x1a\n")
URL = f"data:image/png;base64,{to_base64(PIXEL)}"
SHORT = ScorerSpec("includes", {"ignore_case": True, "words": True})
CSV = "question,answer,category\n{}\n"


def told(result: Imported) -> list[str]:
    """Return the problems as people read them."""
    return [str(problem) for problem in result.problems]


@pytest.mark.parametrize(
    "data",
    [
        b"question,answer\nAre you there?,yes\n",
        b"question;answer\r\nAre you there?;yes\r\n",
        b"question\tanswer\nAre you there?\tyes\n",
        b"question|answer\nAre you there?|yes\n",
        b"sep=;\r\nquestion;answer\r\nAre you there?;yes\r\n",
        b"question;answer\n\n\nAre you there?;yes\n;\n",
        "question,answer\nAre you there?,yes\n".encode("utf-8-sig"),
        "question,answer\nAre you there?,yes\n".encode("utf-16"),
        "question;answer\nAre you there?;yes\n".encode("utf-32"),
        b'[{"question": "Are you there?", "answer": "yes"}]',
        b'{"rows": [{"question": "Are you there?", "answer": "yes"}]}',
        b'{"question": "Are you there?", "answer": "yes"}',
        b'{"question": "Are you there?", "answer": "yes"}\n\n',
    ],
)
def test_a_table_is_read_however_it_is_written(data: bytes) -> None:
    result = read("upload", data)
    (sample,) = result.suite.samples
    assert (sample.input, sample.targets, result.problems) == ("Are you there?", ("yes",), ())


def test_cells_may_hold_separators_quotes_and_lines() -> None:
    result = read("t.csv", b'question,answer\n"One, two;\n""three""?","a\r\nb"\n=1+1,\'x\n')
    assert [(s.input, s.targets) for s in result.suite.samples] == [
        ('One, two;\n"three"?', ("a\r\nb",)),
        ("=1+1", ("'x",)),
    ]


def test_a_guessed_encoding_is_told() -> None:
    result = read("t.csv", "question,answer\nGrüße “dort”?,ja\n".encode("cp1252"))
    assert result.suite.samples[0].input == "Grüße “dort”?"
    assert told(result) == ["not UTF-8: read as Windows-1252; check letters with accents"]


def test_rows_count_as_a_spreadsheet_shows_them() -> None:
    result = read("t.csv", b'question,answer\n"two\nlines",a\n\nlast,b,extra\n,c\nx,\n')
    assert told(result) == [
        "row 4: 3 cells under 2 columns; the last ones were left out",
        "row 5, question: the row was left out: it asks nothing",
        "row 6, answer: the row was left out: it has no target",
    ]


TITLED = "Support 2026, in November;;;\n\nNr;Question;Expected answer;Topic\n"


@pytest.mark.parametrize(
    ("data", "columns", "left_out"),
    [
        (
            TITLED + "1;Where?;Here, or there;a\n2;When?;Now;\n",
            ("Nr", "Question", "Expected answer", "Topic"),
            ["row 1: left out: it stands above row 3, which names the columns: 'Support 2026, in November'"],
        ),
        ("By Eva\nNr;Who?;Reply\n1;Eva?;yes\n2;Ada?;no\n", ("Nr", "Who?", "Reply"), ["row 1"]),
        ("Eva;11/2026\nNotes\nA;B;C;D\n1;2;3;4\n5;6;7;8\n", ("A", "B", "C", "D"), ["row 1", "row 2"]),
        # A header stays one where rows are wider, or only one of its columns has a name.
        ("Nr;Who?\n1;Eva?;yes\n2;Ada?;no\n", ("Nr", "Who?"), []),
        (";question\n0;Where?\n1;When?\n", ("column 1", "question"), []),
        ("question\nWhere?;Here\nWhen?;Now\n", ("question",), []),
        ("Nr;Who?;Reply\n1;Eva?\n2;Ada?\n", ("Nr", "Who?", "Reply"), []),
        ("name\nEva\nAda\n", ("name",), []),
        ("name\nEva;Ada\n", ("name",), []),
    ],
)
def test_a_title_above_the_header_is_left_out_and_told(
    data: str, columns: tuple[str, ...], left_out: list[str]
) -> None:
    result = read("t.csv", data.encode())
    assert result.preview.columns == columns
    above = [line for line in told(result) if "it stands above" in line]
    assert [line[: len(begun)] for line, begun in zip(above, left_out, strict=True)] == left_out


def test_rows_below_a_title_keep_their_numbers() -> None:
    result = read("t.csv", f"{TITLED}1;Where?;Here;a\n2;When?;;b\n".encode())
    assert [(s.id, s.input, s.targets, s.tags) for s in result.suite.samples] == [
        ("1", "Where?", ("Here",), ("a",))
    ]
    assert told(result)[-1] == "row 5, Expected answer: the row was left out: it has no target"


def test_what_a_document_holds_beside_its_records_is_told() -> None:
    data = (
        b'{"version": 2, "samples": [{"question": "q", "answer": "a"}, "stray", {}], '
        b'"tests": [{"question": "r", "answer": "b"}]}'
    )
    result = read("t.json", data)
    assert [sample.input for sample in result.suite.samples] == ["q"]
    assert told(result) == [
        "version: not imported",
        "row 2, samples: left out: expected an object in braces",
        "tests: not imported",
        "row 3, question: the row was left out: it asks nothing",
    ]


def test_a_list_of_no_records_is_a_cell_of_the_record_around_it() -> None:
    (sample,) = read("t.json", b'{"question": "q", "answer": "a", "data": [1, 2]}').suite.samples
    assert (sample.input, sample.metadata) == ("q", {"data": [1, 2]})


def test_columns_that_stand_twice_or_have_no_name_are_kept_apart() -> None:
    result = read("t.csv", b"question,note,note,,answer\nq,1,2,3,a\n")
    assert result.preview.columns == ("question", "note", "note (column 3)", "column 4", "answer")
    assert result.suite.samples[0].metadata == {"note": "1", "note (column 3)": "2", "column 4": "3"}
    assert told(result) == ["row 1, note: this column stands twice; the later one is column 3"]


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (("Question", "Expected answer"), ColumnMapping("Question", ("Expected answer",))),
        (("id", "prompt", "ideal", "tags"), ColumnMapping("prompt", ("ideal",), tags=("tags",), id="id")),
        (
            ("question", "A", "B", "C", "answer", "document_id"),
            ColumnMapping("question", ("answer",), ("A", "B", "C"), cluster="document_id"),
        ),
        (("Text", "option 1", "option 2"), ColumnMapping("Text", (), ("option 1", "option 2"))),
        (
            ("Nr", "Kundenfrage", "Erwartete Antwort", "Thema"),
            ColumnMapping("Kundenfrage", ("Erwartete Antwort",), tags=("Thema",), id="Nr"),
        ),
        (("Frage", "Antwort"), ColumnMapping("Frage", ("Antwort",))),
        (
            ("Catégorie", "Question", "Réponse attendue"),
            ColumnMapping("Question", ("Réponse attendue",), tags=("Catégorie",)),
        ),
        (("Pregunta", "Respuesta", "Tema"), ColumnMapping("Pregunta", ("Respuesta",), tags=("Tema",))),
        (("image", "question", "label"), ColumnMapping("question", ("label",), images=("image",))),
        (("only",), ColumnMapping("only")),
    ],
)
def test_columns_are_proposed_by_their_names(columns: tuple[str, ...], mapping: ColumnMapping) -> None:
    assert propose(columns) == mapping


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        ("X;Y;Z\n1;ja;Wie lange dauert das?\n2;nein;Und wie viel kostet es?\n", "Z"),
        ("X;Y\n1;Name the capital of France.\n22222222222222222222222222222222;Name the largest sea.\n", "Y"),
        ("X;Y\nshort?;a much longer text that asks nothing at all\nor?;and another such text\n", "X"),
        ("X;Y\nsame long text of a template;who\nsame long text of a template;what one of them\n", "X"),
        ("X;Y\nthe same text each time;first one\nthe same text each time;second one, longer\n", "Y"),
        ("X;Y\n1;2\n3;4\n", "X"),
    ],
)
def test_without_a_known_name_the_rows_tell_what_is_asked(table: str, asked: str) -> None:
    mapping = read("t.csv", table.encode()).preview.mapping
    assert mapping
    assert mapping.input == asked


@pytest.mark.parametrize(
    ("answers", "scorer"),
    [
        (["4", "1,000", "-2.5", "45%"], ScorerSpec("number")),
        (['{"a": 1}', '{"b": [2]}'], ScorerSpec("json-fields")),
        (
            ["Billing", "billing", "Sales", "Sales", "Sales", "Billing"],
            ScorerSpec("label", {"labels": ["Billing", "Sales"]}),
        ),
        (["Ja", "Nein", "Ja", "Ja", "Nein", "Nein"], ScorerSpec("label", {"labels": ["Ja", "Nein"]})),
        (["Paris", "the Eiffel tower"], SHORT),
        (["Ja", "9,90 €", "8 Uhr"], SHORT),
        (["It was a long answer with many words."], ScorerSpec("token-f1")),
        (["1,2,3"], SHORT),
        (["{not json}"], SHORT),
    ],
)
def test_the_scorer_is_proposed_by_the_targets(answers: list[str], scorer: ScorerSpec) -> None:
    rows = "\n".join('q,"' + answer.replace('"', '""') + '"' for answer in answers)
    result = read("t.csv", f"question,answer\n{rows}\n".encode())
    assert result.suite.scorers == (scorer,)
    assert result.preview.mapping
    assert result.preview.mapping.scorers == (scorer,)


def test_without_targets_a_person_has_to_choose() -> None:
    result = read("t.csv", b"question,answer\nq,\n")
    assert result.suite.scorers == ()
    assert told(result) == [
        "answer: there is no target in any row",
        "no targets and no scorers: choose how answers are judged",
        "answer: this column was not imported",
    ]


def test_a_mapping_of_ones_own_goes_before_the_proposed_one() -> None:
    mapping = ColumnMapping(
        "{{greeting}} {{name}}!",
        ("reply",),
        tags=("kind",),
        cluster="file",
        id="nr",
        scorers=(ScorerSpec("exact"),),
    )
    data = (
        b'nr,file,greeting,name,reply,kind,rest\n7,a.pdf,Hello,Ada,"[""Hi"", ""Hello""]","polite; short",x\n'
    )
    result = read("t.csv", data, mapping)
    (sample,) = result.suite.samples
    assert sample.input == "{{greeting}} {{name}}!"
    assert sample.variables == {"greeting": "Hello", "name": "Ada"}
    assert (sample.id, sample.cluster, sample.tags) == ("7", "a.pdf", ("polite", "short"))
    assert sample.targets == ("Hi", "Hello")
    assert result.suite.scorers == (ScorerSpec("exact"),)
    assert told(result) == ["rest: this column was not imported"]


def test_a_column_that_is_named_has_no_other_meaning() -> None:
    proposed = ColumnMapping(
        "question", ("answer",), tags=("topic",), id="nr", metadata=("note",), scorers=(SHORT,)
    )
    assert renamed(proposed, targets=("note",)) == replace(
        proposed, targets=("note",), metadata=("answer",), scorers=()
    )
    assert renamed(proposed, tags=("nr",)) == replace(
        proposed, tags=("nr",), id=None, metadata=("note", "topic")
    )
    assert renamed(proposed, input="{{topic}}: {{question}}") == replace(
        proposed, input="{{topic}}: {{question}}", tags=()
    )


def test_a_mapping_of_columns_that_are_not_there_is_refused() -> None:
    with pytest.raises(ImportRefused, match="columns that are not there: Frage, Antwort"):
        read("t.csv", b"question,answer\nq,a\n", ColumnMapping("Frage", ("Antwort",)))


def test_ids_that_stand_twice_become_different() -> None:
    result = read("t.csv", b"id,question,answer\na,q,1\na,q,2\na (2),q,3\n")
    assert [sample.id for sample in result.suite.samples] == ["a", "a (2)'", "a (2)"]
    assert told(result) == ["id: a stands for several samples; one became a (2)'"]


def test_pictures_come_from_data_urls_alone() -> None:
    text = base64.b64encode(b"hello").decode()
    rows = [f"What is it?,dot,{URL}", "And this?,cat,photo.png", "This?,text,data:image/png;base64," + text]
    data = "question,answer,image\n" + "\n".join(
        f'{a},{b},"{c}"' for a, b, c in (r.split(",", 2) for r in rows)
    )
    result = read("t.csv", data.encode())
    assert result.suite.samples[0].input == (Message("user", "What is it?", (PIXEL,)),)
    assert result.suite.samples[1].input == "And this?"
    assert told(result) == [
        "row 3, image: left out: expected a picture as a data URL; files and addresses are not opened",
        "row 4, image: left out: expected a PNG, JPEG or WebP picture",
    ]


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ('[{"role": "tool", "content": "x"}]', "turn 1: expected a role of"),
        ('[{"role": "user", "content": 7}]', "turn 1: expected content as a text or a list of parts"),
        (
            '[{"role": "user", "content": [{"type": "audio"}]}]',
            "turn 1: a part of type 'audio' cannot be asked",
        ),
        (
            '[{"role": "assistant", "content": "", "tool_calls": [1]}]',
            "turn 1: tool_calls cannot be asked again",
        ),
        (
            '[{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]',
            "a system turn stands after",
        ),
        ('["x"]', "turn 1: expected a role of"),
    ],
)
def test_conversations_that_cannot_be_asked_are_left_out(turns: str, message: str) -> None:
    rows = f'[{{"question": {turns}, "answer": "a"}}, {{"question": "q", "answer": "a"}}]'
    result = read("t.json", rows.encode())
    assert len(result.suite.samples) == 1
    assert f"row 1, question: the row was left out: {message}" in told(result)[0]


def test_the_preview_shows_the_head_in_short() -> None:
    rows = "\n".join(f"{'x' * 600},{i}" for i in range(30))
    preview = read("t.csv", f"question,answer\n{rows}\n".encode()).preview
    assert len(preview.rows) == 20
    assert preview.rows[1] == {"question": "x" * 500, "answer": "1"}


def test_the_suite_is_called_as_the_file() -> None:
    suite = read(str(Path("folder") / "My cases.v2.csv"), b"question,answer\nq,a\n").suite
    assert (suite.name, suite.source) == ("My cases.v2", "folder/My cases.v2.csv")
