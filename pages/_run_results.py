"""The results of a run, from the verdict down to the single answer."""

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from broker.results import RunResults
from broker.results.judging import judge_agreement
from db.benchmarks import Run, Suite
from db.session import Database
from pages import _format as fmt
from pages import _run_board as board
from pages import _run_chart as chart
from pages import _run_compare as compare
from pages import _run_data as data
from pages import _run_numbers as numbers
from pages import _run_parts as parts
from pages import _run_samples as samples
from pages import _run_verdict as verdict
from pages import _ui as ui


def draw(database: Database, user: str, run: Run, suite: Suite) -> None:
    """Everything that is known of the offers."""
    mark = data.stamp(database, run)
    found = data.results(database, run)
    if not any(found.cells.values()):
        st.info("No answer has come yet, so there is nothing to say of the offers.")
        return
    standings = data.board(found, mark)
    verdict.draw(database, found, mark)
    board.draw(found, standings)
    if run.judge:
        _judging(database, run, sum((one.judge_cost or Decimal(0) for one in standings), Decimal(0)))
    chart.draw(found, standings)
    st.header("Details", anchor=False)
    specs = suite.definition.get("scorers", ())
    by_label = not specs or any(spec["name"] == "label" for spec in specs)
    _details(database, user, run, (found, mark), by_label)


def _judging(database: Database, run: Run, cost: Decimal) -> None:
    """Who judged, at what cost, and whether people agree."""
    judge = run.judge or {}
    with database.reader() as session:
        found = judge_agreement(session, run.id)
    st.markdown(
        fmt.no_formula(
            f"**Judge** {ui.plain(judge['name'])}; its calls cost {fmt.usd(cost)} beside the above."
        )
    )
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


def _details(
    database: Database, user: str, run: Run, results: tuple[RunResults, str], by_label: bool
) -> None:
    found, mark = results
    views: dict[str, Callable[[], None]] = {"Answers": lambda: samples.draw(database, user, found)}
    if any(found.tags.values()):
        views["By tag"] = lambda: parts.tags(found)
    if len(found.offers) > 1:
        margin = verdict.asked_margin()
        views["Pairs"] = lambda: parts.pairs(found, data.verdicts(found, mark, margin))
    if by_label:
        views["Labels"] = lambda: parts.labels(database, found)
    views["Other runs"] = lambda: compare.draw(database, run, found)
    tabs = st.tabs(list(views), key=f"details-{run.id}", on_change="rerun")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                view()
