"""The label that the answer gives is the target's; over a run, labels make a confusion matrix."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from broker.errors import ConfigError
from broker.scorers import Answer, Score, verdict
from broker.scorers.settings import VALUES, expected, texts
from broker.scorers.texts import listed, quoted
from broker.suites import Sample

VERSION = 1
PASSES = (
    "the label read is the target's, case and `-_` aside. Read is the label that the whole answer is; "
    'else the last one said to be it (`Label: billing`, `"category": "billing"`); else the only one in '
    "the answer. Several are wrong, and the reason says so"
)
SETTINGS: Mapping[str, str] = {
    "labels": "all labels (unless set, the sample's choices)",
    "values": VALUES,
}
_SCANNED = 20_000  # characters at each end
_SAID = (
    r"(?:label|category|class|classification|intent|queue|team|topic|sentiment|answer|route)[\"'*_`]*"
    r"(?:\s*[:=]|\s+is)[\s\"'*_`\[(]*"
)


def score(answer: Answer, sample: Sample, settings: Mapping[str, Any]) -> Score:
    """1 where the label is the target's; `Score.answer` is the label as it stands in the list."""
    labels = texts(settings, "labels") or sample.choices
    wanted = expected(sample, settings)
    if not labels:
        raise ConfigError("labels: expected a list of texts, found nothing")
    names = {_plain(label): label for label in labels}
    if strange := [target for target in wanted if _plain(target) not in names]:
        raise ConfigError(f"sample {sample.id}: its target {quoted(strange[0])} is none of the labels")
    read = _labels_in(answer.text, tuple(sorted(names)))
    if len(read) == 1:
        right = read[0] in {_plain(target) for target in wanted}
        told = f"The label read is {quoted(names[read[0]])}; the target is {listed(wanted)}."
        return verdict(right, names[read[0]], told)
    found = f"it names {listed(tuple(names[r] for r in read), 'and')}" if read else "the answer names none"
    return verdict(False, None, f"No single label can be read ({found}); the target is {listed(wanted)}.")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[-_\s]+", " ", text).casefold().split())


def _labels_in(text: str, labels: tuple[str, ...]) -> list[str]:
    if len(text) > 2 * _SCANNED:
        text = f"{text[:_SCANNED]}\n{text[-_SCANNED:]}"
    text = _plain(text)
    if (whole := text.strip(" .\"'*`()[]{}")) in labels:
        return [whole]
    either = _either(labels)
    said = re.findall(rf"\b{_SAID}({either})(?!\w)(?:\s?(?:,|/|or|and)\s?({either})(?!\w))?", text)
    if said:
        return sorted({label for label in said[-1] if label})
    return sorted(set(re.findall(rf"(?<!\w)({either})(?!\w)", text)))


@lru_cache(maxsize=64)
def _either(labels: tuple[str, ...]) -> str:
    """A pattern for any of the labels, the longest first: `billing dispute` is no `billing`."""
    return "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
