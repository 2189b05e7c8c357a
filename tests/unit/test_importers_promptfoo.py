"""promptfoo's tables and configurations: the grammar of assertions, prompts, defaults, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from broker.scorers import Answer, judge
from broker.suites import Sample, ScorerSpec
from broker.suites.importers import Imported, ImportRefused, read
from broker.suites.importers.promptfoo_assertions import TYPES, of_object, parse, spec
from broker.suites.importers.report import ColumnMapping
from broker.types import Message

DATA = Path(__file__).parents[1] / "data" / "imports"


def imported(name: str) -> Imported:
    """Return what a file of the data folder gives."""
    return read(name, (DATA / name).read_bytes())


def config(text: str) -> Imported:
    """Return what a configuration gives."""
    return read("config.yaml", text.encode())


def told(result: Imported) -> list[str]:
    """Return the problems as people read them."""
    return [str(problem) for problem in result.problems]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Paris", ScorerSpec("exact", {"values": ["Paris"], "trim": False})),
        ("equals: 4", ScorerSpec("exact", {"values": ["4"], "trim": False})),
        ("contains:Paris", ScorerSpec("includes", {"values": ["Paris"], "trim": False})),
        (
            "icontains:Paris",
            ScorerSpec("includes", {"values": ["Paris"], "trim": False, "ignore_case": True}),
        ),
        ("contains-any: <b>,</span>", ScorerSpec("includes", {"values": ["<b>", "</span>"], "trim": False})),
        (
            "icontains-all:a, b",
            ScorerSpec("includes", {"values": ["a", "b"], "trim": False, "ignore_case": True, "mode": "all"}),
        ),
        (
            'contains-any:"Paris, France", Lyon, "say ""hi"""',
            ScorerSpec("includes", {"values": ["Paris, France", "Lyon", 'say "hi"'], "trim": False}),
        ),
        (
            'contains-any:12" pipe, "odd, x',
            ScorerSpec("includes", {"values": ['12" pipe', '"odd', "x"], "trim": False}),
        ),
        ("not-contains:x", ScorerSpec("includes", {"values": ["x"], "trim": False}, negate=True)),
        ("starts-with:Yes", ScorerSpec("starts-with", {"values": ["Yes"], "trim": False})),
        (r"regex:\d{4}", ScorerSpec("regex", {"pattern": r"\d{4}"})),
        ("is-json", ScorerSpec("json", {"strict": True})),
        ('is-json:{"type": "array"}', ScorerSpec("json", {"strict": True, "schema": {"type": "array"}})),
        ("not-contains-json", ScorerSpec("contains-json", negate=True)),
        (
            "levenshtein(5):Hello",
            ScorerSpec("levenshtein", {"values": ["Hello"], "max_distance": 5.0, "trim": False}),
        ),
        ("rouge-n(0.4):a b", ScorerSpec("rouge", {"values": ["a b"], "kind": "1"}, threshold=0.4)),
        ("similar:Hello", ScorerSpec("similarity", {"values": ["Hello"]}, threshold=0.8)),
        ("similar(0.9):Hello", ScorerSpec("similarity", {"values": ["Hello"]}, threshold=0.9)),
        ("cost(0.01)", ScorerSpec("cost", {"max_usd": 0.01})),
        ("latency(1000)", ScorerSpec("latency", {"max_ms": 1000.0})),
        ("is-refusal", ScorerSpec("refusal")),
        ("not-is-refusal", ScorerSpec("refusal", negate=True)),
        ("llm-rubric:It is kind", ScorerSpec("rubric", {"rubric": "It is kind"})),
        ("grade:It is kind", ScorerSpec("rubric", {"rubric": "It is kind"})),
        ("factuality:The sky is blue", ScorerSpec("factuality", {"values": ["The sky is blue"]})),
        ("model-graded-closedqa:It is short", ScorerSpec("closed-qa", {"criterion": "It is short"})),
        ("equals:{{answer}}", ScorerSpec("exact", {"values": ["{{answer}}"], "trim": False})),
        ("contains:two\nlines", ScorerSpec("includes", {"values": ["two\nlines"], "trim": False})),
        # Not the name of an assertion, so promptfoo compares the whole cell.
        ("contain:Paris", ScorerSpec("exact", {"values": ["contain:Paris"], "trim": False})),
        ("Note: this", ScorerSpec("exact", {"values": ["Note: this"], "trim": False})),
    ],
)
def test_a_cell_is_a_scorer(cell: str, expected: ScorerSpec) -> None:
    assert spec(parse(cell)) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("javascript: output.length < 10", "javascript is code"),
        ("fn:output.includes('ahoy')", "javascript is code"),
        ("eval:output", "javascript is code"),
        ("not-javascript:x", "javascript is code"),
        ("python:file://assert.py", "python is code"),
        ("ruby:output", "ruby is code"),
        ("webhook:https://example.com/check", "webhook is code"),
        ("file://assert.js", "files are not opened"),
        ("equals:file://expected.txt", "files are not opened"),
        ("contains:{{ name | upper }}", "template code is not run"),
        ("contains:{% if x %}y{% endif %}", "template code is not run"),
        ("contains:{{ env.SECRET }}", "template code is not run"),
        ("moderation", "there is no scorer like 'moderation'"),
        ("contains:", "contains needs a value"),
        ("contains-any: , ", "contains-any needs values"),
        ("is-json:{not json", "the schema of is-json is no JSON"),
        ("is-json:[1]", "the schema of is-json is no object"),
        ("latency", "latency needs a threshold"),
    ],
)
def test_a_cell_that_is_refused_says_why(cell: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        spec(parse(cell))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "similar", "value": "x"}, ScorerSpec("similarity", {"values": ["x"]}, threshold=0.75)),
        (
            {"type": "levenshtein", "value": "x"},
            ScorerSpec("levenshtein", {"values": ["x"], "max_distance": 5, "trim": False}),
        ),
        ({"type": "equals", "value": 4}, ScorerSpec("exact", {"values": ["4"], "trim": False})),
        ({"type": "equals", "value": False}, ScorerSpec("exact", {"values": ["false"], "trim": False})),
        (
            {"type": "equals", "value": {"a": 1}},
            ScorerSpec(
                "json-fields", {"values": ['{"a": 1}'], "exact_fields": True, "ordered": True}, threshold=1.0
            ),
        ),
        (
            {"type": "similar", "value": ["Due on Friday.", "Owed this week."]},
            ScorerSpec("similarity", {"values": ["Due on Friday.", "Owed this week."]}, threshold=0.75),
        ),
        (
            {"type": "contains-any", "value": ["Paris, France", "Lyon"]},
            ScorerSpec("includes", {"values": ["Paris, France", "Lyon"], "trim": False}),
        ),
        ({"type": "llm-rubric", "value": ["a", "b"]}, ScorerSpec("rubric", {"rubric": '["a", "b"]'})),
        ({"type": "not-latency", "threshold": 10}, ScorerSpec("latency", {"max_ms": 10.0}, negate=True)),
    ],
)
def test_an_object_is_a_scorer(raw: dict[str, Any], expected: ScorerSpec) -> None:
    assert spec(of_object(raw)) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        *[
            ({"type": kind, "value": ["a", "b"]}, f"{kind} takes one text")
            for kind in ("contains", "starts-with", "regex", "levenshtein", "rouge-n", "factuality")
        ],
        ({"type": "contains", "value": {"a": 1}}, "contains takes one text"),
        ({"type": "not-similar", "value": ["a", "b"]}, "being unlike one of them suffices"),
        ({"type": "similar", "value": []}, "similar needs values"),
        ({"type": "llm-rubric", "value": "x", "threshold": 7}, "a threshold from 0 to 1, found 7"),
        ({"type": "rouge-n", "value": "x", "threshold": -1}, "a threshold from 0 to 1, found -1"),
    ],
)
def test_an_object_that_is_refused_says_why(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        spec(of_object(raw))


@pytest.mark.parametrize(
    ("check", "threshold", "answer", "passes"),
    [
        # Each is worth 0 or 1 to promptfoo: a threshold of 0.5 does not make half of it enough.
        ("{type: levenshtein, value: abcdefghij, threshold: 3}", 0.5, "abcdefZZZZ", False),
        ("{type: levenshtein, value: abcd, threshold: 3}", 0.5, "a", True),
        ("{type: equals, value: {a: 1, b: 2}}", 0.5, '{"a": 1, "b": 9}', False),
        ("{type: equals, value: {a: 1, b: 2}}", 0.5, '{"a": 1, "b": 2}', True),
        ("{type: contains-all, value: [a, b]}", 0.5, "a", False),
        ("{type: not-contains, value: a}", 0.5, "b", True),
        ("{type: rouge-n, value: a b c d, threshold: 0.9}", 0.5, "a b c", True),
    ],
)
def test_the_threshold_of_a_test_moves_what_promptfoo_grades_alone(
    check: str, threshold: float, answer: str, passes: bool
) -> None:
    result = config(f"prompts: [hi]\ntests: [{{threshold: {threshold}, assert: [{check}]}}]")
    (sample,) = result.suite.samples
    assert judge(sample.scorers[0], Answer(answer), sample).passed is passes
    assert sample.metadata["threshold"] == threshold
    assert told(result) == []


def test_a_threshold_that_nothing_can_reach_is_told() -> None:
    result = config("prompts: [hi]\ntests: [{threshold: 7, assert: [{type: rouge-n, value: a}]}]")
    assert result.suite.samples[0].scorers[0].threshold == 0.75
    assert [problem.field for problem in result.problems] == ["threshold"]


def test_a_prompt_may_be_an_object_with_a_prefix_and_more() -> None:
    prompt = (
        "{raw: 'Hi {{a}}', label: p, prefix: 'Well, ', suffix: '!', config: {temperature: 1}, function: f}"
    )
    result = config(f"prompts: [{prompt}]\ntests: [{{vars: {{a: x}}, assert: [{{type: is-refusal}}]}}]")
    assert result.suite.samples[0].input == "Well, Hi {{a}}!"
    assert told(result) == ["prompts[0].config: not imported", "prompts[0].function: not imported"]


def test_prompts_of_one_label_are_numbered_apart() -> None:
    prompts = "[{raw: a, label: v}, {raw: b, label: v}, {raw: c, label: v (2)}]"
    result = config(f"prompts: {prompts}\ntests: [{{assert: [{{type: is-refusal}}]}}]")
    names = [suite.name for suite in result.suites]
    assert names[:2] == ["config.yaml · v", "config.yaml · v (2)"]
    assert len(set(names)) == 3


def test_a_variable_that_no_test_has_is_empty_and_told() -> None:
    tests = "[{vars: {a: x, b: y}}, {vars: {a: x}}, {vars: {a: x}}]"
    result = config(f'prompts: ["{{{{a}}}} to {{{{language}}}}, {{{{b}}}}"]\ntests: {tests}')
    assert [sample.variables for sample in result.suite.samples] == [
        {"a": "x", "b": "y", "language": ""},
        *[{"a": "x", "b": "", "language": ""}] * 2,
    ]
    assert told(result)[:2] == [
        "row 1, vars: {{language}} has no value in any test: it is left empty, as promptfoo does",
        "row 2, vars: {{b}} has no value in this test and 1 more: it is left empty, as promptfoo does",
    ]


def test_a_check_for_a_variable_that_the_test_has_not_is_refused() -> None:
    check = '{type: contains, value: "{{language}}"}'
    result = config(f'prompts: ["{{{{a}}}}"]\ntests: [{{vars: {{a: x}}, assert: [{check}]}}]')
    message = "assert: this check was left out: includes: the test has no value for {{language}}"
    assert told(result)[0] == f"row 1, {message}"
    assert result.suite.samples[0].metadata["refused checks"] == [message]


def test_a_person_may_name_a_variable_that_a_row_has_not() -> None:
    data = b'{"vars": {"a": "x"}}\n{"vars": {"a": "y", "b": "z"}}\n'
    result = read("t.jsonl", data, ColumnMapping("{{a}} {{b}}", scorers=(ScorerSpec("refusal"),)))
    assert [sample.variables["b"] for sample in result.suite.samples] == ["", "z"]
    assert told(result) == [
        "row 1, vars: {{b}} has no value in this test: it is left empty, as promptfoo does"
    ]


def test_scenarios_alone_are_named_as_what_is_missing() -> None:
    scenarios = "scenarios: [{config: [{vars: {a: 1}}], tests: [{assert: [{type: is-refusal}]}]}]"
    for more in ("", "\ndefaultTest: {assert: [{type: is-refusal}]}"):
        with pytest.raises(ImportRefused, match="its tests are in scenarios, which are not imported"):
            config(f"prompts: [hi]\n{scenarios}{more}")


def test_every_column_of_a_table_has_its_effect() -> None:
    result = imported("promptfoo_tests.csv")
    math, city, code, hello = result.suite.samples
    assert math.input == "You must answer: {{question}} (be concise)"
    assert math.variables == {"question": "What is 2+2?", "style": "plain"}
    assert math.metadata == {
        "category": "math",
        "labels": ["easy", "sums", "plain,simple"],
        "description": "Basic math test",
    }
    assert [(s.name, s.threshold, s.metric) for s in math.scorers] == [
        ("exact", None, "accuracy"),
        ("similarity", 0.5, "accuracy"),
    ]
    assert [s.name for s in city.scorers] == ["includes", "includes", "levenshtein"]
    assert city.metadata["threshold"] == 0.6
    assert [s.name for s in code.scorers] == ["json"]
    assert (hello.scorers[0].threshold, hello.metadata["threshold"]) == (None, 0.9)
    assert told(result) == [
        "prompts: the file holds no prompt; asked is {{question}}; not in it: style",
        "row 3, threshold: kept as metadata only: here every check counts by itself, "
        "there is no threshold for their mean",
        "row 4, __expected1: this check was left out: files are not opened",
        "row 4, __expected2: this check was left out: javascript is code, which is never run",
    ]


def test_a_refused_check_stays_visible_on_the_sample() -> None:
    sample = imported("promptfoo_tests.csv").suite.samples[2]
    assert sample.metadata["refused checks"] == [
        "__expected1: this check was left out: files are not opened",
        "__expected2: this check was left out: javascript is code, which is never run",
    ]


def test_the_prompt_of_a_table_can_be_settled_by_a_person() -> None:
    data = (DATA / "promptfoo_tests.csv").read_bytes()
    result = read("t.csv", data, ColumnMapping("Say it {{style}}: {{question}}"))
    assert result.suite.samples[3].input == "Say it {{style}}: {{question}}"
    assert not any(problem.field == "prompts" for problem in result.problems)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("_expected", "_expected: read as a variable; did you mean __expected?"),
        ("__metadata", "__metadata: this column was not imported"),
        ("__expectations", "__expectations: this column was not imported"),
        ("__config:__expected1:provider", "__config:__expected1:provider: this column was not imported"),
    ],
)
def test_columns_that_mean_nothing_are_told(header: str, message: str) -> None:
    result = read("t.csv", f"q,__expected,{header}\nHi,Hello,x\n".encode())
    assert message in told(result)


