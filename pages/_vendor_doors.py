"""One model behind each of its doors: price, terms, speed, agreement, what is lost, how long it stays."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import streamlit as st

from broker.assurance.attributes import ATTRIBUTE
from broker.comparison import Evidence, Shortlist
from broker.comparison.door_features import FEATURES, Recorded
from broker.comparison.doors import DoorRow, doors_of
from broker.types import TokenPrice
from broker.workload import Unknown
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages import _vendor_figures as figures
from pages._catalogue_rows import exact
from pages._side_by_side import side_by_side
from pages._term_words import in_words
from pages._vendor_data import Answer
from pages._vendor_state import key

_SHOWN = 5  # columns that fit beside each other


def draw(found: Answer) -> None:
    """The model to choose, then its doors side by side."""
    gathered, models = found.shortlist.gathered, _models(found)
    if not models:
        st.info(
            "None of these offers is sold through several platforms, as far as names tell.",
            icon=":material/door_front:",
        )
        return
    identity = st.selectbox(
        "Model", list(models), format_func=lambda name: models[name], key=key("doors-model"), width=420
    )
    every = _doors(found, identity, found.mark)
    rows = _chosen(every, identity, _best(found.shortlist, identity))
    if not rows:
        return
    side_by_side(_heads(rows), lines(rows, gathered.at))
    st.caption(
        "Prices are per million tokens in and out, on this day. Agreement is the share of samples of the "
        "same suites on which both doors came to the same verdict, or gave the same answer letter by letter, "
        "against the door that most was asked of; two askings of one door differ too. In brackets are 95 % "
        "intervals. Nothing told is unknown, not no."
    )


@st.cache_resource(show_spinner="Reading what is known of each door", max_entries=16)
def _doors(_found: Answer, identity: str, mark: str) -> tuple[DoorRow, ...]:
    with _found.ground.database.reader() as session:
        return doors_of(session, _found.ground.config, _found.shortlist.gathered, identity)


def _models(found: Answer) -> dict[str, str]:
    """The weights that are sold as several offers, by identity, the best offer's first."""
    names: dict[str, list[str]] = {}
    same = found.ground.known.by_identity
    for entry in (one.evidence.entry for one in found.shortlist.ranked):
        if entry.identity and len(same.get(entry.identity, ())) > 1:
            names.setdefault(entry.identity, []).append(entry.offer.name)
    return {identity: model_name(known) for identity, known in names.items()}


def model_name(offers: Sequence[str]) -> str:
    """What a model is called, by the names of its offers: without one door's own addition in brackets."""
    return min(offers, key=lambda name: name.endswith(")")).partition(" (")[0]


def _best(found: Shortlist, identity: str) -> str | None:
    """The offer of a model that comes first in the shortlist."""
    return next((one.evidence.id for one in found.ranked if one.evidence.entry.identity == identity), None)


def _chosen(every: Sequence[DoorRow], identity: str, best: str | None) -> list[DoorRow]:
    """The doors to show: at first the best, then those that were tested or are connected, as many as fit."""
    first = sorted(
        every,
        key=lambda row: (
            row.evidence.id != best,
            not row.evidence.results,
            not row.evidence.entry.configured,
        ),
    )
    names = {row.evidence.id: f"{row.evidence.entry.platform} ({row.evidence.id})" for row in every}
    picked = st.multiselect(
        "Doors",
        list(names),
        default=[row.evidence.id for row in first[:_SHOWN]],
        format_func=lambda offer: names[offer],
        key=key(f"doors-{identity}"),
        placeholder="Choose the doors to compare",
        select_all=False,
    )
    return [row for row in every if row.evidence.id in picked]


def _heads(rows: Sequence[DoorRow]) -> list[str]:
    """The platforms, with the offers' names where one platform has several."""
    platforms = [row.evidence.entry.platform for row in rows]
    return [
        ui.plain(name if platforms.count(name) == 1 else f"{name}: {row.evidence.entry.offer.name}")
        for name, row in zip(platforms, rows, strict=True)
    ]


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
    if speed is None or speed.total_p95.value is None:
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
