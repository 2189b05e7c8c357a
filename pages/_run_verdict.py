"""What a run comes to, in plain sentences: they claim no more than the numbers carry."""

from collections.abc import Sequence

import streamlit as st

from broker.results import RunResults
from broker.results.leaderboard import Standing, quality
from broker.results.pairs import PairVerdict
from db.session import Database
from pages import _format as fmt
from pages import _run_export as export
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._run_data import Kept

_MANY = 0.1  # the share of calls without an answer from which on it is said
_ICONS = {
    "better": ":green[:material/trending_up:]",
    "worse": ":red[:material/trending_down:]",
    "not worse": ":green[:material/check:]",
    "undecided": ":orange[:material/help:]",
    "no data": ":gray[:material/block:]",
}


def draw(database: Database, kept: Kept) -> None:
    """The verdict: who leads, and what is known of every other offer against it."""
    run, board = kept.run, kept.board
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header("Verdict", anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            margin = _margin() if len(board) > 1 else None
            export.draw(database, run)
    found = kept.verdicts(margin)
    with st.container(border=True):
        st.subheader(fmt.no_formula(ui.plain(lead(run, board, found))), anchor=False)
        for pair in about(board[0].offer, found):
            st.markdown(f"{_ICONS[pair.verdict.kind]} {fmt.no_formula(ui.plain(pair.verdict.sentence))}")
        if said := _unanswered(run, board):
            st.markdown(f":orange[:material/warning:] {ui.plain(said)}")
        if run.judged:
            st.caption(_footnote(run, board))


def headline(kept: Kept) -> str:
    """One sentence for lists; where most answers came to nothing, one before it says so."""
    run, board, found = kept.run, kept.board, kept.verdicts()
    few = [one for one in board if 2 * run.epochs * quality(one, run.measure).n < one.asked]
    said = found[0].verdict.sentence if len(found) == 1 and run.judged else lead(run, board, found)
    if not few or not run.judged:
        return said
    counts = [
        f"{quality(one, run.measure).n:,} of {-(-one.asked // run.epochs):,} of {one.label}" for one in few
    ]
    return f"Few samples could be judged, {fmt.listed(counts)}{_lost(few, ' (', ')')}. {said}"


def lead(run: RunResults, board: Sequence[Standing], found: Sequence[PairVerdict]) -> str:
    """Who is ahead, and whether that is sure."""
    first = board[0]
    best = quality(first, run.measure)
    if best.value is None:
        return f"No answer could be judged{_lost(board, ': ')}."
    figure = numbers.percent(best)
    what = "right" if run.measure == "passed" else "mean score"
    if len(board) == 1:
        return f"{first.label}: {figure} {what}, n = {best.n:,}."
    sure = all(_beats(first.offer, pair) for pair in about(first.offer, found))
    if sure:
        return f"{first.label} is the best: {figure} {what}."
    level = [one.label for one in board if quality(one, run.measure).value == best.value]
    if len(level) > 1:
        return f"{fmt.listed(level)} are level at {figure.partition(' (')[0]} {what}."
    if not all(_leads(first.offer, pair) for pair in about(first.offer, found)):
        every = "every other" if len(board) > 2 else board[1].label
        return f"{first.label} has the most, {figure} {what}, but not more than {every} where both answered."
    doubt = "not surely of every other" if len(board) > 2 else "that may be chance"
    return f"{first.label} is ahead with {figure} {what}, but {doubt}."


def about(offer: str, found: Sequence[PairVerdict]) -> list[PairVerdict]:
    """The pairs with this offer."""
    return [pair for pair in found if offer in (pair.a, pair.b)]


def asked_margin() -> float | None:
    """The margin that is chosen on the page, as a share."""
    points = st.session_state.get("margin")
    return None if points is None else points / 100


def _leads(offer: str, pair: PairVerdict) -> bool:
    """Whether it did better on the samples that were judged of both."""
    found = pair.comparison.difference
    return found is not None and (found if pair.b == offer else -found) > 0


def _beats(offer: str, pair: PairVerdict) -> bool:
    return pair.verdict.kind == ("better" if pair.b == offer else "worse")


def _margin() -> float | None:
    points = st.number_input(
        "Points worse an offer may be",
        0.5,
        50.0,
        None,
        0.5,
        key="margin",
        bind="query-params",
        placeholder="Not asked",
        width=230,
        help="With a margin the verdict also says where an offer is shown (95 %, all pairs together) to be "
        "no more than so much worse, and so good enough.",
    )
    return None if points is None else points / 100


def _unanswered(run: RunResults, board: Sequence[Standing]) -> str:
    """A word where so much came to nothing that accuracy of the answers alone would flatter an offer."""
    many = [one for one in board if one.asked - one.answered > _MANY * one.asked]
    if not many:
        return ""
    counts = [f"{one.asked - one.answered:,} of {one.asked:,} of {one.label}" for one in many]
    cut = any(one.outcomes.get("truncated", 0) for one in many)
    look = " Look at what was right of all asked as well." if run.measure == "passed" else ""
    advice = " Answers were cut short: allow them more tokens." if cut else ""
    return f"Much was not answered: {fmt.listed(counts)}.{look}{advice}"


def _lost(board: Sequence[Standing], before: str, after: str = "") -> str:
    """What came of the calls that brought no answer, between these; nothing where all did."""
    counts = {name: sum(one.outcomes.get(key, 0) for one in board) for key, name in numbers.OUTCOMES.items()}
    said = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n and name != "answered")
    return f"{before}{said}{after}" if said else ""


def _footnote(run: RunResults, board: Sequence[Standing]) -> str:
    judged = len(set[str]().union(*(run.by_sample(one.offer, run.measure) for one in board)))
    named = [cluster for cluster in run.clusters.values() if cluster]
    shared = "; samples of one document count as the weaker evidence they are" * (
        len(set(named)) < len(named)
    )
    several = " Two offers are compared on the samples that both answered." if len(board) > 1 else ""
    return (
        "Each interval by itself, not all of them together, holds in 95 of 100 such runs "
        f"({fmt.plural(judged, 'sample')} judged{shared}).{several}"
    )
