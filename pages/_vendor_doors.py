"""One model behind each of its doors, side by side: which model, and which of its doors."""

from collections.abc import Sequence

import streamlit as st

from broker.comparison import Shortlist
from broker.comparison.doors import DoorRow, doors_of
from pages import _ui as ui
from pages._side_by_side import side_by_side
from pages._vendor_data import Answer
from pages._vendor_door_lines import lines
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
