"""Carrying a job out, a run or a review, in front of a terminal: the bar, Ctrl-C, another process's work."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
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
_TRY_S = 10.0  # how often a job that another process has is tried for: that process may be gone


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


@contextmanager
def interruptible(kind: Kind) -> Generator[list[str]]:
    """Pressing Ctrl-C pauses the jobs whose ids are put into the list, and ends the command."""
    begun: list[str] = []
    try:
        yield begun
    except KeyboardInterrupt:
        for job_id in begun:
            if _pause(kind, job_id):
                typer.echo(f"Paused. To go on: {kind.again} {job_id}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def carried_out(kind: Kind, job_id: str, running: "Runtime") -> str:
    """The status that the job ends with; pressing Ctrl-C pauses it and ends the command."""
    from db.session import open_database

    with interruptible(kind) as begun, shown() as show:
        begun.append(job_id)

        def on_progress(now: "Progress") -> None:
            show(now)
            kind.meanwhile()

        while True:
            try:
                return kind.execute(job_id, on_progress, running, open_database())
            except LookupError:  # the app has it already, or it has ended
                if (ended := _followed(kind, job_id, on_progress)) is not None:
                    return ended


def _followed(kind: Kind, job_id: str, on_progress: "Show") -> str | None:
    """Watch a job that another process works on; `None` once it is time to try for it again."""
    from db.session import open_database

    until = time.monotonic() + _TRY_S
    while time.monotonic() < until:
        with open_database().reader() as session:
            now = kind.progress(session, job_id)
        on_progress(now)
        if now.status not in ("queued", "running"):
            return now.status
        time.sleep(_LOOK_S)
    return None


def _pause(kind: Kind, job_id: str) -> bool:
    """Whoever has the job, or would take it next, is to leave it; whether there is one to leave."""
    from db.session import open_database

    try:
        with suppress(ValueError), open_database().writer() as session:  # unless it has just ended
            kind.request(session, job_id, "pause")
    except LookupError:  # interrupted before it was kept
        return False
    return True
