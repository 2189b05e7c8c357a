"""Benchmarks from the command line, as a program of its own: files in, runs, results out, exit statuses."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from broker.runs.budget import OPEN_OUTPUT, input_at_most
from broker.suites import Sample, ScorerSpec
from broker.suites.importers import read
from broker.suites.store import load_suite, save_suite
from broker.types import ChatRequest, Message
from db.benchmarks import Result, Run, Suite, SuiteFile
from db.session import Database, open_database
from tests.dbtools import migrated_file
from tests.processes import model_servers, wait_until_gone
from tests.runtools import COST, PATIENCE_S, Platform, platform, until
from tests.runtools import sums as made_up_sums

COMMAND = [sys.executable, "-m", "broker"]
ROOT = Path(__file__).parents[2]
CALLS = 8
GOOD, BAD, UNPRICED = "acme/good", "acme/bad", "acme/unpriced"
QUESTION = ChatRequest((Message("user", "0 + 1?"),))
Broker = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and not k.startswith("BROKER_")}
    ours = {
        "BROKER_DATABASE_URL": f"sqlite:///{tmp_path / 'broker.db'}",
        "BROKER_CONFIG": str(tmp_path / "broker.toml"),
        "BROKER_USER": "ada",
    }
    (tmp_path / "broker.toml").touch()
    (tmp_path / "broker.db").write_bytes(migrated_file())
    return {**kept, **ours, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}


@pytest.fixture
def broker(environment: dict[str, str], tmp_path: Path) -> Broker:
    """`broker("run", …)` is the ended program with its output."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    found = open_database(environment["BROKER_DATABASE_URL"])
    yield found
    found.engine.dispose()


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Platform]:
    """A platform with two priced models and one without a price, and the file of a suite of sums."""
    price = 'price = { input_mtok = "1000", output_mtok = "2000" }'
    with platform() as server:
        rows = [f'[providers.acme]\nname = "Acme"\ndialect = "openai"\nbase_url = "{server.url}/v1"']
        for model in ("good", "bad", "unpriced", "judge"):
            rows.append(f'[[offers]]\nprovider = "acme"\nmodel = "{model}"\nmaker = "Acme"')
            rows += [price] if model != "unpriced" else []
        (tmp_path / "broker.toml").write_text("\n".join(rows))
        lines = [f"{i} + 1?,{i + 1}" for i in range(CALLS)]
        (tmp_path / "sums.csv").write_text("\n".join(("input,target", *lines)))
        yield server


@pytest.fixture
def sums(acme: Platform, database: Database, tmp_path: Path) -> str:
    """The name of the suite in the database."""
    suite = read("sums.csv", (tmp_path / "sums.csv").read_bytes()).suite
    with database.writer() as session:
        save_suite(session, suite, "ada")
    return suite.name


def offers(*ids: str) -> list[str]:
    return [part for offer_id in ids for part in ("--offer", offer_id)]


def the_run(database: Database) -> Run:
    with database.reader() as session:
        return session.scalars(select(Run)).one()


def answered(database: Database) -> dict[tuple[str, str], str | None]:
    """The call behind each finished cell."""
    with database.reader() as session:
        cells = session.scalars(select(Result).where(Result.status == "done"))
        return {(cell.offer, cell.sample_key): cell.call_id for cell in cells}


def test_starter_suites_are_listed_before_they_ever_ran(broker):
    rows = [json.loads(line) for line in broker("suites", "--json").stdout.splitlines()]
    assert len(rows) == 6
    assert {row["source"] for row in rows} == {"starter"}
    assert all(row["samples"] >= 40 and row["version"] is None for row in rows)


def test_a_dry_run_reads_a_file_and_keeps_nothing(broker, acme, database):
    done = broker("import", "sums.csv", "--dry-run")
    assert done.returncode == 0
    assert f"{CALLS} samples" in done.stdout
    with database.reader() as session:
        assert session.scalars(select(Suite)).all() == []


