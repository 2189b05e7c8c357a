"""Answers made elsewhere find their samples, and what does not is told; their scores are none of ours."""

import json
from collections import Counter
from pathlib import Path

import pytest

from broker.scorers import Answer, judge
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.importers import ImportRefused, read
from broker.suites.results_import import proposed_columns, read_results
from broker.suites.results_import.answer_table import propose_answers
from broker.suites.results_import.report import (
    KIND,
    AnswerColumns,
    ColumnsUnsettled,
    ImportedAnswer,
    ImportedResults,
)
from broker.types import Message

DATA = Path(__file__).parents[1] / "data" / "imports"
GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k"
# What their makers published: 1,319 answers each, graded right.
PUBLISHED = {
    "6b_finetuning": 286,
    "6b_verification": 515,
    "175b_finetuning": 458,
    "175b_verification": 742,
}


def suite_of(name: str) -> Suite:
    """Return the suite in a file of the data folder."""
    return read(name, (DATA / name).read_bytes()).suite


def results(name: str, suite: Suite) -> ImportedResults:
    """Return the answers in a file of the data folder."""
    return read_results(name, (DATA / name).read_bytes(), suite)


def cells(found: ImportedResults) -> list[tuple[str, str, int, str]]:
    """Return model, sample, epoch and text of each answer."""
    return [(a.model, a.sample_id, a.epoch, a.text) for a in found.answers]


def test_one_row_an_answer() -> None:
    found = results("results_long.csv", suite_of("mmlu.csv"))
    assert found.format == "table of answers"
    assert cells(found) == [
        ("Alpha", "1", 1, "B"),
        ("Alpha", "2", 1, "A"),
        ("Beta", "1", 1, 'C, or "B"'),
    ]
    assert [str(p) for p in found.unmatched] == [
        "row 5, Beta: no sample asks this: '9'",
        "row 6, Alpha: sample 1 has an answer in epoch 1 already",
    ]
    assert [p.field for p in found.problems] == ["my score"]
    assert (found.models, found.epochs, KIND) == (("Alpha", "Beta"), 1, "imported")


def test_a_column_a_model() -> None:
    found = results("results_wide.csv", suite_of("mmlu.csv"))
    assert found.chosen == AnswerColumns(("Alpha", "Beta"), input="question")
    assert cells(found) == [
        ("Alpha", "1", 1, "B"),
        ("Beta", "1", 1, "A"),
        ("Alpha", "2", 1, "56"),
        ("Beta", "2", 1, ""),
    ]
    assert [answer.error for answer in found.answers] == ["", "", "", "no answer"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("long.csv", b'question,model,answer\nQ,A,x\nR,A," "\n'),
        ("long.jsonl", b'{"question": "Q", "model": "A", "answer": "x"}\n{"question": "R", "model": "A"}\n'),
        ("wide.csv", b"question,A,later\nQ,x,\nR,,\n"),
        ("wide.json", b'[{"question": "Q", "A": {"text": "x"}}, {"question": "R", "A": {"text": ""}}]'),
        (
            "bedrock.jsonl",
            b'{"prompt": "Q", "modelResponses": [{"modelIdentifier": "A", "response": "x"}]}\n'
            b'{"prompt": "R", "modelResponses": []}\n',
        ),
        (
            "promptfoo.jsonl",
            b'{"prompt": {"raw": "Q"}, "provider": "A", "response": {"output": "x"}}\n'
            b'{"prompt": {"raw": "R"}, "provider": "A", "error": "no answer"}\n',
        ),
    ],
)
def test_a_question_without_an_answer_was_asked_all_the_same(name: str, data: bytes) -> None:
    found = read_results(name, data, suite(Sample("q", "Q"), Sample("r", "R")))
    assert [(a.model, a.sample_id, a.text.strip(), a.error) for a in found.answers] == [
        ("A", "q", "x", ""),
        ("A", "r", "", "no answer"),
    ]
    assert found.unmatched == ()


