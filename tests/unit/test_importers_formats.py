"""Each format's file, written as its own documentation shows it, becomes the suite that it means."""

import hashlib
import json
from pathlib import Path

import pytest

from broker.judge import read_grade
from broker.judge_scales import JUDGED, scale_of
from broker.scorers import Answer, check, judge
from broker.suites import ScorerSpec
from broker.suites.importers import Imported, ImportRefused, Problem, read
from broker.suites.importers.openai_graders import spec as spec_of_grader
from broker.types import Message
from tests import wordnet

DATA = Path(__file__).parents[1] / "data" / "imports"
GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k" / "test.jsonl"
SUITES = sorted(file.name for file in DATA.iterdir() if not file.name.startswith("results_"))
GRADERS = {"openai_fuzzy.yaml", "openai_graded.yaml"}


def imported(name: str, graders: str | None = None) -> Imported:
    """Return what a file of the data folder gives."""
    second = (graders, (DATA / graders).read_bytes()) if graders else None
    return read(name, (DATA / name).read_bytes(), graders=second)


def told(result: Imported) -> list[str]:
    """Return the problems as people read them."""
    return [str(problem) for problem in result.problems]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("promptfoo_tests.csv", "promptfoo tests"),
        ("promptfoo_tests.jsonl", "promptfoo tests"),
        ("promptfooconfig.yaml", "promptfoo configuration"),
        ("openai_match.jsonl", "openai evals"),
        ("openai_hosted.json", "openai hosted evals"),
        ("openai_items.jsonl", "openai hosted evals"),
        ("inspect.jsonl", "inspect"),
        ("inspect.csv", "inspect"),
        ("gsm8k.jsonl", "gsm8k"),
        ("mmlu.csv", "mmlu"),
        ("bedrock.jsonl", "bedrock"),
        ("azure.jsonl", "azure"),
        ("vertex.jsonl", "vertex"),
    ],
)
def test_the_format_is_told_by_what_is_in_the_file(name: str, form: str) -> None:
    data = (DATA / name).read_bytes()
    result = read(name, data)
    assert result.format == form
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    bare = "upload" if not name.endswith((".jsonl", ".yaml")) else name
    assert read(bare, data).format == form


@pytest.mark.parametrize("name", [name for name in SUITES if name not in GRADERS])
@pytest.mark.parametrize("graders", [None, *sorted(GRADERS)])
def test_every_scorer_exists_and_takes_its_settings(name: str, graders: str | None, tmp_path: Path) -> None:
    wordnet.put(tmp_path)
    result = imported(name, graders)
    with wordnet.only_here(tmp_path):
        for suite in result.suites:
            assert suite.samples
            for sample in suite.samples:
                for spec in sample.scorers or suite.scorers:
                    if spec.name in JUDGED:
                        scale_of(spec)
                    else:
                        check(spec, sample)


def test_gsm8k_takes_the_number_after_the_mark() -> None:
    result = imported("gsm8k.jsonl")
    assert [sample.targets for sample in result.suite.samples] == [("12",), ("1,000",)]
    assert result.suite.samples[0].metadata == {"solution": "There are 3 * 4 = <<3*4=12>>12 jars."}
    assert result.suite.scorers == (ScorerSpec("number"),)
    assert told(result) == ["row 3, answer: the row was left out: no #### before the number"]


def test_the_whole_of_gsm8k_is_read() -> None:
    if not GSM8K.exists():
        pytest.skip("the GSM8K file is not here")
    result = read("test.jsonl", GSM8K.read_bytes())
    assert (result.format, len(result.suite.samples), result.problems) == ("gsm8k", 1319, ())


def test_mmlu_counts_its_first_row_as_a_question() -> None:
    result = imported("mmlu.csv")
    first, second = result.suite.samples
    assert (first.input, first.choices, first.targets) == (
        "Which of these, if any, is a mammal?",
        ("Shark", "Whale", "Trout", "Gecko"),
        ("B",),
    )
    assert (second.id, second.targets) == ("2", ("B",))
    assert result.suite.scorers == (ScorerSpec("choice"),)
    assert told(result) == [
        "row 3, column 6: the row was left out: expected a question, four choices and a letter; found 'E'"
    ]


