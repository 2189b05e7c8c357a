"""What stands against an offer, and what is not known and would change the choice, as sentences."""

from collections.abc import Iterable, Iterator
from datetime import date

from broker.assurance.values import CONDITIONS
from broker.comparison import CRITERIA, Evidence, Gathered, Ranked, Shortlist
from broker.comparison.gates import in_words
from broker.comparison.scores import score, thin_results
from broker.comparison.sentence_words import Name, counted, listed

SOON = 365  # days
_MOST = 2  # offers that are told one by one
_FEW = 0.05  # of the calls may bring no answer without a word about it


def against(one: Ranked, gathered: Gathered) -> Iterator[str]:
    """What speaks against an offer that passes all must-haves."""
    yield from _ending(one, gathered.at)
    for gate in one.gates:
        if any(CONDITIONS[name] in gate.reason for name in gate.gate.counts):
            yield f"It passes “{in_words(gate.gate)}” on a condition: {gate.reason}"
        if gate.amber:
            yield f"“{in_words(gate.gate)}” rests on what cannot be relied on: {gate.reason}"
    told = one.evidence
    if told.other_platforms == 0 and told.rival_count == 0:
        yield (
            "Nothing is known that could take its place: no other platform sells the same model, but for "
            "any that was shown to be worse, and no other maker's was shown to be as good."
        )
    elif told.other_platforms == 0:
        yield "No other platform is known to sell the same model, but for any that was shown to be worse."
    imported = [result.suite for result in told.results if result.origin == "imported"]
    if imported:
        yield f"Its answers to {listed(imported)} were made elsewhere and imported, not measured here."
    if len(told.results) == 1:
        yield f"Its quality rests on one suite, {told.results[0].suite}."
    yield from _unanswered(told)
    yield from _misleading(told, gathered)
    if told.speed is not None and told.speed.reliable is False:
        yield "Its times are unreliable: this machine was too busy when they were taken."
    if told.speed is not None and told.speed.origin == "calls" and (told.results or told.missing):
        yield "Its times are those of other recorded calls, not of the chosen suites."


def _misleading(told: Evidence, gathered: Gathered) -> Iterator[str]:
    """That its price per token flatters it, in the first suite where a finished task shows that."""
    found = ((suite, one.against(told.id)) for suite, one in gathered.honesty.items())
    suite, warning = next(((suite, said) for suite, said in found if said), ("", None))
    if warning:
        yield f"On {suite}, {warning[:1].lower()}{warning[1:]}"


def open_questions(shortlist: Shortlist, winner: Ranked, name: Name) -> Iterator[str]:
    """What is unknown of other offers and would put them first if it turned out well."""
    better = [
        one
        for one in shortlist.ranked
        if one.outcome == "unknown" and one.score is not None and one.score > (winner.score or 0)
    ]
    for one in better[:_MOST]:
        unknown = [gate for gate in one.gates if gate.outcome == "unknown"]
        wanted = listed([f"“{in_words(gate.gate)}”" for gate in unknown])
        yield f"{name(one)} would score higher, {one.score:.2f}, if {wanted} held. {unknown[0].reason}"
    if len(better) > _MOST:
        yield f"So would {counted(len(better) - _MOST, 'more offer')} with must-haves that are unknown."
    yield from _unscored(shortlist, winner, name)


def unknown_scales(one: Ranked, shortlist: Shortlist) -> list[str]:
    """The criteria that have a weight and are not known of an offer."""
    weights = shortlist.gathered.wanted.weights
    return [scale for scale in CRITERIA if getattr(weights, scale) and one.scales[scale] is None]


def _unscored(shortlist: Shortlist, winner: Ranked, name: Name) -> Iterator[str]:
    """Offers that pass and could come first with the best that may be said of what is not known."""
    weights = shortlist.gathered.wanted.weights
    passing = [one for one in shortlist.ranked if one.outcome == "pass" and one.score is None]
    thin = [
        one for one in passing if weights.quality and thin_results(one.evidence, shortlist.gathered.wanted)
    ]
    yield from _thin(thin, shortlist, name)
    able = list[Ranked]()
    for one in (one for one in passing if one not in thin):
        best = score({scale: 1.0 if known is None else known for scale, known in one.scales.items()}, weights)
        if best is not None and best > (winner.score or 0):
            able.append(one)
    if able:
        lacking = dict.fromkeys(scale for one in able for scale in unknown_scales(one, shortlist))
        who = listed([name(one) for one in able])
        verb = "could still come first, but its" if len(able) == 1 else "could still come first, but their"
        yield f"{who} {verb} {listed(list(lacking))} {'is' if len(lacking) == 1 else 'are'} not known."


def _thin(offers: Iterable[Ranked], shortlist: Shortlist, name: Name) -> Iterator[str]:
    """Why these are not scored: how few of the samples that they were asked could be judged."""
    for one in offers:
        result = thin_results(one.evidence, shortlist.gathered.wanted)[0]
        yield (
            f"{name(one)} is not scored: of the {result.samples:,} samples of {result.suite} that it was "
            f"asked only {result.quality.n:,} could be judged."
        )


def _unanswered(told: Evidence) -> Iterator[str]:
    """Suites in which quality may leave out the hard samples."""
    for result in told.results:
        without = result.asked - result.answered
        if without > _FEW * result.asked:
            yield (
                f"{without:,} of {result.asked:,} calls for {result.suite} brought no whole answer: refused, "
                "cut short or failed. Where no scorer judges that, quality leaves them out."
            )


def _ending(one: Ranked, at: date) -> Iterator[str]:
    told = one.evidence.lifecycle
    days = told.days_left(at)
    doubt = " by a third party's list" if told.certainty == "third party" else ""
    if days is not None and days <= SOON:
        yield (
            f"It ends on {told.retires}{doubt}, in {counted(days, 'day')}."
            if days >= 0
            else f"It ended on {told.retires}{doubt}."
        )
    elif days is None and told.ending:
        yield "Its end is announced, without a date."
    if told.listed is False:
        yield f"The platform's own list of {told.listed_on} does not have it."
