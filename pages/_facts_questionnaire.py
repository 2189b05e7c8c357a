"""Questions to a vendor as a file, and the answers back: each is looked at before it becomes a fact."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from broker.assurance import Fact, Known, staff
from broker.assurance.attributes import ATTRIBUTE
from broker.comparison_export.answers import Proposal, Review, accepted, read_answers
from broker.comparison_export.questionnaire import question_rows, questionnaire_csv
from db.session import Database
from pages import _facts_words as words
from pages import _format as fmt

_MOST_BYTES, _MOST_SHOWN = 1_000_000, 50
_TITLES, _WIDTHS = ("Accept", "Known now", "The vendor's answer"), (2.5, 3, 4.5)


def draw(database: Database, user: str, known: Known, platform: str, at: date) -> None:
    """The file to send; once it came back, its answers to accept."""
    asked = sum(1 for _ in question_rows(known, platform, at))
    label = f"Ask the vendor ({fmt.plural(asked, 'open question')})"
    with st.expander(label, icon=":material/mail:", key="questionnaire"):
        st.caption(
            "The file asks for all that is unknown about this platform or cannot be relied on. Send it, and "
            "upload it here once its answer columns are filled in. Nothing is kept before you accept it."
        )
        st.download_button(
            "Download the questionnaire",
            lambda: questionnaire_csv(known, platform, at),
            f"questionnaire-{platform}-{at}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not asked,
        )
        uploads = st.session_state.get("answers-read", 0)  # a new key empties the uploader
        file = st.file_uploader("Answers that came back", ("csv",), key=f"answers-{platform}-{uploads}")
        if file is not None and _fits(file.size):
            review = read_answers(file.getvalue(), platform, known, at)
            _show_problems(review)
            _review(database, user, review.rows, at)


def _fits(size: int) -> bool:
    if size > _MOST_BYTES:
        st.error("The file is larger than a questionnaire can be.", icon=":material/error:")
    return size <= _MOST_BYTES


def _show_problems(review: Review) -> None:
    if review.problems:
        lines = [
            f"- Row {one.row}, {words.plain(one.field)}: {words.plain(fmt.short(one.message, 600))}"
            for one in review.problems[:_MOST_SHOWN]
        ]
        if len(review.problems) > _MOST_SHOWN:
            lines.append(f"- And {len(review.problems) - _MOST_SHOWN:,} more.")
        st.warning("\n".join(["Not taken over:", "", *lines]), icon=":material/rule:")
    elif not review.rows:
        st.info("No row of the file has an answer.", icon=":material/inbox:")


def _review(database: Database, user: str, rows: Sequence[Proposal], at: date) -> None:
    """Every answer beside what is known, to be accepted one by one."""
    if not rows:
        return
    with st.form(f"review-{hash(tuple(rows))}", border=False):
        st.markdown(f"**{fmt.plural(len(rows), 'answer')} to review**")
        for place, title in zip(st.columns(_WIDTHS), _TITLES, strict=True):
            place.caption(title)
        chosen = [one for one in rows if _row(one)]
        sent = st.form_submit_button("Keep the accepted answers", type="primary", icon=":material/save:")
    if not sent:
        return
    with database.writer() as session:
        for one in chosen:
            staff.save(session, accepted(one, user, at), user)
    if chosen:
        st.session_state["answers-read"] = st.session_state.get("answers-read", 0) + 1
        st.toast(f"Kept {fmt.plural(len(chosen), 'answer')}.", icon=":material/check:")
        st.rerun()
    st.info("Accept at least one answer, or leave the page: nothing was kept.")


def _row(one: Proposal) -> bool:
    """What is known now, what the vendor says, and whether it is accepted."""
    fact, name = one.proposed, ATTRIBUTE[one.proposed.attribute].name
    label = f"{name} for {fact.scope}" if fact.scope else name
    action, now, then = st.columns(_WIDTHS, vertical_alignment="top")
    taken = action.checkbox(words.plain(label), key=f"accept-{one.row}-{fact.attribute}")
    now.markdown(_told(one.current))
    note = f" · {words.plain(fmt.short(fact.note, 300))}" if fact.note else ""
    then.markdown(f"**{words.value(fact, 200)}**")
    then.caption(f"{words.source(fact)} · :gray[{words.dated(fact)}{note}]")
    return taken


def _told(fact: Fact | None) -> str:
    return words.value(fact, 120) if fact else "unknown: nothing is told"
