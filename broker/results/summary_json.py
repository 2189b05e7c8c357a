"""What a run comes to as JSON and back, exactly: floats keep every digit, money is a text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from math import inf
from typing import Any

from broker.results.leaderboard import Standing, Waits
from broker.results.pairs import PairVerdict
from broker.results.summary import Samples, Summary, Timed
from broker.stats import Comparison, Estimate
from broker.verdicts import Verdict

_ESTIMATES = ("accuracy", "accuracy_of_asked", "score", "cost_per_1000", "cost_per_right", "tokens_per_s")
_WAITS = ("ttft", "ttfa", "total")
_MONEY = ("cost", "judge_cost")
_COLUMNS = ("ttft", "total", "rate", "units")
_CUT_OFF = "cut off"  # a wait without an end


def figures_json(summary: Summary) -> dict[str, Any]:
    """Shaped as the dataclasses are."""
    return {
        "measure": summary.measure,
        "reliable": summary.reliable,
        "board": [_standing_json(one) for one in summary.board],
        "pairs": [asdict(one) for one in summary.pairs],
    }


def summary_of(stored: Mapping[str, Any]) -> Summary:
    """The figures of a stored object."""
    return Summary(
        measure=stored["measure"],
        reliable=stored["reliable"],
        board=tuple(_standing(one) for one in stored["board"]),
        pairs=tuple(_pair(one) for one in stored["pairs"]),
    )


def samples_json(samples: Samples) -> dict[str, Any]:
    """Columns in the suite's order: `samples` has the names, `values` a column an offer."""
    keys = list(samples.clusters)
    return {
        "samples": keys,
        "clusters": list(samples.clusters.values()),
        "values": {offer: [known.get(key) for key in keys] for offer, known in samples.values.items()},
        "timed": {
            offer: {name: _column(getattr(one, name)) for name in _COLUMNS}
            for offer, one in samples.timed.items()
        },
    }


def samples_of(stored: Mapping[str, Any]) -> Samples:
    """The samples of a stored object."""
    keys: Sequence[str] = stored["samples"]
    columns: Mapping[str, Sequence[float | None]] = stored["values"]
    return Samples(
        clusters=dict(zip(keys, stored["clusters"], strict=True)),
        values={
            offer: {key: value for key, value in zip(keys, column, strict=True) if value is not None}
            for offer, column in columns.items()
        },
        timed={offer: _timed(one) for offer, one in stored["timed"].items()},
    )


def _column(values: Sequence[Any] | None) -> list[Any] | None:
    """JSON has no infinity."""
    return None if values is None else [_CUT_OFF if one == inf else one for one in values]


def _timed(stored: Mapping[str, Any]) -> Timed:
    units = stored["units"]
    ttft, total, rate = (
        tuple(inf if one == _CUT_OFF else one for one in stored[name]) for name in ("ttft", "total", "rate")
    )
    return Timed(ttft, total, rate, None if units is None else tuple(units))


def _standing_json(one: Standing) -> dict[str, Any]:
    found = asdict(one)
    return found | {name: None if found[name] is None else str(found[name]) for name in _MONEY}


def _standing(stored: Mapping[str, Any]) -> Standing:
    known = dict(stored)
    known |= {name: _estimate(stored[name]) for name in _ESTIMATES}
    known |= {name: _waits(stored[name]) for name in _WAITS}
    known |= {name: None if stored[name] is None else Decimal(stored[name]) for name in _MONEY}
    return Standing(**known)


def _waits(stored: Mapping[str, Any] | None) -> Waits | None:
    return None if stored is None else Waits(Estimate(**stored["p50"]), Estimate(**stored["p95"]))


def _estimate(stored: Mapping[str, Any] | None) -> Estimate | None:
    return None if stored is None else Estimate(**stored)


def _pair(stored: Mapping[str, Any]) -> PairVerdict:
    nested: dict[str, Any] = {
        "comparison": Comparison(**stored["comparison"]),
        "cost_ratio": _estimate(stored["cost_ratio"]),
        "verdict": Verdict(**stored["verdict"]),
    }
    return PairVerdict(**{**stored, **nested})
