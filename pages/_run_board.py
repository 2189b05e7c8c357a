"""The leaderboard of a run: quality, cost, speed and what came of the calls, an offer a row."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from broker import catalog
from broker.comparison.suites import offer_id
from broker.results import Measure, RunResults
from broker.results.leaderboard import Standing, Waits
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._run_data import Kept
from pages._run_marks import IMPORTED, UNRELIABLE, UNTOLD

_SAME = {"Mean score": "as right of answered"}  # what is left out where it would say the same again
_COUNTED: Mapping[Measure, str] = {
    "passed": "Right of answered leaves out refusals, cut and filtered answers and failures; in right of all "
    "asked they count as not right. What was not judged is in neither.",
    "score": "The mean score is of what was judged: refusals, cut and filtered answers and failures are left "
    "out.",
}
CLOCKS = (
    "Times run from the moment the request is sent until its first token, the first word of "
    "its answer (after any reasoning), and the last byte arrive here. "
    "Half of the calls stay below p50, 95 of 100 below p95. Calls that timed out "
    "took longer than any other; those that failed otherwise are left out, and unless asked for those that "
    "needed a second try. In brackets the 95 % interval, which in simulations "
    "held in 94 to 99 of 100 cases: “at least” where the calls cannot say how high it may be, nothing "
    "where they say neither. “More than” stands where too many timed out to say it at all."
)


def draw(kept: Kept, suite: str) -> None:
    """Quality with cost, then speed."""
    run, board = kept.run, kept.board
    st.header("Leaderboard", anchor=False)
    table([quality(run, one) for one in board], "Quality and cost by offer")
    counted = f"{_COUNTED[run.measure]} " if run.judged else ""
    st.caption(f"{counted}In brackets the 95 % interval, which in simulations held in 93 to 98 of 100 cases.")
    _links(kept, suite)
    imported = run.kind == "imported"
    unsure = UNTOLD if run.lag_p95_ms is None else UNRELIABLE
    marks = IMPORTED if imported else "" if run.timings_reliable else unsure
    st.markdown(f"**Speed** {marks}")
    if imported:
        st.caption("These answers were made elsewhere: nothing is known of how long they took.")
        return
    if run.lag_p95_ms is None:
        st.caption(
            "How late this machine was in stamping tokens is not known, so these times may be too long."
        )
    elif not run.timings_reliable:
        st.warning(
            "This machine was too busy to stamp tokens as they arrived, so these times may be too long: its "
            f"own delay was {fmt.ms(run.lag_p95_ms)} or more in one case of twenty. Compare them with care.",
            icon=":material/timer_off:",
        )
    again = any(one.retried for one in board) and st.toggle("Count calls that needed a second try")
    table([speed(one) for one in (kept.with_retried if again else board)], "Speed by offer")
    st.caption(CLOCKS)


def _links(kept: Kept, suite: str) -> None:
    """The way on: to a choice between the offers, and to all that is known of each."""
    known = catalog.catalogue(ui.engine().config).by_id
    with st.container(horizontal=True):
        st.page_link(
            "compare.py",
            label="Compare with yearly cost and must-haves",
            icon=":material/scale:",
            query_params={"suite": suite},
        )
        for one in kept.board:
            label = f"All about {fmt.no_formula(ui.plain(one.label))}"
            name = offer_id(kept.run.offers[one.offer], known)
            st.page_link("offer.py", label=label, query_params={"id": name})


def quality(run: RunResults, one: Standing) -> dict[str, str]:
    """An offer's row: how good, at what cost, what came of the calls."""
    row = {"Offer": one.label, "Answered": f"{one.answered:,} of {one.asked:,}"}
    if run.measure == "passed":
        row |= {
            "Right of answered": numbers.percent(one.accuracy),
            "Right of all asked": numbers.percent(one.accuracy_of_asked),
        }
    scored = run.judged and run.measure == "score"
    row |= {"Mean score": numbers.percent(one.score)} if _graded(one) or scored else {}
    row |= {"Cost per 1,000 tasks": numbers.money(one.cost_per_1000)}
    row |= {"Cost per right answer": _per_right(one)} if run.measure == "passed" else {}
    return row | {"What came of it": numbers.outcomes(one)}


def _graded(one: Standing) -> bool:
    """Whether the scores say more than the passes."""
    return one.score.value is not None and one.score.value != one.accuracy.value


def _per_right(one: Standing) -> str:
    """Unknown is not the word where there was nothing right to pay for."""
    none = one.cost is not None and one.accuracy.n and not one.right
    return "no right answer" if none else numbers.money(one.cost_per_right)


def speed(one: Standing) -> dict[str, str]:
    """An offer's row: its waiting times, each with its interval, and of how many calls they are."""
    n = one.total.p50.n if one.total else 0
    word = one.ttfa.p50.value if one.ttfa else None
    thinks = word is not None and one.ttft is not None and word != one.ttft.p50.value
    return {
        "Offer": one.label,
        "Calls timed": fmt.count(n),
        **_waits("First token", one.ttft, n),
        **(_waits("First word", one.ttfa, n) if thinks else {}),
        **_waits("Whole answer", one.total, n),
        "Tokens/s, p50": numbers.rate(one.tokens_per_s, n),
        "Retried": fmt.count(one.retried),
    }


def _waits(name: str, found: Waits | None, n: int) -> dict[str, str]:
    return {f"{name}, {part}": numbers.wait(found and getattr(found, part), n) for part in ("p50", "p95")}


def table(rows: Sequence[dict[str, str]], alt: str) -> None:
    """A table of words, which screen readers can read; every row has the columns of the fullest."""
    shown = {
        ui.plain(name): [ui.plain(row.get(name, _SAME.get(name, "as the first token"))) for row in rows]
        for name in max(rows, key=len)
    }
    st.table(pd.DataFrame(shown), border="horizontal", hide_index=True, alt=alt)
