"""Test sets: versioned suites of samples. The nouns; reading and keeping them is in this package's modules.

A suite never changes once it has run: editing makes a new version with a new content hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.types import Message, Params


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """A judging function by its name, with what it is told.

    `settings` are the scorer's own (a pattern, a schema, a tolerance, a rubric). A score of at least
    `threshold` passes; `None` is the scorer's own rule. `negate` turns pass into fail and back. `weight` is
    this score's part in the sample's; `metric` names it in tables where one name has several uses.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    threshold: float | None = None
    negate: bool = False
    weight: float = 1.0
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One case: what is asked and what a right answer is.

    `input` is a text, or the turns of a conversation; `{{names}}` in it are filled from `variables`.
    `targets` are all right, one suffices. `choices` are the texts of a multiple-choice question, in order;
    its target is then a letter (A is the first). `cluster` names what samples share (a document, a page):
    those of one cluster are no independent evidence. `scorers`, where there are any, stand for the suite's.
    """

    id: str
    input: str | tuple[Message, ...]
    targets: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    scorers: tuple[ScorerSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of samples with how to ask and how to judge.

    `template` wraps every sample's text where it holds `{{input}}`; `system` is said before. `params` go
    with every call. `source` says where it comes from: a file's name, or `starter`.
    """

    name: str
    samples: tuple[Sample, ...]
    scorers: tuple[ScorerSpec, ...]
    description: str = ""
    system: str = ""
    template: str = ""
    params: Params = field(default_factory=Params)
    source: str = ""

    @property
    def unjudged(self) -> int:
        """How many samples nothing judges the answers to."""
        return 0 if self.scorers else sum(not sample.scorers for sample in self.samples)
