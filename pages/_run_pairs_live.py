"""A judge at work on a run that is over: how far it is, what it has cost, how to stop it or go on."""

from decimal import Decimal

import streamlit as st

from broker.runs.progress import Progress
from broker.runs.reviews.progress import progress
from db.benchmark_changes import Wish
from db.review_changes import request
from db.reviews import Review
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._run_list import spend
from pages._run_marks import ACTIVE, BADGES


def draw(database: Database, review: Review) -> None:
    """The live panel; it only reads, so any number of people can watch."""
    moving = review.status in ACTIVE
    st.fragment(_panel, run_every=1.0 if moving else None)(database, review.id, moving)


def _panel(database: Database, review_id: str, moving: bool) -> None:
    with database.reader() as session:
        found = progress(session, review_id)
    active = found.status in ACTIVE
    if moving != active:
        st.rerun()  # the whole page: results have come, or the judge goes on
    if active or found.done < found.total:
        with st.container(border=True):
            st.markdown(BADGES[found.status])
            st.progress(min(1.0, found.done / max(1, found.total)), text=_how_far(found))
            st.caption(fmt.no_formula(f"Spent on the judge {spend(found.spent, found.budget)}"))
    if found.problem:
        st.error(ui.plain(found.problem), icon=":material/error:")
    _actions(database, review_id, found)


def _how_far(found: Progress) -> str:
    if found.wanted:
        return f"{'Pausing' if found.wanted == 'pause' else 'Cancelling'}: calls under way are ending"
    done = f"{found.done:,} of {found.total:,} judged"
    if found.status == "queued":
        return f"{done}, waiting for its turn"
    if found.status == "running" and found.eta_s:
        return f"{done}, about {fmt.ms(max(1.0, found.eta_s) * 1000)} left"
    return done


def _actions(database: Database, review_id: str, found: Progress) -> None:
    key = f"budget-{review_id}"

    def wish(what: Wish) -> None:
        more = st.session_state.get(key)
        try:
            with database.writer() as session:
                request(session, review_id, what, None if more is None else Decimal(str(more)))
        except (ValueError, LookupError) as error:
            st.toast(str(error))

    def button(label: str, what: Wish, icon: str, *, disabled: bool = False) -> None:
        name = f"{what}-{review_id}"
        st.button(label, name, icon=f":material/{icon}:", on_click=wish, args=(what,), disabled=disabled)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        if found.status in ACTIVE:
            button("Pause the judge", "pause", "pause", disabled=bool(found.wanted))
            button("Cancel the judge", "cancel", "stop", disabled=found.wanted == "cancel")
            return
        if found.done < found.total:
            if found.status == "budget":
                st.number_input("New budget, US dollars", float(found.spent), None, None, key=key, width=220)
            button("Resume the judge", "resume", "play_arrow")
        if found.failed:
            button(f"Ask again about {found.failed:,} unjudged", "retry", "refresh")
