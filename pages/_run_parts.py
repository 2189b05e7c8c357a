"""A run in parts: every pair of offers, each tag, and which labels were taken for which."""

import streamlit as st

from broker.results.breakdown import Confusion, TagStanding
from broker.results.pairs import PairVerdict
from broker.stats import Comparison
from db.session import Database
from pages import _format as fmt
from pages import _run_numbers as numbers
from pages import _ui as ui
from pages._run_board import table
from pages._run_data import Kept

_TURNED = {"better": "worse", "worse": "better", "not worse": ""}  # as seen from the other side


def pairs(kept: Kept, margin: float | None) -> None:
    """Every offer against every other: the row against the column."""
    run, found = kept.run, kept.verdicts(margin)
    known = {(pair.a, pair.b): pair for pair in found}
    rows = [
        {"Offer": run.labels[one]}
        | {f"against {run.labels[other]}": _cell(known, one, other) for other in run.offers}
        for one in run.offers
    ]
    table(rows, "Verdict of the offer of each row against that of each column")
    level = f"{found[0].comparison.confidence * 100:.3g} %"
    st.caption(f"Points of difference with their {level} interval: above 0 the offer of the row is better.")
    for pair in found:
        st.markdown(f"- {fmt.no_formula(ui.plain(pair.verdict.sentence))}")


def _cell(known: dict[tuple[str, str], PairVerdict], one: str, other: str) -> str:
    if one == other:
        return "–"
    pair = known.get((other, one))
    if pair is not None:
        return f"{pair.verdict.kind} {_points(pair.comparison, 1)}"
    pair = known[one, other]
    kind = pair.verdict.kind
    return f"{_TURNED.get(kind, kind)} {_points(pair.comparison, -1)}"


def _points(found: Comparison, sign: int) -> str:
    if found.difference is None or found.low is None or found.high is None:
        return f"n = {found.n:,}"
    low, high = sorted((sign * found.low, sign * found.high))
    return f"{_signed(sign * found.difference)} ({_signed(low)} to {_signed(high)})"


def _signed(share: float) -> str:
    text = f"{share * 100:+.1f}".replace("-", "−")
    return text if float(f"{share * 100:.1f}") else "0.0"


def tags(kept: Kept) -> None:
    """How good each offer is on the samples of each tag."""
    rows: dict[str, dict[str, str]] = {}
    for one in kept.tags:
        rows.setdefault(one.tag, {"Tag": one.tag})[kept.run.labels[one.offer]] = _share(one)
    table(list(rows.values()), "Quality by tag and offer")
    st.caption(
        "In brackets the 95 % interval, n is how many samples were judged of that offer: with few it is "
        "wide, and among many tags some differ by chance."
    )


def _share(one: TagStanding) -> str:
    return f"{numbers.percent(one.quality)}, n\u00a0=\u00a0{one.n:,}" if one.n else "not judged"


def labels(database: Database, kept: Kept) -> None:
    """The confusion matrix of an offer."""
    run = kept.run
    offer = st.selectbox("Offer", list(run.offers), format_func=run.labels.__getitem__, key="confused")
    found = kept.confusion(database, offer)
    if found is None:
        st.caption("No answer of this offer was judged by its label.")
        return
    st.markdown(
        f"Macro-F1 {numbers.percent(found.macro_f1)}: the mean over the labels, rare ones counting as much."
    )
    _matrix(found)
    st.caption("Rows: the right label. Columns: the label given. The diagonal is right.")


def _matrix(found: Confusion) -> None:
    right = [
        label for label in found.labels if any(found.counts.get((label, given)) for given in found.labels)
    ]
    counts = [[found.counts.get((row, column), 0) for column in found.labels] for row in right]
    rows = [
        {"Right label": row}
        | {column: fmt.count(n) if n else "·" for column, n in zip(found.labels, line, strict=True)}
        for row, line in zip(right, counts, strict=True)
    ]
    table(rows, "How often each label was given for each right one")
