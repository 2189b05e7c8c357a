"""Evaluation datasets of the clouds: Amazon Bedrock, Azure AI Foundry, Google Vertex AI."""

from dataclasses import dataclass, replace

from broker.suites.importers.any_table import by_mapping
from broker.suites.importers.report import ColumnMapping, Draft, Problem, Source

_ANSWERS = "answers made elsewhere are no part of a suite; import this file as results"


@dataclass(frozen=True, slots=True)
class Cloud:
    """How one cloud names its columns: what there must be, one of which must be there, and what is known."""

    NAME: str
    needs: str
    one_of: frozenset[str]
    targets: str
    answers: str
    tags: tuple[str, ...] = ()
    context: str | None = None

    def matches(self, source: Source) -> bool:
        """Whether the columns are this cloud's."""
        return self.needs in source.columns and bool(self.one_of & set(source.columns))

    def read(self, source: Source) -> Draft:
        """One suite; a context stands before the question, other columns become metadata."""
        columns = source.columns
        asked = f"{{{{{self.context}}}}}\n\n{{{{{self.needs}}}}}" if self.context in columns else self.needs
        known = {self.needs, self.targets, self.answers, self.context, *self.tags}
        mapping = ColumnMapping(
            asked,
            (self.targets,) if self.targets in columns else (),
            tags=tuple(tag for tag in self.tags if tag in columns),
            metadata=tuple(column for column in columns if column not in known),
        )
        problems = [Problem(None, self.answers, _ANSWERS)] if self.answers in columns else []
        kept = tuple(column for column in columns if column != self.answers)
        return by_mapping(replace(source, columns=kept), mapping, *problems)


BEDROCK = Cloud(
    "bedrock",
    "prompt",
    frozenset({"referenceResponse", "modelResponses"}),
    "referenceResponse",
    "modelResponses",
    tags=("category",),
)
AZURE = Cloud(
    "azure",
    "query",
    frozenset({"ground_truth", "response", "context"}),
    "ground_truth",
    "response",
    context="context",
)
VERTEX = Cloud("vertex", "prompt", frozenset({"reference", "response"}), "reference", "response")
