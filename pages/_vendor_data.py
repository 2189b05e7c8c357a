"""What the comparison reads, kept while nothing behind it changes; weights and must-haves read nothing.

Everything kept goes by a text: the mark of what is stored, of the configuration and of what is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from broker.catalog import Catalogue, catalogue
from broker.comparison import Gathered, Shortlist, Wanted, Weights, scores
from broker.comparison.evidence import Ground as Base
from broker.comparison.evidence import gather, ground_of
from broker.comparison.sentence import Recommendation, recommendation
from broker.comparison.state import to_json
from broker.comparison.stored import Stored, read, stamp
from broker.comparison.tasks import ByTask, by_task
from broker.config import Config
from broker.workload import Tokens
from broker.workload.measured import mean_tokens
from broker.workload.terms import Term
from db.session import Database

_MOST = 16  # questions kept at a time, shared by all sessions


@dataclass(frozen=True)
class Ground:
    """What every question rests on: `mark` is another one when anything of it is."""

    database: Database
    config: Config
    known: Catalogue
    at: datetime
    stored: Stored
    mark: str


@dataclass(frozen=True)
class Answer:
    """What is asked, and what comes of it; the same `mark` means the same answer."""

    ground: Ground
    shortlist: Shortlist
    told: Recommendation
    mark: str


def ground(database: Database, config: Config, now: datetime) -> Ground:
    """Everything that is stored and known today."""
    known = catalogue(config)
    with database.reader() as session:
        found = stamp(session)
    # What is kept holds on to what its number stands for, so no other thing comes to have that number.
    return _ground(
        database, config, known, now, f"{id(database)} {id(config)} {id(known)} {now.date()} {found}"
    )


def answer(on: Ground, wanted: Wanted) -> Answer:
    """The answer to what is asked, as of today."""
    return _answer(on, wanted, _mark(on, wanted))


def tasks(found: Answer) -> ByTask:
    """The same, task by task; only offers that pass all must-haves are candidates."""
    qualified = frozenset(one.evidence.id for one in found.shortlist.ranked if one.outcome == "pass")
    unweighted = replace(found.shortlist.gathered.wanted, weights=Weights())
    return _tasks(found, qualified, _mark(found.ground, unweighted))


def gated(found: Answer) -> str:
    """A text that is the same whatever the weights are, as long as each offer stands alike at the gates."""
    asked = replace(found.shortlist.gathered.wanted, gates=(), weights=Weights())
    outcomes = sorted((one.evidence.id, one.outcome) for one in found.shortlist.ranked)
    return f"{_mark(found.ground, asked)} {outcomes}"


def billing(found: Answer) -> tuple[tuple[Term, ...], Mapping[str, Tokens] | None]:
    """What bills depend on beside the offer: contract terms, and tokens as a run measured them."""
    terms, workload = found.ground.stored.terms, found.shortlist.gathered.workload
    if workload is None or workload.run_id is None:
        return terms, None
    with found.ground.database.reader() as session:
        return terms, mean_tokens(session, workload.run_id)


def _mark(on: Ground, wanted: Wanted) -> str:
    return f"{on.mark} {json.dumps(to_json(wanted))}"


@st.cache_resource(show_spinner="Reading what is known", max_entries=2)
def _ground(_database: Database, _config: Config, _known: Catalogue, _at: datetime, mark: str) -> Ground:
    with _database.reader() as session:
        return Ground(_database, _config, _known, _at, read(session), mark)


@st.cache_resource(show_spinner="Gathering evidence", max_entries=_MOST)
def _gathered(_on: Ground, _asked: Wanted, mark: str) -> Gathered:
    whoever = Wanted(suites=_asked.suites, workload=_asked.workload, margin=_asked.margin)
    base = _based(_on, whoever, _mark(_on, whoever))
    with _on.database.reader() as session:
        return gather(session, _on.config, _asked, _on.at, base)


@st.cache_resource(show_spinner=False, max_entries=4)
def _based(_on: Ground, _asked: Wanted, mark: str) -> Base:
    """What all offers are known by, whichever are shown, and each of them once it was."""
    with _on.database.reader() as session:
        return ground_of(session, _on.config, _asked, _on.at.date(), _on.stored)


@st.cache_resource(show_spinner="Weighing", max_entries=_MOST)
def _answer(_on: Ground, _wanted: Wanted, mark: str) -> Answer:
    asked = replace(_wanted, gates=(), weights=Weights())
    gathered = replace(_gathered(_on, asked, _mark(_on, asked)), wanted=_wanted)
    found = scores.shortlist(gathered)
    return Answer(_on, found, recommendation(found), mark)


@st.cache_resource(show_spinner="Comparing task by task", max_entries=_MOST)
def _tasks(_found: Answer, qualified: frozenset[str], mark: str) -> ByTask:
    with _found.ground.database.reader() as session:
        return by_task(session, _found.shortlist.gathered, qualified)
