"""Where one could go from an offer: the same weights on other platforms, other makers' offers as good."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from broker.assurance.platforms import platform_of
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.comparison.against import Weighted, over_suites
from broker.comparison.suites import ByOffer
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import PlatformList, end_of
from broker.model_facts import UNKNOWN
from broker.stats import Estimate
from broker.suites.results_import.report import KIND
from broker.types import Provider

_Sold = tuple[tuple[str, str], ...]  # offers with their platforms


@dataclass(frozen=True)
class Ways:
    """What tells where to go, on a day: the catalogue, and what was found of every offer that was tested.

    `every` has the entries of those too that only runs know; `counting` are the suites with their weights.
    What was worked out is kept, by offer and by weights: many offers are the door of many.
    """

    at: date
    known: Catalogue
    every: Mapping[str, Entry]
    counting: Weighted
    found: ByOffer
    quality: Mapping[str, Estimate]
    margin: float
    lists: Mapping[str, PlatformList]
    providers: Mapping[str, Provider]
    _ends: dict[str, Lifecycle] = field(default_factory=dict[str, Lifecycle])
    _sold: dict[str, _Sold] = field(default_factory=dict[str, _Sold])

    def end(self, entry: Entry) -> Lifecycle:
        """What is known of an offer's end."""
        if entry.id not in self._ends:
            self._ends[entry.id] = end_of(entry, self.lists, self.providers)
        return self._ends[entry.id]

    def has_ended(self, entry: Entry) -> bool:
        """Whether its last day has passed."""
        left = self.end(entry).days_left(self.at)
        return left is not None and left < 0

    def sold(self, identity: str) -> _Sold:
        """The offers of these weights that are still sold for single calls."""
        if identity not in self._sold:
            self._sold[identity] = tuple(self._still(self.known.by_identity.get(identity, ())))
        return self._sold[identity]

    def gap(self, offer: str, other: str) -> Estimate:
        """How much better another offer is than one that was tested."""
        return over_suites(self.counting, self.found[offer], self.found.get(other, {}))

    def _still(self, same: Iterable[Entry]) -> Iterator[tuple[str, str]]:
        for one in same:
            if not one.only_batch and not self.has_ended(one):
                yield one.id, platform_of(one.offer.provider)


def doors_of(ways: Ways, entry: Entry) -> tuple[str, ...] | None:
    """The same weights on other platforms, but for those shown to be worse by more than the margin.

    `None` where it is not known which weights these are.
    """
    if entry.identity is None:
        return None
    mine = platform_of(entry.offer.provider)
    elsewhere = [offer for offer, platform in ways.sold(entry.identity) if platform != mine]
    if entry.id not in ways.found:
        return tuple(elsewhere)
    return tuple(other for other in elsewhere if not _is_worse(ways, entry.id, other))


def rivals_of(ways: Ways, entry: Entry) -> tuple[str, ...] | None:
    """Other makers' offers no worse within the margin, the best first; `None` where it was not tested."""
    if entry.id not in ways.quality or not _is_known(entry.offer.maker):
        return None
    others = [other for other in ways.quality if _is_another_s(ways, ways.every[other], entry)]
    found = [other for other in others if _is_as_good(ways, entry.id, other)]
    return tuple(sorted(found, key=lambda other: (-(ways.quality[other].value or 0), other)))


def _is_worse(ways: Ways, offer: str, other: str) -> bool:
    high = ways.gap(offer, other).high
    return high is not None and high < -ways.margin


def _is_as_good(ways: Ways, offer: str, other: str) -> bool:
    low = ways.gap(offer, other).low
    return low is not None and low > -ways.margin


def _is_another_s(ways: Ways, other: Entry, entry: Entry) -> bool:
    """Whether it is another maker's and can be bought: a name that only came with imported answers cannot."""
    offer = other.offer
    elsewhere = _is_known(offer.maker) and offer.maker != entry.offer.maker and offer.provider != KIND
    return elsewhere and not ways.has_ended(other)


def _is_known(maker: str) -> bool:
    return maker not in ("", UNKNOWN)