def test_numbers_that_are_none_are_told_by_row_and_field() -> None:
    header = "q,__expected,__threshold,__config:__expected:threshold"
    result = read("t.csv", f"{header}\nHi,Hello,high,low\n".encode())
    assert told(result)[1:] == [
        "row 2, __threshold: expected a number, found 'high'",
        "row 2, __config:__expected:threshold: expected a number, found 'low'",
    ]


def test_tests_in_json_lines_have_variables_and_checks() -> None:
    result = imported("promptfoo_tests.jsonl")
    assert result.suite.samples[0].variables == {"x": "5", "y": "3"}
    assert result.suite.samples[0].scorers == (ScorerSpec("exact", {"values": ["8"], "trim": False}),)
    assert result.suite.samples[1].scorers == ()
    assert told(result)[1:] == [
        "row 2, assert[0]: this check was left out: webhook is code, which is never run",
        "row 2, assert: nothing judges this sample's answers",
    ]


def test_every_prompt_that_can_be_asked_is_a_suite() -> None:
    result = imported("promptfooconfig.yaml")
    assert [suite.name for suite in result.suites] == [
        "Support answers · prompt 1",
        "Support answers · With a role",
    ]
    assert result.suites[1].samples[0].input == (
        Message("system", "You speak {{language}}."),
        Message("user", "{{question}}"),
    )
    assert {suite.source for suite in result.suites} == {"promptfooconfig.yaml"}


