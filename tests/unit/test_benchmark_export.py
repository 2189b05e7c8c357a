"""Runs as files: read back by a spreadsheet, a data frame, and by our readers of other programs' files."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broker.benchmark_export import FORMATS
from broker.benchmark_export.rows import COLUMNS
from broker.cli_results import show
from broker.suites import Sample, ScorerSpec, Suite
from broker.suites.results_import import read_results
from broker.types import Message, Params
from db.calls import write_calls
from db.rows import call_row, content_row
from db.session import Database
from tests.dbtools import ENGINES, answered, context, failed, fresh_database, started
from tests.resulttools import keep_run, suite_of

A, B = "acme/acme-large", "acme/b"
WHEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TURNS = (Message("user", "Hello."), Message("assistant", "Hi."), Message("user", "Colour?"))
HOSTILE = '=HYPERLINK("http://evil.example")'


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


def suite() -> Suite:
    return suite_of(
        Sample("s0", "Capital of {{where}}?", ("Bern",), variables={"where": "Switzerland"}, tags=("a", "b")),
        Sample("s1", TURNS, ("red", "blue")),
        scorers=(ScorerSpec("includes"),),
        system="Be brief.",
        params=Params(temperature=0.0, max_tokens=32),
    )  # fmt: skip


def score(passed: bool) -> dict[str, Any]:
    known = {"scorer": "includes", "name": "includes", "version": 3, "value": float(passed), "passed": passed}
    return known | {"answer": "Bern", "explanation": "It has Bern.", "parts": {}}


def keep(database: Database, **more: Any) -> str:
    """A run with a right answer, one that a spreadsheet might run, and a call that failed."""
    begun = [started(), started()]
    ended = [answered(begun[0]), failed(begun[1])]
    with database.writer() as session:
        rows = [call_row(one, context(), "Acme", "w") | {"worker_id": None} for one in ended]
        write_calls(session, rows, [content_row(one) for one in ended])
    right = {
        "passed": True,
        "value": 1.0,
        "scores": [score(True)],
        "answer": "Bern",
        "explanation": "It has Bern.",
    }
    clocks = {"ttft_ms": 100.25, "ttfa_ms": 120.0, "total_ms": 161.0, "elapsed_ms": 700.5, "started_at": WHEN}
    wrong = {"passed": False, "value": 0.0, "scores": [score(False)]}
    paid = {"call_id": ended[0].call_id, "cost": Decimal("0.0000612")}
    broken = {"call_id": ended[1].call_id, "outcome": "error", "error_kind": "bad_request"}
    cells = [
        {"offer": A, "sample": "s0", **paid, **right, **clocks},
        {"offer": A, "sample": "s1", **broken},
        {"offer": B, "sample": "s0", "text": HOSTILE, **wrong},
    ]
    return keep_run(database, suite(), cells, **more)


def written(database: Database, run_id: str, form: str, offer: str | None = None) -> bytes:
    with database.reader() as session:
        return b"".join(FORMATS[form].write(session, run_id, offer))


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_table_has_a_row_an_answer_with_clocks_price_and_scorers(database):
    run_id = keep(database)
    data = written(database, run_id, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = table(data)
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["offer"], row["sample"]) for row in rows] == [(A, "s0"), (A, "s1"), (B, "s0")]
    one, two, three = rows
    told = {
        name: one[name] for name in ("kind", "suite", "suite_version", "epoch", "tags", "outcome", "passed")
    }
    assert told == {
        "kind": "measured", "suite": "Made up", "suite_version": "1", "epoch": "1", "tags": "a, b",
        "outcome": "answered", "passed": "yes",
    }  # fmt: skip
    assert (one["input"], one["targets"], one["answer"]) == ("Capital of Switzerland?", "Bern", "Bern.")
    assert (one["system"], two["system"]) == ("Be brief.", "Be brief.")
    assert (one["cost_usd"], one["input_usd_per_mtok"], one["price_source"]) == (
        "0.0000612000",
        "1.20",
        "contract",
    )
    assert (one["ttft_ms"], one["total_ms"], one["elapsed_ms"]) == ("100.25", "161.0", "700.5")
    assert (one["scorers"], one["timings"], one["attempts"]) == ("includes 3", "reliable", "2")
    assert (one["started_at"], one["input_tokens"]) == (WHEN.isoformat(), "40")
    assert (two["outcome"], two["passed"], two["error_kind"], two["error_status"]) == (
        "error",
        "",
        "bad_request",
        "400",
    )
    assert two["targets"] == '["red", "blue"]'
    assert (three["answer"], three["passed"], three["cost_usd"]) == ("'" + HOSTILE, "no", "")


def test_what_answers_made_elsewhere_were_told_first_is_not_known(database):
    rows = table(written(database, keep(database, kind="imported"), "csv"))
    assert {row["system"] for row in rows} == {""}


def test_what_is_kept_beside_a_sample_is_written_with_its_answers(database):
    beside = {"Owner": "Eva Grün", "pages": [3, 4]}
    samples = (Sample("s0", "?", ("x",), metadata=beside), Sample("s1", "?", ("x",)))
    run_id = keep_run(
        database, suite_of(*samples), [{"offer": A, "sample": one.id, "text": "x"} for one in samples]
    )
    read = [row["metadata"] for row in table(written(database, run_id, "csv"))]
    assert read == ['{"Owner": "Eva Grün", "pages": [3, 4]}', ""]
    cases = json.loads(written(database, run_id, "promptfoo"))["results"]["results"]
    assert [case["testCase"]["metadata"] for case in cases] == [beside, {}]
    log = json.loads(written(database, run_id, "inspect", A))
    assert [sample["metadata"]["metadata"] for sample in log["samples"]] == [beside, {}]


def test_an_offer_can_be_written_alone_and_no_run_is_an_error(database):
    run_id = keep(database)
    assert [row["offer"] for row in table(written(database, run_id, "csv", B))] == [B]
    for form in FORMATS:
        with pytest.raises(LookupError):
            written(database, "no such run", form)


def test_more_answers_than_are_held_at_once_have_one_header(database):
    samples = [Sample(f"s{i}", "?") for i in range(501)]
    cells = [{"offer": A, "sample": one.id, "text": "a\r\nb"} for one in samples]
    run_id = keep_run(database, suite_of(*samples), cells)
    rows = table(written(database, run_id, "csv"))
    assert [row["sample"] for row in rows] == [one.id for one in samples]
    assert {row["answer"] for row in rows} == {"a\r\nb"}


@pytest.mark.parametrize(
    ("more", "timings"),
    [
        ({"lag_p95_ms": 5.0}, "reliable"),
        ({"lag_p95_ms": 5.25}, "unreliable"),
        ({"lag_p95_ms": None}, "unknown"),
        ({"kind": "imported"}, "none"),
    ],
)
def test_every_row_says_whether_its_clocks_can_be_trusted(database, more, timings):
    run_id = keep(database, **more)
    for form in ("csv", "summary"):
        rows = table(written(database, run_id, form))
        assert {row["timings"] for row in rows} == {timings}
        assert {row["kind"] for row in rows} == {more.get("kind", "measured")}


@pytest.mark.parametrize(
    ("lag", "reliable", "said"),
    [(1.0, True, None), (9.0, False, "Times are unreliable"), (None, None, "is not known")],
)
def test_the_command_says_whether_clocks_can_be_trusted(database, capsys, lag, reliable, said):
    run_id = keep(database, lag_p95_ms=lag)
    with database.reader() as session:
        show(session, run_id, as_json=True)
        assert json.loads(capsys.readouterr().out)["timings_reliable"] is reliable
        show(session, run_id, as_json=False)
    last = capsys.readouterr().out.splitlines()[-1]
    assert (said or "") in last
    assert ("late" in last) == (said is not None)


def test_what_cost_nothing_is_a_plain_zero_in_json(database, capsys):
    cells = [{"offer": A, "sample": f"s{i}", "cost": Decimal(0), "passed": True} for i in range(2)]
    run_id = keep_run(database, suite_of(Sample("s0", "?"), Sample("s1", "?")), cells)
    with database.reader() as session:
        show(session, run_id, as_json=True)
    [told] = json.loads(capsys.readouterr().out)["offers"]
    assert told["cost"] == "0"


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"epochs": 2}, 3),  # 3 samples, each twice, of both offers
        ({"epochs": 2, "cell_count": 20}, 5),  # cancelled: 5 were ordered
        ({"epochs": 2, "kind": "imported"}, 2),  # of its own answers: the other offer has one more
    ],
)
def test_the_dataset_of_an_inspect_log_counts_samples(database, more, asked):
    places = [(A, "s0"), (A, "s1"), (B, "s0"), (B, "s1"), (B, "s2"), *([(A, "s2")] if asked == 3 else [])]
    cells = [{"offer": o, "sample": s, "epoch": e, "text": "x"} for o, s in places for e in (0, 1)]
    run_id = keep_run(database, suite_of(*(Sample(f"s{i}", "?") for i in range(9))), cells, **more)
    log = json.loads(written(database, run_id, "inspect", A))
    assert log["eval"]["dataset"]["samples"] == asked


def test_the_summary_has_a_row_an_offer_with_intervals(database):
    one, two = table(written(database, keep(database), "summary"))
    assert (one["offer"], one["asked"], one["right"], one["answered"], one["error"]) == (
        A,
        "2",
        "1",
        "1",
        "1",
    )
    assert (float(one["accuracy"]), float(one["accuracy_of_asked"])) == (1, 0.5)
    assert 0 < float(one["accuracy_low"]) < float(one["accuracy_high"]) <= 1
    assert (one["accuracy_n"], one["accuracy_of_asked_n"]) == ("1", "2")
    assert (float(one["ttft_p50_ms"]), one["ttft_p95_ms_high"]) == (100.25, "")  # one call has no limits
    assert json.loads(one["errors"]) == {"bad_request": 1}
    assert (two["offer"], two["right"], two["cost_per_1000_usd"]) == (B, "0", "")


def test_what_timed_out_leaves_an_unknown_percentile_empty(database):
    cells = [{"offer": A, "sample": f"s{i}", "passed": True, "total_ms": 100.0} for i in range(18)]
    cells += [
        {"offer": A, "sample": f"s{i}", "outcome": "timeout", "error_kind": "idle_timeout"} for i in (18, 19)
    ]
    suite = suite_of(*(Sample(f"s{i}", "?", ("4",)) for i in range(20)))
    run_id = keep_run(database, suite, cells)
    (row,) = table(written(database, run_id, "summary"))
    found = [row[f"total_{name}"] for name in ("p50_ms", "p95_ms", "p95_ms_low", "p95_ms_high", "p95_ms_n")]
    assert found == ["100.0", "", "100.0", "", "20"]


def test_a_data_frame_gets_types_and_exact_money(database):
    import pyarrow.parquet

    data = written(database, keep(database), "parquet")
    frame = pyarrow.parquet.read_table(io.BytesIO(data))
    assert frame.column_names == list(COLUMNS)
    row = frame.to_pylist()[0]
    assert (row["cost_usd"], row["passed"], row["ttft_ms"]) == (Decimal("0.0000612"), True, 100.25)
    assert (row["input_tokens"], row["suite_version"]) == (40, 1)
    assert frame.to_pylist()[2]["answer"] == HOSTILE  # no spreadsheet will run it


def test_promptfoo_results_have_its_structure(database):
    found = json.loads(written(database, keep(database), "promptfoo"))
    assert found.keys() == {"evalId", "results", "config", "shareableUrl", "metadata"}
    summary = found["results"]
    assert summary.keys() == {"version", "timestamp", "results", "prompts", "stats"}
    assert summary["version"] == 3
    stats = summary["stats"]
    assert {name: stats[name] for name in ("successes", "failures", "errors")} == {
        "successes": 1, "failures": 1, "errors": 1,
    }  # fmt: skip
    assert stats["tokenUsage"]["prompt"] == 40
    assert [prompt["provider"] for prompt in summary["prompts"]] == [A, B]
    one, two, three = summary["results"]
    needed = {
        "promptIdx", "testIdx", "testCase", "promptId", "provider", "prompt", "vars", "failureReason",
        "success", "score", "latencyMs", "namedScores",
    }  # fmt: skip
    assert all(result.keys() >= needed for result in summary["results"])
    assert [result["failureReason"] for result in (one, two, three)] == [0, 2, 1]
    assert one["response"]["output"] == "Bern."
    assert json.loads(one["prompt"]["raw"])[0] == {"role": "system", "content": "Be brief."}
    assert one["gradingResult"]["componentResults"][0]["assertion"]["type"] == "includes"
    assert (two["error"], two["response"]) == ("the prompt 'Wie heißt' is too long", None)
    assert one["metadata"]["kind"] == "measured"
    assert found["metadata"]["run"]["offers"][0]["price_source"] == "contract"


def test_what_was_not_judged_is_no_failure_elsewhere(database):
    rubric = score(passed=False) | {"scorer": "rubric", "name": "rubric", "value": None, "passed": None}
    said = "The judge's reply cannot be read: 'no'."
    cases: dict[str, tuple[dict[str, Any], str | None]] = {
        "right": ({"passed": True, "value": 1.0, "scores": [score(True)]}, None),
        "wrong": ({"passed": False, "value": 0.0, "scores": [score(False)]}, None),
        "graded": ({"value": 0.5}, None),
        "cut": ({"outcome": "truncated", "finish_reason": "length"}, "truncated"),
        "filtered": ({"outcome": "filtered", "finish_reason": "content_filter"}, "filtered"),
        "refused": ({"outcome": "refused"}, "refused"),
        "refused as asked": ({"outcome": "refused", "passed": True, "value": 1.0}, None),
        "late": ({"outcome": "timeout", "error_kind": "read_timeout"}, "read_timeout"),
        "open": ({"scores": [score(True), rubric], "explanation": said}, f"not judged: {said}"),
    }
    samples = [Sample(name, "?") for name in cases]
    cells = [{"offer": A, "sample": name, "text": "Bern", **more} for name, (more, _) in cases.items()]
    run_id = keep_run(database, suite_of(*samples), cells)
    summary = json.loads(written(database, run_id, "promptfoo"))["results"]
    found = {result["testCase"]["description"]: result for result in summary["results"]}
    assert {name: result["error"] for name, result in found.items()} == {
        name: error for name, (_, error) in cases.items()
    }
    assert [name for name, result in found.items() if result["success"]] == [
        "right",
        "graded",
        "refused as asked",
    ]
    assert [name for name, result in found.items() if result["failureReason"] == 1] == ["wrong"]
    assert {name: summary["stats"][name] for name in ("successes", "failures", "errors")} == {
        "successes": 3,
        "failures": 1,
        "errors": 5,
    }
    assert all((result["gradingResult"] is None) == bool(result["error"]) for result in found.values())
    assert found["cut"]["response"]["output"] == "Bern"
    assert (found["cut"]["response"]["finishReason"], found["refused"]["response"]["isRefusal"]) == (
        "length",
        True,
    )
    assert (found["late"]["response"], found["open"]["metadata"]["passed"]) == (None, None)
    assert found["open"]["namedScores"] == {"includes": 1.0}
    results = json.loads(written(database, run_id, "inspect"))["results"]
    assert (results["total_samples"], results["completed_samples"]) == (9, 8)
    (told,) = results["scores"]
    assert (told["scored_samples"], told["unscored_samples"]) == (4, 5)


def test_an_inspect_log_has_its_structure(database):
    run_id = keep(database)
    log = json.loads(written(database, run_id, "inspect", A))
    assert {"version", "status", "eval", "plan", "results", "stats", "samples"} == log.keys()
    assert (log["version"], log["status"]) == (2, "success")
    assert log["eval"].keys() >= {"created", "task", "dataset", "model", "config"}
    assert (log["eval"]["task"], log["eval"]["model"]) == ("Made up", A)
    assert log["eval"]["metadata"]["kind"] == "measured"
    assert log["plan"]["config"] == {"temperature": 0.0, "max_tokens": 32}
    metrics = log["results"]["scores"][0]["metrics"]
    assert (metrics["accuracy"]["value"], metrics["accuracy_of_asked"]["value"]) == (1, 0.5)
    one, two = log["samples"]
    assert (one["id"], one["epoch"], one["target"]) == ("s0", 1, "Bern")
    assert (two["target"], two["input"][-1]) == (["red", "blue"], {"role": "user", "content": "Colour?"})
    assert [turn["role"] for turn in one["messages"]] == ["system", "user", "assistant"]
    choice = one["output"]["choices"][0]
    assert choice["message"]["content"] == "Bern."
    assert one["scores"]["includes"]["value"] == 1
    assert one["scores"]["includes"]["metadata"]["version"] == 3
    assert one["output"]["usage"]["input_tokens"] == 40
    assert (two["error"]["message"], two["output"]["choices"]) == ("the prompt 'Wie heißt' is too long", [])
    with pytest.raises(ValueError, match="choose one"):
        written(database, run_id, "inspect")


@pytest.mark.parametrize(
    ("form", "offer", "models"), [("promptfoo", None, ["ACME-LARGE", "B"]), ("inspect", A, [A])]
)
def test_what_is_written_can_be_read_here(database, form, offer, models):
    data = written(database, keep(database), form, offer)
    found = read_results(f"results-{form}.json", data, suite())
    assert (list(found.models), found.unmatched) == (models, ())
    one, two = found.answers[:2]
    assert (one.sample_id, one.text, one.error) == ("s0", "Bern.", "")
    assert (two.sample_id, bool(two.error)) == ("s1", True)


def test_deleted_words_leave_the_figures(database):
    from sqlalchemy import delete

    from db.models import CallContent

    run_id = keep(database)
    with database.writer() as session:
        session.execute(delete(CallContent))
    row = table(written(database, run_id, "csv"))[0]
    assert (row["answer"], row["passed"]) == ("", "yes")
    one = json.loads(written(database, run_id, "promptfoo"))["results"]["results"][0]
    assert (one["success"], one["failureReason"], one["response"]["output"]) == (True, 0, None)
    sample = json.loads(written(database, run_id, "inspect", A))["samples"][0]
    assert (sample["error"], sample["scores"]["includes"]["value"]) == (None, 1)
