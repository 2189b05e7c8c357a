"""`broker run`: a suite asked of offers, with an exit status for those who build on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from broker import cli_fail_under as fail_under_of
from broker.cli_job import BELOW, BROKEN, BUDGET, FAILED, Kind, carried_out, interruptible
from broker.cli_listing import config_in_force, engine, harmless
from broker.cli_named import dollars, offer_named, suite_named, usage
from broker.cli_results import load, run_named, show
from broker.runs import DEFAULT_CONCURRENCY, Order

if TYPE_CHECKING:
    from broker.config import Config
    from broker.runs.preview import Preview


def run(  # noqa: PLR0917 - a command's options are its arguments
    suite: Annotated[str, typer.Argument(help="A suite's name, name@version, id, or a starter's.")] = "",
    offer: Annotated[
        list[str] | None, typer.Option(help="An offer's id, platform/model; repeat it to compare.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many samples, drawn at random.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often each sample is asked.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at once.")] = DEFAULT_CONCURRENCY,
    max_cost: Annotated[
        Decimal | None, typer.Option(parser=dollars, metavar="USD", help="Spend no more than this.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="The longest answer, in tokens, instead of the suite's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the order of the calls.")] = 0,
    judge: Annotated[str | None, typer.Option(help="The offer that judges where a rule cannot.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with this run instead.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="OFFER=SHARE", help="Status 5 if its accuracy, of all asked, is lower."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The results as one JSON object.")] = False,
) -> None:
    """Run a suite. Exit status 0 done, 5 below --fail-under, 3 budget reached, 4 some calls failed.

    Ctrl-C pauses the run; --resume goes on with it, also after a crash, without asking anything twice that
    was answered.
    """
    least = fail_under_of.least(fail_under or [])
    with engine() as running, interruptible(_runs()) as begun:
        if resume is not None:
            run_id = _resumed(resume, max_cost)
        else:
            from broker.types import Params

            config = config_in_force()
            order = Order(
                suite_named(suite),
                tuple(offer_named(config, name) for name in offer or []),
                epochs=epochs,
                limit=limit,
                params=Params(max_tokens=max_tokens),
                concurrency=concurrency,
                seed=seed,
                budget=max_cost,
                judge=None if judge is None else offer_named(config, judge),
            )
            run_id = _started(order, config, begun)
        fail_under_of.check(run_id, least)
        status = carried_out(_runs(), run_id, running)
    raise typer.Exit(_concluded(run_id, status, least, as_json=as_json))


def _started(order: Order, config: "Config", begun: list[str]) -> str:
    """The id of a new run, put among those `begun` too; what is to be expected goes to standard error."""
    from dataclasses import replace

    from broker.config import user_name
    from broker.runs.preview import preview
    from broker.runs.start import start
    from db.session import open_database

    try:
        with open_database().reader() as session:
            expected = preview(session, order, config.providers)
        with open_database().writer() as session:
            run_id = start(session, replace(order, user=user_name()), config.providers)
            begun.append(run_id)
    except (ValueError, LookupError) as error:
        raise usage(str(error)) from None
    typer.echo("\n".join((f"Run {run_id}: {_foretold(expected)}", *expected.warnings)), err=True)
    return run_id


def _foretold(expected: "Preview") -> str:
    cost, reach = expected.cost, expected.detectable
    priced = "unknown" if cost is None else f"${cost.low:.4g} to ${cost.high:.4g}"
    few = "are too few to tell two offers apart"
    told = few if reach is None else f"can show differences from {reach * 100:.0f} points"
    return f"{expected.calls:,} calls; cost {priced}; {expected.samples:,} samples {told}."


def _resumed(text: str, max_cost: Decimal | None) -> str:
    """The id of a run that waits again, or that somebody works on, or did until a crash."""
    from db.benchmark_changes import request
    from db.benchmarks import Run
    from db.session import open_database

    with open_database().reader() as session:
        run_id = run_named(session, text)
        status = session.get_one(Run, run_id).status
    if status in ("paused", "cancelled", "budget", "failed"):
        with open_database().writer() as session:
            request(session, run_id, "resume", max_cost)
    return run_id


def _runs() -> Kind:
    from broker.runs.execute import execute
    from broker.runs.progress import progress
    from db.benchmark_changes import request

    return Kind(execute, progress, request, "broker run --resume", load)


def _concluded(run_id: str, status: str, least: Mapping[str, float], *, as_json: bool) -> int:
    """Print the results and return the exit status; quality counts before what was left out."""
    from broker.results.load import load_run
    from broker.runs.progress import progress
    from db.session import open_database

    with open_database().reader() as session:
        show(session, run_id, as_json=as_json)
        now = progress(session, run_id)
        below = fail_under_of.below(load_run(session, run_id), least)
    for line in below:
        typer.echo(line, err=True)
    if now.problem:
        typer.echo(harmless(now.problem), err=True)
    if below:
        return BELOW
    if status != "done":
        if status == "budget":
            told = f"The budget is reached: {now.done:,} of {now.total:,} answered. To go on: "
            typer.echo(f"{told}broker run --resume {run_id} --max-cost USD", err=True)
        return BUDGET if status == "budget" else BROKEN
    if now.unjudged:
        told = f"Answers left unjudged: {now.unjudged:,}. To have them judged: "
        typer.echo(f"{told}broker judge-answers {run_id}", err=True)
    return FAILED if now.failed or now.unjudged else 0