def test_what_only_a_later_prompt_cannot_take_is_told() -> None:
    chat = """'[{"role": "user", "content": "{{a}}"}]'"""
    tests = '[{vars: {a: x}, options: {prefix: "Now: "}}, {vars: {a: y}}]'
    result = config(f'prompts: ["{{{{a}}}}", {chat}]\ntests: {tests}')
    assert [len(suite.samples) for suite in result.suites] == [2, 1]
    assert "row 1, tests: left out: a prefix or suffix around a chat would break its JSON" in told(result)


def by_id(result: Imported) -> dict[str, Sample]:
    """Return the samples of the first suite."""
    return {sample.id: sample for sample in result.suite.samples}


def test_defaults_come_first_and_the_test_goes_before_them() -> None:
    samples = by_id(imported("promptfooconfig.yaml"))
    assert samples["1"].variables == {"language": "English", "question": "Is the shop open at 12:30?"}
    assert [s.name for s in samples["1"].scorers] == ["includes", "exact", "latency", "cost"]
    opening = samples["1"].scorers[1]
    assert (opening.weight, opening.metric, opening.settings["values"]) == (2.0, "opening", ["Yes"])
    assert [s.name for s in samples["3"].scorers] == [
        "json",
        "contains-json",
        "rouge",
        "factuality",
        "closed-qa",
        "refusal",
        "json-fields",
    ]
    assert samples["3"].metadata == {"topic": "json"}


