"""The commands for test sets: list suites, read them from files, read answers made elsewhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker import cli_columns, cli_judging, cli_results, cli_run
from broker.cli_listing import harmless, json_line
from broker.cli_named import suite_named

if TYPE_CHECKING:
    from broker.suites import Suite
    from broker.suites.importers.report import Problem

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
_Existing = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
_Graders = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, readable=True, help="How an OpenAI eval's answers are judged."),
]
_Answers = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="A column of answers in a table, else all that seem to be one."),
]

_NAME_THEM = (
    "Name each column of answers with --answers; of the others, one called id or question finds the samples, "
    "else the first."
)


def register(app: typer.Typer) -> None:
    """Add the commands of benchmarks."""
    app.command()(suites)
    app.command("import")(import_suite)
    app.command("import-results")(import_results)
    app.command()(cli_run.run)
    app.command()(cli_results.results)
    app.command("judge-pairs")(cli_judging.judge_pairs)
    app.command("judge-answers")(cli_judging.judge_answers)


def suites(as_json: _AsJson = False) -> None:
    """List the suites: those kept here, and the starters that are ready to run."""
    from broker.suites.starters import starters
    from db import benchmark_queries as queries
    from db.session import open_database

    with open_database().reader() as session:
        kept = session.scalars(queries.suites()).all()
    rows = [_suite_row(one.name, one.version, one.sample_count, one.source) for one in kept]
    known = {one.name for one in kept}
    rows += [_suite_row(s.name, None, len(s.samples), s.source) for s in starters() if s.name not in known]
    for row in rows:
        typer.echo(json_line(row) if as_json else harmless(_suite_line(row)))


def import_suite(  # noqa: PLR0917 - a command's options are its arguments
    file: _Existing,
    name: Annotated[str | None, typer.Option(help="The suite's name, else the file's.")] = None,
    graders: _Graders = None,
    question: cli_columns.Question = None,
    target: cli_columns.Target = None,
    choice: cli_columns.Choice = None,
    tag: cli_columns.Tag = None,
    case_id: cli_columns.Id = None,
    document: cli_columns.Document = None,
    sheet: cli_columns.Sheet = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read only; keep nothing.")] = False,
) -> None:
    """Read a test set: CSV, XLSX, JSON, promptfoo, OpenAI evals, Inspect, GSM8K, MMLU, Bedrock, Azure.

    Of a table, the columns that are not named are proposed by their names and what stands in them.
    """
    from dataclasses import replace

    from broker.config import user_name
    from broker.imports import read_suites
    from broker.suites.importers import ImportRefused
    from broker.suites.store import File, save_suite
    from db.session import open_database

    data = file.read_bytes()
    try:
        second = (graders.name, graders.read_bytes()) if graders else None
        fields = cli_columns.named(question, target, choice, tag, id=case_id, cluster=document)
        mapping = cli_columns.mapping_of((file.name, data), fields, second, sheet)
        found = read_suites(file.name, data, mapping, second, sheet)
    except ImportRefused as error:
        raise _refused(error) from None
    _tell(found.problems)
    original = File(file.name, data, File(*second) if second else None)
    for suite in found.suites:
        named = replace(suite, name=_title(suite, name, len(found.suites)))
        typer.echo(harmless(f"{found.format}: {_described(named)}"))
        if named.unjudged:
            typer.echo(harmless(_unjudged(named)), err=True)
        if not dry_run:
            with open_database().writer() as session:
                _, version = save_suite(session, named, user_name(), original)
            typer.echo(f"Kept as {named.name!r}, version {version}.")


def import_results(  # noqa: PLR0917
    file: _Existing,
    suite: Annotated[str, typer.Option(help="The suite whose samples were answered.")],
    name: Annotated[str | None, typer.Option(help="The run's name, else the file's.")] = None,
    answers: _Answers = None,
    sheet: cli_columns.Sheet = None,
    as_json: _AsJson = False,
) -> None:
    """Read answers made elsewhere and score them here: of use for quality, never for speed."""
    from broker.config import user_name
    from broker.runs.imported import keep_imported, scored
    from broker.suites.importers import ImportRefused
    from broker.suites.results_import import proposed_columns, read_results
    from broker.suites.results_import.report import ColumnsUnsettled
    from broker.suites.store import File, load_suite
    from db.session import open_database

    suite_id, database = suite_named(suite), open_database()
    with database.reader() as session:
        asked = load_suite(session, suite_id)
    data = file.read_bytes()
    try:
        columns = proposed_columns(file.name, data, answers, sheet) if answers else None
        found = read_results(file.name, data, asked, columns, sheet)
    except ImportRefused as error:
        raise _refused(f"{error} {_NAME_THEM}" if isinstance(error, ColumnsUnsettled) else error) from None
    _tell((*found.unmatched, *found.problems))
    cells = scored(asked, found)
    with database.writer() as session:
        run_id = keep_imported(
            session,
            cells,
            found,
            suite_id,
            name=name or file.stem,
            user=user_name(),
            file=File(file.name, data),
        )
    with database.reader() as session:
        cli_results.show(session, run_id, as_json=as_json)


def _suite_row(name: str, version: int | None, samples: int, source: str) -> dict[str, Any]:
    """A suite as the flat object that `broker suites --json` prints; an unused starter has no version."""
    return {"suite": name, "version": version, "samples": samples, "source": source}


def _suite_line(row: dict[str, Any]) -> str:
    version = "" if row["version"] is None else f"version {row['version']}"
    return f"{row['suite']:<32} {row['samples']:>7,} samples  {version:<12} {row['source']}"


def _title(suite: "Suite", name: str | None, several: int) -> str:
    return suite.name if name is None else name if several == 1 else f"{name}: {suite.name}"


def _described(suite: "Suite") -> str:
    specs = {spec.name: None for sample in suite.samples for spec in sample.scorers or suite.scorers}
    judged = f"judged by {', '.join(specs)}" if specs else "with nothing that judges the answers"
    return f"{suite.name}, {len(suite.samples):,} samples, {judged}"


def _unjudged(suite: "Suite") -> str:
    several = f"{suite.unjudged:,} of {len(suite.samples):,} samples"
    return f"{suite.name}: nothing judges the answers to {several}. --target names a column of right answers."


def _tell(problems: "Iterable[Problem]") -> None:
    """What was not taken over goes to standard error."""
    for problem in problems:
        typer.echo(harmless(str(problem)), err=True)


def _refused(error: Exception | str) -> typer.Exit:
    typer.echo(harmless(str(error)), err=True)
    return typer.Exit(2)
