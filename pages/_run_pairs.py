"""Head to head by a judge: a run's answers side by side, in both orders, and what that comes to."""

from collections.abc import Sequence

import streamlit as st

from broker.config import Config
from broker.judge import conflict_of
from broker.results import RunResults
from broker.results.head_to_head import HeadToHead, PairReview, head_to_head
from broker.runs.snapshot import offer_of
from db import review_queries as queries
from db.benchmarks import Run
from db.reviews import Review
from db.session import Database
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _run_pairs_form as form
from pages import _run_pairs_live as live
from pages import _ui as ui
from pages._run_board import table
from pages._run_data import Kept

_MUCH = 0.3  # the share of contradictory pairs from which on a judge is not to be relied on


def draw(config: Config, database: Database, user: str, run: Run, kept: Kept) -> None:
    """The latest judgement and how it was reached; a form for another."""
    with database.reader() as session:
        found = list(session.scalars(queries.reviews(run.id, "pairs")))
    if len(run.offers) > 1:
        st.header("Head to head by a judge", anchor=False)
        if found:
            _one(database, run, kept.run, found)
        else:
            st.caption(
                "Another model can read the answers to each sample side by side and say which is better: of "
                "use where right and wrong do not tell offers apart. It sees every pair twice, in both "
                "orders; where it contradicts itself, that is a tie."
            )
        with st.expander("Ask a judge" if not found else "Ask a judge once more", icon=":material/gavel:"):
            form.pairs(config, database, user, run, kept.board[0].offer)


def _one(database: Database, run: Run, results: RunResults, found: Sequence[Review]) -> None:
    review = found[0]
    if len(found) > 1:
        known = {one.id: one for one in found}
        chosen = st.selectbox("Judgement of", list(known), format_func=lambda key: _label(known[key]))
        review = known[chosen]
    live.draw(database, review)
    with database.reader() as session:
        seen = head_to_head(session, review, results)
    if any(one.judged or one.unjudged for one in seen.against):
        _results(results, seen, ui.when(review.created_at))
    asked = [offer_of(stored) for stored in run.offers if stored["id"] in {review.baseline, *review.offers}]
    if conflict := conflict_of(offer_of(review.judge), asked):
        st.warning(ui.plain(conflict), icon=":material/balance:")


def _label(review: Review) -> str:
    return f"{ui.when(review.created_at)} · {review.judge['name']}"


def _results(run: RunResults, seen: PairReview, when: str) -> None:
    if seen.done < seen.total:
        st.caption(f"So far, {seen.done:,} of {seen.total:,} pairs, drawn at random.")
    for one in seen.against:
        st.markdown(f":material/gavel: {fmt.no_formula(ui.plain(one.sentence))}")
    rows = [_row(run, one) for one in seen.against]
    table(rows, "Wins, ties and losses of each offer against the baseline")
    asked = f" Asked for: {ui.plain(fmt.short(seen.criteria, 200))}" if seen.criteria else ""
    st.caption(
        fmt.no_formula(
            f"Judged by {ui.plain(seen.judge)}, {when}; its calls cost {fmt.usd(seen.cost)}, beside what "
            "the run cost. Wins count ties half; in brackets the 95 % interval over samples. A tie is “both "
            f"alike” in both orders, or a judge that turns with the order.{asked}"
        )
    )
    for one in seen.against:
        if said := _people(run, one):
            st.markdown(said)
    turned = [one for one in seen.against if (one.position.value or 0) > _MUCH]
    if turned:
        names = fmt.listed([run.labels[one.b] for one in turned])
        st.warning(
            f"On {ui.plain(names)} this judge often says the opposite once the answers change places: its "
            "preferences say little. Ask a stronger one.",
            icon=":material/swap_horiz:",
        )


def _row(run: RunResults, one: HeadToHead) -> dict[str, str]:
    places = f"{one.first_favoured:,} for the first place, {one.second_favoured:,} for the second"
    return {
        "Offer": run.labels[one.b],
        "Against": run.labels[one.a],
        "Wins": numbers.percent(one.rate),
        "Won, tied, lost": f"{one.wins_b:,}, {one.ties:,}, {one.wins_a:,}",
        "Contradicts itself": numbers.percent(one.position),
        "Of that, by place": places if one.contradictory else "–",
        "Not judged": fmt.count(one.unjudged),
    }


def _people(run: RunResults, one: HeadToHead) -> str:
    """How far people agree, where they have graded both answers of a pair."""
    if not one.graded:
        return ""
    pairs = f"{fmt.plural(one.graded, 'pair')} of {run.labels[one.b]} and {run.labels[one.a]}"
    return (
        f"People, who graded both answers of {ui.plain(pairs)}, agree with the judge on "
        f"{numbers.percent(one.alike)}. {numbers.kappa(one.kappa)}"
    )
