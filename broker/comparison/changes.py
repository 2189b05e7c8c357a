"""What is otherwise than when a comparison was saved, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from broker.assurance.attributes import ATTRIBUTE
from broker.comparison.gate_expressions import in_words, parse
from broker.comparison.snapshots import CLASSES, VERSION, snapshot_hash

Kind = Literal["winner", "offer", "gate", "fact", "price", "cost", "quality", "lifecycle", "rank", "other"]
Figures = Mapping[str, Any]
UNKNOWN = "unknown"
_VERBS = {"pass": "now passes", "fail": "now fails", "unknown": "is no longer known to fail"}
_DAYS = {
    "retires": "Last day of {}",
    "deprecated": "{} is deprecated from",
    "not_before": "{} stays at least until",
}
_NO_PRICE: Figures = dict.fromkeys(CLASSES)
_TOKENS = {
    "input": "input tokens",
    "output": "output tokens",
    "cache_read": "cached input tokens",
    "cache_write": "tokens put in the cache",
}
_COSTS = {"at_list": "at list", "ours": "at our price"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `offer` is the id of the one it is about, `None` where it is not about one."""

    kind: Kind
    sentence: str
    offer: str | None = None


def changes(then: Figures, now: Figures) -> list[Change]:
    """What changed from one snapshot to another, the weightiest first; empty where their hashes are equal."""
    if snapshot_hash(then) == snapshot_hash(now):
        return []
    if then.get("version") != VERSION:
        return [Change("other", "It was saved by another version of the app, which kept other figures.")]
    found = list(dict.fromkeys(_changes(then, now)))
    return found or [Change("other", "Some figures moved, by less than is shown.")]


def _changes(then: Figures, now: Figures) -> Iterator[Change]:
    before, after = then["offers"], now["offers"]
    both = [offer for offer in after if offer in before]
    yield from _winner(then, now)
    if then["workload"] != now["workload"]:
        yield Change("other", "The workload is another, so costs are not those of the same work.")
    new, gone = (offer for offer in after if offer not in before), (one for one in before if one not in after)
    yield from (Change("offer", f"New offer: {after[offer]['label']}.", offer) for offer in new)
    yield from (Change("offer", f"No longer among them: {before[one]['label']}.", one) for one in gone)
    for parts in (_gates, _facts, _lifecycle, _prices, _costs, _quality):
        for offer in both:
            yield from parts(offer, before[offer], after[offer])
    yield from _order(both, before, after)


def _winner(then: Figures, now: Figures) -> Iterator[Change]:
    was, is_now = then["winner"], now["winner"]
    if was == is_now:
        return
    names = {**_labels(now), **_labels(then)}
    if was is None:
        yield Change("winner", f"There is a winner now: {names[is_now]}.", is_now)
    elif is_now is None:
        yield Change("winner", f"There is no winner any more; it was {names[was]}.", was)
    else:
        yield Change("winner", f"The winner changed from {names[was]} to {names[is_now]}.", is_now)


def _labels(taken: Figures) -> dict[str, str]:
    return {offer: figures["label"] for offer, figures in taken["offers"].items()}


def _gates(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    for expression, (was, _), (outcome, reason) in _shared(before["gates"], after["gates"]):
        if was != outcome:
            verb = "no longer passes" if was == "pass" else _VERBS[outcome]
            gate = parse(expression)
            told = reason.removeprefix(f"{ATTRIBUTE[gate.kind].name}: ") if gate.kind in ATTRIBUTE else reason
            yield Change("gate", f"{after['label']} {verb} {in_words(gate)}: {told}", offer)


def _facts(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    """Facts are about platforms: of several offers there the same is told, and kept once."""
    for kind, was, told in _shared(before["facts"], after["facts"]):
        about = f"{ATTRIBUTE[kind].name} of {after['platform']}" if kind in ATTRIBUTE else kind
        values = [fact["value"] if fact else UNKNOWN for fact in (was, told)]
        if values[0] != values[1]:
            yield Change("fact", f"{about}: {values[0]} → {values[1]}.")
        elif was != told:
            yield Change("fact", f"{about} rests on another statement, which says the same: {values[1]}.")


def _lifecycle(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    was, told, label = before["lifecycle"], after["lifecycle"], after["label"]
    for name, words in _DAYS.items():
        if was[name] != told[name]:
            days = [one[name] or "no day published" for one in (was, told)]
            yield Change("lifecycle", f"{words.format(label)}: {days[0]} → {days[1]}.", offer)
    if was["flagged"] != told["flagged"]:
        says = "says now" if told["flagged"] else "no longer says"
        yield Change("lifecycle", f"The price list {says} that {label} is ending.", offer)


def _prices(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    for name, was, told in _shared(before["price"] or _NO_PRICE, after["price"] or _NO_PRICE):
        if was != told:
            step = f"{_price(was)} → {_price(told)} per million {_TOKENS[name]}"
            yield Change("price", f"Price of {after['label']}: {step}.", offer)


def _costs(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    for name, was, told in _shared(before["cost"] or {}, after["cost"] or {}):
        if was != told:
            step = f"{_dollars(was)} → {_dollars(told)} {_COSTS[name]}"
            yield Change("cost", f"A year of {after['label']}: {step}.", offer)


def _quality(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    newer = [suite for suite, run in after["runs"].items() if before["runs"].get(suite) != run]
    because = f", by newer runs of {' and '.join(newer)}" if newer else ""
    if before["quality"] != after["quality"]:
        step = f"{_share(before['quality'])} → {_share(after['quality'])}"
        yield Change("quality", f"Quality of {after['label']}: {step}{because}.", offer)
    elif newer:
        yield Change("quality", f"Quality of {after['label']} is what it was{because}.", offer)


def _order(both: Sequence[str], before: Figures, after: Figures) -> Iterator[Change]:
    """Who passed whom: places that move because offers came or went are not told."""
    then, now = (sorted(both, key=lambda offer: of[offer]["rank"]) for of in (before, after))
    place = {offer: i for i, offer in enumerate(then)}
    for i, offer in enumerate(now):
        places = before[offer]["rank"], after[offer]["rank"]
        if place[offer] != i and places[0] != places[1]:
            moved = f"moved from place {places[0]} to {places[1]}"
            yield Change("rank", f"{after[offer]['label']} {moved}.", offer)


def _shared(before: Figures, after: Figures) -> Iterator[tuple[str, Any, Any]]:
    """What both tell of, in the order of the later one."""
    return ((name, before[name], after[name]) for name in after if name in before)


def _price(amount: str | None) -> str:
    """As a price list has it: `$3`, `$2.50`, `$0.075`."""
    if amount is None:
        return UNKNOWN
    whole, _, cents = amount.partition(".")
    return f"${whole}.{cents:0<2}" if cents else f"${whole}"


def _dollars(amount: str | None) -> str:
    return UNKNOWN if amount is None else f"${Decimal(amount):,.2f}"


def _share(told: Figures | None) -> str:
    if told is None or told["value"] is None:
        return UNKNOWN
    ends = [told["low"], told["high"]]
    limits = "" if None in ends else f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}, "
    return f"{100 * told['value']:.1f} % ({limits}n = {told['n']:,})"
