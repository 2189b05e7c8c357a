"""What a run's page reads, kept while the run stays as it is: its cells, its leaderboard, its pairs."""

import streamlit as st
from sqlalchemy import func, select

from broker.results import RunResults
from broker.results.leaderboard import Standing, leaderboard
from broker.results.load import load_run
from broker.results.pairs import PairVerdict, pairs
from db.benchmarks import Result, Run
from db.session import Database

_MOST = 20  # runs kept at a time


def stamp(database: Database, run: Run) -> str:
    """Changes whenever what the run comes to may."""
    ended = select(func.count(), func.max(Result.ended_at)).where(
        Result.run_id == run.id, Result.status == "done"
    )
    with database.reader() as session:
        count, last = session.execute(ended).one()
    return f"{run.status} {count} {last} {run.timings_unreliable}"


def results(database: Database, run: Run) -> RunResults:
    """The finished cells of the run."""
    return _results(database, run.id, stamp(database, run))


def board(run: RunResults, mark: str) -> list[Standing]:
    """Every offer's figures, the best first; `mark` is the stamp of the run."""
    return _board(run, run.id, mark)


def verdicts(run: RunResults, mark: str, margin: float | None = None) -> list[PairVerdict]:
    """Each pair of offers with what may be said of it."""
    return _pairs(run, run.id, mark, margin)


# Frozen values, shared by all sessions: copying 100,000 cells would take longer than counting them.
@st.cache_resource(show_spinner="Reading the answers", max_entries=_MOST)
def _results(_database: Database, run_id: str, mark: str) -> RunResults:
    with _database.reader() as session:
        return load_run(session, run_id)


@st.cache_resource(show_spinner="Working out intervals", max_entries=_MOST)
def _board(_run: RunResults, run_id: str, mark: str) -> list[Standing]:
    return leaderboard(_run)


@st.cache_resource(show_spinner="Comparing the offers", max_entries=_MOST)
def _pairs(_run: RunResults, run_id: str, mark: str, margin: float | None) -> list[PairVerdict]:
    return pairs(_run, margin)
