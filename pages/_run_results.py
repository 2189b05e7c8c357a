"""The results of a run, from the verdict down to the single answer."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import streamlit as st

from broker.config import Config
from broker.judge import conflict_of
from broker.judge_scales import JUDGED
from broker.results.judging import judge_agreement
from broker.results.leaderboard import Standing
from broker.runs.snapshot import offer_of
from broker.suites.store import load_suite
from db.benchmarks import Run, Suite
from db.session import Database
from pages import _format as fmt
from pages import _run_board as board
from pages import _run_chart as chart
from pages import _run_compare as compare
from pages import _run_data as data
from pages import _run_numbers as numbers
from pages import _run_pairs as pairs
from pages import _run_parts as parts
from pages import _run_samples as samples
from pages import _run_unjudged as unjudged
from pages import _run_verdict as verdict
from pages import _ui as ui
from pages._run_data import Kept


def draw(config: Config, database: Database, user: str, run: Run, suite: Suite) -> None:
    """Everything that is known of the offers."""
    kept = data.results(database, run)
    if not kept.by_sample:
        st.info("No answer has come yet, so there is nothing to say of the offers.")
        return
    unjudged.draw(config, database, user, run, kept)
    scorers = _scorers(database, run.suite_id)
    with st.spinner("Working out intervals"):
        standings = kept.board
    verdict.draw(database, kept)
    if not kept.run.judged and (said := _why_unjudged(standings, scorers)):
        st.info(said, icon=":material/gavel:")
    board.draw(kept, suite.name)
    if run.judge:
        costs = [one.judge_cost for one in standings]
        known = [cost for cost in costs if cost is not None]
        _judging(database, run, sum(known, Decimal(0)) if len(known) == len(costs) else None)
    pairs.draw(config, database, user, run, kept)
    if kept.run.judged:
        chart.draw(kept.run, standings)
    st.header("Details", anchor=False)
    _details(database, user, run, kept, "label" in scorers and kept.run.judged)


@st.cache_data(show_spinner=False, max_entries=64)
def _scorers(_database: Database, suite_id: str) -> frozenset[str]:
    """The names of all that judges answers to a version of a suite."""
    with _database.reader() as session:
        suite = load_suite(session, suite_id)
    return frozenset(spec.name for one in suite.samples for spec in one.scorers or suite.scorers)


def _why_unjudged(board: Sequence[Standing], scorers: frozenset[str]) -> str:
    """Why nothing judged any answer, and what to do; nothing where a judge is what is missing."""
    if not scorers:
        return (
            "This version of the suite says nothing of how answers are judged. Choose that under Edit, on "
            "the suite's page, and run the version that this makes; or judge these answers yourself below."
        )
    if not any(one.answered for one in board):
        return (
            "No call brought a whole answer, so there was nothing to judge. Allow more tokens where answers "
            "were cut short; what failed says why below, and can be asked again."
        )
    if scorers <= JUDGED.keys():
        return ""
    return (
        "The rules of this version could judge none of these answers; each says why below. Change them under "
        "Edit, on the suite's page, and run the version that this makes."
    )


def _judging(database: Database, run: Run, cost: Decimal | None) -> None:
    """Who judged, at what cost, and whether people agree."""
    judge = run.judge or {}
    with database.reader() as session:
        found = judge_agreement(session, run.id)
    st.markdown(
        fmt.no_formula(
            f"**Judge** {ui.plain(judge['name'])}; cost of its calls, beside the above: {fmt.usd(cost)}."
        )
    )
    if conflict := conflict_of(offer_of(judge), [offer_of(offer) for offer in run.offers]):
        st.warning(ui.plain(conflict), icon=":material/balance:")
    if found is None:
        st.caption(
            "Nobody has checked the judge yet. Judge some answers yourself below, and this says how far you "
            "agree."
        )
        return
    st.markdown(
        f"People agree with the judge on {numbers.percent(found.alike)} of {fmt.plural(found.n, 'answer')}. "
        f"{numbers.kappa(found.kappa)}"
    )


def _details(database: Database, user: str, run: Run, kept: Kept, by_label: bool) -> None:
    views: dict[str, Callable[[], None]] = {"Answers": lambda: samples.draw(database, user, kept)}
    if kept.all_tags:
        views["By tag"] = lambda: parts.tags(kept)
    if len(kept.run.offers) > 1 and kept.run.judged:
        views["Pairs"] = lambda: parts.pairs(kept, verdict.asked_margin())
    if by_label:
        views["Labels"] = lambda: parts.labels(database, kept)
    views["Other runs"] = lambda: compare.draw(database, run, kept)
    tabs = st.tabs(list(views), key="details", on_change="rerun", bind="query-params")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                view()
