"""Why there is no winner, as a sentence with its points: nobody passes, or too little was measured."""

from collections import Counter

from broker.comparison import Ranked, Shortlist
from broker.comparison.gates import in_words
from broker.comparison.sentence_doubts import unknown_scales
from broker.comparison.sentence_words import Name, counted, listed

Told = tuple[str, tuple[str, ...]]


def unmeasured(shortlist: Shortlist, passing: list[Ranked], name: Name) -> Told:
    """Some pass, and of none all that has a weight is known."""
    lacking = Counter(scale for one in passing for scale in unknown_scales(one, shortlist))
    weights, suites = shortlist.gathered.wanted.weights, shortlist.gathered.wanted.suites
    passes = f"{counted(len(passing), 'offer')} {'passes' if len(passing) == 1 else 'pass'} the must-haves"
    if not lacking:
        return f"{passes}, but nothing has a weight.", ("Give a weight to what matters.",)
    if weights.quality and lacking["quality"] == len(passing):
        return _without_quality(passes, passing, [suite for suite, _ in suites], name)
    points = [
        f"{scale.capitalize()} is not known of {count} of {len(passing)}: {_TODO[scale]}."
        for scale, count in lacking.most_common()
    ]
    return f"{passes}, but none can be scored yet.", tuple(points)


def _without_quality(passes: str, passing: list[Ranked], suites: list[str], name: Name) -> Told:
    if not suites:
        todo = "Choose the suites that stand for your work, or give quality no weight."
        return f"{passes}, but no suite is chosen to tell how good they are.", (todo,)
    who, on = listed([name(one) for one in passing]), f"on {listed(suites)}"
    if any(not one.evidence.missing for one in passing):
        headline = f"{passes}, but of none enough answers {on} could be judged."
        return headline, (f"Look at the answers of {who}: were they cut off, refused, or failed?",)
    some = any(len(one.evidence.missing) < len(suites) for one in passing)
    headline = f"{passes}, but none of them was run {on}{', all of them,' if some else ''} yet."
    return headline, (f"Run {_still_to_run(passing, name)}, or give quality no weight.",)


def _still_to_run(offers: list[Ranked], name: Name) -> str:
    """Who lacks which suites, those that lack the same together."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for one in offers:
        lacking.setdefault(tuple(one.evidence.missing), []).append(name(one))
    return "; ".join(f"{listed(who)} on {listed(list(suites))}" for suites, who in lacking.items())


_TODO = {
    "quality": "run them on the chosen suites",
    "cost": "choose a workload, or run them on the chosen suites",
    "speed": "run them here, as imported answers have no times",
    "assurance": "add facts about their platforms",
    "independence": "run other makers' offers on the same suites",
}


def nobody(shortlist: Shortlist, name: Name) -> Told:
    """No offer passes every must-have: which removes most, and who is nearest."""
    shown = shortlist.ranked
    open_ones = [one for one in shown if one.outcome == "unknown"]
    results = [result for one in shown for result in one.gates if result.outcome != "pass"]
    gate, count = Counter(result.gate for result in results).most_common(1)[0]
    failed = sum(result.gate == gate and result.outcome == "fail" for result in results)
    nearest = min(shown, key=_distance)
    short = [result for result in nearest.gates if result.outcome != "pass"]
    lacks = listed([f"“{in_words(result.gate)}”" for result in short])
    points = [
        f"“{in_words(gate)}” removes the most, {count} of {counted(len(shown), 'offer')}: failed by "
        f"{failed}, unknown of {count - failed}.",
        f"The nearest is {name(nearest)}, which lacks {lacks}. "
        f"{' '.join(result.reason for result in short[:2])}",
    ]
    if open_ones:
        headline = "No offer is shown to pass all must-haves."
        who = listed([name(one) for one in open_ones])
        points.append(
            f"{who} {'fails' if len(open_ones) == 1 else 'fail'} none and may pass once more is known."
        )
    else:
        headline = "No offer passes all must-haves."
    return headline, tuple(points)


def _distance(one: Ranked) -> tuple[int, int, float]:
    """How far an offer is from passing: must-haves that it lacks, those that it fails, then by score."""
    lacking = [result.outcome for result in one.gates if result.outcome != "pass"]
    return len(lacking), lacking.count("fail"), -(one.score or 0)