def test_choices_of_mmlu_may_be_letters_themselves() -> None:
    result = read("v.csv", b"Which vitamin?,A,B,C,D,A\nWhich other?,C,A,K,D,B\n")
    assert result.format == "mmlu"
    assert [(s.input, s.choices, s.targets) for s in result.suite.samples] == [
        ("Which vitamin?", ("A", "B", "C", "D"), ("A",)),
        ("Which other?", ("C", "A", "K", "D"), ("B",)),
    ]
    assert result.problems == ()


def test_titles_that_end_in_letters_are_no_question_of_mmlu() -> None:
    result = read("t.csv", b"subject,question,A,B,C,D\nsums,1+1?,1,2,3,4\n")
    assert (result.format, result.suite.samples[0].choices) == ("table", ("1", "2", "3", "4"))


def test_inspect_keeps_ids_metadata_and_several_targets() -> None:
    result = imported("inspect.jsonl")
    assert [sample.id for sample in result.suite.samples] == ["cookies", "2", "4"]
    assert result.suite.samples[0].metadata == {"label_confidence": 0.9}
    pictured = result.suite.samples[1]
    assert pictured.targets == ("a dot", "a point")
    assert isinstance(pictured.input, tuple)
    assert pictured.input[1].images[0].media_type == "image/png"
    assert told(result) == [
        "row 4, sandbox: left out: nothing is run beside the model",
        "row 4, files: left out: nothing is run beside the model",
        "row 3, input: the row was left out: expected a picture as a data URL; "
        "files and addresses are not opened",
    ]


def test_choices_make_letters_of_targets() -> None:
    result = imported("inspect.csv")
    assert [sample.targets for sample in result.suite.samples] == [("B",), ("A",)]
    assert result.suite.samples[0].metadata == {"level": 1}
    assert told(result) == [
        "row 4, target: the row was left out: its target 'Horn' is no letter and no text of a choice"
    ]


def test_several_choices_as_targets_are_all_asked_for() -> None:
    data = (
        b'{"input": "Which are prime?", "choices": ["2", "4", "5"], "target": ["A", "C"]}\n'
        b'{"input": "Which is even?", "choices": ["2", "3", "5"], "target": ["A"]}\n'
        b'{"input": "Which is odd?", "choices": ["2", "3", "4"], "target": "B"}\n'
    )
    first = read("i.jsonl", data)
    settled = read("i.jsonl", data, first.preview.mapping)
    assert first.suites == settled.suites
    assert first.suite.scorers == (ScorerSpec("choice"),)
    both, *single = first.suite.samples
    assert [sample.scorers for sample in single] == [(), ()]
    assert {text: judge(both.scorers[0], Answer(text), both).passed for text in ("A", "C", "A, C")} == {
        "A": False,
        "C": False,
        "A, C": True,
    }


def test_bedrock_categories_become_tags() -> None:
    sample = imported("bedrock.jsonl").suite.samples[0]
    assert (sample.input, sample.targets, sample.tags) == (
        "Bobigny is the capital of",
        ("Seine-Saint-Denis",),
        ("Capitals",),
    )


def test_azure_asks_with_the_context_and_leaves_answers_out() -> None:
    result = imported("azure.jsonl")
    sample = result.suite.samples[0]
    assert sample.input == "{{context}}\n\n{{query}}"
    assert sample.variables["query"] == "How long is the guarantee?"
    assert sample.metadata == {"locale": "en"}
    assert told(result) == [
        "response: answers made elsewhere are no part of a suite; import this file as results"
    ]


def test_vertex_compares_long_references_by_their_words() -> None:
    assert imported("vertex.jsonl").suite.scorers == (ScorerSpec("token-f1"),)


def test_openai_match_asks_the_examples_as_turns() -> None:
    result = imported("openai_match.jsonl")
    assert result.suite.samples[0].input == (
        Message("system", "Complete the phrase as concisely as possible."),
        Message("user", "Once upon a "),
        Message("assistant", "time"),
        Message("user", "Every cloud has a "),
    )
    assert result.suite.samples[1].targets == ("George Washington", "Washington")
    assert result.suite.scorers == (ScorerSpec("starts-with"),)
    assert "class: no second file names one" in told(result)[0]


def test_openai_classes_come_from_the_second_file() -> None:
    spec = imported("openai_match.jsonl", "openai_fuzzy.yaml").suite.scorers[0]
    assert spec.name == "includes"
    assert spec.settings["either_way"] is True


