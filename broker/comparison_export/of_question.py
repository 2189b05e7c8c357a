"""Columns about what was asked: the workload's cost, gates, facts, scales and the score."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import partial

from broker.assurance import Fact, last_day
from broker.assurance.attributes import Attribute
from broker.assurance.standing import Standing, standing_of
from broker.catalog_entries import price_of
from broker.comparison import CRITERIA, Gate
from broker.comparison.gates import written
from broker.comparison_export.columns import LIMITS, NOTHING, ORIGIN, Column, Line, Told
from broker.comparison_export.of_offer import instant
from broker.workload import MONTHS, Charges, Unknown
from broker.workload.yearly import Bill

CHECKS = ("scope", "confidence", "checked_by", "checked_on", "expires")
_CLASSES = tuple(field.name for field in fields(Charges))


def _bill(line: Line, ours: bool) -> Bill | Unknown | None:
    cost = line.ranked.evidence.cost
    return cost and (cost.ours if ours else cost.at_list)


def _cost(line: Line, name: str, ours: bool) -> Told:
    bill = _bill(line, ours)
    if not isinstance(bill, Bill):
        return NOTHING
    price = price_of(line.ranked.evidence.entry, instant(line))
    value: Decimal = getattr(bill.year, name)
    found = Told(value, source=(price and price.source) or None, as_of=line.shortlist.gathered.at)
    year = line.ranked.evidence.year if ours and name == "total" else None
    return replace(found, low=year.low, high=year.high, n=year.n) if year else found


def _month(line: Line, name: str, ours: bool) -> Told:
    """A twelfth of the year, and of its limits."""
    year = _cost(line, name, ours)
    value, low, high = (
        part / MONTHS if isinstance(part, Decimal | float) else None
        for part in (year.value, year.low, year.high)
    )
    return replace(year, value=value, low=low, high=high)


def _one_month(line: Line, place: int, ours: bool) -> Decimal | None:
    bill = _bill(line, ours)
    return bill.months[place].total if isinstance(bill, Bill) and bill.months else None


def _unknown_because(line: Line) -> str | None:
    bill = _bill(line, True)
    if bill is None:
        return "no workload was chosen"
    return "; ".join(bill.reasons) if isinstance(bill, Unknown) else None


def _workload(line: Line) -> str | None:
    workload = line.shortlist.gathered.workload
    return workload and workload.name


_SIDES = {"list": "at list price", "our": "under our terms"}
_OF_CLASS = dict(
    zip(
        _CLASSES,
        (
            "fresh input",
            "input read from the cache",
            "input written to the cache",
            "output",
            "all of the requests that go in batches",
            "what commitments were missed by",
        ),
        strict=True,
    )
)


def _classes_of(period: str, read: Callable[..., Told]) -> Iterator[Column]:
    """What a year or a month costs, by class of token."""
    for side, price in _SIDES.items():
        for name, words in _OF_CLASS.items():
            about = f"Of that {period.removesuffix('ly')} {price}: {words}."
            yield Column(
                f"{period}_{name}_{side}_usd", "usd", about, partial(read, name=name, ours=side == "our")
            )


COST = (
    Column("workload", "text", "The workload whose year is billed.", _workload),
    Column(
        "yearly_cost_list_usd",
        "usd",
        "Its year at list price.",
        partial(_cost, name="total", ours=False),
        ORIGIN,
    ),
    Column(
        "yearly_cost_our_usd",
        "usd",
        "Its year under our terms, shortfall of commitments included. It has limits where a run measured the "
        "tokens; n counts its calls.",
        partial(_cost, name="total", ours=True),
        (*LIMITS, *ORIGIN),
    ),
    Column(
        "monthly_cost_list_usd",
        "usd",
        "A twelfth of the year at list price.",
        partial(_month, name="total", ours=False),
    ),
    Column(
        "monthly_cost_our_usd",
        "usd",
        "A twelfth of the year under our terms.",
        partial(_month, name="total", ours=True),
        LIMITS,
    ),
    *(
        Column(
            f"{which}_month_{side}_usd",
            "usd",
            f"The {which} of its twelve months {price}{due}.",
            partial(_one_month, place=place, ours=side == "our"),
        )
        for side, price in _SIDES.items()
        for which, place, due in (
            ("first", 0, ""),
            ("last", -1, ", what a year's commitment is missed by with it" if side == "our" else ""),
        )
    ),
    *_classes_of("yearly", _cost),
    *_classes_of("monthly", _month),
    Column(
        "yearly_cost_unknown_because", "text", "Why the cost under our terms is not known.", _unknown_because
    ),
)


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
        "Share of draws that it won with weights moved by ±20 % and figures within their intervals.",
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
        f"{name.capitalize()} from 0, the worst of these offers, to 1, the best.",
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
    source = fact.source_url or fact.checked_by
    return Told(_value(fact), source=source, as_of=fact.as_of, more=more | _checks(fact))


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
    offer = line.ranked.evidence.entry.offer
    return standing_of(gathered.facts, offer, attribute.id, gathered.at, counts=counts)


def status(standing: Standing) -> str:
    """A standing in a word; `told` where what is told is no yes or no, and can be relied on."""
    return "told" if standing.verdict == "unknown" and standing.fact else standing.verdict


def _also(standing: Standing) -> str | None:
    """What else is told, with where."""
    told = (f"{_value(fact)} ({fact.source_url or fact.checked_by or fact.origin})" for fact in standing.also)
    return "; ".join(told) or None


def _value(fact: Fact) -> str:
    return f"{fact.value} {fact.unit}" if fact.unit else fact.value
