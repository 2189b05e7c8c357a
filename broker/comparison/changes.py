"""What is otherwise than when a comparison was saved, in sentences."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from broker.assurance.attributes import ATTRIBUTE
from broker.comparison.change import UNKNOWN, Change, Figures, Kind, shared
from broker.comparison.changed_figures import changed_figures, changed_score
from broker.comparison.gate_expressions import in_words, parse
from broker.comparison.snapshots import READ, VERSION, snapshot_hash

__all__ = ["Change", "changes"]

_VERBS = {"pass": "now passes", "fail": "now fails", "unknown": "is no longer known to fail"}
_DAYS = {
    "retires": "Last day of {}",
    "deprecated": "{} is deprecated from",
    "not_before": "{} stays at least until",
}
_PASSED = {
    "retires": ("{} has ended: its last day was {}.", 1),
    "deprecated": ("{} has been deprecated since {}.", 0),
    "not_before": ("The time that {} stays at least is over: it ran until {}.", 1),
}
"""By the name of a day what is said once it has passed, and how many days after it that is."""
_ORDER: tuple[Kind, ...] = (
    "winner", "gate", "lifecycle", "offer", "cost", "price", "quality", "speed", "fact", "rating", "score",
    "rank", "switching", "other",
)  # fmt: skip
_LISTED = {True: "has {} now", False: "no longer has {}", None: "is not known to have {} any more"}


def changes(then: Figures, now: Figures) -> list[Change]:
    """What changed from one snapshot to another, the weightiest first.

    Offers that were tested come before the others, and of each kind of change those that stand first now.
    Where the hashes are equal, only days that have passed since are told.
    """
    same, version = snapshot_hash(then) == snapshot_hash(now), then.get("version")
    if version not in READ:
        return [Change("other", "It was saved by another version of the app, which kept other figures.")]
    told = _passed_since(then, now) if same else _changes(then, now)
    once = dict[str, Change]()  # a fact about a platform is told of each of its offers
    for one in _weighed(then, now, told):
        once.setdefault(one.sentence, one)
    found = list(once.values())
    if same:
        return found
    if version != VERSION:
        return [
            *found,
            Change("other", "It was saved by an earlier version of the app, which kept fewer figures."),
        ]
    return found or [Change("other", "Some figures moved, by less than is shown.")]


def _changes(then: Figures, now: Figures) -> Iterator[Change]:
    before, after = then["offers"], now["offers"]
    both = [offer for offer in after if offer in before]
    yield from _winner(then, now)
    yield from _passed_since(then, now)
    if then["workload"] != now["workload"]:
        yield Change("cost", "The workload is another, so costs are not those of the same work.")
    new, gone = (offer for offer in after if offer not in before), (one for one in before if one not in after)
    yield from (Change("offer", f"New offer: {after[offer]['label']}.", offer) for offer in new)
    yield from (Change("offer", f"No longer among them: {before[one]['label']}.", one) for one in gone)
    for parts in (_name, _gates, _facts, _lifecycle, changed_figures):
        for offer in both:
            yield from parts(offer, before[offer], after[offer])
    yield from _order(both, before, after)
    for offer in both:
        yield from changed_score(offer, before[offer], after[offer])


def _weighed(then: Figures, now: Figures, found: Iterable[Change]) -> list[Change]:
    """Changes by their weight; of offers that neither time were tested, all come last."""
    before, after = then["offers"], now["offers"]
    tested = {offer for of in (before, after) for offer, figures in of.items() if figures["runs"]}
    place = {offer: of[offer]["rank"] for of in (before, after) for offer in of}

    def weight(one: Change) -> tuple[bool, int, int]:
        aside = one.kind != "winner" and one.offer is not None and one.offer not in tested
        return aside, _ORDER.index(one.kind), place.get(one.offer or "", 0)

    return sorted(found, key=weight)


def _passed_since(then: Figures, now: Figures) -> Iterator[Change]:
    """Days of offers' ends that were to come and have passed."""
    since, today = (date.fromisoformat(taken["at"]) for taken in (then, now))
    for offer, figures in now["offers"].items():
        if offer not in then["offers"]:
            continue
        for name, (words, gone_after) in _PASSED.items():
            day = figures["lifecycle"][name]
            if day and since < date.fromisoformat(day) + timedelta(gone_after) <= today:
                yield Change("lifecycle", words.format(figures["label"], day), offer)


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


def _name(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    if before["label"] != after["label"]:
        yield Change("other", f"{before['label']} is called {after['label']} now.", offer)


def _gates(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    for expression, (was, _), (outcome, reason) in shared(before["gates"], after["gates"]):
        if was != outcome:
            verb = "no longer passes" if was == "pass" else _VERBS[outcome]
            gate = parse(expression)
            told = reason.removeprefix(f"{ATTRIBUTE[gate.kind].name}: ") if gate.kind in ATTRIBUTE else reason
            yield Change("gate", f"{after['label']} {verb} {in_words(gate)}: {told}", offer)


def _facts(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    for kind, was, told in shared(before["facts"], after["facts"]):
        about = f"{ATTRIBUTE[kind].name} of {after['platform']}" if kind in ATTRIBUTE else kind
        values = [fact["value"] if fact else UNKNOWN for fact in (was, told)]
        stands = [fact and fact.get("standing") for fact in (was, told)]
        if values[0] != values[1]:
            yield Change("fact", f"{about}: {values[0]} → {values[1]}.", offer)
        elif None not in stands and stands[0] != stands[1]:
            yield Change("fact", f"{about}, {values[1]}: {stands[0]} → {stands[1]}.", offer)
        elif (was and was["id"]) != (told and told["id"]):
            same = f"{about} rests on another statement, which says the same: {values[1]}."
            yield Change("fact", same, offer)


def _lifecycle(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    was, told, label = before["lifecycle"], after["lifecycle"], after["label"]
    for name, words in _DAYS.items():
        if was[name] != told[name]:
            days = [one[name] or "no day published" for one in (was, told)]
            yield Change("lifecycle", f"{words.format(label)}: {days[0]} → {days[1]}.", offer)
    if was["flagged"] != told["flagged"]:
        says = "says now" if told["flagged"] else "no longer says"
        yield Change("lifecycle", f"The price list {says} that {label} is ending.", offer)
    if was.get("listed") != told["listed"] and "listed" in was:
        has = _LISTED[told["listed"]].format(label)
        yield Change("lifecycle", f"The list of {after['platform']} {has}.", offer)
    if was.get("successor") != told["successor"] and "successor" in was:
        steps = " → ".join(one["successor"] or "none named" for one in (was, told))
        yield Change("lifecycle", f"Successor of {label}: {steps}.", offer)


def _order(both: Sequence[str], before: Figures, after: Figures) -> Iterator[Change]:
    """Who passed whom: places that move because offers came or went are not told."""
    then, now = (sorted(both, key=lambda offer: of[offer]["rank"]) for of in (before, after))
    place = {offer: i for i, offer in enumerate(then)}
    for i, offer in enumerate(now):
        places = before[offer]["rank"], after[offer]["rank"]
        if place[offer] != i and places[0] != places[1]:
            moved = f"moved from place {places[0]} to {places[1]}"
            yield Change("rank", f"{after[offer]['label']} {moved}.", offer)