def test_a_model_graded_file_becomes_a_rubric_with_its_own_grades() -> None:
    sample = imported("openai_match.jsonl", "openai_graded.yaml").suite.samples[0]
    (spec,) = sample.scorers
    assert "A kind answer: silver lining" in spec.settings["rubric"]
    assert [(level["grade"], level["value"]) for level in spec.settings["levels"]] == [
        ("No", 0.0),
        ("Partly", 0.5),
        ("Yes", 1.0),
    ]


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        ({"modelgraded_spec": "fact"}, ScorerSpec("factuality")),
        (
            {"modelgraded_spec": "closedqa", "modelgraded_spec_args": {"criteria": "It is short."}},
            ScorerSpec("closed-qa", {"criterion": "It is short."}),
        ),
    ],
)
def test_specs_that_come_with_the_evals_are_known(arguments: dict[str, object], spec: ScorerSpec) -> None:
    entry = {"x.v0": {"class": "evals.elsuite.modelgraded.classify:ModelBasedClassify", "args": arguments}}
    data = (DATA / "openai_match.jsonl").read_bytes()
    assert read("s.jsonl", data, graders=("x.yaml", json.dumps(entry).encode())).suite.scorers == (spec,)


def registered(*entries: dict[str, object], **more: object) -> Imported:
    """Return what the samples of Match become with these registry entries, `e1.v0` and so on."""
    named = {f"e{n}.v0": entry for n, entry in enumerate(entries, 1)}
    data = (DATA / "openai_match.jsonl").read_bytes()
    return read("s.jsonl", data, graders=("x.yaml", json.dumps(named | more).encode()))


INCLUDES = "evals.elsuite.basic.includes:Includes"


@pytest.mark.parametrize("ignores", [True, False])
def test_includes_minds_case_or_not_as_its_entry_says(ignores: bool) -> None:
    result = registered({"class": INCLUDES, "args": {"samples_jsonl": "s.jsonl", "ignore_case": ignores}})
    first = result.suite.samples[0]
    score = judge(result.suite.scorers[0], Answer(first.targets[0].upper()), first)
    assert score.passed is ignores
    assert result.problems == ()


def test_what_an_entry_says_more_is_told() -> None:
    few = {"samples_jsonl": "s.jsonl", "num_few_shot": 4, "few_shot_jsonl": "f.jsonl", "ignore_case": True}
    result = registered(
        {"class": "evals.elsuite.basic.match:Match", "args": few},
        {"class": INCLUDES},
        e1={"id": "e1.v0", "metrics": ["accuracy"]},
    )
    assert result.suite.scorers == (ScorerSpec("starts-with"),)
    assert told(result) == [
        "e2.v0: not imported: one entry alone says how answers are judged",
        "args.num_few_shot: not imported",
        "args.few_shot_jsonl: not imported",
        "args.ignore_case: not imported",
    ]


def test_what_a_model_graded_spec_says_more_is_told() -> None:
    spec: dict[str, object] = {
        "prompt": "Good? {completion}",
        "choice_strings": "YN",
        "choice_scores": {"Y": 1, "N": 0},
        "eval_type": "classify",
        "format_type": "in_message",
    }
    result = registered(spec, {**spec, "prompt": "Bad? {completion}"}, {"class": INCLUDES})
    assert "Good?" in result.suite.samples[0].scorers[0].settings["rubric"]
    assert told(result) == [
        "e2.v0: not imported: one entry alone says how answers are judged",
        "e3.v0: not imported: one entry alone says how answers are judged",
        "format_type: not imported",
        "eval_type: classify was not imported: the judge gives its reasons first, then the grade",
    ]


def test_arguments_of_a_known_spec_are_told_but_for_the_criterion() -> None:
    told_of = {"criteria": "It is short.", "tone": "kind"}
    entry = {"modelgraded_spec": "closedqa", "modelgraded_spec_args": told_of, "eval_type": "cot_classify"}
    result = registered({"class": "evals.elsuite.modelgraded.classify:ModelBasedClassify", "args": entry})
    assert result.suite.scorers == (ScorerSpec("closed-qa", {"criterion": "It is short."}),)
    assert told(result) == [
        "args.eval_type: not imported",
        "args.modelgraded_spec_args.tone: not imported",
    ]


