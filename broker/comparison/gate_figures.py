"""Must-haves that a figure decides, by its interval: time, quality, cost."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from broker.comparison import Evidence, Gate, GateResult, Outcome
from broker.comparison.grounds import CALLS, origin_of, priced_by, runs_of, timed_in
from broker.stats import Estimate
from broker.stats.percentiles import fewest_for_limit
from broker.workload import Unknown

_BILLIONTH = Decimal("1e-9")
_Ground = tuple[str | None, date | datetime | None]  # a source, and since when


def judge_time(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    """How long 95 of 100 calls take, until the first token or the whole answer."""
    speed = evidence.speed
    if speed is None:
        return GateResult(gate, "unknown", "No call was timed yet.")
    ground = timed_in(evidence, speed, at)
    if speed.reliable is False:
        return _grounded(gate, "unknown", "This machine was too busy to time its calls.", ground, amber=True)
    told = speed.total_p95 if gate.kind == "p95" else speed.ttft_p95
    limit = float(gate.limit or 0)
    sides = told.high is not None and told.high <= limit, told.low is not None and told.low > limit
    where = f"in {CALLS}" if speed.origin == "calls" else "in the chosen suites' runs"
    said = _estimate(told, "measured", where, _seconds)
    if speed.timed_out:
        said = f"{said.removesuffix('.')}, of which {speed.timed_out:,} timed out."
    return _by_interval(gate, sides, said + _more_calls(told), ground)


def _more_calls(told: Estimate) -> str:
    """How many calls would give an upper limit, where there are too few."""
    fewest = fewest_for_limit(0.95)
    if told.value is None or told.high is not None or told.n >= fewest:
        return ""
    return f" An upper limit takes {fewest} calls or more."


def judge_quality(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    """The share of right answers over the chosen suites."""
    told, limit = evidence.quality, float(gate.limit or 0)
    if told is None:
        if evidence.missing:
            return GateResult(gate, "unknown", f"It was not run on {', '.join(evidence.missing)}.")
        reason = "None of its answers could be judged." if evidence.results else "No suite is chosen."
        return GateResult(gate, "unknown", reason)
    sides = told.low is not None and told.low >= limit, told.high is not None and told.high < limit
    how = _HOW.get(origin_of(evidence.results), "of unknown origin,")
    where = f"on {', '.join(result.suite for result in evidence.results)}" if evidence.results else ""
    said = _estimate(told, how, where, lambda share: f"{share * 100:.1f} %")
    return _by_interval(gate, sides, said, runs_of(evidence.results))


_HOW = {
    "measured": "measured",
    "imported": "imported, not measured here:",
    "measured and imported": "partly imported:",
}


def _estimate(told: Estimate, how: str, where: str, form: Callable[[float], str]) -> str:
    """A figure with how it came about, where, its interval and on how many samples it rests."""
    value, low, high = (_shown(end, form) for end in (told.value, told.low, told.high))
    if told.value is None and told.low is not None:
        value = f"more than {low}"
    return f"{how} {value} {where}".rstrip() + f" (95 %: {low} to {high}), n = {told.n:,}."


def _by_interval(gate: Gate, passes_fails: tuple[bool, bool], said: str, ground: _Ground) -> GateResult:
    """Passed or failed only where the whole interval is on one side of the limit."""
    passes, fails = passes_fails
    if passes or fails:
        return _grounded(gate, "pass" if passes else "fail", said[:1].upper() + said[1:], ground)
    return _grounded(gate, "unknown", f"Cannot tell yet: {said}", ground)


def _grounded(
    gate: Gate, outcome: Outcome, reason: str, ground: _Ground, *, amber: bool = False
) -> GateResult:
    source, since = ground
    day = since.date() if isinstance(since, datetime) else since
    return GateResult(gate, outcome, reason, source, day, amber)


def judge_cost(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    """A year of the workload at our price."""
    if evidence.cost is None:
        return GateResult(gate, "unknown", "No workload was chosen.")
    ours = evidence.cost.ours
    if isinstance(ours, Unknown):
        return GateResult(gate, "unknown", f"The cost is not known: {'; '.join(ours.reasons)}.")
    total, limit = ours.year.total, Decimal(gate.limit or 0)
    told = f"${total:,.2f} a year at our price"
    if evidence.year is None:
        outcome, reason = ("pass" if _within(total, limit) else "fail"), f"{told}."
    else:
        outcome, reason = _cost_measured(evidence.year, limit, told)
    price = priced_by(evidence)
    return GateResult(gate, outcome, reason, price and f"{price}, and our contract terms", at)


def _cost_measured(year: Estimate, limit: Decimal, told: str) -> tuple[Outcome, str]:
    """Passed or failed only where both ends of the tokens measured cost less than the limit, or more."""
    if year.low is None or year.high is None:
        said = f"Cannot tell yet: {told}, with no interval for the tokens measured, n = {year.n:,}."
        return "unknown", said
    measured = f"{told} (${year.low:,.2f} to ${year.high:,.2f} by the tokens measured), n = {year.n:,}."
    if _within(Decimal(year.high), limit):
        return "pass", measured
    if not _within(Decimal(year.low), limit):
        return "fail", measured
    return "unknown", f"Cannot tell yet: {measured}"


def _within(total: Decimal, limit: Decimal) -> bool:
    """Money is kept to a billionth of a dollar; less is what dividing days has left behind."""
    return total - limit < _BILLIONTH / 2


def _shown(value: float | None, form: Callable[[float], str]) -> str:
    return "unknown" if value is None else form(value)


def _seconds(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"
