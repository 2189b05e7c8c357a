"""What a comparison saw: the figures of every offer, to be compared with those of a later day."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from broker.assurance.attributes import ATTRIBUTE
from broker.assurance.standing import standing_of
from broker.assurance.values import in_words
from broker.catalog_entries import price_of
from broker.comparison import Evidence, Gathered, Ranked, Shortlist
from broker.comparison.gate_expressions import written
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from broker.workload import Unknown
from broker.workload.store import profile_json
from broker.workload.yearly import Bill

VERSION = 1
CLASSES = ("input", "output", "cache_read", "cache_write")
"""Classes of tokens with a price, US dollars per million."""

Snapshot = dict[str, Any]


def snapshot(shortlist: Shortlist) -> Snapshot:
    """The figures of a shortlist as plain JSON: offers by id, ranks from 1, money as text, unknown as null.

    Floats have six digits, which is more than any of them means, so that they are alike on every machine.
    """
    gathered, winner = shortlist.gathered, shortlist.winner
    workload = gathered.workload
    return {
        "version": VERSION,
        "at": gathered.at.isoformat(),
        "workload": None if workload is None else {"name": workload.name} | profile_json(workload),
        "winner": None if winner is None else winner.evidence.id,
        "offers": {one.evidence.id: _offer(one, i + 1, gathered) for i, one in enumerate(shortlist.ranked)},
    }


def snapshot_hash(taken: Mapping[str, Any]) -> str:
    """The SHA-256 of a snapshot but for its day, in hex: equal where nothing has changed since."""
    figures = {key: value for key, value in taken.items() if key != "at"}
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _offer(ranked: Ranked, rank: int, gathered: Gathered) -> Snapshot:
    one = ranked.evidence
    return {
        "label": one.label,
        "platform": one.entry.platform,
        "rank": rank,
        "outcome": ranked.outcome,
        "score": _rounded(ranked.score),
        "quality": _estimate(one.quality),
        "per_1000": _estimate(one.per_1000),
        "runs": {result.suite: result.run_id for result in one.results},
        "cost": _cost(one),
        "price": _price(one, gathered.at),
        "gates": {written(said.gate): [said.outcome, said.reason] for said in ranked.gates},
        "facts": _facts(ranked, gathered),
        "lifecycle": _lifecycle(one.lifecycle),
    }


def _facts(ranked: Ranked, gathered: Gathered) -> Snapshot:
    """The fact behind each must-have about facts, null where there is none."""
    offer, kinds = ranked.evidence.entry.offer, [said.gate.kind for said in ranked.gates]
    behind = {
        kind: standing_of(gathered.facts, offer, kind, gathered.at).fact
        for kind in kinds
        if kind in ATTRIBUTE
    }
    return {kind: fact and {"id": fact.id, "value": in_words(fact)} for kind, fact in behind.items()}


def _cost(one: Evidence) -> Snapshot | None:
    return one.cost and {"at_list": _year(one.cost.at_list), "ours": _year(one.cost.ours)}


def _year(bill: Bill | Unknown) -> str | None:
    return None if isinstance(bill, Unknown) else f"{bill.year.total:.2f}"


def _price(one: Evidence, day: date) -> Snapshot | None:
    price = price_of(one.entry, datetime.combine(day, time(), UTC))
    return price and {name: _text(getattr(price, f"{name}_mtok")) for name in CLASSES}


def _lifecycle(told: Lifecycle) -> Snapshot:
    days = {name: getattr(told, name) for name in ("deprecated", "retires", "not_before")}
    return {name: day and day.isoformat() for name, day in days.items()} | {"flagged": told.flagged}


def _estimate(told: Estimate | None) -> Snapshot | None:
    limits = told and {name: _rounded(getattr(told, name)) for name in ("value", "low", "high")}
    return limits and {**limits, "n": told.n if told else 0}


def _text(amount: Decimal | None) -> str | None:
    """An amount of money without zeros at its end: 2.50 and 2.5 are the same price."""
    return None if amount is None else f"{amount.normalize():f}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.6g}")