def test_records_of_one_model_each_leave_the_others_unasked() -> None:
    data = b'[{"question": "Q", "Alpha": "x"}, {"question": "Q", "Beta": "y"}]'
    assert cells(read_results("r.json", data, suite(Sample("q", "Q")))) == [
        ("Alpha", "q", 1, "x"),
        ("Beta", "q", 1, "y"),
    ]


def test_a_table_may_have_the_columns_of_promptfoo() -> None:
    found = read_results("r.csv", b"prompt,provider,response\nQ,A,x\n", suite(Sample("q", "Q")))
    assert cells(found) == [("A", "q", 1, "x")]


def test_what_stands_beside_the_answers_is_told() -> None:
    data = b'{"rows": [{"question": "Q", "A": "x"}, 7], "made_by": "me"}'
    found = read_results("r.json", data, suite(Sample("q", "Q")))
    assert [str(p) for p in found.problems] == [
        "row 2, rows: left out: expected an object in braces",
        "made_by: not imported",
    ]


def test_answers_of_promptfoo_keep_their_scores_apart() -> None:
    found = results("results_promptfoo.json", suite_of("mmlu.csv"))
    first, failed = found.answers
    assert first == ImportedAnswer(
        "GPT",
        "1",
        1,
        "Answer: B",
        foreign={"success": True, "score": 1, "latencyMs": 540, "cost": 0.0001, "reason": "ok"},
    )
    assert (failed.sample_id, failed.text, failed.error) == ("2", "", "API error: 429")
    assert [str(p) for p in found.unmatched] == ["row 3, x: no sample asks this: 'Who asked this?'"]


def test_promptfoo_results_are_found_by_their_variables_too() -> None:
    suite = read("c.yaml", (DATA / "promptfooconfig.yaml").read_bytes()).suite
    result = {
        "prompt": {"raw": "another prompt"},
        "vars": {"language": "German", "question": 'Translate "good morning".', "__expected": "x"},
        "provider": "openai:gpt-5.2",
        "response": {"output": {"a": 1}},
    }
    found = read_results("r.json", json.dumps({"results": [result]}).encode(), suite)
    assert cells(found) == [("openai:gpt-5.2", "2.2", 1, '{"a": 1}')]
    lines = f"{json.dumps(result)}\n{json.dumps({**result, 'response': {'output': 'b'}})}\n"
    again = read_results("r.jsonl", lines.encode(), suite)
    assert [(a.sample_id, a.epoch) for a in again.answers] == [("2.2", 1), ("2.2", 2)]


def promptfoo(*results: tuple[str, str, str, str]) -> bytes:
    """Return results of promptfoo: the provider's id and label, the prompt's label, the answer to Q."""
    rows = [
        {
            "provider": {"id": known, "label": label},
            "prompt": {"raw": "Q", "label": prompt},
            "response": {"output": said},
        }
        for known, label, prompt, said in results
    ]
    return json.dumps({"results": {"results": rows}}).encode()


@pytest.mark.parametrize(
    ("data", "models"),
    [
        (promptfoo(("a", "", "p", "1"), ("b", "B", "p", "2")), ("a", "B")),
        (promptfoo(("x/m", "M", "p", "1"), ("y/m", "M", "p", "2")), ("M (x/m)", "M (y/m)")),
        (promptfoo(("a", "", "short", "1"), ("a", "", "long", "2")), ("a · short", "a · long")),
    ],
)
def test_answers_of_several_providers_or_prompts_are_never_mixed(
    data: bytes, models: tuple[str, ...]
) -> None:
    found = read_results("r.json", data, suite(Sample("x", "Q")))
    assert found.models == models
    assert found.epochs == 1


def test_a_log_of_inspect() -> None:
    found = results("results_inspect.json", suite_of("mmlu.csv"))
    assert cells(found) == [
        ("ollama/llama3.1", "1", 1, "B"),
        ("ollama/llama3.1", "1", 2, "A"),
        ("ollama/llama3.1", "2", 1, ""),
    ]
    assert found.answers[2].error == "connection reset"
    assert found.answers[0].foreign == {"scores": {"choice": {"value": "C", "answer": "B"}}}
    assert found.epochs == 2


