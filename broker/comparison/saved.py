"""Comparisons kept by name: what was asked and the figures seen, so that one can say what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broker.comparison import Shortlist, Wanted
from broker.comparison.changes import Change, changes
from broker.comparison.snapshots import snapshot, snapshot_hash
from broker.comparison.state import from_json, to_json
from db.base import clean_json
from db.comparisons import SavedComparison, delete_comparison, saved_comparisons
from db.models import utc_now
from db.turns import take_turn

__all__ = [
    "Change",
    "Named",
    "Saved",
    "changes",
    "delete",
    "listed",
    "load",
    "save",
    "snapshot",
    "snapshot_hash",
]


@dataclass(frozen=True, slots=True)
class Named:
    """What a list of saved comparisons shows; `user` saved it last."""

    id: str
    name: str
    user: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved comparison; `problems` are what of it is understood no longer. `user` saved it last."""

    id: str
    name: str
    wanted: Wanted
    problems: tuple[str, ...]
    snapshot: Mapping[str, Any]
    snapshot_hash: str
    user: str | None
    created_at: datetime
    updated_at: datetime


def save(session: Session, name: str, shortlist: Shortlist, user: str | None, replace: bool = False) -> str:
    """Keep a comparison with the figures it shows; returns its id.

    Raises `ValueError` for an empty name, and for one that is taken unless it is to `replace` that one.
    """
    name = name.strip()
    if not name:
        raise ValueError("A comparison needs a name.")
    take_turn(session, SavedComparison)
    row = session.scalar(select(SavedComparison).where(SavedComparison.name == name))
    if row is not None and not replace:
        raise ValueError(f"There is a comparison called {name} already.")
    row = row or SavedComparison(name=name)
    row.state, row.snapshot = clean_json(to_json(shortlist.gathered.wanted)), clean_json(snapshot(shortlist))
    row.snapshot_hash, row.user, row.updated_at = snapshot_hash(row.snapshot), user, utc_now()
    session.add(row)
    session.flush()
    return row.id


def listed(session: Session) -> tuple[Named, ...]:
    """Every saved comparison by name, without its figures."""
    return tuple(Named(*row) for row in session.execute(saved_comparisons()))


def load(session: Session, comparison_id: str) -> Saved:
    """The saved comparison with this id; raises `LookupError` where there is none."""
    row = session.get(SavedComparison, comparison_id)
    if row is None:
        raise LookupError(f"there is no comparison {comparison_id}")
    return _saved(row)


def delete(session: Session, comparison_id: str) -> None:
    """Remove a saved comparison, if it is still there."""
    delete_comparison(session, comparison_id)


def _saved(row: SavedComparison) -> Saved:
    wanted, problems = from_json(row.state)
    return Saved(
        id=row.id,
        name=row.name,
        wanted=wanted,
        problems=problems,
        snapshot=row.snapshot,
        snapshot_hash=row.snapshot_hash,
        user=row.user,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
