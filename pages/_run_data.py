"""What a run's page reads, kept while the run stays as it is: its cells and what is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st
from sqlalchemy import func, select

from broker.results import Cell, RunResults
from broker.results.breakdown import Confusion, TagStanding, by_tag, confusion
from broker.results.kept import figures_of
from broker.results.leaderboard import Standing, leaderboard
from broker.results.load import load_run
from broker.results.pairs import PairVerdict, pairs
from broker.results.samples import disagreements
from broker.results.summary import Summary, mark_of
from db.benchmarks import Result, Run
from db.session import Database

_MOST = 8  # runs kept at a time, shared by all sessions


@dataclass(frozen=True)
class Kept:
    """A run as it stands, and each table of it once it was asked for: at 100,000 cells they take seconds.

    `summary` has what was worked out when the run ended.
    """

    run: RunResults
    summary: Summary | None = None
    _pairs: dict[float | None, list[PairVerdict]] = field(default_factory=dict)
    _confusions: dict[str, Confusion | None] = field(default_factory=dict)

    @cached_property
    def board(self) -> list[Standing]:
        """Every offer's figures, the best first."""
        return list(self.summary.board) if self.summary else leaderboard(self.run)

    @cached_property
    def with_retried(self) -> list[Standing]:
        """The same with the times of calls that needed a second try."""
        return leaderboard(self.run, with_retried=True)

    def verdicts(self, margin: float | None = None) -> list[PairVerdict]:
        """Each pair of offers with what may be said of it; none for a single offer."""
        if margin not in self._pairs:
            known = self.summary.pairs if self.summary and margin is None else None
            self._pairs[margin] = pairs(self.run, margin) if known is None else list(known)
        return self._pairs[margin]

    @cached_property
    def tags(self) -> list[TagStanding]:
        """Every offer by tag."""
        return by_tag(self.run)

    def confusion(self, database: Database, offer: str) -> Confusion | None:
        """Which labels an offer took for which."""
        if offer not in self._confusions:
            with database.reader() as session:
                self._confusions[offer] = confusion(session, self.run, offer)
        return self._confusions[offer]

    @cached_property
    def apart(self) -> Sequence[str]:
        """The samples that offers do not do equally well, the widest apart first."""
        return [one.sample for one in disagreements(self.run)]

    @cached_property
    def by_sample(self) -> Mapping[str, Sequence[Cell]]:
        """Every offer's cells by sample, in the suite's order; those that were asked alone."""
        found: dict[str, list[Cell]] = {key: [] for key in self.run.clusters}
        for cells in self.run.cells.values():
            for cell in cells:
                found[cell.sample].append(cell)
        return {key: cells for key, cells in found.items() if cells}

    @cached_property
    def outcomes(self) -> Sequence[str]:
        """What came of the calls, each once."""
        return sorted({name for one in self.board for name in one.outcomes})

    @cached_property
    def all_tags(self) -> Sequence[str]:
        """The tags of the suite's samples."""
        return sorted({tag for tags in self.run.tags.values() for tag in tags})


def results(database: Database, run: Run) -> Kept:
    """The finished cells of the run."""
    return _kept(database, run.id, _stamp(database, run))


def _stamp(database: Database, run: Run) -> str:
    """Changes whenever what the run comes to may."""
    if mark := mark_of(run):
        return mark
    done = select(func.count()).where(Result.run_id == run.id, Result.status == "done")
    with database.reader() as session:
        return f"{run.status} {session.scalar(done)}"


@st.cache_resource(show_spinner="Reading the answers", max_entries=_MOST)
def _kept(_database: Database, run_id: str, mark: str) -> Kept:
    with _database.reader() as session:
        run, loaded = session.get_one(Run, run_id), load_run(session, run_id)
        return Kept(loaded, figures_of(session, run, loaded) if mark_of(run) else None)
