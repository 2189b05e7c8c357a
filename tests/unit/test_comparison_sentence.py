"""What a recommendation says, case by case; the numbers in it are worked out by hand."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest

from broker.assurance import Fact, known
from broker.comparison import Evidence, Gate, Gathered, Shortlist, SuiteResult, Weights
from broker.comparison.scores import shortlist
from broker.comparison.sentence import Recommendation, recommendation
from broker.comparison.sentence_words import cost_in_words, listed, money, quality_in_words, share_of_draws
from broker.lifecycle import Lifecycle
from broker.stats import Estimate
from tests.scoringtools import TODAY, WORK, estimate, evidence, gathered, proven, times, yearly

QUALITY = Weights(100, 0, 0, 0, 0)
MOSTLY_QUALITY = Weights(90, 10, 0, 0, 0)
SUITES = (("Letters", 1),)


def result(suite: str, origin: Literal["measured", "imported"] = "measured", **other: Any) -> SuiteResult:
    told, when = estimate(0.5), datetime(2026, 11, 1, tzinfo=UTC)
    given = {"measure": "passed", "quality": told, "asked": 9, "answered": 9, "samples": 9, **other}
    return SuiteResult(
        suite, "s", 1, "r", "run", origin, when, cost_per_1000=told, cost_per_right=told, **given
    )


ALPHA = proven("Alpha", estimate(0.91, 0.86, 0.95, 180), estimate(3.4, 3.1, 3.8, 180), 2000.0)
ALIKE = proven("Alike", estimate(0.90, 0.85, 0.94, 180), estimate(2.1, 2.0, 2.2, 180), 2500.0)
GAMMA = proven("Gamma", estimate(0.60, 0.50, 0.70, 180), estimate(0.5, 0.4, 0.6, 180), 900.0)
NOT_RUN = evidence("Delta", speed=times(900), per_1000=estimate(1.0), missing=("Letters",), doors=3, rivals=5)


def say(*offers: Evidence, **asked: Any) -> Recommendation:
    return recommendation(shortlist(gathered(*offers, **asked)))


@dataclass(frozen=True)
class Case:
    """Offers, what is asked of them, and what is said: the headline, and parts of points; `never` is not."""

    offers: tuple[Evidence, ...]
    tone: str
    headline: str
    points: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    asked: dict[str, Any] = field(default_factory=dict[str, Any])


def fact(attribute: str, value: str) -> Fact:
    return Fact(attribute, "openai", attribute, value, "shipped", "high", as_of=TODAY)


FACTS = known([fact("hipaa_baa", "yes_by_approval"), fact("sso", "unclear")])
BY_APPROVAL = Gate("hipaa_baa", counts=frozenset({"by_approval"}))
ENDING = Lifecycle(retires=date(2027, 3, 2), certainty="vendor")

CASES = {
    "a clear winner": Case(
        (ALPHA, GAMMA),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $3.40 per 1,000 tasks, first in more than 99 % of draws.",
        (
            # 0.9 × 0.91 + 0.1 × 0.5 / 3.4 and 0.9 × 0.6 + 0.1
            "The score of Alpha · Openai is 0.88, that of Gamma · Openai 0.64;",
            # 31 points, less √(5² + 10²), more √(4² + 10²)
            "its quality is 31 points higher (95 % interval 20 to 42).",
            "It was right in 91 % (95 % interval 86 to 95 %, n = 180).",
            "Measured, it costs $3.40 per 1,000 tasks (95 % interval $3.10 to $3.80, n = 180).",
            "and in more than 99 % where the weights alone move.",
        ),
        ("Cannot", "The cheapest that passes", "unreliable"),
        {"weights": MOSTLY_QUALITY},
    ),
    "the cheapest is a third": Case(
        (ALPHA, replace(ALIKE, quality=estimate(0.80, 0.75, 0.85, 180)), GAMMA),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $3.40 per 1,000 tasks, first in more than 99 % of draws.",
        (
            "The cheapest that passes is Gamma · Openai, at $0.50 per 1,000 tasks; compared with it, its "
            "quality is 31 points higher (95 % interval 20 to 42).",
        ),
        asked={"weights": MOSTLY_QUALITY},
    ),
    "the best is not chosen": Case(
        (ALPHA, proven("Mid", estimate(0.62, 0.55, 0.69), 0.9), GAMMA),
        "clear",
        "Choose Gamma · Openai: 60 % quality, $0.50 per 1,000 tasks, ",
        (
            "The best that passes is Alpha · Openai, $3.40 per 1,000 tasks: its quality is 31 points higher",
            "No other offer that passes is known to cost less.",
        ),
        asked={"weights": Weights(20, 80, 0, 0, 0)},
    ),
    "the best is not shown to be better": Case(
        (
            replace(ALIKE, per_1000=estimate(0.5, 0.5, 0.5)),
            proven("Mid", estimate(0.62, 0.55, 0.69), 0.6),
            ALPHA,
        ),
        "clear",
        "Choose Alike",
        never=("The best that passes",),
        asked={"weights": Weights(20, 80, 0, 0, 0)},
    ),
    "two that measurements do not tell apart": Case(
        (ALPHA, ALIKE),
        "close",
        "Cannot tell Alpha · Openai from Alike · Openai: they come first in ",
        (
            "Take the cheaper, Alike · Openai, at $2.10 per 1,000 tasks; Alpha · Openai costs $3.40 ",
            # 1 point, less √(5² + 4²), more √(4² + 5²)
            "no difference in quality is shown (1 point, 95 % interval −5 to 7)",
            # deviations 0.045 / 1.96 × √180; ((1.96 + 0.842) × 0.436 / 0.05)² = 596; less 180, upwards
            "About 420 more samples of each would show a difference in quality of 5 points four times in "
            "five.",
        ),
        ("hangs on the weights",),
        {"weights": QUALITY},
    ),
    "two of which one was measured on too few samples to plan by": Case(
        (ALPHA, replace(ALIKE, quality=estimate(1.0, 0.21, 1.0, 1))),
        "close",
        "Cannot tell ",
        ("Too few samples were judged to say how many more would tell their quality apart.",),
        ("more samples would",),
        {"weights": QUALITY},
    ),
    "a quality that may lie anywhere": Case(
        (replace(ALPHA, quality=estimate(0.91, n=20)), ALIKE, GAMMA),
        "close",
        "Alpha · Openai has the highest score, but it is unknown how stable that is: no interval can be "
        "given for the quality of Alpha · Openai (n = 20).",
        (
            "To learn it, run the suites on more samples, of more than one document.",
            "The score of Alpha · Openai is 0.91, that of Alike · Openai 0.90; whether their quality differs "
            "cannot be said",
            "Alpha · Openai: it was right in 91 % (no interval can be given, n = 20).",
            "how often it comes first as measured figures move is unknown; where the weights alone move, "
            "each by up to 20 %, it does in more than 99 % of draws.",
        ),
        ("Choose", "Take the cheaper", "in which each weight moves"),
        {"weights": QUALITY},
    ),
    "figures of others that may lie anywhere": Case(
        (ALPHA, replace(ALIKE, speed=times(900), per_1000=estimate(2.1, n=3)), GAMMA),
        "close",
        "Alike · Openai has the highest score, but it is unknown how stable that is: no interval can be "
        "given for the cost of Alike · Openai (n = 3) nor the speed of Alike · Openai (n = 100).",
        ("of more than one document, or give cost and speed no weight.",),
        ("Choose",),
        {"weights": Weights(90, 5, 5, 0, 0)},
    ),
    "one of which few samples could be judged": Case(
        (
            replace(
                ALIKE,
                quality=estimate(1.0, 0.21, 1.0, 1),
                results=(result("Letters", quality=estimate(1.0, 0.21, 1.0, 1), samples=200),),
            ),
            ALPHA,
            GAMMA,
        ),
        "clear",
        "Choose Alpha",
        (
            "Alike · Openai is not scored: of the 200 samples of Letters that it was asked only 1 could be "
            "judged.",
        ),
        ("could still come first", "Choose Alike"),
        {"weights": MOSTLY_QUALITY, "suites": SUITES},
    ),
    "none of which enough could be judged": Case(
        (replace(ALPHA, results=(result("Letters", quality=estimate(1.0, n=4), samples=9),)),),
        "unmeasured",
        "1 offer passes the must-haves, but of none enough answers on Letters could be judged.",
        asked={"suites": SUITES},
    ),
    "half of the samples were judged": Case(
        (replace(ALPHA, results=(result("Letters", quality=estimate(1.0, n=5), samples=10),)),),
        "clear",
        "Choose Alpha",
        never=("not scored",),
        asked={"suites": SUITES},
    ),
    "few were judged in a suite that does not count": Case(
        (replace(ALPHA, results=(result("Mail", quality=estimate(1.0, n=1), samples=9),)),),
        "clear",
        "Choose Alpha",
        never=("not scored",),
        asked={"suites": (("Letters", 1), ("Mail", 0))},
    ),
    "few were judged where quality has no weight": Case(
        (
            replace(NOT_RUN, speed=None, results=(result("Letters", quality=estimate(1.0, n=1), samples=9),)),
            ALPHA,
        ),
        "clear",
        "Choose Alpha",
        never=("not scored",),
        asked={"suites": SUITES, "weights": Weights(0, 50, 50, 0, 0)},
    ),
    "two that the weights decide": Case(
        (proven("Good", 0.9, 10.0), proven("Cheap", 0.6, 6.0)),
        "close",
        "Cannot tell ",
        ("The choice hangs on the weights", "Take the cheaper, Cheap · Openai, at $6.00"),
        ("more samples",),
        {"weights": Weights(27, 73, 0, 0, 0)},
    ),
    "twins": Case(
        (proven("One", 0.9, 1.0), proven("Two", 0.9, 1.0)),
        "close",
        "Cannot tell One · Openai from Two · Openai: they come first in 50 % and 50 % of draws.",
        ("Both cost $1.00 per 1,000 tasks; choose by what is not scored here.",),
        ("hangs on the weights", "more samples"),
        {"weights": QUALITY},
    ),
    "three that cannot be told apart": Case(
        (
            proven("One", 0.9, 3.0),
            proven("Two", 0.9, 1.0),
            proven("Three", 0.9, 2.0),
            proven("Four", 0.1, 0.5),
        ),
        "close",
        "Cannot tell 3 offers apart, One · Openai, Three · Openai and Two · Openai: none comes first in "
        "more than 33 % of draws.",
        (
            "Take the cheapest of them, Two · Openai, at $1.00 per 1,000 tasks; the dearest of them costs "
            "$3.00",
        ),
        asked={"weights": QUALITY},
    ),
    "a year of work": Case(
        (replace(ALPHA, cost=yearly("12400")), replace(GAMMA, cost=yearly("2100"))),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $12,400 a year, first in more than 99 % of draws.",
        ("For the workload Support it costs $12,400 a year at our price.",),
        ("per 1,000",),
        {"weights": MOSTLY_QUALITY, "workload": WORK},
    ),
    "a year of measured tokens": Case(
        (
            replace(ALPHA, cost=yearly("393"), year=estimate(393.0, 371.0, 415.0, 180)),
            replace(GAMMA, cost=yearly("210"), year=estimate(210.0, 210.0, 210.4, 180)),
            replace(
                ALIKE, cost=yearly("180"), quality=estimate(0.2, 0.1, 0.3), year=estimate(180.0, 180.0, 180.0)
            ),
        ),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $393 a year ($371 to $415), first in more than 99 % of draws.",
        (
            "For the workload Support it costs $393 a year ($371 to $415) at our price; the range is what it "
            "costs with its measured tokens, in and out, both at the low and both at the high end of their "
            "95 % intervals (n = 180).",
            "The cheapest that passes is Alike · Openai, at $180 a year; compared",
        ),
        asked={"weights": MOSTLY_QUALITY, "workload": WORK},
    ),
    "two years that cost the same": Case(
        (
            proven("One", 0.9, cost=yearly("393"), year=estimate(393.0, n=1)),
            proven("Two", 0.9, cost=yearly("393"), year=estimate(393.0, 371.0, 415.0)),
        ),
        "close",
        "Cannot tell",
        ("Both cost $393 a year; choose by what", "measured, too few or too alike for an interval (n = 1)"),
        asked={"weights": QUALITY, "workload": WORK},
    ),
    "only one can be scored": Case(
        (ALPHA,),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $3.40 per 1,000 tasks, the only one that both passes and can "
        "be scored.",
        never=("draws",),
    ),
    "what stands against it": Case(
        (
            replace(
                ALPHA,
                lifecycle=ENDING,
                doors=(),
                rivals=(),
                results=(result("Letters", "imported"),),
                speed=times(900, reliable=False),
            ),
        ),
        "clear",
        "Choose Alpha",
        (
            "Against it: it ends on 2027-03-02, in 100 days.",
            "Against it: nothing is known that could take its place",
            "Against it: its answers to Letters were made elsewhere and imported, not measured here.",
            "its quality rests on one suite, Letters.",
            "its times are unreliable",
            "on a condition: HIPAA BAA: yes, with the vendor's approval.",
        ),
        asked={"gates": (BY_APPROVAL,), "facts": FACTS},
    ),
    "nothing against it": Case(
        (
            replace(
                ALPHA,
                results=(result("Letters"), result("Sums")),
                lifecycle=Lifecycle(retires=date(2027, 11, 23)),
            ),
        ),
        "clear",
        "Choose Alpha",
        never=("ends on", "imported", "one suite", "unreliable", "condition", "place"),
    ),
    "an end that is near": Case(
        (replace(ALPHA, lifecycle=Lifecycle(retires=TODAY + timedelta(days=90))),),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $3.40 per 1,000 tasks, the only one that both passes and can "
        f"be scored, though it ends on {TODAY + timedelta(days=90)}.",
    ),
    "an end that leaves time": Case(
        (replace(ALPHA, lifecycle=Lifecycle(retires=TODAY + timedelta(days=91))),),
        "clear",
        "Choose Alpha · Openai: 91 % quality, $3.40 per 1,000 tasks, the only one that both passes and can "
        "be scored.",
    ),
    "an end that has passed": Case(
        (replace(ALPHA, lifecycle=Lifecycle(retires=date(2026, 11, 21), certainty="third party")),),
        "nobody",
        "No offer is shown to pass all must-haves.",
        ("It ended on 2026-11-21. A third party says so",),
    ),
    "an end without a date": Case(
        (replace(ALPHA, lifecycle=Lifecycle(flagged=True)),),
        "clear",
        "Choose Alpha",
        ("its end is announced, without a date.",),
    ),
    "a score that is no share of right answers": Case(
        (replace(ALPHA, results=(result("Letters", measure="score"),)),),
        "clear",
        "Choose Alpha",
        ("Its mean score over the chosen suites is 91 %",),
        ("It was right",),
    ),
    "many calls without an answer": Case(
        (replace(ALPHA, results=(result("Letters", answered=5), result("Mail"))),),
        "clear",
        "Choose Alpha",
        ("Against it: 4 of 9 calls for Letters brought no whole answer", "quality leaves them out"),
        ("for Mail", "recorded calls"),
    ),
    "times of other calls": Case(
        (replace(ALPHA, speed=replace(times(900), origin="calls"), results=(result("Letters"),)),),
        "clear",
        "Choose Alpha",
        ("Against it: its times are those of other recorded calls, not of the chosen suites.",),
        ("no whole answer",),
    ),
    "a better one with an unknown must-have": Case(
        (
            replace(ALPHA, quality=estimate(0.99, 0.97, 1.0, 180)),
            replace(
                GAMMA, entry=replace(GAMMA.entry, offer=replace(GAMMA.entry.offer, context_window=200_000))
            ),
        ),
        "clear",
        "Choose Gamma · Openai: 60 % quality, $0.50 per 1,000 tasks, the only one",
        ("Alpha · Openai would score higher, 0.99, if “Context ≥ 100,000 tokens” held. How many tokens",),
        asked={"weights": QUALITY, "gates": (Gate("context", "100000"),)},
    ),
    "a worse one with an unknown must-have": Case(
        (
            replace(
                ALPHA, entry=replace(ALPHA.entry, offer=replace(ALPHA.entry.offer, context_window=200_000))
            ),
            GAMMA,
        ),
        "clear",
        "Choose Alpha",
        never=("would score higher", "Gamma"),
        asked={"weights": QUALITY, "gates": (Gate("context", "100000"),)},
    ),
    "one that was not run": Case(
        (ALPHA, NOT_RUN),
        "clear",
        "Choose Alpha",
        ("Delta · Openai could still come first, but its quality is not known.",),
    ),
    "one that was not run and could not win": Case(
        (replace(ALPHA, quality=estimate(1.0, 0.98, 1.0)), replace(NOT_RUN, per_1000=estimate(50.0))),
        "clear",
        "Choose Alpha",
        never=("could still come first",),
        asked={"weights": MOSTLY_QUALITY},
    ),
    "nobody passes": Case(
        (ALPHA, ALIKE, GAMMA),
        "nobody",
        "No offer passes all must-haves.",
        (
            "“Not from Acme” removes the most, 3 of 3 offers: failed by 3, unknown of 0.",
            "The nearest is Alpha · Openai, which lacks “Not from Acme”. It is made by Acme.",
        ),
        ("may pass",),
        {"gates": (Gate("maker", "Acme"), Gate("quality", "0.86"))},
    ),
    "nobody is shown to pass": Case(
        (ALPHA, GAMMA),
        "nobody",
        "No offer is shown to pass all must-haves.",
        (
            "“Quality ≥ 90 %” removes the most, 2 of 2 offers: failed by 1, unknown of 1.",
            "Cannot tell yet: of unknown origin, 91.0 %",
            "Alpha · Openai fails none and may pass once more is known.",
        ),
        asked={"gates": (Gate("quality", "0.9"),)},
    ),
    "nothing was measured": Case(
        (NOT_RUN, replace(NOT_RUN, entry=GAMMA.entry)),
        "unmeasured",
        "2 offers pass the must-haves, but none of them was run on Letters yet.",
        ("Run Delta · Openai and Gamma · Openai on Letters, or give quality no weight.",),
        asked={"suites": SUITES},
    ),
    "each lacks another suite": Case(
        (
            replace(NOT_RUN, missing=("Mail",)),
            replace(NOT_RUN, entry=GAMMA.entry),
            replace(NOT_RUN, entry=ALPHA.entry, missing=("Mail",)),
        ),
        "unmeasured",
        "3 offers pass the must-haves, but none of them was run on Letters and Mail, all of them, yet.",
        ("Run Alpha · Openai and Delta · Openai on Mail; Gamma · Openai on Letters, or give",),
        asked={"suites": (*SUITES, ("Mail", 1))},
    ),
    "nothing could be judged": Case(
        (replace(NOT_RUN, missing=()),),
        "unmeasured",
        "1 offer passes the must-haves, but of none enough answers on Letters could be judged.",
        ("Look at the answers of Delta · Openai",),
        asked={"suites": SUITES},
    ),
    "no suite is chosen": Case(
        (replace(NOT_RUN, missing=()),),
        "unmeasured",
        "1 offer passes the must-haves, but no suite is chosen to tell how good they are.",
        ("Choose the suites",),
    ),
    "imported answers have no times": Case(
        (replace(ALPHA, speed=None), replace(GAMMA, speed=None, per_1000=None)),
        "unmeasured",
        "2 offers pass the must-haves, but none can be scored yet.",
        ("Speed is not known of 2 of 2: run them here", "Cost is not known of 1 of 2: choose a workload"),
    ),
    "nothing has a weight": Case(
        (ALPHA,),
        "unmeasured",
        "1 offer passes the must-haves, but nothing has a weight.",
        ("Give a weight",),
        asked={"weights": Weights(0, 0, 0, 0, 0)},
    ),
    "nothing tested": Case((), "nobody", "No offer is shown.", ("Nothing was tested yet: run a suite",)),
    "no offer": Case(
        (), "nobody", "No offer is shown.", ("Widen the scope",), asked={"platforms": ("openai",)}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_is_said(case: Case) -> None:
    told = say(*case.offers, **case.asked)
    whole = "\n".join((told.headline, *told.points))
    assert told.tone == case.tone, whole
    assert told.headline.startswith(case.headline), whole
    for part in case.points:
        assert any(part in point for point in told.points), f"{part}\nis not in\n{whole}"
    for part in case.never:
        assert part not in whole, whole
    for sentence in (told.headline, *told.points):
        assert sentence.endswith(".") or sentence.endswith("?"), sentence
        assert not re.search(r"None|nan|inf\b|\d\.\d{4}|  ", sentence), sentence


def test_what_stands_against_it_goes_before_what_was_measured() -> None:
    points = say(replace(ALPHA, lifecycle=ENDING), GAMMA, weights=QUALITY).points
    begin = ("The score of", "Against it", "Gamma", "It was right", "Measured", "It comes first")
    assert len(points) == len(begin)
    assert all(point.startswith(words) for point, words in zip(points, begin, strict=True))


def paired(value: float, low: float, high: float, *offers: Evidence, **asked: Any) -> str:
    """What is said where Alpha is so much better than any other on 180 samples that both answered."""

    def apart(a: str, b: str) -> Estimate | None:
        assert a != ALPHA.id, "the wrong way round"
        return Estimate(value, low, high, 180, "paired, score interval") if b == ALPHA.id else None

    told = recommendation(shortlist(replace(gathered(ALPHA, *offers, **asked), apart=apart)))
    return "\n".join((told.headline, *told.points))


def test_two_that_answered_the_same_samples_are_compared_by_them() -> None:
    """By itself neither differs from the other; sample by sample they do."""
    told = paired(0.03, 0.01, 0.05, ALIKE, weights=QUALITY)
    assert "3 points higher (95 % interval 1 to 5, on the 180 samples that both answered)." in told
    assert "no difference in quality is shown" in say(ALPHA, ALIKE, weights=QUALITY).points[2]


def test_the_best_may_be_shown_only_by_the_same_samples() -> None:
    offers = (
        replace(ALIKE, per_1000=estimate(0.1, 0.1, 0.1)),
        proven("Mid", estimate(0.62, 0.55, 0.69), 0.6),
    )
    asked = {"weights": Weights(20, 80, 0, 0, 0)}
    said = "The best that passes is Alpha · Openai, $3.40 per 1,000 tasks: its quality is 3 points higher"
    assert said in paired(0.03, 0.01, 0.05, *offers, **asked)
    assert "The best that passes" not in "\n".join(say(ALPHA, *offers, **asked).points)


def test_samples_to_add_are_those_that_both_would_answer() -> None:
    """The deviation is 0.02 / 1.96 × √180 = 0.137; ((1.96 + 0.842) × 0.137 / 0.02)² = 368, less 180."""
    told = paired(0.01, -0.01, 0.03, ALIKE, weights=QUALITY, margin=0.02)
    assert "About 190 more samples would show a difference in quality of 2 points four times in five." in told
    assert "more samples" not in paired(0.01, -0.01, 0.03, ALIKE, weights=QUALITY)


def test_unpaired_differences_do_not_say_that_both_answered() -> None:
    apart = Estimate(0.01, -0.05, 0.07, 360, "unpaired, MOVER of 2")
    asked = replace(gathered(ALPHA, ALIKE, weights=QUALITY), apart=lambda _a, _b: apart)
    told = "\n".join(recommendation(shortlist(asked)).points)
    assert "(1 point, 95 % interval −5 to 7)" in told
    assert "About 420 more samples of each would" in told


def test_what_cannot_be_compared_is_not() -> None:
    apart = Estimate(None, None, None, 0, "unknown")
    asked = replace(gathered(ALPHA, GAMMA, weights=QUALITY), apart=lambda _a, _b: apart)
    assert "how their quality compares is not known." in recommendation(shortlist(asked)).points[0]


def test_shares_in_the_headline_are_those_of_the_draws() -> None:
    found = shortlist(gathered(ALPHA, ALIKE, weights=QUALITY))
    first, second = (f"{round((one.wins or 0) * 100)} %" for one in found.ranked)
    assert recommendation(found).headline.endswith(f"they come first in {first} and {second} of draws.")


def test_two_offers_of_one_name_are_told_apart() -> None:
    other = replace(ALPHA, entry=replace(ALPHA.entry, offer=replace(ALPHA.entry.offer, model="alpha-2")))
    told = say(ALPHA, replace(other, quality=estimate(0.5, 0.4, 0.6)), weights=QUALITY)
    assert told.headline.startswith("Choose Alpha · Openai (openai/Alpha): ")
    assert "that of Alpha · Openai (openai/alpha-2) 0.50" in told.points[0]


def test_a_shortlist_that_is_only_kept_is_enough() -> None:
    """Whoever kept a shortlist gets the same sentence from it again."""
    found = shortlist(gathered(ALPHA, ALIKE, GAMMA))
    again = Shortlist(Gathered(TODAY, found.gathered.wanted, (), {}), found.ranked, found.draws)
    assert recommendation(again) == recommendation(found)


# -- words


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (0, "$0"),
        (0.00123, "$0.0012"),
        (0.5, "$0.50"),
        (3.4, "$3.40"),
        (99.99, "$99.99"),
        (12400.4, "$12,400"),
    ],
)
def test_money(dollars: float, words: str) -> None:
    assert money(dollars) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "less than 1 %"), (0.004, "less than 1 %"), (0.5, "50 %"), (0.994, "99 %"), (1, "more than 99 %")],
)
def test_shares_of_draws(share: float, words: str) -> None:
    assert share_of_draws(share) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Estimate(0.914, 0.86, 0.95, 180, ""), "91 % (95 % interval 86 to 95 %, n = 180)"),
        (Estimate(0.9144, 0.906, 0.922, 18000, ""), "91.4 % (95 % interval 90.6 to 92.2 %, n = 18,000)"),
        (Estimate(1.0, None, None, 1, ""), "100 % (no interval can be given, n = 1)"),
    ],
)
def test_quality_has_no_more_digits_than_it_carries(told: Estimate, words: str) -> None:
    assert quality_in_words(told) == words


def test_lists() -> None:
    assert [listed(list("abcde")[:n]) for n in (0, 1, 2, 3, 5)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 2 more",
    ]


def test_an_unknown_cost_is_not_told() -> None:
    assert cost_in_words(evidence("a"), yearly=False) is None
    assert cost_in_words(evidence("a", cost=yearly(None), per_1000=estimate(1.0)), yearly=True) is None
