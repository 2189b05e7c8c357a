"""Suites by offers: the best value for each kind of work, and what such a mix saves."""

from collections.abc import Mapping

import streamlit as st

from broker.comparison.tasks import ByTask, Mix, Task
from broker.stats import Estimate
from pages import _format as fmt
from pages import _run_board as board
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages import _vendor_data as data
from pages._vendor_data import Answer

_MOST = 40  # offers in the table


def draw(answer: Answer) -> None:
    """The conclusion, then the matrix."""
    found, told = answer.shortlist, data.tasks(answer)
    if not any(task.results for task in told.tasks):
        st.info(
            "Choose suites with a finished run above: each becomes a column, with its best value marked.",
            icon=":material/grid_on:",
        )
        return
    labels = {one.evidence.id: one.evidence.label for one in found.ranked}
    st.markdown(fmt.no_formula(_conclusion(told, labels)))
    offers = [
        one.evidence.id for one in found.ranked if any(one.evidence.id in t.results for t in told.tasks)
    ]
    rows = [
        {"Offer": labels[offer], **{_heading(task): _cell(task, offer) for task in told.tasks}}
        for offer in offers[:_MOST]
    ]
    board.table(rows, "Quality of each offer by task, with the best value marked")
    margin = f"{found.gathered.wanted.margin * 100:g} points"
    st.caption(
        "Quality with its 95 % interval, on so many answers, and what 1,000 tasks cost. Best value: the "
        f"cheapest offer shown to be no more than {margin} worse than the best. "
        "Offers that fail a must-have are no candidates. Imported results are named as such."
    )


def _conclusion(told: ByTask, labels: Mapping[str, str]) -> str:
    """Who does what, and what the mix saves."""
    choices = [
        f"**{ui.plain(labels[task.best_value])}** for {ui.plain(task.suite)}"
        for task in told.tasks
        if task.best_value is not None and task.best_value in labels
    ]
    if not choices:
        return "No best value can be named: for no task is the cost of an offer known that is good enough."
    if len(told.tasks) > 1 and len({task.best_value for task in told.tasks}) == 1:
        name = ui.plain(labels[told.tasks[0].best_value or ""])
        return f"**{name}** is the best value for every task, so there is nothing to mix."
    return f"Best value: {fmt.listed(choices)}. {_saving(told.mix, labels)}"


def _saving(mix: Mix | None, labels: Mapping[str, str]) -> str:
    if mix is None:
        return ""
    if mix.single is None or mix.saves is None or mix.saves.value is None:
        return "No single offer is good enough at every task, so only a mix serves."
    share = "" if mix.saves_share is None else f", {mix.saves_share * 100:.0f} % less"
    single = ui.plain(labels.get(mix.single, mix.single))
    return (
        f"Such a mix costs {numbers.money(mix.per_1000)} per 1,000 tasks{share} than {single} for "
        f"everything; its quality differs by {_points(mix.quality)}."
    )


def _points(gap: Estimate | None) -> str:
    if gap is None or gap.value is None:
        return "an unknown amount"
    if gap.low is None or gap.high is None:
        return f"{gap.value * 100:+.1f} points"
    return f"{gap.value * 100:+.1f} points ({gap.low * 100:+.1f} to {gap.high * 100:+.1f})"


def _heading(task: Task) -> str:
    return f"{task.suite} (share {task.weight})"


def _cell(task: Task, offer: str) -> str:
    result = task.results.get(offer)
    if result is None:
        return "not run"
    mark = "★ best value: " if offer == task.best_value else "best: " if offer == task.best else ""
    origin = ", imported" if result.origin == "imported" else ""
    cost = "" if result.cost_per_1000.value is None else f", {numbers.money(result.cost_per_1000)}"
    return f"{mark}{numbers.percent(result.quality)}, n = {result.quality.n:,}{cost}{origin}"
