"""The scales of a judging model: which grades there are, what each means and what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from broker.errors import ConfigError
from broker.scorers.settings import VALUES, text
from broker.suites import ScorerSpec

JUDGED: Mapping[str, Mapping[str, str]] = {
    "rubric": {
        "rubric": "what a good answer is",
        "levels": "the grades from worst to best, a list of `grade`, `meaning` and perhaps `value`; "
        "unless set, five of them",
    },
    "factuality": {"values": VALUES},
    "closed-qa": {"criterion": "what the answer has to fulfil"},
}


@dataclass(frozen=True, slots=True)
class Level:
    """A grade of a scale, what it is worth from 0 to 1, and what it means."""

    grade: str
    value: float
    meaning: str


_RUBRIC = (
    Level("1", 0.0, "misses the criteria altogether"),
    Level("2", 0.25, "meets little of them, or has a serious fault"),
    Level("3", 0.5, "meets about half of them, with clear faults"),
    Level("4", 0.75, "meets them but for small faults"),
    Level("5", 1.0, "meets them fully"),
)
_FACTUALITY = (
    Level("contradicts", 0.0, "it says something that the reference rules out"),
    Level(
        "less", 0.5, "all it says agrees with the reference, but it leaves out facts that the reference has"
    ),
    Level("more", 1.0, "it has the facts of the reference and adds others that do not contradict it"),
    Level("same", 1.0, "it has the same facts as the reference"),
    Level("unimportant", 1.0, "it differs from the reference only in ways that do not bear on the facts"),
)
_CLOSED = (
    Level("no", 0.0, "the answer does not fulfil the criterion, or not all of it"),
    Level("yes", 1.0, "the answer fulfils the criterion"),
)


def scale_of(spec: ScorerSpec) -> tuple[Level, ...]:
    """The grades of this spec, from worst to best; raises `ConfigError` for settings that make no sense."""
    if spec.name not in JUDGED:
        raise ConfigError(f"judge: expected one of {', '.join(JUDGED)}, found {spec.name!r}")
    if unknown := sorted(spec.settings.keys() - JUDGED[spec.name].keys()):
        raise ConfigError(f"{spec.name} has no setting {', '.join(unknown)}")
    if spec.name == "rubric":
        text(spec.settings, "rubric")
        return _levels(spec.settings.get("levels")) or _RUBRIC
    if spec.name == "closed-qa":
        text(spec.settings, "criterion")
        return _CLOSED
    return _FACTUALITY


def _levels(given: object) -> tuple[Level, ...]:
    """The scale in the settings: evenly spaced from 0 to 1, but for grades that have a `value`."""
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or len(cast("list[Any]", given)) < 2:
        raise ConfigError("levels: expected a list of at least two grades, each with its meaning")
    levels = cast("list[Any]", given)
    scale = tuple(_level(told, i / (len(levels) - 1)) for i, told in enumerate(levels))
    if len({level.grade.casefold() for level in scale}) < len(scale):
        raise ConfigError("levels: a grade stands there twice")
    return scale


def _level(told: object, value: float) -> Level:
    match told:
        case {"grade": str(grade), "meaning": str(meaning), "value": int() | float() as worth}:
            if grade and 0 <= worth <= 1:
                return Level(grade, float(worth), meaning)
        case {"grade": str(grade), "meaning": str(meaning)} if grade:
            return Level(grade, value, meaning)
        case _:
            pass
    raise ConfigError(f"levels: expected grade, meaning and perhaps a value from 0 to 1, found {told!r:.80}")
