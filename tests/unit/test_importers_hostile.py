"""Files that are broken, huge or made to harm: refused in one sentence, or read and what changed is told."""

import io
import json
import zipfile
from collections.abc import Callable
from time import process_time

import openpyxl
import pytest

from broker.suites.importers import ImportRefused, read
from broker.suites.importers.report import MAX_BYTES


def refusal(name: str, data: bytes) -> str:
    """Return why a file is refused."""
    with pytest.raises(ImportRefused) as refused:
        read(name, data)
    return str(refused.value)


def outcome(name: str, data: bytes) -> str:
    """Return the source of the suites, or why there are none; any other error is ours."""
    try:
        return read(name, data).suite.source
    except ImportRefused as refused:
        return str(refused)


def bomb(step: Callable[[str, str], str]) -> bytes:
    """Return YAML in which each of ten lines holds the one before nine times."""
    pairs = zip("abcdefghi", "bcdefghij", strict=True)
    return "\n".join(["a: &a {k: v}", *(step(before, name) for before, name in pairs)]).encode()


@pytest.mark.parametrize(
    "data",
    [
        bomb(lambda before, name: f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"),
        bomb(lambda before, name: f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}"),
        b"prompts: &a [*a]",
        b"prompts: &a {x: {y: *a}}",
    ],
    ids=["a billion laughs", "a billion merges", "a circle", "a circle of objects"],
)
def test_aliases_cannot_unfold_without_end(data: bytes) -> None:
    before = process_time()
    assert refusal("c.yaml", data) == "c.yaml: its aliases unfold to more than 5,000,000 values."
    assert process_time() - before < 2


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("d.yaml", b"prompts: " + b"[" * 100_000, "d.yaml, row 1: nested deeper than 64 levels."),
        ("d.json", b"[" * 1_000 + b"]" * 1_000, "d.json: nested too deep."),
        ("d.json", b'{"a":' * 100_000, "d.json: nested too deep."),
        (
            "d.jsonl",
            b'{"input": "q", "x": ' + b"[" * 100 + b"]" * 100 + b"}\n{}",
            "d.jsonl: row 1, x" + "[0]" * 64 + ": the value is nested deeper than 64 levels.",
        ),
        ("t.yaml", b"prompts: !!python/object/apply:os.system ['x']", "t.yaml, row 1: no plain YAML"),
        *[
            (
                "t.yaml",
                f"a: 1\nb: {tag} {value}".encode(),
                f"t.yaml, row 2: no plain YAML: the tag {tag} is not read.",
            )
            for tag, value in (
                ("!!timestamp", "2026-01-01"),
                ("!!binary", "aGVsbG8="),
                ("!!set", "{a, b}"),
                ("!!omap", "[a: 1]"),
                ("!own", "x"),
            )
        ],
        (
            "t.yaml",
            b"prompts: [a]\nx: {y: 1}\nprompts: [b]",
            "t.yaml, row 3: the key 'prompts' stands twice.",
        ),
        ("t.yaml", b"a:\n  - b: &x\n      c: 1\n      'c': 2", "t.yaml, row 4: the key 'c' stands twice."),
        ("t.yaml", b"a: 1\nb: [", "t.yaml, row 2: no plain YAML"),
        ("t.yaml", b"a: *nowhere", "t.yaml, row 1: no plain YAML: found undefined alias."),
        ("t.yaml", b"[[a]: b]: c", "t.yaml"),
        ("t.yaml", b"a: \x00", "t.yaml: no plain YAML: unacceptable character #x0000"),
        ("t.yaml", b"", "t.yaml: the file is empty."),
        ("t.yaml", b"# nothing", "t.yaml: expected an object or a list of objects, found ''."),
        ("e.csv", b"", "e.csv: the file is empty."),
        ("e.csv", b"\n\n , \n", "e.csv: there is nothing under the header."),
        ("e.csv", b"question,answer\n", "e.csv: there is nothing under the header."),
        ("e.json", b"[]", "e.json: expected an object or a list of objects, found '[]'."),
        ("e.json", b"[1, 2]", "e.json: expected a list of objects in braces."),
        ("e.json", b'{"a": }', "e.json: no JSON at line 1, column 7: Expecting value."),
        ("e.json", b'[{"a": 1, "a": 2}]', "e.json: the key 'a' stands twice."),
        ("e.jsonl", b"{\n{", "e.jsonl: no line is JSON; row 1: the line was left out"),
        ("q.csv", b'a,b\n1,2\n"x,y\nz,1', "q.csv, row 3: unexpected end of data; check its quotation marks."),
        ("b.csv", b"\x00\x01\xff\xfe\xfd", "b.csv: this is no text file"),
        ("u.csv", b"\xff\xfea", "u.csv: byte 2 is not utf-16, which its mark says."),
        ("x.csv", b"a,b\n\xff\x81,1", "x.csv: byte 5 is neither UTF-8 nor Windows-1252."),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "old.xls: this is an old or encrypted Excel file"),
        ("x.gz", b"\x1f\x8b\x08", "x.gz: this is a compressed file; unpack it first."),
        ("x.xlsx", b"PK\x03\x04 nothing", "x.xlsx: the workbook is damaged or encrypted"),
        ("n.json", b'[{"input": "", "target": "x"}]', "n.json: no sample could be read; row 1, input"),
    ],
)
def test_one_sentence_says_why_a_file_is_refused(name: str, data: bytes, message: str) -> None:
    said = refusal(name, data)
    assert said.startswith(message)
    assert said.count("\n") == 0


