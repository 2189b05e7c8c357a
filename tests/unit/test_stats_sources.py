"""Every statistic says in its docstring where it was published: a name and a year."""

import inspect
import pkgutil
import re
from collections.abc import Callable
from importlib import import_module

import pytest

from broker import stats

# They count, sort or look a number up: nothing that anybody published.
BOOKKEEPING = {"group_count", "codes", "confusion", "both_answered", "normal_quantile", "student_quantile"}
SOURCE = re.compile(r"[A-Z][a-z]+('s formula)? \(?(1[89]|20)\d\d\b")


def public() -> list[Callable[..., object]]:
    modules = [import_module(f"broker.stats.{found.name}") for found in pkgutil.iter_modules(stats.__path__)]
    return [
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


@pytest.mark.parametrize("function", public(), ids=lambda function: function.__name__)
def test_a_statistic_names_its_source(function: Callable[..., object]) -> None:
    told = " ".join((function.__doc__ or "").split())
    assert function.__name__ in BOOKKEEPING or SOURCE.search(told)


def test_nothing_is_excused_that_is_gone() -> None:
    assert {function.__name__ for function in public()} >= BOOKKEEPING
