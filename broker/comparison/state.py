"""What a comparison asks, as a page's address holds it and as it is saved: the same keys, all of them texts.

`?suite=Invoices:3&workload=Letters&gate=hipaa_baa&gate=context>=200000&quality=60&scope=ready`

An address has what differs from the default; what is saved has everything, whatever becomes the default.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar, cast, get_args

from broker.comparison import CRITERIA, Criterion, Scope, Wanted, Weights
from broker.comparison.gate_expressions import parse, written

Params = dict[str, str | list[str]]
_T = TypeVar("_T")

_SCOPES: tuple[Scope, ...] = get_args(Scope)
_MOST = 1_000_000  # of a suite's weight
_WEIGHED = re.compile(r"(?P<name>.*):(?P<weight>[0-9]+)", re.DOTALL)
_LONGEST = 1_000
_SHOWN = 60  # letters of a text that is not understood


def to_params(wanted: Wanted) -> Params:
    """The address of a comparison: what differs from the default, names that occur several times as lists."""
    default = to_json(Wanted())
    return {key: value for key, value in to_json(wanted).items() if value != default[key]}


def from_params(params: Mapping[str, str | Sequence[str]]) -> tuple[Wanted, tuple[str, ...]]:
    """What an address asks, and a sentence on each thing in it that is left out as it makes no sense.

    Of a key that stands once the last one counts, as of a suite that is named twice. Other keys are a
    page's own.
    """
    return from_json(params)


def to_json(wanted: Wanted) -> Params:
    """Everything that a comparison asks, under the keys of its address."""
    weights = {name: str(weight) for name, weight in asdict(wanted.weights).items()}
    return {
        "suite": [_suite(name, weight) for name, weight in wanted.suites],
        "workload": wanted.workload or "",
        "gate": [written(gate) for gate in wanted.gates],
        **weights,
        "margin": repr(wanted.margin),
        "scope": wanted.scope,
        "maker": list(wanted.makers),
        "platform": list(wanted.platforms),
        "search": wanted.search,
        "offer": list(wanted.offers),
    }


def from_json(saved: Any) -> tuple[Wanted, tuple[str, ...]]:
    """What `to_json` wrote, whatever has become of it since; the sentences are those of `from_params`."""
    if not isinstance(saved, Mapping):
        return Wanted(), ("What was saved is no comparison.",)
    told, default, wrong = cast(Mapping[Any, Any], saved), Wanted(), list[str]()

    def many(key: str, read: Callable[[str], _T]) -> tuple[_T, ...]:
        return tuple(dict.fromkeys(_read(key, told.get(key, ()), read, wrong)))

    def one(key: str, read: Callable[[str], _T], otherwise: _T) -> _T:
        return (otherwise, *many(key, read))[-1]

    def weight(name: Criterion) -> int:
        return one(name, lambda text: _whole(text, 100), getattr(default.weights, name))

    wanted = Wanted(
        suites=tuple(dict(many("suite", _suite_of)).items()),
        workload=one("workload", str, "") or None,
        gates=many("gate", parse),
        weights=Weights(*(weight(name) for name in CRITERIA)),
        margin=one("margin", _share, default.margin),
        scope=one("scope", _scope, default.scope),
        makers=many("maker", _name),
        platforms=many("platform", _name),
        search=one("search", str, default.search),
        offers=many("offer", _name),
    )
    return wanted, tuple(wrong)


def _read(key: str, value: Any, read: Callable[[str], _T], wrong: list[str]) -> Iterator[_T]:
    for text in cast(Sequence[Any], value) if isinstance(value, list | tuple) else (value,):
        try:
            if not isinstance(text, str):
                raise ValueError("Expected a text.")
            if len(text) > _LONGEST:
                raise ValueError(f"Expected at most {_LONGEST:,} letters.")
            yield read(text)
        except ValueError as error:
            wrong.append(f"Left out {key} {_shortened(text)}: {error}")


def _shortened(text: Any) -> str:
    shown = str(text)
    return f"“{shown[:_SHOWN]}…”" if len(shown) > _SHOWN else f"“{shown}”"


def _suite(name: str, weight: int) -> str:
    """A suite with its weight, which goes without saying where it is 1 and the name cannot be misread."""
    return name if weight == 1 and not _WEIGHED.fullmatch(name) else f"{name}:{weight}"


def _suite_of(text: str) -> tuple[str, int]:
    found = _WEIGHED.fullmatch(text)
    return (_name(found["name"]), _whole(found["weight"], _MOST)) if found else (_name(text), 1)


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("Expected a name.")
    return text


def _whole(text: str, most: int) -> int:
    # Digits are counted first: Python takes its time over thousands of them.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise ValueError(f"Expected a whole number from 0 to {most:,}.")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError("Expected a share from 0 to 1, such as 0.05.")
    return share


def _scope(text: str) -> Scope:
    if text not in _SCOPES:
        raise ValueError(f"Expected one of {', '.join(_SCOPES)}.")
    return text
