"""Same weights, other doors: the offers of one model side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from broker.assurance.attributes import ATTRIBUTES
from broker.assurance.standing import standing_of
from broker.assurance.values import in_words
from broker.catalog import catalogue
from broker.catalog_entries import Entry, price_of
from broker.comparison import Evidence, Gathered
from broker.comparison.door_agreement import Agreement, agreement
from broker.comparison.door_features import Recorded, Support, lost, recorded, supports
from broker.comparison.evidence import gather
from broker.config import Config, settle
from broker.types import TokenPrice
from broker.workload import ZERO
from broker.workload.store import load_terms
from broker.workload.terms import Kind, Term, in_force

_KINDS: tuple[Kind, ...] = ("discount", "uplift", "batch_discount", "commitment")


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One offer of the model: its `evidence` has the yearly cost, the speed and the lifecycle.

    `at_list` and `ours` are prices of that day, per million tokens; `terms` are those in force for it.
    `features` has every feature, `lost` those that another door has. `calls` are its newest recorded ones.
    `facts` has, of the attributes that the doors' platforms differ in, what is told of this one's, `None`
    for nothing. `agreement` is with the door that most was asked of, `None` at that door itself.
    """

    evidence: Evidence
    at_list: TokenPrice | None
    ours: TokenPrice | None
    terms: tuple[Term, ...]
    features: Mapping[str, Support]
    lost: tuple[str, ...]
    calls: Recorded
    facts: Mapping[str, str | None]
    agreement: Agreement | None = None


def doors_of(session: Session, config: Config, gathered: Gathered, identity: str) -> tuple[DoorRow, ...]:
    """Every offer of these weights, those in the comparison first; empty where there is none."""
    offers, terms = _evidence(session, config, gathered, identity), load_terms(session)
    first, day = _most_asked(offers), gathered.at
    facts = differing({one.id: _told(gathered, one.entry) for one in offers})
    prices = {one.id: price_of(one.entry, datetime.combine(day, time(), UTC)) for one in offers}
    features = {one.id: _features(config, one.entry, prices[one.id]) for one in offers}
    return tuple(
        DoorRow(
            evidence=one,
            at_list=prices[one.id],
            ours=our_price(one.entry, prices[one.id], terms, day),
            terms=_in_force(terms, one.entry, day),
            features=features[one.id],
            lost=lost(features[one.id], [found for offer, found in features.items() if offer != one.id]),
            calls=recorded(session, one.id),
            facts=facts[one.id],
            agreement=agreement(session, one, first) if first and one is not first else None,
        )
        for one in offers
    )


def our_price(entry: Entry, price: TokenPrice | None, terms: Sequence[Term], day: date) -> TokenPrice | None:
    """A list price after that day's uplift and discount; a commitment changes no price."""
    if price is None:
        return None
    uplift, discount = (in_force(terms, entry.offer, kind, day) for kind in ("uplift", "discount"))
    factor = (1 + (uplift.value if uplift else ZERO) / 100) * (
        1 - (discount.value if discount else ZERO) / 100
    )
    classes = (price.input_mtok, price.output_mtok, price.cache_read_mtok, price.cache_write_mtok)
    return TokenPrice(*(None if one is None else one * factor for one in classes), source=price.source)


def differing(told: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str | None]]:
    """By door, what is told of those attributes in which doors differ; nothing told differs from all else."""
    every = dict.fromkeys(name for one in told.values() for name in one)
    names = [name for name in every if len({one[name] for one in told.values()}) > 1]
    return {door: {name: one[name] for name in names} for door, one in told.items()}


def _evidence(session: Session, config: Config, gathered: Gathered, identity: str) -> tuple[Evidence, ...]:
    """What is known of each door; of those that the comparison leaves out, what it would have gathered."""
    doors = [entry.id for entry in catalogue(config).by_identity.get(identity, ())]
    shown = [one for one in gathered.offers if one.entry.identity == identity]
    missing = tuple(offer for offer in doors if offer not in {one.id for one in shown})
    if not missing:
        return tuple(shown)
    wanted = replace(gathered.wanted, scope="tested", makers=(), platforms=(), search="", offers=missing)
    more = gather(session, config, wanted, datetime.combine(gathered.at, time(), UTC))
    return (*shown, *(one for one in more.offers if one.id in missing))


def _most_asked(offers: Iterable[Evidence]) -> Evidence | None:
    """The door that agreement is counted from; `None` where no suite was run on any."""
    asked = [
        (sum(result.asked for result in one.results if result.origin == "measured"), one) for one in offers
    ]
    most, found = max(asked, key=lambda pair: pair[0], default=(0, None))
    return found if most else None


def _features(config: Config, entry: Entry, price: TokenPrice | None) -> dict[str, Support]:
    row = config.providers.get(entry.offer.provider) if entry.configured else None
    return supports(row and settle(row), entry, price)


def _told(gathered: Gathered, entry: Entry) -> dict[str, str | None]:
    """What is told of each attribute, whether it can be relied on or not."""
    facts = {
        attribute.id: standing_of(gathered.facts, entry.offer, attribute.id, gathered.at).fact
        for attribute in ATTRIBUTES
    }
    return {name: fact and in_words(fact) for name, fact in facts.items()}


def _in_force(terms: Sequence[Term], entry: Entry, day: date) -> tuple[Term, ...]:
    found = (in_force(terms, entry.offer, kind, day) for kind in _KINDS)
    return tuple(term for term in found if term is not None)
