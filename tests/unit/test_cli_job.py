"""A job in front of a terminal: Ctrl-C at any moment, and one that another process has while that lives."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from broker import cli_job
from broker.cli_job import INTERRUPTED, Kind, carried_out, interruptible

RUNNING = SimpleNamespace(
    status="running", done=1, total=2, spent=Decimal(0), failed=0, unjudged=0, per_minute=None
)


@pytest.fixture(autouse=True)
def _database(tmp_path, monkeypatch):
    monkeypatch.setenv("BROKER_DATABASE_URL", f"sqlite:///{tmp_path}/b.db")


def kind(**more: Any) -> Kind:
    known: dict[str, Any] = {
        "execute": lambda *_: "done",
        "progress": lambda *_: RUNNING,
        "request": lambda *_: "paused",
        "again": "broker run --resume",
        "meanwhile": lambda: None,
    }
    return Kind(**known | more)


def interrupted(of: Kind) -> None:
    with interruptible(of) as begun:
        begun.append("r1")
        raise KeyboardInterrupt


def test_ctrl_c_once_a_job_is_kept_leaves_it_paused(capsys: pytest.CaptureFixture[str]) -> None:
    """Else it would wait in the queue, and the app would pay for it."""
    asked: list[tuple[str, str]] = []
    told = kind(request=lambda _, job, wish: asked.append((job, wish)))
    with pytest.raises(typer.Exit) as ended:
        interrupted(told)
    assert ended.value.exit_code == INTERRUPTED
    assert asked == [("r1", "pause")]
    assert "To go on: broker run --resume r1" in capsys.readouterr().err


def test_ctrl_c_before_a_job_is_kept_promises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def request(*_: object) -> None:
        raise LookupError("there is no run r1")

    with pytest.raises(typer.Exit):
        interrupted(kind(request=request))
    assert capsys.readouterr().err == ""


def test_a_job_is_taken_over_once_the_process_that_had_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_job, "_TRY_S", 0.0)
    monkeypatch.setattr(cli_job, "_LOOK_S", 0.0)
    tries = iter([LookupError("somebody has it"), LookupError("still"), "done"])

    def execute(*_: object) -> str:
        found = next(tries)
        if isinstance(found, LookupError):
            raise found
        return found

    assert carried_out(kind(execute=execute), "r1", SimpleNamespace()) == "done"  # pyright: ignore[reportArgumentType]
    assert next(tries, None) is None


def test_a_job_that_has_ended_is_no_longer_followed() -> None:
    def execute(*_: object) -> str:
        raise LookupError("it has ended")

    over = SimpleNamespace(**RUNNING.__dict__ | {"status": "cancelled"})
    told = kind(execute=execute, progress=lambda *_: over)
    assert carried_out(told, "r1", SimpleNamespace()) == "cancelled"  # pyright: ignore[reportArgumentType]
