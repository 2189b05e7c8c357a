"""The suites that come with the product, one file each in `broker/data/suites`.

A file holds JSON lines: the suite without its samples first, then a sample a line, each under the names of
`Suite` and `Sample`. A target that is an object stands for its JSON text.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from broker.suites import Sample, ScorerSpec, Suite
from broker.types import Params

FILES = (
    "contract-clauses",
    "invoice-fields",
    "support-tickets",
    "policy-questions",
    "meeting-actions",
    "procurement-sums",
)


@cache
def starters() -> tuple[Suite, ...]:
    """All starter suites, in the order in which they are offered; read once, when first asked for."""
    return tuple(_suite(name) for name in FILES)


def _suite(name: str) -> Suite:
    text = files("broker").joinpath("data", "suites", f"{name}.jsonl").read_text("utf-8")
    head, *rows = (json.loads(line) for line in text.splitlines())
    return Suite(
        **head | {"params": Params(**head["params"]), "scorers": _scorers(head)},
        samples=tuple(_sample(row) for row in rows),
        source="starter",
    )


def _sample(row: Mapping[str, Any]) -> Sample:
    known: dict[str, Any] = {**row, "scorers": _scorers(row), "tags": tuple(row["tags"])}
    known["targets"] = tuple(_text(target) for target in row["targets"])
    return Sample(**known)


def _scorers(row: Mapping[str, Any]) -> tuple[ScorerSpec, ...]:
    return tuple(ScorerSpec(**spec) for spec in row.get("scorers", ()))


def _text(target: Any) -> str:
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)
