"""What a finished task cost, beside the price per million tokens: who is cheap, and who only looks it."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from broker.comparison import SuiteResult
from broker.workload.honesty import Honesty, TaskCost
from pages import _format as fmt
from pages import _run_board as board
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._vendor_data import Answer

_FAIR = "No offer with a lower price per token costs more per finished task here: prices do not mislead."
_FINISHED = {
    "passed": "A task is finished where the answer is right; wrong ones are paid for too.",
    "score": "This suite says nothing of right or wrong, so a task is finished where it was answered.",
}


def draw(found: Answer) -> None:
    """A conclusion and a table for each suite."""
    told = found.shortlist.gathered.honesty
    results = {suite: _results(found, suite) for suite in told}
    if not any(one.offers for one in told.values()):
        imported = [suite for suite, each in results.items() if _is_imported(each)]
        st.info(
            ui.plain(_import(imported))
            + "Choose a suite above that was run on offers with known prices: what a finished task cost "
            "there shows whether the price per million tokens misleads.",
            icon=":material/receipt_long:",
        )
        return
    for suite, one in told.items():
        _suite(suite, one, results[suite])
    st.caption(_note(found))


def _results(found: Answer, suite: str) -> list[SuiteResult]:
    every = (result for one in found.shortlist.ranked for result in one.evidence.results)
    return [result for result in every if result.suite == suite]


def _is_imported(results: Sequence[SuiteResult]) -> bool:
    return bool(results) and all(result.origin == "imported" for result in results)


def _import(suites: Sequence[str]) -> str:
    """Why nothing is known of suites whose results all came from elsewhere."""
    if not suites:
        return ""
    return (
        f"The results of {fmt.listed(suites)} were imported, and an import holds no tokens: run it here to "
        "see what a finished task costs. "
    )


def _suite(suite: str, found: Honesty, results: Sequence[SuiteResult]) -> None:
    st.subheader(ui.plain(suite), anchor=False)
    if not found.offers:
        why = _import([suite]) if _is_imported(results) else ""
        st.caption(ui.plain(why) or "No offer of it has a known price, known tokens and a finished task.")
        return
    if found.warning:
        st.warning(fmt.no_formula(ui.plain(found.warning)), icon=":material/warning:")
    elif len(found.offers) > 1:
        st.markdown(_FAIR)
    board.table([_row(one) for one in found.offers], f"Cost per finished task of {suite}")
    st.caption(fmt.no_formula(ui.plain(_caption(found, results))))


def _row(one: TaskCost) -> dict[str, str]:
    return {
        "Place": f"{one.cost_rank}.",
        "Offer": one.label,
        "Cost per finished task": numbers.money(one.cost),
        "Calls": fmt.count(one.cost.n),
        "Per million tokens": f"{fmt.usd(_rounded(one.price_mtok))} ({one.price_rank}.)",
        "Finished": f"{one.finished * 100:.0f} %",
        "Output tokens": f"{one.output_tokens:,.0f}",
        "Input tokens": f"{one.input_tokens:,.0f}",
    }


def _rounded(amount: Decimal) -> Decimal:
    """Six digits: the mix of input and output has endless ones."""
    return Decimal(f"{amount:.6g}")


def _caption(found: Honesty, results: Sequence[SuiteResult]) -> str:
    first, last = (pick(result.ended_at for result in results) for pick in (min, max))
    days = f"{first:%-d %b %Y}" + (f" to {last:%-d %b %Y}" if first.date() != last.date() else "")
    left = f" Left out, as price, tokens or cost is not known: {fmt.listed(found.left_out)}."
    if found.left_out and any(result.origin == "imported" for result in results):
        left += " An import holds no tokens."
    measure = "passed" if any(result.measure == "passed" for result in results) else "score"
    return f"Newest finished runs, {days}. {_FINISHED[measure]}{left if found.left_out else ''}"


def _note(found: Answer) -> str:
    return (
        "Costs are at the prices of the runs' days, with their 95 % intervals. Per million tokens is the "
        f"list price of {found.shortlist.gathered.at} for the suite's own mix of input and output, with the "
        "rank by it. Tokens are those paid for per finished task, as each platform counted them: input "
        "differs by tokenizer, and by how many tries a finished task took."
    )
