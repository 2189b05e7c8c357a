"""What a comparison saw: the figures of every offer, to be compared with those of a later day."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from broker.assurance.attributes import ATTRIBUTE
from broker.assurance.standing import NOTHING
from broker.assurance.values import in_words
from broker.catalog_entries import price_of
from broker.comparison import Evidence, Gathered, Ranked, Rating, Shortlist, Speed
from broker.comparison.assured import WANTED
from broker.comparison.gate_expressions import written
from broker.comparison.gates import Ask, remembered
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from broker.workload import Unknown
from broker.workload.store import profile_json
from broker.workload.yearly import Bill

VERSION = 2
READ = (1, VERSION)
"""Versions whose figures are compared; the first kept fewer: of facts those behind must-haves alone."""
CLASSES = ("input", "output", "cache_read", "cache_write")
"""Classes of tokens with a price, US dollars per million."""

Snapshot = dict[str, Any]


def snapshot(shortlist: Shortlist) -> Snapshot:
    """The figures of a shortlist as plain JSON: offers by id, ranks from 1, money as text, unknown as null.

    Floats have six digits, which is more than any of them means, so that they are alike on every machine.
    """
    gathered, winner = shortlist.gathered, shortlist.winner
    workload, ask = gathered.workload, remembered(gathered.facts, gathered.at)
    return {
        "version": VERSION,
        "at": gathered.at.isoformat(),
        "workload": None if workload is None else {"name": workload.name} | profile_json(workload),
        "winner": None if winner is None else winner.evidence.id,
        "offers": {
            one.evidence.id: _offer(one, i + 1, gathered, ask) for i, one in enumerate(shortlist.ranked)
        },
    }


def snapshot_hash(taken: Mapping[str, Any]) -> str:
    """The SHA-256 of a snapshot but for its day, in hex: equal where nothing has changed since."""
    figures = {key: value for key, value in taken.items() if key != "at"}
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _offer(ranked: Ranked, rank: int, gathered: Gathered, ask: Ask) -> Snapshot:
    one = ranked.evidence
    return {
        "label": one.label,
        "platform": one.entry.platform,
        "rank": rank,
        "outcome": ranked.outcome,
        "score": _rounded(ranked.score),
        "scales": {name: _rounded(told) for name, told in ranked.scales.items()},
        "quality": _estimate(one.quality),
        "per_1000": _estimate(one.per_1000),
        "runs": {result.suite: result.run_id for result in one.results},
        "speed": _speed(one.speed),
        "rating": _rating(one.rating),
        "doors": one.other_platforms,
        "rivals": one.rival_count,
        "region": one.region,
        "context": one.entry.offer.context_window,
        "takes": ", ".join(sorted(one.entry.takes)) or None,
        "cost": _cost(one),
        "price": _price(one, gathered.at),
        "gates": {written(said.gate): [said.outcome, said.reason] for said in ranked.gates},
        "facts": _facts(ranked, gathered, ask),
        "lifecycle": _lifecycle(one.lifecycle),
    }


def _facts(ranked: Ranked, gathered: Gathered, ask: Ask) -> Snapshot:
    """The fact behind each must-have about facts and each that the assurance scale counts, with its standing.

    Null where there is none.
    """
    counts = {said.gate.kind: said.gate.counts for said in ranked.gates if said.gate.kind in ATTRIBUTE}
    offer, at = ranked.evidence.entry.offer, gathered.at
    stands = {
        kind: ask(gathered.facts, offer, kind, at, counts=counts.get(kind, NOTHING))
        for kind in dict.fromkeys((*counts, *WANTED))
    }
    return {
        kind: found.fact and {"id": found.fact.id, "value": in_words(found.fact), "standing": found.verdict}
        for kind, found in stands.items()
    }


def _speed(told: Speed | None) -> Snapshot | None:
    waits = ("ttft_p50", "ttft_p95", "total_p50", "total_p95")
    return told and {"origin": told.origin} | {name: _estimate(getattr(told, name)) for name in waits}


def _rating(told: Rating | None) -> Snapshot | None:
    limits = told and {name: _rounded(getattr(told, name)) for name in ("value", "low", "high")}
    return limits and {**limits, "n": told.votes if told else 0}


def _cost(one: Evidence) -> Snapshot | None:
    return one.cost and {"at_list": _year(one.cost.at_list), "ours": _year(one.cost.ours)}


def _year(bill: Bill | Unknown) -> str | None:
    return None if isinstance(bill, Unknown) else f"{bill.year.total:.2f}"


def _price(one: Evidence, day: date) -> Snapshot | None:
    price = price_of(one.entry, datetime.combine(day, time(), UTC))
    return price and {name: _text(getattr(price, f"{name}_mtok")) for name in CLASSES}


def _lifecycle(told: Lifecycle) -> Snapshot:
    days = {name: getattr(told, name) for name in ("deprecated", "retires", "not_before")}
    said = {"flagged": told.flagged, "listed": told.listed, "successor": told.successor}
    return {name: day and day.isoformat() for name, day in days.items()} | said


def _estimate(told: Estimate | None) -> Snapshot | None:
    limits = told and {name: _rounded(getattr(told, name)) for name in ("value", "low", "high")}
    return limits and {**limits, "n": told.n if told else 0}


def _text(amount: Decimal | None) -> str | None:
    """An amount of money without zeros at its end: 2.50 and 2.5 are the same price."""
    return None if amount is None else f"{amount.normalize():f}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.6g}")
