"""`broker judge-pairs` and `broker judge-answers`: a judge asked about a run that is over."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.cli_job import BROKEN, BUDGET, FAILED, Kind, carried_out
from broker.cli_listing import config_in_force, digits, engine, harmless
from broker.cli_named import dollars, offer_named, usage
from broker.cli_results import load, run_named, show
from broker.runs import DEFAULT_CONCURRENCY

if TYPE_CHECKING:
    from broker.config import Config
    from broker.results.head_to_head import HeadToHead, PairReview
    from broker.runs.reviews import Order

_RunId = Annotated[str, typer.Argument(help="A run's id, or the beginning of one.")]
_JudgeId = Annotated[str, typer.Option(help="The offer that judges.")]
_Concurrency = Annotated[int, typer.Option(min=1, help="Calls at once.")]
_MaxCost = Annotated[
    Decimal | None, typer.Option(parser=dollars, metavar="USD", help="Spend no more than this.")
]
_Resume = Annotated[str | None, typer.Option(metavar="REVIEW", help="Go on with this one instead.")]
_AsJson = Annotated[bool, typer.Option("--json", help="The results as one JSON object.")]


def judge_pairs(  # noqa: PLR0917 - a command's options are its arguments
    run: _RunId,
    judge: _JudgeId = "",
    baseline: Annotated[
        str | None, typer.Option(help="The offer the others are set against; the run's first unless named.")
    ] = None,
    criteria: Annotated[str, typer.Option(help="What makes an answer better, in a sentence.")] = "",
    max_cost: _MaxCost = None,
    concurrency: _Concurrency = DEFAULT_CONCURRENCY,
    resume: _Resume = None,
    as_json: _AsJson = False,
) -> None:
    """Have a judge set a run's answers side by side, each pair in both orders; contradictions are ties.

    Exit status 0 done, 3 budget reached, 4 some pairs could not be judged.
    """
    from broker.runs.reviews import Order

    run_id = _run(run)
    with engine() as running:
        if resume is None:
            config = config_in_force()
            base = baseline or _first_offer(run_id)
            asked = Order(
                run_id, offer_named(config, judge), "pairs", base, (), criteria, concurrency, max_cost
            )
            review_id = _started(asked, config)
        else:
            review_id = _resumed(run_id, resume, max_cost)
        status = carried_out(_reviews("judge-pairs", run_id), review_id, running)
    _show_pairs(review_id, as_json=as_json)
    raise typer.Exit(_concluded(review_id, status))


def judge_answers(  # noqa: PLR0917 - the same
    run: _RunId,
    judge: _JudgeId = "",
    max_cost: _MaxCost = None,
    concurrency: _Concurrency = DEFAULT_CONCURRENCY,
    resume: _Resume = None,
    as_json: _AsJson = False,
) -> None:
    """Have those answers of a run graded that no rule can judge: of imported runs, or of one without a judge.

    Of a run with a judge, those that it left unjudged: it failed, or its reply could not be read.
    Exit status 0 done, 3 budget reached, 4 some answers could not be judged.
    """
    from broker.runs.reviews import Order
    from db.session import open_database

    run_id = _run(run)
    with engine() as running:
        if resume is None:
            config = config_in_force()
            judging = offer_named(config, judge or _own_judge(run_id))
            asked = Order(run_id, judging, "answers", concurrency=concurrency, budget=max_cost)
            review_id = _started(asked, config)
        else:
            review_id = _resumed(run_id, resume, max_cost)
        status = carried_out(_reviews("judge-answers", run_id), review_id, running)
    with open_database().reader() as session:
        show(session, run_id, as_json=as_json)
    raise typer.Exit(_concluded(review_id, status))


def _run(text: str) -> str:
    from db.session import open_database

    with open_database().reader() as session:
        return run_named(session, text)


def _first_offer(run_id: str) -> str:
    from db.benchmarks import Run
    from db.session import open_database

    with open_database().reader() as session:
        return str(session.get_one(Run, run_id).offers[0]["id"])


def _own_judge(run_id: str) -> str:
    """The run's judge; empty where it has none."""
    from db.benchmarks import Run
    from db.session import open_database

    with open_database().reader() as session:
        return str((session.get_one(Run, run_id).judge or {"id": ""})["id"])