def test_plain_words_of_yaml_stay_what_they_say() -> None:
    data = (
        b"- {question: 2026-01-01, target: !!str 5, x: &a {k: 1}}\n- {question: q, target: !!int '6', x: *a}"
    )
    samples = read("t.yaml", data).suite.samples
    assert [(sample.input, sample.targets) for sample in samples] == [("2026-01-01", ("5",)), ("q", ("6",))]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("u.csv", "question,target\nWhat is Öl?,oil\n"),
        ("u.json", '[{"question": "What is Öl?", "target": "oil"}]'),
    ],
)
def test_text_of_16_bits_is_read_without_its_mark_and_told(name: str, text: str, encoding: str) -> None:
    result = read(name, text.encode(encoding))
    assert [sample.input for sample in result.suite.samples] == ["What is Öl?"]
    assert [str(p) for p in result.problems] == [f"its encoding has no mark: read as {encoding}"]


def test_a_nul_alone_does_not_make_text_of_16_bits() -> None:
    result = read("n.csv", b"question,target\na\x00b,c\n")
    assert result.suite.samples[0].input == "a\ufffdb"


def test_a_million_columns_are_refused_at_once() -> None:
    row = ",".join(map(str, range(1_000_000))).encode()
    before = process_time()
    assert refusal("w.csv", row + b"\n" + row) == ("w.csv, row 1: 1,000,000 columns; at most 1,000 are read.")
    assert process_time() - before < 10


def test_size_and_number_of_rows_are_bounded() -> None:
    assert refusal("big.csv", b"a" * (MAX_BYTES + 1)) == "big.csv: 50 MB; at most 50 MB are read."
    rows = b"question,answer\n" + b"q,a\n" * 100_001
    assert refusal("long.csv", rows) == "long.csv: more than 100,000 rows."
    lines = b'{"input": "q", "target": "a"}\n' * 100_001
    assert refusal("long.jsonl", lines) == "long.jsonl: more than 100,000 records."


def test_a_long_cell_is_no_error() -> None:
    result = read("l.csv", b'question,answer\n"' + b"x" * 1_000_000 + b'",y\n')
    assert len(str(result.suite.samples[0].input)) == 1_000_000


def test_what_cannot_be_stored_is_replaced_and_told() -> None:
    result = read("n.json", b'[{"input": "a\\u0000b\\ud800", "target": "x", "id": "k"}]')
    assert result.suite.samples[0].input == "a\ufffdb\ufffd"
    result.suite.samples[0].input.encode()
    assert [str(p) for p in result.problems] == [
        "row 1, input: characters that cannot be stored (NUL, half a pair) became \ufffd"
    ]


def test_numbers_that_are_none_are_read_as_nothing() -> None:
    result = read("n.jsonl", b'{"input": "a", "target": "x", "id": NaN}\n{"input": "b", "target": "y"}\n')
    assert [sample.id for sample in result.suite.samples] == ["1", "2"]
    assert [str(p) for p in result.problems] == ["row 1, id: nan is no number; read as nothing"]


def test_lines_that_are_broken_are_told_one_by_one() -> None:
    result = read(
        "b.jsonl", b'{"input": "a", "target": "x"}\n{"input": \nnull\n{"input": "b", "target": "y"}\n'
    )
    assert len(result.suite.samples) == 2
    assert [str(p) for p in result.problems] == [
        "row 2: the line was left out: no JSON at column 11: Expecting value",
        "row 3: left out: expected an object in braces",
    ]


@pytest.mark.parametrize("field", ["input", "target", "choices", "id", "metadata"])
@pytest.mark.parametrize("value", [None, 7, 1.5, True, "", [], {}, [[]], [{"role": 1}], {"a": {"b": []}}])
def test_wrong_types_in_any_field_are_never_our_own_error(field: str, value: object) -> None:
    rows = [{"input": "q", "target": "a", field: value}, {"input": "q2", "target": "b"}]
    result = read("w.json", json.dumps(rows).encode())
    assert result.suite.samples
    assert len(result.suite.samples) == 2 or result.problems


