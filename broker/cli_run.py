"""`broker run`: a suite asked of offers, with an exit status for those who build on it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli_listing import config_in_force, engine, harmless
from broker.cli_progress import shown
from broker.cli_results import run_named, show
from broker.runs import DEFAULT_CONCURRENCY, Order

if TYPE_CHECKING:
    from broker.cli_progress import Show
    from broker.config import Config
    from broker.results import RunResults
    from broker.runs.preview import Preview
    from broker.runtime import Runtime
    from broker.types import Offer

BUDGET, FAILED, BELOW, BROKEN, INTERRUPTED = 3, 4, 5, 1, 130
_LOOK_S = 0.5


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is no amount of US dollars") from None
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(f"{text!r} is no amount of US dollars")
    return amount


def run(  # noqa: PLR0917 - a command's options are its arguments
    suite: Annotated[str, typer.Argument(help="A suite's name, name@version, id, or a starter's.")] = "",
    offer: Annotated[
        list[str] | None, typer.Option(help="An offer's id, platform/model; repeat it to compare.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many samples, drawn at random.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often each sample is asked.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at once.")] = DEFAULT_CONCURRENCY,
    max_cost: Annotated[
        Decimal | None, typer.Option(parser=_dollars, metavar="USD", help="Spend no more than this.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="The longest answer, in tokens, instead of the suite's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the order of the calls.")] = 0,
    judge: Annotated[str | None, typer.Option(help="The offer that judges where a rule cannot.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with this run instead.")] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option(metavar="OFFER=SHARE", help="Status 5 if its accuracy is lower.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The results as one JSON object.")] = False,
) -> None:
    """Run a suite. Exit status 0 done, 5 below --fail-under, 3 budget reached, 4 some calls failed.

    Ctrl-C pauses the run; --resume goes on with it, also after a crash, without asking anything twice that
    was answered.
    """
    least = _least(fail_under or [])
    with engine() as running:
        if resume is not None:
            run_id = _resumed(resume, max_cost)
        else:
            from broker.types import Params

            config = config_in_force()
            order = Order(
                suite_named(suite),
                tuple(_offer(config, name) for name in offer or []),
                epochs=epochs,
                limit=limit,
                params=Params(max_tokens=max_tokens),
                concurrency=concurrency,
                seed=seed,
                budget=max_cost,
                judge=None if judge is None else _offer(config, judge),
            )
            run_id = _started(order, config)
        _check_least(run_id, least)
        status = _carried_out(run_id, running)
    raise typer.Exit(_concluded(run_id, status, least, as_json=as_json))


def suite_named(name: str) -> str:
    """The suite's version; a starter is kept at its first use."""
    from broker.suites.starters import FILES, starters
    from broker.suites.store import find_suite, save_suite
    from db.session import open_database

    with open_database().reader() as session:
        found = find_suite(session, name)
    if found is not None:
        return found.id
    for file, starter in zip(FILES, starters(), strict=True):
        if name.casefold() in (file, starter.name.casefold()):
            with open_database().writer() as session:
                return save_suite(session, starter, None)[0]
    raise _usage(f"There is no suite {name!r}; `broker suites` lists them.")


def _offer(config: "Config", name: str) -> "Offer":
    from broker import catalog

    found = catalog.find(config, name)
    if found is None:
        raise _usage(f"No offer {name!r}. `broker offers --search TEXT` lists offers.")
    return found


def _started(order: Order, config: "Config") -> str:
    """The id of a new run; what is to be expected of it goes to standard error."""
    from dataclasses import replace

    from broker.config import user_name
    from broker.runs.preview import preview
    from broker.runs.start import start
    from db.session import open_database

    try:
        with open_database().writer() as session:
            run_id = start(session, replace(order, user=user_name()), config.providers)
        with open_database().reader() as session:
            expected = preview(session, order, config.providers)
    except (ValueError, LookupError) as error:
        raise _usage(str(error)) from None
    typer.echo("\n".join((f"Run {run_id}: {_foretold(expected)}", *expected.warnings)), err=True)
    return run_id


def _foretold(expected: "Preview") -> str:
    cost, reach = expected.cost, expected.detectable
    priced = "unknown" if cost is None else f"${cost.low:.4g} to ${cost.high:.4g}"
    shown = "no difference" if reach is None else f"differences from {reach * 100:.0f} points"
    return f"{expected.calls:,} calls; cost {priced}; {expected.samples:,} samples can show {shown}."


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


def _carried_out(run_id: str, running: "Runtime") -> str:
    """The status that the run ends with; pressing Ctrl-C pauses it and ends the command."""
    from broker.runs.execute import execute
    from db.session import open_database

    try:
        with shown() as on_progress:
            try:
                return execute(run_id, on_progress, running, open_database())
            except LookupError:  # the app has it already, or it has ended
                return _followed(run_id, on_progress)
    except KeyboardInterrupt:
        _pause(run_id)
        typer.echo(f"Paused. To go on: broker run --resume {run_id}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _followed(run_id: str, on_progress: "Show") -> str:
    """Watch a run that another process works on."""
    from broker.runs.progress import progress
    from db.session import open_database

    while True:
        with open_database().reader() as session:
            now = progress(session, run_id)
        on_progress(now)
        if now.status not in ("queued", "running"):
            return now.status
        time.sleep(_LOOK_S)


def _pause(run_id: str) -> None:
    """Whoever has the run, or would take it next, is to leave it."""
    from db.benchmark_changes import request
    from db.session import open_database

    with suppress(ValueError), open_database().writer() as session:
        request(session, run_id, "pause")


def _concluded(run_id: str, status: str, least: Mapping[str, float], *, as_json: bool) -> int:
    """Print the results and return the exit status; quality counts before what was left out."""
    from broker.results.load import load_run
    from broker.runs.progress import progress
    from db.session import open_database

    with open_database().reader() as session:
        show(session, run_id, as_json=as_json)
        now = progress(session, run_id)
        below = _below(load_run(session, run_id), least)
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
    return FAILED if now.failed else 0


def _below(found: "RunResults", least: Mapping[str, float]) -> list[str]:
    """A sentence for each offer that falls short; one of which nothing is known does."""
    from broker.results.leaderboard import quality, standing

    said = list[str]()
    for offer, share in least.items():
        value = quality(standing(found, offer), found.measure).value
        if value is None or value < share:
            reached = "unknown" if value is None else f"{value:.3f}"
            said.append(f"{offer} is below {share:g}: {reached}.")
    return said


def _least(texts: list[str]) -> dict[str, float]:
    least = dict[str, float]()
    for text in texts:
        offer, _, share = text.rpartition("=")
        try:
            least[offer] = float(share)
        except ValueError:
            raise _usage(f"--fail-under: expected OFFER=SHARE, found {text!r}.") from None
        if not offer or not 0 <= least[offer] <= 1:
            raise _usage(f"--fail-under: expected OFFER=SHARE with a share from 0 to 1, found {text!r}.")
    return least


def _check_least(run_id: str, least: Mapping[str, float]) -> None:
    from db.benchmarks import Run
    from db.session import open_database

    with open_database().reader() as session:
        asked = {stored["id"] for stored in session.get_one(Run, run_id).offers}
    if strange := least.keys() - asked:
        raise _usage(f"--fail-under: the run does not ask {', '.join(sorted(strange))}.")


def _usage(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(2)
