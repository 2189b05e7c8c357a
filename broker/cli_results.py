"""A run's results on a terminal and as JSON, and as files of other programs."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.cli_listing import digits, harmless

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from broker.results import RunResults
    from broker.results.leaderboard import Standing
    from broker.results.pairs import PairVerdict


def results(
    run: Annotated[str, typer.Argument(help="A run's id, or the beginning of one.")],
    csv: Annotated[Path | None, typer.Option(help="Write one row an answer to this file.")] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="csv, summary, pairs, parquet, promptfoo or inspect, to standard output."
        ),
    ] = "",
    offer: Annotated[str | None, typer.Option(help="Only this offer's answers in a file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what a run came to: each offer with its intervals, and each pair's verdict."""
    from db.session import open_database

    with open_database().reader() as session:
        run_id = run_named(session, run)
        if csv is not None:
            with csv.open("wb") as file:
                file.writelines(_written(session, run_id, "csv", offer))
        if form:
            sys.stdout.buffer.writelines(_written(session, run_id, form, offer))
        elif csv is None:
            show(session, run_id, as_json=as_json)


def load() -> None:
    """Load what `show` needs: an eighth of a second, the first time."""
    for name in ("load", "leaderboard", "pairs"):
        import_module(f"broker.results.{name}")
    import_module("scipy.special")  # their figures load it


def show(session: "Session", run_id: str, *, as_json: bool) -> None:
    """Print a run's results."""
    from broker.results.leaderboard import leaderboard
    from broker.results.load import load_run
    from broker.results.pairs import pairs

    found = load_run(session, run_id)
    board, couples = leaderboard(found), pairs(found)
    if as_json:
        typer.echo(json.dumps(results_row(found, board, couples), ensure_ascii=False, default=digits))
    else:
        typer.echo(harmless("\n".join(_lines(found, board, couples))))


def results_row(run: "RunResults", board: "list[Standing]", couples: "list[PairVerdict]") -> dict[str, Any]:
    """A run as the object that `--json` prints; unknown is null, money a text of digits."""
    return {
        "run": run.id,
        "name": run.name,
        "kind": run.kind,
        "status": run.status,
        "timings_reliable": None if _unwatched(run) else run.timings_reliable,
        "lag_p95_ms": run.lag_p95_ms,
        "offers": [asdict(standing) for standing in board],
        "pairs": [asdict(couple) for couple in couples],
    }


def _unwatched(run: "RunResults") -> bool:
    """Whether nobody knows how far the clocks can be trusted."""
    return run.kind == "measured" and run.lag_p95_ms is None


def run_named(session: "Session", text: str) -> str:
    """The id of the run that is meant; ends with status 2 where there is not exactly one."""
    from db import benchmark_queries as queries
    from db.benchmarks import Run

    found = session.scalars(queries.runs().where(Run.id.startswith(text, autoescape=True)).limit(2)).all()
    if len(found) == 1 and text:
        return found[0].id
    typer.echo(f"{'Several runs begin with' if found else 'There is no run'} {text!r}.", err=True)
    raise typer.Exit(2)


def _written(session: "Session", run_id: str, form: str, offer: str | None) -> Iterator[bytes]:
    from broker.benchmark_export import FORMATS

    if form not in FORMATS:
        typer.echo(f"No format {form!r}; there are {', '.join(FORMATS)}.", err=True)
        raise typer.Exit(2)
    try:
        yield from FORMATS[form].write(session, run_id, offer)
    except ValueError as error:
        typer.echo(f"{error} (--offer ID)", err=True)
        raise typer.Exit(2) from None


def _lines(run: "RunResults", board: "list[Standing]", couples: "list[PairVerdict]") -> Iterator[str]:
    from broker.cli_figures import table

    yield f"Run {run.id}: {run.name}, {run.kind}, {run.status}."
    yield "In brackets the 95 % interval, which in simulations held in 93 to 99 of 100 cases."
    yield from table(board)
    for standing in board:
        if told := _aside(standing):
            yield f"{standing.label}: {told}."
    yield from (couple.verdict.sentence for couple in couples)
    if _unwatched(run):
        yield "How late this machine was is not known, so times may be unreliable."
    elif run.kind == "measured" and not run.timings_reliable:
        yield f"Times are unreliable: this machine was up to {run.lag_p95_ms:.0f} ms late (p95)."


def _aside(standing: "Standing") -> str:
    """What did not come to an answer that could be judged."""
    others = [f"{count} {name}" for name, count in standing.outcomes.items() if name != "answered"]
    kinds = [f"{kind} {count}" for kind, count in standing.errors.items()]
    unjudged = [f"{standing.unjudged} not judged"] if standing.unjudged else []
    return ", ".join([*others, *unjudged]) + (f" ({', '.join(kinds)})" if kinds else "")
