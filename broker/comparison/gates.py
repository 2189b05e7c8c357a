"""Must-haves: whether an offer passes one, fails it, or it cannot be said, and because of what.

One small function a kind. How they are written stands in `gate_expressions`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from broker.assurance import Known
from broker.assurance.attributes import ATTRIBUTE
from broker.assurance.platforms import platform_of
from broker.assurance.standing import Need, Standing, Verdict, standing_of
from broker.comparison import Evidence, Gate, GateResult, Outcome
from broker.comparison.gate_expressions import AT_MOST, in_words, parse, written
from broker.comparison.regions import within_eu
from broker.model_facts import UNKNOWN
from broker.stats import Estimate
from broker.types import Offer
from broker.workload import Unknown

__all__ = ["in_words", "judge", "parse", "written"]

_OUTCOMES: Mapping[Verdict, Outcome] = {"satisfied": "pass", "not satisfied": "fail"}


_BILLIONTH = Decimal("1e-9")

Ask = Callable[..., Standing]
"""`standing_of`, or it with a memory."""


def remembered() -> Ask:
    """`standing_of` for many offers and the same facts on the same day: each question is answered once."""
    found: dict[tuple[object, ...], Standing] = {}

    def ask(known: Known, offer: Offer, attribute: str, at: date, **asked: object) -> Standing:
        closer = (offer.maker, offer.known_name) if scoped(known, offer.provider, attribute) else ()
        key = (offer.provider, attribute, tuple(asked.values()), closer)
        if key not in found:
            found[key] = standing_of(known, offer, attribute, at, **cast(dict[str, Any], asked))
        return found[key]

    return ask


def scoped(known: Known, provider: str, attribute: str) -> bool:
    """Whether facts differ among the offers of a provider: some speak of one maker or family alone."""
    return any(fact.scope for fact in known.get((platform_of(provider), attribute), ()))


def judge(gate: Gate, evidence: Evidence, facts: Known, at: date, ask: Ask = standing_of) -> GateResult:
    """How an offer stands at a gate on that day; raises `KeyError` for a kind that there is not."""
    if gate.kind not in ATTRIBUTE:
        return _JUDGES[gate.kind](gate, evidence, at)
    found = _fact(gate, evidence, facts, at, ask)
    return _processing(found, evidence) if gate.kind == "eu_data_residency" else found


def _fact(gate: Gate, evidence: Evidence, facts: Known, at: date, ask: Ask) -> GateResult:
    limit = None if gate.limit is None else Decimal(gate.limit)
    need = None
    if limit is not None:
        need = Need(at_most=limit) if gate.kind in AT_MOST else Need(at_least=limit)
    found = ask(facts, evidence.entry.offer, gate.kind, at, counts=gate.counts, need=need)
    fact, outcome = found.fact, _OUTCOMES.get(found.verdict, "unknown")
    source, as_of = (fact.behind, fact.told_on) if fact else (None, None)
    return GateResult(gate, outcome, found.reason, source, as_of, found.verdict == "amber")


def _processing(found: GateResult, evidence: Evidence) -> GateResult:
    """What a platform can do for an account, with where ours is set up."""
    if found.outcome != "pass":
        return found
    outcome, place = _in_eu(evidence)
    reason = f"{found.reason} {place}"
    return GateResult(found.gate, outcome, reason, found.source, found.as_of)


def _in_eu(evidence: Evidence) -> tuple[Outcome, str]:
    profile = evidence.entry.offer.wire_model.partition(".")[0]  # Bedrock's, by which calls cross regions
    if profile in ("global", "us", "apac"):
        return "fail", f"But {evidence.entry.offer.wire_model} is served from {_PROFILES[profile]}."
    if evidence.region is None:
        return "unknown", "But the region that is configured here is not known."
    within = within_eu(evidence.region)
    if within is None:
        return "unknown", f"But whether the configured region {evidence.region} lies in the EU is not known."
    told = f"region {evidence.region} is configured"
    return ("pass", f"The EU's {told}.") if within else ("fail", f"But here {told}, outside the EU.")


_PROFILES = {"global": "any region", "us": "the United States", "apac": "Asia and the Pacific"}


def _region(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    wanted = (gate.limit or "").lower()
    if wanted == "eu":
        outcome, place = _in_eu(evidence)
        return GateResult(gate, outcome, _sentence(place.removeprefix("But ")))
    if evidence.region is None:
        return GateResult(gate, "unknown", "The region that is configured here is not known.")
    outcome = "pass" if evidence.region.lower().startswith(wanted) else "fail"
    return GateResult(gate, outcome, f"Region {evidence.region} is configured.")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _context(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    window = evidence.entry.offer.context_window
    if window is None:
        return GateResult(gate, "unknown", "How many tokens it takes is not known.")
    outcome = "pass" if window >= Decimal(gate.limit or 0) else "fail"
    return GateResult(gate, outcome, f"It takes {window:,} tokens.")


def _takes(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    if gate.limit in evidence.entry.takes:
        return GateResult(gate, "pass", f"It takes {gate.limit}.")
    return GateResult(gate, "unknown", f"Whether it takes {gate.limit} is not known.")


def _time(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    speed = evidence.speed
    if speed is None:
        return GateResult(gate, "unknown", "No call was timed yet.")
    if not speed.reliable:
        return GateResult(gate, "unknown", "This machine was too busy to time its calls.", amber=True)
    told = speed.total_p95 if gate.kind == "p95" else speed.ttft_p95
    limit = float(gate.limit or 0)
    high_passes = told.high is not None and told.high <= limit
    return _by_interval(gate, told, (high_passes, told.low is not None and told.low > limit), _seconds)


def _quality(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    told, limit = evidence.quality, float(gate.limit or 0)
    if told is None:
        if evidence.missing:
            return GateResult(gate, "unknown", f"It was not run on {', '.join(evidence.missing)}.")
        reason = "None of its answers could be judged." if evidence.results else "No suite is chosen."
        return GateResult(gate, "unknown", reason)
    passes, fails = told.low is not None and told.low >= limit, told.high is not None and told.high < limit
    return _by_interval(gate, told, (passes, fails), lambda share: f"{share * 100:.1f} %")


def _by_interval(
    gate: Gate, told: Estimate, passes_fails: tuple[bool, bool], form: Callable[[float], str]
) -> GateResult:
    """Passed or failed only where the whole interval is on one side of the limit."""
    passes, fails = passes_fails
    measured = f"{_shown(told.value, form)} (95 %: {_shown(told.low, form)} to {_shown(told.high, form)})"
    if passes or fails:
        return GateResult(gate, "pass" if passes else "fail", f"Measured {measured}, n = {told.n:,}.")
    return GateResult(gate, "unknown", f"Cannot tell yet: measured {measured}, n = {told.n:,}.")


def _cost(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    if evidence.cost is None:
        return GateResult(gate, "unknown", "No workload was chosen.")
    ours = evidence.cost.ours
    if isinstance(ours, Unknown):
        return GateResult(gate, "unknown", f"The cost is not known: {'; '.join(ours.reasons)}.")
    total, limit = ours.year.total, Decimal(gate.limit or 0)
    told = f"${total:,.2f} a year at our price"
    if evidence.year is None:
        return GateResult(gate, "pass" if _within(total, limit) else "fail", f"{told}.")
    return _cost_measured(gate, evidence.year, limit, told)


def _cost_measured(gate: Gate, year: Estimate, limit: Decimal, told: str) -> GateResult:
    """Passed or failed only where both ends of the tokens measured cost less than the limit, or more."""
    if year.low is None or year.high is None:
        reason = f"Cannot tell yet: {told}, with no interval for the tokens measured, n = {year.n:,}."
        return GateResult(gate, "unknown", reason)
    measured = f"{told} (${year.low:,.2f} to ${year.high:,.2f} by the tokens measured), n = {year.n:,}."
    if _within(Decimal(year.high), limit):
        return GateResult(gate, "pass", measured)
    if not _within(Decimal(year.low), limit):
        return GateResult(gate, "fail", measured)
    return GateResult(gate, "unknown", f"Cannot tell yet: {measured}")


def _within(total: Decimal, limit: Decimal) -> bool:
    """Money is kept to a billionth of a dollar; less is what dividing days has left behind."""
    return total - limit < _BILLIONTH / 2


def _retires(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    told, day = evidence.lifecycle, date.fromisoformat(gate.limit or "")
    lasts = told.lasts_until(day)
    if told.listed is False and lasts is not False:
        reason = f"The platform's own list of {told.listed_on} does not have it."
        return GateResult(gate, "unknown", reason, told.source, told.as_of, amber=True)
    if lasts is None:
        reason = "Its end is announced without a day." if told.ending else "No end is published."
        return GateResult(gate, "unknown", reason, told.source, told.as_of)
    if told.retires is None:
        reason = f"It ends no sooner than {told.not_before}."
    else:
        reason = f"It {'ended' if told.retires < at else 'ends'} on {told.retires}."
    if not lasts and told.certainty == "third party":
        doubt = f"{reason} A third party says so, which may mean the earliest day possible."
        return GateResult(gate, "unknown", doubt, told.source, told.as_of, amber=True)
    return GateResult(gate, "pass" if lasts else "fail", reason, told.source, told.as_of)


def _maker(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    maker = evidence.entry.offer.maker
    if maker == UNKNOWN:
        return GateResult(gate, "unknown", "Who made it is not known.")
    outcome = "fail" if maker.casefold() == (gate.limit or "").casefold() else "pass"
    return GateResult(gate, outcome, f"It is made by {maker}.")


def _shown(value: float | None, form: Callable[[float], str]) -> str:
    return "unknown" if value is None else form(value)


def _seconds(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


_JUDGES: Mapping[str, Callable[[Gate, Evidence, date], GateResult]] = {
    "context": _context,
    "takes": _takes,
    "p95": _time,
    "ttft_p95": _time,
    "quality": _quality,
    "cost": _cost,
    "retires": _retires,
    "maker": _maker,
    "region": _region,
}
