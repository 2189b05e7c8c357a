"""The parts of a sample that are no plain text, as JSON in the cells of the samples' table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import streamlit as st

from broker import scorers
from broker.errors import ConfigError
from broker.judge_scales import JUDGED
from broker.suites import Sample, ScorerSpec
from broker.suites.store import sample_json
from broker.types import Message, Role

NAMES: Mapping[str, str] = {
    "variables": "Variables",
    "turns": "Earlier turns",
    "scorers": "Own scorers",
    "metadata": "Metadata",
}
_SCORERS = (*scorers.SCORERS, *JUDGED)
_KINDS: Mapping[str, Any] = {
    "name": str,
    "settings": dict,
    "threshold": int | float,
    "negate": bool,
    "weight": int | float,
    "metric": str,
}
CONFIG: Mapping[str, Any] = {
    "variables": st.column_config.TextColumn(
        NAMES["variables"], width=150, help='Values of the {{names}} in the question: {"city": "Rome"}'
    ),
    "turns": st.column_config.TextColumn(
        NAMES["turns"],
        width=150,
        help='What was said before: [{"role": "user", "content": "Hi"}]. Pictures stay as they are',
    ),
    "scorers": st.column_config.TextColumn(
        NAMES["scorers"],
        width=150,
        help='Instead of the suite\'s: [{"name": "number", "settings": {"tolerance": 0.1}}]',
    ),
    "metadata": st.column_config.TextColumn(
        NAMES["metadata"], width=150, help='Kept beside the sample, and never asked: {"source": "contract 7"}'
    ),
}


def written(sample: Sample) -> dict[str, str | None]:
    """The cells of a sample; nothing stands for nothing."""
    known = sample_json(sample)
    turns = [{"role": turn.role, "content": turn.content} for turn in _before(sample)]
    parts = {**{name: known.get(name) for name in NAMES}, "turns": turns}
    return {name: json.dumps(part, ensure_ascii=False) if part else None for name, part in parts.items()}


def read(cells: Mapping[str, Any], old: Sample | None) -> dict[str, Any]:
    """The fields of a sample by name, `turns` among them; raises `ValueError` saying which cell is wrong.

    A cell that is as it was is what it was, with all that it does not show.
    """
    before = written(old) if old else dict.fromkeys(NAMES)
    found = {
        name: cell if isinstance(cell := cells.get(name), str) and cell.strip() else None for name in NAMES
    }
    kept: dict[str, Any] = {
        "variables": dict(old.variables) if old else {},
        "turns": _before(old) if old else (),
        "scorers": old.scorers if old else (),
        "metadata": dict(old.metadata) if old else {},
    }
    for name, cell in found.items():
        if cell != before[name]:
            try:
                kept[name] = _READERS[name](cell, kept[name])
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{NAMES[name]}: {error}") from None
    return kept


def check(sample: Sample) -> None:
    """Raise the `ValueError` that a sample's own scorers would end a run with."""
    for spec in sample.scorers:
        try:
            if spec.name not in JUDGED:
                scorers.check(spec, sample)
        except ConfigError as error:
            told = str(error).removeprefix(f"sample {sample.id}: ")
            raise ValueError(f"{NAMES['scorers']}: {told}") from None


def _before(sample: Sample) -> tuple[Message, ...]:
    return () if isinstance(sample.input, str) else sample.input[:-1]


def _variables(cell: str | None, _old: object) -> dict[str, str]:
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in _object(cell).items()}


def _metadata(cell: str | None, _old: object) -> dict[str, Any]:
    return _object(cell)


def _scorers(cell: str | None, _old: object) -> tuple[ScorerSpec, ...]:
    return tuple(_spec(one) for one in _objects(cell))


def _spec(told: Mapping[str, Any]) -> ScorerSpec:
    for name, value in told.items():
        if not isinstance(value, _KINDS.get(name, ())) or (name == "name" and value not in _SCORERS):
            raise ValueError(f"a scorer cannot have the {name} {value!r}")
    if "name" not in told:
        raise ValueError("a scorer needs a name")
    return ScorerSpec(**told)


def _turns(cell: str | None, old: Sequence[Message]) -> tuple[Message, ...]:
    made = list[Message]()
    for i, turn in enumerate(_objects(cell)):
        role, content = turn.get("role"), turn.get("content")
        if role not in get_args(Role) or not isinstance(content, str):
            raise ValueError(f"a turn has a role ({', '.join(get_args(Role))}) and a content")
        base = old[i] if i < len(old) and old[i].role == role else Message(cast(Role, role))
        made.append(replace(base, content=content))
    return tuple(made)


_READERS = {"variables": _variables, "turns": _turns, "scorers": _scorers, "metadata": _metadata}


def _object(cell: str | None) -> dict[str, Any]:
    found = json.loads(cell) if cell else {}
    if not isinstance(found, dict):
        raise ValueError("expected an object, as {…}")
    return cast(dict[str, Any], found)


def _objects(cell: str | None) -> list[dict[str, Any]]:
    found = json.loads(cell) if cell else []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in cast(list[Any], found)):
        raise ValueError("expected a list of objects, as [{…}]")
    return cast(list[dict[str, Any]], found)
