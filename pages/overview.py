"""What models cost and do here at the moment, what needs attention, and what to do next."""

from datetime import UTC, datetime

import streamlit as st

from broker import catalog
from broker.assurance.staff import known_facts
from broker.dependence.reading import gather
from broker.lifecycle_seen import lists
from broker.workload.store import load_terms
from pages import _dependence_words as dependence
from pages import _overview_attention as attention
from pages import _overview_changes as watched
from pages import _overview_concentration as concentration
from pages import _overview_data as data
from pages import _overview_failures as failures
from pages import _overview_runs as runs
from pages import _overview_spend as spend
from pages import _overview_steps as steps
from pages import _ui as ui

if {"prompt", "offers"} & st.query_params.keys():  # links from when the playground was the first page
    st.switch_page("playground.py", query_params=st.query_params.to_dict())

engine, database, user, now = ui.engine(), ui.database(), ui.user(), datetime.now(UTC)
config, known = engine.config, catalog.catalogue(engine.config)
with database.reader() as session:
    months = data.months(session, now)
    todo = steps.steps(session)
    facts, terms = known_facts(session), load_terms(session)
    used, listed = data.in_use(session, terms, now), lists(session)
    failed = failures.failing(session, now.date())
    year = gather(session, config, *dependence.period(concentration.PERIOD, now.date(), ()))
latest = runs.latest(database)
entries = [known.by_id[offer] for offer in sorted(used) if offer in known.by_id]
providers = {offer.partition("/")[0] for offer in used}

st.title("Overview")
ui.show_problems(config)
if used:
    spend.draw(months, known.by_id, len(used), year)
else:
    st.markdown(steps.welcome(known, len(ui.ready_offers(config)), now))
    steps.draw(todo)
if used or latest or terms:
    attention.draw(
        attention.ordered(
            [
                *attention.of_keys(config, providers),
                *failures.of_failures(failed, known.by_id, config),
                *attention.of_offers(entries, now, listed, config.providers),
                *attention.of_runs(latest),
                *attention.of_facts(facts, providers, now.date()),
                *attention.of_terms(terms, config, now.date()),
            ]
        )
    )
watched.draw(database, config, user, facts, used)
if latest:
    runs.draw(database, latest)
if months.now:
    spend.offers(months, known.by_id)
if used and not all(step.done for step in todo):
    steps.draw(todo)
