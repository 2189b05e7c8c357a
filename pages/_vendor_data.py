"""What the comparison reads, kept while nothing behind it changes; weights and must-haves read nothing."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from broker.comparison import Gathered, Shortlist, Wanted, Weights, scores
from broker.comparison.evidence import Stored, gather, read, stamp
from broker.config import Config
from broker.workload import Tokens
from broker.workload.measured import mean_tokens
from broker.workload.terms import Term
from db.session import Database

_MOST = 16  # questions kept at a time, shared by all sessions


def stored(database: Database) -> Stored:
    """Everything stored that a comparison may need."""
    return _stored(database, _stamp(database))


def shortlist(database: Database, config: Config, wanted: Wanted, now: datetime) -> Shortlist:
    """The answer to what is asked, as of today."""
    return _shortlist(database, config, wanted, now, (_stamp(database), id(config), now.date()))


def billing(database: Database, found: Shortlist) -> tuple[tuple[Term, ...], dict[str, Tokens] | None]:
    """What bills depend on beside the offer: contract terms, and tokens as a run measured them."""
    workload = found.gathered.workload
    if workload is None or workload.run_id is None:
        return stored(database).terms, None
    with database.reader() as session:
        return stored(database).terms, mean_tokens(session, workload.run_id)


def _stamp(database: Database) -> str:
    with database.reader() as session:
        return f"{id(database)} {stamp(session)}"


@st.cache_resource(show_spinner="Reading what is known", max_entries=2)
def _stored(_database: Database, mark: str) -> Stored:
    with _database.reader() as session:
        return read(session)


@st.cache_resource(show_spinner="Gathering evidence", max_entries=_MOST)
def _gathered(
    _database: Database, _config: Config, asked: Wanted, _now: datetime, mark: tuple[object, ...]
) -> Gathered:
    kept = stored(_database)
    with _database.reader() as session:
        return gather(session, _config, asked, _now, kept)


@st.cache_resource(show_spinner="Weighing", max_entries=_MOST)
def _shortlist(
    _database: Database, _config: Config, wanted: Wanted, _now: datetime, mark: tuple[object, ...]
) -> Shortlist:
    asked = replace(wanted, gates=(), weights=Weights())
    gathered = _gathered(_database, _config, asked, _now, mark)
    return scores.shortlist(replace(gathered, wanted=wanted))
