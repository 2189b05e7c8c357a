"""`broker compare`: from runs that are kept to a choice, its exit status, its files."""

import csv
import io
import json
import re
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from click.testing import Result
from typer.testing import CliRunner

from broker import cli_compare
from broker.cli import app
from broker.comparison import Wanted
from broker.comparison.evidence import Ground
from broker.comparison.sentence import recommendation
from broker.export import BOM
from broker.stats import Estimate
from broker.workload import Tokens, Workload
from broker.workload.store import save_workload
from db.session import open_database
from tests.comparisontools import config, keep, suite
from tests.dbtools import fresh_database
from tests.made_up_shortlist import shortlist

GOOD, POOR = "acme/good", "other/poor"
LETTERS = ("--suite", "Letters")
# Neither offer's weights are known by their ids, so neither are their other doors. All calls cost alike, so
# cost has no interval.
TESTED = (*LETTERS, "--scope", "tested", "--weight", "independence=0")
MEASURED = (*TESTED, "--weight", "cost=0")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Of forty letters one offer got 36 right, the other 8, at the same price."""
    folder = tmp_path_factory.mktemp("compare")
    with fresh_database("sqlite", folder) as database, pytest.MonkeyPatch.context() as patched:
        verdicts = {GOOD: "+" * 36 + "-" * 4, POOR: "+" * 8 + "-" * 32}
        keep(database, suite("Letters", 40), verdicts, cost=Decimal("0.01"))
        patched.setenv("BROKER_DATABASE_URL", str(database.url))
        patched.setattr(cli_compare, "config_in_force", lambda: config(GOOD, POOR))
        yield


def compare(*options: str) -> Result:
    return CliRunner().invoke(app, ["compare", *options])


@pytest.mark.usefixtures("kept")
def test_a_choice_with_its_table_and_points() -> None:
    done = compare(*MEASURED)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Choose GOOD · Acme: 90 % quality, $10.00 per 1,000 tasks, first in ")
    table = [line.split("  ") for line in lines if " · " in line and " pass " in line]
    assert [row[0] for row in table] == ["GOOD · Acme", "POOR · Other"]
    assert "90.0 % (76.9 to 96.0, n = 40)" in table[0]  # Wilson's interval of 36 in 40
    assert any(re.fullmatch(r" *0\.\d\d \(0\.\d\d to 0\.\d\d\)", cell) for cell in table[0])
    assert any(re.fullmatch(r" *0\.12 s \(0\.1\d to 0\.1\d, n = 40\)", cell) for cell in table[0])
    assert any(line.startswith("As of 20") and "95 % intervals" in line for line in lines)
    assert any(line.startswith("It was right in 90 %") and "n = 40" in line for line in lines)


@pytest.mark.usefixtures("kept")
def test_how_often_one_comes_first_is_unknown_where_a_cost_has_no_interval() -> None:
    done = compare(*TESTED)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].endswith(
        "no interval can be given for the cost of GOOD · Acme and POOR · Other (n = 40)."
    )
    table = [line.split() for line in lines if " · " in line and " pass " in line]
    assert [row[row.index("pass") + 2] for row in table] == ["unknown"] * 2  # beside the score
    assert json.loads(compare(*TESTED, "--json").stdout)["tone"] == "close"


def test_a_row_says_what_is_imported_and_which_calls_were_timed() -> None:
    found = shortlist()
    first = found.ranked[0].evidence
    assert first.speed is not None
    told = replace(
        first,
        results=tuple(replace(one, origin="imported") for one in first.results),
        speed=replace(first.speed, origin="calls"),
        year=Estimate(15_427.0, 12_000.0, 24_000.0, 400, "made up"),
    )
    now = replace(found, ranked=(replace(found.ranked[0], evidence=told), *found.ranked[1:]))
    rows = list(cli_compare.lines(now, recommendation(now)))
    row = next(line for line in rows if line.startswith(f"{first.label} "))
    assert "91.2 % (88.5 to 93.4, n = 500), imported" in row
    assert "$15,427 a year (12,000 to 24,000, n = 400)" in row
    assert "1.40 s (1.26 to 1.61, n = 500), all recorded calls" in row
    other = next(line for line in rows if line.startswith(found.ranked[1].evidence.label))
    assert "imported" not in other
    assert "recorded" not in other


@pytest.mark.usefixtures("kept")
def test_must_haves_that_nobody_passes() -> None:
    done = compare(*MEASURED, "--gate", "quality>=95%", "--gate", "hipaa")
    assert done.exit_code == 6
    assert done.stdout.startswith("No offer is shown to pass all must-haves.\n")
    assert "POOR · Other: fail at Quality ≥ 95 %. Measured 20.0 %" in done.stdout
    assert "GOOD · Acme: unknown at HIPAA BAA. Nothing is known about it." in done.stdout


@pytest.mark.usefixtures("kept")
def test_files_and_json_have_the_same_rows(tmp_path: Path) -> None:
    file = tmp_path / "offers.csv"
    done = compare(*MEASURED, "--csv", str(file), "--json")
    told = json.loads(done.stdout)
    assert told["tone"] == "clear"
    assert told["headline"].startswith("Choose GOOD")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8").removeprefix(BOM))))
    assert [row["offer"] for row in rows] == [row["offer"] for row in told["offers"]] == [GOOD, POOR]
    assert list(rows[0]) == list(told["offers"][0])


@pytest.mark.usefixtures("kept")
def test_a_name_that_is_not_there_ends_with_status_2_and_the_names_that_are() -> None:
    done = compare(*MEASURED, "--suite", "Leters", "--workload", "Mail", "--offer", "acme/god", "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    suite, workload, offer = done.stderr.splitlines()
    assert suite == "There is no suite “Leters”. There are Letters."
    assert workload == "There is no workload “Mail”. There are none yet."
    assert offer.startswith("There is no offer “acme/god”. There are acme/good, ")


def test_of_many_names_the_nearest_are_told_first() -> None:
    names = frozenset(f"Suite {i}" for i in range(40)) | {"Invoices"}
    ground = SimpleNamespace(stored=SimpleNamespace(suites=names, workloads={"Spring": None}), every={})
    wanted = Wanted(suites=(("Invoice", 1), ("Suite 7", 1)), workload="Spring")
    (told,) = cli_compare.unknown_names(wanted, cast(Ground, ground))
    assert told.startswith("There is no suite “Invoice”. There are Invoices, Suite ")
    assert told.endswith(f" and {41 - 6} more.")


@pytest.mark.usefixtures("kept")
def test_json_says_what_was_asked_and_what_is_wrong_with_it() -> None:
    with open_database().writer() as session:
        past = Workload("Past", Decimal(9), date(2020, 1, 1), Tokens(Decimal(9), Decimal(9)))
        save_workload(session, past, None)
    done = compare(*MEASURED, "--workload", "Past", "--json")
    told = json.loads(done.stdout)
    assert told["asked"]["suite"] == ["Letters"]
    assert (told["asked"]["workload"], told["asked"]["independence"]) == ("Past", "0")
    (problem,) = told["problems"]
    assert "January 2020 to December 2020, is over" in problem
    assert problem in done.stderr
    assert date.fromisoformat(told["as_of"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gate", "hippa"), "Did you mean hipaa?"),
        (("--weight", "qality=40"), "Expected one of quality, cost, speed, assurance, independence"),
        (("--weight", "quality=400"), "from 0 to 100"),
        (("--weight", "quality"), "from 0 to 100"),
        (("--scope", "moon"), "Expected one of tested, doors, ready, catalogue."),
        (("--suite", "Letters:x:9999999999"), "whole number"),
    ],
)
def test_wrong_options_end_with_status_2(options: tuple[str, ...], said: str) -> None:
    done = compare(*LETTERS, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("kept")
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    done = compare(*MEASURED, "--csv", str(tmp_path / "missing" / "offers.csv"))
    assert done.exit_code == 2
    assert "No such file" in done.stderr
    assert not done.exception or isinstance(done.exception, SystemExit)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_words_control_the_terminal(tmp_path: Path, form: tuple[str, ...]) -> None:
    words = "\x1b[2J\x9b2J\u202e\udc80="
    more = ("--gate", f"maker!={words}", "--csv", str(tmp_path / "offers.csv"))
    done = compare(*MEASURED, *more, *form)
    assert done.exit_code == 0
    refused = compare(*MEASURED, "--workload", words, *form)
    assert refused.exit_code == 2
    assert not re.search("[\x1b\x9b\u202e\udc80]", done.stdout + done.stderr + refused.stderr)
    assert "2J2J=" in refused.stderr
    assert (tmp_path / "offers.csv").read_text(encoding="utf-8").startswith(BOM)


@pytest.mark.usefixtures("kept")
def test_long_tables_are_cut() -> None:
    done = compare("--scope", "catalogue", "--gate", "hipaa")
    assert "more; --csv FILE has them all." in done.stdout
    assert len(done.stdout.splitlines()) < 120
