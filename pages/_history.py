"""The parts of the history page: filters, one entry, export, the empty state."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import streamlit as st

from broker import export, playground
from broker.playground import Turn
from db import changes, queries
from db.queries import HistoryFilter
from db.session import Database
from pages import _format as fmt
from pages import _images as images
from pages._settings import offers_of, recall
from pages._turns import save_case
from pages._ui import plain, when

_VOTED = {"Any": None, "Voted": True, "Not voted": False}


def filters(known: Mapping[str, str]) -> HistoryFilter:
    """What to list; kept in the URL. `known` are the models ever asked, their labels by id."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    icon = ":material/search:"
    text = row.text_input("Search prompts and answers", key="search", bind="query-params", icon=icon)
    models = row.multiselect(
        "Models",
        list(known),
        key="models",
        bind="query-params",
        placeholder="Any",
        select_all=False,
        format_func=lambda offer: known.get(offer) or str(offer),
    )
    voted = row.selectbox("Votes", list(_VOTED), key="votes", bind="query-params", width=140)
    start = row.date_input("From", None, key="from", bind="query-params", format="YYYY-MM-DD", width=170)
    end = row.date_input("Until", None, key="until", bind="query-params", format="YYYY-MM-DD", width=170)
    if start and end and start > end:
        st.warning("From is after Until, so no prompt can match.")
    return HistoryFilter(
        search=(text or "").strip(),
        offers=tuple(models),
        voted=_VOTED[voted or "Any"],
        since=_midnight(start),
        until=_midnight(end + timedelta(days=1)) if end else None,
    )


def draw_empty(wanted: HistoryFilter) -> None:
    """Nothing to list: why, and what to do."""
    if wanted != HistoryFilter():
        st.info("No prompt matches these filters. Remove one of them to see more.")
        return
    with st.container(border=True):
        st.markdown(
            "Nothing has been asked yet. Each prompt you send is kept here with its answers and votes."
        )
        st.page_link("playground.py", label="Ask the first prompt", icon=":material/forum:")


def export_buttons(database: Database, wanted: HistoryFilter, user: str) -> None:
    """The filtered history as files, one row an answer; made when asked for."""
    with st.popover("Export", icon=":material/download:", width="content"):
        st.caption("Every answer of the prompts listed, on all pages.")
        for label, write, suffix, mime in (
            ("CSV", export.to_csv, "csv", "text/csv"),
            ("JSON", export.to_json, "json", "application/json"),
        ):
            st.download_button(
                f"Download {label}",
                lambda write=write: write(
                    export.answer_rows(
                        playground.history(database, wanted), lambda turn: turn.hidden_from(user)
                    )
                ),
                f"history.{suffix}",
                mime,
                on_click="ignore",
                width="stretch",
                key=f"export-{suffix}",
            )


def draw(database: Database, turn: Turn, user: str) -> None:
    """One prompt: what was asked of whom, the vote, and what can be done with it."""
    prompt = turn.prompt
    with st.container(border=True):
        words, actions = st.columns([5, 1.3], vertical_alignment="center")
        words.markdown(f"**{plain(fmt.short(prompt.text or '', 220))}**")
        words.caption(fmt.no_formula(" · ".join(_facts(turn, user))))
        with (
            actions,
            st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"),
        ):
            st.page_link(
                "playground.py",
                label="Open",
                icon=":material/open_in_new:",
                query_params={"prompt": prompt.id, "offers": offers_of(prompt)},
            )
            with st.popover("More", key=f"more-{prompt.id}"):
                if st.button("Ask again on today's models", key=f"again-{prompt.id}", width="stretch"):
                    _ask_again(database, turn)
                save_case(database, turn, user)
                with st.expander("Delete", icon=":material/delete:"):
                    st.caption(
                        "Removes the words of the prompt, of its answers and of the turns that follow it. "
                        "Tokens, costs and timings are kept. This cannot be undone."
                    )
                    key = f"delete-{prompt.id}"
                    st.button("Delete for good", key=key, on_click=_delete, args=(database, prompt.id))


def draw_cases(database: Database) -> None:
    """The test cases kept so far."""
    with database.reader() as session:
        cases = list(session.scalars(queries.saved_cases()))
    if not cases:
        return
    with st.expander(f"Test cases ({len(cases):,})", icon=":material/fact_check:"):
        for case in cases:
            words, actions = st.columns([5, 1.3], vertical_alignment="center")
            words.markdown(f"**{plain(case.name)}**")
            expected = f" · expected: {plain(fmt.short(case.expected, 80))}" if case.expected else ""
            words.caption(f"{when(case.created_at)} · {plain(fmt.short(case.text, 120))}{expected}")
            actions.button("Remove", key=f"case-{case.id}", on_click=_remove_case, args=(database, case.id))


def _remove_case(database: Database, case_id: str) -> None:
    with database.writer() as session:
        changes.delete_case(session, case_id)
    st.toast("Removed the test case.")


def _facts(turn: Turn, user: str) -> list[str]:
    prompt = turn.prompt
    hidden = turn.hidden_from(user)
    names = (
        fmt.plural(len(turn.answers), "hidden model")
        if hidden
        else ", ".join(plain(a.offer.name) for a in turn.answers)
    )
    failed = sum(answer.status != "ok" for answer in turn.answers)
    facts = [when(prompt.created_at), plain(prompt.user or "unknown"), names]
    facts += [f":red[{failed} without a full answer]"] if failed else []
    facts += [fmt.plural(len(prompt.images), "image")] if prompt.images else []
    facts += [f"turn {prompt.turn}"] if prompt.turn > 1 else []
    facts += [] if hidden else [_cost(turn)]
    facts.append(_voted(turn, hidden) if turn.votes else "not voted")
    return facts


def _cost(turn: Turn) -> str:
    costs = [answer.cost.total for answer in turn.answers if answer.cost is not None]
    missing = len(turn.answers) - len(costs)
    total = fmt.usd(sum(costs[1:], costs[0])) if costs else "cost unknown"
    return f"{total}, {missing} of {len(turn.answers)} unknown" if costs and missing else total


def _voted(turn: Turn, hidden: bool) -> str:
    """The votes in words; only their number while the names are hidden."""
    if hidden:
        return fmt.plural(len(turn.votes), "vote")
    names = {answer.call_id: answer.offer.name for answer in turn.answers}
    words = {"tie": "tie", "all_bad": "all bad"}
    votes = [words.get(vote.choice) or names.get(vote.call_id or "", "one") for vote in turn.votes]
    return f":green[:material/thumb_up: {plain(', '.join(votes))}]"


def _ask_again(database: Database, turn: Turn) -> None:
    """Send the prompt once more, to the same models with the same settings."""
    prompt = turn.prompt
    recall(prompt)
    images.attach(playground.images(database, prompt.images))
    st.session_state.draft = prompt.text
    st.session_state.opened = prompt.parent_id
    conversation = {"prompt": prompt.parent_id} if prompt.parent_id else {}
    st.switch_page("playground.py", query_params={"offers": offers_of(prompt), **conversation})


def _delete(database: Database, prompt_id: str) -> None:
    playground.delete(database, prompt_id)
    images.forget()
    st.toast("Deleted. The figures are kept.")


def _midnight(day: date | None) -> datetime | None:
    """The start of a day where the user is."""
    return datetime.combine(day, time(), fmt.zone_of(st.context.timezone)) if day else None