@pytest.mark.parametrize("key", ["prompts", "tests", "defaultTest", "assertionTemplates", "description"])
@pytest.mark.parametrize("value", [None, 7, True, "x", [], {}, [[]], [7], {"a": 1}, [{"assert": {"a": 1}}]])
def test_wrong_types_in_a_configuration_are_never_our_own_error(key: str, value: object) -> None:
    document = {"prompts": ["{{a}}"], "tests": [{"vars": {"a": "x"}}], key: value}
    assert outcome("c.json", json.dumps(document).encode()).startswith("c.json")


@pytest.mark.parametrize("key", ["testing_criteria", "data_source", "name", "eval", "run"])
@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {}, [7], [[]], {"source": 7}, {"source": {"content": [7]}}]
)
def test_wrong_types_in_an_eval_are_never_our_own_error(key: str, value: object) -> None:
    document = {
        "testing_criteria": [{"type": "string_check"}],
        "items": [{"item": {"input": "q"}}],
        key: value,
    }
    assert outcome("c.json", json.dumps(document).encode()).startswith("c.json")


def archive(**entries: bytes) -> bytes:
    """Return a ZIP archive of these entries, `__` in names standing for a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in entries.items():
            package.writestr(name.replace("__", "/"), data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive(notes=b"x"), "a.xlsx: a ZIP archive that is no Excel workbook."),
        (archive(xl__workbook_xml=b"0" * 210_000_000), "a.xlsx: the workbook unpacks to more than"),
        (
            archive(**{"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'}),
            "a.xlsx: xl/workbook.xml declares a document type.",
        ),
        (archive(**{"xl/workbook.xml": b"<x"}), "a.xlsx: the workbook cannot be read"),
    ],
    ids=["no workbook", "a bomb", "entities", "damaged"],
)
def test_archives_that_are_no_honest_workbook_are_refused(data: bytes, message: str) -> None:
    assert refusal("a.xlsx", data).startswith(message)


def workbook(*sheets: list[list[object]]) -> bytes:
    """Return a workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for i, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"S{i}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_gives_its_values_and_computes_nothing() -> None:
    data = workbook(
        [[]],
        [["question", "answer", "points"], ["What is 2+2?", 4.0, "=1+1"], [], ["Is it?", True, 0.5]],
        [["more"]],
    )
    result = read("w.xlsx", data)
    assert [(s.input, s.targets) for s in result.suite.samples] == [
        ("What is 2+2?", ("4",)),
        ("Is it?", ("true",)),
    ]
    assert [str(p) for p in result.problems] == [
        "sheet S3: not read, for S2 is; to have it read, choose it or move it to the front",
        "row 2, points: a formula without a stored value was read as empty; open and save the file in Excel",
    ]
    assert [p.row for p in read("w.xlsx", workbook([["question"], [], [], [""], ["x"]])).problems] == [None]


def with_rows(rows: str) -> bytes:
    """Return a workbook of one question and, below it, what stands in `rows` as XML."""
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    table = "".join(
        f'<row r="{n}">{cell(question)}{cell(answer)}</row>'
        for n, (question, answer) in enumerate([("question", "answer"), ("Is it?", "yes")], 1)
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{table}{rows}</sheetData></worksheet>'
    honest = zipfile.ZipFile(io.BytesIO(workbook([["x"]])))
    entries = {entry: honest.read(entry) for entry in honest.namelist()}
    return archive(**{**entries, "xl/worksheets/sheet1.xml": sheet.encode()})


def test_a_workbook_is_not_read_below_more_empty_rows_than_a_table_has() -> None:
    before = process_time()
    data = with_rows('<row r="2000000000"><c t="inlineStr"><is><t>x</t></is></c></row>')
    result = read("w.xlsx", data)
    assert process_time() - before < 10
    assert [sample.input for sample in result.suite.samples] == ["Is it?"]
    assert [str(p) for p in result.problems] == [
        "row 100003: not read from here on: there are more than 100,000 empty rows"
    ]


def test_a_workbook_of_more_rows_than_excel_has_is_refused_at_once() -> None:
    data = with_rows("<row/>" * 3_000_000)
    assert len(data) < 100_000
    before = process_time()
    said = refusal("w.xlsx", data)
    assert process_time() - before < 4
    assert said == "w.xlsx: xl/worksheets/sheet1.xml has more rows than Excel itself."


def test_a_wide_workbook_is_refused() -> None:
    assert refusal("w.xlsx", workbook([list(range(1_200))])).startswith(
        "w.xlsx, row 1: more than 1,000 columns."
    )
