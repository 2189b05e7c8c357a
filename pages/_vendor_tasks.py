"""Suites by offers: the best value for each kind of work, and what such a mix saves."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from statistics import NormalDist

import streamlit as st

from broker.comparison import Ranked
from broker.comparison.tasks import ByTask, Mix, Task
from broker.stats import Estimate
from broker.stats.planning import samples_needed_graded
from pages import _format as fmt
from pages import _run_board as board
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages import _vendor_data as data
from pages._vendor_data import Answer

_MOST = 40  # offers in the table
_TOO_FEW = "of no candidate enough samples were judged"
_AT_THE_LIMIT = 0.001  # so near to the margin no number of samples that anyone asks tells on which side


def draw(answer: Answer) -> None:
    """The conclusion, then the matrix."""
    found, told = answer.shortlist, data.tasks(answer)
    shown = [one for one in found.ranked if one.outcome != "fail" and one.evidence.results]
    if not told.tasks or not shown:
        st.info(
            "Choose suites with a finished run above: each becomes a column, with its best value marked.",
            icon=":material/grid_on:",
        )
        return
    labels = {one.evidence.id: one.evidence.label for one in found.ranked}
    gated = bool(found.gathered.wanted.gates)
    st.markdown(fmt.no_formula(conclusion(told, labels, gated)))
    rows = [
        {"Offer": one.evidence.label, **{_heading(task): _cell(task, one) for task in told.tasks}}
        for one in shown[:_MOST]
    ]
    board.table(rows, "Quality of each offer by task, with the best value marked")
    margin = found.gathered.wanted.margin
    st.caption(
        "Quality with its 95 % interval, on so many answers, then what 1,000 tasks cost. ★ Best value: the "
        f"cheapest of the one measured highest in its column and those shown to be no more than "
        f"{_plain(margin)} worse; such statements hold together 95 times of 100. On few answers the one "
        "measured highest need not be the best; who was judged on fewer than half as many samples as "
        "another, or as asked, is left out. Only offers that pass all must-haves are candidates: where "
        "one is unknown, the cell says so, and offers that fail one are left out. Imported results are named "
        f"as such. As of {found.gathered.at}."
    )
    with st.expander("Why the other offers are not the best value"):
        for task in told.tasks:
            st.markdown(f"**{ui.plain(task.suite)}**")
            lines = (f"- {ui.plain(labels[offer])}: {why}" for offer, why in reasons(task, margin))
            st.markdown(fmt.no_formula("\n".join(lines)) or "No other offer was run on it.")


def reasons(task: Task, margin: float) -> Iterator[tuple[str, str]]:
    """Why each offer but the best value is not that, by its id."""
    for offer in task.results:
        if offer == task.best_value:
            continue
        if offer in task.few:
            yield offer, _too_few(task, offer)
        elif offer in task.unpriced:
            yield offer, "good enough, but its cost is not known."
        elif offer in task.good:
            yield offer, "good enough, but it costs more."
        else:
            yield offer, _too_low(task.gaps[offer], task.confidence, margin)


def _too_few(task: Task, offer: str) -> str:
    one, most = task.results[offer], max(result.quality.n for result in task.results.values())
    n = one.quality.n
    beside = f"{one.samples:,} that it was asked" if one.is_thin else f"{most:,} of another offer"
    return f"left out, as it was judged on {n:,} {_samples(n)} alone, beside {beside}."


def _samples(n: int) -> str:
    return "sample" if n == 1 else "samples"


def _too_low(gap: Estimate, confidence: float, margin: float) -> str:
    """Worse by more than the margin, or how many more samples could tell on which side of it it is."""
    if gap.value is None or gap.low is None or gap.high is None:
        return "how far it is from the best cannot be told."
    told = f"{_points(gap)} against the best, "
    if gap.high < -margin:
        return f"{told}shown to be more than {_plain(margin)} worse."
    told += f"so whether it is within {_plain(margin)} cannot be told yet"
    if abs(gap.value + margin) < _AT_THE_LIMIT:
        return f"{told}: as measured it lies right at the limit."
    side = "within" if gap.value > -margin else "not"
    more = more_needed(gap, confidence, margin)
    return f"{told}: if the gap stays, about {more:,} more samples show four times in five that it is {side}."


def more_needed(gap: Estimate, confidence: float, margin: float) -> int:
    """How many more samples show, four times in five, on which side of the margin a gap like this is."""
    assert gap.value is not None
    assert gap.low is not None
    assert gap.high is not None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    reach = gap.value - gap.low if gap.value > -margin else gap.high - gap.value
    deviation = reach / z * gap.n**0.5
    needed = samples_needed_graded(gap.value + margin, deviation, alpha=1 - confidence)
    digits = len(str(needed)) - 2  # planning is no more exact than two digits
    return max(1, round(needed - gap.n, -max(0, digits)))


def _plain(margin: float) -> str:
    return f"{margin * 100:g} points"


def conclusion(told: ByTask, labels: Mapping[str, str], gated: bool) -> str:
    """Who does what, and what the mix saves; `gated` where candidates had to pass must-haves."""
    among = " of those that pass all must-haves" if gated else ""
    choices = [
        f"**{ui.plain(labels[task.best_value])}** for {ui.plain(task.suite)}"
        for task in told.tasks
        if task.best_value is not None and task.best_value in labels
    ]
    if not any(task.results for task in told.tasks):
        return "No best value can be named: no offer that was run here is shown to pass all must-haves."
    if not choices:
        no_cost = "for no task is the cost of an offer known that is good enough"
        return (
            f"No best value can be named: {no_cost if any(task.good for task in told.tasks) else _TOO_FEW}."
        )
    if len(told.tasks) > 1 and len({task.best_value for task in told.tasks}) == 1:
        name = ui.plain(labels[told.tasks[0].best_value or ""])
        every = f"**{name}** is the best value{among} for every task, so there is nothing to mix."
        return " ".join((every, *_unproven(told)))
    rest = [*_unproven(told), *_without(told), _alone(told, labels), _saving(told.mix, labels)]
    return " ".join((f"Best value{among}: {fmt.listed(choices)}.", *filter(None, rest)))


def _unproven(told: ByTask) -> Iterator[str]:
    """The tasks whose best value is only the one measured highest: nothing else could qualify."""
    for task in told.tasks:
        if task.best_value is not None and len(task.good) == 1 and len(task.results) > 1:
            n = task.results[task.best_value].quality.n
            on = f"on {n:,} {_samples(n)}"
            yield f"For {ui.plain(task.suite)} no other could be shown to be as good, {on}."


def _without(told: ByTask) -> Iterator[str]:
    """The tasks that have no best value."""
    for task in told.tasks:
        if task.best_value is None:
            no_cost = "the cost of no offer that is good enough is known"
            why = no_cost if task.good else _TOO_FEW if task.few else "no candidate was run on it"
            yield f"For {ui.plain(task.suite)} none can be named: {why}."


def _alone(told: ByTask, labels: Mapping[str, str]) -> str:
    """Whether a single offer does every task well enough, where a mix is held against none."""
    if len(told.tasks) < 2 or not all(task.good for task in told.tasks) or (told.mix and told.mix.single):
        return ""
    if not told.everywhere:
        return "No single offer is good enough at every task, so only a mix serves."
    names = fmt.listed([ui.plain(labels[offer]) for offer in told.everywhere])
    return f"Good enough at every task, with costs that are not all known: {names}."


def _saving(mix: Mix | None, labels: Mapping[str, str]) -> str:
    if mix is None or mix.single is None or set(mix.offers.values()) == {mix.single}:
        return ""
    if mix.saves is None or mix.saves.value is None:
        return ""
    share = "" if mix.saves_share is None else f", {mix.saves_share * 100:.0f} %"
    single = ui.plain(labels.get(mix.single, mix.single))
    return (
        f"Such a mix costs {numbers.money(mix.per_1000)} per 1,000 tasks, {numbers.money(mix.saves)}{share} "
        f"less than {single} for everything; its quality differs by {_points(mix.quality)}."
    )


def _points(gap: Estimate | None) -> str:
    if gap is None or gap.value is None:
        return "an unknown amount"
    if gap.low is None or gap.high is None:
        return f"{gap.value * 100:+.1f} points"
    return f"{gap.value * 100:+.1f} points ({gap.low * 100:+.1f} to {gap.high * 100:+.1f})"


def _heading(task: Task) -> str:
    return f"{task.suite} (share {task.weight})"


def _cell(task: Task, one: Ranked) -> str:
    offer = one.evidence.id
    result = next((result for result in one.evidence.results if result.suite == task.suite), None)
    if result is None:
        return "not run"
    if one.outcome == "unknown":
        mark = "must-have unknown: "
    else:
        marks = {task.best: "best: ", task.best_value: "★ best value: "}
        mark = "too few samples: " if offer in task.few else marks.get(offer, "")
    origin = ", imported" if result.origin == "imported" else ""
    paid = result.cost_per_1000.value
    cost = "cost unknown" if paid is None else fmt.usd(Decimal(str(round(paid, 10))))
    return f"{mark}{numbers.percent(result.quality)}, n = {result.quality.n:,}, {cost}{origin}"