def test_an_imported_suite_keeps_its_file_and_its_name(broker, acme, database, tmp_path):
    assert broker("import", "sums.csv", "--name", "Additions").returncode == 0
    assert broker("import", "sums.csv", "--name", "Additions").returncode == 0
    with database.reader() as session:
        suite = session.scalars(select(Suite)).one()
    assert (suite.name, suite.version, suite.sample_count, suite.user) == ("Additions", 1, CALLS, "ada")
    assert suite.file_sha256 is not None
    listed = broker("suites").stdout.splitlines()
    assert listed[0].split()[:4] == ["Additions", str(CALLS), "samples", "version"]


def test_columns_are_named_on_the_command_line(broker, tmp_path, database):
    (tmp_path / "vragen.csv").write_text(
        "Nr;Vraag;Antwoord;Soort;Bron\n7;Hoe laat?;8 uur;a;x\n9;Waar?;hier;b;y\n"
    )
    unjudged = broker("import", "vragen.csv", "--dry-run")
    assert unjudged.returncode == 0
    assert "vragen: nothing judges the answers to 2 of 2 samples" in unjudged.stderr
    columns = ("--question", "{{Soort}}: {{Vraag}}", "--target", "Antwoord", "--tag", "Soort", "--id", "Nr")
    done = broker("import", "vragen.csv", *columns, "--document", "Bron")
    assert (done.returncode, done.stderr) == (0, "")
    with database.reader() as session:
        suite = load_suite(session, session.scalars(select(Suite)).one().id)
    assert suite.samples[0] == Sample(
        "7", "{{Soort}}: {{Vraag}}", ("8 uur",), variables={"Soort": "a", "Vraag": "Hoe laat?"}, tags=("a",),
        cluster="x",
    )  # fmt: skip
    assert [spec.name for spec in suite.scorers] == ["includes"]
    refused = broker("import", str(ROOT / "tests/data/imports/gsm8k.jsonl"), "--target", "answer")
    assert refused.returncode == 2
    assert "this format (gsm8k) says what its columns mean" in refused.stderr


def test_a_run_that_nothing_judges_says_so(broker, acme, tmp_path):
    (tmp_path / "open.csv").write_text("question\n1 + 1?\n2 + 1?\n")
    assert broker("import", "open.csv").returncode == 0
    done = broker("run", "open", *offers(GOOD))
    assert done.returncode == 0, done.stderr
    assert "Nothing judges the answers to 2 of 2 samples" in done.stderr


