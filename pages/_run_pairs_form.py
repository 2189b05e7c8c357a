"""Having a judge asked about a run: who judges, of what, at what cost; what it will ask, before it starts."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from broker.config import Config
from broker.runs.reviews import CRITERIA, Kind, Order
from broker.runs.reviews.preview import preview
from broker.runs.reviews.start import start
from broker.runs.snapshot import offer_of
from db.benchmarks import Run
from db.session import Database
from pages import _format as fmt
from pages import _run_preview as costs
from pages import _ui as ui
from pages._run_form import choose_judge


def pairs(config: Config, database: Database, user: str, run: Run, best: str) -> None:
    """Set offers against one of them; `best`, an offer's id, is proposed."""
    names = {offer["id"]: offer["name"] for offer in run.offers}
    ids = list(names)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    baseline = row.selectbox(
        "Baseline", ids, ids.index(best), format_func=names.__getitem__, key="pairs-baseline", width=260
    )
    others = [offer for offer in ids if offer != baseline]
    against = row.multiselect(
        "Set against it",
        others,
        others,
        format_func=names.__getitem__,
        key=f"pairs-against-{baseline}",
        select_all=False,
    )
    criteria = st.text_area(
        "What makes an answer better",
        key="pairs-criteria",
        height=80,
        placeholder=f"The suite's own rubric; where it has none: {CRITERIA}",
    )
    _order(config, database, user, run, ("pairs", baseline, against, criteria.strip()))


def answers(config: Config, database: Database, user: str, run: Run) -> None:
    """Have those answers graded that no rule can judge; the run's own judge is proposed."""
    if run.judge:
        st.session_state.setdefault("answers-judge", run.judge["id"])
    _order(config, database, user, run, ("answers", None, [offer["id"] for offer in run.offers], ""))


def _order(
    config: Config,
    database: Database,
    user: str,
    run: Run,
    of: tuple[Kind, str | None, Sequence[str], str],
) -> None:
    """The judge, the budget, the preview, and the button that starts it."""
    kind, baseline, offers, criteria = of
    row = st.container(horizontal=True, vertical_alignment="bottom")
    involved = [offer_of(stored) for stored in run.offers if stored["id"] in {baseline, *offers}]
    judge = choose_judge(config, row, involved, needed=True, key=f"{kind}-judge")
    budget = row.number_input(
        "Budget, US dollars",
        0.0,
        None,
        None,
        key=f"{kind}-budget",
        placeholder="No limit",
        width=220,
        help="The judge stops before it would spend more. It is no part of the run's own budget.",
    )
    if judge is None or not offers:
        st.caption(
            "Choose the model that judges." if offers else "Choose an offer to set against the baseline."
        )
        return
    order = Order(
        run.id,
        judge,
        kind,
        baseline,
        tuple(offers) if kind == "pairs" else (),
        criteria,
        budget=None if budget is None else Decimal(str(budget)),
        user=user,
    )
    try:
        if _previewed(config, database, order):
            with database.writer() as session:
                start(session, order, config.providers)
            st.rerun()
    except (ValueError, LookupError) as error:
        st.info(ui.plain(str(error)), icon=":material/info:")


def _previewed(config: Config, database: Database, order: Order) -> bool:
    """Whether it is to start, now that this is known."""
    with database.reader() as session:
        found = preview(session, order, config.providers)
    what = "pair" if order.kind == "pairs" else "answer"
    twice = ", each in both orders" if order.kind == "pairs" else ""
    said = f"**{fmt.plural(found.calls, 'call')}** to the judge for {fmt.plural(found.items, what)}{twice}; "
    st.markdown(fmt.no_formula(f"{said}cost, about **{costs.money(found.cost)}**."))
    if found.shows is not None:
        st.caption(
            f"So many pairs show a preference that wins {found.shows * 100:.0f} % of them or more, in four "
            "cases of five."
        )
    elif order.kind == "pairs":
        st.caption("So few pairs show a preference only where nearly all of them go one way.")
    for warning in found.warnings:
        st.warning(ui.plain(warning), icon=":material/balance:")
    return st.button("Ask the judge", f"{order.kind}-start", type="primary", icon=":material/gavel:")
