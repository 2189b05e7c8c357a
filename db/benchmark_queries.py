"""What is read of benchmarks: every function returns a Select for the caller to run in a reader."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Nullable, Select, and_, func, select

from db.benchmarks import HumanGrade, Result, Run, Sample, Suite, SuiteFile
from db.models import CallContent, Worker


def suites(archived: bool = False) -> Select[Suite]:
    """The latest version of every suite by name; of the archived ones too where they are wanted."""
    latest = select(Suite.name, func.max(Suite.version).label("version")).group_by(Suite.name)
    if not archived:
        latest = latest.where(Suite.archived_at.is_(None))
    newest = latest.subquery()
    same = and_(Suite.name == newest.c.name, Suite.version == newest.c.version)
    return select(Suite).join(newest, same).order_by(func.lower(Suite.name), Suite.name)


def versions(name: str) -> Select[Suite]:
    """Every version of a suite, the latest first."""
    return select(Suite).where(Suite.name == name).order_by(Suite.version.desc())


def samples(suite_id: str) -> Select[Sample]:
    """The samples of a version in order."""
    return select(Sample).where(Sample.suite_id == suite_id).order_by(Sample.position)


def judging_each(suite_ids: Collection[str]) -> Select[str]:
    """The ids of those versions of which a sample has scorers of its own."""
    own = Sample.content["scorers"].as_string().is_not(None)
    return select(Sample.suite_id).where(Sample.suite_id.in_(suite_ids), own).distinct()


def file_name(sha256: str) -> Select[str]:
    """The name under which the file with these bytes was uploaded first, without its bytes."""
    return select(SuiteFile.name).where(SuiteFile.sha256 == sha256)


def runs(suite_id: str | None = None) -> Select[Run]:
    """All runs, or those of one version of a suite, the latest first."""
    listed = select(Run).order_by(Run.created_at.desc(), Run.id)
    return listed if suite_id is None else listed.where(Run.suite_id == suite_id)


def runs_of(name: str) -> Select[Run, int]:
    """The runs of every version of a suite, each with the number of its version, the latest first."""
    found = select(Run, Suite.version).join(Suite, Suite.id == Run.suite_id).where(Suite.name == name)
    return found.order_by(Run.created_at.desc(), Run.id)


def alive() -> Select[Run, Worker | None]:
    """The runs that wait for a worker or have one, in the order they were asked for, with that worker."""
    with_worker = select(Run, Nullable(Worker)).outerjoin(Worker, Worker.id == Run.worker_id)
    return with_worker.where(Run.status.in_(("queued", "running"))).order_by(Run.created_at, Run.id)


def results(run_id: str, offer: str | None = None) -> Select[Result]:
    """The finished cells of a run, or of one offer in it: by offer, sample and epoch."""
    done = select(Result).where(Result.run_id == run_id, Result.status == "done")
    listed = done.order_by(Result.offer, Result.position, Result.epoch)
    return listed if offer is None else listed.where(Result.offer == offer)


def answers(run_id: str, sample_key: str) -> Select[Result, CallContent | None]:
    """Every offer's cells for one sample, each with the words of its call, `None` once they are gone."""
    return (
        select(Result, Nullable(CallContent))
        .outerjoin(CallContent, CallContent.call_id == Result.call_id)
        .where(Result.run_id == run_id, Result.sample_key == sample_key)
        .order_by(Result.offer, Result.epoch)
    )


def tally(run_id: str) -> Select[str, str, str | None, int]:
    """How many cells of a run there are by offer, status and outcome."""
    columns = (Result.offer, Result.status, Result.outcome)
    return select(*columns, func.count()).where(Result.run_id == run_id).group_by(*columns)


def ended(run_id: str) -> Select[int]:
    """How many cells of a run something came of, be it a failure."""
    return select(func.count()).where(Result.run_id == run_id, Result.status == "done")


def unjudged(run_id: str) -> Select[int]:
    """How many answers of a run have no value: nothing could judge them, or a judge's grade is missing."""
    answered = (Result.run_id == run_id, Result.status == "done", Result.outcome == "answered")
    return select(func.count()).where(*answered, Result.value.is_(None))


def ended_since(run_id: str, since: datetime) -> Select[int]:
    """How many cells of a run have ended since then."""
    return select(func.count()).where(Result.run_id == run_id, Result.ended_at >= since)


def begun(run_id: str) -> Select[str, int, int, str, int, bool]:
    """Every cell of a run that was ever begun: offer, position, epoch, status, attempt, whether repeated."""
    columns = (Result.offer, Result.position, Result.epoch, Result.status, Result.attempt, Result.repeated)
    return select(*columns).where(Result.run_id == run_id)


def grades(run_id: str) -> Select[HumanGrade]:
    """What people think of the cells of a run, oldest first."""
    return (
        select(HumanGrade).where(HumanGrade.run_id == run_id).order_by(HumanGrade.created_at, HumanGrade.id)
    )
