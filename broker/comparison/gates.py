"""Must-haves: whether an offer passes one, fails it, or it cannot be said, and because of what.

One small function a kind; those of figures stand in `gate_figures`, how they are written in
`gate_expressions`.
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
from broker.comparison.gate_figures import judge_cost, judge_quality, judge_time
from broker.comparison.grounds import CONFIGURED, made_by, taken_by, window_of
from broker.comparison.regions import within_eu
from broker.model_facts import UNKNOWN
from broker.providers.registry import REGISTRY
from broker.types import Offer

__all__ = ["in_words", "judge", "parse", "written"]

_OUTCOMES: Mapping[Verdict, Outcome] = {"satisfied": "pass", "not satisfied": "fail"}


Ask = Callable[..., Standing]
"""`standing_of`, or it with a memory."""


def remembered(facts: Known, day: date) -> Ask:
    """`standing_of` for these facts on that day: each question is answered once, for all who ask.

    The answers to the facts that were asked about last are kept.
    """
    global _last  # noqa: PLW0603
    if _last is None or _last[0] is not facts or _last[1] != day:
        _last = facts, day, _remembering()
    return _last[2]


_last: tuple[Known, date, Ask] | None = None


def _remembering() -> Ask:
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
        return "unknown", f"But {_untold(evidence)}"
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
        return GateResult(gate, outcome, _sentence(place.removeprefix("But ")), CONFIGURED, at)
    if evidence.region is None:
        return GateResult(gate, "unknown", _sentence(_untold(evidence)), CONFIGURED, at)
    outcome = "pass" if evidence.region.lower().startswith(wanted) else "fail"
    return GateResult(gate, outcome, f"Region {evidence.region} is configured.", CONFIGURED, at)


def _untold(evidence: Evidence) -> str:
    """That no region is known, and where one is told: by a setting, or by the address itself."""
    provider = evidence.entry.offer.provider
    table, name = f"[providers.{provider}] in broker.toml", _REGIONAL.get(provider)
    if name is not None:
        return f"the region that is configured here is not known: {name} under {table} tells it."
    return (
        "the region that is configured here is not known, for its address names none: where the platform has "
        f"regional addresses, write one as base_url under {table}."
    )


# What a row of the registry calls its region.
_REGIONAL = {row.id: name for row in REGISTRY for name in ("region", "location") if name in row.variables}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _context(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    window = evidence.entry.offer.context_window
    if window is None:
        return GateResult(gate, "unknown", "How many tokens it takes is not known.")
    outcome = "pass" if window >= Decimal(gate.limit or 0) else "fail"
    return GateResult(gate, outcome, f"It takes {window:,} tokens.", window_of(evidence), at)


def _takes(gate: Gate, evidence: Evidence, at: date) -> GateResult:
    if gate.limit in evidence.entry.takes:
        return GateResult(gate, "pass", f"It takes {gate.limit}.", taken_by(evidence, gate.limit), at)
    return GateResult(gate, "unknown", f"Whether it takes {gate.limit} is not known.")


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
    return GateResult(gate, outcome, f"It is made by {maker}.", made_by(evidence), at)


_JUDGES: Mapping[str, Callable[[Gate, Evidence, date], GateResult]] = {
    "context": _context,
    "takes": _takes,
    "p95": judge_time,
    "ttft_p95": judge_time,
    "quality": judge_quality,
    "cost": judge_cost,
    "retires": _retires,
    "maker": _maker,
    "region": _region,
}
