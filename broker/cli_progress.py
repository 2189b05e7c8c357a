"""How far a run is, on standard error: a bar on a terminal, else a line now and then."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from broker.runs.progress import Progress

    Show = Callable[[Progress], None]

_LINES = 10  # of a whole run, where there is no terminal


@contextmanager
def shown() -> "Generator[Show]":
    """What to call with the latest progress."""
    if not sys.stderr.isatty():
        yield _plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        yield lambda now: bar.update(task, total=now.total, completed=now.done, description=told(now))


def told(now: "Progress") -> str:
    """A run's progress in words."""
    parts = [f"{now.done:,} of {now.total:,} answered", f"${now.spent.normalize():f}"]
    if now.failed:
        parts.append(f"{now.failed:,} failed")
    if now.unjudged:
        parts.append(f"{now.unjudged:,} not judged")
    if now.per_minute:
        parts.append(f"{now.per_minute:,.0f} a minute")
    return ", ".join(parts)


def _plain() -> "Show":
    said = -1

    def show(now: "Progress") -> None:
        nonlocal said
        tenth = now.done * _LINES // max(1, now.total)
        if tenth > said:
            said = tenth
            typer.echo(told(now), err=True)

    return show
