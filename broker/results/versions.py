"""Two runs of one suite, perhaps of different versions: which samples are the same, and what else differs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db import benchmark_queries as queries
from db.benchmarks import Run, Sample, Suite

_ASKED = ("input", "variables", "choices", "targets")  # of a sample: the question and its right answers


@dataclass(frozen=True, slots=True)
class Shared:
    """What two runs have in common.

    `samples` have the same id, question and right answers in both versions of the suite, which have `before`
    and `after` samples. `differs` names what else is not the same: `the system prompt`, `the scorers`.
    """

    samples: frozenset[str]
    before: int
    after: int
    differs: tuple[str, ...]


def shared(session: Session, before: Run, after: Run) -> Shared:
    """What an earlier run and a later one have in common; pictures count as part of a question."""
    old, new = (session.get_one(Suite, run.suite_id) for run in (before, after))
    then = _contents(session, old)
    now = then if new is old else _contents(session, new)
    alike = frozenset(key for key, one in then.items() if key in now and _asked(one) == _asked(now[key]))
    differs = {
        **_told((old, before), (new, after)),
        "the scorers": _scorers(old, then, alike) != _scorers(new, now, alike),
        "the judge": (before.judge or {}).get("id") != (after.judge or {}).get("id"),
    }
    return Shared(alike, len(then), len(now), tuple(name for name, is_so in differs.items() if is_so))


def _told(before: tuple[Suite, Run], after: tuple[Suite, Run]) -> dict[str, bool]:
    """Whether each part of the calls differs; of answers that were made elsewhere nobody knows."""
    (old, then), (new, now) = before, after
    if "imported" in (then.kind, now.kind):
        return {}
    was, is_now = old.definition, new.definition
    return {
        "the system prompt": was.get("system") != is_now.get("system"),
        "the template": was.get("template") != is_now.get("template"),
        "the settings of the calls": was.get("params", {}) | then.params
        != is_now.get("params", {}) | now.params,
    }


def _contents(session: Session, suite: Suite) -> dict[str, Mapping[str, Any]]:
    columns = queries.samples(suite.id).with_only_columns(Sample.key, Sample.content)
    return dict(session.execute(columns).all())


def _asked(content: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(content.get(name) or None for name in _ASKED)


def _scorers(
    suite: Suite, contents: Mapping[str, Mapping[str, Any]], keys: Collection[str]
) -> dict[str, Any]:
    """How each of these samples is judged."""
    usual = suite.definition.get("scorers", [])
    return {key: contents[key].get("scorers") or usual for key in keys}
