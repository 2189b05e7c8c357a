"""Reading a test set so that it can be run: every check that comes with it is tried before it is kept."""

from collections.abc import Iterator
from dataclasses import replace

from broker import scorers
from broker.errors import ConfigError
from broker.judge import judge_request
from broker.judge_scales import JUDGED
from broker.suites import Sample, ScorerSpec, Suite, importers
from broker.suites.importers.report import ColumnMapping, Imported, ImportRefused, Problem


def read_suites(
    name: str,
    data: bytes,
    mapping: ColumnMapping | None = None,
    graders: tuple[str, bytes] | None = None,
    sheet: str | None = None,
) -> Imported:
    """What `importers.read` gives, without what cannot judge: a broken pattern, a target that is no number.

    A sample's own check is left out and noted with it; a sample that the suite's scorer cannot judge is left
    out. Raises `ImportRefused`, also where no sample is left.
    """
    found = importers.read(name, data, mapping, graders, sheet)
    problems: list[Problem] = []
    suites = tuple(replace(suite, samples=tuple(_kept(suite, problems))) for suite in found.suites)
    if not all(suite.samples for suite in suites):
        raise ImportRefused(f"{name}: no sample can be judged; {problems[-1]}.")
    return replace(found, suites=suites, problems=tuple(dict.fromkeys((*found.problems, *problems))))


def _kept(suite: Suite, problems: list[Problem]) -> Iterator[Sample]:
    for sample in suite.samples:
        where = f"sample {sample.id}"
        if sample.scorers:
            own = [(spec, _objection(spec, sample)) for spec in sample.scorers]
            refused = [f"{spec.name}: this check was left out: {why}" for spec, why in own if why]
            problems.extend(Problem(None, where, message) for message in refused)
            yield _without(sample, tuple(spec for spec, why in own if not why), refused)
        elif why := next(filter(None, (_objection(spec, sample) for spec in suite.scorers)), None):
            problems.append(Problem(None, where, f"left out: {why}"))
        else:
            yield sample


def _without(sample: Sample, own: tuple[ScorerSpec, ...], refused: list[str]) -> Sample:
    if not refused:
        return sample
    noted = [*sample.metadata.get("refused checks", ()), *refused]
    return replace(sample, scorers=own, metadata={**sample.metadata, "refused checks": noted})


def _objection(spec: ScorerSpec, sample: Sample) -> str | None:
    """Why this cannot judge answers to the sample; `None` where it can."""
    try:
        if spec.name in JUDGED:
            judge_request(spec, (), "", sample)
        else:
            scorers.check(spec, sample)
    except ConfigError as error:
        return str(error).removeprefix(f"sample {sample.id}: ")
    return None
