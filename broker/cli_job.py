"""Carrying a job out, a run or a review, in front of a terminal: the bar, Ctrl-C, another process's work."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from broker.cli_progress import shown

if TYPE_CHECKING:
    from broker.cli_progress import Show
    from broker.runs.progress import Progress
    from broker.runtime import Runtime

BROKEN, BUDGET, FAILED, BELOW, INTERRUPTED = 1, 3, 4, 5, 130
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of job is carried out, looked at and asked; `again` is the command that goes on with one.

    `meanwhile` loads what telling the results needs, once calls are under way: this thread waits anyway.
    """

    execute: "Callable[..., str]"
    progress: "Callable[[Any, str], Progress]"
    request: Callable[..., str]
    again: str
    meanwhile: Callable[[], object]


def carried_out(kind: Kind, job_id: str, running: "Runtime") -> str:
    """The status that the job ends with; pressing Ctrl-C pauses it and ends the command."""
    from db.session import open_database

    try:
        with shown() as show:

            def on_progress(now: "Progress") -> None:
                show(now)
                kind.meanwhile()

            try:
                return kind.execute(job_id, on_progress, running, open_database())
            except LookupError:  # the app has it already, or it has ended
                return _followed(kind, job_id, on_progress)
    except KeyboardInterrupt:
        _pause(kind, job_id)
        typer.echo(f"Paused. To go on: {kind.again} {job_id}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _followed(kind: Kind, job_id: str, on_progress: "Show") -> str:
    """Watch a job that another process works on."""
    from db.session import open_database

    while True:
        with open_database().reader() as session:
            now = kind.progress(session, job_id)
        on_progress(now)
        if now.status not in ("queued", "running"):
            return now.status
        time.sleep(_LOOK_S)


def _pause(kind: Kind, job_id: str) -> None:
    """Whoever has the job, or would take it next, is to leave it."""
    from db.session import open_database

    with suppress(ValueError), open_database().writer() as session:
        kind.request(session, job_id, "pause")
