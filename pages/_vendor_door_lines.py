"""What is told of each door to the same weights: a line each, with a text for every door."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from broker.assurance.attributes import ATTRIBUTE
from broker.comparison import Evidence
from broker.comparison.door_features import FEATURES, Recorded
from broker.comparison.doors import DoorRow
from broker.types import TokenPrice
from broker.workload import Unknown
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _vendor_figures as figures
from pages._catalogue_rows import exact
from pages._term_words import in_words


def lines(rows: Sequence[DoorRow], at: date) -> Mapping[str, list[str]]:
    """What is compared, each with a text for every door."""
    told = [row.evidence for row in rows]
    lines: dict[str, list[str]] = {
        "Price at list": [_price(row.at_list) for row in rows],
        "Our price": [_price(row.ours) for row in rows],
        "Terms in force": [_terms(row) for row in rows],
        "A year of the workload": [_year(row) for row in rows],
        "Quality": [_quality(one) for one in told],
        "Whole answer, p50 / p95": [_speed(row) for row in rows],
        "Same verdicts": [_agreement(row, "verdict") for row in rows],
        "Same answers": [_agreement(row, "answer") for row in rows],
        "Lost against another door": [_lost(row) for row in rows],
        "Left out of its newest calls": [_dropped(row.calls) for row in rows],
        "Ends": [_end(row, at) for row in rows],
        "Recorded calls": [fmt.count(one.calls) for one in told],
    }
    for name in rows[0].facts if rows else ():
        lines[ATTRIBUTE[name].name] = [row.facts[name] or fmt.UNKNOWN for row in rows]
    return lines


def _price(price: TokenPrice | None) -> str:
    return fmt.UNKNOWN if price is None else f"{exact(price.input_mtok)} / {exact(price.output_mtok)}"


def _terms(row: DoorRow) -> str:
    entry = row.evidence.entry
    return "; ".join(in_words(term, entry.platform, entry.offer.name) for term in row.terms) or "none"


def _year(row: DoorRow) -> str:
    cost = row.evidence.cost
    if cost is None:
        return "no workload chosen"
    return fmt.UNKNOWN if isinstance(cost.ours, Unknown) else fmt.usd(Decimal(cost.ours.year.total))


def _quality(one: Evidence) -> str:
    return fmt.UNKNOWN if one.quality is None else figures.quality(one)


def _speed(row: DoorRow) -> str:
    speed = row.evidence.speed
    if speed is None or (speed.total_p95.value is None and speed.total_p95.low is None):
        return fmt.UNKNOWN
    where = "" if speed.origin == "runs" else ", all recorded calls"
    waits = f"{figures.wait(speed.total_p50)} / {figures.wait(speed.total_p95)}"
    return f"{waits}, n = {speed.total_p95.n:,}{where}"


def _lost(row: DoorRow) -> str:
    return fmt.listed([FEATURES[name] for name in row.lost]) or "nothing known"


def _dropped(calls: Recorded) -> str:
    """Parameters that its newest recorded calls did without, or that were sent in another way."""
    if not calls.calls:
        return "no calls recorded"
    told = [
        f"{FEATURES.get(name, name)} {how} {count:,} of {calls.calls:,}"
        for how, counts in (("left out of", calls.dropped), ("sent otherwise in", calls.adapted))
        for name, count in counts.items()
    ]
    return "; ".join(told) or f"nothing in {fmt.plural(calls.calls, 'call')}"


def _agreement(row: DoorRow, kind: Literal["verdict", "answer"]) -> str:
    if row.agreement is None:
        return "compared with this one" if row.evidence.results else "not run here"
    share = row.agreement.verdict if kind == "verdict" else row.agreement.answer
    return fmt.UNKNOWN if share.value is None else f"{numbers.percent(share)}, n = {share.n:,}"


def _end(row: DoorRow, at: date) -> str:
    life = row.evidence.lifecycle
    if life.retires is not None:
        left = life.days_left(at) or 0
        return f"{life.retires} ({fmt.plural(left, 'day')} left)" if left > 0 else f"{life.retires} (over)"
    if life.ending:
        return "announced, no day"
    return f"not before {life.not_before}" if life.not_before else fmt.UNKNOWN
