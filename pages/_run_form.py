"""Starting a run: of whom, how often, at what cost; what it will use and can show, before it starts."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.config import Config
from broker.errors import BrokerError
from broker.judge import judges_itself
from broker.runs import DEFAULT_CONCURRENCY, Order
from broker.runs.model_judge import by_model, only_by_model
from broker.runs.start import start
from broker.suites import Suite
from broker.types import Effort, Offer, Params
from db import benchmarks as tables
from db.session import Database
from pages import _format as fmt
from pages import _offers as picker
from pages import _run_preview as preview
from pages import _ui as ui

_MOST_AT_ONCE = 64
_OWN = "The model's own"


def draw(config: Config, database: Database, user: str, row: tables.Suite, suite: Suite) -> None:
    """The form, the preview of what it orders, and the button that starts it."""
    offers = picker.choose_offers(config, locked=False)
    picker.show_waiting(config)
    order = _order(config, user, row, suite, offers)
    if not offers:
        st.info("Choose at least one model; with two or more, the verdict compares them.")
        return
    if order.judge is None and only_by_model(suite):
        st.info("Choose the model that judges: this suite has answers that no rule can judge.")
        return
    preview.draw(config, database, order)
    if st.button("Start the run", type="primary", icon=":material/play_arrow:"):
        try:
            with database.writer() as session:
                run_id = start(session, order, config.providers)
        except (ValueError, LookupError, BrokerError) as error:
            st.error(ui.plain(str(error)), icon=":material/error:")
            return
        st.switch_page("run.py", query_params={"id": run_id})


def judged(suite: Suite) -> bool:
    """Whether a model should judge some answers."""
    return any(by_model(sample.scorers or suite.scorers) for sample in suite.samples)


def _order(config: Config, user: str, row: tables.Suite, suite: Suite, offers: tuple[Offer, ...]) -> Order:
    first = st.container(horizontal=True, vertical_alignment="bottom")
    limit = first.number_input(
        "Samples",
        1,
        row.sample_count,
        None,
        key=f"limit-{row.id}",
        persist_state="session",
        placeholder=f"All {row.sample_count:,}",
        help="Fewer take less time and show less. The same ones are drawn in every run of this version.",
    )
    epochs = first.number_input(
        "Times each",
        1,
        100,
        1,
        key=f"epochs-{row.id}",
        persist_state="session",
        help="Asks every sample so often: shows how steady answers are.",
    )
    concurrency = first.number_input(
        "Calls at once",
        1,
        _MOST_AT_ONCE,
        DEFAULT_CONCURRENCY,
        key=f"concurrency-{row.id}",
        persist_state="session",
        help="More end sooner; a platform's own limits are kept to in any case.",
    )
    budget = first.number_input(
        "Budget, US dollars",
        0.0,
        None,
        None,
        key=f"budget-{row.id}",
        persist_state="session",
        placeholder="No limit",
        help="The run stops before it would spend more. What judging costs is included.",
    )
    judge = choose_judge(config, first, offers, needed=bool(only_by_model(suite))) if judged(suite) else None
    params, seed = _params(suite)
    return Order(
        suite_id=row.id,
        offers=offers,
        epochs=epochs,
        limit=limit,
        params=params,
        concurrency=concurrency,
        seed=seed,
        budget=None if budget is None else Decimal(str(budget)),
        judge=judge,
        user=user,
    )


def choose_judge(
    config: Config, place: DeltaGenerator, offers: Sequence[Offer], *, needed: bool, key: str = "judge"
) -> Offer | None:
    """The model that judges; those that would judge themselves are not offered, and that is said."""
    ready = ui.ready_offers(config)
    fair = {offer_id: offer for offer_id, offer in ready.items() if not judges_itself(offer, offers)}
    left_out = [offer.name for offer_id, offer in ready.items() if offer_id not in fair]
    note = f" Not offered, for they are compared themselves: {fmt.listed(left_out)}." if left_out else ""
    if st.session_state.get(key) not in fair:
        st.session_state.pop(key, None)
    chosen = place.selectbox(
        "Judged by",
        list(fair),
        None,
        format_func=lambda offer_id: (
            f"{fair[offer_id].name} · {config.providers[fair[offer_id].provider].name}"
        ),
        key=key,
        placeholder="Choose a model" if needed else "Nobody: by rules alone",
        help="The model that grades what no rule can. A strong one of another maker is the fairest."
        + ui.plain(note),
    )
    if not fair:
        st.caption("No other model can be asked yet: connect a platform under Connections to have a judge.")
    return fair[chosen] if chosen else None


def _params(suite: Suite) -> tuple[Params, int]:
    with st.popover("Settings", icon=":material/tune:", width="content"):
        left, right = st.columns(2)
        own = suite.params
        tokens = left.number_input(
            "Most tokens in the answer",
            1,
            1_000_000,
            None,
            key="run-tokens",
            placeholder=_said(own.max_tokens),
        )
        temperature = right.number_input(
            "Temperature", 0.0, 2.0, None, 0.1, key="run-temperature", placeholder=_said(own.temperature)
        )
        seed = left.number_input(
            "Order seed", value=0, step=1, key="run-seed", help="The same seed asks in the same order again."
        )
        more = _advanced(own)
        st.caption("What is left empty is as the suite says, else the model's own.")
    return replace(more, max_tokens=tokens, temperature=temperature), int(seed)


def _advanced(own: Params) -> Params:
    """What is seldom set: a platform that does not take one of these is asked without it."""
    with st.expander("Advanced", icon=":material/instant_mix:"):
        top_p = st.number_input("Top-p", 0.0, 1.0, None, 0.05, key="run-top-p", placeholder=_said(own.top_p))
        effort = st.selectbox(
            "Reasoning effort",
            get_args(Effort),
            None,
            format_func=str.capitalize,
            key="run-effort",
            placeholder=f"{own.reasoning_effort}, the suite's" if own.reasoning_effort else _OWN,
        )
        stop = st.text_area(
            "Stop at, one text a line",
            key="run-stop",
            height=80,
            placeholder=", ".join(map(repr, own.stop)) or "Nothing",
            help="An answer ends before the first of these that it would write.",
        )
    return Params(top_p=top_p, reasoning_effort=effort, stop=tuple(filter(None, stop.splitlines())))


def _said(value: float | None) -> str:
    return _OWN if value is None else f"{value:g}, the suite's"
