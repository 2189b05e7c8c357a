"""The command that compares: which offers qualify, which to choose, and why."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli_listing import config_in_force, harmless, json_line

if TYPE_CHECKING:
    from broker.comparison import Evidence, Ranked, Shortlist, Wanted
    from broker.comparison.evidence import Ground
    from broker.comparison.sentence import Recommendation

NO_WINNER = 6
_MOST = 40  # rows on a terminal
_NEAR = 6  # names that come near one that is not there
_HEADS = ("offer", "must-haves", "score", "first in", "quality", "cost", "total p50")
_Many = list[str] | None


def compare(
    *,
    suite: Annotated[
        _Many, typer.Option(help="A suite that stands for the work; name:3 counts 3 times.")
    ] = None,
    workload: Annotated[str, typer.Option(help="A workload, whose yearly cost counts.")] = "",
    gate: Annotated[_Many, typer.Option(help="A must-have: hipaa_baa, context>=200000, 'p95<=5s'.")] = None,
    weight: Annotated[_Many, typer.Option(help="A weight from 0 to 100: quality=40.")] = None,
    offer: Annotated[_Many, typer.Option(help="An offer's id to show whatever the rest says.")] = None,
    maker: Annotated[_Many, typer.Option(help="Only this maker's offers.")] = None,
    platform: Annotated[_Many, typer.Option(help="Only this platform's offers.")] = None,
    scope: Annotated[str, typer.Option(help="tested, doors, ready or catalogue.")] = "doors",
    csv: Annotated[Path | None, typer.Option(help="Write one row an offer to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare offers and say which to choose. Exit status 0 with a choice, 6 without one."""
    from broker.comparison.evidence import gather, ground_of
    from broker.comparison.scores import shortlist
    from broker.comparison.sentence import recommendation
    from broker.comparison.stored import read
    from broker.comparison_export.wide import wide_csv
    from db.session import open_database

    given = {"suite": suite, "gate": gate, "offer": offer, "maker": maker, "platform": platform}
    wanted = _wanted({key: value or [] for key, value in given.items()}, workload, scope, weight or [])
    config, now = config_in_force(), datetime.now(UTC)
    with open_database().reader() as session:
        ground = ground_of(session, config, wanted, now.date(), read(session))
        _refuse(unknown_names(wanted, ground))
        found = shortlist(gather(session, config, wanted, now, ground))
    for problem in found.gathered.problems:
        typer.echo(harmless(problem), err=True)
    if csv is not None:
        _write(csv, wide_csv(found))
    told = recommendation(found)
    typer.echo(_json(found, told) if as_json else harmless("\n".join(lines(found, told))))
    raise typer.Exit(0 if found.winner else NO_WINNER)


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--csv") from None


def _wanted(many: dict[str, list[str]], workload: str, scope: str, weights: Sequence[str]) -> "Wanted":
    """What the options ask, read as a page's address is; ends with status 2 where one makes no sense."""
    from broker.comparison import CRITERIA
    from broker.comparison.state import from_params

    pairs = {name: weight for name, _, weight in (one.partition("=") for one in weights)}
    unknown = [
        f"Expected one of {', '.join(CRITERIA)} before =40: {name!r}." for name in pairs.keys() - CRITERIA
    ]
    asked: dict[str, str | list[str]] = {**many, **pairs, "workload": workload, "scope": scope}
    wanted, wrong = from_params(asked)
    _refuse([*unknown, *wrong])
    return wanted


def _refuse(faults: Iterable[str]) -> None:
    """Say what makes no sense and end with status 2, if anything does not."""
    told = [harmless(fault) for fault in faults]
    if told:
        typer.echo("\n".join(told), err=True)
        raise typer.Exit(2)


def unknown_names(wanted: "Wanted", ground: "Ground") -> Iterator[str]:
    """A sentence on each suite, workload and offer that is named and is not there, with the nearest names."""
    asked: tuple[tuple[str, Iterable[str], Collection[str]], ...] = (
        ("suite", (name for name, _ in wanted.suites), ground.stored.suites),
        ("workload", (name for name in (wanted.workload,) if name), ground.stored.workloads),
        ("offer", wanted.offers, ground.every),
    )
    for what, names, known in asked:
        near = {name: get_close_matches(name, known, _NEAR, 0) for name in names if name not in known}
        more = f" and {len(known) - _NEAR:,} more" if len(known) > _NEAR else ""
        for name, nearest in near.items():
            there = f"There are {', '.join(nearest)}{more}." if nearest else "There are none yet."
            yield f"There is no {what} “{name}”. {there}"


def _json(found: "Shortlist", told: "Recommendation") -> str:
    """The sentence with its points, what was asked, and per offer the columns of the CSV; unknown is null."""
    from broker.comparison.state import to_json
    from broker.comparison_export.wide import wide_rows

    said = {"headline": told.headline, "points": told.points, "tone": told.tone}
    gathered = found.gathered
    asked = {"as_of": gathered.at, "asked": to_json(gathered.wanted), "problems": gathered.problems}
    return json_line({**said, **asked, "offers": wide_rows(found)})


def lines(found: "Shortlist", told: "Recommendation") -> Iterator[str]:
    """What a terminal shows: the sentence, a table, what must-haves are not passed, and the points."""
    from broker.comparison.gates import in_words

    shown, yearly = found.ranked[:_MOST], found.gathered.workload is not None
    rows = [_HEADS, *(_row(one, yearly) for one in shown)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADS))]
    yield told.headline + "\n"
    for row in rows if shown else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if shown:
        yield f"As of {found.gathered.at}. In brackets: 95 % intervals, and n that a figure rests on."
    if len(found.ranked) > _MOST:
        yield f"… and {len(found.ranked) - _MOST:,} more; --csv FILE has them all."
    for one in shown:
        for result in one.gates:
            if result.outcome != "pass":
                yield f"{one.evidence.label}: {result.outcome} at {in_words(result.gate)}. {result.reason}"
    yield ""
    yield from told.points


def _row(one: "Ranked", yearly: bool) -> tuple[str, ...]:
    from broker.comparison.sentence_words import share_of_draws
    from broker.comparison_export.said import score

    told = one.evidence
    return (
        told.label,
        one.outcome,
        score(one.score, one.score_low, one.score_high),
        share_of_draws(one.wins) if one.wins is not None else "unknown" if one.is_contender else "",
        _quality(told),
        _cost(told, yearly),
        _speed(told),
    )


def _quality(told: "Evidence") -> str:
    from broker.comparison_export.of_runs import origin_of
    from broker.comparison_export.said import share_between

    origin = origin_of(told.results)
    return share_between(told.quality) + (f", {origin}" if told.quality and "imported" in origin else "")


def _cost(told: "Evidence", yearly: bool) -> str:
    """As the sentence has it, with its interval where it has one."""
    from broker.comparison.scores import cost_of
    from broker.comparison.sentence_words import cost_in_words
    from broker.comparison_export.said import usd_between

    found, words = cost_of(told, yearly), cost_in_words(told, yearly) or "unknown"
    if found is None or found.low is None or found.high is None or found.low == found.high:
        return words
    return f"{words} ({usd_between(found).partition(' (')[2]}"


def _speed(told: "Evidence") -> str:
    from broker.comparison_export.said import seconds_between

    if told.speed is None:
        return "unknown"
    calls = "" if told.speed.origin == "runs" else ", all recorded calls"
    return seconds_between(told.speed.total_p50) + calls