def test_a_list_of_values_is_a_sample_each() -> None:
    samples = by_id(imported("promptfooconfig.yaml"))
    assert [samples[key].variables["language"] for key in ("2", "2.2")] == ["French", "German"]
    assert [(s.name, s.weight) for s in samples["2"].scorers] == [
        ("includes", 1.0),
        ("rubric", 1.0),
        ("includes", 3.0),
        ("regex", 3.0),
    ]


def test_everything_that_a_configuration_says_more_is_told() -> None:
    assert told(imported("promptfooconfig.yaml")) == [
        "providers: not imported",
        "prompts[2]: left out: files are not opened; put the prompt's text in the configuration",
        "prompts[3]: left out: template code is not run: {{ question | upper }}",
        "row 5, tests: left out: expected an object; files and addresses are not opened",
        "row 2, assert[3]: this check was left out: python is code, which is never run",
        "row 2, assert[4]: this check was left out: a set of assertions with a threshold, or inside another",
        "row 4, tests: left out: transform is code, which is never run",
    ]


def test_words_mean_what_they_mean_in_yaml_1_2() -> None:
    result = config(
        'prompts: ["{{a}}"]\ntests: [{vars: {a: yes, b: 012, c: 1.50, d: on, e: 2026-01-02, f: null}}]'
    )
    values = result.suite.samples[0].variables
    assert values == {"a": "yes", "b": "012", "c": "1.5", "d": "on", "e": "2026-01-02", "f": ""}


