"""Columns about what was asked: gates, facts, scales and the score."""

from datetime import date
from functools import partial

from broker.assurance import Fact, last_day
from broker.assurance.attributes import Attribute
from broker.assurance.standing import Standing, standing_of
from broker.comparison import CRITERIA, Gate, scores
from broker.comparison.gates import written
from broker.comparison_export.columns import ORIGIN, Column, Line, Told

CHECKS = ("scope", "confidence", "checked_by", "checked_on", "expires")


def _scale(line: Line, name: str) -> float | None:
    return {str(key): value for key, value in line.ranked.scales.items()}.get(name)


ANSWER = (
    Column(
        "rank", "count", "From 1 among those that pass all gates and have a score.", lambda line: line.rank
    ),
    Column(
        "gates_outcome", "text", "pass, fail or unknown, over all gates.", lambda line: line.ranked.outcome
    ),
    Column(
        "score",
        "number",
        "Weighted mean of the scales, 0 to 1, whatever the gates say. Those that pass all gates have limits "
        "where a figure has: its own may lie anywhere in their intervals.",
        lambda line: Told(line.ranked.score, line.ranked.score_low, line.ranked.score_high),
        ("low", "high"),
    ),
    Column(
        "wins_share",
        "share",
        "Share of draws that it won with weights moved by ±20 % and figures within their intervals. Unknown "
        "where a measured figure of a contender has none.",
        lambda line: line.ranked.wins,
    ),
    Column(
        "wins_by_weights_share",
        "share",
        "The same with only the weights moved.",
        lambda line: line.ranked.wins_by_weights,
    ),
)
SCALES = tuple(
    Column(
        f"scale_{name}",
        "number",
        f"{name.capitalize()} from 0 to 1. {scores.SCALES[name]}",
        partial(_scale, name=name),
    )
    for name in CRITERIA
)


def gate_column(gate: Gate) -> Column:
    """How an offer stands at one gate, with the reason and the fact behind it."""
    return Column(
        f"gate:{written(gate)}",
        "text",
        "pass, fail or unknown.",
        partial(_at_gate, gate=gate),
        ("reason", *ORIGIN),
        joint=":",
    )


def _at_gate(line: Line, gate: Gate) -> Told:
    found = next((result for result in line.ranked.gates if result.gate == gate), None)
    if found is None:
        return Told("unknown", more={"reason": "It was not judged."})
    return Told(found.outcome, source=found.source, as_of=found.as_of, more={"reason": found.reason})


def fact_column(attribute: Attribute) -> Column:
    """What is told of an attribute of the offer's platform, and how far that settles it."""
    return Column(
        f"fact:{attribute.id}",
        "text",
        f"{attribute.name}. {attribute.sentence}",
        partial(_fact, attribute=attribute),
        ("standing", *ORIGIN, "reason", "also", *CHECKS),
        joint=":",
    )


def _fact(line: Line, attribute: Attribute) -> Told:
    standing = standing_at(line, attribute)
    fact = standing.fact
    more = {"standing": status(standing), "reason": standing.reason, "also": _also(standing)}
    if fact is None:
        return Told(None, more=more)
    return Told(_value(fact), source=fact.behind, as_of=fact.told_on, more=more | _checks(fact))


def _checks(fact: Fact) -> dict[str, str | date | None]:
    """Of whom it is told, how far it is trusted, who looked and until when it counts."""
    told = (fact.scope, fact.confidence, fact.checked_by, fact.checked_on, last_day(fact))
    return dict(zip(CHECKS, told, strict=True))


def standing_at(line: Line, attribute: Attribute) -> Standing:
    """How the attribute stands, with the conditions that the question counts."""
    gathered = line.shortlist.gathered
    counts = next(
        (gate.counts for gate in gathered.wanted.gates if gate.kind == attribute.id), frozenset[str]()
    )
    offer = line.evidence.entry.offer
    return standing_of(gathered.facts, offer, attribute.id, gathered.at, counts=counts)


def status(standing: Standing) -> str:
    """A standing in a word; `told` where what is told is no yes or no, and can be relied on."""
    return "told" if standing.verdict == "unknown" and standing.fact else standing.verdict


def _also(standing: Standing) -> str | None:
    """What else is told, with where."""
    told = (f"{_value(fact)} ({fact.behind})" for fact in standing.also)
    return "; ".join(told) or None


def _value(fact: Fact) -> str:
    return f"{fact.value} {fact.unit}" if fact.unit else fact.value
