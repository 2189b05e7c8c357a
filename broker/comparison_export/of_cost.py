"""Columns about what the workload costs in a year and in a month."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from functools import partial

from broker.catalog_entries import price_of
from broker.comparison_export.columns import LIMITS, NOTHING, ORIGIN, Column, Line, Told
from broker.comparison_export.of_offer import instant
from broker.workload import MONTHS, Charges, Unknown
from broker.workload.yearly import Bill

_CLASSES = tuple(field.name for field in fields(Charges))


def _bill(line: Line, ours: bool) -> Bill | Unknown | None:
    cost = line.evidence.cost
    return cost and (cost.ours if ours else cost.at_list)


def _cost(line: Line, name: str, ours: bool) -> Told:
    bill = _bill(line, ours)
    if not isinstance(bill, Bill):
        return NOTHING
    price = price_of(line.evidence.entry, instant(line))
    value: Decimal = getattr(bill.year, name)
    found = Told(value, source=(price and price.source) or None, as_of=line.shortlist.gathered.at)
    year = line.evidence.year if ours and name == "total" else None
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
            "what commitments were missed by, as if nothing else were bought under them",
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
        "Its year under our terms, shortfall of commitments included as if nothing else were bought under "
        "them. It has limits where a run measured the tokens; n counts its calls.",
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