def test_output_items_of_openai_are_found_by_what_was_asked() -> None:
    found = results("results_openai.jsonl", suite_of("openai_hosted.json"))
    assert cells(found) == [("gpt-5.2", "1", 1, "Hardware"), ("gpt-5.2", "2", 1, "")]
    assert found.answers[1].error == "timed out"


def test_responses_of_bedrock() -> None:
    found = results("results_bedrock.jsonl", suite_of("bedrock.jsonl"))
    assert cells(found) == [("nova", "1", 1, "Seine-Saint-Denis."), ("titan", "1", 1, "Paris")]


def test_a_lone_column_of_answers_is_called_as_the_file() -> None:
    found = results("azure.jsonl", suite_of("azure.jsonl"))
    assert cells(found)[0] == ("azure", "1", 1, "Two years.")


def suite(*samples: Sample, template: str = "") -> Suite:
    """Return a suite of these samples."""
    return Suite("s", samples, (ScorerSpec("exact"),), template=template)


@pytest.mark.parametrize(
    "asked",
    ["Hi {{name}}", "Hi Ada", "Say: Hi Ada", " Hi Ada\r\n", '[{"role": "user", "content": "Hi Ada"}]'],
)
def test_a_question_is_found_in_each_way_it_is_written(asked: str) -> None:
    greeting = Sample("g", "Hi {{name}}", variables={"name": "Ada"})
    data = json.dumps([{"input": asked, "Model A": "x"}]).encode()
    found = read_results("r.json", data, suite(greeting, template="Say: {{input}}"))
    assert cells(found) == [("Model A", "g", 1, "x")]


@pytest.mark.parametrize("asked", ["Be brief.\nWho?", "Who?"])
def test_a_conversation_is_found_whole_or_by_its_last_turn(asked: str) -> None:
    sample = Sample("c", (Message("system", "Be brief."), Message("user", "Who?")))
    data = json.dumps([{"input": asked, "Model A": "x"}]).encode()
    assert cells(read_results("r.json", data, suite(sample))) == [("Model A", "c", 1, "x")]


SUMS = (Sample("1", "1+1?"), Sample("2", "2+2?"), Sample("3", "3+3?"))


def test_row_numbers_are_not_taken_for_ids_against_the_question() -> None:
    asked = ["1+1?", "2+2?", "3+3?"]
    rows = [(model, question) for question in asked for model in "AB"]
    lines = [f"{i},{model},{question},x{i}" for i, (model, question) in enumerate(rows, 1)]
    found = read_results("r.csv", "\n".join(["id,model,question,answer", *lines]).encode(), suite(*SUMS))
    assert cells(found) == [
        ("A", "1", 1, "x1"),
        ("B", "1", 1, "x2"),
        ("A", "2", 1, "x3"),
        ("B", "2", 1, "x4"),
        ("A", "3", 1, "x5"),
        ("B", "3", 1, "x6"),
    ]
    assert [str(p) for p in found.problems] == [
        "row 3, id: 2 is another sample's; the question is sample 1's, and decides",
        "row 4, id: 3 is another sample's; the question is sample 2's, and decides",
    ]


@pytest.mark.parametrize(
    "document",
    [
        {
            "eval": {"model": "m"},
            "samples": [{"id": 1, "input": "3+3?", "output": {"completion": "6"}}],
        },
        {
            "results": [
                {
                    "provider": "m",
                    "prompt": {"raw": "3+3?"},
                    "metadata": {"sample": "1"},
                    "response": {"output": "6"},
                }
            ]
        },
    ],
    ids=["inspect", "promptfoo"],
)
def test_an_id_of_another_list_gives_way_to_the_question(document: object) -> None:
    found = read_results("r.json", json.dumps(document).encode(), suite(*SUMS))
    assert cells(found) == [("m", "3", 1, "6")]
    told = "row 1, id: 1 is another sample's; the question is sample 3's, and decides"
    assert [str(p) for p in found.problems] == [told]


