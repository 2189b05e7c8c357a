"""From evidence to a choice: which offers qualify, what each costs, how good it was on our own work.

Here are the nouns. `evidence` gathers what is known of each offer, `gates` judges must-haves, `scores`
weighs, `tasks` looks at one kind of work at a time, `doors` at the same weights elsewhere, `sentence` says
what comes of it, `saved` keeps it. Nothing here calls a model. Shares go from 0 to 1, times are in
milliseconds, money in US dollars; unknown is `None`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from broker.assurance import Known
from broker.assurance.platforms import platform_of
from broker.catalog_entries import Entry
from broker.lifecycle import Lifecycle
from broker.ratings import Rating
from broker.results import Measure
from broker.stats import Estimate
from broker.workload import Workload
from broker.workload.honesty import Honesty
from broker.workload.yearly import YearlyCost

Origin = Literal["measured", "imported"]
Scope = Literal["tested", "doors", "ready", "catalogue"]
Criterion = Literal["quality", "cost", "speed", "assurance", "independence"]
CRITERIA: tuple[Criterion, ...] = ("quality", "cost", "speed", "assurance", "independence")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each criterion matters, 0 to 100; only their proportions count."""

    quality: int = 50
    cost: int = 20
    speed: int = 10
    assurance: int = 10
    independence: int = 10


@dataclass(frozen=True, slots=True)
class Gate:
    """A must-have. `kind` is an attribute's id (`broker.assurance.attributes`) or one of `GATE_KINDS`.

    `limit` is its number (tokens, milliseconds, a share, dollars a year, days) or day in ISO form, `None` for
    a plain yes. `counts` has the conditions that are as good as a plain answer, of assurance facts alone.
    """

    kind: str
    limit: str | None = None
    counts: frozenset[str] = frozenset()


# Gates beside assurance facts, with what their limit is.
GATE_KINDS: Mapping[str, str] = {
    "context": "tokens that the model takes at the least",
    "takes": "a modality that the model takes: image, audio, video, document",
    "p95": "milliseconds until the whole answer, 95 of 100 calls at the most",
    "ttft_p95": "milliseconds until the first token, 95 of 100 calls at the most",
    "quality": "share of right answers that the low end of its 95 % interval reaches",
    "cost": "US dollars a year at our price at the most",
    "retires": "a day on which it is still there",
    "maker": "a maker that it is not from",
    "region": "a region in whose name it must be configured, as in eu",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page asks: everything that its address holds.

    `suites` are names of suites, each with its weight (of the work, only proportions count). `workload` is
    its name. `margin` is how much worse counts as no worse, as a share. `scope`: the offers that were tested,
    those and the other doors to the same weights, all that can be asked now, or the whole catalogue.
    `makers`, `platforms` and `search` narrow it, `offers` (ids) are shown whatever the rest says.
    """

    suites: tuple[tuple[str, int], ...] = ()
    workload: str | None = None
    gates: tuple[Gate, ...] = ()
    weights: Weights = Weights()
    margin: float = 0.05
    scope: Scope = "doors"
    makers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    search: str = ""
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """An offer's newest finished run of one suite, and what came of it there.

    `version` is the suite's. `quality` is the share of right answers among those judged (`measure`
    `passed`), or the mean score. Costs are those of the offer's own calls, at the prices of that day.
    `asked` and `answered` count calls, `samples` those samples that were asked, once or more often.
    """

    suite: str
    suite_id: str
    version: int
    run_id: str
    run: str
    origin: Origin
    ended_at: datetime
    measure: Measure
    quality: Estimate
    cost_per_1000: Estimate
    cost_per_right: Estimate
    asked: int
    answered: int
    samples: int

    @property
    def is_thin(self) -> bool:
        """Whether fewer than half of the samples were judged: the rest need not be like these."""
        return 2 * self.quality.n < self.samples


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast an offer answered: milliseconds from sending the request, then tokens a second.

    `origin`: in the chosen suites' own runs, or in all recorded calls (playground and the rest). `reliable`
    is false where this machine was too busy to stamp what arrived, `None` of all recorded calls, during which
    nobody looked. Of a run's calls so many `timed_out`: they took longer than any other, and where the
    percentile is among them it is unknown. Recorded calls are those that were answered.
    """

    origin: Literal["runs", "calls"]
    ttft_p50: Estimate
    ttft_p95: Estimate
    total_p50: Estimate
    total_p95: Estimate
    tokens_per_s: Estimate | None
    reliable: bool | None
    timed_out: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one offer, before anything is asked of it.

    `quality` is over all chosen suites by their weights, `None` where one of them was not run; `missing`
    names those. `per_1000` is what 1,000 of these tasks cost when measured. `cost` is the workload's year;
    `year` its total at our price with what it is at both ends of the tokens, where a run measured those.
    `elsewhere` is the same weights' quality on another door (its offer id first): never its own.
    `doors` are the offers (ids) of the same weights on other platforms, without those that have ended or were
    shown to be worse by more than the margin; `rivals` are other makers' offers (ids) that have not ended and
    were no worse within it; both `None` where it cannot be said. `region` is the one configured.
    """

    entry: Entry
    quality: Estimate | None = None
    results: tuple[SuiteResult, ...] = ()
    missing: tuple[str, ...] = ()
    per_1000: Estimate | None = None
    speed: Speed | None = None
    cost: YearlyCost | None = None
    year: Estimate | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    rating: Rating | None = None
    elsewhere: tuple[str, Estimate] | None = None
    doors: tuple[str, ...] | None = None
    rivals: tuple[str, ...] | None = None
    calls: int = 0
    spent: Decimal | None = None
    region: str | None = None

    @property
    def id(self) -> str:
        """The offer's id."""
        return self.entry.id

    @property
    def label(self) -> str:
        """The offer as people read it: model and platform."""
        return f"{self.entry.offer.name} · {self.entry.platform}"

    @property
    def other_platforms(self) -> int | None:
        """On how many other platforms the same weights are; `None` where it cannot be said."""
        if self.doors is None:
            return None
        return len({platform_of(offer.partition("/")[0]) for offer in self.doors})

    @property
    def rival_count(self) -> int | None:
        """How many rivals it has; `None` where it cannot be said."""
        return None if self.rivals is None else len(self.rivals)


