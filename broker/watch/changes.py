"""Holding one state against another: what is not as it was, each as a sentence."""

from collections.abc import Iterator, Set
from datetime import date
from decimal import Decimal

from broker.assurance import Known
from broker.assurance.attributes import ATTRIBUTE
from broker.assurance.platforms import PLATFORM, platform_of
from broker.catalog import Catalogue
from broker.watch import Change, Kind, Prices, Seen, State, by_scope, ends

NEAR = (90, 30, 0)
"""Days before a published end at which it is told again."""

_ORDER: tuple[Kind, ...] = (
    "retired",
    "retires",
    "price",
    "announced",
    "expired",
    "fact",
    "new door",
    "new platform",
    "new",
)
_CLASSES = ("input", "output", "cached input", "cache write")


def changes(before: State, now: State, known: Catalogue, facts: Known, used: Set[str]) -> list[Change]:
    """What changed between two states, what is in use first, then by kind.

    `used` are the ids of offers in use; `known` and `facts` are those that `now` was made of.
    """
    watching = _Watching(before, now, known, used)
    found = [*watching.offers(), *watching.facts(), *watching.expired(facts)]
    return sorted(found, key=lambda one: (not one.in_use, _ORDER.index(one.kind), one.sentence))


class _Watching:
    """Two states, and who asks: so that each kind of change is one short function."""

    def __init__(self, before: State, now: State, known: Catalogue, used: Set[str]) -> None:
        self.before, self.now, self.known, self.used = before, now, known, used
        every = (states.get(offer) for states in (now.offers, before.offers) for offer in used)
        self.weights = {seen.identity for seen in every if seen and seen.identity}
        self.platforms = {platform_of(offer.partition("/")[0]) for offer in used}
        self.sellers = {offer.partition("/")[0] for offer in before.offers}

    def offers(self) -> Iterator[Change]:
        """Changes of the price list."""
        arrived: dict[str, int] = {}
        for offer, seen in self.now.offers.items():
            earlier = self.before.offers.get(offer)
            if earlier is None:
                provider = offer.partition("/")[0]
                if provider in self.sellers:
                    yield self._new(offer, seen)
                else:
                    arrived[provider] = arrived.get(provider, 0) + 1
            elif earlier != seen or seen.retires:
                yield from self._changed(offer, earlier, seen)
        for offer in self.before.offers.keys() - self.now.offers.keys():
            yield self._change("retired", offer, f"{offer} is no longer in the price list.")
        for provider, count in arrived.items():
            said = f"{self._platform(provider)} is new in the catalogue with {_plural(count, 'offer')}."
            yield Change("new platform", provider, said, False)

    def facts(self) -> Iterator[Change]:
        """Facts that say something else, are new, or were withdrawn."""
        for key in self.now.facts.keys() | self.before.facts.keys():
            was, told = self.before.facts.get(key), self.now.facts.get(key)
            if was != told:
                platform, attribute, *scope = key.split(" ", 2)
                what = _attribute(platform, attribute, " ".join(scope))
                if was is None:
                    said = f"{what}: {told}. Nothing was known before."
                else:
                    said = f"{what}: {told} now, {was} before." if told else f"{what}: withdrawn, was {was}."
                yield Change("fact", platform, said, platform in self.platforms)

    def expired(self, facts: Known) -> Iterator[Change]:
        """Facts whose last day has passed in between."""
        for (platform, attribute), told in facts.items():
            for scope, same in by_scope(told).items():
                end = ends(same)
                if self.before.day <= end < self.now.day:
                    said = f"{_attribute(platform, attribute, scope)}: what is known expired on {_day(end)}."
                    yield Change("expired", platform, said, platform in self.platforms, end)

    def _new(self, offer: str, seen: Seen) -> Change:
        price = f"{_usd(seen.prices.input)} in, {_usd(seen.prices.output)} out"
        if seen.identity in self.weights:
            entry = self.known.by_id[offer]
            said = f"{entry.platform} now sells the same weights as one in use, {entry.offer.name}: {price}."
            return Change("new door", offer, said, True)
        return Change("new", offer, f"{self._name(offer)} is new: {price}.", False)

    def _changed(self, offer: str, was: Seen, seen: Seen) -> Iterator[Change]:
        name = self._name(offer)
        if was.prices != seen.prices:
            yield self._change("price", offer, f"{name}: {_moved(was.prices, seen.prices)}.")
        for day, prices in seen.later:
            if (day, prices) not in was.later:
                said = (
                    f"{name}, announced: {_moved(seen.prices, prices)} from {_day(date.fromisoformat(day))}."
                )
                yield self._change("announced", offer, said, date.fromisoformat(day))
        for day, _ in was.later:
            gone = all(day != other for other, _ in seen.later)
            if gone and date.fromisoformat(day) > self.now.day:
                said = f"{name}: the price change of {_day(date.fromisoformat(day))} is no longer announced."
                yield self._change("announced", offer, said, date.fromisoformat(day))
        if seen.retires:
            yield from self._end(offer, was, date.fromisoformat(seen.retires))
        elif was.retires:
            said = f"{name}: its end on {_day(date.fromisoformat(was.retires))} is no longer published."
            yield self._change("retires", offer, said)
        elif seen.ending and not was.ending:
            said = f"{name} is marked as ending now, without a published day."
            yield self._change("retires", offer, said)

    def _end(self, offer: str, was: Seen, day: date) -> Iterator[Change]:
        name, left, earlier = self._name(offer), (day - self.now.day).days, (day - self.before.day).days
        when = f"in {_plural(left, 'day')}, on {_day(day)}" if left else "today"
        if was.retires != day.isoformat():
            other = f" instead of {_day(date.fromisoformat(was.retires))}" if was.retires else ", as is new"
            verb = f"retires on {_day(day)}" if left >= 0 else f"was retired on {_day(day)}"
            yield self._change("retires" if left >= 0 else "retired", offer, f"{name} {verb}{other}.", day)
        elif left < 0 <= earlier:
            yield self._change("retired", offer, f"{name} was retired on {_day(day)}.", day)
        elif any(left <= near < earlier for near in NEAR):
            yield self._change("retires", offer, f"{name} retires {when}.", day)

    def _change(self, kind: Kind, offer: str, sentence: str, on: date | None = None) -> Change:
        return Change(kind, offer, sentence, offer in self.used, on)

    def _name(self, offer: str) -> str:
        entry = self.known.by_id[offer]
        return f"{entry.offer.name} on {entry.platform}"

    def _platform(self, provider: str) -> str:
        return next(e.platform for e in self.known.entries if e.offer.provider == provider)


def _moved(was: Prices, now: Prices) -> str:
    """`input $3 to $2.50 (−17 %), output $15 to $12 (−20 %)`."""
    pairs = zip(_CLASSES, was, now, strict=True)
    return ", ".join(
        f"{name} {_usd(old)} to {_usd(new)}{_percent(old, new)}" for name, old, new in pairs if old != new
    )


def _percent(old: str | None, new: str | None) -> str:
    if old is None or new is None or not Decimal(old):
        return ""
    change = (Decimal(new) / Decimal(old) - 1) * 100
    size = f"{abs(change):.0f}" if abs(change) >= 1 else "<1"
    return f" ({'+' if change > 0 else '−'}{size} %)"


def _usd(amount: str | None) -> str:
    if amount is None:
        return "unknown"
    whole, _, cents = amount.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def _attribute(platform: str, attribute: str, scope: str = "") -> str:
    name = PLATFORM[platform].name if platform in PLATFORM else platform
    what = ATTRIBUTE[attribute].name if attribute in ATTRIBUTE else attribute
    return f"{name}{f', {scope}' if scope else ''}: {what}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