def test_the_values_of_variables_speak_against_an_id_too() -> None:
    samples = [Sample(word, "Say {{word}}", variables={"word": word}) for word in ("one", "two")]
    result = {"provider": "m", "prompt": {"raw": "Other"}, "vars": {"word": "two"}}
    result |= {"metadata": {"sample": "one"}, "response": {"output": "x"}}
    found = read_results("r.json", json.dumps({"results": [result]}).encode(), suite(*samples))
    assert cells(found) == [("m", "two", 1, "x")]


def test_an_id_tells_apart_samples_that_ask_the_same() -> None:
    data = b"id,question,A\ny,Q,1\nx,Q,2\n"
    found = read_results("r.csv", data, suite(Sample("x", "Q"), Sample("y", "Q")))
    assert cells(found) == [("A", "y", 1, "1"), ("A", "x", 1, "2")]
    assert found.problems == ()


def test_a_question_in_other_words_is_found_by_its_id_and_told() -> None:
    data = b"id,question,A\n1,One and one?,2\n2,Two and two?,4\n3,3+3?,6\n"
    found = read_results("r.csv", data, suite(*SUMS))
    assert [answer.sample_id for answer in found.answers] == ["1", "2", "3"]
    assert [str(p) for p in found.problems] == [
        "row 2, id: no sample asks this question, nor those of 1 other rows: "
        "the id alone says what they answer"
    ]


@pytest.mark.parametrize("epoch", ["1e300", "1000001"])
def test_an_epoch_beyond_all_counting_is_left_out_and_told(epoch: str) -> None:
    data = f"id,A,epoch\n1,x,{epoch}\n2,y,1000000\n".encode()
    found = read_results("r.csv", data, suite(*SUMS))
    assert cells(found) == [("A", "2", 1_000_000, "y")]
    assert [str(p) for p in found.unmatched] == ["row 2, epoch: left out: expected a number up to 1,000,000"]


def test_samples_that_ask_the_same_are_answered_in_turn() -> None:
    rows = [{"question": "Q", "A": str(i)} for i in range(4)]
    found = read_results("r.json", json.dumps(rows).encode(), suite(Sample("x", "Q"), Sample("y", "Q")))
    assert cells(found) == [("A", "x", 1, "0"), ("A", "y", 1, "1"), ("A", "x", 2, "2"), ("A", "y", 2, "3")]


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (("model", "id", "answer"), AnswerColumns(("answer",), "model", "id")),
        (("question", "ground_truth", "GPT", "Claude"), AnswerColumns(("GPT", "Claude"), input="question")),
        (("query", "response", "ground_truth"), AnswerColumns(("response",), input="query")),
        (
            ("sample_id", "offer", "output", "epoch"),
            AnswerColumns(("output",), "offer", "sample_id", epoch="epoch"),
        ),
        (("question", "answer", "tags", "Mistral"), AnswerColumns(("Mistral",), input="question")),
        (("id", "alpha", "beta"), AnswerColumns(("alpha", "beta"), id="id")),
        (("Kundenfrage", "Modell", "Antwort"), AnswerColumns(("Antwort",), "Modell", input="Kundenfrage")),
    ],
)
def test_columns_of_answers_are_proposed(columns: tuple[str, ...], chosen: AnswerColumns) -> None:
    assert propose_answers(columns) == chosen


def test_columns_can_be_settled_by_a_person() -> None:
    data = b"nr,vraag,antwoord\nx,Q,good\n"
    chosen = AnswerColumns(("antwoord",), id="nr")
    assert cells(read_results("r.csv", data, suite(Sample("x", "Q")), chosen)) == [
        ("antwoord", "x", 1, "good")
    ]