Apart = Callable[[str, str], Estimate | None]
"""How much better in quality the second offer of two ids is; `None` where their samples are not at hand."""


def _samples_unknown(_a: str, _b: str) -> Estimate | None:
    return None


@dataclass(frozen=True)
class Gathered:
    """What one comparison rests on: the offers with their evidence, and the facts about their platforms.

    `problems` are sentences on what was asked for and is not there: a suite, a workload, an offer. `honesty`
    has by suite what a finished task costs. `apart` is worked out for the pairs that it is asked for; its
    `method` begins with `paired` where all of it is.
    """

    at: date
    wanted: Wanted
    offers: tuple[Evidence, ...]
    facts: Known
    workload: Workload | None = None
    problems: tuple[str, ...] = ()
    honesty: Mapping[str, Honesty] = field(default_factory=dict[str, Honesty])
    apart: Apart = field(default=_samples_unknown, compare=False, repr=False)


Outcome = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class GateResult:
    """How an offer stands at one gate: `reason` is a sentence, `source` and `as_of` the fact's behind it.

    `amber`: something is told that cannot be relied on; it is unknown then.
    """

    gate: Gate
    outcome: Outcome
    reason: str
    source: str | None = None
    as_of: date | None = None
    amber: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offer with what the question makes of it: of its doors and rivals those that fail no must-have.

    `scales` has each criterion from 0 to 1, `None` where it is unknown; `score` is their weighted mean,
    whatever the gates say, `None` where one with a weight is unknown. Of the draws among offers that pass and
    have a score, the contenders, `wins` is the share that it won, `wins_by_weights` that where weights alone
    moved; in 95 of 100 its score lies from `score_low` to `score_high`, as figures lie elsewhere in their
    intervals. Where a figure of a contender has no interval, only `wins_by_weights` is known.
    """

    evidence: Evidence
    gates: tuple[GateResult, ...]
    scales: Mapping[Criterion, float | None]
    score: float | None
    wins: float | None = None
    wins_by_weights: float | None = None
    score_low: float | None = None
    score_high: float | None = None

    @property
    def is_contender(self) -> bool:
        """Whether it was in the draws."""
        return self.wins_by_weights is not None

    @property
    def outcome(self) -> Outcome:
        """Failed where one gate is, unknown where one is, else passed."""
        found = {result.outcome for result in self.gates}
        return "fail" if "fail" in found else "unknown" if "unknown" in found else "pass"


@dataclass(frozen=True)
class Shortlist:
    """The answer: offers that pass by score, then those that pass without one, then unknown, then failed.

    In each of the `draws` weights move by ±20 % and, for `wins`, figures within their intervals too.
    """

    gathered: Gathered
    ranked: tuple[Ranked, ...]
    draws: int

    @property
    def winner(self) -> Ranked | None:
        """The first that passes all gates and has a score."""
        return next((one for one in self.ranked if one.outcome == "pass" and one.score is not None), None)
