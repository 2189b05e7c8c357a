"""What the chosen suites found of each offer: its newest finished run of each, one version of a suite."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.comparison import Origin, SuiteResult
from broker.results.kept import results_of
from broker.results.leaderboard import Standing, quality
from broker.results.summary import Samples, Summary, mark_of
from broker.suites.results_import.report import KIND
from db.benchmarks import Run, Suite
from db.models import new_id

_FINISHED = ("done", "budget")


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished run without its results.

    `offers` are the snapshots that it keeps, `mark` is that of `broker.results.summary.mark_of`.
    """

    id: str
    name: str
    origin: Origin
    suite: str
    suite_id: str
    version: int
    epochs: int
    ended_at: datetime
    mark: str | None
    offers: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An offer's result of one suite, with what its run found; there `offer` is its id.

    `key` stands for all of it: the run as it was then, and the offer.
    """

    result: SuiteResult
    run: Summary
    samples: Samples
    offer: str
    key: tuple[str, str | None, str]


ByOffer = Mapping[str, Mapping[str, Found]]


def finished(session: Session) -> tuple[Ended, ...]:
    """Every finished run; measured ones first, then the latest first."""
    found = [_ended(*row) for row in session.execute(_finished())]
    return tuple(sorted(found, key=lambda run: (run.origin == "imported", -run.ended_at.timestamp(), run.id)))


def offer_id(stored: Mapping[str, Any], catalogue: Collection[str]) -> str:
    """The id by which an offer of a run is compared.

    A name of imported answers is that of an offer only where it is spelled as its id.
    """
    name = str(stored["id"])
    return name if stored["provider"] != KIND or name in catalogue else f"{KIND}/{name}"


def newest(
    session: Session, runs: Sequence[Ended], suites: Iterable[str], catalogue: Collection[str]
) -> dict[str, dict[str, Found]]:
    """By offer id and suite, the newest result; a measured one goes before an imported one.

    Of the versions of a suite the newest with a finished run counts alone.
    """
    found: dict[str, dict[str, Found]] = {}
    for name in suites:
        for run in _comparable([run for run in runs if run.suite == name]):
            new = {offer_id(one, catalogue): str(one["id"]) for one in run.offers}
            for offer, own in new.items():
                if name not in found.get(offer, {}) and (one := _found(session, run, own)):
                    found.setdefault(offer, {})[name] = one
    return found


def found_again(session: Session, result: SuiteResult, entry: Entry) -> Found:
    """What an offer's result was found in."""
    mark = mark_of(session.get_one(Run, result.run_id))
    summary, samples = results_of(session, result.run_id, mark)
    known = {one.offer for one in summary.board}
    offer = entry.id if entry.id in known else entry.offer.model
    key = (result.run_id, mark or new_id(), offer)  # one that goes on again is never the same twice
    return Found(result, summary, samples, offer, key)


def _finished() -> Select[Run, str, int]:
    ended = select(Run, Suite.name, Suite.version).join(Suite, Suite.id == Run.suite_id)
    return ended.where(Run.status.in_(_FINISHED), Run.ended_at.is_not(None))


def _ended(run: Run, suite: str, version: int) -> Ended:
    assert run.ended_at is not None
    origin = cast(Origin, run.kind)
    return Ended(
        id=run.id,
        name=run.name,
        origin=origin,
        suite=suite,
        suite_id=run.suite_id,
        version=version,
        epochs=run.epochs,
        ended_at=run.ended_at,
        mark=mark_of(run),
        offers=tuple(run.offers),
    )


def _comparable(runs: Sequence[Ended]) -> list[Ended]:
    """Of the runs of one suite, those of its newest version that was run: versions ask different things."""
    latest = max((run.version for run in runs), default=0)
    return [run for run in runs if run.version == latest]


def _found(session: Session, run: Ended, offer: str) -> Found | None:
    """The offer's result in a run; `None` where the run ended before it was asked."""
    summary, samples = results_of(session, run.id, run.mark)
    standing = next((one for one in summary.board if one.offer == offer), None)
    if standing is None or not standing.asked:
        return None
    return Found(_result(run, summary, standing), summary, samples, offer, (run.id, run.mark, offer))


def _result(run: Ended, summary: Summary, standing: Standing) -> SuiteResult:
    return SuiteResult(
        suite=run.suite,
        suite_id=run.suite_id,
        version=run.version,
        run_id=run.id,
        run=run.name,
        origin=run.origin,
        ended_at=run.ended_at,
        measure=summary.measure,
        quality=quality(standing, summary.measure),
        cost_per_1000=standing.cost_per_1000,
        cost_per_right=standing.cost_per_right,
        asked=standing.asked,
        answered=standing.answered,
        samples=-(-standing.asked // run.epochs),
    )