def test_a_class_of_ones_own_is_not_run() -> None:
    entry = json.dumps({"x.v0": {"class": "my.module:MyEval"}}).encode()
    result = read("s.jsonl", (DATA / "openai_match.jsonl").read_bytes(), graders=("x.yaml", entry))
    assert (
        Problem(
            None,
            "class",
            "my.module:MyEval is code, or needs a file of its own: how answers are judged is a guess",
        )
        in result.problems
    )


def test_hosted_evals_ask_and_grade_each_item() -> None:
    result = imported("openai_hosted.json")
    assert result.suite.name == "Ticket categories"
    sample = result.suite.samples[0]
    assert isinstance(sample.input, tuple)
    assert [turn.content for turn in sample.input][1] == "My monitor won't turn on!"
    assert sample.input[0].role == "system"
    by_metric = {spec.metric: spec for spec in sample.scorers}
    assert by_metric["exact"].settings["values"] == ["Hardware"]
    assert by_metric["no apology"].negate is True
    assert by_metric["mentions"] == ScorerSpec(
        "includes", {"values": ["Monitor"], "trim": False, "ignore_case": True}, metric="mentions"
    )
    assert (by_metric["close"].name, by_metric["close"].threshold) == ("levenshtein", 0.8)
    assert (by_metric["bleu"].name, by_metric["bleu"].threshold) == ("bleu", 0.8)
    assert (by_metric["meteor"].name, by_metric["meteor"].threshold) == ("meteor", 0.8)
    assert by_metric["helpful"].threshold == pytest.approx(0.75)
    levels = by_metric["tone"].settings["levels"]
    assert {level["grade"]: level["value"] for level in levels} == {
        "rude": 0.0,
        "friendly": 1.0,
        "neutral": 1.0,
    }
    assert "reply to My monitor won't turn on!" in by_metric["tone"].settings["rubric"]
    assert told(result)[:3] == [
        "testing_criteria[6] tone, model: not imported",
        "testing_criteria[7] helpful, model: not imported",
        "row 1, testing_criteria[8] code: this grader was left out: python is code, which is never run",
    ]


def test_items_alone_take_their_graders_from_a_second_file() -> None:
    items = (DATA / "openai_items.jsonl").read_bytes()
    result = read("items.jsonl", items, graders=("eval.json", (DATA / "openai_hosted.json").read_bytes()))
    assert len(result.suite.samples) == 4  # two of each file
    alone = read("items.jsonl", items)
    assert [sample.input for sample in alone.suite.samples][1] == "Best restaurants in Cleveland?"
    assert [sample.targets for sample in alone.suite.samples] == [("Hardware",), ("Other",)]
    assert alone.problems[0].field == "input_messages"


def test_what_is_no_item_and_what_stands_beside_items_is_told() -> None:
    definition = {
        "testing_criteria": [],
        "data_source": {"type": "responses", "sampling_params": {"seed": 7}},
    }
    lines: list[object] = [
        definition,
        {"item": {"question": "1 + 1?", "answer": "2"}, "sample": {"output_text": "2"}},
        {"item": "none"},
        {"question": "Is it an item?"},
    ]
    result = read("items.jsonl", "\n".join(map(json.dumps, lines)).encode())
    assert len(result.suite.samples) == 1
    assert told(result)[:5] == [
        "sample: not imported",
        "question: not imported",
        "data_source.sampling_params: not imported",
        "row 3, item: left out: expected an object in braces",
        "row 4, item: left out: expected an object in braces",
    ]


def test_a_prompt_is_asked_also_where_there_are_no_graders() -> None:
    prompt = {"type": "template", "template": [{"role": "user", "content": "Sort: {{item.ticket}}"}]}
    content = [{"item": {"id": 7, "ticket": "It beeps.", "label": "Hardware"}}, {"item": {"label": "Other"}}]
    document = {
        "testing_criteria": [],
        "data_source": {"input_messages": prompt, "source": {"content": content}},
    }
    result = read("eval.json", json.dumps(document).encode())
    (sample,) = result.suite.samples
    assert (sample.id, sample.targets) == ("7", ("Hardware",))
    assert sample.input == (Message("user", "Sort: It beeps."),)
    assert told(result)[:2] == [
        "row 2, input_messages: the item was left out: the item has nothing for {{item.ticket}}",
        "testing_criteria: there are no graders; how answers are judged is not in the file",
    ]


GRADERS_BY_LABEL = {
    "testing_criteria": [
        {
            "type": "string_check",
            "name": "label",
            "operation": "eq",
            "input": "{{sample.output_text}}",
            "reference": "{{item.label}}",
        }
    ]
}


