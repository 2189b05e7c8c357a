"""The assurance scale: how much of what is usually wanted of a platform it is shown to have."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from broker.assurance import Known
from broker.assurance.standing import NOTHING, standing_of
from broker.comparison import Evidence, Gate, Gathered
from broker.comparison.gates import Ask, scoped

WANTED: tuple[str, ...] = (
    "soc2_type2",
    "iso_27001",
    "iso_42001",
    "trains_on_customer_data_default",
    "zdr_option",
    "eu_data_residency",
    "gdpr_dpa",
    "hipaa_baa",
    "ip_indemnity",
    "sso",
    "audit_logs",
    "private_networking",
)
"""What the assurance scale counts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of what is wanted a platform shows: attributes satisfied, and known in any way, of so many."""

    satisfied: int
    known: int
    of: int = len(WANTED)

    @property
    def share(self) -> float:
        """The share that is satisfied."""
        return self.satisfied / self.of


def shown(
    evidence: Evidence, facts: Known, at: date, gates: Iterable[Gate] = (), ask: Ask = standing_of
) -> Shown:
    """What the assurance scale counts; conditions count where a must-have says that they do."""
    offer, counts = evidence.entry.offer, {gate.kind: gate.counts for gate in gates}
    verdicts = [ask(facts, offer, name, at, counts=counts.get(name, NOTHING)).verdict for name in WANTED]
    known = sum(verdict in ("satisfied", "not satisfied") for verdict in verdicts)
    return Shown(verdicts.count("satisfied"), known)


def assured_by(gathered: Gathered, ask: Ask) -> Callable[[Evidence], float]:
    """The assurance scale, worked out once for all offers that the same facts speak of."""
    found: dict[tuple[str, ...], float] = {}

    @cache
    def closer(provider: str) -> bool:
        return any(scoped(gathered.facts, provider, name) for name in WANTED)

    def assured(one: Evidence) -> float:
        offer = one.entry.offer
        names = (offer.maker, offer.known_name) if closer(offer.provider) else ()
        key = (offer.provider, *names)
        if key not in found:
            found[key] = shown(one, gathered.facts, gathered.at, gathered.wanted.gates, ask).share
        return found[key]

    return assured
