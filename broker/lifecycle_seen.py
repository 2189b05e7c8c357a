"""What the platforms' own lists say of an offer's end: whether they have it, and a day if they name one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from broker.catalog_entries import Entry
from broker.config import settle
from broker.discovery import Listed, is_the_account, models_of, undated
from broker.errors import BrokerError
from broker.lifecycle import Lifecycle, lifecycle_of
from broker.providers import base_url
from broker.transport import address
from broker.types import Offer, Provider
from db.connections import discoveries

NOT_LISTED = "not in the platform's list"


@dataclass(frozen=True)
class PlatformList:
    """The models that a provider listed on a day."""

    models: tuple[Listed, ...]
    read_on: date

    def model(self, offer: Offer) -> Listed | None:
        """The offer's own entry, by its id or another that asks for the same."""
        return self._by_id.get(offer.wire_model)

    def has(self, offer: Offer) -> bool | None:
        """Whether it lists the offer; a dated id stands for the name without a date.

        `None` where only a relative of a dated id is there, which may be other weights, or nothing is.
        """
        wanted = offer.wire_model
        family = undated(wanted)
        if wanted in self._by_id:
            return True
        if family in self._families:
            return True if wanted == family or wanted.endswith("latest") else None
        return False if self.models else None

    @cached_property
    def _by_id(self) -> Mapping[str, Listed]:
        other = {alias: model for model in self.models for alias in model.aliases}
        return other | {model.id: model for model in self.models}

    @cached_property
    def _families(self) -> frozenset[str]:
        return frozenset(map(undated, self._by_id))


def lists(session: Session) -> dict[str, PlatformList]:
    """Every provider's last list, by the provider's id."""
    found = session.scalars(discoveries())
    return {one.provider: PlatformList(models_of(one.models), one.found_at.date()) for one in found}


def end_of(entry: Entry, told: Mapping[str, PlatformList], rows: Mapping[str, Provider]) -> Lifecycle:
    """All that is known of an entry's end: what is published, with what its platform's list says.

    `told` is what `lists` found, `rows` are the configured providers by id.
    """
    published, provider = lifecycle_of(entry.offer, entry.deprecated), entry.offer.provider
    return with_list(published, entry.offer, told.get(provider), rows.get(provider))


def with_list(found: Lifecycle, offer: Offer, told: PlatformList | None, row: Provider | None) -> Lifecycle:
    """What is published, with what its platform's list says; as it is where none was read.

    A day in the list is the vendor's own, and goes before one that was collected earlier. That a model is
    missing says nothing where accounts ask by names of their own.
    """
    if told is None or row is None:
        return found
    here, entry = told.has(offer), told.model(offer)
    if here is None or not (here or is_the_account(row)):
        return found
    seen = replace(found, listed=here, listed_on=told.read_on, successor=(entry and entry.successor) or None)
    if entry is None or entry.retires is None or (found.retires and _newer(found, told)):
        return seen
    place = {"source": _address(row), "as_of": told.read_on}
    return replace(seen, retires=entry.retires, certainty="vendor", matched="id", **place)


def _newer(found: Lifecycle, told: PlatformList) -> bool:
    return found.certainty == "vendor" and found.as_of is not None and found.as_of > told.read_on


def _address(row: Provider) -> str | None:
    """Where the list is."""
    try:
        return str(address(base_url(settle(row)), row.models_path))
    except BrokerError:  # its settings have changed since
        return None


def in_words(found: Lifecycle) -> str | None:
    """Whether the platform's list had it, as a part of a sentence; `None` where that is not known."""
    if found.listed is None or found.listed_on is None:
        return None
    return f"{'listed' if found.listed else NOT_LISTED} on {found.listed_on}"
