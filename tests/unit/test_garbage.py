"""What is loaded is set aside once, and again only when more was loaded."""

import gc
import subprocess
import sys
from types import ModuleType

import pytest

from broker import garbage

LEAVING = """
import gc
from broker.garbage import collect_seldom
collect_seldom()
assert gc.get_threshold()[0] > 700
class Loud:
    def __del__(self):
        print("sifted at the end")
one, other = Loud(), Loud()
one.other, other.one = other, one
"""


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each time that all there is was set aside."""
    times: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: times.append("once"))
    monkeypatch.setattr(garbage, "_loaded", 0)
    return times


def test_what_is_loaded_is_set_aside_once(frozen: list[str]) -> None:
    garbage.set_aside()
    garbage.set_aside()
    assert len(frozen) == 1


def test_what_is_loaded_later_is_set_aside_as_well(
    frozen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    garbage.set_aside()
    monkeypatch.setitem(sys.modules, "a_page_that_came_later", ModuleType("a_page_that_came_later"))
    garbage.set_aside()
    assert len(frozen) == 2


def test_nothing_is_sifted_when_the_process_ends() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVING], capture_output=True, text=True, check=True)
    assert done.stdout == ""
