"""Which figures of one offer are otherwise than when a comparison was saved, in sentences."""

from collections.abc import Callable, Iterator

from broker.comparison.change import (
    Change,
    Figures,
    Kind,
    dollars,
    elo,
    number,
    price,
    scale,
    seconds,
    share,
    shared,
    usd,
)
from broker.comparison.snapshots import CLASSES

_NO_PRICE: Figures = dict.fromkeys(CLASSES)
_TOKENS = {
    "input": "input tokens",
    "output": "output tokens",
    "cache_read": "cached input tokens",
    "cache_write": "tokens put in the cache",
}
_COSTS = {"at_list": "at list", "ours": "at our price"}
_WAITS = {
    "total_p50": "Half of the answers of {} were whole within",
    "total_p95": "Of 100 answers of {} 95 were whole within",
    "ttft_p50": "Half of the answers of {} began within",
    "ttft_p95": "Of 100 answers of {} 95 began within",
}
_CALLS = {"runs": "the chosen suites' runs", "calls": "all recorded calls"}
_DETAILS = {"region": "Region of {}", "context": "Tokens that {} takes at the most", "takes": "{} takes"}


def changed_figures(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    """What changed of an offer's figures, of those that both snapshots keep."""
    for name, kind, sentences in _PARTS:
        if name in before:
            yield from (Change(kind, sentence, offer) for sentence in sentences(before, after))


def changed_score(offer: str, before: Figures, after: Figures) -> Iterator[Change]:
    """The score, with the scales that moved."""
    pairs = shared(before.get("scales", {}), after["scales"])
    steps = [f"{name} {step}" for name, was, now in pairs if (step := _step(scale(was), scale(now)))]
    because = f": {', '.join(steps)}" if steps else ""
    step = _step(scale(before["score"]), scale(after["score"]))
    if step:
        yield Change("score", f"Score of {after['label']}: {step}{because and f' ({because[2:]})'}.", offer)
    elif because:
        still = f"Score of {after['label']} is still {scale(after['score'])}"
        yield Change("score", f"{still}{because}.", offer)


def _step(was: str, now: str) -> str:
    """From one to the other; nothing where they read the same."""
    return f"{was} → {now}" if was != now else ""


def _prices(before: Figures, after: Figures) -> Iterator[str]:
    for name, was, told in shared(before["price"] or _NO_PRICE, after["price"] or _NO_PRICE):
        if was != told:
            yield f"Price of {after['label']}: {price(was)} → {price(told)} per million {_TOKENS[name]}."


def _costs(before: Figures, after: Figures) -> Iterator[str]:
    for name, was, told in shared(before["cost"] or {}, after["cost"] or {}):
        if was != told:
            yield f"A year of {after['label']}: {dollars(was)} → {dollars(told)} {_COSTS[name]}."


def _quality(before: Figures, after: Figures) -> Iterator[str]:
    newer = [suite for suite, run in after["runs"].items() if before["runs"].get(suite) != run]
    because = f", by newer runs of {' and '.join(newer)}" if newer else ""
    if step := _step(share(before["quality"]), share(after["quality"])):
        yield f"Quality of {after['label']}: {step}{because}."
    elif newer:
        yield f"Quality of {after['label']} is what it was{because}."


def _per_1000(before: Figures, after: Figures) -> Iterator[str]:
    if step := _step(usd(before["per_1000"]), usd(after["per_1000"])):
        yield f"1,000 tasks of {after['label']}: {step}."


def _speed(before: Figures, after: Figures) -> Iterator[str]:
    """Waits whose value reads otherwise: that a call more was recorded is no change worth a sentence."""
    label = after["label"]
    was: Figures = before["speed"] or {}
    told: Figures = after["speed"] or {}
    if was and told and was["origin"] != told["origin"]:
        yield f"Speed of {label} rests on {_CALLS[told['origin']]} now, no longer on {_CALLS[was['origin']]}."
    for name in _WAITS if was and told else ("total_p50",):
        waits = [seconds(of.get(name)) for of in (was, told)]
        if _value(waits[0]) != _value(waits[1]):
            yield f"{_WAITS[name].format(label)}: {waits[0]} → {waits[1]}."


def _rating(before: Figures, after: Figures) -> Iterator[str]:
    was, told = (elo(of["rating"]) for of in (before, after))
    if _value(was) != _value(told):
        yield f"Rating by votes of {after['label']}: {was} → {told}."


def _value(words: str) -> str:
    return words.partition(" (")[0]


def _switching(before: Figures, after: Figures) -> Iterator[str]:
    label = after["label"]
    if step := _step(number(before["doors"]), number(after["doors"])):
        yield f"Other platforms with the weights of {label}: {step}."
    if step := _step(number(before["rivals"]), number(after["rivals"])):
        yield f"Other makers' offers no worse than {label}: {step}."


def _details(before: Figures, after: Figures) -> Iterator[str]:
    for name, words in _DETAILS.items():
        if step := _step(number(before[name]), number(after[name])):
            yield f"{words.format(after['label'])}: {step}."


_Sentences = Callable[[Figures, Figures], Iterator[str]]
_PARTS: tuple[tuple[str, Kind, _Sentences], ...] = (
    ("price", "price", _prices),
    ("cost", "cost", _costs),
    ("quality", "quality", _quality),
    ("per_1000", "cost", _per_1000),
    ("speed", "speed", _speed),
    ("doors", "switching", _switching),
    ("rating", "rating", _rating),
    ("region", "other", _details),
)
"""By what a snapshot must have, as earlier versions kept fewer figures."""
