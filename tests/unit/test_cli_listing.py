"""What the command line prints of others' words."""

from datetime import UTC, datetime

import pytest
import typer

from broker import cli, runtime
from broker.cli import ask
from broker.types import Completion, Offer
from tests.faults import REQUEST

ESCAPES = "\x1b]52;c;c2VjcmV0\x07\x9b2J\x1b[31m"  # fill the clipboard, clear the screen, write in red


def test_no_answer_controls_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer = Offer("acme", "large", "large", "Acme", "Large")
    said = f"{ESCAPES}Grüße\n\t👨‍👩‍👧"
    answer = Completion("1", offer, REQUEST, "ok", datetime.now(UTC), said, served_model=f"{ESCAPES}other")
    engine = type("Engine", (), {"complete": lambda *_: [answer]})
    monkeypatch.setattr(cli, "config_in_force", lambda: None)
    monkeypatch.setattr(cli, "_known", lambda *_: offer)
    monkeypatch.setattr(runtime, "runtime", engine)
    monkeypatch.setattr(runtime, "shutdown", lambda: None)
    with pytest.raises(typer.Exit):
        ask("Hello", ["acme/large"])
    printed = capsys.readouterr().out
    assert "Grüße\n\t👨‍👩‍👧" in printed
    assert "served by" in printed
    assert not set(printed) & {"\x1b", "\x07", "\x9b"}
