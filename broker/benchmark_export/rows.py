"""One flat row an answer, with the product's nouns as columns."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from broker.benchmark_export.records import Head, Record, records
from broker.templates import fill
from db.models import Call

# Each column's kind: what Parquet has to know beforehand.
COLUMNS: Mapping[str, type] = {
    "run_id": str,
    "run": str,
    "kind": str,
    "suite": str,
    "suite_version": int,
    "sample": str,
    "epoch": int,
    "tags": str,
    "cluster": str,
    "metadata": str,
    "system": str,
    "input": str,
    "targets": str,
    "offer": str,
    "offer_name": str,
    "maker": str,
    "platform": str,
    "model": str,
    "served_model": str,
    "outcome": str,
    "passed": bool,
    "value": float,
    "answer": str,
    "answer_read": str,
    "explanation": str,
    "scorers": str,
    "scores": str,
    "finish_reason": str,
    "error_kind": str,
    "error_status": int,
    "error_message": str,
    "input_tokens": int,
    "cache_read_tokens": int,
    "cache_write_tokens": int,
    "output_tokens": int,
    "reasoning_tokens": int,
    "cost_usd": Decimal,
    "judge_cost_usd": Decimal,
    "input_usd_per_mtok": Decimal,
    "output_usd_per_mtok": Decimal,
    "cache_read_usd_per_mtok": Decimal,
    "cache_write_usd_per_mtok": Decimal,
    "price_source": str,
    "ttft_ms": float,
    "ttfa_ms": float,
    "total_ms": float,
    "elapsed_ms": float,
    "output_tokens_per_s": float,
    "timings": str,
    "attempts": int,
    "retried": bool,
    "repeated": bool,
    "started_at": str,
    "ended_at": str,
}
_OF_CELL = (
    "outcome", "passed", "value", "explanation", "finish_reason", "error_kind", "ttft_ms", "ttfa_ms",
    "total_ms", "elapsed_ms", "output_tokens_per_s", "retried", "repeated",
)  # fmt: skip
_OF_CALL = (
    "served_model", "error_status", "error_message", "input_tokens", "cache_read_tokens",
    "cache_write_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip


def answer_rows(session: Session, head: Head, offer: str | None = None) -> Iterator[dict[str, Any]]:
    """The finished answers with the columns of `COLUMNS`.

    `timings` says whether the clocks can be trusted: `reliable`, `unreliable`, `unknown`, or `none` for
    imported answers. `system` is what was said before the `input`; of imported answers that is not known.
    `scorers` names each with its version; prices are those in force when the run was made.
    """
    fixed = {
        "run_id": head.run.id,
        "run": head.run.name,
        "kind": head.run.kind,
        "suite": head.suite.name,
        "suite_version": head.version,
        "timings": timings(head),
    }
    offers = {offer: offer_columns(stored) for offer, stored in head.offers.items()}
    for record in records(session, head.run, offer):
        yield fixed | offers[record.cell.offer] | {"system": _system(head, record)} | _row(record)


def timings(head: Head) -> str:
    """Whether the run's clocks can be trusted, in a word."""
    return head.run.timings


def offer_columns(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Who is asked, under what price."""
    price: Mapping[str, str] = stored.get("price") or {}
    classes = ("input", "output", "cache_read", "cache_write")
    return {
        "offer": stored["id"],
        "offer_name": stored["name"],
        "maker": stored["maker"] or None,
        "platform": stored["platform"],
        "model": stored["wire_model"],
        **{f"{name}_usd_per_mtok": _money(price.get(f"{name}_mtok")) for name in classes},
        "price_source": price.get("source"),
    }


def scorers(scores: list[Any] | None) -> str | None:
    """Each scorer with its version."""
    names = dict.fromkeys(f"{score['name']} {score['version']}" for score in scores or ())
    return ", ".join(names) or None


def asked(record: Record) -> str:
    """The sample's own text, its variables filled in; of a conversation all turns."""
    text = record.sample.input
    turns = text if isinstance(text, str) else "\n\n".join(f"{turn.role}: {turn.content}" for turn in text)
    return fill(turns, record.sample.variables)


def _system(head: Head, record: Record) -> str | None:
    return None if head.run.kind == "imported" else fill(head.suite.system, record.sample.variables) or None


def _row(record: Record) -> dict[str, Any]:
    cell, sample = record.cell, record.sample
    return {
        **{name: getattr(cell, name) for name in _OF_CELL},
        "sample": cell.sample_key,
        "epoch": cell.epoch + 1,
        "tags": ", ".join(sample.tags) or None,
        "cluster": sample.cluster,
        "metadata": json.dumps(sample.metadata, ensure_ascii=False) if sample.metadata else None,
        "input": asked(record),
        "targets": _listed(sample.targets),
        "answer": record.text,
        "answer_read": cell.answer,
        "scorers": scorers(cell.scores),
        "scores": json.dumps(cell.scores, ensure_ascii=False) if cell.scores else None,
        "cost_usd": cell.cost,
        "judge_cost_usd": cell.judge_cost,
        "started_at": cell.started_at and cell.started_at.isoformat(),
        "ended_at": cell.ended_at and cell.ended_at.isoformat(),
        **_call(record.call),
    }


def _call(call: Call | None) -> dict[str, Any]:
    if call is None:
        return {}
    return {**{name: getattr(call, name) for name in _OF_CALL}, "attempts": call.attempt_count}


def _listed(targets: tuple[str, ...]) -> str | None:
    """One as it is, several as a list in JSON."""
    return json.dumps(targets, ensure_ascii=False) if len(targets) > 1 else next(iter(targets), None)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
