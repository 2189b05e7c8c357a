"""A run under way: how far it is, what it has spent, what went wrong; and how to stop it or go on."""

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from broker.runs.progress import Progress, progress
from db.benchmark_changes import Wish, request
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _ui as ui
from pages._run_list import bill, spent
from pages._run_marks import ACTIVE, badges
from pages._run_numbers import OUTCOMES

_SPENT = (
    "At the prices of the run's start. A call that was stopped or timed out counts with the most it may have "
    "cost, so that the budget holds."
)


def draw(database: Database, run_id: str) -> None:
    """The live panel; it only reads, so any number of people can watch."""
    with database.reader() as session:
        moving = session.get_one(Run, run_id).status in ACTIVE
    st.fragment(_panel, run_every=1.0 if moving else None)(database, run_id, moving)


def _panel(database: Database, run_id: str, moving: bool) -> None:
    with database.reader() as session:
        found, run = progress(session, run_id), session.get_one(Run, run_id)
    active = found.status in ACTIVE
    if moving != active:
        st.rerun()  # the whole page: results have come, or the run goes on
    st.markdown(badges(run))
    if active or found.done < found.total:
        with st.container(border=True):
            _figures(run, found)
            _mix(run, found)
    else:
        st.caption(fmt.no_formula(f"{_taken(run, found)} · {bill(run)}"))
    if found.problem:
        st.error(ui.plain(found.problem), icon=":material/error:")
    _actions(database, run, found)


def how_far(found: Progress) -> str:
    """`34 of 96 answers, about 2 min left`."""
    if found.wanted:
        return f"{'Pausing' if found.wanted == 'pause' else 'Cancelling'}: calls under way are ending"
    answers = f"{found.done:,} of {found.total:,} answers"
    if found.status == "queued":
        return f"{answers}, waiting for its turn"
    if found.status == "running" and found.eta_s:
        return f"{answers}, about {_rough(found.eta_s)} left"
    return answers


def _rough(seconds: float) -> str:
    """A guess looks like one: whole minutes from two on, else steps of five seconds."""
    if seconds >= 2 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{max(1, round(seconds / 5)) * 5} s"


def _figures(run: Run, found: Progress) -> None:
    st.progress(min(1.0, found.done / max(1, found.total)), text=how_far(found))
    with st.container(horizontal=True):
        st.metric("Under way", fmt.count(found.under_way))
        if found.status == "running":
            st.metric("Answers a minute", fmt.rate(found.per_minute) if found.per_minute else "none yet")
        st.metric("Failed", fmt.count(found.failed))
        if found.unjudged:
            st.metric("Not judged", fmt.count(found.unjudged))
        st.metric("Spent", spent(run), help=_SPENT)


def _mix(run: Run, found: Progress) -> None:
    """What came of the calls so far, an offer a line."""
    names = {offer["id"]: offer["name"] for offer in run.offers}
    lines = [
        f"{ui.plain(names.get(offer, offer))}: "
        + ", ".join(f"{counts[key]:,} {word}" for key, word in OUTCOMES.items() if counts.get(key))
        for offer, counts in sorted(found.outcomes.items())
    ]
    if lines:
        st.caption("  \n".join(lines))


def _taken(run: Run, found: Progress) -> str:
    """How many, and from when to when: no pace, for nobody knows how long it stood still in between."""
    answers = fmt.plural(found.done, "answer")
    if run.kind == "imported":
        return f"{answers}, made elsewhere"
    if run.started_at is None or run.ended_at is None:
        return answers
    begun, ended = ui.when(run.started_at), ui.when(run.ended_at)
    return f"{answers} at {ended}" if begun == ended else f"{answers} from {begun} to {ended}"


def _actions(database: Database, run: Run, found: Progress) -> None:
    def wish(what: Wish) -> None:
        more = st.session_state.get("more-budget")
        try:
            with database.writer() as session:
                request(session, run.id, what, None if more is None else Decimal(str(more)))
        except (ValueError, LookupError) as error:
            st.toast(str(error))

    if run.kind == "imported":
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if found.status in ACTIVE:
            _button("Pause", "pause", wish, disabled=bool(found.wanted))
            _button("Cancel", "stop", wish, disabled=found.wanted == "cancel")
        elif found.done < found.total:
            if found.status == "budget":
                least = float(found.spent)
                st.number_input("New budget, US dollars", least, None, None, key="more-budget", width=220)
            left = f"Resume: {found.total - found.done:,} left to ask"
            _button("Resume", "play_arrow", wish, label=left, primary=True)
        elif found.failed:
            _button("Retry", "refresh", wish, label=f"Retry {found.failed:,} failed")
    if found.failed and found.status not in ACTIVE and found.done < found.total:
        st.caption(f"The {found.failed:,} that failed can be asked again once the others have been.")


def _button(
    what: str,
    icon: str,
    wish: Callable[[Wish], None],
    *,
    label: str = "",
    primary: bool = False,
    disabled: bool = False,
) -> None:
    st.button(
        label or what,
        key=f"run-{what.lower()}",
        type="primary" if primary else "secondary",
        icon=f":material/{icon}:",
        on_click=wish,
        args=(what.lower(),),
        disabled=disabled,
    )
