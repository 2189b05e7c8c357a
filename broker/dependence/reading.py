"""Reading what dependence rests on: the rollups of a period, what was declared, and the catalogue's doors."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy.orm import Session

from broker import catalog
from broker.assurance.platforms import PLATFORM, platform_of
from broker.catalog import Catalogue
from broker.catalog_entries import Entry
from broker.config import Config, missing_key
from broker.dependence import Dependence, Door, Use
from broker.dependence.declared import Declared, load, spend_between
from db import rollups
from db.rollups import Totals

# Who owns the clouds; of the other platforms a row's maker says so.
_OWNERS = {"azure": "Microsoft", "bedrock": "Amazon", "vertex": "Google"}


def gather(session: Session, config: Config, first: date, until: date) -> Dependence:
    """What was spent from the first day of `first`'s month to `until`; recorded calls by whole months.

    `until` is a day of the last month: today, where that month is not over.
    """
    first = first.replace(day=1)
    known = catalog.catalogue(config)
    lacks = {provider.id: missing_key(provider) for provider in config.providers.values()}
    ready = frozenset(name for name, missing in lacks.items() if not missing)
    recorded = rollups.totals(session, first, until).values()
    uses = [_recorded(config, known, ready, one) for one in recorded]
    return Dependence(first, until, (*uses, *_declared(load(session), uses, first, until)))


def platform_name(config: Config, provider: str) -> str:
    """Who is paid: one name for all our rows of a platform, such as each cloud has."""
    known, row = PLATFORM.get(platform_of(provider)), config.providers.get(provider)
    return known.name if known else row.name if row else provider


def _recorded(config: Config, known: Catalogue, ready: frozenset[str], one: Totals) -> Use:
    entry = known.by_id.get(one.offer)
    return Use(
        one.maker,
        platform_name(config, one.provider),
        one.cost,
        one.offer,
        entry.offer.name if entry else one.model,
        one.calls,
        one.cost_unknown,
        one.failed_cost_unknown,
        _doors(config, known, ready, entry),
    )


def _doors(
    config: Config, known: Catalogue, ready: frozenset[str], entry: Entry | None
) -> tuple[Door, ...] | None:
    if entry is None or entry.identity is None:
        return None
    same = (other for other in known.by_identity[entry.identity] if other.id != entry.id)
    return tuple(_door(config, ready, other) for other in same)


def _door(config: Config, ready: frozenset[str], other: Entry) -> Door:
    provider = other.offer.provider
    row = config.providers.get(provider)
    owner = _OWNERS.get(platform_of(provider)) or (row and row.maker)
    name = platform_name(config, provider) if row else other.platform
    return Door(other.id, name, owner, other.asked and provider in ready)


def _declared(declared: Iterable[Declared], uses: Iterable[Use], first: date, until: date) -> Iterator[Use]:
    """What falls into the period, under the names that recorded calls have, however they are written."""
    makers = {use.maker.casefold(): use.maker for use in uses}
    platforms = {use.platform.casefold(): use.platform for use in uses}
    for one in declared:
        cost = spend_between(one, first, until)
        if cost:
            maker = makers.setdefault(one.maker.casefold(), one.maker)
            platform = platforms.setdefault(one.platform.casefold(), one.platform)
            yield Use(maker, platform, cost, name=one.note)
