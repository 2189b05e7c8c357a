"""What a run comes to while it is under way: the leaderboard of what has been answered by now."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from broker.results import RunResults
from broker.results.leaderboard import Standing, leaderboard
from broker.results.load import load_run
from db.benchmarks import Run
from db.session import Database
from pages import _run_board as board

EVERY_S = 5.0
_MOST = 20_000  # cells: of larger runs the leaderboard takes too long to be made again and again


def draw(database: Database, run: Run) -> None:
    """A table that is made again every five seconds, by itself: the live panel does not wait for it."""
    if run.cell_count <= _MOST:
        st.fragment(_table, run_every=EVERY_S)(database, run.id)


def _table(database: Database, run_id: str) -> None:
    seen = _seen(database, run_id)
    if not seen.done:
        return
    st.header("So far", anchor=False)
    st.caption(
        f"So far, {seen.done:,} of {seen.total:,} answers, asked in random order: figures and order may "
        "still change. In brackets the 95 % interval of what is there."
    )
    board.table([board.quality(seen.run, one) for one in seen.standings], "Quality and cost so far")


@dataclass(frozen=True, slots=True)
class _Seen:
    run: RunResults
    standings: Sequence[Standing]
    total: int

    @property
    def done(self) -> int:
        return sum(one.asked for one in self.standings)


@st.cache_resource(ttl=EVERY_S - 0.5, show_spinner=False, max_entries=8)
def _seen(_database: Database, run_id: str) -> _Seen:
    """Shared by all who watch."""
    with _database.reader() as session:
        run, total = load_run(session, run_id), session.get_one(Run, run_id).cell_count
    return _Seen(run, leaderboard(run), total)