@pytest.mark.parametrize(
    ("data", "chosen"),
    [
        ("Vraag;Antwoord A\nQ;good\n", AnswerColumns(())),
        ("Vraag;Antwoord A;Modello\nQ;good;M\n", AnswerColumns(())),
        ("Vraag;answer;model\nQ;good;M\n", AnswerColumns(("answer",), "model")),
        ("question;A\nOther?;x\n", AnswerColumns(("A",), input="question")),
        ("id;Vraag;A\n1;Q;x\n", AnswerColumns(("Vraag", "A"), id="id")),
    ],
)
def test_a_table_whose_columns_find_nothing_leaves_them_to_a_person(data: str, chosen: AnswerColumns) -> None:
    with pytest.raises(ColumnsUnsettled) as unsettled:
        read_results("r.csv", data.encode(), suite(Sample("x", "Q")))
    assert unsettled.value.chosen == chosen
    assert unsettled.value.columns == tuple(data.splitlines()[0].split(";"))


@pytest.mark.parametrize(
    ("header", "answers", "proposed"),
    [
        ("Vraag;Antwoord A;Antwoord B", ("Antwoord B",), AnswerColumns(("Antwoord B",), input="Vraag")),
        ("model;Vraag;Antwoord", ("Antwoord",), AnswerColumns(("Antwoord",), "model", input="Vraag")),
        ("Vraag;id;Antwoord", ("Antwoord",), AnswerColumns(("Antwoord",), id="id")),
        ("Notiz;question;Antwoord", ("Antwoord",), AnswerColumns(("Antwoord",), input="question")),
        ("Antwoord", ("Antwoord",), AnswerColumns(("Antwoord",))),
    ],
)
def test_beside_named_answers_the_first_column_may_be_the_question(
    header: str, answers: tuple[str, ...], proposed: AnswerColumns
) -> None:
    data = f"{header}\n{';'.join('x' for _ in header.split(';'))}\n"
    assert proposed_columns("r.csv", data.encode(), answers) == proposed


@pytest.mark.parametrize(
    ("name", "data", "columns", "message"),
    [
        (
            "r.csv",
            b"question,A\nOther?,x\n",
            None,
            "r.csv: no answer to a sample of s; row 2, A: no sample asks",
        ),
        (
            "r.csv",
            b"question\nQ\n",
            None,
            "r.csv: expected a column with answers; its columns: question.",
        ),
        (
            "r.csv",
            b"answer,model\nx,A\n",
            None,
            "r.csv: expected a column with the sample's id or question; its columns: answer, model.",
        ),
        ("r.csv", b"question,A\n", None, "r.csv: there is nothing under the header."),
        ("r.csv", b"model\nQ\n", None, "r.csv: expected a column with answers and one with the sample's id"),
        ("r.csv", b"question,A\nQ,x\n", AnswerColumns(("B",), id="C"), "r.csv: there is no column B, C."),
        (
            "run.eval",
            b"PK\x03\x04",
            None,
            "run.eval: write it as JSON first (inspect log convert --to json).",
        ),
        ("r.json", b'{"results": [7]}', None, "r.json: "),
        ("r.json", b'{"eval": {"model": 7}, "samples": [7, {"output": []}]}', None, "r.json: no answer"),
        ("r.jsonl", b'{"prompt": 7, "modelResponses": 7}', None, "r.jsonl: no answer to a sample of s."),
    ],
)
def test_a_file_without_answers_is_refused(
    name: str, data: bytes, columns: AnswerColumns | None, message: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_results(name, data, suite(Sample("x", "Q")), columns)
    assert str(refused.value).startswith(message)


def test_four_published_models_come_out_as_their_makers_graded_them() -> None:
    if not GSM8K.exists():
        pytest.skip("the GSM8K files are not here")
    questions = read("test.jsonl", (GSM8K / "test.jsonl").read_bytes()).suite
    name = "example_model_solutions.jsonl"
    found = read_results(name, (GSM8K / name).read_bytes(), questions)
    assert found.unmatched == ()
    assert Counter(answer.model for answer in found.answers) == dict.fromkeys(PUBLISHED, 1319)
    samples = {sample.id: sample for sample in questions.samples}
    passed: Counter[str] = Counter()
    for answer in found.answers:
        score = judge(questions.scorers[0], Answer(answer.text), samples[answer.sample_id])
        assert score.passed == answer.foreign["is_correct"], (answer.model, answer.sample_id)
        passed[answer.model] += bool(score.passed)
    assert passed == PUBLISHED
