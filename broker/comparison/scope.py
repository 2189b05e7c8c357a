"""Which offers a comparison is about."""

from collections.abc import Iterable, Mapping

from broker.catalog import Catalogue, catalogue, search
from broker.catalog_entries import Entry
from broker.comparison import Wanted
from broker.comparison.suites import Ended, offer_id
from broker.config import Config, missing_key
from broker.runs.snapshot import offer_of
from broker.suites.results_import.report import KIND


def everything(known: Catalogue, runs: Iterable[Ended]) -> dict[str, Entry]:
    """Every offer by id: the catalogue's, and what only runs know, as the latest run kept it."""
    return {**_kept(runs, known), **known.by_id}


def chosen(
    config: Config, every: Mapping[str, Entry], wanted: Wanted, tested: Iterable[str]
) -> dict[str, Entry]:
    """The offers in the scope that was asked for, narrowed, then those asked for by id.

    `every` is what `everything` gave, `tested` are the ids with results.
    """
    known = catalogue(config)
    first = {offer: every[offer] for offer in tested}
    match wanted.scope:
        case "tested":
            found = list(first.values())
        case "doors":
            found = [*first.values(), *(other for one in first.values() for other in doors(known, one))]
        case "ready":
            ready = _ready(config)
            found = [one for one in known.entries if one.asked and one.offer.provider in ready]
        case "catalogue":
            found = [one for one in known.entries if "text" in one.gives]
    named = [every[offer] for offer in wanted.offers if offer in every]
    return {one.id: one for one in (*_narrowed(found, wanted), *named)}


def doors(known: Catalogue, entry: Entry) -> list[Entry]:
    """The other offers of an entry's weights; none where it cannot be said which they are."""
    same = known.by_identity.get(entry.identity, ()) if entry.identity else ()
    return [other for other in same if other.id != entry.id]


def _narrowed(found: Iterable[Entry], wanted: Wanted) -> list[Entry]:
    return [
        one
        for one in search(found, wanted.search)
        if (not wanted.makers or one.offer.maker in wanted.makers)
        and (not wanted.platforms or {one.platform, one.offer.provider} & set(wanted.platforms))
    ]


def _ready(config: Config) -> set[str]:
    """The platforms that can be asked now."""
    return {name for name, row in config.providers.items() if missing_key(row) is None}


def _kept(runs: Iterable[Ended], known: Catalogue) -> Mapping[str, Entry]:
    """Offers of runs that the catalogue does not have, as the latest run kept them."""
    found: dict[str, Entry] = {}
    for run in runs:
        for stored in run.offers:
            name = offer_id(stored, known.by_id)
            if name not in known.by_id and name not in found:
                offer = offer_of(stored)
                imported = offer.provider == KIND
                platform = "Imported answers" if imported else str(stored["platform"])
                words = f"{name} {offer.name} {offer.maker} {platform}".lower()
                found[name] = Entry(offer, platform, configured=False, asked=False, words=words)
    return found