def test_a_file_that_is_no_suite_is_refused_with_a_sentence(broker, tmp_path):
    (tmp_path / "empty.csv").write_text("input,target\n")
    done = broker("import", "empty.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("empty.csv: ")
    assert "Traceback" not in done.stderr


def test_a_check_that_cannot_judge_is_told_and_not_kept(broker, tmp_path, database):
    (tmp_path / "tests.csv").write_text("q,__expected1,__expected2\nHi,regex:(,contains:x\n")
    done = broker("import", "tests.csv")
    assert done.returncode == 0
    assert "sample 1: regex: this check was left out: pattern: " in done.stderr
    with database.reader() as session:
        suite = load_suite(session, session.scalars(select(Suite)).one().id)
    assert [spec.name for spec in suite.samples[0].scorers] == ["includes"]


def test_a_run_prints_its_results_and_ends_with_0(broker, sums, acme, database):
    done = broker("run", sums, *offers(GOOD, BAD), "--epochs", "2", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["offer"] for one in found["offers"]] == [GOOD, BAD]
    assert [one["right"] for one in found["offers"]] == [2 * CALLS, 0]
    assert found["offers"][0]["accuracy"]["value"] == 1
    assert found["offers"][0]["accuracy"]["n"] == CALLS
    assert float(found["offers"][0]["cost"]) == pytest.approx(2 * CALLS * float(COST))
    assert found["pairs"][0]["verdict"]["kind"] in ("better", "worse")
    assert sum(acme.asked.values()) == 4 * CALLS
    assert (found["run"], found["status"]) == (the_run(database).id, "done")
    assert f"{4 * CALLS} of {4 * CALLS} answered" in done.stderr


def test_the_results_of_a_run_are_shown_again_by_the_beginning_of_its_id(broker, sums, database):
    told = json.loads(broker("run", sums, *offers(GOOD), "--json").stdout)
    run_id = the_run(database).id
    assert json.loads(broker("results", run_id[:6], "--json").stdout) == told
    shown = broker("results", run_id).stdout
    assert run_id in shown
    assert "100.0 %" in shown
    for wrong in ("", "xyz"):
        assert broker("results", wrong).returncode == 2


def test_only_so_many_samples_are_asked(broker, sums, acme):
    assert broker("run", sums, *offers(GOOD), "--limit", "3").returncode == 0
    assert sum(acme.asked.values()) == 3


@pytest.mark.parametrize(("least", "status"), [(f"{GOOD}=1", 0), (f"{BAD}=0.1", 5)])
def test_quality_below_a_threshold_ends_with_5(broker, sums, acme, least, status):
    done = broker("run", sums, *offers(GOOD, BAD), "--fail-under", least)
    assert done.returncode == status
    assert ("is below" in done.stderr) == (status == 5)


@pytest.mark.parametrize(("least", "status"), [(f"{GOOD}=0.8", 4), (f"{GOOD}=0.9", 5)])
def test_calls_that_failed_end_with_4_and_are_no_wrong_answers(broker, sums, acme, least, status):
    """But what was asked and not answered is no reason to let a threshold of quality pass."""
    acme.fails["3 + 1?"] = 400
    done = broker("run", sums, *offers(GOOD), "--json", "--fail-under", least)
    assert done.returncode == status
    assert (f"{GOOD} is below 0.9: 0.875 of all asked." in done.stderr) == (status == 5)
    [found] = json.loads(done.stdout)["offers"]
    assert found["accuracy"]["value"] == 1
    assert found["accuracy_of_asked"]["value"] == pytest.approx(1 - 1 / CALLS)
    assert found["outcomes"] == {"answered": CALLS - 1, "error": 1}
    assert found["errors"] == {"bad_request": 1}


def test_a_budget_ends_a_run_with_3_and_a_larger_one_goes_on_with_it(broker, sums, acme, database):
    reserved = Decimal(OPEN_OUTPUT * 2000 + input_at_most(QUESTION) * 1000) / 1_000_000
    budget = reserved + Decimal("2.5") * COST  # room for a call until three are paid
    done = broker("run", sums, *offers(GOOD), "--max-cost", str(budget), "--concurrency", "1")
    assert done.returncode == 3
    run, first = the_run(database), answered(database)
    assert len(first) == 3
    assert run.spent == 3 * COST
    assert f"--resume {run.id}" in done.stderr
    assert broker("run", "--resume", run.id, "--max-cost", "100").returncode == 0
    assert answered(database).items() >= first.items()
    assert len(answered(database)) == CALLS
    assert set(acme.asked.values()) == {1}


def test_shorter_answers_need_less_of_a_budget(broker, sums, acme, database):
    done = broker("run", sums, *offers(GOOD), "--max-cost", "1")
    assert done.returncode == 3
    assert "--max-tokens" in done.stderr
    assert not acme.asked
    done = broker("run", sums, *offers(GOOD), "--max-cost", "1", "--max-tokens", "5")
    assert done.returncode == 0
    assert "--max-tokens" not in done.stderr
    assert sum(acme.asked.values()) == CALLS


def test_no_budget_can_be_kept_where_a_price_is_unknown(broker, sums, acme):
    done = broker("run", sums, *offers(UNPRICED), "--max-cost", "1")
    assert done.returncode == 2
    assert UNPRICED in done.stderr
    assert "price" in done.stderr
    assert not acme.asked


def test_costs_are_unknown_where_a_price_is(broker, sums):
    found = json.loads(broker("run", sums, *offers(UNPRICED), "--json").stdout)["offers"][0]
    assert (found["cost"], found["cost_per_1000"]["value"]) == (None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["no such suite", *offers(GOOD)],
        ["sums"],
        ["sums", *offers("nowhere/nobody", GOOD)],
        ["sums", *offers(GOOD, GOOD)],
        ["sums", *offers(GOOD), "--max-cost", "much"],
        ["sums", *offers(GOOD), "--max-cost", "-1"],
        ["sums", *offers(GOOD), "--fail-under", GOOD],
        ["sums", *offers(GOOD), "--fail-under", f"{GOOD}=80"],
        ["sums", *offers(GOOD), "--fail-under", f"{BAD}=0.5"],
        ["sums", *offers(GOOD), "--judge", "nowhere/nobody"],
        ["--resume", "xyz"],
    ],
)
def test_what_makes_no_sense_ends_with_2_and_asks_nothing(broker, sums, acme, arguments):
    done = broker("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not acme.asked


@pytest.fixture
def held(
    sums: str, acme: Platform, environment: dict[str, str], tmp_path: Path, database: Database
) -> Iterator[subprocess.Popen[str]]:
    """A run in mid-flight: some calls are answered, the others wait for `acme.hold`."""
    acme.delay_s = 0.5
    command = [*COMMAND, "run", sums, *offers(GOOD), "--concurrency", "1"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until(lambda: len(answered(database)) >= 2)
            acme.hold = threading.Event()
            yield process
        finally:
            process.kill()


def go_on(acme: Platform) -> None:
    assert acme.hold is not None
    acme.hold.set()
    acme.delay_s = 0


def test_ctrl_c_pauses_a_run_and_says_how_to_go_on(broker, held, acme, database):
    held.send_signal(signal.SIGINT)
    _, told = held.communicate(timeout=PATIENCE_S)
    run = the_run(database)
    assert held.returncode == 130
    assert f"broker run --resume {run.id}" in told
    assert "Traceback" not in told
    assert run.status == "paused"
    before = answered(database)
    assert CALLS > len(before) >= 2
    go_on(acme)
    assert broker("run", "--resume", run.id).returncode == 0
    assert answered(database).items() >= before.items()
    assert len(answered(database)) == CALLS


def test_a_killed_run_goes_on_without_asking_again_what_was_answered(broker, held, acme, database):
    held.kill()
    held.wait(PATIENCE_S)
    run, before = the_run(database), answered(database)
    assert run.status == "running"
    assert CALLS > len(before) >= 2
    go_on(acme)
    done = broker("run", "--resume", run.id)
    assert done.returncode == 0, done.stderr
    assert answered(database).items() >= before.items()
    assert len(answered(database)) == CALLS
    assert set(acme.asked.values()) <= {1, 2}
    assert sum(acme.asked.values()) <= CALLS + 1  # the one that was under way may have been asked twice


def test_a_judge_sets_a_run_s_answers_side_by_side(broker, sums, acme, database):
    run_id = json.loads(broker("run", sums, *offers(GOOD, BAD), "--json").stdout)["run"]
    acme.replies["judge"] = '{"grade": "1"}'  # whatever stands first
    done = broker("judge-pairs", run_id[:8], "--judge", "acme/judge", "--baseline", BAD, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["done"], found["run"]) == (0, CALLS, run_id)
    (against,) = found["against"]
    assert (against["ties"], against["contradictory"], against["rate"]["value"]) == (CALLS, CALLS, 0.5)
    assert Decimal(found["cost"]) == 2 * CALLS * COST
    assert f"{2 * CALLS} calls to the judge" in done.stderr
    assert "same maker" in done.stderr
    refused = broker("judge-pairs", run_id, "--judge", GOOD)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is itself a contestant" in refused.stderr
    nothing = broker("judge-answers", run_id, "--judge", "acme/judge")
    assert nothing.returncode == 2
    assert "no answer is left to a model" in nothing.stderr


def test_answers_that_the_judge_left_unjudged_end_with_4_and_can_be_judged_again(broker, acme, database):
    acme.think["judge"] = lambda asked: "No." if "0 + 1?" in asked else '{"grade": "5"}'
    suite = made_up_sums(3, ScorerSpec("rubric", {"rubric": "Is it right?"}), ScorerSpec("exact"))
    with database.writer() as session:
        save_suite(session, suite, "ada")
    done = broker("run", suite.name, *offers(GOOD), "--judge", "acme/judge")
    assert done.returncode == 4
    run_id = the_run(database).id
    assert f"Answers left unjudged: 1. To have them judged: broker judge-answers {run_id}" in done.stderr
    assert "good: 1 not judged" in done.stdout
    acme.think["judge"] = lambda _: '{"grade": "5"}'
    again = broker("judge-answers", run_id)
    assert (again.returncode, "not judged" in again.stdout) == (0, False)
    assert acme.judged == 4


def test_a_judge_s_budget_ends_with_3_and_a_larger_one_goes_on(broker, sums, acme, database):
    run_id = json.loads(broker("run", sums, *offers(GOOD, BAD), "--json").stdout)["run"]
    acme.replies["judge"] = '{"grade": "tie"}'
    arguments = ("judge-pairs", run_id, "--judge", "acme/judge")
    short = broker(*arguments, "--max-cost", "0.01")
    assert short.returncode == 3
    assert f"0 of {CALLS} judged" in short.stderr
    review = short.stderr.split("Review ")[1].split(":")[0]
    assert broker("judge-pairs", run_id, "--resume", review, "--max-cost", "99").returncode == 0
    assert acme.judged == 2 * CALLS


def test_answers_made_elsewhere_are_scored_here(broker, sums, database, tmp_path):
    answers = [f"{i} + 1?,It is {i + 1}.,{i + (i > 1)}" for i in range(CALLS)]
    (tmp_path / "theirs.csv").write_text("\n".join(("input,model-a,model-b", *answers)))
    done = broker("import-results", "theirs.csv", "--suite", sums, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kind"] == "imported"
    assert all(one["kind"] == "imported" and one["total"] is None for one in found["offers"])
    assert all("(imported)" in one["label"] for one in found["offers"])
    assert the_run(database).name == "theirs"
    (tmp_path / "strangers.csv").write_text("input,model-a\nWho?,Nobody.\n")
    assert broker("import-results", "strangers.csv", "--suite", sums).returncode == 2


def test_of_a_wide_file_only_the_named_columns_are_models(broker, sums, tmp_path, database):
    (tmp_path / "wide.csv").write_text(
        "input,model-a,notes,model-b,provider\n0 + 1?,1,easy,2,x\n1 + 1?,2,,2,y\n"
    )
    named = ("--answers", "model-a", "--answers", "model-b")
    done = broker("import-results", "wide.csv", "--suite", sums, *named, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["offers"]
    assert [(one["offer"], one["right"], one["asked"]) for one in found] == [
        ("model-a", 2, 2),
        ("model-b", 1, 2),
    ]
    assert "notes: this column was not imported" in done.stderr
    with database.reader() as session:
        kept = session.get_one(SuiteFile, the_run(database).offers[0]["file"]["sha256"])
    assert (kept.name, kept.data) == ("wide.csv", (tmp_path / "wide.csv").read_bytes())
    refused = broker("import-results", "wide.csv", "--suite", sums, "--answers", "model-c")
    assert refused.returncode == 2
    assert "there is no column model-c" in refused.stderr


def test_the_sheet_with_the_answers_is_named(broker, sums, tmp_path):
    book = openpyxl.Workbook()
    for title, right in (("May", 9), ("June", 1)):
        sheet = book.create_sheet(title)
        sheet.append(["input", title])
        sheet.append(["0 + 1?", right])
    book.save(tmp_path / "theirs.xlsx")
    for more, found in (((), ("May", 0)), (("--sheet", "June"), ("June", 1))):
        done = broker("import-results", "theirs.xlsx", "--suite", sums, *more, "--json")
        assert done.returncode == 0, done.stderr
        [one] = json.loads(done.stdout)["offers"]
        assert (one["offer"], one["right"]) == found
    refused = broker("import-results", "theirs.xlsx", "--suite", sums, "--sheet", "July")
    assert (refused.returncode, "no sheet 'July' with values; it has May, June" in refused.stderr) == (
        2,
        True,
    )


def test_columns_that_say_nothing_are_named_on_the_command_line(broker, sums, tmp_path):
    (tmp_path / "theirs.csv").write_text("Vraag;Antwoord A\n0 + 1?;1\n")
    refused = broker("import-results", "theirs.csv", "--suite", sums)
    assert refused.returncode == 2
    assert "expected a column with answers and one with the sample's id or question" in refused.stderr
    assert "Name each column of answers with --answers" in refused.stderr
    done = broker("import-results", "theirs.csv", "--suite", sums, "--answers", "Antwoord A", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["offers"][0]["offer"] == "Antwoord A"


def test_a_second_file_says_how_answers_are_judged(broker, tmp_path, database):
    data = ROOT / "tests" / "data" / "imports"
    done = broker("import", str(data / "openai_match.jsonl"), "--graders", str(data / "openai_graded.yaml"))
    assert done.returncode == 0, done.stderr
    assert "judged by rubric" in done.stdout
    with database.reader() as session:
        suite = load_suite(session, session.scalars(select(Suite)).one().id)
    assert "A kind answer: silver lining" in suite.samples[0].scorers[0].settings["rubric"]


def test_answers_are_written_to_a_file_and_other_formats_to_standard_output(broker, sums, tmp_path, database):
    broker("run", sums, *offers(GOOD, BAD))
    run_id = the_run(database).id
    assert broker("results", run_id, "--csv", "answers.csv").returncode == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text("utf-8-sig"))))
    assert len(rows) == 2 * CALLS
    assert {row["answer"] for row in rows if row["sample"] == rows[0]["sample"]} == {"1", "2"}
    promptfoo = json.loads(broker("results", run_id, "--format", "promptfoo").stdout)
    assert promptfoo["results"]["stats"]["successes"] == CALLS
    assert broker("results", run_id, "--format", "inspect").returncode == 2
    log = json.loads(broker("results", run_id, "--format", "inspect", "--offer", BAD).stdout)
    assert (log["eval"]["model"], len(log["samples"])) == (BAD, CALLS)
    assert broker("results", run_id, "--format", "xml").returncode == 2


@pytest.mark.local_model
def test_a_starter_suite_on_the_models_of_this_machine(broker, environment, tmp_path, database):
    models = ("local/smollm2-135m", "local/smollm2-135m-creative")
    arguments = ["run", "procurement-sums", *offers(*models), "--limit", "6", "--max-cost", "1"]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(lambda: len(answered(database)) >= 3, 120)
        process.kill()
    before = answered(database)
    assert 3 <= len(before) < 12
    wait_until_gone(tmp_path / "broker.db", 10)
    done = broker("run", "--resume", the_run(database).id, "--json", "--fail-under", f"{models[0]}=0.99")
    assert done.returncode == 5, done.stderr  # a model this small cannot do sums
    assert answered(database).items() >= before.items()
    assert len(answered(database)) == 12
    found = json.loads(done.stdout)
    assert [one["asked"] for one in found["offers"]] == [6, 6]
    assert all(one["cost"] == "0" or float(one["cost"]) == 0 for one in found["offers"])
    assert all(one["total"]["p50"]["value"] > 0 for one in found["offers"])
    assert model_servers(tmp_path / "broker.db") == []


def test_a_terminal_shows_a_bar(sums, acme, environment, tmp_path):
    reader, writer = os.openpty()
    drawn: list[bytes] = []

    def read():
        with suppress(OSError):  # the terminal's other end is closed
            while part := os.read(reader, 4096):
                drawn.append(part)

    screen = threading.Thread(target=read)
    screen.start()
    command = [*COMMAND, "run", sums, *offers(GOOD)]
    done = subprocess.run(
        command,
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=writer,
        timeout=120,
        check=False,
    )
    os.close(writer)
    screen.join(PATIENCE_S)
    os.close(reader)
    shown = b"".join(drawn).decode()
    assert done.returncode == 0
    assert f"{CALLS} of {CALLS} answered" in shown
    assert "━" in shown
    assert "\x1b" not in done.stdout.decode()
