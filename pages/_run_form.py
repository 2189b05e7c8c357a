"""Starting a run: of whom, how often, at what cost; what it will use and can show, before it starts."""

from decimal import Decimal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from broker.config import Config
from broker.errors import BrokerError
from broker.runs import DEFAULT_CONCURRENCY, Order
from broker.runs.model_judge import by_model
from broker.runs.start import start
from broker.suites import Suite
from broker.types import Offer, Params
from db import benchmarks as tables
from db.session import Database
from pages import _offers as picker
from pages import _run_preview as preview
from pages import _ui as ui

_MOST_AT_ONCE = 64


def draw(config: Config, database: Database, user: str, row: tables.Suite, suite: Suite) -> None:
    """The form, the preview of what it orders, and the button that starts it."""
    offers = picker.choose_offers(config, locked=False)
    picker.show_waiting(config)
    order = _order(config, user, row, suite, offers)
    if not offers:
        st.info("Choose at least one model; with two or more, the verdict compares them.")
        return
    if order.judge is None and needs_judge(suite):
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


def needs_judge(suite: Suite) -> bool:
    """Whether a model has to judge some answers."""
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
    judge = _judge(config, first) if needs_judge(suite) else None
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


def _judge(config: Config, place: DeltaGenerator) -> Offer | None:
    ready = ui.ready_offers(config)
    chosen = place.selectbox(
        "Judged by",
        list(ready),
        None,
        format_func=lambda offer_id: (
            f"{ready[offer_id].name} · {config.providers[ready[offer_id].provider].name}"
        ),
        key="judge",
        placeholder="Choose a model",
        help="The model that grades what no rule can. A strong one of another maker is the fairest.",
    )
    return ready[chosen] if chosen else None


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
        st.caption("What is left empty is as the suite says, else the model's own.")
    return Params(max_tokens=tokens, temperature=temperature), int(seed)


def _said(value: float | None) -> str:
    return "The model's own" if value is None else f"{value:g}, the suite's"
