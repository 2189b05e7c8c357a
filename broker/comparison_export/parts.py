"""Tables that go deeper than one row an offer: gates, facts, suites."""

from collections.abc import Iterator, Mapping

from broker.assurance import last_day
from broker.assurance.attributes import ATTRIBUTES, Attribute
from broker.assurance.values import in_words as value_in_words
from broker.comparison import Shortlist
from broker.comparison.gates import in_words, written
from broker.comparison.tasks import ByTask
from broker.comparison_export.columns import Kind, Line, Value
from broker.comparison_export.of_question import standing_at, status
from broker.comparison_export.table import lines

Row = Mapping[str, Value]

GATES: Mapping[str, Kind] = {
    "offer": "text", "name": "text", "platform": "text", "gate": "text", "must_have": "text",
    "outcome": "text", "reason": "text", "source": "text", "as_of": "day",
}  # fmt: skip
FACTS: Mapping[str, Kind] = {
    "platform": "text", "group": "text", "attribute": "text", "name": "text", "value": "text",
    "standing": "text", "reason": "text", "scope": "text", "confidence": "text", "source": "text",
    "as_of": "day", "checked_by": "text", "checked_on": "day", "expires": "day", "note": "text",
}  # fmt: skip
TASKS: Mapping[str, Kind] = {
    "suite": "text", "offer": "text", "name": "text", "origin": "text", "quality_share": "share",
    "quality_share_low": "share", "quality_share_high": "share", "quality_share_n": "count",
    "cost_per_1000_tasks_usd": "usd", "cost_per_1000_tasks_usd_low": "usd",
    "cost_per_1000_tasks_usd_high": "usd", "cost_per_1000_tasks_usd_n": "count", "run": "text",
    "ended_at": "day", "mark": "text",
}  # fmt: skip
ABOUT: Mapping[str, Kind] = {"about": "text", "value": "text"}


def gate_rows(shortlist: Shortlist) -> Iterator[Row]:
    """One row an offer and gate."""
    for ranked in shortlist.ranked:
        entry = ranked.evidence.entry
        for result in ranked.gates:
            yield {
                "offer": entry.id,
                "name": entry.offer.name,
                "platform": entry.platform,
                "gate": written(result.gate),
                "must_have": in_words(result.gate),
                "outcome": result.outcome,
                "reason": result.reason,
                "source": result.source,
                "as_of": result.as_of,
            }


def fact_rows(shortlist: Shortlist) -> Iterator[Row]:
    """One row a platform and attribute, of those that can be told apart: scopes of makers have their own."""
    seen = set[tuple[Value, ...]]()
    for line in lines(shortlist):
        for attribute in ATTRIBUTES:
            row = _fact_row(line, attribute)
            if tuple(row.values()) not in seen:
                seen.add(tuple(row.values()))
                yield row


def _fact_row(line: Line, attribute: Attribute) -> Row:
    standing = standing_at(line, attribute)
    fact = standing.fact
    asked = {
        "platform": line.evidence.entry.platform,
        "group": attribute.group,
        "attribute": attribute.id,
        "name": attribute.name,
        "standing": status(standing),
        "reason": standing.reason,
    }
    if fact is None:
        return asked
    return asked | {
        "value": value_in_words(fact),
        "scope": fact.scope,
        "confidence": fact.confidence,
        "source": fact.source_url,
        "as_of": fact.as_of,
        "checked_by": fact.checked_by,
        "checked_on": fact.checked_on,
        "expires": last_day(fact),
        "note": fact.note or None,
    }


def task_rows(shortlist: Shortlist, tasks: ByTask | None = None) -> Iterator[Row]:
    """One row a suite and offer that ran it; `mark` names the best and the best value of `tasks`."""
    by_suite = {task.suite: task for task in tasks.tasks} if tasks else {}
    for suite, _ in shortlist.gathered.wanted.suites:
        task = by_suite.get(suite)
        for ranked in shortlist.ranked:
            one = ranked.evidence
            for result in (result for result in one.results if result.suite == suite):
                marks = {"best": task and task.best, "best value": task and task.best_value}
                quality, cost = result.quality, result.cost_per_1000
                yield {
                    "suite": suite,
                    "offer": one.id,
                    "name": one.label,
                    "origin": result.origin,
                    "quality_share": quality.value,
                    "quality_share_low": quality.low,
                    "quality_share_high": quality.high,
                    "quality_share_n": quality.n,
                    "cost_per_1000_tasks_usd": cost.value,
                    "cost_per_1000_tasks_usd_low": cost.low,
                    "cost_per_1000_tasks_usd_high": cost.high,
                    "cost_per_1000_tasks_usd_n": cost.n,
                    "run": f"{result.run} ({result.run_id})",
                    "ended_at": result.ended_at,
                    "mark": ", ".join(mark for mark, offer in marks.items() if offer == one.id) or None,
                }
