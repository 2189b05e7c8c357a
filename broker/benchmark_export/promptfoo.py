"""The results file of promptfoo (`promptfoo eval --output results.json`), version 3 of its summary.

Written from its public documentation and types. What it has no place for stands in `metadata`. It knows
passes, failures and errors: what was not judged (no answer, or the judge's grade is missing) is an error
here, for a failure would say that the answer was wrong.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.promptfoo_result import result_of
from broker.benchmark_export.records import Head, head, records
from broker.benchmark_export.rows import offer_columns, timings


def write(session: Session, run_id: str, offer: str | None = None) -> Iterator[bytes]:
    """The file; a prompt with its provider for each offer, a test for each sample."""
    known, counts = head(session, run_id), Counter[str]()
    opening = {"version": 3, "timestamp": _time(known.run.ended_at or known.run.created_at)}
    yield f'{{"evalId": {_dump(known.run.id)}, "results": {_dump(opening)[:-1]}, "results": ['.encode()
    places = {offer: i for i, offer in enumerate(known.offers)}
    for i, record in enumerate(records(session, known.run, offer)):
        result = result_of(known, record, places)
        counts.update(_counts(result))
        yield (("," if i else "") + _dump(result)).encode()
    stats = {name: counts[name] for name in ("successes", "failures", "errors")}
    tokens = {name: counts[name] for name in ("total", "prompt", "completion", "cached", "numRequests")}
    rest = {"prompts": _prompts(known), "stats": stats | {"tokenUsage": tokens}}
    yield f"], {_dump(rest)[1:]}, {_dump(_closing(known))[1:]}".encode()


def _prompts(known: Head) -> list[dict[str, Any]]:
    said = {"raw": known.suite.template or "{{input}}", "label": known.suite.name}
    return [
        {**said, "id": f"{known.run.suite_id}-{i}", "provider": offer} for i, offer in enumerate(known.offers)
    ]


def _closing(known: Head) -> dict[str, Any]:
    offers = [offer_columns(stored) for stored in known.offers.values()]
    described = {"description": known.suite.description or known.suite.name, "providers": list(known.offers)}
    told = {"suite": known.suite.name, "suite_version": known.version, "kind": known.run.kind}
    told |= {"timings": timings(known), "lag_p95_ms": known.run.lag_p95_ms, "offers": offers}
    exported = {"exportedAt": _time(datetime.now(UTC)), "run": told}
    return {"config": described, "shareableUrl": None, "metadata": exported}


def _counts(result: Mapping[str, Any]) -> dict[str, int]:
    ended = "successes" if result["success"] else "errors" if result["error"] else "failures"
    return {ended: 1, **result["tokenUsage"]}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