def test_variables_are_filled_into_variables_once() -> None:
    result = config('prompts: ["{{a}}"]\ntests: [{vars: {a: "Hi {{b}}", b: "{{c}}", c: "x"}}]')
    assert result.suite.samples[0].variables["a"] == "Hi {{c}}"


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (
            "{vars: file://vars.yaml}",
            "row 1, vars: left out: expected names with values; files are not opened",
        ),
        ("{vars: {a: file://photo.png}, assert: []}", "row 1, tests: files are not opened"),
        ("{vars: {a: x}, assert: {type: equals}}", "row 1, assert: this check was left out: expected a list"),
        ("{vars: {a: x}, assert: [7]}", "row 1, assert[0]: this check was left out: there is no scorer like"),
        ("{vars: {a: x}, provider: openai:x}", "row 1, provider: not imported"),
        ("{vars: {a: x}, options: {storeOutputAs: y}}", "row 1, storeOutputAs: not imported"),
        (
            "{vars: {a: x}, assert: [{type: contains, value: y, transform: output}]}",
            "row 1, assert[0]: this check was left out: its transform is code",
        ),
        (
            "{vars: {a: x}, assert: [{type: llm-rubric, value: y, provider: z}]}",
            "row 1, assert[0].provider: this setting was not imported, the check was",
        ),
        (
            "{vars: {a: x}, assertScoringFunction: file://f.js}",
            "row 1, tests: left out: assertScoringFunction",
        ),
    ],
)
def test_what_a_test_asks_beyond_is_told_by_row_and_field(test: str, message: str) -> None:
    result = config(f'prompts: ["{{{{a}}}}"]\ntests: [{test}, {{vars: {{a: fine}}}}]')
    assert any(line.startswith(message) for line in told(result)), told(result)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prompts: [file://a.txt]\ntests: [{vars: {a: x}}]", "no prompt can be asked; prompts[0]: left out"),
        ("prompts: [prompts/*.txt]\ntests: [{vars: {a: x}}]", "no prompt can be asked"),
        ("prompts: []\ntests: [{vars: {a: x}}]", "no prompt can be asked"),
        ("prompts: [1]\ntests: [{vars: {a: x}}]", "expected the prompt's text"),
        ('prompts: ["{{a}}"]\ntests: file://tests.csv', "no sample could be read; row 1, tests: left out"),
        ('prompts: ["{{a}}"]\ntests: 5', "no sample could be read"),
        ("prompts:\n  - a: [\ntests: x", "config.yaml, row 3: no plain YAML"),
    ],
)
def test_a_configuration_without_anything_to_ask_is_refused(text: str, message: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        config(text)
    assert message in str(refused.value)


def test_combinations_of_lists_are_bounded() -> None:
    lists = ", ".join(f"v{i}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" for i in range(6))
    with pytest.raises(ImportRefused, match="more than 100,000 samples"):
        config(f'prompts: ["{{{{v0}}}}"]\ntests: [{{vars: {{{lists}}}}}]')


def test_every_assertion_that_is_taken_over_is_documented() -> None:
    page = (DATA.parents[2] / "docs" / "imports.md").read_text()
    assert [name for name in TYPES if f"`{name}`" not in page] == []
