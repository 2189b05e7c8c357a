"""A run under way: how far it is, what it has spent, what went wrong; and how to stop it or go on."""

from decimal import Decimal

import streamlit as st

from broker.runs.progress import Progress, progress
from db.benchmark_changes import Wish, request
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._run_list import ACTIVE, spend


def draw(database: Database, run_id: str) -> None:
    """The live panel; it only reads, so any number of people can watch."""
    with database.reader() as session:
        moving = progress(session, run_id).status in ACTIVE
    st.fragment(_panel, run_every=1.0 if moving else None)(database, run_id, moving)


def _panel(database: Database, run_id: str, moving: bool) -> None:
    with database.reader() as session:
        found = progress(session, run_id)
    if moving != (found.status in ACTIVE):
        st.rerun()  # the whole page: results have come, or the run goes on
    with st.container(border=True):
        st.progress(found.done / max(1, found.total), text=how_far(found))
        with st.container(horizontal=True):
            st.metric("Answers", f"{found.done:,} of {found.total:,}")
            st.metric("Under way", fmt.count(found.under_way))
            st.metric("Answers a minute", fmt.rate(found.per_minute) if found.per_minute else "–")
            st.metric("Spent", spend(found.spent, found.budget))
        _mix(found)
        if found.problem:
            st.error(ui.plain(found.problem), icon=":material/error:")
        _actions(database, run_id, found)


def how_far(found: Progress) -> str:
    """`about 2 min left`."""
    if found.wanted:
        return f"{'Pausing' if found.wanted == 'pause' else 'Cancelling'}: calls under way are ending"
    match found.status:
        case "queued":
            return "Waiting for its turn"
        case "running":
            left = f"about {fmt.ms(found.eta_s * 1000)} left" if found.eta_s else "under way"
            return f"{found.done:,} of {found.total:,} answers, {left}"
        case _:
            return f"{found.done:,} of {found.total:,} answers"


def _mix(found: Progress) -> None:
    lines = [
        f"{ui.plain(offer)}: "
        + ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items()))
        for offer, counts in sorted(found.outcomes.items())
    ]
    if lines:
        st.caption("  \n".join(lines))


def _actions(database: Database, run_id: str, found: Progress) -> None:
    def wish(what: Wish, budget: Decimal | None = None) -> None:
        try:
            with database.writer() as session:
                request(session, run_id, what, budget)
        except (ValueError, LookupError) as error:
            st.toast(str(error))

    with st.container(horizontal=True):
        if found.status in ACTIVE:
            st.button("Pause", icon=":material/pause:", on_click=wish, args=("pause",))
            st.button("Cancel", icon=":material/stop:", on_click=wish, args=("cancel",))
        elif found.done < found.total:
            st.button("Resume", type="primary", icon=":material/play_arrow:", on_click=wish, args=("resume",))
        if found.status not in ACTIVE and found.failed:
            st.button(
                f"Retry {found.failed:,} failed", icon=":material/refresh:", on_click=wish, args=("retry",)
            )
