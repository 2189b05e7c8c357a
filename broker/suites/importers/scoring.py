"""Which scorer fits samples whose file names none."""

import re
from collections.abc import Sequence

from broker.suites import Sample, ScorerSpec
from broker.suites.importers.json_file import loads
from broker.suites.importers.values import table

_NUMBER = re.compile(r"[-+]?[$€£]?\s?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s?%?")
_WITHOUT_TARGET = {"rubric", "closed-qa", "refusal", "latency", "cost", "json", "contains-json", "regex"}
_SHORT = ScorerSpec("includes", {"ignore_case": True, "words": True})
_FEW = 20


def usual(samples: Sequence[Sample]) -> tuple[ScorerSpec, ...]:
    """One scorer by the looks of all targets: letters, numbers, JSON, few labels, short or long texts.

    Nothing where no sample has a target: then a person has to choose.
    """
    targets = [target.strip() for sample in samples for target in sample.targets]
    if not targets:
        return ()
    labels = {target.casefold(): target for target in reversed(targets)}
    few = len(labels) <= min(_FEW, len(targets) // 3) and all(len(label) <= 40 for label in labels)
    looks = (
        (all(sample.choices for sample in samples), ScorerSpec("choice")),
        (all(map(_NUMBER.fullmatch, targets)), ScorerSpec("number")),
        (all(map(_is_object, targets)), ScorerSpec("json-fields")),
        (few, ScorerSpec("label", {"labels": sorted(labels.values())})),
        (all(len(t.split()) <= 5 for t in targets), _SHORT),
    )
    return (next((spec for fits, spec in looks if fits), ScorerSpec("token-f1")),)


def needs_target(spec: ScorerSpec) -> bool:
    """Whether the scorer compares with a sample's target."""
    return spec.name not in _WITHOUT_TARGET and not spec.settings.get("values")


def _is_object(target: str) -> bool:
    try:
        return target.startswith("{") and bool(table(loads(target)))
    except (ValueError, RecursionError):
        return False