@pytest.mark.parametrize("ids", [["a", "b", "c"], [3, 1, 2], ["1", "1", "2"]])
def test_graders_judge_the_item_that_they_were_filled_for(ids: list[object]) -> None:
    rows = [{"item": {"id": i, "question": f"{n}?", "label": f"label {n}"}} for n, i in enumerate(ids)]
    data = "\n".join(map(json.dumps, rows)).encode()
    suite = read("items.jsonl", data, graders=("eval.json", json.dumps(GRADERS_BY_LABEL).encode())).suite
    assert [(s.input, s.scorers[0].settings["values"]) for s in suite.samples] == [
        (f"{n}?", [f"label {n}"]) for n in range(3)
    ]
    assert suite.scorers == ()


def test_an_item_whose_graders_are_all_refused_is_judged_by_nothing() -> None:
    code = {"testing_criteria": [{"type": "python", "name": "own"}]}
    data = b'{"item": {"question": "1 + 1?", "answer": "2"}}\n{"item": {"question": "Why?"}}\n'
    result = read("items.jsonl", data, graders=("eval.json", json.dumps(code).encode()))
    assert result.suite.scorers == ()
    assert [(sample.input, sample.scorers) for sample in result.suite.samples] == [
        ("1 + 1?", ()),
        ("Why?", ()),
    ]
    told_of = [p.row for p in result.problems if p.message == "nothing judges this item's answers"]
    assert told_of == [1, 2]


@pytest.mark.parametrize(
    ("ends", "replies"),
    [
        ([0, 10], {"5": 0.5, "7": 0.7, "10": 1.0}),
        ([1, 5], {"1": 0.0, "2": 0.25, "5": 1.0}),
        ([-1, 1], {"-1": 0.0, "-0.4": 0.3, "0": 0.5, "1": 1.0}),
        (None, {"0": 0.0, "0.3": 0.3, "1": 1.0}),
        ([0, 100], {"50": 0.5, "90": 0.9}),
        ([0.5, 2.5], {"0.5": 0.0, "1.5": 0.5}),
    ],
)
def test_a_score_of_a_model_counts_by_its_place_in_the_range(
    ends: list[float] | None, replies: dict[str, float]
) -> None:
    grader = {"type": "score_model", "name": "s", "input": [{"role": "user", "content": "Grade it."}]}
    scorer = spec_of_grader(grader | ({"range": ends} if ends else {}), {})
    for grade, value in replies.items():
        told = read_grade(scorer, json.dumps({"reasons": "So.", "grade": grade}))
        assert told.value == pytest.approx(value), grade
    assert read_grade(scorer, json.dumps({"reasons": "So.", "grade": "11"})).value is None


@pytest.mark.parametrize(
    "grader",
    [
        {"type": "string_check", "operation": "eq", "input": "{{item.a}}", "reference": "{{item.a}}"},
        {
            "type": "string_check",
            "operation": "eq",
            "input": "{{sample.output_text}}",
            "reference": "{{item.b}}",
        },
        {"type": "string_check", "operation": "gt", "input": "{{sample.output_text}}", "reference": "x"},
        {
            "type": "string_check",
            "operation": "eq",
            "input": "{{sample.output_text}}",
            "reference": "{{item.a|f}}",
        },
        {"type": "label_model", "labels": ["a"], "passing_labels": ["b"], "input": []},
        {"type": "score_model", "range": [5, 1], "input": [{"role": "user", "content": "x"}]},
        {"type": "multi"},
        {},
    ],
)
def test_graders_that_cannot_be_kept_are_told(grader: dict[str, object]) -> None:
    document = {
        "testing_criteria": [grader],
        "data_source": {
            "source": {"content": [{"item": {"a": "x"}}]},
            "input_messages": {"template": [{"role": "user", "content": "{{item.a}}"}]},
        },
    }
    result = read("eval.json", json.dumps(document).encode())
    assert [p.field.split("]")[0] for p in result.problems] == ["testing_criteria[0", "testing_criteria"]
    assert result.suite.samples[0].scorers == ()


def test_a_file_without_any_known_key_is_refused() -> None:
    with pytest.raises(
        ImportRefused, match=r"^compose.yaml: this format is not known \(its keys: services\)\.$"
    ):
        read("compose.yaml", b"services: {web: {image: nginx}}")