def _reviews(command: str, run_id: str) -> Kind:
    from broker.runs.reviews.execute import execute
    from broker.runs.reviews.progress import progress
    from db.review_changes import request

    return Kind(execute, progress, request, f"broker {command} {run_id} --resume", load)


def _started(order: "Order", config: "Config") -> str:
    """The id of a new review; what is to be expected of it goes to standard error."""
    from dataclasses import replace

    from broker.config import user_name
    from broker.runs.reviews.preview import preview
    from broker.runs.reviews.start import start
    from db.session import open_database

    try:
        with open_database().reader() as session:
            expected = preview(session, order, config.providers)
        with open_database().writer() as session:
            review_id = start(session, replace(order, user=user_name()), config.providers)
    except (ValueError, LookupError) as error:
        raise usage(str(error)) from None
    cost = expected.cost
    priced = "unknown" if cost is None else f"${cost.low:.4g} to ${cost.high:.4g}"
    told = f"Review {review_id}: {expected.calls:,} calls to the judge; cost {priced}."
    typer.echo("\n".join((told, *expected.warnings)), err=True)
    return review_id


def _resumed(run_id: str, text: str, max_cost: Decimal | None) -> str:
    """The id of a review that waits again, or that somebody works on."""
    from db import review_queries as queries
    from db.leases import STOPPED
    from db.review_changes import request
    from db.session import open_database

    with open_database().writer() as session:
        found = [one for one in session.scalars(queries.reviews(run_id)) if one.id.startswith(text)]
        if len(found) != 1:
            raise usage(
                f"{'Several reviews begin' if found else 'No review of this run begins'} with {text!r}."
            )
        if found[0].status in STOPPED:
            request(session, found[0].id, "resume", max_cost)
        return found[0].id


def _show_pairs(review_id: str, *, as_json: bool) -> None:
    from broker.results.head_to_head import head_to_head
    from broker.results.load import load_run
    from db.reviews import Review
    from db.session import open_database

    with open_database().reader() as session:
        review = session.get_one(Review, review_id)
        found = head_to_head(session, review, load_run(session, review.run_id))
    if as_json:
        typer.echo(json.dumps(pairs_row(review.run_id, found), ensure_ascii=False, default=digits))
    else:
        typer.echo(harmless("\n".join(_lines(found))))


def pairs_row(run_id: str, found: "PairReview") -> dict[str, Any]:
    """A review of pairs as the object that `--json` prints; unknown is null, money a text of digits."""
    return {"run": run_id, "review": found.id, **asdict(found)}


def _lines(found: "PairReview") -> Iterator[str]:
    for one in found.against:
        yield one.sentence
        counts = f"{one.wins_b} won, {one.wins_a} lost, {one.ties} tied{_twisted(one)}"
        yield f"  {counts}; {one.unjudged} not judged."
        if one.graded:
            yield f"  People agree on {(one.alike.value or 0) * 100:.0f} % of {one.graded} pairs they graded."
    cost = "unknown" if found.cost is None else f"${found.cost.normalize():f}"
    yield f"The judge's calls cost {cost}, beside what the run cost."


def _twisted(one: "HeadToHead") -> str:
    return (
        f", {one.contradictory} of them because the judge turned with the order" if one.contradictory else ""
    )


def _concluded(review_id: str, status: str) -> int:
    from broker.runs.reviews.progress import progress
    from db.session import open_database

    with open_database().reader() as session:
        now = progress(session, review_id)
    if now.problem:
        typer.echo(harmless(now.problem), err=True)
    if status == "budget":
        typer.echo(f"The budget is reached: {now.done:,} of {now.total:,} judged.", err=True)
    if status != "done":
        return BUDGET if status == "budget" else BROKEN
    return FAILED if now.failed else 0
